//! Snapshots that are torn, damaged or incomplete are not used, and say why.

use arrow::array::{Array, AsArray};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use sanzao_ledger::snapshot::{Damage, Manifest, Skipped};
use sanzao_ledger::{Ledger, Position, Snapshots};
use sanzao_model::{Body, Bureau, FactBatch, Feed, Fen, Instant, Statement, Subject};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::place::Place;
use crate::world::{BUREAU, Dice, empty_ledger, fact, named, open_id, retraction, statement};

pub fn batch(feed: Feed, events: std::ops::Range<u8>) -> FactBatch {
    let statements = events.clone().map(|event| {
        let content = match event {
            9 => retraction(feed, 3, 0),
            _ => {
                let body = Body::PensionStarted {
                    scheme: sanzao_model::InsuranceScheme::Resident,
                    monthly: Fen(i64::from(event)),
                };
                let named = named(event % 4, 0);
                // A list of one stays a list.
                let subject = if event == 5 { Subject::Members(vec![named]) } else { Subject::Person(named) };
                fact(feed, i32::from(event), subject, body)
            }
        };
        Statement { offset: event.into(), ..statement(feed, event, i64::from(event), content).1 }
    });
    let upto = u64::from(events.end);
    FactBatch {
        feed,
        partition: 3,
        upto,
        received: Instant(0),
        statements: statements.collect(),
        notes: Vec::new(),
    }
}

pub struct Fixture {
    pub place: Place,
    pub snapshots: Snapshots,
    pub ledger: Ledger,
}

/// Whatever lies in a bucket without a manifest is old by then.
pub const LATER: Instant = Instant(4_000_000_000_000_000_000);

/// Two snapshots, at 10 with six statements and at 20 with twelve, in parts of five.
pub fn fixture(place: Place) -> Fixture {
    let snapshots = place.snapshots().with_rows_per_part(5);
    let mut ledger = empty_ledger();
    for (facts_offset, upto) in [(10, 6), (20, 12)] {
        ledger.apply(&batch(Feed::SocialSecurity, 0..upto));
        let manifest = snapshots.write(&ledger, position(facts_offset), Instant(1)).unwrap();
        assert_eq!(manifest.statements, u64::from(upto));
        assert_eq!(manifest.parts.len(), usize::from(upto).div_ceil(5));
    }
    Fixture { place, snapshots, ledger }
}

/// One for each kind of store.
fn fixtures() -> impl Iterator<Item = Fixture> {
    Place::every().into_iter().map(fixture)
}

/// What tells the log of all these.
pub const LOG: &str = "0 1781000000000 91";

pub fn position(facts_offset: u64) -> Position {
    Position {
        facts_offset,
        log: LOG.into(),
        state: json!({"claim": 3, "day": "2025-06-30", "loads": ["a"], "parameters": "x = 0.6"}),
    }
}

impl Fixture {
    /// What the second snapshot is skipped for; the first is used instead.
    fn skipped(&self) -> Damage {
        let restored = self.snapshots.restore(BUREAU, open_id()).unwrap();
        let manifest = restored.from.expect("the first snapshot is whole");
        assert_eq!((manifest.position.facts_offset, restored.ledger.counts().1), (10, 6));
        let [Skipped { place, name, damage }] = &restored.skipped[..] else {
            panic!("{:?}", restored.skipped)
        };
        assert_eq!((name.as_str(), place), ("manifest-00000000000000000020.json", &self.snapshots.place()));
        damage.clone()
    }

    fn newest_part(&self) -> String {
        self.place.names("statements-00000000000000000020-00001-").remove(0)
    }

    fn newest_manifest(&self) -> String {
        self.place.names("manifest-00000000000000000020").remove(0)
    }

    /// Changes the newest manifest, and its checksum with it.
    fn forge(&self, change: impl FnOnce(&mut Manifest)) {
        let text: Value = serde_json::from_slice(&self.place.read(&self.newest_manifest())).unwrap();
        let mut manifest: Manifest = serde_json::from_value(text["manifest"].clone()).unwrap();
        change(&mut manifest);
        let digest = Sha256::digest(serde_json::to_vec(&manifest).unwrap());
        let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let text = json!({"sha256": sha256, "manifest": manifest});
        self.place.write(&self.newest_manifest(), text.to_string().as_bytes());
    }
}

#[test]
fn the_newest_comes_back_whole() {
    for fixture in fixtures() {
        let Fixture { snapshots, ledger, place: _place } = fixture;
        let restored = snapshots.restore(BUREAU, open_id()).unwrap();
        let manifest = restored.from.unwrap();
        assert_eq!(manifest.position, position(20));
        assert_eq!(manifest.created_at, "1970-01-01T00:00:00.000000001Z");
        assert_eq!((manifest.events, manifest.facts, manifest.people), (12, 11, 4));
        assert_eq!(snapshots.verify(&manifest), Ok(()));
        assert_eq!(restored.skipped, []);
        assert_eq!(restored.ledger.set_hash(), ledger.set_hash());
        assert_eq!(restored.ledger.ages(), ledger.ages());
        assert_eq!(restored.ledger.applied_upto(Feed::SocialSecurity, 3), 12);
        assert_eq!(restored.ledger.applied_upto(Feed::SocialSecurity, 0), 0);
        let offsets: Vec<u64> =
            snapshots.list(BUREAU).unwrap().iter().map(|listed| listed.facts_offset).collect();
        assert_eq!(offsets, [20, 10]);
        // The restored ledger writes the same files.
        let again = snapshots.write(&restored.ledger, position(20), Instant(1)).unwrap();
        assert_eq!(again, manifest);
    }
}

#[test]
fn nothing_to_restore_is_an_empty_ledger() {
    for fixture in fixtures() {
        let Fixture { snapshots, place: _place, .. } = fixture;
        let restored = snapshots.restore(Bureau(110101), open_id()).unwrap();
        assert_eq!((restored.from, restored.skipped.len(), restored.ledger.counts()), (None, 0, (0, 0)));
    }
}

#[test]
fn an_empty_ledger_has_a_snapshot() {
    for fixture in fixtures() {
        let Fixture { snapshots, place: _place, .. } = fixture;
        let empty = Ledger::new(Bureau(110101), open_id());
        let manifest = snapshots.write(&empty, position(0), Instant(0)).unwrap();
        assert_eq!((snapshots.verify(&manifest), manifest.parts.len()), (Ok(()), 0));
        let restored = snapshots.restore(Bureau(110101), open_id()).unwrap();
        assert_eq!(restored.from, Some(manifest));
    }
}

#[test]
fn a_torn_part_is_told() {
    for fixture in fixtures() {
        let part = fixture.newest_part();
        let bytes = fixture.place.read(&part);
        fixture.place.write(&part, &bytes[..bytes.len() - 1]);
        let (expected, found) = (bytes.len() as u64, bytes.len() as u64 - 1);
        assert_eq!(fixture.skipped(), Damage::Length { name: part, expected, found });
    }
}

#[test]
fn a_flipped_bit_is_told() {
    for fixture in fixtures() {
        let part = fixture.newest_part();
        let mut bytes = fixture.place.read(&part);
        bytes[300] ^= 1;
        fixture.place.write(&part, &bytes);
        assert_eq!(fixture.skipped(), Damage::Checksum { name: part });
        let newest = fixture.snapshots.list(BUREAU).unwrap().remove(0).manifest.unwrap();
        assert_eq!(fixture.snapshots.verify(&newest), Err(fixture.skipped()));
    }
}

/// One bit of each object of the newest snapshot in turn, wherever the dice say.
#[test]
fn a_flipped_bit_of_any_object_is_told() {
    let seed = std::env::var("SANZAO_SEED").map_or(20_251_126, |seed| seed.parse().unwrap());
    println!("SANZAO_SEED={seed}");
    let mut dice = Dice(seed);
    for fixture in fixtures() {
        let mut names = fixture.place.names("statements-00000000000000000020-");
        names.push(fixture.newest_manifest());
        assert_eq!(names.len(), 4);
        for name in names {
            let bytes = fixture.place.read(&name);
            for _ in 0..8 {
                let (byte, bit) = (dice.below(bytes.len()), dice.below(8));
                let mut flipped = bytes.clone();
                flipped[byte] ^= 1 << bit;
                fixture.place.write(&name, &flipped);
                let damage = fixture.skipped();
                let is_part = matches!(&damage, Damage::Checksum { name: told } if *told == name);
                assert!(
                    is_part || name.starts_with("manifest-"),
                    "{name}, bit {bit} of byte {byte}: {damage}"
                );
            }
            fixture.place.write(&name, &bytes);
        }
        assert_eq!(fixture.snapshots.restore(BUREAU, open_id()).unwrap().skipped, []);
    }
}

/// It may have any fields besides its number; its parts are not ours to delete.
#[test]
fn a_newer_format_is_told_and_its_parts_stay() {
    for fixture in fixtures() {
        let newest = fixture.newest_manifest();
        let text = json!({"seal": "other", "manifest": {"format": 4, "parts": {"first": 1}}});
        fixture.place.write(&newest, text.to_string().as_bytes());
        assert_eq!(fixture.skipped(), Damage::Format { found: 4, readable: 3 });
        assert!(fixture.skipped().to_string().contains("this software reads format 3"));
        assert_eq!(fixture.snapshots.prune(BUREAU, LOG, 1, LATER).unwrap(), 0);
        fixture.snapshots.write(&fixture.ledger, position(30), Instant(1)).unwrap();
        assert_eq!(fixture.snapshots.prune(BUREAU, LOG, 2, LATER).unwrap(), 0);
        let restored = fixture.snapshots.restore(BUREAU, open_id()).unwrap();
        assert_eq!((restored.from.unwrap().position.facts_offset, restored.skipped), (30, Vec::new()));
    }
}

#[test]
fn names_that_lead_elsewhere_are_told() {
    for fixture in fixtures() {
        for name in ["../110101/statements-1.parquet", "statements-../x.parquet", "statements-1", ""] {
            fixture.forge(|manifest| manifest.parts[1].name = name.into());
            assert_eq!(fixture.skipped(), Damage::Manifest(format!("{name:?} is no name of a part")));
        }
    }
}

#[test]
fn a_missing_part_is_told() {
    for fixture in fixtures() {
        fixture.place.remove(&fixture.newest_part());
        assert!(matches!(fixture.skipped(), Damage::Missing { .. }));
    }
}

#[test]
fn a_torn_or_altered_manifest_is_told() {
    for fixture in fixtures() {
        let bytes = fixture.place.read(&fixture.newest_manifest());
        for torn in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            fixture.place.write(&fixture.newest_manifest(), &bytes[..torn]);
            assert!(matches!(fixture.skipped(), Damage::Manifest(_)), "{torn}");
        }
        let altered = String::from_utf8(bytes).unwrap().replace("\"claim\": 3", "\"claim\": 4");
        fixture.place.write(&fixture.newest_manifest(), altered.as_bytes());
        assert!(matches!(fixture.skipped(), Damage::Checksum { .. }));
    }
}

#[test]
fn lost_statements_are_told_by_the_set_hash() {
    for fixture in fixtures() {
        fixture.forge(|manifest| {
            manifest.statements -= manifest.parts.remove(1).rows;
        });
        assert!(matches!(fixture.skipped(), Damage::SetHash { rows: 7, expected_rows: 7, .. }));
    }
}

#[test]
fn another_bureau_or_format_or_offset_is_told() {
    for fixture in fixtures() {
        fixture.forge(|manifest| manifest.bureau = Bureau(110101));
        assert_eq!(fixture.skipped(), Damage::Manifest("it is of bureau 110101".into()));
        fixture.forge(|manifest| manifest.bureau = BUREAU);
        assert_eq!(fixture.snapshots.restore(BUREAU, open_id()).unwrap().skipped, []);
        fixture.forge(|manifest| manifest.position.facts_offset = 19);
        assert!(matches!(fixture.skipped(), Damage::Manifest(_)));
        for format in [1, 2, 4] {
            fixture.forge(|manifest| manifest.format = format);
            assert_eq!(fixture.skipped(), Damage::Format { found: format, readable: 3 });
        }
    }
}

#[test]
fn a_snapshot_without_manifest_is_no_snapshot() {
    for fixture in fixtures() {
        fixture.place.remove(&fixture.newest_manifest());
        let restored = fixture.snapshots.restore(BUREAU, open_id()).unwrap();
        assert_eq!((restored.from.unwrap().position.facts_offset, restored.skipped), (10, Vec::new()));
        assert_eq!(
            fixture.snapshots.prune(BUREAU, LOG, 2, LATER).unwrap(),
            3,
            "the three parts without a manifest"
        );
        assert_eq!(fixture.place.names("").len(), 3);
    }
}

#[test]
fn pruning_keeps_complete_snapshots() {
    for fixture in fixtures() {
        let write = |offset| fixture.snapshots.write(&fixture.ledger, position(offset), Instant(1)).unwrap();
        write(30);
        write(40);
        assert_eq!(fixture.snapshots.prune(BUREAU, LOG, 4, LATER).unwrap(), 0);
        // The newest is torn: it does not count, and what stands in for it stays.
        let torn = fixture.place.names("statements-00000000000000000040-00002-").remove(0);
        fixture.place.write(&torn, b"");
        assert_eq!(fixture.snapshots.prune(BUREAU, LOG, 2, LATER).unwrap(), 3, "the oldest, of two parts");
        let offsets: Vec<u64> =
            fixture.snapshots.list(BUREAU).unwrap().iter().map(|listed| listed.facts_offset).collect();
        assert_eq!(offsets, [40, 30, 20]);
        let restored = fixture.snapshots.restore(BUREAU, open_id()).unwrap();
        assert_eq!((restored.from.unwrap().position.facts_offset, restored.skipped.len()), (30, 1));
        assert_eq!(fixture.place.names("").len(), 3 * 4);
    }
}

/// As where a log was made anew: offsets of the old one are higher, and its erasures are none of this one.
#[test]
fn snapshots_of_another_log_are_neither_counted_nor_deleted() {
    for mut fixture in fixtures() {
        let of_other = |facts_offset| Position { log: "0 1 1".into(), ..position(facts_offset) };
        for offset in [100, 110] {
            fixture.snapshots.write(&fixture.ledger, of_other(offset), Instant(1)).unwrap();
        }
        assert_eq!(fixture.snapshots.prune(BUREAU, LOG, 2, LATER).unwrap(), 0);
        fixture.ledger.erase_received(named(1, 0).who.person, 27, &[]);
        fixture.snapshots.write(&fixture.ledger, of_other(120), Instant(1)).unwrap();
        assert_eq!(fixture.snapshots.prune(BUREAU, LOG, 2, LATER).unwrap(), 0, "an erasure of another log");
        fixture.snapshots.write(&fixture.ledger, position(30), Instant(1)).unwrap();
        fixture.snapshots.prune(BUREAU, LOG, 2, LATER).unwrap();
        let listed = fixture.snapshots.list(BUREAU).unwrap();
        let offsets: Vec<u64> = listed.iter().map(|listed| listed.facts_offset).collect();
        assert_eq!(offsets, [120, 110, 100, 30], "those from before the erasure are gone, and ours alone");
        for listed in listed {
            fixture.snapshots.verify(&listed.manifest.unwrap()).unwrap();
        }
    }
}

#[test]
fn what_a_killed_process_left_is_removed() {
    for fixture in fixtures() {
        let part = fixture.place.names("statements-").remove(0);
        let staged = "statements-00000000000000000030-00001-x.parquet#1";
        fixture.place.write(staged, b"half");
        fixture.snapshots.prune(BUREAU, LOG, 9, LATER).unwrap();
        assert_eq!(fixture.place.names(staged).len() + fixture.place.names(&part).len(), 1);
    }
}

#[test]
fn parts_are_open_to_analysis() {
    for fixture in fixtures() {
        let (mut kinds, mut people) = (Vec::new(), 0);
        for part in fixture.place.names("statements-00000000000000000020") {
            let file = Bytes::from(fixture.place.read(&part));
            for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
                let batch = batch.unwrap();
                let column = batch.column_by_name("kind").unwrap().as_string::<i32>();
                kinds.extend(column.iter().map(|kind| kind.unwrap().to_owned()));
                let list = batch.column_by_name("people").unwrap().as_list::<i32>();
                people += list.values().as_binary::<i32>().len();
                let on = batch.column_by_name("on").unwrap();
                assert_eq!(
                    on.null_count(),
                    column.iter().filter(|kind| *kind == Some("record.retracted")).count()
                );
            }
        }
        assert_eq!((kinds.len(), people), (12, 11));
        assert_eq!(kinds.iter().filter(|kind| *kind == "pension.started").count(), 11);
    }
}

#[test]
fn parts_hold_the_very_statements() {
    for fixture in fixtures() {
        let mut restored = Vec::new();
        for part in fixture.place.names("statements-00000000000000000020") {
            let file = Bytes::from(fixture.place.read(&part));
            for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
                let batch = batch.unwrap();
                let blobs = batch.column_by_name("statement").unwrap().as_binary::<i32>();
                restored.extend(
                    blobs
                        .iter()
                        .map(|blob| postcard::from_bytes::<(Feed, Statement)>(blob.unwrap()).unwrap()),
                );
            }
        }
        restored.sort_by_key(|(_, statement)| statement.time);
        let applied = batch(Feed::SocialSecurity, 0..12).statements.into_iter();
        let applied: Vec<_> =
            applied.map(|statement| (Feed::SocialSecurity, Statement { offset: 0, ..statement })).collect();
        assert_eq!(restored, applied);
    }
}

#[test]
fn positions_come_back_as_they_were() {
    for fixture in fixtures() {
        let Fixture { snapshots, ledger, place: _place } = fixture;
        let state = json!([u64::MAX, i64::MIN, 0.1, "三早", null]);
        let manifest = snapshots.write(&ledger, Position { state, ..position(50) }, Instant(0)).unwrap();
        assert_eq!(snapshots.restore(BUREAU, open_id()).unwrap().from, Some(manifest));
    }
}

/// An older one holds the person: it goes once a newer one verifies, however many are to be kept.
#[test]
fn nothing_older_than_an_erasure_stays() {
    for mut fixture in fixtures() {
        let person = crate::world::mention(1).person;
        fixture.ledger.erase_received(person, 24, &[]);
        let manifest = fixture.snapshots.write(&fixture.ledger, position(30), Instant(1)).unwrap();
        assert_eq!((manifest.erased_upto(), manifest.erasures.pending.len()), (25, 0));
        // Whoever wrote this did not know of the erasure; of parts without a manifest nobody knows.
        let mut ignorant = empty_ledger();
        ignorant.apply(&batch(Feed::SocialSecurity, 0..7));
        fixture.snapshots.write(&ignorant, position(40), Instant(1)).unwrap();
        let stray = "statements-00000000000000000015-00000-0123456789abcdef.parquet";
        fixture.place.write(stray, b"half");
        // As long as what is to stand in for them is damaged, they stay.
        let name = &manifest.parts[0].name;
        let whole = fixture.place.read(name);
        let mut bytes = whole.clone();
        bytes[50] ^= 1;
        fixture.place.write(name, &bytes);
        fixture.snapshots.prune(BUREAU, LOG, 9, Instant(0)).unwrap();
        assert_eq!(fixture.place.names("manifest-").len(), 4);
        fixture.place.write(name, &whole);
        fixture.snapshots.prune(BUREAU, LOG, 9, Instant(0)).unwrap();
        assert_eq!(fixture.place.names("manifest-"), ["manifest-00000000000000000030.json"]);
        assert_eq!(fixture.place.names("").len(), 1 + manifest.parts.len());
        // What is written after it by who went on from it says so, too.
        let restored = fixture.snapshots.restore(BUREAU, open_id()).unwrap().ledger;
        let later = fixture.snapshots.write(&restored, position(50), Instant(1)).unwrap();
        assert_eq!(later.erased_upto(), 25);
        assert_eq!(fixture.snapshots.prune(BUREAU, LOG, 9, Instant(0)).unwrap(), 0);
    }
}

/// In a bucket somebody may be about to write the manifest.
#[test]
fn parts_of_an_upload_that_goes_on_elsewhere_stay() {
    for fixture in fixtures() {
        let stray = "statements-00000000000000000030-00000-0123456789abcdef.parquet";
        fixture.place.write(stray, b"half");
        let kept = usize::from(matches!(fixture.place, Place::Bucket(_)));
        fixture.snapshots.prune(BUREAU, LOG, 9, crate::s3_server::now()).unwrap();
        assert_eq!(fixture.place.names(stray).len(), kept);
        fixture.snapshots.prune(BUREAU, LOG, 9, LATER).unwrap();
        assert!(fixture.place.names(stray).is_empty());
    }
}

#[test]
fn the_next_copy_mends_what_is_damaged_at_its_length() {
    for target in Place::every() {
        let source = fixture(Place::folder());
        let to = target.snapshots();
        let manifest = source.snapshots.list(BUREAU).unwrap().remove(0).manifest.unwrap();
        source.snapshots.copy(&manifest, &to).unwrap();
        let mut bytes = target.read(&manifest.parts[1].name);
        bytes[60] ^= 8;
        target.write(&manifest.parts[1].name, &bytes);
        assert!(to.verify(&manifest).is_err());
        let copied = source.snapshots.copy(&manifest, &to).unwrap();
        assert_eq!((copied.sent, copied.there), (1, manifest.parts.len() - 1));
        assert_eq!(to.verify(&manifest), Ok(()));
    }
}

/// A newer one that is of another log does not hide an older one that is not.
#[test]
fn what_cannot_be_gone_on_from_is_skipped() {
    for fixture in fixtures() {
        let is_ours = |manifest: &Manifest| match manifest.position.facts_offset {
            20 => Err(Damage::Foreign("it is of another log".into())),
            _ => Ok(()),
        };
        let stores = [&fixture.snapshots];
        let restored = Snapshots::restore_newest_of(&stores, BUREAU, open_id(), &is_ours).unwrap();
        assert_eq!(restored.from.unwrap().position.facts_offset, 10);
        assert_eq!(restored.skipped[0].damage, Damage::Foreign("it is of another log".into()));
        assert_eq!(restored.ledger.counts().1, 6);
    }
}

#[test]
fn one_is_chosen_and_all_are_removed() {
    let fixture = fixture(Place::folder());
    assert_eq!(fixture.snapshots.chosen(BUREAU).unwrap(), None);
    fixture.snapshots.choose(BUREAU, Some(10)).unwrap();
    fixture.snapshots.prune(BUREAU, LOG, 9, LATER).unwrap();
    assert_eq!(fixture.snapshots.chosen(BUREAU).unwrap(), Some(10));
    fixture.snapshots.choose(BUREAU, None).unwrap();
    assert_eq!(fixture.snapshots.chosen(BUREAU).unwrap(), None);
    fixture.snapshots.remove_all(BUREAU).unwrap();
    assert_eq!(fixture.place.names(""), Vec::<String>::new());
}
