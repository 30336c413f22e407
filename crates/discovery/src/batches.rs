//! Rows → Arrow: the tables that rules read, each column beside the field it is taken from.

mod benefit;
mod event;
mod money;
mod person;
mod spell;

use std::iter::once as one;

use sanzao_ledger::tables::{TableName, Tables, quarter_start};
use sanzao_model::{Day, Division};

use crate::Parameters;
use crate::contract::Table;

/// The tables of one row, which are there before those of the ledger.
const OF_ONE_ROW: usize = 2;

/// The place of table `parameter`.
pub(crate) const PARAMETER: usize = 1;

/// All tables of a batch, always in this order; the parameters are those of nowhere in particular.
pub(crate) fn tables(tables: &Tables, parameters: &Parameters) -> Vec<Table> {
    (0..OF_ONE_ROW + TableName::ALL.len()).map(|place| at(place, tables, parameters)).collect()
}

/// The table of the ledger that is at a place; none of the two of one row.
pub(crate) fn name_at(place: usize) -> Option<TableName> {
    place.checked_sub(OF_ONE_ROW).map(|place| TableName::ALL[place])
}

/// The table at a place.
pub(crate) fn at(place: usize, tables: &Tables, parameters: &Parameters) -> Table {
    match name_at(place) {
        None if place == 0 => clock(tables.as_of),
        None => parameter(parameters, None, tables.as_of),
        Some(name) => of(name, tables),
    }
}

fn of(name: TableName, t: &Tables) -> Table {
    match name {
        TableName::Person => person::person(&t.person),
        TableName::Household => person::household(&t.household),
        TableName::Registration => person::registration(&t.registration),
        TableName::CoResidence => person::co_residence(&t.co_residence),
        TableName::Relative => person::relative(&t.relative),
        TableName::RelativeEvent => person::relative_event(&t.relative_event),
        TableName::Benefit => benefit::benefit(&t.benefit),
        TableName::HouseholdProgram => benefit::household_program(&t.household_program),
        TableName::EndedBenefit => benefit::ended_benefit(&t.ended_benefit),
        TableName::OncePaid => benefit::once_paid(&t.once_paid),
        TableName::Refusal => benefit::refusal(&t.refusal),
        TableName::Event => event::event(&t.event),
        TableName::DeathSignal => event::death_signal(&t.death_signal),
        TableName::Settlement => event::settlement(&t.settlement),
        TableName::Visit => event::visit(&t.visit),
        TableName::Diagnosis => event::diagnosis(&t.diagnosis),
        TableName::Stay => event::stay(&t.stay),
        TableName::Birth => event::birth(&t.birth),
        TableName::ActivityAfterDeath => event::activity_after_death(&t.activity_after_death),
        TableName::LastFact => event::last_fact(&t.last_fact),
        TableName::QuarterFact => event::quarter_fact(&t.quarter_fact),
        TableName::HeldFact => event::held_fact(&t.held_fact),
        TableName::UnemploymentBenefit => spell::unemployment_benefit(&t.unemployment_benefit),
        TableName::Pension => spell::spells("pension", "Active pensions.", &t.pension),
        TableName::InjuryNursing => {
            spell::spells("injury_nursing", "Active injury-nursing spells.", &t.injury_nursing)
        }
        TableName::Enrolment => spell::enrolment(&t.enrolment),
        TableName::Unemployment => {
            spell::open_spells("unemployment", "Who is registered as unemployed.", &t.unemployment)
        }
        TableName::Missing => spell::open_spells("missing", "Who is missing.", &t.missing),
        TableName::Custody => spell::custody(&t.custody),
        TableName::LongTermCare => spell::long_term_care(&t.long_term_care),
        TableName::Certificate => spell::certificate(&t.certificate),
        TableName::Ability => spell::ability(&t.ability),
        TableName::DibaoIncome => money::dibao_income(&t.dibao_income),
        TableName::Income => money::income(&t.income),
        TableName::Wage => money::wage(&t.wage),
        TableName::IncomeAssessment => money::income_assessment(&t.income_assessment),
    }
}

fn clock(as_of: Day) -> Table {
    let (month, week, quarter) = (as_of.month(), as_of.iso_week(), quarter_start(as_of));
    let (year, month_of_year, _) = as_of.parts();
    let half = as_of.year_start().month().plus(if month_of_year > 6 { 6 } else { 0 });
    Table::of_one_row("clock", "One row: the day that is evaluated, and the periods it lies in.")
        .day("as_of", "the day", one(as_of))
        .day("month_start", "first day of its month", one(month.first_day()))
        .day("month_end", "last day of its month", one(month.last_day()))
        .text("month", "its month, `YYYY-MM`", one(month.to_string()))
        .day("week_start", "Monday of its ISO week", one(week.first_day()))
        .day("week_end", "Sunday of its ISO week", one(week.last_day()))
        .text("week", "its ISO week, `YYYY-Www`", one(week.to_string()))
        .day("quarter_start", "first day of its quarter", one(quarter))
        .day("quarter_end", "last day of its quarter", one(quarter.month().plus(2).last_day()))
        .text("quarter", "its quarter, `YYYY-Qn`", one(format!("{year:04}-Q{}", (month_of_year + 2) / 3)))
        .day("half_year_start", "first day of its half-year", one(half.first_day()))
        .day("half_year_end", "30 June or 31 December", one(half.plus(5).last_day()))
        .text("half_year", "its half-year, `YYYY-Hn`", one(format!("{year:04}-H{}", (month_of_year + 5) / 6)))
        .day("year_start", "1 January of its year", one(as_of.year_start()))
        .text("year", "its year, `YYYY`", one(format!("{year:04}")))
}

/// The parameters that hold on a day for whoever is registered in a division.
pub(crate) fn parameter(parameters: &Parameters, division: Option<Division>, day: Day) -> Table {
    let table = Table::of_one_row(
        "parameter",
        "One row: every number that rules use (`parameters.toml`), as it is on the day where the finding's subject is \
         registered.",
    );
    parameters.iter().fold(table, |table, p| table.parameter(&p.name, &p.chinese, p.at(division, day).value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_their_names() {
        let all = tables(&Tables::default(), &Parameters::default_set());
        let names: Vec<&str> = all.iter().map(|table| table.name).collect();
        let expected = ["clock", "parameter"].into_iter().chain(TableName::ALL.map(TableName::as_str));
        assert_eq!(names, expected.collect::<Vec<_>>());
    }

    #[test]
    fn the_clock_tells_quarter_and_half_year() {
        let said = |day: &str| {
            let batch = clock(day.parse().unwrap());
            let schema = batch.schema();
            let batch = batch.batch(&schema);
            let text = |name: &str| {
                let column = batch.column_by_name(name).unwrap();
                datafusion::arrow::util::display::array_value_to_string(column, 0).unwrap()
            };
            ["quarter_start", "quarter_end", "quarter", "half_year_start", "half_year_end", "half_year"]
                .map(text)
        };
        assert_eq!(
            said("2024-02-29"),
            ["2024-01-01", "2024-03-31", "2024-Q1", "2024-01-01", "2024-06-30", "2024-H1"]
        );
        assert_eq!(
            said("2025-06-30"),
            ["2025-04-01", "2025-06-30", "2025-Q2", "2025-01-01", "2025-06-30", "2025-H1"]
        );
        assert_eq!(
            said("2025-07-01"),
            ["2025-07-01", "2025-09-30", "2025-Q3", "2025-07-01", "2025-12-31", "2025-H2"]
        );
        assert_eq!(
            said("2025-12-31"),
            ["2025-10-01", "2025-12-31", "2025-Q4", "2025-07-01", "2025-12-31", "2025-H2"]
        );
    }
}
