//! Procedure *recheck*: periodic tasks.

use jiff::ToSpan;
use jiff::civil::{Date, ISOWeekDate, Weekday};

use super::super::benefits::{Benefit, CHILD_PROGRAMS};
use super::super::numbers::At;
use super::super::view::View;
use super::when;

/// Whether something due so many months after a day is near: "true from 30 days before". "'n months after' keeps
/// the day, or takes the month's last."
fn is_near(view: &View, from: Date, months: i64, numbers: &At) -> bool {
    from + months.months() - numbers.get("recheck_ahead_days").days() <= view.day
}

/// "n months after *verified on*; true from 30 days before", and until verified again, which moves that day. One
/// occasion for each benefit and day of verification.
fn rechecks(view: &View, benefits: Vec<Benefit>, months: i64, numbers: &At) -> Vec<String> {
    let verified = benefits.into_iter().map(|benefit| (benefit.id, view.verified_on(&benefit)));
    verified
        .filter(|(_, verified_on)| is_near(view, *verified_on, months, numbers))
        .map(|(id, verified_on)| format!("{id}/{verified_on}"))
        .collect()
}

/// "Active `dibao`: due 12 months after *verified on*; 6 months when a member is of working age and has no valid
/// certificate. True from 30 days before until verified."
pub fn dibao_recheck(view: &View, household: &str, numbers: &At) -> Vec<String> {
    let can_work = view
        .members(household)
        .any(|member| view.is_of_working_age(member, numbers) && view.valid_certificate(member).is_none());
    let months = if can_work { "dibao_recheck_working_age_months" } else { "dibao_recheck_months" };
    rechecks(view, view.household_benefits(household, "dibao"), numbers.get(months), numbers)
}

/// "Active `tekun`: 12 months after *verified on*; true from 30 days before."
pub fn tekun_recheck(view: &View, person: &str, numbers: &At) -> Vec<String> {
    rechecks(view, view.benefits_of_program(person, "tekun"), numbers.get("tekun_recheck_months"), numbers)
}

/// "Active `home-care`: 6 months after *verified on*; true from 30 days before."
pub fn home_care_recheck(view: &View, person: &str, numbers: &At) -> Vec<String> {
    let benefits = view.benefits_of_program(person, "home-care");
    rechecks(view, benefits, numbers.get("home_care_recheck_months"), numbers)
}

/// "Active `rigid-spending`: 12 months after the grant; true from 30 days before." One occasion for each grant.
pub fn rigid_spending_expiry(view: &View, household: &str, numbers: &At) -> Vec<String> {
    let months = numbers.get("rigid_spending_expiry_months");
    view.household_benefits(household, "rigid-spending")
        .into_iter()
        .filter(|benefit| is_near(view, benefit.grant.on, months, numbers))
        .map(|benefit| format!("{}/{}", benefit.id, benefit.grant.on))
        .collect()
}

/// "Active disability subsidy and D ≤ newest `valid_until` ≤ D + 180."
pub fn certificate_expiry(view: &View, person: &str, numbers: &At) -> Vec<String> {
    let Some(certificate) = view.newest_certificate(person) else { return Vec::new() };
    let until = certificate.date("valid_until").expect("a certificate says until when");
    let last = view.day + numbers.get("certificate_expiry_days").days();
    when(view.has_disability_subsidy(person) && view.day <= until && until <= last, until)
}

/// How many visits of a kind the person had from a day to D.
fn visits_since(view: &View, person: &str, kind: &str, from: Date) -> i64 {
    let visits = view.facts_of(person, "registry.visit.recorded").into_iter();
    let count = visits.filter(|visit| visit.text("kind") == Some(kind) && from <= visit.on).count();
    i64::try_from(count).expect("somebody has few visits")
}

/// "Active child program and no `child` visit in D's month. Occasion: the month."
pub fn child_monthly_visit(view: &View, person: &str, _: &At) -> Vec<String> {
    let holds = view.has_any(person, &CHILD_PROGRAMS)
        && visits_since(view, person, "child", view.day.first_of_month()) == 0;
    when(holds, format!("{:04}-{:02}", view.day.year(), view.day.month()))
}

/// "Active child program; occasion: the quarter; evidence: every fact about the child that began to count in it."
pub fn child_quarterly_comparison(view: &View, person: &str, _: &At) -> Vec<String> {
    let quarter = (view.day.month() - 1) / 3 + 1;
    when(view.has_any(person, &CHILD_PROGRAMS), format!("{:04}-Q{quarter}", view.day.year()))
}

/// "Active child program; occasion: the half-year."
pub fn child_half_year_sweep(view: &View, person: &str, _: &At) -> Vec<String> {
    let half = if view.day.month() <= 6 { 1 } else { 2 };
    when(view.has_any(person, &CHILD_PROGRAMS), format!("{:04}-H{half}", view.day.year()))
}

/// "Active `care-visit` and fewer than 4 `elder` visits in D's ISO week … Occasion: the week."
pub fn elder_weekly_visits(view: &View, person: &str, numbers: &At) -> Vec<String> {
    let week = view.day.iso_week_date();
    let monday =
        ISOWeekDate::new(week.year(), week.week(), Weekday::Monday).expect("a week has a Monday").date();
    let holds = view.has_any(person, &["care-visit"])
        && visits_since(view, person, "elder", monday) < numbers.get("elder_weekly_visits");
    when(holds, format!("{:04}-W{:02}", week.year(), week.week()))
}

/// "Age ≥ 90, has an active benefit, and no fact in the last 365 days, not held, of any feed, in any role, names the
/// person; a verification, also of an ended benefit, counts for those it names." The occasion is the day of the newest
/// fact that does.
pub fn long_silence(view: &View, person: &str, numbers: &At) -> Vec<String> {
    let is_asked = view.is_aged_from(person, numbers.get("long_silence_from_years"))
        && !view.benefits_of(person).is_empty();
    if !is_asked {
        return Vec::new();
    }
    let newest = view.newest_fact_naming(person).expect("the grant of the benefit, or a list, names them");
    when(!view.is_in_last_days(newest.on, numbers.get("long_silence_days")), newest.on)
}
