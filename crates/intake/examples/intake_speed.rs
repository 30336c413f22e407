//! Measures what an event costs from its bytes to its statement, on one core:
//! `cargo run --release -p sanzao-intake --example intake_speed`. Design §5 allows 4.5 µs.

#[path = "../tests/sample/mod.rs"]
mod sample;

use std::hint::black_box;
use std::time::{Duration, Instant};

use sanzao_intake::{Desk, Incoming, RawSealer, Recent, SealKey};
use sanzao_model::{Bureau, Feed};

/// Short rounds, so that on a busy machine some run undisturbed.
const ROUNDS: u32 = 200;
const EVENTS: u32 = 500;

/// A desk and an event for it: headers and value.
type Case = (Desk, Vec<(String, Vec<u8>)>, Vec<u8>);

/// The quickest of the rounds, per event.
fn quickest(mut round: impl FnMut()) -> Duration {
    let timed = |_| {
        let start = Instant::now();
        round();
        start.elapsed() / EVENTS
    };
    (0..ROUNDS).map(timed).min().unwrap_or_default()
}

/// The events taken in turn.
fn measured(events: &[Case]) -> Duration {
    quickest(|| {
        for (desk, headers, value) in events.iter().cycle().take(EVENTS as usize) {
            let incoming = Incoming { headers, value: black_box(value), partition: 0, offset: 0 };
            assert!(black_box(desk.read(&incoming)).is_ok(), "a sample is valid");
        }
    })
}

fn plain() -> Vec<Case> {
    let events = sample::events().into_iter();
    events.map(|(feed, text)| (sample::desk(feed), Vec::new(), text.into_bytes())).collect()
}

fn sealed() -> Vec<Case> {
    let seal = |(desk, headers, value): Case| {
        let sealer = RawSealer::new(&SealKey::new([2; 32]), desk.feed());
        let (headers, value) = sealer.seal([1; 12], &headers, &value);
        (desk, headers, value)
    };
    plain().into_iter().map(seal).collect()
}

#[allow(clippy::print_stdout, reason = "it prints what it measured")]
fn main() {
    let all = plain();
    for ((feed, name, _), one) in sample::DATA.iter().zip(all.chunks(1)) {
        println!("{:>6} ns  {:>4} bytes  {feed} {name}", measured(one).as_nanos(), one[0].2.len());
    }
    println!("{:>6} ns  an event, all of them in turn", measured(&all).as_nanos());
    println!("{:>6} ns  an event, the same out of sealed records", measured(&sealed()).as_nanos());
    let sealer = RawSealer::new(&SealKey::new([2; 32]), Feed::Police);
    let seal = quickest(|| {
        for (_, headers, value) in all.iter().cycle().take(EVENTS as usize) {
            black_box(sealer.seal([1; 12], headers, black_box(value)));
        }
    });
    println!("{:>6} ns  to seal an event for its feed", seal.as_nanos());
    let incoming = |case: &'static str| sample::structured(Feed::Police, "missing.closed", case);
    let text = incoming(r#"{"person":{"id_number":"11010519491231002X","name":"陈建国"},"on":"2025-01-01"}"#);
    let desk = sample::desk(Feed::Police);
    let accepted = desk.read(&sample::incoming(text.as_bytes())).expect("a sample is valid");
    let identities = vec![accepted.identities[0].clone(); EVENTS as usize];
    let mut recent = Recent::new(1_000_000);
    let told = quickest(|| {
        for identity in &identities {
            black_box(recent.is_news(black_box(identity)));
        }
    });
    println!("{:>6} ns  to see that an identity was passed on", told.as_nanos());
    let seal = quickest(|| drop(black_box(desk.seal_identities(Bureau(320614), identities.clone()))));
    println!("{:>6} ns  to seal one of many identities", seal.as_nanos());
}
