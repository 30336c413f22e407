//! Outcomes: counted as somebody would count them by hand, and published so that no small count can be found.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::select;
use sanzao_casework::outcomes::{Cell, OutcomeTable, Outcomes, Population, Row, Standing, per_thousand};
use sanzao_model::{
    AlertState, Bureau, Closure, Day, Decision, Finding, Handling, HouseholdId, Instant, Item, ItemId,
    ItemState, Outcome, PersonId, Procedure, Resident, RuleId, Sensitivity, Sex, SubjectId, TaskState,
};

const BUREAU: Bureau = Bureau(320_614);
const TODAY: Day = Day(20_500);

fn bytes(number: u32) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    bytes
}

fn person(number: u32) -> SubjectId {
    SubjectId::Person(PersonId(bytes(number)))
}

fn household(number: u32) -> SubjectId {
    SubjectId::Household(HouseholdId(bytes(number)))
}

fn resident(number: u32, age: Option<u16>, sex: Sex, division: &str, disabled: bool) -> Resident {
    Resident {
        person: PersonId(bytes(number)),
        formerly: Vec::new(),
        age,
        sex,
        division: division.parse().ok(),
        disabled,
        household: HouseholdId(bytes(number / 3)),
    }
}

fn resolved(outcome: Outcome) -> ItemState {
    let (by, at, reason) = ("a".into(), Instant(0), "b".into());
    let decision = Decision { by, at, outcome, reason, reopen_on: None };
    let closure = Closure { decision, notice: None, approval: None, appeals: 0 };
    ItemState::Alert(AlertState::Closed(Box::new(closure)))
}

fn item(id: u32, rule: &str, version: u32, subject: SubjectId, opened_on: Day, state: ItemState) -> Item {
    let finding = Finding {
        occasion: String::new(),
        values: "{}".into(),
        evidence: Vec::new(),
        due: None,
        why: String::new(),
        legal_basis: String::new(),
        clears: String::new(),
    };
    let is_task = matches!(state, ItemState::Task(_));
    Item {
        id: ItemId(bytes(id)),
        episode: 1,
        previous: None,
        reopening: None,
        rule: RuleId(rule.into()),
        version,
        procedure: if is_task { Procedure::Recheck } else { Procedure::Help },
        periodic: false,
        title: format!("标题{rule}"),
        sensitivity: Sensitivity::General,
        subject,
        people: Vec::new(),
        division: None,
        finding,
        due: TODAY,
        due_working_days: 10,
        opened_on,
        ages: Vec::new(),
        state,
        handling: Handling::default(),
    }
}

const OPEN: ItemState = ItemState::Alert(AlertState::Open);

fn row<'t>(rows: &'t [Row], dimension: &str, name: &str) -> &'t Row {
    rows.iter().find(|row| row.cell.dimension() == dimension && row.cell.name() == name).unwrap()
}

fn standing(all: &[(Standing, Option<u64>)], of: Standing) -> Option<u64> {
    all.iter().find(|(standing, _)| *standing == of).unwrap().1
}

fn people(count: u32) -> Vec<Resident> {
    let sex = |at: u32| if at.is_multiple_of(2) { Sex::Male } else { Sex::Female };
    let division = |at: u32| if at.is_multiple_of(4) { "320614103001" } else { "320614102009" };
    (0..count)
        .map(|at| resident(at, Some((at % 100) as u16), sex(at), division(at), at.is_multiple_of(5)))
        .collect()
}

#[test]
fn people_are_counted_once_for_rule_and_version_with_their_newest_item() {
    let mut items: Vec<Item> =
        (0..30).map(|at| item(at, "a", 1, household(at), TODAY.plus_days(-9), OPEN)).collect();
    // Newer, of the same rule and version: this is where the person stands.
    let helped = |at: u32| item(100 + at, "a", 1, person(at), TODAY.plus_days(-1), resolved(Outcome::Helped));
    items.extend((0..20).map(helped));
    // Older, or of another version, or of nobody who lives here, or not opened yet.
    items.extend((0..8).map(|at| {
        let withdrawn = AlertState::Withdrawn { on: TODAY, cause: String::new() };
        item(200 + at, "a", 1, person(60 + at), TODAY.plus_days(-20), ItemState::Alert(withdrawn))
    }));
    items.extend((0..7).map(|at| item(300 + at, "a", 2, person(at), TODAY, OPEN)));
    items.extend((0..9).map(|at| item(400 + at, "a", 1, person(9_000 + at), TODAY, OPEN)));
    items.push(item(500, "a", 1, person(1), TODAY.plus_days(1), OPEN));

    let population = Population::of(BUREAU, TODAY, people(300));
    assert_eq!((population.len(), population.is_empty(), population.day()), (300, false, TODAY));
    let table = Outcomes::of(&items, &population).published();
    assert_eq!(table.day, TODAY);
    let versions: Vec<_> = table.rules.iter().map(|rule| (rule.rule.0.as_str(), rule.version)).collect();
    assert_eq!(versions, [("a", 1), ("a", 2)]);
    let rule = &table.rules[0];
    assert_eq!((rule.title.as_str(), rule.procedure), ("标题a", Procedure::Help));
    assert_eq!((rule.items, rule.not_among_residents), (Some(67), Some(9)));
    assert_eq!(standing(&rule.standings, Standing::Open), Some(39));
    assert_eq!(standing(&rule.standings, Standing::Helped), Some(20));
    assert_eq!(standing(&rule.standings, Standing::Withdrawn), Some(8));
    assert_eq!(standing(&rule.standings, Standing::Claimed), Some(0));
    assert!(rule.standings.iter().all(|(standing, _)| !standing.is_of_tasks()));
    let all = row(&rule.rows, "all", "all");
    assert_eq!((all.residents, all.flagged, all.not_flagged), (Some(300), Some(90), Some(210)));
    assert_eq!(standing(&all.standings, Standing::Helped), Some(20));
    assert_eq!(standing(&all.standings, Standing::Open), Some(70));
    assert_eq!(standing(&all.standings, Standing::Withdrawn), Some(0));
    let women = row(&rule.rows, "sex", "female");
    assert_eq!((women.residents, women.flagged, women.not_flagged), (Some(150), Some(45), Some(105)));
    assert_eq!(per_thousand(women.flagged, women.residents), Some(300.0));
    let nobody = row(&rule.rows, "sex", "not-stated");
    assert_eq!((nobody.residents, nobody.flagged, nobody.not_flagged), (Some(0), Some(0), Some(0)));
    assert_eq!(per_thousand(nobody.flagged, nobody.residents), None);
    // Those whom no rule flags at all: version 2 flags nobody else.
    let all = row(&table.everybody, "all", "all");
    assert_eq!((all.residents, all.flagged, all.not_flagged), (Some(300), Some(90), Some(210)));
}

#[test]
fn who_has_another_number_now_is_flagged_by_items_about_the_former_one() {
    let mut residents = people(60);
    for (at, resident) in residents.iter_mut().enumerate().take(6) {
        resident.formerly = vec![PersonId(bytes(1_000 + at as u32))];
    }
    let items: Vec<Item> = (0..6).map(|at| item(at, "a", 1, person(1_000 + at), TODAY, OPEN)).collect();
    let table = Outcomes::of(&items, &Population::of(BUREAU, TODAY, residents)).published();
    let all = row(&table.rules[0].rows, "all", "all");
    assert_eq!((all.flagged, table.rules[0].not_among_residents), (Some(6), Some(0)));
}

#[test]
fn groups_are_those_of_the_domain() {
    let ages = [17, 18, 59, 60, 79, 80].map(Some).into_iter().chain([None]);
    let places = ["320614102001", "320684117001", "320681100001", "nowhere"];
    let residents = ages.zip(places.into_iter().cycle()).enumerate().flat_map(|(at, (age, place))| {
        (0..10).map(move |copy| resident(at as u32 * 10 + copy, age, Sex::Unknown, place, false))
    });
    let residents: Vec<_> = residents.collect();
    let table = Outcomes::of([], &Population::of(BUREAU, TODAY, residents)).published();
    let counts = |dimension: &str| -> Vec<(String, Option<u64>)> {
        let of = table.everybody.iter().filter(|row| row.cell.dimension() == dimension);
        of.map(|row| (row.cell.name(), row.residents)).collect()
    };
    let named = |counts: &[(&str, u64)]| -> Vec<(String, Option<u64>)> {
        counts.iter().map(|(name, count)| ((*name).to_owned(), Some(*count))).collect()
    };
    assert_eq!(
        counts("age"),
        named(&[("0-17", 10), ("18-59", 20), ("60-79", 20), ("80+", 10), ("unknown", 10)])
    );
    assert_eq!(
        counts("town"),
        named(&[("320614102", 20), ("320684117", 20), ("outside", 20), ("unknown", 10)])
    );
    assert_eq!(counts("sex"), named(&[("unknown", 70), ("male", 0), ("female", 0), ("not-stated", 0)]));
    assert_eq!(counts("disability"), named(&[("no", 70), ("yes", 0)]));
    assert_eq!(row(&table.everybody, "all", "all").not_flagged, Some(70));
}

/// Where few are *not* flagged they could be named as well as few who are.
#[test]
fn few_who_are_passed_over_are_hidden_too() {
    let items: Vec<Item> = (0..298).map(|at| item(at, "a", 1, person(at), TODAY, OPEN)).collect();
    let table = Outcomes::of(&items, &Population::of(BUREAU, TODAY, people(300))).published();
    for rows in [&table.everybody, &table.rules[0].rows] {
        let all = row(rows, "all", "all");
        assert_eq!((all.residents, all.flagged, all.not_flagged), (Some(300), None, None));
    }
    assert_eq!(table.rules[0].items, None, "each has one item: it would tell how many are flagged");
}

#[derive(Debug, Clone)]
struct World {
    residents: Vec<Resident>,
    items: Vec<Item>,
}

fn states() -> impl Strategy<Value = ItemState> {
    select(vec![
        OPEN,
        ItemState::Alert(AlertState::Claimed { by: "a".into(), at: Instant(0) }),
        resolved(Outcome::Helped),
        resolved(Outcome::NotEligible),
        ItemState::Alert(AlertState::Withdrawn { on: TODAY, cause: String::new() }),
    ])
}

fn world() -> impl Strategy<Value = World> {
    let ages = prop_oneof![4 => (0..100_u16).prop_map(Some), 1 => Just(None)];
    let sexes = select(vec![Sex::Male, Sex::Female, Sex::Female, Sex::Unknown]);
    let places = ["320614102001", "320614103001", "320614104001", "320681100001", "nowhere"];
    let traits = (ages, sexes, select(places.to_vec()), prop::bool::weighted(0.2));
    let residents = prop::collection::vec((traits, 1..9_u32), 1..20).prop_map(|kinds| {
        let all = kinds.into_iter().flat_map(|(traits, count)| (0..count).map(move |_| traits));
        all.enumerate()
            .map(|(at, (age, sex, place, disabled))| resident(at as u32, age, sex, place, disabled))
            .collect()
    });
    let subjects = prop_oneof![5 => (0..90_u32).prop_map(person), 2 => (0..30_u32).prop_map(household)];
    let rules = select(vec![("a", 1), ("a", 1), ("b", 1), ("b", 2)]);
    let items = prop::collection::vec((rules, subjects, 0..3_i32, states()), 0..70).prop_map(|items| {
        type Drawn = ((&'static str, u32), SubjectId, i32, ItemState);
        let of = |(at, ((rule, version), subject, days, state)): (usize, Drawn)| {
            item(at as u32, rule, version, subject, TODAY.plus_days(-days), state)
        };
        items.into_iter().enumerate().map(of).collect()
    });
    (residents, items).prop_map(|(residents, items)| World { residents, items })
}

/// A count of a publication: where it stands, and what is shown.
type Shown = BTreeMap<String, Option<u64>>;

fn key(rule: usize, cell: Cell, what: &str) -> String {
    format!("{rule}/{}/{}/{what}", cell.dimension(), cell.name())
}

/// All counts of a publication, and the sums that anybody knows to hold.
fn flat(table: &OutcomeTable) -> (Shown, Vec<(String, Vec<String>)>) {
    let (mut shown, mut sums) = (Shown::new(), Vec::new());
    let rows = std::iter::once(&table.everybody).chain(table.rules.iter().map(|rule| &rule.rows));
    for (rule, rows) in rows.enumerate() {
        let mut across: BTreeMap<(String, &str), Vec<String>> = BTreeMap::new();
        for row in rows {
            let standings: Vec<_> = row.standings.iter().map(|(at, count)| (at.as_str(), *count)).collect();
            let counts = [("flagged", row.flagged), ("others", row.not_flagged)];
            for (what, count) in counts.into_iter().chain(standings.iter().copied()) {
                shown.insert(key(rule, row.cell, what), count);
                let dimension = row.cell.dimension();
                across.entry((what.to_owned(), dimension)).or_default().push(key(rule, row.cell, what));
            }
            if rule == 0 {
                shown.insert(key(0, row.cell, "residents"), row.residents);
                let of = across.entry(("residents".into(), row.cell.dimension())).or_default();
                of.push(key(0, row.cell, "residents"));
            }
            let both = ["flagged", "others"].map(|what| key(rule, row.cell, what));
            sums.push((key(0, row.cell, "residents"), both.to_vec()));
            if rule > 0 {
                let parts = standings.iter().map(|(what, _)| key(rule, row.cell, what)).collect();
                sums.push((key(rule, row.cell, "flagged"), parts));
            }
        }
        for ((what, dimension), parts) in across {
            if dimension != "all" {
                sums.push((key(rule, Cell::All, &what), parts));
            }
        }
    }
    for (rule, of) in table.rules.iter().enumerate() {
        let mut parts = Vec::new();
        for (standing, count) in &of.standings {
            parts.push(format!("{rule} items {}", standing.as_str()));
            shown.insert(parts[parts.len() - 1].clone(), *count);
        }
        shown.insert(format!("{rule} items"), of.items);
        sums.push((format!("{rule} items"), parts));
    }
    // Whoever sees one version of one rule only knows that it flags all who are flagged.
    if let [_] = &table.rules[..] {
        let all: Vec<_> = table.everybody.iter().map(|row| row.cell).collect();
        sums.extend(all.into_iter().map(|cell| (key(0, cell, "flagged"), vec![key(1, cell, "flagged")])));
    }
    (shown, sums)
}

/// The hidden counts that the sums determine: by elimination with floating point, over the whole publication at once.
fn found(shown: &Shown, sums: &[(String, Vec<String>)]) -> Vec<String> {
    let hidden: Vec<&String> =
        shown.iter().filter(|(_, count)| count.is_none()).map(|(key, _)| key).collect();
    let columns: BTreeMap<&String, usize> = hidden.iter().enumerate().map(|(at, key)| (*key, at)).collect();
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for (total, parts) in sums {
        let mut row = vec![0.0; hidden.len()];
        let signed = parts.iter().map(|part| (part, 1.0)).chain([(total, -1.0)]);
        signed.for_each(|(key, sign)| columns.get(key).into_iter().for_each(|at| row[*at] += sign));
        if row.iter().any(|value| *value != 0.0) {
            rows.push(row);
        }
    }
    let mut done = 0;
    for column in 0..hidden.len() {
        let size = |row: usize, rows: &[Vec<f64>]| rows[row][column].abs();
        let pivot = (done..rows.len()).max_by(|a, b| size(*a, &rows).total_cmp(&size(*b, &rows)));
        let Some(pivot) = pivot.filter(|pivot| size(*pivot, &rows) > 1e-9) else { continue };
        rows.swap(done, pivot);
        let of_pivot = rows[done].clone();
        for (_, row) in rows.iter_mut().enumerate().filter(|(at, _)| *at != done) {
            let factor = row[column] / of_pivot[column];
            if factor != 0.0 {
                row.iter_mut().zip(&of_pivot).for_each(|(value, of_pivot)| *value -= factor * of_pivot);
            }
        }
        done += 1;
    }
    let single = rows[..done].iter().filter_map(|row| {
        let mut all = row.iter().enumerate().filter(|(_, value)| value.abs() > 1e-9);
        let (at, _) = all.next()?;
        all.next().is_none().then(|| hidden[at].clone())
    });
    single.collect()
}

/// Counted by hand: of a rule's place (0 for any rule), a group and what they are, how many.
fn by_hand(world: &World, table: &OutcomeTable) -> BTreeMap<String, u64> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let rules: Vec<_> = table.rules.iter().map(|rule| (rule.rule.clone(), rule.version)).collect();
    for resident in &world.residents {
        let alone = Outcomes::of([], &Population::of(BUREAU, TODAY, [resident.clone()])).published();
        let cells = alone.everybody.iter().filter(|row| row.residents.is_none()).map(|row| row.cell);
        let cells: BTreeSet<Cell> = cells.collect();
        assert_eq!(cells.len(), 5);
        let theirs = world.items.iter().filter(|item| {
            item.subject == SubjectId::Person(resident.person)
                || item.subject == SubjectId::Household(resident.household)
        });
        let mut newest: BTreeMap<usize, &Item> = BTreeMap::new();
        for item in theirs {
            let rule =
                rules.iter().position(|(rule, version)| (rule, *version) == (&item.rule, item.version));
            let known = newest.entry(rule.unwrap() + 1).or_insert(item);
            if (known.opened_on, known.id) < (item.opened_on, item.id) {
                *known = item;
            }
        }
        for cell in cells {
            *counts.entry(key(0, cell, "residents")).or_default() += 1;
            let what = if newest.is_empty() { "others" } else { "flagged" };
            *counts.entry(key(0, cell, what)).or_default() += 1;
            for rule in 1..=rules.len() {
                let item = newest.get(&rule);
                let what = if item.is_some() { "flagged" } else { "others" };
                *counts.entry(key(rule, cell, what)).or_default() += 1;
                if let Some(item) = item {
                    let what = Standing::of(&item.state).as_str();
                    *counts.entry(key(rule, cell, what)).or_default() += 1;
                }
            }
        }
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn what_is_shown_is_true_and_tells_nothing_that_is_hidden(world in world()) {
        let population = Population::of(BUREAU, TODAY, world.residents.clone());
        let table = Outcomes::of(&world.items, &population).published();
        let (shown, sums) = flat(&table);
        let truth = by_hand(&world, &table);
        for (key, count) in shown.iter().filter(|(key, _)| key.contains('/')) {
            let is = truth.get(key).copied().unwrap_or(0);
            match count {
                Some(count) => prop_assert!(*count == is && !(1..5).contains(&is), "{key}: {count}, not {is}"),
                None => prop_assert!(is > 0 || key.ends_with("others"), "{key}: a zero is shown"),
            }
        }
        let found = found(&shown, &sums);
        prop_assert!(found.is_empty(), "{found:?} can be worked out of {shown:?}");
    }
}

/// The property above would hold of a publication that hides everything, and of one where nothing is small.
#[test]
fn the_worlds_have_something_to_hide_and_to_show() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let (mut hidden, mut small, mut all) = (0, 0, 0);
    for _ in 0..40 {
        let world = world().new_tree(&mut runner).unwrap().current();
        let table =
            Outcomes::of(&world.items, &Population::of(BUREAU, TODAY, world.residents.clone())).published();
        let truth = by_hand(&world, &table);
        for (key, count) in flat(&table).0.iter().filter(|(key, _)| truth.contains_key(*key)) {
            (hidden, all) = (hidden + u32::from(count.is_none()), all + 1);
            small += u32::from(truth[key] < 5);
        }
    }
    println!("{hidden} hidden, {small} small, of {all}");
    assert!(small * 4 > all && hidden > small && hidden < all * 9 / 10, "{hidden}, {small} of {all}");
}

/// A district of some size: most is shown.
#[test]
fn of_a_district_most_is_shown() {
    let residents: Vec<_> = (0..40_000_u32)
        .map(|at| {
            let mixed = at.wrapping_mul(2_654_435_761) >> 8;
            let sex = if mixed.is_multiple_of(2) { Sex::Male } else { Sex::Female };
            let division = format!("320614{:03}001", 100 + mixed / 2 % 20);
            resident(at, Some((mixed / 64 % 95) as u16), sex, &division, mixed.is_multiple_of(31))
        })
        .collect();
    let outcomes = [
        OPEN,
        resolved(Outcome::Helped),
        resolved(Outcome::NotEligible),
        resolved(Outcome::WrongData),
        ItemState::Task(TaskState::Due),
    ];
    let items: Vec<_> = (0..30_u32)
        .flat_map(|rule| (0..20 + rule * rule).map(move |at| (rule, at)))
        .enumerate()
        .map(|(id, (rule, at))| {
            let mixed = (at * 31 + rule * 977).wrapping_mul(2_654_435_761) >> 6;
            let state = outcomes[(mixed % 7 % 4) as usize].clone();
            item(id as u32, &format!("rule-{rule:02}"), 1, person(mixed % 41_000), TODAY, state)
        })
        .collect();
    let clock = std::time::Instant::now();
    let counted = Outcomes::of(&items, &Population::of(BUREAU, TODAY, residents));
    let counting = clock.elapsed();
    let table = counted.published();
    let (shown, _) = flat(&table);
    let hidden = shown.values().filter(|count| count.is_none()).count();
    println!(
        "counted in {counting:?}, published in {:?}: {hidden} of {} hidden",
        clock.elapsed(),
        shown.len()
    );
    assert!(hidden * 10 < shown.len() * 3, "{hidden} of {} are hidden", shown.len());
}
