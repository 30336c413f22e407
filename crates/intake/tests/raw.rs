//! Sealed records of feeds: read as what they hold, made by nobody without the key.

mod sample;

use proptest::prelude::*;
use sample::{desk, events, incoming};
use sanzao_intake::{Incoming, RawSealer, SealKey};
use sanzao_model::{Feed, Place, Rejection};

type Headers = Vec<(String, Vec<u8>)>;

const PLACE: Place = Place { partition: 3, offset: 12_345 };

fn sealer(feed: Feed) -> RawSealer {
    RawSealer::new(&SealKey::new([2; 32]), feed)
}

fn event() -> (Feed, Vec<u8>) {
    let (feed, text) = events().remove(0);
    (feed, text.into_bytes())
}

fn record<'a>((headers, value): &'a (Headers, Vec<u8>)) -> Incoming<'a> {
    Incoming { headers, value, partition: 0, offset: 0 }
}

fn refused(feed: Feed, sealed: &(Headers, Vec<u8>)) -> Box<Rejection> {
    desk(feed).read(&record(sealed)).expect_err("must be refused")
}

#[test]
fn a_sealed_event_is_read_as_what_it_holds() {
    for (feed, text) in events() {
        let plain = desk(feed).read(&incoming(text.as_bytes())).unwrap();
        let sealed = sealer(feed).seal([7; 12], &[], text.as_bytes());
        assert_eq!(sealed.0, [("sanzao-sealed".to_owned(), b"1".to_vec())]);
        assert!(!sealed.1.windows(9).any(|part| part == b"110105194"));
        assert_eq!(desk(feed).read(&record(&sealed)), Ok(plain));
    }
}

#[test]
fn what_does_not_open_is_refused_and_kept_as_it_came() {
    let (feed, value) = event();
    let good = sealer(feed).seal([7; 12], &[], &value);
    let mut damaged = good.clone();
    damaged.1[20] ^= 1;
    let (header, bytes) = good.clone();
    for broken in [
        damaged,
        (header.clone(), Vec::new()),
        (header.clone(), bytes[..11].to_vec()),
        (header.clone(), value.clone()),
        (vec![("Sanzao-Sealed".to_owned(), Vec::new())], value.clone()),
        sealer(Feed::Health).seal([7; 12], &[], &value),
        RawSealer::new(&SealKey::new([3; 32]), feed).seal([7; 12], &[], &value),
    ] {
        let rejection = refused(feed, &broken);
        assert_eq!(
            (rejection.code.as_str(), rejection.event, rejection.repairs),
            ("seal.broken", None, None)
        );
        assert_eq!(desk(feed).original(&record(&broken)), None);
    }
    // Without its header the sealed record is no event either.
    assert_eq!(refused(feed, &(Vec::new(), bytes)).code, "json.syntax");
}

#[test]
fn only_the_platform_says_what_an_event_repairs() {
    let (feed, value) = event();
    let repairs = |sealed: &(Headers, Vec<u8>)| desk(feed).read(&record(sealed)).unwrap().repairs;
    let told = vec![("sanzao-repairs".to_owned(), b"3:12345".to_vec())];
    assert_eq!(repairs(&(told.clone(), value.clone())), None, "a sender cannot");
    assert_eq!(repairs(&sealer(feed).seal_repair([1; 12], &[], &value, PLACE)), Some(PLACE));
    assert_eq!(repairs(&sealer(feed).seal([1; 12], &told, &value)), Some(PLACE));
    let outside = sealer(feed).seal([1; 12], &[], &value);
    assert_eq!(repairs(&([outside.0, told].concat(), outside.1)), None, "outside of the seal");
    for odd in ["", "3", "3:", ":3", "3:x", "-1:2", "3:4:5", "4294967296:1"] {
        let headers = [("sanzao-repairs".to_owned(), odd.as_bytes().to_vec())];
        assert_eq!(repairs(&sealer(feed).seal([1; 12], &headers, &value)), None, "{odd}");
    }
}

#[test]
fn a_repair_in_vain_says_what_it_was_to_repair() {
    let headers = vec![("ce_id".to_owned(), b"1".to_vec())];
    let sealed = sealer(Feed::Police).seal_repair([1; 12], &headers, b"{", PLACE);
    let rejection = refused(Feed::Police, &sealed);
    assert_eq!((rejection.code.as_str(), rejection.repairs), ("envelope.missing", Some(PLACE)));
    // Its original is the sender's, without what the platform wrote into it.
    let plain = Incoming { headers: &headers, value: b"{", partition: 0, offset: 0 };
    assert_eq!(rejection.original, desk(Feed::Police).read(&plain).unwrap_err().original);
    let original = desk(Feed::Police).original(&record(&sealed)).unwrap();
    assert_eq!((original.headers, original.value, original.repairs), (headers, b"{".to_vec(), Some(PLACE)));
}

#[test]
fn the_original_of_a_plain_record_is_the_record() {
    let headers = vec![("sanzao-repairs".to_owned(), b"3:1".to_vec())];
    let original = desk(Feed::Police).original(&record(&(headers.clone(), b"x".to_vec()))).unwrap();
    assert_eq!((&original.headers, &original.value[..], original.repairs), (&headers, &b"x"[..], None));
    assert_eq!(format!("{original:?}"), "Unsealed(…)");
}

proptest! {
    #[test]
    fn whatever_is_sealed_comes_out_again_and_nothing_else_opens(
        nonce in any::<[u8; 12]>(),
        headers in proptest::collection::vec(("\\PC{0,9}", proptest::collection::vec(any::<u8>(), 0..9)), 0..4),
        value in proptest::collection::vec(any::<u8>(), 0..99),
        at in any::<proptest::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let mut sealed = sealer(Feed::Registry).seal(nonce, &headers, &value);
        let original = desk(Feed::Registry).original(&record(&sealed)).unwrap();
        prop_assert_eq!(original.headers, headers);
        prop_assert_eq!(original.value, value);
        let at = at.index(sealed.1.len());
        sealed.1[at] ^= 1 << bit;
        prop_assert!(desk(Feed::Registry).original(&record(&sealed)).is_none());
    }
}
