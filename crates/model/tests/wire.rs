//! Receipts and rejections as other departments read them.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use proptest::prelude::*;
use sanzao_model::{
    EventTag, Feed, Instant, Place, Receipt, ReceiptBatch, ReceiptOutcome, RecordError, Rejection,
    SealedOriginal, Warning,
};
use serde_json::{Value, json};

fn feed() -> impl Strategy<Value = Feed> {
    prop::sample::select(&Feed::ALL[..])
}

fn place() -> impl Strategy<Value = Place> {
    any::<(u32, u64)>().prop_map(|(partition, offset)| Place { partition, offset })
}

fn outcome() -> impl Strategy<Value = ReceiptOutcome> {
    let rejected = any::<(String, String, String)>()
        .prop_map(|(code, pointer, expected)| ReceiptOutcome::Rejected { code, pointer, expected });
    prop_oneof![Just(ReceiptOutcome::Accepted), Just(ReceiptOutcome::Duplicate), rejected]
}

fn receipts() -> impl Strategy<Value = ReceiptBatch> {
    let warnings = prop::sample::subsequence(&Warning::ALL[..], 0..=Warning::ALL.len());
    let one = (
        (any::<u32>(), any::<u64>()),
        any::<Option<[u8; 16]>>(),
        prop_oneof![any::<i64>(), Just(1_781_000_000_000_000_000)],
        prop::option::of(place()),
        warnings,
        outcome(),
    );
    (feed(), prop::collection::vec(one, 1..8)).prop_map(|(feed, all)| {
        let receipt = |((partition, offset), event, received, repairs, warnings, outcome)| Receipt {
            feed,
            partition,
            offset,
            event: Option::map(event, EventTag),
            received: Instant(received),
            repairs,
            warnings,
            outcome,
        };
        ReceiptBatch { receipts: all.into_iter().map(receipt).collect() }
    })
}

fn rejection() -> impl Strategy<Value = Rejection> {
    (
        (feed(), any::<u32>(), any::<u64>(), any::<Option<[u8; 16]>>()),
        any::<(String, String, String)>(),
        prop::option::of(place()),
        prop::collection::vec(any::<u8>(), 0..80),
    )
        .prop_map(|((feed, partition, offset, event), (code, pointer, expected), repairs, bytes)| {
            let (event, original) = (event.map(EventTag), SealedOriginal { bytes });
            Rejection { feed, partition, offset, event, code, pointer, expected, repairs, original }
        })
}

proptest! {
    #[test]
    fn receipts_come_back_as_they_went(batch in receipts()) {
        let bytes = batch.to_bytes();
        prop_assert_eq!(&bytes, &batch.clone().to_bytes());
        prop_assert_eq!(ReceiptBatch::from_bytes(&bytes), Ok(batch));
        let event: Value = serde_json::from_slice(&bytes).unwrap();
        prop_assert!(event["time"].is_string() && event["id"].is_string());
    }

    #[test]
    fn rejections_come_back_as_they_went(rejection in rejection()) {
        prop_assert_eq!(Rejection::from_bytes(&rejection.to_bytes()), Ok(rejection));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), text in any::<String>()) {
        let _ = (ReceiptBatch::from_bytes(&bytes), Rejection::from_bytes(text.as_bytes()));
    }
}

fn batch() -> ReceiptBatch {
    let received = Instant(1_781_000_000_123_000_000);
    let accepted = Receipt {
        feed: Feed::Police,
        partition: 2,
        offset: 17,
        event: Some(EventTag([0xab; 16])),
        received,
        repairs: None,
        warnings: Vec::new(),
        outcome: ReceiptOutcome::Accepted,
    };
    let rejected = ReceiptOutcome::Rejected {
        code: "id_number.check".into(),
        pointer: "/data/person/id_number".into(),
        expected: "the check character of GB 11643".into(),
    };
    let warned = vec![Warning::IdReused, Warning::UnknownDivision];
    let repairs = Some(Place { partition: 0, offset: 3 });
    let second =
        Receipt { offset: 18, event: None, received: Instant(0), outcome: rejected, ..accepted.clone() };
    let third = Receipt {
        offset: 20,
        warnings: warned,
        repairs,
        outcome: ReceiptOutcome::Duplicate,
        ..accepted.clone()
    };
    ReceiptBatch { receipts: vec![accepted, second, third] }
}

/// The bytes are a promise: see `schemas/events`.
#[test]
fn a_batch_is_written_just_so() {
    let expected = concat!(
        r#"{"specversion":"1.0","id":"receipts-2-17-20-3","source":"/sanzao/police","type":"sanzao.receipts.v1","#,
        r#""time":"2026-06-09T10:13:20.123Z","datacontenttype":"application/json","data":{"feed":"police","receipts":["#,
        r#"{"partition":2,"offset":17,"event":"abababababababababababababababab","received":"2026-06-09T10:13:20.123Z","#,
        r#""outcome":"accepted"},"#,
        r#"{"partition":2,"offset":18,"received":"1970-01-01T00:00:00Z","outcome":"rejected","code":"id_number.check","#,
        r#""pointer":"/data/person/id_number","expected":"the check character of GB 11643"},"#,
        r#"{"partition":2,"offset":20,"event":"abababababababababababababababab","received":"2026-06-09T10:13:20.123Z","#,
        r#""outcome":"duplicate","warnings":["event.id-reused","division.unknown"],"repairs":{"partition":0,"offset":3}}"#,
        "]}}",
    );
    assert_eq!(String::from_utf8(batch().to_bytes()).unwrap(), expected);
}

#[test]
fn a_rejection_is_written_just_so() {
    let mut rejection = Rejection {
        feed: Feed::SocialSecurity,
        partition: 1,
        offset: 9,
        event: Some(EventTag([1; 16])),
        code: "money.form".into(),
        pointer: "/data/amount".into(),
        expected: "an amount".into(),
        repairs: Some(Place { partition: 1, offset: 4 }),
        original: SealedOriginal { bytes: vec![0xff, 0xfe, 0xfd, 0] },
    };
    let expected = concat!(
        r#"{"specversion":"1.0","id":"rejection-1-9","source":"/sanzao/social-security","type":"sanzao.rejection.v1","#,
        r#""datacontenttype":"application/json","data":{"feed":"social-security","partition":1,"offset":9,"#,
        r#""event":"01010101010101010101010101010101","code":"money.form","pointer":"/data/amount","#,
        r#""expected":"an amount","repairs":{"partition":1,"offset":4},"original":"//79AA=="}}"#,
    );
    assert_eq!(String::from_utf8(rejection.to_bytes()).unwrap(), expected);
    rejection.original.bytes.clear();
    let text = String::from_utf8(rejection.to_bytes()).unwrap();
    assert!(!text.contains("original"), "{text}");
    assert_eq!(Rejection::from_bytes(text.as_bytes()), Ok(rejection));
}

#[test]
fn what_is_newer_is_passed_over_or_refused() {
    let event: Value = serde_json::from_slice(&batch().to_bytes()).unwrap();
    let read = |event: &Value| ReceiptBatch::from_bytes(event.to_string().as_bytes());
    let mut richer = event.clone();
    richer["traceparent"] = json!("00-ab-cd-01");
    richer["data"]["more"] = json!({"a": []});
    richer["data"]["receipts"][0]["more"] = json!(1);
    richer["data"]["receipts"][2]["warnings"] = json!(["event.id-reused", "sky.blue", "division.unknown"]);
    assert_eq!(read(&richer), Ok(batch()));

    for (key, value) in [
        ("type", json!("sanzao.receipts.v2")),
        ("type", json!("sanzao.rejection.v1")),
        ("specversion", json!("2.0")),
    ] {
        let mut other = event.clone();
        other[key] = value;
        // Whatever form its data have.
        other["data"] = json!([]);
        assert!(
            matches!(read(&other), Err(RecordError::EventType { known: "sanzao.receipts.v1", .. })),
            "{other}"
        );
    }
    for (pointer, value) in [
        ("/data/receipts/0/outcome", json!("lost")),
        ("/data/receipts/0/received", json!("yesterday")),
        ("/data/receipts/0/event", json!("AB")),
        ("/data/receipts/1/code", Value::Null),
        ("/data/feed", json!("weather")),
        ("/data", Value::Null),
    ] {
        let mut wrong = event.clone();
        *wrong.pointer_mut(pointer).unwrap() = value;
        assert!(matches!(read(&wrong), Err(RecordError::Decode(_))), "{wrong}");
    }
    // As these records were before they were events.
    assert_eq!(ReceiptBatch::from_bytes(&[3, 1, 0]), Err(RecordError::Version(3)));
    assert!(ReceiptBatch::from_bytes(b"").is_err());
}

/// `cargo test --release -p sanzao-model --test wire -- --ignored --nocapture`
#[test]
#[ignore = "measures; run it by hand in release"]
fn receipts_are_quick() {
    let received = Instant(1_781_000_000_123_000_000);
    let receipt = |offset: u64| {
        let mut event = [0; 16];
        event[..8].copy_from_slice(&offset.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
        Receipt {
            feed: Feed::MedicalInsurance,
            partition: 0,
            offset,
            event: Some(EventTag(event)),
            received,
            repairs: None,
            warnings: Vec::new(),
            outcome: ReceiptOutcome::Accepted,
        }
    };
    let batches: Vec<_> = (0..50_u64)
        .map(|batch| ReceiptBatch { receipts: (batch * 10_000..(batch + 1) * 10_000).map(receipt).collect() })
        .collect();
    for _ in 0..3 {
        let begin = std::time::Instant::now();
        let records: Vec<Vec<u8>> = batches.iter().map(ReceiptBatch::to_bytes).collect();
        let written = begin.elapsed();
        let bytes: usize = records.iter().map(Vec::len).sum();
        let begin = std::time::Instant::now();
        let back = records
            .iter()
            .map(|bytes| ReceiptBatch::from_bytes(bytes).unwrap().receipts.len())
            .sum::<usize>();
        println!(
            "{back} receipts: written {} ns each, read {} ns each, {} bytes each",
            written.as_nanos() / 500_000,
            begin.elapsed().as_nanos() / 500_000,
            bytes / 500_000
        );
    }
}
