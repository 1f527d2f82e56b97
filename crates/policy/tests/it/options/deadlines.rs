//! Deadlines: every way to reckon, every step of it, and every reason for which a calendar has
//! no answer.

use policy::calendar::{Calendars, Counting};
use policy::deadline::{
    By, Deadline, Done, Due, Duty, Extension, Reckoning, Standing, Step, assess,
};

use super::{Options as _, day, each_has_a_row};
use By::{BeforeItStarts, EndOfDay};
use Counting::{Civil, Trading, Working};

/// Requirement, reckoning, by when; started, done, today; due (or nothing), how it stands.
type DueRow = (
    &'static str,
    Reckoning,
    By,
    (&'static str, Option<&'static str>, &'static str),
    Option<&'static str>,
    Standing,
);

#[rustfmt::skip]
const DUE: &[DueRow] = &[
    ("R29", Reckoning::After { counting: Trading, days: 1 }, EndOfDay, ("2026-11-20", None, "2026-11-23"), Some("2026-11-23"), Standing::Open { days_left: 0 }),
    ("R29", Reckoning::After { counting: Trading, days: 1 }, BeforeItStarts, ("2026-11-20", Some("2026-11-23"), "2026-11-23"), Some("2026-11-22"), Standing::Late { days: 1, counting: Trading }),
    ("R114", Reckoning::After { counting: Working, days: 3 }, EndOfDay, ("2026-11-18", None, "2026-11-25"), Some("2026-11-23"), Standing::Overdue { days: 2, counting: Working }),
    ("R30", Reckoning::OfNextMonth { counting: Working, day: 5 }, EndOfDay, ("2026-09-17", Some("2026-10-13"), "2026-10-14"), Some("2026-10-13"), Standing::Met),
    ("R30", Reckoning::OfNextMonth { counting: Working, day: 5 }, EndOfDay, ("2026-12-01", None, "2026-12-20"), None, Standing::Unknown),
    ("R97", Reckoning::OfNextMonth { counting: Civil, day: 10 }, EndOfDay, ("2026-10-31", None, "2026-11-22"), Some("2026-11-10"), Standing::Overdue { days: 12, counting: Civil }),
    ("R68", Reckoning::OfNextYear { month: 3, day: 31 }, EndOfDay, ("2023-05-06", Some("2024-04-02"), "2024-04-02"), Some("2024-03-31"), Standing::Late { days: 2, counting: Civil }),
    // 29 February where there is none is the last of the month.
    ("R68", Reckoning::OfNextYear { month: 2, day: 29 }, EndOfDay, ("2026-05-06", None, "2027-02-27"), Some("2027-02-28"), Standing::Open { days_left: 1 }),
    ("R68", Reckoning::OfNextYear { month: 2, day: 29 }, EndOfDay, ("2027-05-06", None, "2028-02-28"), Some("2028-02-29"), Standing::Open { days_left: 1 }),
    ("R55", Reckoning::Before { days: 90 }, EndOfDay, ("2027-02-20", None, "2026-11-23"), Some("2026-11-22"), Standing::Overdue { days: 1, counting: Civil }),
    ("R47", Reckoning::MonthsAfter { months: 1 }, EndOfDay, ("2026-10-31", Some("2026-11-30"), "2026-12-01"), Some("2026-11-30"), Standing::Met),
];

#[test]
fn each_way_to_reckon_has_a_row() {
    let calendars = Calendars::of(&Calendars::built_in_notice().unwrap(), &[]);
    let mut reached = (Vec::new(), Vec::new());
    for (n, (rule, reckoning, by, (started, done, today), due, stands)) in DUE.iter().enumerate() {
        let deadline = Deadline {
            duty: Duty::Review,
            reckoning: *reckoning,
            by: *by,
            basis: Vec::new(),
            extendable: false,
        };
        let done = done.map_or(Done::Open, |on| Done::On(day(on)));
        let found = assess(&deadline, &calendars, day(started), None, done, day(today));
        let expected = due.map(day);
        let found_due = match found.due {
            Due::On(day) => Some(day),
            Due::Unknown(_) => None,
        };
        assert_eq!(
            (found_due, &found.standing),
            (expected, stands),
            "{n}: {rule}"
        );
        reached.0.push(done);
        reached.1.push(found.due);
    }
    let of_calendar = DUE.iter().filter_map(|row| match row.1 {
        Reckoning::After { counting, .. } | Reckoning::OfNextMonth { counting, .. } => {
            Some(counting)
        }
        Reckoning::OfNextYear { .. } | Reckoning::Before { .. } | Reckoning::MonthsAfter { .. } => {
            None
        }
    });
    each_has_a_row(of_calendar);
    each_has_a_row(DUE.iter().map(|row| row.1));
    each_has_a_row(DUE.iter().map(|row| row.2));
    each_has_a_row(DUE.iter().map(|row| row.5.clone()));
    each_has_a_row(reached.0);
    each_has_a_row(reached.1);
    // Their rows are in `crate::deadlines`, where every duty of the list has one.
    each_has_a_row(Duty::ALL);
    for duty in Duty::ALL {
        assert_eq!(duty.as_str(), duty.word());
    }
}

/// Until when, approved or not, whether anybody may, by when before; due, and what is said of the
/// extension.
type LongerRow = (
    &'static str,
    bool,
    bool,
    By,
    &'static str,
    Option<&'static str>,
);

/// R114: more time.
#[rustfmt::skip]
const LONGER: &[LongerRow] = &[
    ("2026-11-27", true, true, EndOfDay, "2026-11-27", Some("extended")),
    ("2026-11-27", false, true, EndOfDay, "2026-11-23", Some("not approved")),
    ("2026-11-27", true, false, EndOfDay, "2026-11-23", Some("not extendable")),
    // To the day that it is due on already is no more time.
    ("2026-11-23", true, true, EndOfDay, "2026-11-23", None),
    ("2026-11-24", true, true, EndOfDay, "2026-11-24", Some("extended")),
    ("2026-11-20", true, true, BeforeItStarts, "2026-11-22", None),
];

#[test]
fn each_step_has_a_row() {
    let calendars = Calendars::of(&Calendars::built_in_notice().unwrap(), &[]);
    let mut reached = Vec::new();
    let started = day("2026-11-18");
    let to_b = |by, extendable| Deadline {
        duty: Duty::HandOverToB,
        reckoning: Reckoning::After {
            counting: Working,
            days: 3,
        },
        by,
        basis: Vec::new(),
        extendable,
    };
    for (until, approved, extendable, by, due, said) in LONGER {
        let extension = Some(Extension {
            until: day(until),
            approved: *approved,
        });
        let deadline = to_b(*by, *extendable);
        let found = assess(
            &deadline,
            &calendars,
            started,
            extension,
            Done::Open,
            started,
        );
        assert_eq!(found.due, Due::On(day(due)), "{until} {approved}");
        let last = found.because.last().unwrap();
        match last {
            Step::Extended(on) | Step::NotApproved(on) | Step::NotExtendable(on) => {
                assert_eq!(
                    (Some(last.word()), *on),
                    (*said, day(until)),
                    "{until} {approved}"
                );
            }
            Step::Started(_) | Step::Reckoned(_) | Step::BeforeItStarts(_) | Step::CannotBe(_) => {
                assert_eq!(*said, None, "{until} {approved}");
            }
        }
        reached.extend(found.because);
    }
    // Done before it started, or after today: nobody can say.
    for (done, stands) in [
        ("2026-11-17", Standing::Unknown),
        ("2026-11-18", Standing::Met),
        ("2026-11-20", Standing::Met),
        ("2026-11-21", Standing::Unknown),
    ] {
        let (deadline, done) = (to_b(EndOfDay, false), Done::On(day(done)));
        let found = assess(
            &deadline,
            &calendars,
            started,
            None,
            done,
            day("2026-11-20"),
        );
        assert_eq!(found.standing, stands, "{done:?}");
        reached.extend(found.because);
    }
    each_has_a_row(reached);
}

#[test]
fn each_reason_of_a_calendar_has_a_row() {
    let calendars = Calendars::of(&Calendars::built_in_notice().unwrap(), &[]);
    let of = |counting, month, n| calendars.nth_of_month(counting, month, n);
    let errors = [
        // R30: a month that no notice covers.
        (
            of(Working, (2027, 1), 5),
            "2027-01-01 lies outside the calendars",
        ),
        (
            of(Trading, (2026, 2), 20),
            "2026-02 has 14 trading days, and no 20th",
        ),
        (of(Civil, (2026, 13), 1), "2026-13 is no month"),
    ];
    let reached = errors.map(|(found, message)| {
        let error = found.unwrap_err();
        assert!(error.to_string().starts_with(message), "{error}");
        error
    });
    each_has_a_row(reached);
}
