//! Tests of the whole workspace, and what they compare the product with: a plain reading of the domain
//! (`reference`) and random histories in which every clause of it meets every other (`history`).
//!
//! Must not know: how the product is built. Nothing here uses a crate of the workspace, so that an error in the
//! product cannot be repeated here by sharing its code.

#![expect(clippy::inconsistent_digit_grouping, reason = "fen are written as yuan_fen: 820_00 is 820 yuan")]

pub mod document;
pub mod history;
pub mod reference;
