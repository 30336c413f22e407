//! The CloudEvents 1.0 envelope, in structured and in binary content mode.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use sanzao_model::{Bureau, Feed, Instant};

use crate::header::Binding;
use crate::json::{self, Node, Object, Parsed};
use crate::time::rfc3339;
use crate::{Code, Fault, header};

/// Ids are kept for every event; senders' are UUIDs or less.
const ID_MAX_BYTES: usize = 256;

/// An envelope as found, before anything in it is checked.
#[derive(Default)]
pub(crate) struct Envelope<'a> {
    specversion: Attribute<'a>,
    id: Attribute<'a>,
    source: Attribute<'a>,
    kind: Attribute<'a>,
    time: Attribute<'a>,
    datacontenttype: Attribute<'a>,
    /// In binary mode the body, which is read when the attributes are known.
    body: Option<&'a [u8]>,
    data: Option<Node<'a>>,
    /// Data that the sender's client was given as bytes.
    base64: Option<Node<'a>>,
    /// In binary mode how the headers carry the attributes.
    pub(crate) binding: Option<Binding>,
    /// What is wrong with the JSON as a whole, though its attributes can be read.
    fault: Option<Fault>,
    has_odd_extension: bool,
}

/// Where data lie that are taken out of a text.
#[derive(Default)]
pub(crate) struct Unpacked {
    decoded: Vec<u8>,
    text: String,
}

/// A context attribute: absent, a string, or something else.
#[derive(Default)]
enum Attribute<'a> {
    #[default]
    Absent,
    Text(Cow<'a, str>),
    Other,
}

/// What the envelope of a valid event says.
pub(crate) struct Event<'a> {
    pub(crate) id: Cow<'a, str>,
    pub(crate) source: Cow<'a, str>,
    pub(crate) kind: Cow<'a, str>,
    pub(crate) bureau: Bureau,
    pub(crate) time: Instant,
    pub(crate) data: Object<'a>,
}

/// Finds out the mode and takes the envelope apart.
///
/// A content type `application/cloudevents+json` means structured mode, headers of context attributes mean
/// binary mode; with neither, and no content type or one of JSON, the value has to be a structured event: there are
/// clients that call it `application/json` (`schemas/clients.md`).
pub(crate) fn read<'a>(headers: &'a [(String, Vec<u8>)], value: &'a [u8]) -> Result<Envelope<'a>, Fault> {
    let content_type = header::content_type(headers)?;
    let media = content_type.map(media_type).unwrap_or_default();
    if media == "application/cloudevents+json" {
        return structured(value);
    }
    if media.starts_with("application/cloudevents") {
        let expected =
            "one event in each record: header content-type application/cloudevents+json, or binary mode";
        return Err(Fault::new(Code::EnvelopeContentType, "", expected));
    }
    if let Some(binding) = header::binding(headers) {
        return binary(headers, binding, content_type, value);
    }
    if content_type.is_some_and(|text| !is_json(text)) {
        let expected =
            "headers of binary mode (ce_id, …), or header content-type application/cloudevents+json";
        return Err(Fault::new(Code::EnvelopeContentType, "", expected));
    }
    structured(value)
}

/// The media type without its parameters, in lower case.
fn media_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn structured(value: &[u8]) -> Result<Envelope<'_>, Fault> {
    let Parsed { node, fault } = json::parse(value)?;
    let Node::Object(fields) = node else {
        return Err(
            fault.unwrap_or_else(|| Fault::new(Code::EnvelopeObject, "", "a CloudEvent as a JSON object"))
        );
    };
    let mut envelope = Envelope { fault, ..Envelope::default() };
    for (name, node) in fields {
        match name.as_ref() {
            "specversion" => envelope.specversion = node.into(),
            "id" => envelope.id = envelope.id.or_twice(node),
            "source" => envelope.source = envelope.source.or_twice(node),
            "type" => envelope.kind = node.into(),
            "time" => envelope.time = node.into(),
            "datacontenttype" => envelope.datacontenttype = node.into(),
            "data" => envelope.data = Some(node),
            "data_base64" => envelope.base64 = Some(node).filter(|node| *node != Node::Null),
            _ => envelope.has_odd_extension |= matches!(node, Node::Array(_) | Node::Object(_)),
        }
    }
    Ok(envelope)
}

fn binary<'a>(
    headers: &'a [(String, Vec<u8>)],
    binding: Binding,
    content_type: Option<&'a str>,
    value: &'a [u8],
) -> Result<Envelope<'a>, Fault> {
    let text = |name| header::context(headers, name).map(Attribute::from);
    Ok(Envelope {
        specversion: text("specversion")?,
        id: text("id")?,
        source: text("source")?,
        kind: text("type")?,
        time: text("time")?,
        datacontenttype: content_type.map(Cow::Borrowed).into(),
        body: Some(value),
        binding: Some(binding),
        ..Envelope::default()
    })
}

impl<'a> From<Node<'a>> for Attribute<'a> {
    /// `null` is an attribute without a value (JSON event format, §2.2).
    fn from(node: Node<'a>) -> Attribute<'a> {
        match node {
            Node::Null => Attribute::Absent,
            Node::String(text) => Attribute::Text(text),
            _ => Attribute::Other,
        }
    }
}

impl<'a> From<Option<Cow<'a, str>>> for Attribute<'a> {
    fn from(text: Option<Cow<'a, str>>) -> Attribute<'a> {
        text.map_or(Attribute::Absent, Attribute::Text)
    }
}

impl<'a> Attribute<'a> {
    /// What stands twice names nothing.
    fn or_twice(self, node: Node<'a>) -> Attribute<'a> {
        match self {
            Attribute::Absent => node.into(),
            _ => Attribute::Other,
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Attribute::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    fn optional(self, pointer: &'static str) -> Result<Option<Cow<'a, str>>, Fault> {
        match self {
            Attribute::Absent => Ok(None),
            Attribute::Text(text) => Ok(Some(text)),
            Attribute::Other => Err(Fault::new(Code::EnvelopeAttribute, pointer, "a string")),
        }
    }

    fn required(self, pointer: &'static str) -> Result<Cow<'a, str>, Fault> {
        let missing = || Fault::new(Code::EnvelopeMissing, pointer, "this context attribute");
        self.optional(pointer)?.ok_or_else(missing)
    }
}

impl<'a> Envelope<'a> {
    /// Source and id, where both are there: what a rejection names the event by.
    pub(crate) fn name(&self) -> Option<(&str, &str)> {
        self.source.text().zip(self.id.text())
    }

    /// Checks everything but the event type and the fields of `data`. What data hold that came
    /// as a text, in Base64 or not, goes into `unpacked`.
    pub(crate) fn check(
        self,
        feed: Feed,
        bureaus: &[Bureau],
        unpacked: &'a mut Unpacked,
    ) -> Result<Event<'a>, Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let Unpacked { decoded, text } = unpacked;
        if self.specversion.required("/specversion")? != "1.0" {
            return Err(Fault::new(Code::EnvelopeSpecversion, "/specversion", "1.0"));
        }
        let id = self.id.required("/id")?;
        if !(1..=ID_MAX_BYTES).contains(&id.len()) {
            return Err(Fault::new(Code::EnvelopeId, "/id", "an id of 1 to 256 bytes"));
        }
        let source = self.source.required("/source")?;
        let bureau = bureau_of(&source, feed, bureaus)?;
        let kind = self.kind.required("/type")?;
        let time = rfc3339(&self.time.required("/time")?).ok_or_else(|| {
            Fault::new(Code::EnvelopeTime, "/time", "a time as of RFC 3339, with its offset")
        })?;
        if self.datacontenttype.optional("/datacontenttype")?.is_some_and(|text| !is_json(&text)) {
            let expected = "application/json, or another type of JSON";
            return Err(Fault::new(Code::EnvelopeContentType, "/datacontenttype", expected));
        }
        if self.has_odd_extension {
            let expected = "extension attributes that are neither lists nor objects";
            return Err(Fault::new(Code::EnvelopeAttribute, "", expected));
        }
        let data = match (self.body, self.data, self.base64) {
            (Some([]), ..) | (None, None, None) => None,
            (Some(body), ..) => Some(json::parse(body)?.whole()?),
            (None, Some(_), Some(_)) => {
                let expected = "data or data_base64, not both";
                return Err(Fault::new(Code::DataBase64, "/data_base64", expected));
            }
            (None, data @ Some(_), None) => data,
            (None, None, Some(base64)) => Some(json_in(&base64, decoded)?),
        };
        Ok(Event { id, source, kind, bureau, time, data: object(data, text)? })
    }
}

fn object<'a>(data: Option<Node<'a>>, unpacked: &'a mut String) -> Result<Object<'a>, Fault> {
    const OBJECT: &str = "a JSON object";
    match data {
        Some(Node::Object(data)) => Ok(data),
        // No event type has data that are a text: it can only be an object that a client has written twice.
        Some(Node::String(text)) => {
            *unpacked = text.into_owned();
            match json::parse(unpacked.as_bytes()).and_then(Parsed::whole) {
                Ok(Node::Object(data)) => Ok(data),
                Ok(_) => Err(Fault::new(Code::DataType, "/data", OBJECT)),
                Err(fault) if fault.code == Code::JsonSyntax => {
                    Err(Fault::new(Code::DataType, "/data", OBJECT))
                }
                Err(fault) => Err(Fault { pointer: "/data".to_owned(), ..fault }),
            }
        }
        Some(_) => Err(Fault::new(Code::DataType, "/data", OBJECT)),
        None => Err(Fault::new(Code::DataMissing, "/data", OBJECT)),
    }
}

/// The JSON in `data_base64`: the type of the data was found to be one of JSON before.
fn json_in<'a>(base64: &Node<'_>, decoded: &'a mut Vec<u8>) -> Result<Node<'a>, Fault> {
    let fault =
        || Fault::new(Code::DataBase64, "/data_base64", "a text in Base64 (RFC 4648, §4) that holds JSON");
    let Node::String(text) = base64 else { return Err(fault()) };
    STANDARD.decode_vec(text.as_bytes(), decoded).map_err(|_| fault())?;
    let json = json::parse(decoded).and_then(Parsed::whole);
    json.map_err(|found| Fault { pointer: "/data_base64".to_owned(), ..found })
}

/// `/<six digits>/<feed>`, of this feed and of a bureau that is served.
fn bureau_of(source: &str, feed: Feed, bureaus: &[Bureau]) -> Result<Bureau, Fault> {
    let fault = |code, expected: String| Fault::new(code, "/source", expected);
    let parts = source.strip_prefix('/').and_then(|rest| rest.split_once('/'));
    let parts = parts.and_then(|(code, name)| Some((code.parse::<Bureau>().ok()?, name)));
    let Some((bureau, name)) = parts else {
        return Err(fault(Code::EnvelopeSource, format!("/<six digits of the bureau>/{feed}")));
    };
    if name != feed.as_str() {
        let known = name.parse::<Feed>().is_ok();
        let code = if known { Code::EnvelopeFeed } else { Code::EnvelopeSource };
        return Err(fault(code, format!("/<six digits of the bureau>/{feed}")));
    }
    if bureaus.contains(&bureau) {
        Ok(bureau)
    } else {
        Err(fault(Code::EnvelopeBureau, "the division code of a bureau that is served here".into()))
    }
}

/// `application/json`, `…/json` or `…+json`.
fn is_json(content_type: &str) -> bool {
    let media = media_type(content_type);
    media.split_once('/').is_some_and(|(_, sub)| sub == "json" || sub.ends_with("+json"))
}
