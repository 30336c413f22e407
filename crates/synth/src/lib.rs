//! One reason: a synthetic district, seeded, for the demonstration, tests and benchmarks. It writes what
//! five departments would send (CloudEvents in JSON lines, domain §2) with late, doubled, re-sent,
//! corrected and invalid deliveries among them, and says beside them which planted situations must, or
//! must not, be found.
//!
//! Must not know: the platform's insides. It shares no code with it, not even the making of ID numbers,
//! so that an error of one side cannot hide in the other. It reads no clock: the last day is an argument,
//! and the same [`District`] gives the same bytes.
//!
//! What a reader of the lines should know:
//! - `people` counts the ordinary people at the beginning; children born in the window and the people of
//!   planted situations come on top. Ordinary people do not depend on the planted ones.
//! - Ordinary people live by `ordinary/figures.rs`, which names the source of each figure. They give rules
//!   some true findings, about two for a hundred people and a year.
//! - A wage takes effect on its month's first day and says no `on`; a settlement does on its `end`.
//! - What was so before the window is delivered in the first hours of its first day.
//! - An event id that ends in `r` states again what was said, in `v` withdraws it, in `c` corrects it; in `m` and
//!   a number it is part of a monthly re-delivery of everything in force.
//! - Benefit ids of the old-age allowance and some `setl_id` contain ID numbers, as real senders' do.

mod contract;
mod district;
mod error;
mod feed;
mod folder;
mod generate;
mod id_number;
mod invalid;
mod mailbag;
mod moment;
mod money;
mod name;
mod noise;
mod ordinary;
mod person;
mod planted;
mod redelivery;
mod sender;
mod town;

pub use district::District;
pub use error::Error;
pub use feed::Feed;
pub use folder::write_dir;
pub use generate::{Line, Summary, generate};
pub use planted::Planted;
