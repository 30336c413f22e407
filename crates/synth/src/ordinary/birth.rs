//! Births: certified by the hospital, registered by the police days or months later.

use rand::RngExt;

use super::household::{Household, Member, Role};
use super::{figures, happens, some_day};
use crate::id_number::{Issuer, Sex};
use crate::moment::add_days;
use crate::name::{name, surname};
use crate::person::Person;
use crate::sender::Sender;

/// Children born to couples in the window. The mother's certificate names the child, mostly without a number;
/// one child in ten is registered only after months.
pub(super) fn bear(sender: &mut Sender<'_>, issuer: &mut Issuer, household: &Household) {
    let window = sender.window;
    let fertile = |member: &&Member| {
        member.person.sex == Sex::Woman
            && member.role != Role::Child
            && (22..40).contains(&member.age(window.start))
    };
    let Some(mother) = household.members.iter().skip(1).find(fertile) else { return };
    let husband = match mother.relation {
        "配偶" => "户主",
        _ => "子",
    };
    let Some(father) = household.members.iter().find(|member| member.relation == husband) else { return };
    if !happens(&mut sender.rng, window, figures::BIRTHS_OF_COUPLES) {
        return;
    }
    let birth = some_day(&mut sender.rng, window);
    if !mother.lives(birth) {
        return;
    }
    let sex = if sender.rng.random_bool(0.52) { Sex::Man } else { Sex::Woman };
    let name = name(&mut sender.rng, sex, surname(&father.person.name));
    let days = if sender.rng.random_bool(0.9) { 3..25 } else { 60..200 };
    let on = add_days(birth, sender.rng.random_range(days));
    let id = issuer.issue(birth, sex, 50);
    let numbered = sender.rng.random_bool(0.1);
    if numbered {
        // Such hospitals wait for the register.
        let waited = crate::moment::days_between(birth, on) as u32 + 1;
        if add_days(birth, i64::from(waited)) <= window.end {
            sender.after(waited).birth_certified(mother.on(birth), &name, Some(&id), birth);
        }
    } else {
        sender.birth_certified(mother.on(birth), &name, None, birth);
    }
    if on > window.end {
        return;
    }
    let child = Person { id, name, sex, birth };
    sender.registered(&child, &household.home, if sex == Sex::Man { "子" } else { "女" }, on);
    for parent in [father, mother] {
        sender.relation(&child, parent.on(on), "parent", on);
    }
    let enrolled = add_days(on, sender.rng.random_range(1..20));
    if enrolled <= window.end {
        sender.enrolled(&child, "390", enrolled);
    }
}
