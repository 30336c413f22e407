//! Known answers: the bytes are those of the crate `opentelemetry-proto` 0.33.1, made of the official schema.

use super::*;
use crate::span::Kind;
use crate::{SpanId, TraceId, TraceParent};

const REQUEST: &[&str] = &[
    "0a9a020a1a0a180a0c736572766963652e6e616d6512080a0673616e7a616f12fb010a0f0a0673616e7a616f1205302e",
    "312e3012e7010a100102030405060708090a0b0c0d0e0f1012081112131415161718220821222324252627282a096469",
    "73636f766572793005390100918127c7bd184182b2779027c7bd184a190a0d73616e7a616f2e62757265617512080a06",
    "3332303631344a140a0d73616e7a616f2e70656f706c65120318ac024a120a0c73616e7a616f2e737765657012021001",
    "4a300a1673616e7a616f2e72756c65732e646966666572696e6712162a140a080a06612d72756c650a080a06622d7275",
    "6c656a210a104142434445464748494a4b4c4d4e4f501208515253545556575835010300007003850101030000",
];
const ANSWER: &str = "0a080807120466756c6c";

fn hex(parts: &[&str]) -> Vec<u8> {
    let digits = parts.concat();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

fn numbers<const N: usize>(first: u8) -> [u8; N] {
    std::array::from_fn(|at| first + at as u8)
}

fn span() -> Span {
    let me = TraceParent { trace: TraceId(numbers(1)), span: SpanId(numbers(17)), is_sampled: true };
    Span {
        me,
        parent: Some(SpanId(numbers(33))),
        is_parent_remote: true,
        links: vec![TraceParent { trace: TraceId(numbers(65)), span: SpanId(numbers(81)), is_sampled: true }],
        links_left_out: 3,
        name: "discovery",
        kind: Kind::Consumer,
        began: 1_782_800_000_000_000_001,
        ended: 1_782_800_000_250_000_002,
        attributes: vec![
            ("sanzao.bureau", "320614".to_owned().into()),
            ("sanzao.people", 300u64.into()),
            ("sanzao.sweep", true.into()),
            ("sanzao.rules.differing", vec!["a-rule".to_owned(), "b-rule".to_owned()].into()),
        ],
    }
}

fn origin() -> Origin {
    let attributes = vec![attribute("service.name", Value::Text("sanzao".into()))];
    let scope = Scope { name: "sanzao".into(), version: "0.1.0".into() };
    Origin { resource: Resource { attributes }, scope }
}

#[test]
fn a_request_is_what_others_make_of_it() {
    assert_eq!(encode(&origin(), &[span()]), hex(REQUEST));
    let read = decode(&hex(REQUEST)).unwrap();
    assert_eq!(read.resource_spans[0].scope_spans[0].spans[0], wire(&span()));
}

#[test]
fn an_answer_says_how_many_were_refused() {
    assert_eq!(refused(&hex(&[ANSWER])), 7);
    assert_eq!(refused(b""), 0);
    assert_eq!(refused(b"{\"partialSuccess\":{}}"), 0);
}

#[test]
fn the_first_span_of_a_trace_has_no_parent() {
    let first = Span { parent: None, is_parent_remote: false, ..span() };
    let read = decode(&encode(&origin(), &[first])).unwrap();
    let span = &read.resource_spans[0].scope_spans[0].spans[0];
    assert!(span.parent_span_id.is_empty() && span.flags == 0x101, "{span:?}");
}
