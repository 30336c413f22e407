//! The shares and yearly rates that ordinary people live by, and where they come from.
//!
//! - *census*: 南通市海门区第七次全国人口普查公报（第一号）, the district's statistical bureau, 28 May 2021:
//!   991,782 residents; 384,993 family households of 2.22 people; 0–14 years 10.9 %, 15–59 58.3 %, 60 and
//!   older 30.8 %, 65 and older 23.1 %; 48.9 % men; 13.9 % in collective households (most of them shared flats
//!   of less than 21 people, which are single workers here).
//! - *report*: the bureau's 2024 report, domain §1, for about one million residents.
//! - The rest is assumed: plausible orders of magnitude, chosen so that the programs come to the figures of
//!   the report and that ordinary people give a caseworker few alerts.

/// Households on low incomes (低保): 4,887 people, *report*.
pub(super) const POOR: f64 = 0.0051;
/// Households of 低保边缘 and 刚性支出困难, in ten-thousandths.
pub(super) const EDGE_OF_10_000: u32 = 18;
pub(super) const RIGID_OF_10_000: u32 = 8;
/// Households that apply for a program in a year and are refused.
pub(super) const REFUSED_YEARLY: f64 = 0.002;
/// 特困 among people from 60 on who live alone: 889 people, *report*.
pub(super) const TEKUN_OF_LONE_ELDERS: f64 = 0.0195;
/// 临时救助: 190 person-times a year, *report*.
pub(super) const TEMPORARY_AID_YEARLY: f64 = 0.000_19;
/// Those who should draw 尊老金 and do not.
pub(super) const ALLOWANCE_MISSED: f64 = 0.004;
/// Minors in difficulty but with parents: with the orphans and unattended ones 179, *report*.
pub(super) const CHILD_IN_DIFFICULTY: f64 = 0.000_3;

/// 探访关爱, four visits a week; 620,600 visits a year (*report*) are those of 2,984 people: those who live
/// alone from 80 on, and others who live alone from 70 on.
pub(super) const CARE_VISIT_FROM_80: f64 = 0.65;
pub(super) const CARE_VISIT_FROM_70: f64 = 0.005;

/// Certificates of disability by age (under 18, under 60, older), and of members of poor households.
pub(super) const DISABLED: [f64; 3] = [0.0045, 0.019, 0.034];
pub(super) const DISABLED_POOR: f64 = 0.13;
/// Families in which at least two are disabled.
pub(super) const DISABLED_FAMILY: f64 = 0.0012;
/// Grades 1 to 4, in hundredths. Grades 1 and 2 draw 重度残疾人护理补贴: 10,854 people, *report*.
pub(super) const GRADES: [u32; 4] = [19, 31, 26, 24];
/// Of those grades outside 低保, on 困难残疾人生活补贴 too: 10,413 people, *report*.
pub(super) const LIVING_SUBSIDY: f64 = 0.92;
/// Of those entitled to a disability subsidy.
pub(super) const SUBSIDY_CLAIMED: f64 = 0.98;

/// Deaths a year by age (under 60, under 80, under 90, older): about 9.5 in 1,000 of all.
pub(super) const DEATHS: [f64; 4] = [0.0015, 0.014, 0.07, 0.18];
/// Births a year of couples with a woman from 22 to 39.
pub(super) const BIRTHS_OF_COUPLES: f64 = 0.07;
/// Households that move within or out of the district, and into it, in a year.
pub(super) const MOVE: f64 = 0.012;
pub(super) const MOVE_IN: f64 = 0.004;
/// People whose registration is cancelled for another reason than death, in a year.
pub(super) const CANCELLED: f64 = 0.003;
/// People who are given another ID number, in a year.
pub(super) const NUMBER_CORRECTED: f64 = 0.000_5;
/// Adults with a residence permit of Hong Kong, Macao or Taiwan, or a foreigner's card.
pub(super) const FOREIGN_DOCUMENT: f64 = 0.000_4;

/// Custody a year of men and women of 18 to 59, and people reported missing.
pub(super) const CUSTODY: [f64; 2] = [0.001_5, 0.000_2];
pub(super) const MISSING: f64 = 0.000_15;

/// Employees who lose or leave their work in a year, and who were hired in it.
pub(super) const LEAVE_WORK: f64 = 0.025;
pub(super) const HIRED: f64 = 0.03;
/// People without medical insurance, and among the poor, for whom the bureau pays.
pub(super) const UNINSURED: f64 = 0.012;
pub(super) const UNINSURED_POOR: f64 = 0.006;

/// People with a chronic illness, by age (under 40, under 60, older).
pub(super) const CHRONIC: [f64; 3] = [0.01, 0.10, 0.34];
/// Visits to a doctor a month, by age (under 18, under 60, under 80, older).
pub(super) const OUTPATIENT: [f64; 4] = [0.13, 0.13, 0.25, 0.30];
/// Stays in hospital a year, by the same ages.
pub(super) const INPATIENT: [f64; 4] = [0.06, 0.07, 0.17, 0.27];
/// Major illnesses found in a year, under 60 and older.
pub(super) const MAJOR_ILLNESS: [f64; 2] = [0.001_5, 0.006];
/// Severe mental disorders that the health service follows, among adults and among the poor.
pub(super) const MENTAL_DISORDER: [f64; 2] = [0.003, 0.05];

/// Elders whose ability was found to be of level 2 or worse, by age (under 80, under 90, older).
pub(super) const FRAIL: [f64; 3] = [0.007, 0.05, 0.13];

/// The index of an age in a table by ages.
pub(super) fn band(years: i16, bounds: &[i16]) -> usize {
    bounds.iter().take_while(|bound| years >= **bound).count()
}
