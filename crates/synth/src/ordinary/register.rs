//! Police registration: at the beginning, and moves, births and corrected numbers in the window.

use rand::RngExt;

use super::household::{Household, Member, Role};
use super::{earlier, happens, some_day};
use crate::id_number::{Issuer, Sex};
use crate::moment::{add_days, age};
use crate::name::{name, surname};
use crate::person::{Home, Person};
use crate::sender::Sender;
use crate::town::Towns;

/// Everybody is registered before the window; married people and minors have relatives recorded.
pub(super) fn register(sender: &mut Sender<'_>, household: &Household) {
    let start = sender.window.start;
    for member in &household.members {
        let on = earlier(&mut sender.rng, sender.window, 1..9000).max(member.person.birth);
        sender.registered(&member.person, &household.home, member.relation, on);
    }
    let of = |relations: [&str; 2]| {
        let members = &household.members;
        members.iter().filter(move |member| relations.contains(&member.relation)).collect::<Vec<_>>()
    };
    let (heads, sons) = (of(["户主", "配偶"]), of(["子", "儿媳"]));
    if let [head, wife] = heads[..] {
        let on = earlier(&mut sender.rng, sender.window, 100..6000);
        sender.relation(&head.person, &wife.person, "spouse", on);
    }
    let grandchildren = of(["孙子", "孙女"]);
    let (children, parents) =
        if grandchildren.is_empty() { (of(["子", "女"]), heads) } else { (grandchildren, sons) };
    for child in children.into_iter().filter(|child| age(child.person.birth, start) < 18) {
        for parent in &parents {
            sender.relation(&child.person, &parent.person, "parent", child.person.birth);
        }
    }
}

/// A few people get another number in the window (0.05 % a year).
pub(super) fn change_numbers(sender: &mut Sender<'_>, issuer: &mut Issuer, household: &mut Household) {
    for member in &mut household.members {
        if !happens(&mut sender.rng, sender.window, 0.0005) {
            continue;
        }
        let day = some_day(&mut sender.rng, sender.window);
        let id = issuer.issue(member.person.birth, member.person.sex, sender.rng.random_range(0..100));
        let former = std::mem::replace(&mut member.person.id, id);
        sender.corrected(&member.person, &former, day);
        member.former = Some((Person { id: former, ..member.person.clone() }, day));
    }
}

/// Households that move (1.2 % a year, a quarter of them out of the district), and single people
/// whose registration is cancelled.
pub(super) fn move_about(sender: &mut Sender<'_>, towns: &Towns, household: &Household) {
    if happens(&mut sender.rng, sender.window, 0.012) {
        let day = some_day(&mut sender.rng, sender.window);
        let division_code = if sender.rng.random_bool(0.75) {
            towns.pick(&mut sender.rng).village(&mut sender.rng)
        } else {
            format!("3206811{:05}", sender.rng.random_range(1..99_999u32))
        };
        let home = Home { household_no: format!("{:09}", 500_000_000 + household.unit), division_code };
        for member in household.members.iter().filter(|member| member.lives(day)) {
            sender.moved(member.on(day), &home, member.relation, day);
        }
    }
    for member in &household.members {
        if happens(&mut sender.rng, sender.window, 0.003) {
            let day = some_day(&mut sender.rng, sender.window);
            let young = member.person.sex == Sex::Man && (18..23).contains(&age(member.person.birth, day));
            let reason = match sender.rng.random_range(0..10u32) {
                _ if young => "enlisted",
                0..8 => "moved-out",
                8 => "emigrated",
                _ => "duplicate",
            };
            if member.lives(day) {
                sender.cancelled(member.on(day), reason, day);
            }
        }
    }
}

/// Children born in the window: couples with a woman from 22 to 40, 5 % a year.
pub(super) fn bear(sender: &mut Sender<'_>, issuer: &mut Issuer, household: &Household) {
    let window = sender.window;
    let fertile = |member: &&Member| {
        member.person.sex == Sex::Woman
            && member.role != Role::Child
            && (22..40).contains(&age(member.person.birth, window.start))
    };
    let Some(mother) = household.members.iter().skip(1).find(fertile) else { return };
    let husband = match mother.relation {
        "配偶" => "户主",
        _ => "子",
    };
    let Some(father) = household.members.iter().find(|member| member.relation == husband) else { return };
    if !happens(&mut sender.rng, window, 0.05) {
        return;
    }
    let birth = some_day(&mut sender.rng, window);
    let on = add_days(birth, sender.rng.random_range(3..25));
    if on > window.end || !mother.lives(on) {
        return;
    }
    let sex = if sender.rng.random_bool(0.52) { Sex::Man } else { Sex::Woman };
    let name = name(&mut sender.rng, sex, surname(&father.person.name));
    let id = issuer.issue(birth, sex, 50);
    let child = Person { id, name, sex, birth };
    sender.registered(&child, &household.home, if sex == Sex::Man { "子" } else { "女" }, on);
    for parent in [father, mother] {
        sender.relation(&child, parent.on(on), "parent", on);
    }
}
