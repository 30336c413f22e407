//! Illness: visits to a doctor, stays in hospital, what was found, and how it was settled.

use jiff::civil::Date;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::figures::{self, band};
use super::household::{Household, Member, Role};
use super::{earlier, happens, some_day};
use crate::contract::Settlement;
use crate::moment::{add_days, add_months};
use crate::money::Fen;
use crate::sender::Sender;

const FACILITIES: [&str; 8] = [
    "海门区人民医院",
    "海门区人民医院",
    "海门区人民医院",
    "海门区中医院",
    "海门区第二人民医院",
    "海门区第三人民医院",
    "南通大学附属医院",
    "南通市肿瘤医院",
];
const CHRONIC: [&str; 5] = ["I10", "E11", "I25", "J44", "M17"];
const MAJOR: [&str; 8] = ["C34", "C16", "C18", "C22", "C50", "I63", "N18", "I21"];
const ACUTE: [&str; 6] = ["J18", "K80", "S72", "I20", "K35", "N20"];
/// Ages that change how often somebody is ill.
const AGES: [i16; 3] = [18, 60, 80];

/// One person's illnesses in the window.
struct Patient<'a> {
    household: &'a Household,
    member: &'a Member,
    at: usize,
    bills: u32,
}

/// Everything that medicine records of a member.
pub(super) fn ail(sender: &mut Sender<'_>, household: &Household, at: usize) {
    let window = sender.window;
    let member = &household.members[at];
    let years = member.age(window.start);
    let mut patient = Patient { household, member, at, bills: 0 };
    let chronic = sender.rng.random_bool(figures::CHRONIC[band(years, &[40, 60])]);
    if chronic {
        let on = earlier(&mut sender.rng, window, 20..4000).max(member.person.birth);
        let code = CHRONIC[sender.rng.random_range(0..CHRONIC.len())];
        sender.diagnosed(member.on(on), code, "chronic", on);
    }
    let disorder = figures::MENTAL_DISORDER[usize::from(household.poor)];
    if years >= 18 && sender.rng.random_bool(disorder) {
        let on = earlier(&mut sender.rng, window, 100..4000).max(member.person.birth);
        sender.diagnosed(member.on(on), "F20", "severe-mental-disorder", on);
    }
    if happens(&mut sender.rng, window, figures::MAJOR_ILLNESS[usize::from(years >= 60)]) {
        major_illness(sender, &mut patient);
    }
    if happens(&mut sender.rng, window, 0.003) {
        rarer(sender, member);
    }
    let outpatient = figures::OUTPATIENT[band(years, &AGES)];
    let inpatient = figures::INPATIENT[band(years, &AGES)] / 12.0;
    let mut month = window.start;
    while month <= window.end {
        if sender.rng.random_bool(outpatient) {
            patient.visit(sender, "outpatient", month, 4_000..52_000);
        }
        if chronic && sender.rng.random_bool(0.3) {
            patient.visit(sender, "special", month, 9_000..45_000);
        }
        if sender.rng.random_bool(inpatient) {
            let on = add_days(month, sender.rng.random_range(0..28));
            let fee = hospital_fee(&mut sender.rng);
            patient.stay(sender, on, ACUTE[on.day() as usize % ACUTE.len()], fee);
        }
        month = add_months(month, 1);
    }
}

/// A major illness is found in hospital, and costs more than others do.
fn major_illness(sender: &mut Sender<'_>, patient: &mut Patient<'_>) {
    let found = some_day(&mut sender.rng, sender.window);
    if !patient.member.lives(found) {
        return;
    }
    let code = MAJOR[sender.rng.random_range(0..MAJOR.len())];
    sender.diagnosed(patient.member.on(found), code, "major-illness", found);
    let fee = sender.rng.random_range(1_500_000..9_000_000);
    patient.stay(sender, add_days(found, -2).max(sender.window.start), code, fee);
}

fn rarer(sender: &mut Sender<'_>, member: &Member) {
    let on = some_day(&mut sender.rng, sender.window);
    if member.lives(on) {
        let (code, category) =
            if sender.rng.random_bool(0.1) { ("A15", "tuberculosis") } else { ("B18", "other") };
        sender.diagnosed(member.on(on), code, category, on);
    }
}

/// Fees of a stay in fen: 3,000 yuan and more, few above 20,000.
fn hospital_fee(rng: &mut ChaCha8Rng) -> u64 {
    let share: f64 = rng.random_range(0.0..1.0);
    300_000 + (4_500_000.0 * share.powi(8)) as u64
}

impl Patient<'_> {
    fn visit(&mut self, sender: &mut Sender<'_>, kind: &'static str, month: Date, fee: std::ops::Range<u64>) {
        let on = add_days(month, sender.rng.random_range(0..28));
        if on <= sender.window.end && self.member.lives(on) {
            let fee = sender.rng.random_range(fee);
            let own = fee * sender.rng.random_range(25..55) / 100;
            self.bill(sender, kind, (on, on), fee, own);
        }
    }

    /// Admitted, discharged and settled; who dies is discharged that day, and a stay at the end of the
    /// window goes on.
    fn stay(&mut self, sender: &mut Sender<'_>, admitted: Date, code: &str, fee: u64) {
        let window = sender.window;
        let member = self.member;
        if admitted > window.end || !member.lives(admitted) {
            return;
        }
        let facility = FACILITIES[sender.rng.random_range(0..FACILITIES.len())];
        let days = sender.rng.random_range(3..18);
        let coded = sender.rng.random_bool(0.9).then_some(code);
        let forgotten = sender.rng.random_bool(0.003);
        sender.admitted(member.on(admitted), facility, coded, admitted);
        let mut discharged = add_days(admitted, days);
        if let Some(died) = member.died_on {
            discharged = discharged.min(died);
        }
        if discharged > window.end {
            return;
        }
        if !forgotten {
            sender.discharged(member.on(discharged), facility, admitted, discharged);
        }
        let own = fee * sender.rng.random_range(18..35) / 100;
        self.bill(sender, "inpatient", (admitted, discharged), fee, own);
    }

    fn bill(
        &mut self,
        sender: &mut Sender<'_>,
        med_type: &'static str,
        (begin, end): (Date, Date),
        fee: u64,
        own: u64,
    ) {
        // Medical assistance pays most of what the poor would pay.
        let assistance = if self.household.poor { own * 7 / 10 } else { 0 };
        let own = own - assistance;
        self.bills += 1;
        let person = self.member.on(end);
        // Some senders build their own identifiers of ID numbers.
        let setl_id = if self.household.unit.is_multiple_of(16) {
            format!("{}-{}", person.id, self.bills)
        } else {
            format!("S{}-{}-{}", self.household.unit, self.at, self.bills)
        };
        let (fund, assistance, own) = (Fen(fee - own), Fen(assistance), Fen(own));
        let settlement = Settlement { setl_id, med_type, begin, end, fund, assistance, own };
        let insutype = match self.member.role {
            Role::Employed | Role::Retired => "310",
            _ => "390",
        };
        sender.settled_under(insutype, person, &settlement);
        let back = add_days(end, sender.rng.random_range(1..20));
        if sender.rng.random_bool(0.007) && back <= sender.window.end {
            sender.reversed(person, &settlement.setl_id, back);
        }
    }
}
