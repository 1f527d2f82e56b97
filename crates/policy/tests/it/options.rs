//! Every option of every rule has a row. An option that is new does not compile here until it is
//! named, and fails until a row shows what it does.

mod refusals;

use std::collections::BTreeSet;

use domain::{BusinessDate, RoleCode};
use policy::authority::Assurance;
use policy::basis::Basis;
use policy::calendar::{CalendarError, Calendars, Counting};
use policy::deadline::{
    By, Deadline, Done, Due, Duty, Extension, Reckoning, Standing, Step, assess,
};
use policy::profile::{
    ClassChange, Colour, EMBEDDED, Kind, Owner, Profile, ProfileProblem, Required, Seat,
    Sensitivity, Side, Whose, diff,
};
use policy::refusal::RefusalCode;
use policy::retention::{
    Account, AccountEvent, After, Facts, Hold, Line, MediumVerdict, Moment, Outcome, Period,
    Release, Rendition, Schedule, Start, Starts, Verdict, judge, judge_medium, release,
};
use policy::rule_change::{Change, Command, End, Event, RuleChange};

use crate::profiles::profile;

/// The options of a type, each with a word.
trait Options {
    const ALL: &'static [&'static str];
    fn word(&self) -> &'static str;
}

macro_rules! options {
    ($($type:ty { $($option:pat => $word:literal,)+ })+) => {$(
        impl Options for $type {
            const ALL: &'static [&'static str] = &[$($word),+];
            fn word(&self) -> &'static str {
                match self { $($option => $word,)+ }
            }
        }
    )+};
}

options! {
    Counting { Self::Trading => "trading", Self::Working => "working", Self::Civil => "civil", }
    By { Self::EndOfDay => "end of day", Self::BeforeItStarts => "before it starts", }
    Reckoning {
        Self::After { .. } => "days after", Self::OfNextMonth { .. } => "day of next month",
        Self::OfNextYear { .. } => "date of next year", Self::Before { .. } => "days before",
        Self::MonthsAfter { .. } => "months after",
    }
    Done { Self::Open => "open", Self::On(_) => "done", }
    Due { Self::On(_) => "known", Self::Unknown(_) => "unknown", }
    Standing {
        Self::Met => "met", Self::Open { .. } => "open", Self::Late { .. } => "late",
        Self::Overdue { .. } => "overdue", Self::Unknown => "unknown",
    }
    Step {
        Self::Started(_) => "started", Self::Reckoned(_) => "reckoned",
        Self::BeforeItStarts(_) => "before it starts", Self::Extended(_) => "extended",
        Self::NotApproved(_) => "not approved", Self::NotExtendable(_) => "not extendable",
        Self::CannotBe(_) => "cannot be",
    }
    Duty {
        Self::Capture => "capture", Self::Review => "review",
        Self::IntakeHandover => "intake-handover", Self::HqUpload => "hq-upload",
        Self::YearlyTransfer => "yearly-transfer", Self::Entry => "entry",
        Self::SendOn => "send-on", Self::MonthlyArchive => "monthly-archive",
        Self::HandOverToB => "hand-over-to-b", Self::HandOverToArchive => "hand-over-to-archive",
        Self::IdExpiryReminder => "id-expiry-reminder", Self::Repair => "repair",
        Self::BackupVerification => "backup-verification", Self::StockTake => "stock-take",
        Self::LateArchive => "late-archive", Self::ThresholdId => "threshold-id",
        Self::ClientCheck => "client-check", Self::VaultInspection => "vault-inspection",
        Self::WitnessVideo => "witness-video", Self::Inspection => "inspection",
    }
    CalendarError {
        Self::BeyondHorizon { .. } => "beyond the horizon", Self::NoSuchDay { .. } => "no such day",
        Self::NoSuchMonth { .. } => "no such month",
    }
    Rendition { Self::Paper => "paper", Self::Electronic => "electronic", }
    Start {
        Self::LinkedAccountClosed => "linked-account-closed",
        Self::LastAccountClosed => "last-account-closed", Self::RelationEnded => "relation-ended",
        Self::TransactionEnded => "transaction-ended", Self::Created => "created",
        Self::FiscalYearEnded => "fiscal-year-ended", Self::YearEnded => "year-ended",
        Self::CaseClosed => "case-closed", Self::FormClosed => "form-closed",
        Self::AssetDisposed => "asset-disposed", Self::TransferDone => "transfer-done",
        Self::DocumentReleased => "document-released",
    }
    Period {
        Self::Years(_) => "years", Self::LongTerm { .. } => "long-term",
        Self::Permanent => "permanent",
    }
    After {
        Self::Review => "review", Self::DestroyByChain => "destroy-by-chain", Self::Stay => "stay",
    }
    Moment { Self::On(_) => "on a day", Self::NotYet => "not yet", Self::Unknown => "unknown", }
    AccountEvent { Self::Opened => "opened", Self::Closed => "closed", }
    Outcome<'_> {
        Self::Permanent { .. } => "permanent", Self::LongTerm { .. } => "long-term",
        Self::NotStarted { .. } => "not started", Self::Running { .. } => "running",
        Self::MayEnd { .. } => "may end", Self::NoLine => "no line",
    }
    Verdict<'_> { Self::Held { .. } => "held", Self::Free(_) => "free", }
    Release {
        Self::From(_) => "from a day", Self::Waiting => "waiting",
        Self::ByAppraisal => "by appraisal", Self::Never => "never",
    }
    MediumVerdict {
        Self::MayEnd { .. } => "may end", Self::Keep { .. } => "keep", Self::Unknown => "unknown",
    }
    Kind {
        Self::Basic => "basic", Self::Voucher => "voucher", Self::Transaction => "transaction",
        Self::Other => "other",
    }
    Sensitivity {
        Self::Internal => "internal", Self::Sensitive => "sensitive",
        Self::Confidential => "confidential",
    }
    Owner { Self::Client => "client", Self::Account => "account", Self::Firm => "firm", }
    Required {
        Self::Client => "client", Self::Flow => "flow", Self::BusinessDate => "business-date",
        Self::Account => "account", Self::Instrument => "instrument", Self::Price => "price",
        Self::Quantity => "quantity", Self::TradeTime => "trade-time",
        Self::FiscalYear => "fiscal-year",
    }
    Colour { Self::Bilevel => "bilevel", Self::Grey => "grey", Self::Colour => "colour", }
    Side {
        Self::Business => "business", Self::System => "system", Self::Audit => "audit",
        Self::Outside => "outside",
    }
    Seat { Self::Branch => "branch", Self::Headquarters => "headquarters", }
    Whose {
        Self::Own => "own-branch", Self::Receiving => "receiving-branch",
        Self::Headquarters => "headquarters", Self::Any => "any",
        Self::OwnOrHeadquarters => "own-branch-or-headquarters",
    }
    Assurance { Self::Asserted => "asserted", Self::Signed => "signed", }
    Basis {
        Self::Rule(_) => "a requirement", Self::Outside(_) => "a law outside",
        Self::FirmSetting => "the firm's setting",
    }
    ClassChange {
        Self::Added => "added", Self::Removed => "removed", Self::Changed { .. } => "changed",
    }
    ProfileProblem {
        Self::Toml { .. } => "toml", Self::Word { .. } => "word", Self::Repeated { .. } => "repeated",
        Self::Missing { .. } => "missing", Self::NoLine { .. } => "no line",
        Self::Scan { .. } => "scan", Self::OneOf { .. } => "one of", Self::NoStart { .. } => "no start",
        Self::Unfillable { .. } => "unfillable", Self::RuleChange { .. } => "rule change",
        Self::NeverValid { .. } => "never valid", Self::Overlaps { .. } => "overlaps",
        Self::Wrong { .. } => "wrong", Self::Unfit { .. } => "unfit",
    }
    RefusalCode {
        Self::NotInRole => "not-in-role", Self::OtherBranch => "other-branch",
        Self::SamePerson => "same-person", Self::PositionFull => "position-full",
        Self::NoSuchPosition => "no-such-position", Self::RolesExclude => "roles-exclude",
        Self::SignatureExpired => "signature-expired", Self::NotSigned => "not-signed",
        Self::WrongState => "wrong-state", Self::OtherContent => "other-content",
        Self::WrongDay => "wrong-day", Self::NoReason => "no-reason",
        Self::NobodysAccount => "nobodys-account", Self::AccountTaken => "account-taken",
        Self::NoSuchRole => "no-such-role",
    }
    RuleChange {
        Self::NotBegun => "not begun", Self::Proposed(_) => "proposed", Self::Ended(..) => "ended",
    }
    End {
        Self::Confirmed => "confirmed", Self::Rejected { .. } => "rejected",
        Self::Withdrawn { .. } => "withdrawn",
    }
    Command {
        Self::Propose { .. } => "propose", Self::Confirm { .. } => "confirm",
        Self::Reject { .. } => "reject", Self::Withdraw { .. } => "withdraw",
    }
    Event {
        Self::Proposed { .. } => "proposed", Self::Confirmed { .. } => "confirmed",
        Self::Rejected { .. } => "rejected", Self::Withdrawn { .. } => "withdrawn",
    }
    Change { Self::Profile { .. } => "profile", Self::Calendar { .. } => "calendar", }
}

/// Fails naming the options that no row reached.
fn each_has_a_row<T: Options>(reached: impl IntoIterator<Item = T>) {
    let reached: BTreeSet<&str> = reached.into_iter().map(|one| one.word()).collect();
    let without: Vec<_> = T::ALL
        .iter()
        .filter(|word| !reached.contains(*word))
        .collect();
    let of = std::any::type_name::<T>();
    assert!(without.is_empty(), "{of}: no row for {without:?}");
}

fn day(text: &str) -> BusinessDate {
    text.parse().unwrap()
}

// --- Deadlines. ---

/// Requirement, reckoning, by when; started, done, today; due (or nothing), how it stands.
type DueRow = (
    &'static str,
    Reckoning,
    By,
    (&'static str, Option<&'static str>, &'static str),
    Option<&'static str>,
    Standing,
);

use By::{BeforeItStarts, EndOfDay};
use Counting::{Civil, Trading, Working};

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
    // Their rows are in deadlines.rs, where every duty of the list has one.
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

// --- Retention. ---

/// Requirement or law, what the line runs from, how long, what comes then; what is known of the
/// starts, the others have not happened; whether a hold stands; what is said, and from when on.
type KeptRow = (
    &'static str,
    &'static [Start],
    Period,
    After,
    &'static [(Start, &'static str)],
    bool,
    (&'static str, Option<&'static str>),
);

use After::{DestroyByChain, Review, Stay};
use Period::{LongTerm, Permanent, Years};

const LONG_TERM: Period = LongTerm { appraise_years: 10 };
const PAST: &str = "2006-11-22";
const PAST_20: (&str, Option<&str>) = ("may end", Some("2026-11-23"));

#[rustfmt::skip]
const KEPT: &[KeptRow] = &[
    // Each start alone, all others open.
    ("R41", &[Start::LinkedAccountClosed], Years(20), DestroyByChain, &[(Start::LinkedAccountClosed, PAST)], false, PAST_20),
    ("R41", &[Start::LastAccountClosed], Years(20), DestroyByChain, &[(Start::LastAccountClosed, PAST)], false, PAST_20),
    ("X04", &[Start::RelationEnded], Years(10), Review, &[(Start::RelationEnded, PAST)], false, ("may end", Some("2016-11-23"))),
    ("X04", &[Start::TransactionEnded], Years(10), Review, &[(Start::TransactionEnded, PAST)], false, ("may end", Some("2016-11-23"))),
    ("X07", &[Start::Created], Years(20), Review, &[(Start::Created, PAST)], false, PAST_20),
    ("X09", &[Start::FiscalYearEnded], Years(30), DestroyByChain, &[(Start::FiscalYearEnded, "2007-01-01")], false, ("running", Some("2037-01-02"))),
    ("X11", &[Start::YearEnded], Years(30), Review, &[(Start::YearEnded, "2007-01-01")], false, ("running", Some("2037-01-02"))),
    ("X16", &[Start::CaseClosed], Years(20), Review, &[(Start::CaseClosed, PAST)], false, PAST_20),
    ("R57", &[Start::FormClosed], Years(20), Review, &[(Start::FormClosed, PAST)], false, PAST_20),
    ("X09", &[Start::AssetDisposed], Years(5), DestroyByChain, &[(Start::AssetDisposed, PAST)], false, ("may end", Some("2011-11-23"))),
    ("firm", &[Start::DocumentReleased], Years(1), Review, &[(Start::DocumentReleased, PAST)], false, ("may end", Some("2007-11-23"))),
    ("R70", &[Start::TransferDone], Years(30), Review, &[(Start::TransferDone, PAST)], false, ("running", Some("2036-11-23"))),
    // The later of two, and one of two that has not happened.
    ("X01", &[Start::TransactionEnded, Start::LinkedAccountClosed], Years(20), Review, &[(Start::TransactionEnded, PAST), (Start::LinkedAccountClosed, "2006-11-23")], false, ("running", Some("2026-11-24"))),
    ("X01", &[Start::TransactionEnded, Start::LinkedAccountClosed], Years(20), Review, &[(Start::TransactionEnded, PAST)], false, ("not started", None)),
    ("R42", &[Start::Created], LONG_TERM, Stay, &[(Start::Created, "1990-01-01")], false, ("long-term", None)),
    // What stays ends nothing, whatever its years.
    ("R42", &[Start::Created], Years(1), Stay, &[(Start::Created, "1990-01-01")], false, ("long-term", None)),
    ("R67", &[], Permanent, Stay, &[], false, ("permanent", None)),
    // Beyond every day that there is.
    ("R45", &[Start::Created], Years(9_000), Review, &[(Start::Created, PAST)], false, ("permanent", None)),
    ("R109", &[Start::Created], Years(20), DestroyByChain, &[(Start::Created, PAST)], true, PAST_20),
];

fn line(from: &[Start], period: Period, after: After) -> Line {
    // Another way to a code than a profile there is not.
    let lines = profile("bank").schedule.lines().to_vec();
    let mut line = lines.into_iter().next().unwrap();
    line.renditions = Rendition::ALL.to_vec();
    line.from_latest_of = from.to_vec();
    line.period = period;
    line.after = after;
    line
}

#[test]
fn each_way_to_keep_has_a_row() {
    let open = Start::ALL
        .into_iter()
        .fold(Starts::unknown(), |starts, start| {
            starts.with(start, Moment::NotYet)
        });
    let no_line = Schedule::new(Vec::new());
    let mut outcomes = vec!["no line"];
    let mut verdicts = Vec::new();
    let mut releases = Vec::new();
    let mut moments = Vec::new();
    for (n, (rule, from, period, after, known, held, (said, since))) in KEPT.iter().enumerate() {
        let schedule = Schedule::new(vec![line(from, *period, *after)]);
        let known = known
            .iter()
            .map(|(start, on)| (*start, Moment::On(day(on))));
        let hold = Hold {
            matter: "调查".to_owned(),
            authority: "证监局".to_owned(),
            placed: day("2026-01-05"),
            released: None,
        };
        let line = schedule.lines().first().unwrap();
        for rendition in Rendition::ALL {
            let facts = Facts {
                class: line.classes.first().unwrap().clone(),
                rendition,
                starts: known
                    .clone()
                    .fold(open.clone(), |all, (start, at)| all.with(start, at)),
                holds: held.then(|| hold.clone()).into_iter().collect(),
            };
            let verdict = judge(&schedule, &facts, day("2026-11-23"));
            let found = match verdict.outcome() {
                Outcome::Running { ends, .. } => Some(*ends),
                Outcome::MayEnd { since, .. } => Some(*since),
                Outcome::Permanent { .. }
                | Outcome::LongTerm { .. }
                | Outcome::NotStarted { .. }
                | Outcome::NoLine => None,
            };
            let word = verdict.outcome().word();
            assert_eq!((word, found), (*said, since.map(day)), "{n}: {rule}");
            // R65: it may be applied for where the line speaks of the chain; else it is reviewed.
            let chain = *after == DestroyByChain;
            assert_eq!(
                verdict.may_end(),
                word == "may end" && !held && chain,
                "{n}: {rule}"
            );
            let named = verdict
                .outcome()
                .line()
                .map(|code| format!("{code:?} {code}"));
            assert_eq!(
                named,
                Some(format!("{0} {0}", line.code.as_str())),
                "{n}: {rule}"
            );
            verdicts.push(verdict.word());
            outcomes.push(word);
            releases.push(release(line, &facts));
            moments.extend(Start::ALL.map(|start| facts.starts.get(start)));
            assert_eq!(
                judge(&no_line, &facts, day("2026-11-23")).outcome(),
                &Outcome::NoLine
            );
        }
    }
    for (all, reached) in [(Outcome::ALL, outcomes), (Verdict::ALL, verdicts)] {
        let without: Vec<_> = all.iter().filter(|word| !reached.contains(*word)).collect();
        assert!(without.is_empty(), "no row for {without:?}");
    }
    moments.push(Starts::unknown().get(Start::Created));
    each_has_a_row(moments);
    each_has_a_row(releases);
    each_has_a_row(Rendition::ALL);
    each_has_a_row(KEPT.iter().map(|row| row.2));
    each_has_a_row(KEPT.iter().map(|row| row.3));
    // Alone: a row that names one start shows what it does.
    let alone = KEPT
        .iter()
        .filter(|row| row.1.len() == 1 && row.6.1.is_some());
    each_has_a_row(alone.filter_map(|row| row.1.first().copied()));
}

/// R41: what happened to an account, in any order; when it was closed.
#[test]
fn each_event_of_an_account_has_a_row() {
    use AccountEvent::{Closed, Opened};
    let rows: [(&[(&str, AccountEvent)], Moment); 7] = [
        (&[], Moment::Unknown),
        (&[("2001-05-08", Opened)], Moment::NotYet),
        (&[("2006-11-22", Closed)], Moment::On(day("2006-11-22"))),
        (
            &[("2006-11-22", Closed), ("2001-05-08", Opened)],
            Moment::On(day("2006-11-22")),
        ),
        (
            &[
                ("2001-05-08", Opened),
                ("2006-11-22", Closed),
                ("2008-01-02", Opened),
            ],
            Moment::NotYet,
        ),
        // More than once on one day: what was not open ends as the greater number says.
        (
            &[
                ("2006-11-22", Opened),
                ("2006-11-22", Closed),
                ("2006-11-22", Opened),
            ],
            Moment::NotYet,
        ),
        (
            &[
                ("2006-11-22", Closed),
                ("2006-11-22", Opened),
                ("2006-11-22", Closed),
            ],
            Moment::On(day("2006-11-22")),
        ),
    ];
    for (events, closed) in rows {
        let account = Account {
            number: "A1".to_owned(),
            events: events.iter().map(|(on, event)| (day(on), *event)).collect(),
        };
        assert_eq!(account.closed(), closed, "{events:?}");
    }
    each_has_a_row(
        rows.iter()
            .flat_map(|(events, _)| events.iter().map(|(_, event)| *event)),
    );
    each_has_a_row(rows.iter().map(|(_, closed)| *closed));
}

/// R109: released on the day on which it was placed it stands no more; released before, one of
/// the two days is wrong, and it stands.
#[test]
fn a_hold_stands_until_its_release() {
    for (released, on, stands) in [
        (None, "2026-11-23", true),
        (Some("2026-11-24"), "2026-11-23", true),
        (Some("2026-11-23"), "2026-11-23", false),
        (Some("2026-01-05"), "2026-11-23", false),
        (Some("2026-01-04"), "2026-11-23", true),
    ] {
        let hold = Hold {
            matter: "调查".to_owned(),
            authority: "证监局".to_owned(),
            placed: day("2026-01-05"),
            released: released.map(day),
        };
        assert_eq!(hold.stands(day(on)), stands, "{released:?} {on}");
    }
}

/// R43: the members that may end or not, and what becomes of the medium.
#[test]
fn each_verdict_on_a_medium_has_a_row() {
    let line = line(&[Start::Created], Years(20), Review);
    let ends = |on: &str| {
        Verdict::Free(Outcome::MayEnd {
            line: &line,
            since: day(on),
            after: Review,
        })
    };
    let runs = Verdict::Free(Outcome::Running {
        line: &line,
        ends: day("2030-01-01"),
    });
    let rows = [
        (vec![], MediumVerdict::Unknown),
        (
            vec![ends("2026-01-01"), ends("2026-02-01")],
            MediumVerdict::MayEnd {
                since: day("2026-02-01"),
                after: Review,
            },
        ),
        (
            vec![ends("2026-01-01"), runs],
            MediumVerdict::Keep { member: 1 },
        ),
    ];
    for (members, expected) in &rows {
        assert_eq!(judge_medium(members), *expected);
    }
    each_has_a_row(rows.into_iter().map(|(_, expected)| expected));
}

// --- Words of a profile, and what is wrong with one. ---

fn securities() -> &'static str {
    let mut embedded = EMBEDDED.iter();
    embedded.find(|(name, _)| *name == "securities").unwrap().1
}

/// The profile for securities with more behind it.
fn with(block: &str) -> Profile {
    Profile::parse("more.toml", &format!("{}\n{block}", securities())).unwrap()
}

/// A class, with these words in it, its line, its scan parameters, and a deadline of its own.
fn with_class(kind: &str, sensitivity: &str, owner: &str, required: &str, colour: &str) -> Profile {
    with(&format!(
        r#"
[[scan]]
name = "new"
dpi_min = 200
dpi_max = 600
page_bytes_max = 20_000_000
colour_min = "{colour}"
basis = ["R31"]

[[class]]
code = "new"
title = {{ zh = "新", en = "new" }}
kind = "{kind}"
category = "client"
sensitivity = "{sensitivity}"
owner = "{owner}"
required = [{required}]
scan = "new"
basis = ["R01"]

[[schedule]]
code = "S99"
title = {{ zh = "新", en = "new" }}
classes = ["new"]
renditions = ["paper", "electronic"]
permanent = true
after = "stay"
basis = ["R67"]
"#
    ))
}

/// What a class of any kind must have, and more.
const ALL_FACTS: &str =
    r#""client", "flow", "business-date", "instrument", "price", "quantity", "trade-time""#;

/// A word, and what it is read as.
#[test]
fn each_word_has_a_row() {
    let read = |n: usize, word: &str| {
        let mut words = ["other", "internal", "firm", ALL_FACTS, "grey"];
        words[n] = word;
        let [kind, sensitivity, owner, required, colour] = words;
        let mut profile = with_class(kind, sensitivity, owner, required, colour);
        let class = profile.classes.remove(&"new".parse().unwrap()).unwrap();
        (class, profile.scans["new"].colour_min)
    };
    each_has_a_row(Kind::ALL.iter().map(|word| {
        let found = read(0, word).0.kind;
        assert_eq!(found.word(), *word, "R01, R16 to R18");
        found
    }));
    each_has_a_row(Sensitivity::ALL.iter().map(|word| {
        let found = read(1, word).0.sensitivity;
        assert_eq!(found.word(), *word, "R78, R105");
        found
    }));
    each_has_a_row(Owner::ALL.iter().map(|word| {
        let found = read(2, word).0.owner;
        assert_eq!(found.word(), *word, "R41");
        found
    }));
    each_has_a_row(<Required as Options>::ALL.iter().flat_map(|word| {
        let found = read(3, &format!("{word:?}")).0.required;
        assert_eq!(
            found.iter().map(Options::word).collect::<Vec<_>>(),
            [*word],
            "R01"
        );
        found
    }));
    each_has_a_row(Colour::ALL.iter().map(|word| {
        let found = read(4, word).1;
        assert_eq!(found.word(), *word, "R31");
        found
    }));
}

/// R05, R62, R75: side and seat of a role; whose people a position takes, how well known.
#[test]
fn each_word_of_a_role_has_a_row() {
    let role = |side: &str, seat: &str| {
        let block = format!(
            r#"
[[role]]
code = "new"
title = {{ zh = "新", en = "new" }}
side = "{side}"
seat = "{seat}"
basis = ["R05"]
"#
        );
        with(&block)
            .roles
            .remove(&"new".parse::<RoleCode>().unwrap())
            .unwrap()
    };
    each_has_a_row(Side::ALL.iter().map(|word| {
        let found = role(word, "branch").side;
        assert_eq!(found.word(), *word);
        found
    }));
    each_has_a_row(Seat::ALL.iter().map(|word| {
        let found = role("business", word).seat;
        assert_eq!(found.word(), *word);
        found
    }));
    let procedure = |whose: &str, role: &str, assurance: &str| {
        let block = format!(
            r#"
[[procedure]]
code = "new"
title = {{ zh = "新", en = "new" }}
signature_days = 1
assurance = "{assurance}"
basis = ["R21"]

[[procedure.position]]
code = "new"
title = {{ zh = "新", en = "new" }}
roles = ["{role}"]
whose = "{whose}"
basis = ["R21"]
"#
        );
        with(&block).procedures.remove("new").unwrap()
    };
    each_has_a_row(Whose::ALL.iter().map(|word| {
        let role = if *word == "headquarters" {
            "hq-staff"
        } else {
            "clerk"
        };
        let found = procedure(word, role, "signed").positions[0].whose;
        assert_eq!(found.word(), *word);
        found
    }));
    each_has_a_row(Assurance::ALL.map(|one| {
        let found = procedure("own-branch", "clerk", one.word()).assurance;
        assert_eq!(
            (found.word(), found.as_str()),
            (one.word(), one.word()),
            "R31"
        );
        found
    }));
}

/// R42, R45, R65: the words of a line, and those of a deadline (R29).
#[test]
fn each_word_of_a_line_has_a_row() {
    let line = |start: &str, rendition: &str, after: &str| {
        let block = format!(
            r#"
[[schedule]]
code = "S99"
title = {{ zh = "新", en = "new" }}
classes = ["other-archive"]
renditions = ["{rendition}"]
from_latest_of = ["{start}"]
years = 1
after = "{after}"
basis = ["R45"]
"#
        );
        let profile = with(&block);
        let lines = profile.schedule.lines().to_vec();
        lines
            .into_iter()
            .find(|line| line.code.as_str() == "S99")
            .unwrap()
    };
    for start in Start::ALL {
        assert_eq!(
            line(start.word(), "paper", "review").from_latest_of,
            [start]
        );
        assert_eq!(start.as_str(), start.word());
    }
    for rendition in Rendition::ALL {
        assert_eq!(
            line("created", rendition.word(), "review").renditions,
            [rendition]
        );
        assert_eq!(rendition.as_str(), rendition.word());
    }
    for after in After::ALL {
        assert_eq!(line("created", "paper", after.word()).after, after);
        assert_eq!(after.as_str(), after.word());
    }
    for counting in [Trading, Working, Civil] {
        let block = format!(
            "[[closure]]\nday = \"2026-02-13\"\ncounting = \"{}\"\nbasis = [\"firm\"]\n",
            counting.word()
        );
        assert_eq!(with(&block).closures[0].counting, counting);
        assert_eq!(counting.as_str(), counting.word());
    }
    each_has_a_row(Start::ALL);
    each_has_a_row(After::ALL);
    each_has_a_row(["R41", "X01", "firm"].map(|text| text.parse::<Basis>().unwrap()));
}

/// What stands in the profile for securities, what instead of it, and what is said.
#[rustfmt::skip]
const MISTAKES: &[(&str, &str, &str)] = &[
    ("profile = \"securities\"", "profil = \"securities\"", "unknown field `profil`"),
    ("duty = \"entry\"", "duty = \"entrance\"", "duty \"entrance\", expected capture, review,"),
    ("duty = \"entry\"", "duty = \"review\"", "deadline review stands in line "),
    ("shared = [\"id-copy\"]", "shared = [\"ids\"]", "names the class ids, and the profile has none of that code"),
    ("classes = [\"custody-log\"]", "classes = []", "class custody-log has no schedule line for its paper form"),
    ("# names none\n", "scan = \"standard\"\n", "class new is native and never scanned (R15), and names scan parameters"),
    ("appraise_years = 10\nafter = \"stay\"\nbasis = [\"R42\"]", "after = \"stay\"\nbasis = [\"R42\"]", "schedule line S07.R42 says how long in 0 ways"),
    ("from_latest_of = [\"form-closed\", \"last-account-closed\"]\n", "", "schedule line S19 runs for years from nothing"),
    ("code = \"maker\"\n", "code = \"maker\"\npersons = 0\n", "position maker of information-change can be filled by nobody: it takes no person"),
    ("en = \"new\" }\nkind = \"other\"", "en = \"new\" }\nkind = \"voucher\"", "class new: required lacks client, flow, business-date"),
    ("roles = [\"archivist\"]\nwhose = \"receiving-branch\"", "roles = [\"system-auditor\"]\nwhose = \"receiving-branch\"", "position receiver of transfer names the role system-auditor, which"),
    ("code = \"rule-change\"", "code = \"rules\"", "procedure rule-change is missing"),
    ("valid_from = \"2026-01-01\"", "valid_from = \"2026-01-01\"\nvalid_to = \"2025-12-31\"", "it would never be"),
    ("version = \"2026.1\"", "version = \"2026.2\"", "securities@2026.1 is valid from 2026-01-01: expected a later day"),
];

#[test]
fn each_mistake_has_a_row() {
    let text = securities().to_owned()
        + r#"
[[class]]
code = "new"
title = { zh = "新", en = "new" }
kind = "other"
category = "client"
sensitivity = "internal"
owner = "firm"
native = true
# names none
basis = ["R01"]

[[schedule]]
code = "S99"
title = { zh = "新", en = "new" }
classes = ["new"]
renditions = ["electronic"]
permanent = true
after = "stay"
basis = ["R67"]
"#;
    let earlier = [Profile::parse("p.toml", &text).unwrap()];
    let mut reached = Vec::new();
    for (from, to, message) in MISTAKES {
        assert!(text.contains(from), "{from}");
        let wrong = text.replacen(from, to, 1);
        let error = Profile::parse_after("p.toml", &wrong, &earlier).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
        reached.extend(error.problems.into_iter().map(|(_, problem)| problem));
    }
    each_has_a_row(reached);
}

/// R23, R77: what becomes of a class from one version to the next.
#[test]
fn each_change_of_a_class_has_a_row() {
    let old = profile("securities");
    let new = with_class("other", "internal", "firm", ALL_FACTS, "grey");
    let changed = with(
        r#"
[[schedule]]
code = "S99"
title = { zh = "新", en = "new" }
classes = ["other-archive"]
renditions = ["paper"]
permanent = true
after = "stay"
basis = ["R67"]
"#,
    );
    let only = |old: &Profile, new: &Profile| {
        let mut all = diff(old, new);
        assert_eq!(all.len(), 1);
        all.remove(0).1
    };
    each_has_a_row([only(&old, &new), only(&new, &old), only(&old, &changed)]);
}
