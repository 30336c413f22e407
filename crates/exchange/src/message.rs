//! A message to an endpoint, and where it stands.

use sanzao_model::Instant;
use serde::{Deserialize, Serialize};

use crate::{EndpointId, MessageId, VerificationRequest};

/// What a message is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Content {
    /// An event without personal data, as it is sent.
    Event(String),
    /// A request: its event is built when it is sent, with the person's number and name.
    Request(Box<VerificationRequest>),
}

/// A message to one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What the receiver knows it by.
    pub id: MessageId,
    /// To whom.
    pub endpoint: EndpointId,
    /// When it was taken in.
    pub taken_in: Instant,
    /// How often it was tried, since it was last put back by hand.
    pub attempts: u32,
    /// Where it stands.
    pub state: MessageState,
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageState {
    /// It is to be sent.
    Waiting {
        /// When, at the earliest.
        next: Instant,
    },
    /// The receiver took it.
    Delivered {
        /// When.
        at: Instant,
    },
    /// It was tried often enough: a dead letter.
    Dead {
        /// Since when.
        at: Instant,
    },
    /// It is not sent any more: somebody dropped the dead letter, or nobody waits for the answer.
    Dropped {
        /// When.
        at: Instant,
    },
}

impl MessageState {
    /// Its stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            MessageState::Waiting { .. } => "waiting",
            MessageState::Delivered { .. } => "delivered",
            MessageState::Dead { .. } => "dead",
            MessageState::Dropped { .. } => "dropped",
        }
    }

    /// The state of this name.
    pub(crate) fn of(name: &str, at: Instant) -> Option<MessageState> {
        Some(match name {
            "waiting" => MessageState::Waiting { next: at },
            "delivered" => MessageState::Delivered { at },
            "dead" => MessageState::Dead { at },
            "dropped" => MessageState::Dropped { at },
            _ => return None,
        })
    }

    /// Since when; of a message that waits when it is to be sent.
    pub fn at(self) -> Instant {
        match self {
            MessageState::Waiting { next } => next,
            MessageState::Delivered { at } | MessageState::Dead { at } | MessageState::Dropped { at } => at,
        }
    }
}
