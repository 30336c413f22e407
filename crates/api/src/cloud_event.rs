//! CloudEvents 1.0 over HTTP: which events a request carries, and on which feed each came. What they say
//! is intake's to judge; they are passed on byte for byte.

use std::borrow::Cow;

use axum::http::{HeaderMap, header};
use percent_encoding::percent_decode;
use sanzao_model::Feed;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::backend::RawEvent;
use crate::problem::{Problem, ProblemType, json_fault};

#[cfg(test)]
mod tests;

const STRUCTURED: &str = "application/cloudevents+json";
const BATCH: &str = "application/cloudevents-batch+json";

/// The context attributes that intake reads.
const CONTEXT: [&str; 5] = ["specversion", "id", "source", "type", "time"];

/// An event, and where it says it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourcedEvent {
    /// As it stands there.
    pub source: String,
    /// Which feed that is.
    pub feed: Feed,
    /// The event.
    pub event: RawEvent,
}

/// An event as CloudEvents 1.0 have it: its source says of which feed it is. The rest intake judges.
#[derive(utoipa::ToSchema)]
#[schema(as = Event)]
#[expect(dead_code, reason = "for the description: events are passed on byte for byte")]
pub(crate) struct EventBody {
    /// `/<division of the receiving bureau>/<feed>`.
    #[schema(pattern = "^/[^/]*/(police|social-security|health|medical-insurance|registry)$")]
    source: String,
}

/// How the body carries events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Attributes in headers, data in the body.
    Binary,
    /// One event in the body.
    Structured,
    /// A list of events in the body.
    Batch,
}

/// An event's envelope, as far as the feed needs it.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    source: Cow<'a, str>,
}

/// How the body of a request carries events.
///
/// # Errors
/// When the content type is none that CloudEvents in JSON have.
pub(crate) fn mode(headers: &HeaderMap) -> Result<Mode, Problem> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let media_type = media_type.to_ascii_lowercase();
    match media_type.as_str() {
        STRUCTURED => Ok(Mode::Structured),
        BATCH => Ok(Mode::Batch),
        media_type if headers.contains_key("ce-source") && is_json(media_type) => Ok(Mode::Binary),
        _ => {
            let expected = format!(
                "header content-type: expected {STRUCTURED} or {BATCH}, or a type of JSON with ce- headers"
            );
            Err(Problem::new(ProblemType::MediaType, expected))
        }
    }
}

/// A type of JSON, as intake takes it; in binary mode a request may leave it out.
fn is_json(media_type: &str) -> bool {
    let subtype = media_type.split_once('/').map(|(_, subtype)| subtype);
    media_type.is_empty() || subtype.is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

/// The events of a request in their order, each with its feed.
///
/// # Errors
/// When the body is not JSON of the mode, or an event's feed cannot be told from its `source`.
pub(crate) fn events(mode: Mode, headers: &HeaderMap, body: &[u8]) -> Result<Vec<SourcedEvent>, Problem> {
    match mode {
        Mode::Binary => binary(headers, body).map(|event| vec![event]),
        Mode::Structured => structured(body, "").map(|event| vec![event]),
        Mode::Batch => {
            let events: Vec<&RawValue> = serde_json::from_slice(body)
                .map_err(|error| no_event(format!("no list of events: {}", json_fault(&error))))?;
            let numbered = events.into_iter().enumerate();
            numbered
                .map(|(number, event)| structured(event.get().as_bytes(), &format!("/{number}")))
                .collect()
        }
    }
}

fn no_event(what: impl Into<String>) -> Problem {
    Problem::new(ProblemType::Event, what)
}

fn structured(event: &[u8], pointer: &str) -> Result<SourcedEvent, Problem> {
    let envelope: Envelope<'_> = serde_json::from_slice(event).map_err(|error| {
        no_event(format!("no event with one source: {}", json_fault(&error))).at(pointer.to_owned())
    })?;
    let feed = feed(&envelope.source).map_err(|problem| problem.at(format!("{pointer}/source")))?;
    let headers = vec![("content-type".to_owned(), STRUCTURED.into())];
    let source = envelope.source.into_owned();
    Ok(SourcedEvent { source, feed, event: RawEvent { headers, value: event.to_vec() } })
}

/// `/<division of the receiving bureau>/<feed>` (domain §2). Whether the division is one, intake says.
fn feed(source: &str) -> Result<Feed, Problem> {
    let name = source.strip_prefix('/').and_then(|rest| rest.split_once('/')).map(|(_, feed)| feed);
    let feed = name.unwrap_or_default().parse();
    feed.map_err(|error: String| no_event(format!("source is not /<division>/<feed>: {error}")))
}

/// `ce-` headers become `ce_` headers, as CloudEvents' Kafka binding names them.
fn binary(headers: &HeaderMap, body: &[u8]) -> Result<SourcedEvent, Problem> {
    let mut kept: Vec<(String, Vec<u8>)> = Vec::new();
    let mut source = None;
    for name in headers.keys() {
        let attribute = name.as_str().strip_prefix("ce-");
        if attribute.is_none() && name != header::CONTENT_TYPE {
            continue;
        }
        // Extensions are tolerated, however they are written.
        let is_extension = attribute.is_some_and(|attribute| !CONTEXT.contains(&attribute));
        let mut values = headers.get_all(name).iter();
        let value = values.next().filter(|_| values.next().is_none());
        let Some(value) = value else {
            if is_extension {
                continue;
            }
            return Err(no_event(format!("header {name} is there twice")));
        };
        match attribute {
            Some(_) if is_extension && attribute_value(value.as_bytes()).is_none() => {}
            None => kept.push((name.to_string(), value.as_bytes().to_vec())),
            Some(attribute) => {
                let text = attribute_value(value.as_bytes());
                let text =
                    text.ok_or_else(|| no_event(format!("header {name} is not UTF-8, percent-encoded")))?;
                if attribute == "source" {
                    source = Some((text.clone(), feed(&text)?));
                }
                kept.push((format!("ce_{attribute}"), text.into_bytes()));
            }
        }
    }
    let (source, feed) = source.ok_or_else(|| no_event("header ce-source is missing"))?;
    Ok(SourcedEvent { source, feed, event: RawEvent { headers: kept, value: body.to_vec() } })
}

/// CloudEvents HTTP binding 1.0.2, §3.1.3.2: take double quotes off, then decode percent signs once.
fn attribute_value(value: &[u8]) -> Option<String> {
    let inside = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let text = match inside {
        None => Cow::Borrowed(value),
        Some(inside) => {
            let mut text = Vec::with_capacity(inside.len());
            let mut bytes = inside.iter();
            while let Some(byte) = bytes.next() {
                text.push(if *byte == b'\\' { *bytes.next()? } else { *byte });
            }
            Cow::Owned(text)
        }
    };
    percent_decode(&text).decode_utf8().ok().map(Cow::into_owned)
}
