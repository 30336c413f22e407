//! Measures what an event costs from its bytes to its statement, on one core:
//! `cargo run --release -p sanzao-intake --example intake_speed`. Design §5 allows 4.5 µs.

#[path = "../tests/sample/mod.rs"]
mod sample;

use std::hint::black_box;
use std::time::{Duration, Instant};

use sanzao_intake::Desk;

/// Short rounds, so that on a busy machine some run undisturbed.
const ROUNDS: u32 = 200;
const EVENTS: u32 = 500;

/// The quickest of the rounds, per event, taking the events in turn.
fn measured(events: &[(Desk, String)]) -> Duration {
    let round = || {
        let start = Instant::now();
        for (desk, text) in events.iter().cycle().take(EVENTS as usize) {
            let answer = desk.read(&sample::incoming(black_box(text.as_bytes())));
            assert!(black_box(answer).is_ok(), "a sample is valid");
        }
        start.elapsed() / EVENTS
    };
    (0..ROUNDS).map(|_| round()).min().unwrap_or_default()
}

#[allow(clippy::print_stdout, reason = "it prints what it measured")]
fn main() {
    let all: Vec<_> = sample::events().into_iter().map(|(feed, text)| (sample::desk(feed), text)).collect();
    for ((feed, name, _), one) in sample::DATA.iter().zip(all.chunks(1)) {
        println!("{:>6} ns  {:>4} bytes  {feed} {name}", measured(one).as_nanos(), one[0].1.len());
    }
    println!("{:>6} ns  an event, all of them in turn", measured(&all).as_nanos());
}
