//! Retention: every start, period and verdict, of a document and of a medium.

use policy::retention::{
    Account, AccountEvent, After, Facts, Hold, Line, MediumVerdict, Moment, Outcome, Period,
    Rendition, Schedule, Start, Starts, Verdict, judge, judge_medium, release,
};

use super::{Options as _, day, each_has_a_row};
use crate::profiles::profile;
use After::{DestroyByChain, Review, Stay};
use Period::{LongTerm, Permanent, Years};

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
