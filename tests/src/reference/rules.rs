//! The rules (domain §4): who fulfils which, and on what occasion.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, ISOWeekDate, Weekday};

use super::benefits::CHILD_PROGRAMS;
use super::view::View;
use super::{Finding, Subject};

/// Every finding of every rule on the day of the view.
pub fn findings(view: &View) -> BTreeSet<Finding> {
    let mut found = BTreeSet::new();
    for person in view.persons() {
        for (rule, occasion) in about_person(view, &person) {
            found.insert(Finding {
                rule: rule.to_owned(),
                subject: Subject::Person(person.clone()),
                occasion,
            });
        }
    }
    for household in view.living_households() {
        for (dibao, reference) in view.dibao_above_standard(&household) {
            found.insert(Finding {
                rule: "income-above-standard".to_owned(),
                subject: Subject::Household(household.clone()),
                occasion: format!("{}/{reference}", dibao.id),
            });
        }
    }
    found
}

/// "A rule about a person holds only while that person is living (`deceased-recipient` … [is an exception])."
fn about_person(view: &View, person: &str) -> Vec<(&'static str, String)> {
    if !view.is_living(person) {
        return deceased_recipient(view, person)
            .map(|occasion| ("deceased-recipient", occasion))
            .into_iter()
            .collect();
    }
    let mut found = Vec::new();
    found.extend(high_yearly_self_pay(view, person).map(|occasion| ("high-yearly-self-pay", occasion)));
    found.extend(
        unemployment_benefit_exhausted(view, person)
            .map(|occasion| ("unemployment-benefit-exhausted", occasion)),
    );
    found.extend(orphan(view, person).map(|occasion| ("orphan", occasion)));
    found.extend(
        overlapping_benefits(view, person).into_iter().map(|occasion| ("overlapping-benefits", occasion)),
    );
    found.extend(
        missed_old_age_allowance(view, person).map(|occasion| ("missed-old-age-allowance", occasion)),
    );
    found.extend(home_care_recheck(view, person).into_iter().map(|occasion| ("home-care-recheck", occasion)));
    found.extend(child_monthly_visit(view, person).map(|occasion| ("child-monthly-visit", occasion)));
    found.extend(elder_weekly_visits(view, person).map(|occasion| ("elder-weekly-visits", occasion)));
    found.extend(view.has_held_fact(person).then(|| ("name-mismatch", "name".to_owned())));
    found
}

/// "A death signal and the person has an active benefit."
fn deceased_recipient(view: &View, person: &str) -> Option<String> {
    (!view.is_living(person) && !view.benefits_of(person).is_empty()).then(|| "death".to_owned())
}

/// "Self-paid since 1 January of D's year ≥ 20,000 (≥ 5,000 if the household is low-income on D)."
fn high_yearly_self_pay(view: &View, person: &str) -> Option<String> {
    let threshold_fen = if view.is_low_income(&view.households[person]) { 5_000_00 } else { 20_000_00 };
    let paid_fen = view.self_paid_since(person, view.day.first_of_year());
    (paid_fen >= threshold_fen).then(|| format!("{:04}", view.day.year()))
}

/// "Working age; the newest unemployment-benefit event is an end as `exhausted` 30 to 365 days ago; on D not
/// employed, no active pension."
fn unemployment_benefit_exhausted(view: &View, person: &str) -> Option<String> {
    let end = view.newest_unemployment_benefit_event(person)?;
    let is_exhausted =
        end.kind == "social-security.unemployment.benefit-ended" && end.text("reason") == Some("exhausted");
    let days_ago = (view.day - end.on).get_days();
    let holds = is_exhausted
        && (30..=365).contains(&days_ago)
        && view.is_of_working_age(person)
        && !view.is_employed(person)
        && view.pensions(person).is_empty();
    holds.then(|| end.on.to_string())
}

/// "Age < 18; has recorded parents and every one has a death signal; no active `orphan`."
fn orphan(view: &View, person: &str) -> Option<String> {
    let parents = view.parents(person);
    let holds = view.age(person).is_some_and(|age| age < 18)
        && !parents.is_empty()
        && parents.iter().all(|parent| !view.is_living(parent))
        && !view.has_any(person, &["orphan"]);
    holds.then(|| "orphan".to_owned())
}

/// "Has at once: active `tekun` with `dibao` or a disability subsidy; `disability-nursing` with active injury
/// nursing; `orphan` with `disability-living`; or two active benefits of one program." One occasion for each kind.
fn overlapping_benefits(view: &View, person: &str) -> BTreeSet<String> {
    let programs: Vec<&str> = view.benefits_of(person).into_iter().map(|benefit| benefit.program).collect();
    let mut overlaps = BTreeSet::new();
    let pairs = [
        ("tekun", "dibao"),
        ("tekun", "disability-living"),
        ("tekun", "disability-nursing"),
        ("orphan", "disability-living"),
    ];
    for (one, other) in pairs {
        if programs.contains(&one) && programs.contains(&other) {
            overlaps.insert(format!("{one}+{other}"));
        }
    }
    if programs.contains(&"disability-nursing") && view.has_injury_nursing(person) {
        overlaps.insert("disability-nursing+injury-nursing".to_owned());
    }
    for program in &programs {
        if programs.iter().filter(|other| *other == program).count() > 1 {
            overlaps.insert(format!("{program}+{program}"));
        }
    }
    overlaps
}

/// "Age ≥ 80; registered in the district; no active `old-age-allowance`."
fn missed_old_age_allowance(view: &View, person: &str) -> Option<String> {
    let holds = view.age(person).is_some_and(|age| age >= 80)
        && view.is_registered_in_district(person)
        && !view.has_any(person, &["old-age-allowance"]);
    holds.then(|| "age-80".to_owned())
}

/// "Active `home-care`: 6 months after *verified on*; true from 30 days before." One occasion for each benefit.
fn home_care_recheck(view: &View, person: &str) -> Vec<String> {
    let due = |verified_on: Date| verified_on + 6.months();
    view.benefits_of_program(person, "home-care")
        .into_iter()
        .map(|benefit| (benefit.id, view.verified_on(&benefit)))
        .filter(|(_, verified_on)| due(*verified_on) - 30.days() <= view.day)
        .map(|(id, verified_on)| format!("{id}/{verified_on}"))
        .collect()
}

/// How many visits of a kind the person had from a day to D.
fn visits_since(view: &View, person: &str, kind: &str, from: Date) -> usize {
    let visits = view.facts_of(person, "registry.visit.recorded").into_iter();
    visits.filter(|visit| visit.text("kind") == Some(kind) && from <= visit.on).count()
}

/// "Active child program and no `child` visit in D's month. Occasion: the month."
fn child_monthly_visit(view: &View, person: &str) -> Option<String> {
    let holds = view.has_any(person, &CHILD_PROGRAMS)
        && visits_since(view, person, "child", view.day.first_of_month()) == 0;
    holds.then(|| format!("{:04}-{:02}", view.day.year(), view.day.month()))
}

/// "Active `care-visit` and fewer than 4 `elder` visits in D's ISO week … Occasion: the week."
fn elder_weekly_visits(view: &View, person: &str) -> Option<String> {
    let week = view.day.iso_week_date();
    let monday =
        ISOWeekDate::new(week.year(), week.week(), Weekday::Monday).expect("a week has a Monday").date();
    let holds = view.has_any(person, &["care-visit"]) && visits_since(view, person, "elder", monday) < 4;
    holds.then(|| format!("{:04}-W{:02}", week.year(), week.week()))
}
