//! Options of `sanzao exchange`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use sanzao_exchange::{EndpointId, MessageId};

/// Options of `sanzao exchange`.
#[derive(Debug, Args)]
pub struct ExchangeArgs {
    /// Data directory, over that of the configuration.
    #[arg(long, global = true)]
    pub data: Option<PathBuf>,
    /// Configuration file, for the webhooks and Kafka.
    #[arg(long, global = true)]
    pub config: Option<PathBuf>,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub act: ExchangeAct,
}

/// What `sanzao exchange` does, while the platform does not run; a running one does it at `/v1/webhooks`.
#[derive(Debug, Subcommand)]
pub enum ExchangeAct {
    /// Webhooks, how many messages wait for each, and whether its receiver takes any.
    Endpoints,
    /// Messages that were tried often enough.
    Dead {
        /// Only those to this webhook.
        #[arg(long)]
        endpoint: Option<EndpointId>,
        /// The most messages.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Send a dead letter once more, by the whole schedule, when the platform runs.
    Retry {
        /// The webhook.
        endpoint: EndpointId,
        /// The message.
        message: MessageId,
    },
    /// Give a dead letter up.
    Drop {
        /// The webhook.
        endpoint: EndpointId,
        /// The message.
        message: MessageId,
    },
    /// Send again to a webhook whose receiver wanted no messages (410).
    Enable {
        /// The webhook.
        endpoint: EndpointId,
    },
    /// What departments were asked, and where each request stands.
    Requests,
}
