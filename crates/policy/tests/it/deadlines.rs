//! Deadlines, one row a case (时限表).

use domain::BusinessDate;
use policy::basis::Basis;
use policy::calendar::{Calendars, Counting};
use policy::deadline::{By, Deadline, Done, Due, Duty, Extension, Standing, Step, assess};

use policy::retention::Language;

use crate::profiles::profile;

fn day(text: &str) -> BusinessDate {
    text.parse().unwrap()
}

fn calendars() -> Calendars {
    Calendars::of(&Calendars::built_in_notice().unwrap(), &[])
}

/// How it should stand.
#[derive(Clone, Copy, Debug)]
enum Expect {
    Met,
    Left(u32),
    Late(u32),
    Overdue(u32),
    Unknown,
}

use Duty::{
    BackupVerification, Capture, ClientCheck, Entry, HandOverToArchive, HandOverToB, HqUpload,
    IdExpiryReminder, Inspection, IntakeHandover, LateArchive, MonthlyArchive, Repair, Review,
    SendOn, StockTake, ThresholdId, VaultInspection, WitnessVideo, YearlyTransfer,
};
use Expect::{Late, Left, Met, Overdue, Unknown};

/// Duty, requirement; day on which it started, last day in time, day on which it was done (or
/// nothing), today; how it stands.
type Row = (
    Duty,
    &'static str,
    &'static str,
    &'static str,
    Option<&'static str>,
    &'static str,
    Expect,
);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // On T, whatever day it is.
    (Capture, "R28", "2026-11-20", "2026-11-20", Some("2026-11-20"), "2026-11-22", Met),
    (Capture, "R28", "2026-11-20", "2026-11-20", Some("2026-11-21"), "2026-11-22", Late(1)),
    (Capture, "R28", "2026-11-20", "2026-11-20", None, "2026-11-20", Left(0)),
    (Capture, "R28", "2026-11-20", "2026-11-20", None, "2026-11-23", Overdue(3)),
    // By the end of the next trading day: over a weekend, over the festival, after a make-up day.
    (Review, "R29", "2026-11-20", "2026-11-23", Some("2026-11-23"), "2026-11-23", Met),
    (Review, "R29", "2026-11-20", "2026-11-23", Some("2026-11-24"), "2026-11-24", Late(1)),
    (Review, "R29", "2026-11-20", "2026-11-23", None, "2026-11-21", Left(1)),
    (Review, "R29", "2024-02-08", "2024-02-19", Some("2024-02-19"), "2024-02-19", Met),
    (Review, "R29", "2024-02-08", "2024-02-19", None, "2024-02-20", Overdue(1)),
    (Review, "R29", "2026-10-10", "2026-10-12", Some("2026-10-12"), "2026-10-12", Met),
    (Review, "R29", "2026-12-31", "unknown", None, "2026-12-31", Unknown),
    (Review, "R29", "2026-12-30", "2026-12-31", None, "2026-12-31", Left(0)),
    // Where the calendar ends, plain days tell how late it is.
    (Review, "R29", "2026-12-30", "2026-12-31", None, "2027-01-05", Overdue(5)),
    (IntakeHandover, "R21", "2026-11-20", "2026-11-20", Some("2026-11-20"), "2026-11-20", Met),
    (IntakeHandover, "R21", "2026-11-20", "2026-11-20", Some("2026-11-23"), "2026-11-23", Late(3)),
    // The fifth statutory working day of the month after.
    (HqUpload, "R30", "2026-09-17", "2026-10-13", Some("2026-10-13"), "2026-10-13", Met),
    (HqUpload, "R30", "2026-09-17", "2026-10-13", Some("2026-10-14"), "2026-10-14", Late(1)),
    (HqUpload, "R30", "2024-09-30", "2024-10-12", None, "2024-10-12", Left(0)),
    (HqUpload, "R30", "2025-12-31", "2026-01-08", None, "2026-01-09", Overdue(1)),
    (HqUpload, "R30", "2026-12-01", "unknown", None, "2026-12-20", Unknown),
    // 31 March, a Sunday in 2024: it does not roll forward, and needs no calendar.
    (YearlyTransfer, "R68", "2023-05-06", "2024-03-31", Some("2024-03-31"), "2024-04-01", Met),
    (YearlyTransfer, "R68", "2023-05-06", "2024-03-31", Some("2024-04-01"), "2024-04-01", Late(1)),
    (YearlyTransfer, "R68", "2026-12-31", "2027-03-31", None, "2026-12-31", Left(90)),
    (Entry, "R84", "2026-09-30", "2026-10-09", Some("2026-10-09"), "2026-10-10", Met),
    (Entry, "R84", "2026-09-30", "2026-10-09", Some("2026-10-10"), "2026-10-10", Late(1)),
    (SendOn, "firm", "2026-11-20", "2026-11-23", None, "2026-11-20", Left(1)),
    (MonthlyArchive, "R97", "2026-10-31", "2026-11-10", Some("2026-11-10"), "2026-11-22", Met),
    (MonthlyArchive, "R97", "2026-10-31", "2026-11-10", None, "2026-11-22", Overdue(12)),
    // A to B in three working days, B to the archive in two.
    (HandOverToB, "R114", "2026-11-18", "2026-11-23", Some("2026-11-23"), "2026-11-23", Met),
    (HandOverToB, "R114", "2026-11-18", "2026-11-23", Some("2026-11-24"), "2026-11-24", Late(1)),
    (HandOverToArchive, "R114", "2026-11-23", "2026-11-25", None, "2026-11-24", Left(1)),
    // Done before it started, or on a day that has not come: the facts are wrong.
    (Capture, "R28", "2026-11-20", "2026-11-20", Some("2026-11-19"), "2026-11-22", Unknown),
    (Review, "R29", "2026-11-20", "2026-11-23", Some("2026-11-25"), "2026-11-24", Unknown),
    (HqUpload, "R30", "2026-09-17", "2026-10-13", Some("2026-09-16"), "2026-10-13", Unknown),
    (YearlyTransfer, "R68", "2023-05-06", "2024-03-31", Some("2024-03-31"), "2024-03-30", Unknown),
    // Done on the very day is in time, wherever the calendars end.
    (Review, "R29", "2026-12-31", "unknown", Some("2026-12-31"), "2026-12-31", Met),
    (Review, "R29", "2026-12-31", "unknown", Some("2027-01-04"), "2027-01-04", Unknown),
    // An identity document that ends on 20 February: the first reminder 90 days before.
    (IdExpiryReminder, "R55", "2027-02-20", "2026-11-22", None, "2026-11-22", Left(0)),
    (IdExpiryReminder, "R55", "2027-02-20", "2026-11-22", Some("2026-11-20"), "2026-11-22", Met),
    (IdExpiryReminder, "R55", "2027-02-20", "2026-11-22", None, "2026-11-23", Overdue(1)),
    (Repair, "R52", "2026-09-21", "2026-10-12", None, "2026-10-12", Left(0)),
    (BackupVerification, "R53", "2026-08-31", "2026-11-30", None, "2026-11-22", Left(8)),
    (StockTake, "R51", "2026-08-31", "2027-02-28", None, "2026-11-22", Left(98)),
    // Made up for within three days, weekends included.
    (LateArchive, "R121", "2026-11-20", "2026-11-23", Some("2026-11-23"), "2026-11-23", Met),
    (LateArchive, "R121", "2026-11-20", "2026-11-23", Some("2026-11-25"), "2026-11-25", Late(2)),
    (ThresholdId, "R124", "2026-11-15", "2026-11-22", Some("2026-11-22"), "2026-11-22", Met),
    (ThresholdId, "R124", "2026-11-15", "2026-11-22", None, "2026-11-24", Overdue(2)),
    (ClientCheck, "R54", "2024-02-29", "2025-02-28", None, "2025-03-01", Overdue(1)),
    (VaultInspection, "R47", "2026-10-31", "2026-11-30", None, "2026-11-30", Left(0)),
    (WitnessVideo, "R04", "2026-11-20", "2026-11-20", Some("2026-11-20"), "2026-11-22", Met),
    (WitnessVideo, "R04", "2026-11-20", "2026-11-20", None, "2026-11-22", Overdue(2)),
    (Inspection, "R73", "2026-11-30", "2027-02-28", None, "2026-11-30", Left(90)),
];

fn deadline(duty: Duty) -> Deadline {
    let deadlines = profile("securities").deadlines;
    deadlines.into_iter().find(|one| one.duty == duty).unwrap()
}

#[test]
fn each_duty_is_due_as_the_table_says() {
    let calendars = calendars();
    let mut wrong = Vec::new();
    for (n, (duty, rule, started, last, done, today, expect)) in ROWS.iter().enumerate() {
        let deadline = deadline(*duty);
        assert!(
            deadline.basis.contains(&rule.parse::<Basis>().unwrap()),
            "{n}: {rule}"
        );
        let done = done.map_or(Done::Open, |on| Done::On(day(on)));
        let found = assess(&deadline, &calendars, day(started), None, done, day(today));
        let due = match &found.due {
            Due::On(due) => due.to_string(),
            Due::Unknown(_) => "unknown".to_owned(),
        };
        let stands = match (&found.standing, expect) {
            (Standing::Met, Met) | (Standing::Unknown, Unknown) => true,
            (Standing::Open { days_left }, Left(days)) => days_left == days,
            (Standing::Late { days: late, .. }, Late(days))
            | (Standing::Overdue { days: late, .. }, Overdue(days)) => late == days,
            _ => false,
        };
        if due != *last || !stands {
            wrong.push(format!(
                "{n}: {duty:?} {started}: {last} {expect:?}, found {found:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for duty in Duty::ALL {
        assert!(
            ROWS.iter().any(|row| row.0 == duty),
            "{} has no row",
            duty.as_str()
        );
    }
}

/// No month since 2005 has fewer than thirteen days that count: a profile may ask for no more.
#[test]
fn every_month_has_thirteen_days_that_count() {
    let calendars = calendars();
    for (year, month) in (2005..=2026).flat_map(|year| (1..=12).map(move |month| (year, month))) {
        for counting in [Counting::Trading, Counting::Working] {
            assert!(calendars.nth_of_month(counting, (year, month), 13).is_ok());
        }
    }
}

/// The strict reading of R29: before T+1 starts.
#[test]
fn a_strict_firm_reviews_before_the_next_day_starts() {
    let strict = Deadline {
        by: By::BeforeItStarts,
        ..deadline(Review)
    };
    let assessed = |done| {
        let done = Done::On(day(done));
        assess(
            &strict,
            &calendars(),
            day("2026-11-20"),
            None,
            done,
            day("2026-11-24"),
        )
    };
    let found = assessed("2026-11-22");
    assert_eq!(found.due, Due::On(day("2026-11-22")));
    assert_eq!(found.standing, Standing::Met);
    assert_eq!(
        found.because,
        [
            Step::Started(day("2026-11-20")),
            Step::Reckoned(day("2026-11-23")),
            Step::BeforeItStarts(day("2026-11-22")),
        ]
    );
    let late = Standing::Late {
        days: 1,
        counting: Counting::Trading,
    };
    assert_eq!(assessed("2026-11-23").standing, late);
}

/// R55: three reminders, at 90, 30 and 7 days, each with a day of its own.
#[test]
fn an_identity_document_is_reminded_of_three_times() {
    for name in ["securities", "bank"] {
        let profile = profile(name);
        let due: Vec<Due> = profile
            .deadlines_for(IdExpiryReminder)
            .map(|one| {
                let started = day("2027-02-20");
                assess(one, &calendars(), started, None, Done::Open, started).due
            })
            .collect();
        let expected = ["2026-11-22", "2027-01-21", "2027-02-13"].map(|on| Due::On(day(on)));
        assert_eq!(due, expected, "{name}");
    }
}

/// R114 alone lets somebody approve more time; the image review of R29 has none.
#[test]
fn what_nobody_may_extend_stays_due() {
    let extension = Extension {
        until: day("2026-11-27"),
        approved: true,
    };
    for (duty, due, step) in [
        (
            HandOverToArchive,
            "2026-11-27",
            Step::Extended(extension.until),
        ),
        (Review, "2026-11-19", Step::NotExtendable(extension.until)),
        (Capture, "2026-11-18", Step::NotExtendable(extension.until)),
    ] {
        let started = day("2026-11-18");
        let (deadline, extension) = (deadline(duty), Some(extension));
        let found = assess(
            &deadline,
            &calendars(),
            started,
            extension,
            Done::Open,
            started,
        );
        assert_eq!(found.due, Due::On(day(due)), "R114 {}", duty.as_str());
        assert_eq!(found.because.last(), Some(&step), "R114 {}", duty.as_str());
    }
    let extendable: Vec<Duty> = profile("securities")
        .deadlines
        .iter()
        .filter(|one| one.extendable)
        .map(|one| one.duty)
        .collect();
    assert_eq!(extendable, [HandOverToB, HandOverToArchive]);
}

/// R114: more time only if somebody has approved it, and never less.
#[test]
fn an_extension_counts_once_it_is_approved() {
    let started = day("2026-11-18");
    for (until, approved, due, because) in [
        (
            "2026-11-27",
            true,
            "2026-11-27",
            Some(Step::Extended(day("2026-11-27"))),
        ),
        (
            "2026-11-27",
            false,
            "2026-11-23",
            Some(Step::NotApproved(day("2026-11-27"))),
        ),
        ("2026-11-20", true, "2026-11-23", None),
    ] {
        let extension = Extension {
            until: day(until),
            approved,
        };
        let found = assess(
            &deadline(HandOverToB),
            &calendars(),
            started,
            Some(extension),
            Done::Open,
            started,
        );
        assert_eq!(found.due, Due::On(day(due)), "{until} {approved}");
        assert_eq!(found.because.get(2).copied(), because);
    }
}

/// Requirement; duty, started, extension until, done, today; how it stands and why, in Chinese.
type Said = (
    &'static str,
    (
        Duty,
        &'static str,
        Option<&'static str>,
        Option<&'static str>,
        &'static str,
    ),
    &'static str,
);

#[rustfmt::skip]
const SAID: &[Said] = &[
    ("R29", (Review, "2026-11-20", None, Some("2026-11-24"), "2026-11-24"), "影像复核:迟了 1 个交易日:自 2026-11-20 起; 推算到 2026-11-23; R29"),
    ("R28", (Capture, "2026-11-20", None, None, "2026-11-23"), "采集:未完成,已逾期 3 天:自 2026-11-20 起; 推算到 2026-11-20; R28"),
    ("R28", (Capture, "2026-11-20", None, Some("2026-11-20"), "2026-11-23"), "采集:按时完成:自 2026-11-20 起; 推算到 2026-11-20; R28"),
    ("R30", (HqUpload, "2026-12-14", None, None, "2026-12-20"), "上传总部:无法判定:自 2026-12-14 起; 日历只从 2005-01-01 到 2026-12-31; R30"),
    ("R114", (HandOverToB, "2026-11-18", Some("2026-11-27"), None, "2026-11-24"), "A 角移交 B 角:未完成,还有 3 天:自 2026-11-18 起; 推算到 2026-11-23; 经批准延期到 2026-11-27; R114"),
    ("R52", (Repair, "2026-09-21", None, Some("2026-09-20"), "2026-10-12"), "修补复制:无法判定:自 2026-09-21 起; 推算到 2026-10-12; 所称完成日 2026-09-20 早于起算日或晚于今天; R52, 本公司设定"),
];

#[test]
fn an_assessment_is_said_in_chinese_too() {
    for (rule, (duty, started, until, done, today), expected) in SAID {
        let deadline = deadline(*duty);
        let extension = until.map(|until| Extension {
            until: day(until),
            approved: true,
        });
        let done = done.map_or(Done::Open, |on| Done::On(day(on)));
        let (started, today) = (day(started), day(today));
        let found = assess(&deadline, &calendars(), started, extension, done, today);
        let chinese = Language::Chinese;
        let said = format!(
            "{}:{}:{}",
            duty.zh(),
            found.standing(chinese),
            found.because(&deadline, chinese)
        );
        assert_eq!(said, *expected, "{rule}");
    }
    let deadline = deadline(Review);
    let started = day("2026-11-20");
    let done = Done::On(day("2026-11-24"));
    let found = assess(
        &deadline,
        &calendars(),
        started,
        None,
        done,
        day("2026-11-24"),
    );
    let english = Language::English;
    assert_eq!(found.standing(english), "late by 1 trading days");
    assert_eq!(
        found.because(&deadline, english),
        "started 2026-11-20; reckoned to 2026-11-23; R29"
    );
}

/// Beyond the notices the duty stands, without a day, and says how far they reach.
#[test]
fn a_due_day_beyond_the_notices_is_unknown_and_not_guessed() {
    let found = assess(
        &deadline(HqUpload),
        &calendars(),
        day("2026-12-14"),
        None,
        Done::On(day("2027-01-04")),
        day("2027-01-05"),
    );
    assert_eq!(found.standing, Standing::Unknown);
    let Due::Unknown(error) = found.due else {
        unreachable!("{found:?}")
    };
    assert!(error.to_string().contains("2026-12-31"), "{error}");
}
