//! The built-in calendar of working days against what is known of its years.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use proptest::prelude::*;
use sanzao_casework::Calendar;
use sanzao_model::Day;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn days_of(year: i16) -> impl Iterator<Item = Day> {
    let (first, last) = (Day::new(year, 1, 1).unwrap(), Day::new(year, 12, 31).unwrap());
    (first.0..=last.0).map(Day)
}

#[test]
fn the_years_have_as_many_working_days_as_they_are_known_for() {
    let calendar = Calendar::built_in();
    // Weekdays less statutory holidays: 2024 had 11 of these, since 2025 there are 13.
    for (year, off, made_up, working) in [(2024, 28, 8, 251), (2025, 28, 5, 248), (2026, 33, 6, 248)] {
        assert_eq!(calendar.holidays.iter().filter(|day| day.parts().0 == year).count(), off, "{year}");
        assert_eq!(
            calendar.make_up_days.iter().filter(|day| day.parts().0 == year).count(),
            made_up,
            "{year}"
        );
        assert_eq!(days_of(year).filter(|day| calendar.is_working(*day)).count(), working, "{year}");
    }
}

#[test]
fn periods_across_holidays_end_when_they_should() {
    let calendar = Calendar::built_in();
    for (from, count, last) in [
        // Spring Festival 2026, 15 to 23 February; Saturdays 14 and 28 are worked.
        ("2026-02-12", 2, "2026-02-14"),
        ("2026-02-12", 3, "2026-02-24"),
        ("2026-02-12", 10, "2026-03-04"),
        ("2026-02-14", 1, "2026-02-24"),
        ("2026-02-27", 1, "2026-02-28"),
        // National Day and Mid-Autumn 2025, 1 to 8 October; Sunday 28 September and Saturday 11 October are worked.
        ("2025-09-26", 1, "2025-09-28"),
        ("2025-09-26", 4, "2025-10-09"),
        ("2025-09-26", 10, "2025-10-16"),
        // Spring Festival 2024, 10 to 17 February; Sundays 4 and 18 are worked.
        ("2024-02-02", 1, "2024-02-04"),
        ("2024-02-09", 1, "2024-02-18"),
        ("2024-02-09", 10, "2024-02-29"),
        // New Year 2025 stands alone.
        ("2024-12-31", 1, "2025-01-02"),
        ("2026-04-30", 3, "2026-05-08"),
        ("2026-04-30", 4, "2026-05-09"),
        // Sunday 20 September and Saturday 10 October 2026 are worked for National Day.
        ("2026-09-18", 1, "2026-09-20"),
        ("2026-09-24", 1, "2026-09-28"),
        ("2026-09-30", 3, "2026-10-10"),
    ] {
        assert_eq!(calendar.working_days_after(day(from), count), day(last), "{count} after {from}");
    }
}

#[test]
fn each_year_names_its_notice_and_the_end_is_known() {
    let calendar = Calendar::built_in();
    let numbers: Vec<_> = calendar.notices.values().map(|notice| notice.number.as_str()).collect();
    assert_eq!(numbers, ["国办发明电〔2023〕7号", "国办发明电〔2024〕12号", "国办发明电〔2025〕7号"]);
    for (year, notice) in &calendar.notices {
        assert_eq!(notice.title, format!("国务院办公厅关于{year}年部分节假日安排的通知"));
        assert_eq!(notice.published.parts().0, year - 1);
    }
    assert!(calendar.covers(2024) && calendar.covers(2026));
    assert!(!calendar.covers(2023) && !calendar.covers(2027));
    assert_eq!(calendar.known_until(), Some(day("2026-12-31")));
    assert_eq!(Calendar::default().known_until(), None);
    let mut gap = calendar.clone();
    gap.notices.remove(&2025);
    assert_eq!(gap.known_until(), Some(day("2024-12-31")));
}

/// Days in and around the built-in years.
fn any_day() -> impl Strategy<Value = Day> {
    (day("2023-06-01").0..day("2027-06-01").0).prop_map(Day)
}

proptest! {
    #[test]
    fn a_period_ends_on_a_working_day_after_so_many(from in any_day(), count in 1_u32..200) {
        let calendar = Calendar::built_in();
        let last = calendar.working_days_after(from, count);
        prop_assert!(calendar.is_working(last));
        let between = (from.0 + 1..=last.0).map(Day).filter(|day| calendar.is_working(*day)).count();
        prop_assert_eq!(between, count as usize);
    }

    #[test]
    fn a_later_start_or_a_longer_period_never_ends_earlier(
        from in any_day(), days in 0_i32..30, count in 0_u32..60, more in 0_u32..30,
    ) {
        let calendar = Calendar::built_in();
        let last = calendar.working_days_after(from, count);
        prop_assert!(calendar.working_days_after(from.plus_days(days), count) >= last);
        prop_assert!(calendar.working_days_after(from, count + more) >= last.plus_days(more as i32));
    }

    #[test]
    fn in_two_steps_it_is_the_same_period(from in any_day(), one in 0_u32..60, two in 0_u32..60) {
        let calendar = Calendar::built_in();
        let there = calendar.working_days_after(calendar.working_days_after(from, one), two);
        prop_assert_eq!(there, calendar.working_days_after(from, one + two));
    }
}
