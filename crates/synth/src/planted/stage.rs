//! The stage on which situations are played: people, homes and benefits of their own for each scene.

use jiff::civil::Date;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::Planted;
use crate::contract::{Grant, Settlement};
use crate::id_number::{Issuer, Sex};
use crate::moment::{add_days, add_months, month_start};
use crate::money::{Fen, yuan};
use crate::name::name;
use crate::person::{Home, Person};
use crate::sender::{Sender, Sent};
use crate::town::Towns;

/// Where deaths are reported.
#[derive(Clone, Copy)]
pub(super) enum Source {
    Police,
    Health,
    Cremation,
    FuneralGrant,
}

/// Plays one scene after another.
pub(super) struct Stage<'a, 'b> {
    pub out: &'a mut Sender<'b>,
    /// The day of the outcome.
    pub day: Date,
    pub planted: Vec<Planted>,
    towns: &'a Towns,
    stream: &'a dyn Fn(u64) -> ChaCha8Rng,
    issuer: Issuer,
    rule: &'static str,
    unit: u32,
    made: u32,
}

impl<'a, 'b> Stage<'a, 'b> {
    pub(super) fn new(
        out: &'a mut Sender<'b>,
        towns: &'a Towns,
        stream: &'a dyn Fn(u64) -> ChaCha8Rng,
    ) -> Stage<'a, 'b> {
        let (day, issuer) = (out.window.end, Issuer::planted());
        Stage { out, day, planted: Vec::new(), towns, stream, issuer, rule: "", unit: 0, made: 0 }
    }

    /// What follows is about this rule.
    pub(super) fn rule(&mut self, rule: &'static str) -> &mut Self {
        self.rule = rule;
        self
    }

    /// Begins another scene: its events are recorded one after another from the first day on.
    pub(super) fn scene(&mut self) {
        self.unit += 1;
        self.made = 0;
        self.out.next_unit(format!("p{}", self.unit), (self.stream)(u64::from(self.unit)));
    }

    /// A scene with somebody of that age, registered alone in a home.
    pub(super) fn alone(&mut self, years: i16) -> Person {
        self.scene();
        self.resident(years)
    }

    /// An id of the scene that is the same whenever asked for: what is stated again needs it.
    pub(super) fn fixed(&self, prefix: &str) -> String {
        format!("{prefix}{}", self.unit)
    }

    fn another(&mut self, prefix: &str) -> String {
        self.made += 1;
        format!("{prefix}{}-{}", self.unit, self.made)
    }

    /// So many days before the day.
    pub(super) fn ago(&self, days: i64) -> Date {
        add_days(self.day, -days)
    }

    /// So many calendar months before the day.
    pub(super) fn months_ago(&self, months: i64) -> Date {
        add_months(self.day, -months)
    }

    /// The first day of the day's month, or of one so many months before it.
    pub(super) fn month(&self, before: i64) -> Date {
        add_months(month_start(self.day), -before)
    }

    /// Somebody born on a day, not yet registered.
    pub(super) fn born(&mut self, birth: Date) -> Person {
        let rng = &mut self.out.rng;
        let sex = if rng.random_bool(0.5) { Sex::Man } else { Sex::Woman };
        let id = self.issuer.issue(birth, sex, rng.random_range(0..100));
        Person { id, name: name(rng, sex, None), sex, birth }
    }

    /// Somebody whose last birthday (this one) and next are at least a month away from the day.
    pub(super) fn aged(&mut self, years: i16) -> Person {
        let days = self.out.rng.random_range(40..320);
        let birth = add_days(add_months(self.day, -12 * i64::from(years)), -days);
        self.born(birth)
    }

    /// Somebody who turns so many years old on the day.
    pub(super) fn turning(&mut self, years: i16) -> Person {
        let birth = birth_for(self.day, years);
        self.born(birth)
    }

    /// Somebody who turns so many years old on the day after: still one year younger.
    pub(super) fn turning_tomorrow(&mut self, years: i16) -> Person {
        let birth = add_days(birth_for(self.day, years), 1);
        self.born(birth)
    }

    /// A police household in the district, with nobody in it.
    pub(super) fn home(&mut self) -> Home {
        self.made += 1;
        let household_no = format!("9{:06}{:03}", self.unit, self.made);
        let division_code = self.towns.pick(&mut self.out.rng).village(&mut self.out.rng);
        Home { household_no, division_code }
    }

    /// A home with the code that its town had before the renumbering of 2020.
    pub(super) fn home_formerly(&mut self) -> Home {
        let home = self.home();
        let division_code = self.towns.pick(&mut self.out.rng).former_village(&mut self.out.rng);
        Home { division_code, ..home }
    }

    /// A home under another code of its own.
    pub(super) fn home_under(&mut self, division_code: &str) -> Home {
        Home { division_code: division_code.to_owned(), ..self.home() }
    }

    /// A home outside the district.
    pub(super) fn home_outside(&mut self) -> Home {
        self.home_under("320681104215")
    }

    /// Registers people in one new home since long, the first as its head.
    pub(super) fn settle(&mut self, people: &[&Person]) -> Home {
        let home = self.home();
        for (at, person) in people.iter().enumerate() {
            let on = self.ago(2_500).max(person.birth);
            self.out.registered(person, &home, if at == 0 { "户主" } else { "家庭成员" }, on);
        }
        home
    }

    /// People of that age, more than 20 of them in one home: a collective.
    pub(super) fn collective(&mut self, years: i16) -> (Vec<Person>, Home) {
        let people: Vec<Person> = (0..21).map(|_| self.aged(years)).collect();
        let home = self.settle(&people.iter().collect::<Vec<_>>());
        (people, home)
    }

    /// Somebody of that age, registered alone in a home.
    pub(super) fn resident(&mut self, years: i16) -> Person {
        let person = self.aged(years);
        self.settle(&[&person]);
        person
    }

    /// Somebody with two numbers: `(former, present)`, registered alone under the former, which was
    /// corrected long ago. Facts of both numbers are facts of one person, known by the present one.
    pub(super) fn two_numbers(&mut self, years: i16) -> (Person, Person) {
        let former = self.resident(years);
        let present = self.renumbered(&former);
        (former, present)
    }

    /// Gives a registered person another number, 200 days ago.
    pub(super) fn renumbered(&mut self, former: &Person) -> Person {
        self.renumbered_on(former, self.ago(200))
    }

    /// Gives a registered person another number on a day.
    pub(super) fn renumbered_on(&mut self, former: &Person, on: Date) -> Person {
        let id = self.issuer.issue(former.birth, former.sex, self.out.rng.random_range(0..100));
        let present = Person { id, ..former.clone() };
        self.out.corrected(&present, &former.id, on);
        present
    }

    /// A child of that age in one home with two recorded parents.
    pub(super) fn child(&mut self, years: i16) -> (Person, [Person; 2]) {
        let child = self.aged(years);
        let parents = self.parents(&child);
        (child, parents)
    }

    /// The two recorded parents of a child, in one home with it.
    pub(super) fn parents(&mut self, child: &Person) -> [Person; 2] {
        let parents = [self.aged(41), self.aged(38)];
        self.settle(&[&parents[0], &parents[1], child]);
        for parent in &parents {
            self.out.relation(child, parent, "parent", child.birth);
        }
        parents
    }

    /// A certificate of disability of two years ago, valid for two more.
    pub(super) fn disabled(&mut self, person: &Person, category: &str, grade: u8) -> Sent {
        self.out.certified_disabled(person, category, grade, self.ago(730), self.ago(-730))
    }

    /// Grants a program to the people (to the first, if it is for one person). Returns the benefit id.
    pub(super) fn grant(&mut self, program: &str, people: &[&Person], on: Date) -> String {
        let benefit_id = self.another("B");
        self.grant_as(&benefit_id, program, people, on, None);
        benefit_id
    }

    /// The same under a benefit id, perhaps with the day of a verification before it.
    pub(super) fn grant_as(
        &mut self,
        benefit_id: &str,
        program: &str,
        people: &[&Person],
        on: Date,
        verified_on: Option<Date>,
    ) -> Sent {
        let amount = if program == "care-visit" { Fen(0) } else { yuan(300) };
        let category = (program == "home-care").then_some("disabled-elder");
        self.out.granted(&Grant { benefit_id, program, people, amount, category, on, verified_on })
    }

    /// Reports a death.
    pub(super) fn die(&mut self, person: &Person, source: Source, on: Date) -> Sent {
        match source {
            Source::Police => self.out.cancelled(person, "death", on),
            Source::Health => self.out.death_certified(person, &format!("C{}", self.unit), on),
            Source::Cremation => self.out.cremated(person, on),
            Source::FuneralGrant => self.out.funeral_grant(person, yuan(6_000), on),
        }
    }

    /// A settlement with so much self-paid, not yet sent.
    pub(super) fn bill(&mut self, own: Fen, end: Date) -> Settlement {
        let fund = Fen(own.0 * 2);
        let med_type = ["inpatient", "outpatient", "special"][self.out.rng.random_range(0..3)];
        let setl_id = self.another("S");
        let days = if med_type == "inpatient" { 7 } else { 0 };
        Settlement { setl_id, med_type, begin: add_days(end, -days), end, fund, assistance: Fen(0), own }
    }

    /// A settlement of a week in hospital, the same whenever asked for.
    pub(super) fn stay(&self, number: u32, own: Fen, end: Date) -> Settlement {
        let setl_id = format!("S{}s{number}", self.unit);
        let (begin, fund) = (add_days(end, -7), Fen(own.0 + 100_000));
        Settlement { setl_id, med_type: "inpatient", begin, end, fund, assistance: Fen(0), own }
    }

    /// Sends a settlement with so much self-paid.
    pub(super) fn pay(&mut self, person: &Person, own: Fen, end: Date) -> Settlement {
        let bill = self.bill(own, end);
        self.out.settled(person, &bill);
        bill
    }

    /// Records a visit. Returns its id.
    pub(super) fn visit(&mut self, person: &Person, kind: &str, on: Date) -> (String, Sent) {
        let visit_id = self.another("V");
        let sent = self.out.visited(person, &visit_id, kind, on);
        (visit_id, sent)
    }

    /// A finding about the person must be there.
    pub(super) fn found(&mut self, person: &Person, note: &str) {
        self.expect(true, Some(person.id.clone()), None, note);
    }

    /// No finding about the person may be there.
    pub(super) fn absent(&mut self, person: &Person, note: &str) {
        self.expect(false, Some(person.id.clone()), None, note);
    }

    /// A finding about the person must, or must not, be there.
    pub(super) fn person(&mut self, expect: bool, person: &Person, note: &str) {
        self.expect(expect, Some(person.id.clone()), None, note);
    }

    /// A finding about the police household of a home must, or must not, be there.
    pub(super) fn household(&mut self, expect: bool, home: &Home, note: &str) {
        self.expect(expect, None, Some(format!("police:{}", home.household_no)), note);
    }

    /// A finding about somebody who is a household of their own must, or must not, be there.
    pub(super) fn single(&mut self, expect: bool, person: &Person, note: &str) {
        self.expect(expect, None, Some(format!("person:{}", person.id)), note);
    }

    /// A finding about the household of a benefit must, or must not, be there.
    pub(super) fn program(&mut self, expect: bool, benefit_id: &str, note: &str) {
        self.expect(expect, None, Some(format!("program:{benefit_id}")), note);
    }

    fn expect(&mut self, expect: bool, person: Option<String>, household: Option<String>, note: &str) {
        let rule = self.rule.to_owned();
        self.planted.push(Planted {
            rule,
            expect,
            as_of: self.day,
            person,
            household,
            note: note.to_owned(),
        });
    }
}

/// The birth date of somebody who has just turned so many years old. The day after it is the birth date
/// of somebody who is a day short of it, also around 29 February.
fn birth_for(day: Date, years: i16) -> Date {
    add_months(day, -12 * i64::from(years))
}
