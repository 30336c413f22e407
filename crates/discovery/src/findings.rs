//! What discovery has last said: findings as levels, and the differences to send.

use std::fmt::Write;

use postcard::to_stdvec;
use rustc_hash::FxHashMap;
use sanzao_ledger::tables::Tables;
use sanzao_model::{
    Area, Division, Finding, HouseholdId, Level, LevelState, PersonId, RuleId, SubjectId, Suspension,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::engine::Evaluation;
use crate::head::{Head, Occasion, SubjectKind};
use crate::reading::Found;
use crate::rule::RuleSet;

/// The levels last sent, by subject and rule: 16 bytes of hash each, and nothing for *none*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    heads: Vec<Head>,
    held: FxHashMap<SubjectId, Vec<(u16, Held)>>,
    /// Rules that say nothing new about the people of an area for now.
    suspended: Vec<(u16, Area)>,
}

/// What was last sent of one rule and subject; nothing is held where that is *none*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Held {
    Known([u8; 16]),
    Unknown,
}

/// A level as it is held, for comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldLevel {
    /// The rule.
    pub rule: RuleId,
    /// About whom.
    pub subject: SubjectId,
    /// SHA-256, cut to 16 bytes, over everything of the level that is sent; none where it is unknown.
    pub hash: Option<[u8; 16]>,
}

impl Findings {
    /// Nothing was sent yet.
    pub fn new(rules: &RuleSet) -> Findings {
        Findings { heads: heads(rules), held: FxHashMap::default(), suspended: Vec::new() }
    }

    /// Another rule set holds from here on. Returns what to send at once: *none* for everything that rules
    /// no longer in the set had found. For the others an evaluation of all subjects has to follow.
    pub fn adopt(&mut self, rules: &RuleSet) -> Vec<Level> {
        let new_heads = heads(rules);
        let place: Vec<Option<u16>> = self
            .heads
            .iter()
            .map(|old| new_heads.iter().position(|new| new.id == old.id).map(|place| place as u16))
            .collect();
        let mut levels = Vec::new();
        for (subject, held) in &mut self.held {
            held.retain_mut(|(rule, _)| match place[usize::from(*rule)] {
                Some(place) => {
                    *rule = place;
                    true
                }
                None => {
                    let head = &self.heads[usize::from(*rule)];
                    levels.push(level(head, *subject, None, LevelState::Known(Vec::new())));
                    false
                }
            });
        }
        self.held.retain(|_, held| !held.is_empty());
        self.suspended.clear();
        self.heads = new_heads;
        sort(&mut levels);
        levels
    }

    /// From here on these rules are held back where they say nothing new: their levels stay what was last sent. When
    /// one comes back, an evaluation of all subjects has to follow.
    pub fn suspend(&mut self, suspensions: &[Suspension]) {
        let place = |rule: &RuleId| self.heads.iter().position(|head| head.id == *rule);
        let mut suspended: Vec<(u16, Area)> = suspensions
            .iter()
            .filter_map(|suspension| Some((place(&suspension.rule)? as u16, suspension.area.clone())))
            .collect();
        suspended.sort();
        suspended.dedup();
        self.suspended = suspended;
    }

    /// Takes what rules say of a batch, and returns the levels that differ from those last sent, sorted by
    /// rule and subject. A rule that failed is *unknown* for the batch's subjects of its kind, said once; when
    /// it is known again, its level is sent even if it is what it was before.
    pub fn update(&mut self, tables: &Tables, evaluation: &Evaluation) -> Vec<Level> {
        let found = by_subject(&evaluation.findings);
        let mut places = Places { tables, divisions: None, members: None };
        let mut levels = Vec::new();
        for subject in &tables.subjects {
            let new = found.get(subject).map_or(&[][..], Vec::as_slice);
            let old = self.held.get(subject).map_or(&[][..], Vec::as_slice);
            if new.is_empty() && old.is_empty() && evaluation.failed.is_empty() {
                continue;
            }
            let before = levels.len();
            let formerly = places.formerly(*subject);
            let held_back = self.held_back(*subject, &mut places);
            let people = places.people(*subject);
            let said = Said { old, new, failed: &evaluation.failed, formerly, people: &people, held_back };
            let held = compare(&self.heads, *subject, &said, &mut levels);
            for level in &mut levels[before..] {
                level.division = places.division(*subject);
                level.formerly = formerly.to_vec();
                level.people.clone_from(&people);
            }
            if held.is_empty() {
                self.held.remove(subject);
            } else {
                self.held.insert(*subject, held);
            }
        }
        sort(&mut levels);
        levels
    }

    /// The rules that are suspended where a subject is registered.
    fn held_back(&self, subject: SubjectId, places: &mut Places<'_>) -> Vec<u16> {
        if self.suspended.is_empty() {
            return Vec::new();
        }
        // Of whom nothing is known any more, nothing is held back: who was erased, a household that is no more.
        let Some(division) = places.place(subject) else { return Vec::new() };
        let there = self.suspended.iter().filter(|(_, area)| area.contains(division));
        there.map(|(rule, _)| *rule).collect()
    }

    /// Takes a level that was sent before, as read back from the log; of several for one rule and subject
    /// the last counts. False where the set has no such rule: whoever restores then has to send *none*.
    pub fn note_sent(&mut self, sent: &Level) -> bool {
        let Some(place) = self.heads.iter().position(|head| head.id == sent.rule) else { return false };
        let (head, rule) = (&self.heads[place], place as u16);
        let now = match &sent.state {
            LevelState::Unknown { .. } => Some(Held::Unknown),
            LevelState::Known(findings) if findings.is_empty() => None,
            LevelState::Known(findings) => Some(Held::Known(sent_hash(head, place, sent, findings))),
        };
        let held = self.held.entry(sent.subject).or_default();
        held.retain(|(other, _)| *other != rule);
        held.extend(now.map(|now| (rule, now)));
        held.sort_unstable_by_key(|(rule, _)| *rule);
        if held.is_empty() {
            self.held.remove(&sent.subject);
        }
        true
    }

    /// Everything held, sorted by rule and subject.
    pub fn all(&self) -> Vec<HeldLevel> {
        let mut all: Vec<HeldLevel> = Vec::new();
        for (subject, held) in &self.held {
            for (rule, state) in held {
                let hash = match state {
                    Held::Known(hash) => Some(*hash),
                    Held::Unknown => None,
                };
                all.push(HeldLevel {
                    rule: self.heads[usize::from(*rule)].id.clone(),
                    subject: *subject,
                    hash,
                });
            }
        }
        all.sort_by(|a, b| (&a.rule, a.subject).cmp(&(&b.rule, b.subject)));
        all
    }

    /// One line each of [`Findings::all`]: two states that agree have equal lines.
    pub fn lines(&self) -> String {
        let mut lines = String::new();
        for HeldLevel { rule, subject, hash } in self.all() {
            let (kind, id) = match subject {
                SubjectId::Person(id) => ("person", id.to_string()),
                SubjectId::Household(id) => ("household", id.to_string()),
            };
            let hash = hash.map_or("unknown".to_owned(), |hash| crate::hex::hex(&hash));
            writeln!(lines, "{rule} {kind} {id} {hash}").expect("a String takes everything");
        }
        lines
    }
}

fn heads(rules: &RuleSet) -> Vec<Head> {
    rules.rules().iter().map(|rule| rule.head.clone()).collect()
}

fn sort(levels: &mut [Level]) {
    levels.sort_by(|a, b| (&a.rule, a.subject).cmp(&(&b.rule, b.subject)));
}

/// Findings of each subject, by rule; the list they come from is sorted by rule.
fn by_subject(findings: &[Found]) -> FxHashMap<SubjectId, Vec<(u16, &[Found])>> {
    let mut map: FxHashMap<SubjectId, Vec<(u16, &[Found])>> = FxHashMap::default();
    for same in findings.chunk_by(|a, b| a.rule == b.rule && a.subject == b.subject) {
        let rule = u16::try_from(same[0].rule).expect("a set has fewer than 65,536 rules");
        map.entry(same[0].subject).or_default().push((rule, same));
    }
    map
}

/// What was held of a subject, and what rules say of it now.
struct Said<'a> {
    old: &'a [(u16, Held)],
    new: &'a [(u16, &'a [Found])],
    failed: &'a [(usize, String)],
    formerly: &'a [PersonId],
    people: &'a [PersonId],
    /// Rules that say nothing new of the subject for now.
    held_back: Vec<u16>,
}

/// What is held of a subject from now on; pushes what differs.
fn compare(heads: &[Head], subject: SubjectId, said: &Said<'_>, levels: &mut Vec<Level>) -> Vec<(u16, Held)> {
    let mut now = Vec::new();
    for (place, head) in heads.iter().enumerate() {
        let rule = place as u16;
        let before = said.old.iter().find(|(other, _)| *other == rule).map(|(_, held)| *held);
        if said.held_back.contains(&rule) {
            now.extend(before.map(|held| (rule, held)));
            continue;
        }
        let concerns = matches!(
            (head.subject, subject),
            (SubjectKind::Person, SubjectId::Person(_)) | (SubjectKind::Household, SubjectId::Household(_))
        );
        if let Some((_, reason)) = said.failed.iter().find(|(failed, _)| *failed == place && concerns) {
            if before != Some(Held::Unknown) {
                let state = LevelState::Unknown { reason: reason.clone() };
                levels.push(level(head, subject, None, state));
            }
            now.push((rule, Held::Unknown));
            continue;
        }
        let found = said.new.iter().find(|(other, _)| *other == rule).map_or(&[][..], |(_, found)| *found);
        let held = (!found.is_empty()).then(|| Held::Known(hash(head, found, said.formerly, said.people)));
        now.extend(held.map(|held| (rule, held)));
        if held != before {
            let findings: Vec<Finding> = found.iter().map(|found| found.finding.clone()).collect();
            levels.push(level(head, subject, None, LevelState::Known(findings)));
        }
    }
    now
}

fn level(head: &Head, subject: SubjectId, division: Option<Division>, state: LevelState) -> Level {
    Level {
        rule: head.id.clone(),
        version: head.version,
        procedure: head.procedure,
        due_working_days: head.due_working_days(),
        periodic: head.occasion == Occasion::Period,
        title: head.title.clone(),
        sensitivity: head.sensitivity,
        subject,
        people: Vec::new(),
        formerly: Vec::new(),
        division,
        state,
    }
}

/// The hash of a level that was sent; of one sent under another version of the rule a hash that nothing has.
fn sent_hash(head: &Head, place: usize, sent: &Level, findings: &[Finding]) -> [u8; 16] {
    let mut same = level(head, sent.subject, sent.division, sent.state.clone());
    same.formerly.clone_from(&sent.formerly);
    same.people.clone_from(&sent.people);
    if same != *sent {
        return [0; 16];
    }
    let found = findings.iter().map(|finding| Found {
        rule: place,
        subject: sent.subject,
        division: sent.division,
        finding: finding.clone(),
    });
    hash(head, &found.collect::<Vec<_>>(), &sent.formerly, &sent.people)
}

/// Over all that a level carries, so that a change of any of it is sent.
fn hash(head: &Head, found: &[Found], formerly: &[PersonId], people: &[PersonId]) -> [u8; 16] {
    let mut hash = Sha256::new();
    let mut add = |bytes: Vec<u8>| hash.update(bytes);
    let place = (found[0].division, formerly, people);
    let about = (head.version, head.procedure, head.due, head.occasion, &head.title, head.sensitivity, place);
    add(to_stdvec(&about).expect("a head holds nothing that postcard cannot write"));
    for found in found {
        add(to_stdvec(&found.finding).expect("a finding holds nothing that postcard cannot write"));
    }
    let digest = hash.finalize();
    let mut short = [0; 16];
    short.copy_from_slice(&digest[..16]);
    short
}

/// Where subjects of a batch are registered, looked up only when something differs, and their other numbers.
struct Places<'a> {
    tables: &'a Tables,
    divisions: Option<FxHashMap<SubjectId, Option<Division>>>,
    members: Option<FxHashMap<HouseholdId, &'a [PersonId]>>,
}

impl<'a> Places<'a> {
    fn division(&mut self, subject: SubjectId) -> Option<Division> {
        self.place(subject).flatten()
    }

    /// None where no row speaks of the subject.
    fn place(&mut self, subject: SubjectId) -> Option<Option<Division>> {
        let tables = self.tables;
        let divisions = self.divisions.get_or_insert_with(|| {
            let people = tables.people.iter().map(|id| SubjectId::Person(*id)).zip(&tables.person_divisions);
            let households =
                tables.households.iter().map(|id| SubjectId::Household(*id)).zip(&tables.household_divisions);
            people.chain(households).map(|(subject, division)| (subject, *division)).collect()
        });
        divisions.get(&subject).copied()
    }

    /// The person, or the living members of the household.
    fn people(&mut self, subject: SubjectId) -> Vec<PersonId> {
        let household = match subject {
            SubjectId::Person(person) => return vec![person],
            SubjectId::Household(household) => household,
        };
        let tables = self.tables;
        let members = self.members.get_or_insert_with(|| {
            tables
                .households
                .iter()
                .copied()
                .zip(tables.household_members.iter().map(AsRef::as_ref))
                .collect()
        });
        members.get(&household).map(|members| members.to_vec()).unwrap_or_default()
    }

    fn formerly(&self, subject: SubjectId) -> &'a [PersonId] {
        let SubjectId::Person(person) = subject else { return &[] };
        let formerly = &self.tables.formerly;
        let found = formerly.binary_search_by_key(&person, |(person, _)| *person);
        found.map_or(&[][..], |at| &formerly[at].1)
    }
}
