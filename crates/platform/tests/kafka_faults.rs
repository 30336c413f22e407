//! The table of faults: each is injected into several processes on a real Kafka, from a seed; then what is found and
//! raised has to be what one process finds and raises that nothing happened to.
//!
//! `SANZAO_FAULT_SEED` says where faults fall; `SANZAO_FAULT_TABLE` names a file that gets a line of JSON for each.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may stop where it stands, and tells figures"
)]

#[path = "support/cluster.rs"]
mod cluster;
#[path = "support/found.rs"]
mod found;
#[path = "support/receiver.rs"]
mod receiver;
mod support;

#[path = "kafka_faults/aside.rs"]
mod aside;
#[path = "kafka_faults/broker.rs"]
mod broker;
#[path = "kafka_faults/clock.rs"]
mod clock;
#[path = "kafka_faults/feeds.rs"]
mod feeds;
#[path = "kafka_faults/owners.rs"]
mod owners;
#[path = "kafka_faults/proxy.rs"]
mod proxy;
#[path = "kafka_faults/records.rs"]
mod records;
#[path = "kafka_faults/state.rs"]
mod state;
#[path = "kafka_faults/trial.rs"]
mod trial;
#[path = "kafka_faults/workers.rs"]
mod workers;
