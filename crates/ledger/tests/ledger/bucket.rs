//! Snapshots in a bucket: what a store says no to, what is torn or tried again, and copies to and from a folder.

use sanzao_ledger::snapshot::{Copied, Damage, S3Settings, SecretKey, SnapshotError};
use sanzao_ledger::{Position, Snapshots};
use sanzao_model::{Feed, Instant};

use crate::place::Place;
use crate::proxy::{Mode, Proxy};
use crate::s3_server::{Bucket, Server, now};
use crate::snapshot::{Fixture, LATER, LOG, batch, fixture, position};
use crate::world::{BUREAU, empty_ledger, open_id};

const MANIFEST: &str = "manifest-00000000000000000020.json";

/// Two snapshots in a bucket, and a proxy before it.
struct Proxied {
    fixture: Fixture,
    bucket: Bucket,
    proxy: Proxy,
}

fn proxied() -> Option<Proxied> {
    let fixture = fixture(Place::Bucket(Bucket::new()?));
    let Place::Bucket(bucket) = &fixture.place else { unreachable!() };
    let proxy = Proxy::before(Server::shared()?.port);
    let bucket = bucket.through(proxy.port);
    Some(Proxied { bucket, fixture, proxy })
}

impl Proxied {
    fn snapshots(&self) -> Snapshots {
        self.bucket.snapshots().with_rows_per_part(5)
    }
}

fn refused(settings: &S3Settings, now: fn() -> Instant) -> String {
    let snapshots = Snapshots::in_bucket(settings, now).unwrap();
    match snapshots.list(BUREAU) {
        Err(error @ SnapshotError::Refused { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn refusals_say_what_to_mend_and_are_not_tried_again() {
    let Some(Proxied { bucket, proxy, .. }) = proxied() else { return };
    let right = bucket.settings();
    let with = |change: fn(&mut S3Settings)| {
        let mut settings = right.clone();
        change(&mut settings);
        settings
    };
    const HOUR: i64 = 3_600_000_000_000;
    for (settings, clock, part) in [
        (
            with(|s| s.secret_key = SecretKey::new("other")),
            now as fn() -> Instant,
            "mend the secret key setting",
        ),
        (with(|s| s.access_key = "NOBODY".into()), now, "mend the access key setting"),
        (with(|s| s.region = "us-east-1".into()), now, "mend the region setting"),
        (with(|s| s.bucket = "nowhere".into()), now, "there is no such bucket: create it"),
        (right.clone(), || Instant(now().0 + HOUR), "set both by a time service"),
        (right.clone(), || Instant(now().0 - HOUR), "set both by a time service"),
    ] {
        proxy.asked();
        let told = refused(&settings, clock);
        assert!(told.contains(part), "{told}");
        assert!(!told.contains("X-Amz") && !told.contains("other"), "{told}");
        assert_eq!(proxy.asked().len(), 1, "{told}");
    }
    // Writing and reading say it too.
    let wrong = Snapshots::in_bucket(&with(|s| s.bucket = "nowhere".into()), now).unwrap();
    let write = wrong.write(&empty_ledger(), position(1), Instant(1));
    assert!(matches!(write, Err(SnapshotError::Refused { .. })), "{write:?}");
}

#[test]
fn a_write_that_ends_before_its_manifest_changes_nothing() {
    let Some(it) = proxied() else { return };
    let before = it.fixture.place.names("");
    it.proxy.set(Mode::Cut("PUT", "manifest-"));
    let write = it.snapshots().write(&it.fixture.ledger, position(30), Instant(1));
    assert!(matches!(write, Err(SnapshotError::Store { .. })), "{write:?}");
    assert_eq!(it.fixture.place.names("").len(), before.len() + 3, "three parts");
    let restored = it.snapshots().restore(BUREAU, open_id()).unwrap();
    assert_eq!((restored.from.unwrap().position.facts_offset, restored.skipped), (20, Vec::new()));
    it.proxy.set(Mode::Pass);
    assert_eq!(it.snapshots().prune(BUREAU, LOG, 2, LATER).unwrap(), 3);
    assert_eq!(it.fixture.place.names(""), before);
    let manifest = it.snapshots().write(&it.fixture.ledger, position(30), Instant(1)).unwrap();
    assert_eq!(it.snapshots().restore(BUREAU, open_id()).unwrap().from, Some(manifest));
}

#[test]
fn a_busy_store_is_asked_again_and_one_that_is_away_is_told() {
    let Some(it) = proxied() else { return };
    it.proxy.set(Mode::Busy(4));
    let manifest = it.snapshots().write(&it.fixture.ledger, position(30), Instant(1)).unwrap();
    it.proxy.asked();
    it.proxy.set(Mode::Busy(u32::MAX));
    let told = it.snapshots().list(BUREAU).unwrap_err();
    assert!(
        matches!(&told, SnapshotError::Store { reason, .. } if reason.contains("503 SlowDown")),
        "{told}"
    );
    assert_eq!(it.proxy.asked().len(), 5);
    it.proxy.set(Mode::Away);
    let told = it.snapshots().write(&it.fixture.ledger, position(40), Instant(1)).unwrap_err();
    assert!(matches!(told, SnapshotError::Store { .. }), "{told}");
    // A folder stands in for the bucket, and the caller learns that there may be a newer one.
    let local = fixture(Place::folder());
    let (near, far) = (&local.snapshots, it.snapshots());
    let restored = Snapshots::restore_newest(&[near, &far], BUREAU, open_id()).unwrap();
    assert_eq!((restored.from.unwrap().position.facts_offset, restored.place), (20, Some(near.place())));
    assert_eq!(restored.unlisted.iter().map(|it| it.place.clone()).collect::<Vec<_>>(), [far.place()]);
    assert!(it.snapshots().restore(BUREAU, open_id()).is_err());
    it.proxy.set(Mode::Pass);
    let restored = Snapshots::restore_newest(&[near, &far], BUREAU, open_id()).unwrap();
    assert_eq!((restored.from, restored.place), (Some(manifest), Some(far.place())));
    assert!(restored.unlisted.is_empty() && restored.skipped.is_empty());
}

/// A PUT that was done although its answer was lost.
#[test]
fn what_was_written_by_a_lost_try_is_ones_own() {
    let Some(it) = proxied() else { return };
    it.proxy.set(Mode::Mute("PUT", "manifest-", 1));
    let manifest = it.snapshots().write(&it.fixture.ledger, position(30), Instant(1)).unwrap();
    let puts =
        it.proxy.asked().iter().filter(|line| line.contains("PUT") && line.contains("manifest-")).count();
    assert_eq!(puts, 2);
    assert_eq!(it.snapshots().restore(BUREAU, open_id()).unwrap().from, Some(manifest));
}

#[test]
fn a_manifest_of_others_is_not_replaced() {
    let Some(it) = proxied() else { return };
    let standing = it.fixture.place.read(MANIFEST);
    let mut other = empty_ledger();
    other.apply(&batch(Feed::SocialSecurity, 0..7));
    let is_taken = |write: Result<_, SnapshotError>| {
        assert!(matches!(&write, Err(SnapshotError::Taken { name }) if name == MANIFEST), "{write:?}");
        assert!(it.fixture.place.read(MANIFEST) == standing);
    };
    is_taken(it.snapshots().write(&other, position(20), Instant(1)));
    // It appears after it was looked for: the store holds the condition.
    it.proxy.set(Mode::Hidden("GET", "manifest-", 1));
    is_taken(it.snapshots().write(&other, position(20), Instant(1)));
    // Stores without conditions are looked at before.
    it.proxy.set(Mode::NoConditions);
    is_taken(it.snapshots().write(&other, position(20), Instant(1)));
    assert_eq!(it.snapshots().write(&other, position(25), Instant(1)).unwrap().events, 7);
    it.proxy.set(Mode::Pass);
    // The same at another time is the same.
    let again = it.snapshots().write(&it.fixture.ledger, position(20), Instant(2)).unwrap();
    assert_eq!(again.created_at, "1970-01-01T00:00:00.000000001Z");
    assert!(it.fixture.place.read(MANIFEST) == standing);
    // One of a later version stays, what is no manifest does not.
    let text = String::from_utf8(standing.clone()).unwrap();
    it.fixture.place.write(MANIFEST, text.replace("\"format\": 3", "\"format\": 4").as_bytes());
    let write = it.snapshots().write(&it.fixture.ledger, position(20), Instant(1));
    assert!(matches!(write, Err(SnapshotError::Taken { .. })), "{write:?}");
    it.fixture.place.write(MANIFEST, &standing[..40]);
    it.snapshots().write(&it.fixture.ledger, position(20), Instant(1)).unwrap();
    assert!(it.fixture.place.read(MANIFEST) == standing);
}

/// More than a page, which has a thousand, with the snapshots' parts on the second.
#[test]
fn more_objects_than_a_page_are_listed() {
    let Some(it) = proxied() else { return };
    let before = it.fixture.place.names("");
    for number in 0..1_200 {
        it.fixture.place.write(&format!("statements-00000000000000000005-00000-{number:016x}.parquet"), b"x");
    }
    it.proxy.asked();
    assert_eq!(it.snapshots().prune(BUREAU, LOG, 2, LATER).unwrap(), 1_200);
    assert!(it.proxy.asked().len() > 1_200 + 2);
    assert_eq!(it.fixture.place.names(""), before);
}

#[test]
fn copies_go_there_and_back() {
    let Some(it) = proxied() else { return };
    let local = fixture(Place::folder());
    let manifest = local.snapshots.write(&local.ledger, position(30), Instant(1)).unwrap();
    let bytes = manifest.parts.iter().map(|part| part.bytes).sum();
    // Broken off before the last part, it goes on where it stood.
    it.proxy.set(Mode::Cut("PUT", "30-00002-"));
    assert!(local.snapshots.copy(&manifest, &it.snapshots()).is_err());
    assert_eq!(it.fixture.place.names("manifest-").len(), 2);
    it.proxy.set(Mode::Pass);
    it.proxy.asked();
    let copied = local.snapshots.copy(&manifest, &it.snapshots()).unwrap();
    assert_eq!((copied.sent, copied.there), (1, 2));
    let puts =
        |asked: Vec<String>| asked.into_iter().filter(|line| line.starts_with("PUT")).collect::<Vec<_>>();
    let sent = puts(it.proxy.asked());
    assert!(sent.len() == 2 && sent[1].contains("manifest-"), "the manifest last: {sent:?}");
    let copied = local.snapshots.copy(&manifest, &it.snapshots()).unwrap();
    assert_eq!(copied, Copied { sent: 0, bytes: 0, there: 3 });
    assert_eq!(puts(it.proxy.asked()), [""; 0]);
    // Back, to where nothing is.
    let place = Place::folder();
    let newest = it.snapshots().list(BUREAU).unwrap().remove(0).manifest.unwrap();
    let copied = it.snapshots().copy(&newest, &place.snapshots()).unwrap();
    assert_eq!(copied, Copied { sent: 3, bytes, there: 0 });
    let restored = place.snapshots().restore(BUREAU, open_id()).unwrap();
    assert_eq!((restored.from, restored.ledger.set_hash()), (Some(manifest), local.ledger.set_hash()));
    for name in place.names("") {
        assert!(
            place.read(&name) == local.place.read(&name) && place.read(&name) == it.fixture.place.read(&name)
        );
    }
}

#[test]
fn what_is_not_whole_or_not_welcome_is_not_copied() {
    let Some(it) = proxied() else { return };
    let local = fixture(Place::folder());
    let manifest = local.snapshots.write(&local.ledger, position(30), Instant(1)).unwrap();
    let name = &manifest.parts[1].name;
    let mut bytes = local.place.read(name);
    bytes[100] ^= 4;
    local.place.write(name, &bytes);
    let copied = local.snapshots.copy(&manifest, &it.snapshots());
    let Err(SnapshotError::Damaged(damage)) = copied else { panic!("{copied:?}") };
    assert_eq!(damage, Damage::Checksum { name: name.clone() });
    assert_eq!(it.fixture.place.names("manifest-").len(), 2);
    // Another snapshot at an offset that the bucket has.
    let mut other = empty_ledger();
    other.apply(&batch(Feed::SocialSecurity, 0..7));
    let other =
        local.snapshots.write(&other, Position { facts_offset: 20, ..position(20) }, Instant(1)).unwrap();
    let copied = local.snapshots.copy(&other, &it.snapshots());
    assert!(matches!(copied, Err(SnapshotError::Taken { .. })), "{copied:?}");
}

#[test]
fn the_newest_that_verifies_of_both_is_restored() {
    let Some(it) = proxied() else { return };
    let local = fixture(Place::folder());
    let (near, far) = (&local.snapshots, it.snapshots());
    let from = |expected: u64, place: &Snapshots, skipped: &[(&str, &Snapshots)]| {
        let restored = Snapshots::restore_newest(&[near, &far], BUREAU, open_id()).unwrap();
        assert_eq!(restored.from.map(|manifest| manifest.position.facts_offset), Some(expected));
        assert_eq!(restored.place, Some(place.place()));
        let told: Vec<_> = restored.skipped.iter().map(|it| (it.name.as_str(), it.place.clone())).collect();
        assert_eq!(told, skipped.iter().map(|(name, place)| (*name, place.place())).collect::<Vec<_>>());
    };
    from(20, near, &[]);
    local.place.remove(&local.place.names("statements-00000000000000000020-").remove(0));
    from(20, &far, &[(MANIFEST, near)]);
    it.fixture.place.write(MANIFEST, b"{");
    from(10, near, &[(MANIFEST, near), (MANIFEST, &far)]);
    far.write(&local.ledger, position(30), Instant(1)).unwrap();
    from(30, &far, &[]);
}

#[test]
fn a_store_over_tls_is_believed_by_its_certificate_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let Some(server) = Server::start(Some([&certificate, &key])) else { return };
    let Some(bucket) = Bucket::new() else { return };
    let endpoint = format!("https://127.0.0.1:{}", server.port).parse().unwrap();
    let settings = S3Settings { endpoint, certificates: Some(certificate), ..bucket.settings() };
    let told = refused(&settings, now);
    assert!(told.contains("there is no such bucket"), "it was reached: {told}");
    let told = refused(&S3Settings { certificates: None, ..settings }, now);
    assert!(told.contains("certificate is not trusted"), "{told}");
}
