//! Tests of the reference itself: cases worked by hand from the text of the domain, and how far random histories
//! reach.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic, and prints what it counted")]

mod coverage;
mod entitlement;
mod facts;
mod help;
mod income;
mod numbers;
mod people;
mod quality;
mod recheck;
mod review;
mod rows;
mod story;
mod tables;
