//! One command, one file, named for it.

pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod backtest;
pub(crate) mod bench;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod exchange;
pub(crate) mod explain;
pub(crate) mod feeds;
pub(crate) mod findings;
pub(crate) mod impact;
pub(crate) mod ingest;
pub(crate) mod outcomes;
pub(crate) mod parameters;
pub(crate) mod repair;
pub(crate) mod rules;
pub(crate) mod run;
pub(crate) mod snapshot;
pub(crate) mod synth;
pub(crate) mod topics;
pub(crate) mod vault;
pub(crate) mod verify;
