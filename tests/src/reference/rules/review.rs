//! Procedure *review*: eligibility may have changed.

use super::super::benefits::CHILD_PROGRAMS;
use super::super::numbers::At;
use super::super::people::is_in_district;
use super::super::view::View;
use super::when;

/// "A death signal and the person has an active benefit."
pub fn deceased_recipient(view: &View, person: &str, _: &At) -> Vec<String> {
    when(!view.is_living(person) && !view.benefits_of(person).is_empty(), "death")
}

/// "The newest registration record is a cancellation as moved-out or emigrated, or a move outside the district; the
/// person has an active benefit." "`person.registered` outside the district is no move."
pub fn moved_out_recipient(view: &View, person: &str, _: &At) -> Vec<String> {
    let Some(record) = view.newest_registration_record(person) else { return Vec::new() };
    let has_left = match record.kind.as_str() {
        "police.registration.cancelled" => {
            ["moved-out", "emigrated"].map(Some).contains(&record.text("reason"))
        }
        "police.household.moved" => !record.text("division_code").is_some_and(is_in_district),
        _ => false,
    };
    when(has_left && !view.benefits_of(person).is_empty(), record.on)
}

/// "Has at once: active `tekun` with `dibao` or a disability subsidy; `disability-nursing` with active injury
/// nursing; `orphan` with `disability-living`; or two active benefits of one program." One occasion for each kind.
pub fn overlapping_benefits(view: &View, person: &str, _: &At) -> Vec<String> {
    let programs: Vec<&str> = view.benefits_of(person).iter().map(|benefit| benefit.program).collect();
    let mut overlaps = Vec::new();
    let pairs = [
        ("tekun", "dibao"),
        ("tekun", "disability-living"),
        ("tekun", "disability-nursing"),
        ("orphan", "disability-living"),
    ];
    for (one, other) in pairs {
        if programs.contains(&one) && programs.contains(&other) {
            overlaps.push(format!("{one}+{other}"));
        }
    }
    if programs.contains(&"disability-nursing") && view.has_injury_nursing(person) {
        overlaps.push("disability-nursing+injury-nursing".to_owned());
    }
    for program in &programs {
        if programs.iter().filter(|other| *other == program).count() > 1 {
            overlaps.push(format!("{program}+{program}"));
        }
    }
    overlaps
}

/// "Active `dibao`; per head monthly income known > dibao standard; and something in it is new since the reference
/// date": see `income`. One occasion for each dibao and reference date.
pub fn income_above_standard(view: &View, household: &str, numbers: &At) -> Vec<String> {
    let found = view.dibao_above_standard(household, numbers).into_iter();
    found.map(|(dibao, reference)| format!("{}/{reference}", dibao.id)).collect()
}

/// "In custody as `imprisonment` or `compulsory-rehabilitation`; has an active `dibao` or disability subsidy."
pub fn recipient_in_custody(view: &View, person: &str, _: &At) -> Vec<String> {
    let Some(spell) = view.custody(person) else { return Vec::new() };
    let kinds = ["imprisonment", "compulsory-rehabilitation"].map(Some);
    let is_supported = view.has_any(person, &["dibao"]) || view.has_disability_subsidy(person);
    when(kinds.contains(&spell.newest.text("kind")) && is_supported, spell.began)
}

/// "Active child program and age ≥ 18."
pub fn ageing_out(view: &View, person: &str, numbers: &At) -> Vec<String> {
    let is_grown = view.is_aged_from(person, numbers.get("child_below_years"));
    when(is_grown && view.has_any(person, &CHILD_PROGRAMS), "age-18")
}

/// "Active disability subsidy and the newest certificate's `valid_until` < D."
pub fn certificate_expired(view: &View, person: &str, _: &At) -> Vec<String> {
    let Some(certificate) = view.newest_certificate(person) else { return Vec::new() };
    let until = certificate.date("valid_until").expect("a certificate says until when");
    when(view.has_disability_subsidy(person) && until < view.day, until)
}

/// "Active `home-care` and (an admission more than 30 days ago without a discharge of the same facility and
/// `admitted_on`, or active long-term care in an institution)."
pub fn home_care_not_at_home(view: &View, person: &str, numbers: &At) -> Vec<String> {
    let is_in_hospital = view.stays(person).into_iter().any(|(admission, discharge)| {
        view.days_ago(admission.on) > numbers.get("not_at_home_days") && discharge.is_none()
    });
    let care = view.long_term_care(person);
    let is_in_institution = care.is_some_and(|spell| spell.newest.text("mode") == Some("institution"));
    let holds = view.has_any(person, &["home-care"]) && (is_in_hospital || is_in_institution);
    when(holds, "not-at-home")
}

/// "Active `home-care` whose newest category no longer holds: `disabled-elder` with newest ability level ≤ 1;
/// `low-income` with household not low-income; `living-alone` with another living co-resident."
pub fn home_care_category_lost(view: &View, person: &str, numbers: &At) -> Vec<String> {
    let is_lost = |category: &&str| match *category {
        "disabled-elder" => {
            let level = view.newest_ability(person).map(|assessment| assessment.number("level"));
            level.is_some_and(|level| level <= numbers.get("category_lost_level"))
        }
        "low-income" => !view.is_of_low_income(person),
        "living-alone" => view.other_co_residents(person).is_some_and(|others| !others.is_empty()),
        _ => false,
    };
    let benefits = view.benefits_of_program(person, "home-care");
    let categories = benefits.iter().filter_map(|benefit| view.newest_category(benefit).0);
    categories.filter(is_lost).map(str::to_owned).collect()
}

/// "A `funeral` benefit granted for the person (not ended) and a social-security funeral grant paid for the same
/// person."
pub fn funeral_overlap(view: &View, person: &str, _: &At) -> Vec<String> {
    let is_granted = view.paid_once(person).iter().any(|benefit| benefit.program == "funeral");
    let is_paid = !view.facts_of(person, "social-security.funeral-grant.paid").is_empty();
    when(is_granted && is_paid, "funeral")
}
