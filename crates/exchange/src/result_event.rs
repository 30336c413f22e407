//! `sanzao.result.v1`: a result as a CloudEvent in JSON, for topics and webhooks; `schemas/events/result.v1.json`
//! describes it.

use sanzao_model::{Day, FactId, Feed, ItemId, Place};
use serde::Serialize;

use crate::{MessageId, RecordResult, Verdict};

/// An event in structured mode. All of it follows from the content: the same event is the same bytes.
#[derive(Serialize)]
pub(crate) struct Emitted<'a, T> {
    specversion: &'static str,
    id: &'a str,
    source: String,
    #[serde(rename = "type")]
    kind: &'static str,
    datacontenttype: &'static str,
    data: T,
}

impl<'a, T: Serialize> Emitted<'a, T> {
    /// An event of what the platform says to a department.
    pub(crate) fn of(feed: Feed, kind: &'static str, id: &'a MessageId, data: T) -> Emitted<'a, T> {
        let source = format!("/sanzao/{feed}");
        let datacontenttype = "application/json";
        Emitted { specversion: "1.0", id: id.as_str(), source, kind, datacontenttype, data }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("emitted events are plain data and memory takes all")
    }
}

#[derive(Serialize)]
struct Data<'a> {
    feed: Feed,
    record: Place,
    kind: &'a str,
    fact: FactId,
    verdict: Verdict,
    since: Day,
    alert: ItemId,
    number: u32,
}

impl RecordResult {
    /// The bytes of the event.
    pub fn to_bytes(&self) -> Vec<u8> {
        let data = Data {
            feed: self.record.feed,
            record: self.record.place,
            kind: &self.record.kind,
            fact: self.fact,
            verdict: self.verdict,
            since: self.since,
            alert: self.item,
            number: self.number,
        };
        let id = MessageId::of_result(self.id);
        Emitted::of(self.record.feed, "sanzao.result.v1", &id, data).to_bytes()
    }
}
