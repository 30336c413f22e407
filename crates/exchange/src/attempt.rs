//! What came of one attempt to send a message, and what follows.

use sanzao_model::Instant;

/// One attempt. Neither what was sent nor what was answered is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// When it began.
    pub at: Instant,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver answered with this status.
    Status(u16),
    /// There was no answer.
    Fault(Fault),
}

/// Why there was no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// None within the time given.
    Timeout,
    /// The receiver's name leads nowhere.
    Name,
    /// The receiver's name leads to addresses that are not allowed.
    Address,
    /// Nobody takes the connection, or it broke.
    Connection,
    /// The receiver's certificate is not trusted, or TLS failed otherwise.
    Tls,
    /// What came is not HTTP.
    Protocol,
    /// Nobody knows any more who the person is: nothing was sent, and nothing will be.
    IdentityUnknown,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Fault; 7] = [
        Fault::Timeout,
        Fault::Name,
        Fault::Address,
        Fault::Connection,
        Fault::Tls,
        Fault::Protocol,
        Fault::IdentityUnknown,
    ];

    /// Its stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Fault::Timeout => "timeout",
            Fault::Name => "name",
            Fault::Address => "address",
            Fault::Connection => "connection",
            Fault::Tls => "tls",
            Fault::Protocol => "protocol",
            Fault::IdentityUnknown => "identity-unknown",
        }
    }
}

/// What follows of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// The receiver has it.
    Delivered,
    /// The receiver wants no messages: nothing more is sent to it, and this one keeps waiting.
    Gone,
    /// It is tried again by the schedule, not before so many seconds; nor is anything else sent to this receiver.
    Again {
        /// As `Retry-After` says.
        not_before_seconds: Option<u64>,
    },
    /// It is of no use to try again.
    Dead,
}

impl Outcome {
    /// What follows, by Standard Webhooks 1.0.0, "Delivery success and failure".
    pub(crate) fn after(self, retry_after_seconds: Option<u64>) -> After {
        match self {
            Outcome::Status(200..=299) => After::Delivered,
            Outcome::Status(410) => After::Gone,
            // A redirection says when to ask elsewhere, which is not done.
            Outcome::Status(429 | 500..=599) => After::Again { not_before_seconds: retry_after_seconds },
            Outcome::Status(_) => After::Again { not_before_seconds: None },
            Outcome::Fault(Fault::IdentityUnknown) => After::Dead,
            Outcome::Fault(
                Fault::Timeout
                | Fault::Name
                | Fault::Address
                | Fault::Connection
                | Fault::Tls
                | Fault::Protocol,
            ) => After::Again { not_before_seconds: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_success_is_success() {
        for status in 100..=999 {
            let expected = match status {
                200..=299 => After::Delivered,
                410 => After::Gone,
                429 | 500..=599 => After::Again { not_before_seconds: Some(7) },
                _ => After::Again { not_before_seconds: None },
            };
            assert_eq!(Outcome::Status(status).after(Some(7)), expected, "{status}");
        }
        for fault in Fault::ALL {
            let is_dead = Outcome::Fault(fault).after(None) == After::Dead;
            assert_eq!(is_dead, fault == Fault::IdentityUnknown, "{fault:?}");
        }
    }
}
