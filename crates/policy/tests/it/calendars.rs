//! Calendars: what is counted from which day, and that nothing is guessed beyond either horizon.

mod notices;
mod published;

use domain::BusinessDate;
use policy::calendar::{CalendarError, Calendars, Counting, FirmClosure};

fn day(text: &str) -> BusinessDate {
    text.parse().unwrap()
}

fn calendars() -> Calendars {
    Calendars::of(&Calendars::built_in_notice().unwrap(), &[])
}

/// Months in which the fifth working day is not the fifth trading day (R30).
#[test]
fn the_fifth_day_of_a_month_depends_on_what_is_counted() {
    let calendars = calendars();
    for (rule, year, month, working, trading) in [
        ("R30", 2026, 10, "2026-10-13", "2026-10-14"),
        ("R30", 2024, 10, "2024-10-12", "2024-10-14"),
        ("R30", 2019, 2, "2019-02-12", "2019-02-14"),
        ("R30", 2026, 11, "2026-11-06", "2026-11-06"),
    ] {
        let nth = |counting| calendars.nth_of_month(counting, (year, month), 5).unwrap();
        assert_eq!(
            nth(Counting::Working),
            day(working),
            "{rule} {year}-{month}"
        );
        assert_eq!(
            nth(Counting::Trading),
            day(trading),
            "{rule} {year}-{month}"
        );
    }
    let differing = (2015..=2026)
        .flat_map(|year| (1..=12).map(move |month| (year, month)))
        .filter(|month| {
            let nth = |counting| calendars.nth_of_month(counting, *month, 5).unwrap();
            nth(Counting::Working) != nth(Counting::Trading)
        })
        .count();
    assert_eq!(differing, 27);
}

#[test]
fn days_are_counted_on_from_any_day() {
    let calendars = calendars();
    for (counting, from, n, expected) in [
        (Counting::Trading, "2024-02-08", 1, "2024-02-19"),
        (Counting::Trading, "2024-02-09", 1, "2024-02-19"),
        (Counting::Working, "2024-02-08", 1, "2024-02-09"),
        (Counting::Working, "2024-02-09", 1, "2024-02-18"),
        // Business taken on a make-up Saturday is reviewed by the next session.
        (Counting::Trading, "2026-10-10", 1, "2026-10-12"),
        (Counting::Working, "2026-09-30", 2, "2026-10-09"),
        (Counting::Civil, "2026-09-30", 7, "2026-10-07"),
        (Counting::Trading, "2026-11-21", 0, "2026-11-21"),
    ] {
        let found = calendars.nth_after(counting, day(from), n).unwrap();
        assert_eq!(found, day(expected), "{from} + {n} {}", counting.as_str());
    }
    assert_eq!(
        calendars.between(Counting::Working, day("2026-09-30"), day("2026-10-10")),
        Ok(3)
    );
    assert_eq!(
        calendars.between(Counting::Working, day("2026-10-10"), day("2026-09-30")),
        Ok(0)
    );
}

#[test]
fn beyond_the_notices_nothing_is_guessed() {
    let calendars = calendars();
    let beyond = |found: Result<BusinessDate, CalendarError>, at: &str| {
        assert_eq!(
            found,
            Err(CalendarError::BeyondHorizon {
                day: day(at),
                first: day("2005-01-01"),
                last: day("2026-12-31"),
            })
        );
    };
    let after = |from, n| calendars.nth_after(Counting::Trading, day(from), n);
    beyond(after("2026-12-31", 1), "2027-01-01");
    beyond(after("2026-12-30", 2), "2027-01-01");
    beyond(after("2004-12-30", 1), "2004-12-31");
    assert_eq!(after("2004-12-31", 1), Ok(day("2005-01-04")));
    assert_eq!(after("2026-12-30", 1), Ok(day("2026-12-31")));
    beyond(
        calendars.nth_of_month(Counting::Working, (2027, 1), 5),
        "2027-01-01",
    );
    beyond(
        calendars.nth_of_month(Counting::Working, (2004, 12), 5),
        "2004-12-01",
    );
    let message = after("2026-12-31", 1).unwrap_err().to_string();
    assert!(
        message.contains("known from 2005-01-01 to 2026-12-31"),
        "{message}"
    );
    // Days that are merely counted need no notice.
    let civil = calendars.nth_after(Counting::Civil, day("2026-12-31"), 90);
    assert_eq!(civil, Ok(day("2027-03-31")));
    assert_eq!(calendars.days_left(day("2026-12-01")), Some(30));
    assert_eq!(calendars.days_left(day("2027-01-01")), None);
}

#[test]
fn a_month_has_no_more_days_than_it_has() {
    let calendars = calendars();
    let nth = |month, n| calendars.nth_of_month(Counting::Trading, (2024, month), n);
    assert_eq!(nth(2, 15), Ok(day("2024-02-29")));
    assert_eq!(
        nth(2, 16).unwrap_err().to_string(),
        "2024-02 has 15 trading days, and no 16th"
    );
    // Of no month there is a day before the first, whether its first day counts or not.
    for month in [2, 6] {
        assert!(matches!(
            nth(month, 0),
            Err(CalendarError::NoSuchDay { .. })
        ));
    }
    assert!(matches!(nth(13, 1), Err(CalendarError::NoSuchMonth { .. })));
}

/// Whoever lists a day twice, or for one calendar and for both, closes it.
#[test]
fn a_day_that_is_closed_twice_is_closed() {
    let built_in = Calendars::built_in_notice().unwrap();
    let closed = |counting| FirmClosure {
        day: day("2026-11-20"),
        counting,
    };
    for (closures, trading, working) in [
        (vec![closed(Counting::Trading); 2], false, true),
        (
            vec![closed(Counting::Trading), closed(Counting::Civil)],
            false,
            false,
        ),
        (
            vec![closed(Counting::Civil), closed(Counting::Working)],
            false,
            false,
        ),
    ] {
        let calendars = Calendars::of(&built_in, &closures);
        let counts = |counting| calendars.counts(counting, day("2026-11-20")).unwrap();
        assert_eq!(counts(Counting::Trading), trading, "{closures:?}");
        assert_eq!(counts(Counting::Working), working, "{closures:?}");
    }
}

#[test]
fn the_next_notice_is_asked_for_thirty_days_before_the_last_day() {
    for (on, asked) in [
        ("2026-11-30", false),
        ("2026-12-01", true),
        ("2026-12-31", true),
        ("2027-01-01", true),
    ] {
        assert_eq!(calendars().runs_out(day(on)), asked, "{on}");
    }
}
