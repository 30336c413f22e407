//! Police registration: at the beginning, and moves and corrected numbers in the window.

use jiff::civil::Date;
use rand::RngExt;

use super::household::{Household, Member};
use super::plan::Kind;
use super::{earlier, figures, happens, some_day};
use crate::id_number::{Issuer, Sex};
use crate::moment::{add_days, birthday};
use crate::person::{Home, Person};
use crate::sender::Sender;
use crate::town::Towns;

/// Nearly everybody is registered before the window, a few households move into the district in it (and
/// worked or were ill here before); married people and minors have relatives recorded.
pub(super) fn register(sender: &mut Sender<'_>, household: &Household) {
    let window = sender.window;
    let moved_in = household.kind == Kind::Family && happens(&mut sender.rng, window, figures::MOVE_IN);
    let moved_in = moved_in.then(|| some_day(&mut sender.rng, window));
    for member in &household.members {
        let before = earlier(&mut sender.rng, window, 1..9000).max(member.person.birth);
        let on = moved_in.unwrap_or(before);
        sender.registered(&member.person, &household.home, member.relation, on);
    }
    relate(sender, household, moved_in);
}

fn relate(sender: &mut Sender<'_>, household: &Household, moved_in: Option<Date>) {
    let start = sender.window.start;
    let of = |relations: [&str; 2]| {
        let members = &household.members;
        members.iter().filter(move |member| relations.contains(&member.relation)).collect::<Vec<_>>()
    };
    let (heads, sons) = (of(["户主", "配偶"]), of(["子", "儿媳"]));
    if let [head, wife] = heads[..] {
        let on = earlier(&mut sender.rng, sender.window, 10..6000).max(birthday(wife.person.birth, 20));
        sender.relation(&head.person, &wife.person, "spouse", moved_in.unwrap_or(on));
    }
    let grandchildren = of(["孙子", "孙女"]);
    let apart = household.kind == Kind::Grandparents;
    let (children, parents) = match () {
        () if apart => (grandchildren, household.elsewhere.iter().collect()),
        () if grandchildren.is_empty() => (of(["子", "女"]), heads.clone()),
        () => (grandchildren, sons),
    };
    for child in children.into_iter().filter(|child| child.age(start) < 18) {
        let on = moved_in.unwrap_or(child.person.birth);
        for parent in &parents {
            sender.relation(&child.person, &parent.person, "parent", on);
        }
        if apart && sender.rng.random_bool(0.3) {
            let on = earlier(&mut sender.rng, sender.window, 10..900).max(on);
            sender.relation(&child.person, &heads[0].person, "guardian", on);
        }
    }
}

/// A few people get another number in the window: of another place, or with another day of birth.
pub(super) fn change_numbers(sender: &mut Sender<'_>, issuer: &mut Issuer, household: &mut Household) {
    for member in &mut household.members {
        if !happens(&mut sender.rng, sender.window, figures::NUMBER_CORRECTED) {
            continue;
        }
        let day = some_day(&mut sender.rng, sender.window);
        let Person { birth, sex, .. } = member.person;
        let wrong_day = sender.rng.random_bool(0.4);
        let right = if wrong_day { add_days(birth, -sender.rng.random_range(1..28)) } else { birth };
        let id = issuer.issue(right, sex, sender.rng.random_range(0..100));
        let former = std::mem::replace(&mut member.person.id, id);
        member.person.birth = right;
        sender.corrected(&member.person, &former, day);
        member.former = Some((Person { id: former, birth, ..member.person.clone() }, day));
    }
}

/// Households that move, a quarter of them out of the district, and single people whose registration is
/// cancelled.
pub(super) fn move_about(sender: &mut Sender<'_>, towns: &Towns, household: &Household) {
    if !household.collective() && happens(&mut sender.rng, sender.window, figures::MOVE) {
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
        if happens(&mut sender.rng, sender.window, figures::CANCELLED) {
            cancel(sender, member);
        }
    }
}

fn cancel(sender: &mut Sender<'_>, member: &Member) {
    let day = some_day(&mut sender.rng, sender.window);
    let young = member.person.sex == Sex::Man && (18..23).contains(&member.age(day));
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
