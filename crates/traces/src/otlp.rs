//! The wire format: OTLP 1.x in protobuf, as much of it as is told. Numbers of fields are those of
//! <https://github.com/open-telemetry/opentelemetry-proto>.

use prost::{Message, Oneof};

use crate::Process;
use crate::span::{Span, Value};

/// `opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest`.
#[derive(Clone, PartialEq, Message)]
pub struct ExportRequest {
    /// Spans by who tells them.
    #[prost(message, repeated, tag = "1")]
    pub resource_spans: Vec<ResourceSpans>,
}

/// `opentelemetry.proto.trace.v1.ResourceSpans`.
#[derive(Clone, PartialEq, Message)]
pub struct ResourceSpans {
    /// Who tells them.
    #[prost(message, optional, tag = "1")]
    pub resource: Option<Resource>,
    /// Spans by which part of it tells them.
    #[prost(message, repeated, tag = "2")]
    pub scope_spans: Vec<ScopeSpans>,
}

/// `opentelemetry.proto.resource.v1.Resource`.
#[derive(Clone, PartialEq, Message)]
pub struct Resource {
    /// What it is.
    #[prost(message, repeated, tag = "1")]
    pub attributes: Vec<KeyValue>,
}

/// `opentelemetry.proto.trace.v1.ScopeSpans`.
#[derive(Clone, PartialEq, Message)]
pub struct ScopeSpans {
    /// Which part of the program.
    #[prost(message, optional, tag = "1")]
    pub scope: Option<Scope>,
    /// The spans.
    #[prost(message, repeated, tag = "2")]
    pub spans: Vec<WireSpan>,
}

/// `opentelemetry.proto.common.v1.InstrumentationScope`.
#[derive(Clone, PartialEq, Message)]
pub struct Scope {
    /// What it is called.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its version.
    #[prost(string, tag = "2")]
    pub version: String,
}

/// `opentelemetry.proto.trace.v1.Span`.
#[derive(Clone, PartialEq, Message)]
pub struct WireSpan {
    /// 16 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub trace_id: Vec<u8>,
    /// 8 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub span_id: Vec<u8>,
    /// 8 bytes, or none of the first span of a trace.
    #[prost(bytes = "vec", tag = "4")]
    pub parent_span_id: Vec<u8>,
    /// What was done.
    #[prost(string, tag = "5")]
    pub name: String,
    /// `SpanKind`.
    #[prost(int32, tag = "6")]
    pub kind: i32,
    /// Nanoseconds since 1970-01-01 UTC.
    #[prost(fixed64, tag = "7")]
    pub start_time_unix_nano: u64,
    /// The same.
    #[prost(fixed64, tag = "8")]
    pub end_time_unix_nano: u64,
    /// What is said about it.
    #[prost(message, repeated, tag = "9")]
    pub attributes: Vec<KeyValue>,
    /// Other spans of which it comes.
    #[prost(message, repeated, tag = "13")]
    pub links: Vec<WireLink>,
    /// How many more of them there were.
    #[prost(uint32, tag = "14")]
    pub dropped_links_count: u32,
    /// `SpanFlags`.
    #[prost(fixed32, tag = "16")]
    pub flags: u32,
}

/// `opentelemetry.proto.trace.v1.Span.Link`.
#[derive(Clone, PartialEq, Message)]
pub struct WireLink {
    /// 16 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub trace_id: Vec<u8>,
    /// 8 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub span_id: Vec<u8>,
    /// `SpanFlags`.
    #[prost(fixed32, tag = "6")]
    pub flags: u32,
}

/// `opentelemetry.proto.common.v1.KeyValue`.
#[derive(Clone, PartialEq, Message)]
pub struct KeyValue {
    /// What is told.
    #[prost(string, tag = "1")]
    pub key: String,
    /// What it is.
    #[prost(message, optional, tag = "2")]
    pub value: Option<AnyValue>,
}

/// `opentelemetry.proto.common.v1.AnyValue`.
#[derive(Clone, PartialEq, Message)]
pub struct AnyValue {
    /// One of them.
    #[prost(oneof = "OneValue", tags = "1, 2, 3, 5")]
    pub value: Option<OneValue>,
}

/// What an [`AnyValue`] is here.
#[derive(Clone, PartialEq, Oneof)]
pub enum OneValue {
    /// A text.
    #[prost(string, tag = "1")]
    Text(String),
    /// Yes or no.
    #[prost(bool, tag = "2")]
    Flag(bool),
    /// A number.
    #[prost(int64, tag = "3")]
    Number(i64),
    /// Several.
    #[prost(message, tag = "5")]
    List(ArrayValue),
}

/// `opentelemetry.proto.common.v1.ArrayValue`.
#[derive(Clone, PartialEq, Message)]
pub struct ArrayValue {
    /// They.
    #[prost(message, repeated, tag = "1")]
    pub values: Vec<AnyValue>,
}

/// `opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse`.
#[derive(Clone, PartialEq, Message)]
struct ExportResponse {
    #[prost(message, optional, tag = "1")]
    partial_success: Option<PartialSuccess>,
}

/// `opentelemetry.proto.collector.trace.v1.ExportTracePartialSuccess`.
#[derive(Clone, PartialEq, Message)]
struct PartialSuccess {
    #[prost(int64, tag = "1")]
    rejected_spans: i64,
}

/// `SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK`.
const KNOWS_IF_REMOTE: u32 = 0x100;
/// `SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK`.
const IS_REMOTE: u32 = 0x200;

/// Who tells spans, as it is sent with each request.
pub(crate) struct Origin {
    resource: Resource,
    scope: Scope,
}

impl Origin {
    pub fn of(process: &Process) -> Origin {
        let attributes = vec![
            attribute("service.name", Value::Text("sanzao".into())),
            attribute("service.instance.id", Value::Text(process.name.clone())),
            attribute("service.version", Value::Text(process.version.into())),
            attribute("sanzao.stages", Value::Texts(process.stages.clone())),
        ];
        let scope = Scope { name: "sanzao".into(), version: process.version.into() };
        Origin { resource: Resource { attributes }, scope }
    }
}

/// The body of a request.
pub(crate) fn encode(origin: &Origin, spans: &[Span]) -> Vec<u8> {
    let spans = spans.iter().map(wire).collect();
    let scope_spans = vec![ScopeSpans { scope: Some(origin.scope.clone()), spans }];
    let resource = Some(origin.resource.clone());
    ExportRequest { resource_spans: vec![ResourceSpans { resource, scope_spans }] }.encode_to_vec()
}

/// How many spans an answer says were refused.
pub(crate) fn refused(answer: &[u8]) -> u64 {
    let partial = ExportResponse::decode(answer).ok().and_then(|answer| answer.partial_success);
    partial.and_then(|partial| u64::try_from(partial.rejected_spans).ok()).unwrap_or(0)
}

/// Reads the body of a request.
///
/// # Errors
/// When it is none of OTLP.
pub fn decode(body: &[u8]) -> Result<ExportRequest, prost::DecodeError> {
    ExportRequest::decode(body)
}

fn flags(is_remote: bool) -> u32 {
    1 | KNOWS_IF_REMOTE | if is_remote { IS_REMOTE } else { 0 }
}

fn wire(span: &Span) -> WireSpan {
    let link = |link: &crate::TraceParent| WireLink {
        trace_id: link.trace.0.to_vec(),
        span_id: link.span.0.to_vec(),
        flags: flags(true),
    };
    WireSpan {
        trace_id: span.me.trace.0.to_vec(),
        span_id: span.me.span.0.to_vec(),
        parent_span_id: span.parent.map(|parent| parent.0.to_vec()).unwrap_or_default(),
        name: span.name.to_owned(),
        kind: span.kind as i32,
        start_time_unix_nano: span.began,
        end_time_unix_nano: span.ended,
        attributes: span.attributes.iter().map(|(name, value)| attribute(name, value.clone())).collect(),
        links: span.links.iter().map(link).collect(),
        dropped_links_count: span.links_left_out,
        flags: flags(span.is_parent_remote),
    }
}

fn attribute(name: &str, value: Value) -> KeyValue {
    let any = |value| AnyValue { value: Some(value) };
    let value = any(match value {
        Value::Flag(flag) => OneValue::Flag(flag),
        Value::Number(number) => OneValue::Number(number),
        Value::Text(text) => OneValue::Text(text),
        Value::Texts(texts) => {
            let values = texts.into_iter().map(|text| any(OneValue::Text(text))).collect();
            OneValue::List(ArrayValue { values })
        }
    });
    KeyValue { key: name.to_owned(), value: Some(value) }
}

#[cfg(test)]
mod tests;
