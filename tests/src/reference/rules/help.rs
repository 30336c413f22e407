//! Procedure *help*: somebody may need help.

use jiff::ToSpan;

use super::super::benefits::{CHILD_PROGRAMS, HOUSEHOLD_PROGRAMS, LOW_INCOME_PROGRAMS};
use super::super::numbers::At;
use super::super::view::View;
use super::when;

/// "Not low-income; self-paid in last 12 months ≥ 5,000 and ≥ 60 % of 12 × monthly income known (income 0 counts as
/// reached)." "Self-paid sums … include the dead." One occasion for each year: of D, as `high-yearly-self-pay` has it.
pub fn rigid_medical_spending(view: &View, household: &str, numbers: &At) -> Vec<String> {
    let months = numbers.get("rigid_spending_months");
    // "'last 12 months' is (D minus 12 calendar months) < on ≤ D."
    let first = view.day - months.months() + 1.day();
    let paid_fen: i64 = view.all_of(household).map(|person| view.self_paid_since(person, first)).sum();
    let parts = view.members(household).flat_map(|member| view.income_known(member));
    let monthly_fen: i64 = parts.map(|(_, fen, _)| fen).sum();
    let reaches_share = paid_fen * 100 >= numbers.get("rigid_spending_percent") * months * monthly_fen;
    let holds =
        !view.is_low_income(household) && paid_fen >= numbers.get("rigid_spending_fen") && reaches_share;
    when(holds, format!("{:04}", view.day.year()))
}

/// "An inpatient settlement in last 90 days with self-paid ≥ 10,000 (≥ 6,000 in a low-income household)." One
/// occasion for each settlement.
pub fn costly_hospital_stay(view: &View, person: &str, numbers: &At) -> Vec<String> {
    let threshold =
        if view.is_of_low_income(person) { "costly_stay_low_income_fen" } else { "costly_stay_fen" };
    view.settlements(person)
        .into_iter()
        .filter(|settlement| settlement.text("med_type") == Some("inpatient"))
        .filter(|settlement| view.is_in_last_days(settlement.on, numbers.get("costly_stay_days")))
        .filter(|settlement| settlement.fen("psn_part_amt") >= numbers.get(threshold))
        .map(|settlement| settlement.text("setl_id").expect("a settlement has an id").to_owned())
        .collect()
}

/// "Self-paid since 1 January of D's year ≥ 20,000 (≥ 5,000 if the household is low-income on D)."
pub fn high_yearly_self_pay(view: &View, person: &str, numbers: &At) -> Vec<String> {
    let threshold =
        if view.is_of_low_income(person) { "high_self_pay_low_income_fen" } else { "high_self_pay_fen" };
    let paid_fen = view.self_paid_since(person, view.day.first_of_year());
    when(paid_fen >= numbers.get(threshold), format!("{:04}", view.day.year()))
}

/// "Working age; the newest unemployment-benefit event is an end as `exhausted` 30 to 365 days ago; on D not
/// employed, no active pension."
pub fn unemployment_benefit_exhausted(view: &View, person: &str, numbers: &At) -> Vec<String> {
    let Some(end) = view.newest_unemployment_benefit_event(person) else { return Vec::new() };
    let is_exhausted =
        end.kind == "social-security.unemployment.benefit-ended" && end.text("reason") == Some("exhausted");
    let days = numbers.get("exhausted_from_days")..=numbers.get("exhausted_until_days");
    let holds = is_exhausted
        && days.contains(&view.days_ago(end.on))
        && view.is_of_working_age(person, numbers)
        && !view.is_employed(person)
        && view.pensions(person).is_empty();
    when(holds, end.on)
}

/// "Working age; registered unemployed ≥ 90 days (open spell), no active unemployment benefit, not employed;
/// household not low-income."
pub fn long_unemployed(view: &View, person: &str, numbers: &At) -> Vec<String> {
    let Some(spell) = view.registered_unemployment(person) else { return Vec::new() };
    let holds = view.days_ago(spell.began) >= numbers.get("long_unemployed_days")
        && view.is_of_working_age(person, numbers)
        && view.unemployment_benefit(person).is_none()
        && !view.is_employed(person)
        && !view.is_of_low_income(person);
    when(holds, spell.began)
}

/// "`major-illness` diagnosis in last 60 days; household not low-income."
pub fn major_illness(view: &View, person: &str, numbers: &At) -> Vec<String> {
    let days = numbers.get("major_illness_days");
    let is_diagnosed = view
        .facts_of(person, "health.diagnosis.recorded")
        .into_iter()
        .any(|fact| fact.text("category") == Some("major-illness") && view.is_in_last_days(fact.on, days));
    when(is_diagnosed && !view.is_of_low_income(person), "major-illness")
}

/// "A `severe-mental-disorder` diagnosis ever; household has no active `dibao`, `tekun` or `dibao-edge`."
pub fn severe_mental_disorder(view: &View, person: &str, _: &At) -> Vec<String> {
    let diagnoses = view.facts_of(person, "health.diagnosis.recorded");
    let is_diagnosed =
        diagnoses.into_iter().any(|fact| fact.text("category") == Some("severe-mental-disorder"));
    let programs = ["dibao", "tekun", "dibao-edge"];
    let is_helped = view.members(&view.households[person]).any(|member| view.has_any(member, &programs));
    when(is_diagnosed && !is_helped, "severe-mental-disorder")
}

/// "Age ≥ 60; newest ability level ≥ 2; no active `home-care`, no active long-term care."
pub fn frail_elder_without_care(view: &View, person: &str, numbers: &At) -> Vec<String> {
    let level = view.newest_ability(person).map(|assessment| assessment.number("level"));
    let holds = view.is_aged_from(person, numbers.get("frail_elder_from_years"))
        && level.is_some_and(|level| level >= numbers.get("frail_elder_from_level"))
        && !view.has_any(person, &["home-care"])
        && view.long_term_care(person).is_none();
    when(holds, "frail-elder")
}

/// "Age < 18; has recorded parents and every one has a death signal; no active `orphan`."
pub fn orphan(view: &View, person: &str, numbers: &At) -> Vec<String> {
    let parents = view.parents(person);
    let holds = view.is_aged_below(person, numbers.get("child_below_years"))
        && !parents.is_empty()
        && parents.iter().all(|parent| !view.is_living(parent))
        && !view.has_any(person, &["orphan"]);
    when(holds, "orphan")
}

/// "Age < 18; at least two recorded parents; each is dead, [or cannot care]; at least one not dead; no active
/// `unattended-child` or `orphan`."
pub fn unattended_child(view: &View, person: &str, numbers: &At) -> Vec<String> {
    let parents = view.parents(person);
    let count = i64::try_from(parents.len()).expect("somebody has few parents");
    let holds = view.is_aged_below(person, numbers.get("child_below_years"))
        && count >= numbers.get("unattended_parents_people")
        && parents.iter().all(|parent| !view.is_living(parent) || cannot_care(view, parent, numbers))
        && parents.iter().any(|parent| view.is_living(parent))
        && !view.has_any(person, &["unattended-child", "orphan"]);
    when(holds, "unattended-child")
}

/// "Missing ≥ 180 days, in custody (spell began ≥ 180 days ago, or `expected_until` ≥ 180 days after it began), or
/// has a valid certificate of grade 1–2, or 3 intellectual/mental."
fn cannot_care(view: &View, parent: &str, numbers: &At) -> bool {
    let is_missing = view
        .missing(parent)
        .is_some_and(|spell| view.days_ago(spell.began) >= numbers.get("unattended_missing_days"));
    let days = numbers.get("unattended_custody_days");
    let is_in_custody = view.custody(parent).is_some_and(|spell| {
        let until = spell.newest.date("expected_until");
        view.days_ago(spell.began) >= days || until.is_some_and(|until| until >= spell.began + days.days())
    });
    let is_disabled = view.valid_certificate(parent).is_some_and(|certificate| {
        let grade = certificate.number("grade");
        let of_mind = ["intellectual", "mental"].map(Some).contains(&certificate.text("category"));
        grade <= numbers.get("unattended_grade") || of_mind && grade <= numbers.get("unattended_mental_grade")
    });
    is_missing || is_in_custody || is_disabled
}

/// "Age < 18; a recorded parent died, was taken into custody or was reported missing in last 90 days; `orphan` and
/// `unattended-child` not true of the child on D; no active child program."
pub fn child_parent_event(view: &View, person: &str, numbers: &At) -> Vec<String> {
    let days = numbers.get("parent_event_days");
    let happened = |parent: &&str| {
        view.happened(parent).into_iter().any(|(event, fact)| {
            ["died", "custody", "missing"].contains(&event) && view.is_in_last_days(fact.on, days)
        })
    };
    let holds = view.is_aged_below(person, numbers.get("child_below_years"))
        && view.parents(person).iter().any(happened)
        && orphan(view, person, numbers).is_empty()
        && unattended_child(view, person, numbers).is_empty()
        && !view.has_any(person, &CHILD_PROGRAMS);
    when(holds, "parent-event")
}

/// "Age ≥ 80; in a police household with no other living person; no active `care-visit`."
pub fn elder_living_alone(view: &View, person: &str, numbers: &At) -> Vec<String> {
    let holds = view.is_aged_from(person, numbers.get("living_alone_from_years"))
        && view.other_co_residents(person).is_some_and(|others| others.is_empty())
        && !view.has_any(person, &["care-visit"]);
    when(holds, "living-alone")
}

/// "Newest custody event is an end 14 to 180 days ago; working age; not employed; the person has no active
/// low-income program."
pub fn released_without_work(view: &View, person: &str, numbers: &At) -> Vec<String> {
    let Some(end) = view.newest_custody_event(person) else { return Vec::new() };
    let days = numbers.get("released_from_days")..=numbers.get("released_until_days");
    let holds = end.kind == "police.custody.ended"
        && days.contains(&view.days_ago(end.on))
        && view.is_of_working_age(person, numbers)
        && !view.is_employed(person)
        && !view.has_any(person, &LOW_INCOME_PROGRAMS);
    when(holds, end.on)
}

/// "Not low-income; in last 365 days a household program ended whose newest list names a member, or a member's
/// application for any program was refused; and in last 90 days household self-paid ≥ 2,000, or a member registered
/// unemployed, went into custody or was certified disabled." "Self-paid sums … include the dead."
pub fn exit_watch(view: &View, household: &str, numbers: &At) -> Vec<String> {
    let was_on = |member: &str| {
        let ended = view.ended_benefits(member).into_iter();
        let ends = ended.filter(|(it, ..)| HOUSEHOLD_PROGRAMS.contains(&it.program)).map(|(_, end, _)| end);
        let refusals = view.facts_of(member, "registry.application.refused");
        ends.chain(refusals).any(|fact| view.is_in_last_days(fact.on, numbers.get("exit_days")))
    };
    let days = numbers.get("exit_sign_days");
    let first = view.day - days.days() + 1.day();
    let paid_fen: i64 = view.all_of(household).map(|person| view.self_paid_since(person, first)).sum();
    let has_sign = |member: &str| {
        view.happened(member).into_iter().any(|(event, fact)| {
            ["unemployed", "custody", "certified-disabled"].contains(&event)
                && view.is_in_last_days(fact.on, days)
        })
    };
    let holds = !view.is_low_income(household)
        && view.members(household).any(was_on)
        && (paid_fen >= numbers.get("exit_self_pay_fen") || view.members(household).any(has_sign));
    when(holds, "exit")
}

/// "Not low-income; ≥ 2 members with valid certificates, or one such member, at least one other member, and all
/// others aged ≥ 60."
pub fn many_disabled(view: &View, household: &str, numbers: &At) -> Vec<String> {
    let (disabled, others): (Vec<&str>, Vec<&str>) =
        view.members(household).partition(|member| view.valid_certificate(member).is_some());
    let count = i64::try_from(disabled.len()).expect("a household is small");
    let years = numbers.get("many_disabled_elder_from_years");
    let are_others_old = !others.is_empty() && others.iter().all(|other| view.is_aged_from(other, years));
    let holds = !view.is_low_income(household)
        && (count >= numbers.get("many_disabled_people") || count == 1 && are_others_old);
    when(holds, "many-disabled")
}

/// "Somebody of the household with a wage in the 6 calendar months before D's month died, went into custody or had
/// employee insurance stopped in last 90 days, and no member is employed." "… the lost breadwinner include[s] the
/// dead."
pub fn breadwinner_lost(view: &View, household: &str, numbers: &At) -> Vec<String> {
    let month = view.day.first_of_month();
    let first = month - numbers.get("breadwinner_wage_months").months();
    let days = numbers.get("breadwinner_days");
    let is_lost = |person: &str| {
        let earned = view.wages(person).into_iter().any(|wage| first <= wage.on && wage.on < month);
        earned
            && view.happened(person).into_iter().any(|(event, fact)| {
                ["died", "custody", "insurance-stopped"].contains(&event)
                    && view.is_in_last_days(fact.on, days)
            })
    };
    let holds = view.all_of(household).any(is_lost)
        && !view.members(household).any(|member| view.is_employed(member));
    when(holds, "breadwinner")
}
