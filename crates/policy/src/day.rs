//! Arithmetic with civil days. All of it is jiff's; what is here is which way it rounds.

use domain::BusinessDate;
use jiff::Span;
use jiff::civil::Date;

/// The day so many days later (or earlier). Beyond year 9999 it stays at the last day there is.
#[must_use]
pub(crate) fn plus_days(day: BusinessDate, days: i64) -> BusinessDate {
    let span = Span::new().try_days(days);
    let moved = span.and_then(|span| day.date().checked_add(span));
    BusinessDate::new(moved.unwrap_or(if days < 0 { Date::MIN } else { Date::MAX }))
}

/// The first day on which a period of so many years from `start` has run out: the day after
/// the anniversary, never early. 29 February has its anniversary on 1 March where the year has
/// no 29 February. `None` beyond year 9999.
#[must_use]
pub(crate) fn first_day_after_years(start: BusinessDate, years: u16) -> Option<BusinessDate> {
    let date = start.date();
    let year = date.year().checked_add(i16::try_from(years).ok()?)?;
    let anniversary = Date::new(year, date.month(), date.day())
        .or_else(|_| Date::new(year, 3, 1))
        .ok()?;
    anniversary.tomorrow().ok().map(BusinessDate::new)
}

/// How many days `later` is after `earlier`; negative if it is before.
#[must_use]
pub(crate) fn days_from(earlier: BusinessDate, later: BusinessDate) -> i64 {
    let between = later.date().duration_since(earlier.date());
    between.as_hours() / 24
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> BusinessDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_period_has_run_out_on_the_day_after_its_anniversary() {
        for (start, years, first) in [
            ("2006-11-22", 20, "2026-11-23"),
            ("2024-02-29", 4, "2028-03-01"),
            ("2024-02-29", 1, "2025-03-02"),
            ("2024-02-28", 1, "2025-03-01"),
            ("2080-02-29", 20, "2100-03-02"),
            ("2025-12-31", 10, "2036-01-01"),
        ] {
            let found = first_day_after_years(day(start), years).unwrap();
            assert_eq!(found, day(first), "{start} + {years}");
        }
        assert_eq!(first_day_after_years(day("9990-01-01"), 20), None);
        assert_eq!(first_day_after_years(day("2026-01-01"), u16::MAX), None);
    }

    #[test]
    fn days_are_counted_over_months_and_leap_days() {
        assert_eq!(days_from(day("2024-02-28"), day("2024-03-01")), 2);
        assert_eq!(days_from(day("2024-03-01"), day("2024-02-28")), -2);
        assert_eq!(plus_days(day("2024-02-28"), 2), day("2024-03-01"));
        assert_eq!(plus_days(day("2024-03-01"), -1), day("2024-02-29"));
        assert_eq!(plus_days(day("9999-12-30"), 9), day("9999-12-31"));
    }
}
