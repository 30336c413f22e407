//! What departments are told of their records, over stories and over random histories.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sanzao_exchange::{Happening, ItemNews, RecordResult, ResultId, Standing, Verdict, judge};
use sanzao_model::{Day, EvidenceRole, FactId, Feed, ItemId, Outcome, Place};
use support::{closed, evidence, place, trigger};

/// Telling as it goes on.
#[derive(Default)]
struct Desk(BTreeMap<FactId, Standing>);

impl Desk {
    fn hear(&mut self, news: &ItemNews) -> Vec<RecordResult> {
        judge(news, &mut self.0, &place)
    }

    /// The numbers and verdicts that are told of fact 1.
    fn told(&mut self, news: &ItemNews) -> Vec<(u32, Verdict)> {
        let results = self.hear(news);
        results.iter().filter(|it| it.fact == FactId([1; 16])).map(|it| (it.number, it.verdict)).collect()
    }
}

/// Something happens to an item that rests on fact 1.
fn news(item: u8, happening: Happening) -> ItemNews {
    let evidence = vec![trigger(Feed::Police, 1)];
    ItemNews { happening, evidence, ..closed(Feed::Police, item, Outcome::Helped) }
}

fn closes(item: u8, outcome: Outcome) -> ItemNews {
    news(item, Happening::Closed { outcome })
}

#[test]
fn each_trigger_is_told_of_and_nothing_else() {
    let mut news = closes(1, Outcome::WrongData);
    news.evidence = vec![
        trigger(Feed::Police, 1),
        evidence(Feed::Police, 2, EvidenceRole::Link),
        evidence(Feed::Registry, 3, EvidenceRole::Context),
        trigger(Feed::Health, 4),
        trigger(Feed::Police, 1),
    ];
    let results = Desk::default().hear(&news);
    let told: Vec<_> =
        results.iter().map(|it| (it.record.feed, it.fact.0[0], it.record.place.offset)).collect();
    assert_eq!(told, [(Feed::Police, 1, 1), (Feed::Health, 4, 4)]);
    let first = &results[0];
    assert_eq!(first.id, ResultId::of(ItemId([1; 16]), FactId([1; 16]), 1));
    assert_eq!((first.verdict, first.number, first.since), (Verdict::Wrong, 1, Day(20_100)));
    let event: serde_json::Value = serde_json::from_slice(&first.to_bytes()).unwrap();
    let expected = serde_json::json!({
        "specversion": "1.0",
        "id": format!("result-{}", first.id),
        "source": "/sanzao/police",
        "type": "sanzao.result.v1",
        "datacontenttype": "application/json",
        "data": {
            "feed": "police",
            "record": {"partition": 0, "offset": 1},
            "kind": "custody.started",
            "fact": "01".repeat(16),
            "verdict": "wrong",
            "since": "2025-01-12",
            "alert": "01".repeat(16),
            "number": 1,
        },
    });
    assert_eq!(event, expected);
}

#[test]
fn an_appeal_is_told_from_its_beginning_to_its_end() {
    let mut desk = Desk::default();
    assert_eq!(desk.told(&closes(1, Outcome::NotEligible)), [(1, Verdict::Confirmed)]);
    assert_eq!(desk.told(&news(1, Happening::Appealed)), [(2, Verdict::InDispute)]);
    assert_eq!(desk.told(&news(1, Happening::Appealed)), [], "it is in dispute already");
    let decided = |outcome| news(1, Happening::AppealDecided { outcome });
    assert_eq!(desk.told(&decided(Outcome::WrongData)), [(3, Verdict::Wrong)]);
    assert_eq!(desk.told(&decided(Outcome::NoAction)), [(4, Verdict::Confirmed)]);
}

#[test]
fn two_alerts_on_one_record_are_in_dispute_until_they_agree() {
    let mut desk = Desk::default();
    assert_eq!(desk.told(&closes(1, Outcome::Helped)), [(1, Verdict::Confirmed)]);
    assert_eq!(desk.told(&closes(2, Outcome::NoAction)), [], "it says the same");
    assert_eq!(desk.told(&closes(2, Outcome::WrongData)), [(2, Verdict::InDispute)]);
    assert_eq!(desk.told(&news(1, Happening::Appealed)), []);
    let decided = news(1, Happening::AppealDecided { outcome: Outcome::WrongData });
    assert_eq!(desk.told(&decided), [(3, Verdict::Wrong)]);
}

#[test]
fn the_next_episode_takes_the_place_of_the_one_before() {
    let mut desk = Desk::default();
    assert_eq!(desk.told(&closes(1, Outcome::Helped)), [(1, Verdict::Confirmed)]);
    let next = ItemNews { previous: Some(ItemId([1; 16])), ..closes(2, Outcome::WrongData) };
    assert_eq!(desk.told(&next), [(2, Verdict::Wrong)]);
}

#[test]
fn what_is_withdrawn_or_opened_again() {
    let mut desk = Desk::default();
    assert_eq!(desk.told(&news(1, Happening::Withdrawn)), []);
    assert_eq!(desk.told(&news(1, Happening::Reopened)), [], "nothing was told");
    assert_eq!(desk.told(&closes(1, Outcome::WrongData)), [(1, Verdict::Wrong)]);
    assert_eq!(desk.told(&news(1, Happening::Reopened)), [(2, Verdict::InDispute)]);
    assert_eq!(desk.told(&closes(1, Outcome::WrongData)), [(3, Verdict::Wrong)]);
    assert_eq!(desk.told(&news(1, Happening::Withdrawn)), []);
}

#[test]
fn who_says_nothing_of_a_record_any_more_is_in_no_dispute_about_it() {
    let mut desk = Desk::default();
    desk.hear(&closes(1, Outcome::Helped));
    assert_eq!(desk.told(&closes(2, Outcome::WrongData)), [(2, Verdict::InDispute)]);
    let elsewhere = ItemNews { evidence: vec![trigger(Feed::Police, 5)], ..closes(2, Outcome::WrongData) };
    assert_eq!(desk.told(&elsewhere), [(3, Verdict::Confirmed)], "the other alert alone speaks of it");
    let elsewhere = ItemNews { evidence: vec![trigger(Feed::Police, 5)], ..closes(1, Outcome::Helped) };
    assert_eq!(desk.told(&elsewhere), [], "what was told stands");
}

#[test]
fn of_a_record_that_nobody_knows_any_more_nothing_is_told_and_numbers_go_on() {
    let mut standings = BTreeMap::new();
    let erased = |_: FactId| -> Option<Place> { None };
    assert_eq!(judge(&closes(1, Outcome::Helped), &mut standings, &erased), []);
    let results = judge(&news(1, Happening::Appealed), &mut standings, &place);
    assert_eq!(results.iter().map(|it| it.number).collect::<Vec<_>>(), [2]);
}

fn happening() -> impl Strategy<Value = Happening> {
    let outcome = prop_oneof![
        Just(Outcome::Helped),
        Just(Outcome::NotEligible),
        Just(Outcome::WrongData),
        Just(Outcome::NoAction)
    ];
    prop_oneof![
        4 => outcome.clone().prop_map(|outcome| Happening::Closed { outcome }),
        2 => Just(Happening::Appealed),
        2 => outcome.prop_map(|outcome| Happening::AppealDecided { outcome }),
        1 => Just(Happening::Reopened),
        1 => Just(Happening::Withdrawn),
    ]
}

proptest! {
    /// Whatever happens to alerts on shared records: numbers count from 1 without a gap, what is told is news, ids
    /// are never used twice, telling all again gives the same bytes, and what was told last is what all say now.
    #[test]
    fn telling_is_a_function_of_the_history(
        history in proptest::collection::vec((0_u8..4, happening(), proptest::collection::vec(0_u8..5, 0..4)), 0..40),
    ) {
        let history: Vec<_> = history
            .into_iter()
            .enumerate()
            .map(|(at, (item, happening, facts))| ItemNews {
                on: Day(20_000 + at as i32),
                happening,
                evidence: facts.into_iter().map(|fact| trigger(Feed::Police, fact)).collect(),
                ..closed(Feed::Police, item, Outcome::Helped)
            })
            .collect();
        let mut desk = Desk::default();
        let told: Vec<_> = history.iter().flat_map(|news| desk.hear(news)).collect();

        let mut last: BTreeMap<FactId, (u32, Verdict)> = BTreeMap::new();
        let mut ids = BTreeSet::new();
        for result in &told {
            let before = last.insert(result.fact, (result.number, result.verdict));
            prop_assert_eq!(result.number, before.map_or(0, |(number, _)| number) + 1);
            prop_assert_ne!(Some(result.verdict), before.map(|(_, verdict)| verdict));
            prop_assert!(ids.insert(result.id));
        }
        for (fact, standing) in &desk.0 {
            if let Some(all) = Verdict::together(standing.voices.values().copied()) {
                prop_assert_eq!(last.get(fact).map(|(_, verdict)| *verdict), Some(all));
            }
        }
        let mut again = Desk::default();
        let repeated: Vec<_> = history.iter().flat_map(|news| again.hear(news)).collect();
        prop_assert!(told.iter().map(RecordResult::to_bytes).eq(repeated.iter().map(RecordResult::to_bytes)));
    }
}
