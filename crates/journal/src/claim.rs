//! Claims: who owns an output stream (design invariant 5).
//!
//! An owner takes a stream by appending a claim record. The claim's number is the offset of that record + 1:
//! the log itself gives it out, so it is higher than every earlier one without a search for the last, and two
//! that claim at once get two numbers, the later of which holds. What the owner appends carries the number.
//! Numbers grow, but not by one.

use crate::Stream;

/// The right to append to a stream until somebody claims it later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What is claimed.
    pub stream: Stream,
    /// Who claimed it, as given.
    pub owner: String,
    /// The claim's number, from 1. Higher than that of every earlier claim of the stream.
    pub number: u64,
}

impl Claim {
    /// The offset of the claim record. What earlier owners wrote with effect lies before it: a new owner reads up
    /// to here to learn where the last one stopped.
    pub fn offset(&self) -> u64 {
        self.number - 1
    }
}

/// Decides which records of a stream count, given in the order of their offsets.
///
/// A record under a claim counts unless a later claim came before it. Records under no claim (number 0: for
/// instance commands of people, beside the findings of an owner) always count. Claim records never do: they
/// have no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimFilter {
    in_force: u64,
}

impl ClaimFilter {
    /// A filter for what follows a place where this claim was in force; 0 for the start of a stream.
    pub fn new(claim_in_force: u64) -> Self {
        Self { in_force: claim_in_force }
    }

    /// The claim now in force; 0 if there was none yet.
    pub fn in_force(&self) -> u64 {
        self.in_force
    }

    /// Takes the next record's place and claim; true if the record counts.
    pub fn admit(&mut self, offset: u64, claim: u64) -> bool {
        if claim == 0 {
            return true;
        }
        if claim < self.in_force {
            return false;
        }
        // A record under a higher claim proves that it was taken, even if its claim record was not seen.
        self.in_force = claim;
        claim != offset + 1
    }
}

#[cfg(test)]
mod tests;
