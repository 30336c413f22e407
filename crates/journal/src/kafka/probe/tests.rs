//! What brokers say and what is broken in it, without brokers.

use proptest::prelude::*;

use super::*;

#[test]
fn answers_are_read_as_the_protocol_has_them() {
    let with_users = b"\0\0\0\x01\0\x21\0\0\0\x02\0\x0dSCRAM-SHA-512\0\x05PLAIN";
    assert_eq!(mechanisms(with_users).unwrap(), ["SCRAM-SHA-512", "PLAIN"]);
    assert_eq!(mechanisms(b"\0\0\0\x01\0\x22\0\0\0\0"), Some(vec![]));
    // Of another request, another error, and names that are not there.
    for other in
        [&b"\0\0\0\x02\0\x22\0\0\0\0"[..], b"\0\0\0\x01\0\0\0\0\0\0", b"\0\0\0\x01\0\x21\xff\xff\xff\xff"]
    {
        assert_eq!(mechanisms(other), None);
    }
    assert_eq!(HANDSHAKE.len(), 4 + usize::from(HANDSHAKE[3]));
}

#[test]
fn hosts_are_told_from_ports() {
    for (address, expected) in
        [("a.example:9093", "a.example"), ("[::1]:9093", "::1"), ("10.0.0.1:1", "10.0.0.1")]
    {
        assert_eq!(host(address), expected);
    }
}

proptest! {
    #[test]
    fn no_answer_is_too_strange(answer in prop::collection::vec(any::<u8>(), 0..64), is_like in any::<bool>()) {
        let head = if is_like { &b"\0\0\0\x01\0\x21\0\0\0"[..] } else { &[] };
        let _ = mechanisms(&[head, &answer].concat());
    }
}
