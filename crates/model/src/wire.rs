//! Records that other departments read: CloudEvents 1.0 in JSON, structured mode. Their types are not those of
//! the domain, and stand here with the conversion; `schemas/events` describes them to readers.
//!
//! Within a version, fields and codes are added, never renamed or taken away: readers, ours too, pass over what they
//! do not know.

mod event;
mod hex;
mod receipts;
mod rejection;

/// Content type of the records of `receipts.<feed>` and `rejected.<feed>`: what their header `content-type` says,
/// where a record has one.
pub const CLOUD_EVENT: &str = "application/cloudevents+json";
