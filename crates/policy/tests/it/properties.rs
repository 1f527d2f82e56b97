//! What holds for all facts, all days and all sequences of signatures: random ones, the same
//! every time.

mod acting;

use std::collections::BTreeMap;

use domain::{BusinessDate, ClassCode};
use jiff::civil::Date;
use policy::profile::{EMBEDDED, Profile};
use policy::retention::{
    After, Facts, Hold, Line, Moment, Outcome, Period, Release, Rendition, Schedule, Start, Starts,
    Verdict, judge, judge_medium, release,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestCaseResult, TestRunner};

use crate::profiles::profile;

/// Runs the same cases every time.
fn check<S: Strategy>(cases: u32, of: &S, property: impl Fn(S::Value) -> TestCaseResult) {
    let config = Config {
        cases,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(20_261_123),
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config).run(of, property).unwrap();
}

/// Profiles are read once: thousands of cases ask for them.
fn profile_of(name: &str) -> &'static Profile {
    static ALL: std::sync::OnceLock<Vec<Profile>> = std::sync::OnceLock::new();
    let all = ALL.get_or_init(|| EMBEDDED.map(|(name, _)| profile(name)).to_vec());
    all.iter().find(|one| one.name == name).unwrap()
}

const CLASS: &str = "voucher";

/// Leap days, a turn of the year, and the day of the tables.
const EDGES: [&str; 6] = [
    "2000-02-29",
    "2004-02-29",
    "2080-02-29",
    "2016-12-31",
    "2017-01-01",
    "2026-11-22",
];

/// Days of a century, and more of those that are easily got wrong.
fn any_day() -> impl Strategy<Value = BusinessDate> {
    let any = (1990..2100_i16, 1..=12_i8, 1..=31_i8).prop_map(|(year, month, of_month)| {
        let last = Date::new(year, month, 1).unwrap().days_in_month();
        BusinessDate::new(Date::new(year, month, of_month.min(last)).unwrap())
    });
    prop_oneof![
        3 => any,
        1 => prop::sample::select(&EDGES[..]).prop_map(|text| text.parse().unwrap()),
    ]
}

fn moment() -> impl Strategy<Value = Moment> {
    prop_oneof![
        6 => any_day().prop_map(Moment::On),
        1 => Just(Moment::NotYet),
        1 => Just(Moment::Unknown),
    ]
}

fn starts() -> impl Strategy<Value = Starts> {
    prop::collection::vec(moment(), Start::ALL.len()).prop_map(|moments| {
        let all = Start::ALL.into_iter().zip(moments);
        all.fold(Starts::unknown(), |starts, (start, moment)| {
            starts.with(start, moment)
        })
    })
}

/// Holds, none of which was released before it was placed.
fn holds() -> impl Strategy<Value = Vec<Hold>> {
    let hold = (any_day(), any::<bool>(), any_day()).prop_map(|(one, released, other)| Hold {
        matter: "(2020)沪01民初1号".to_owned(),
        authority: "上海市第一中级人民法院".to_owned(),
        placed: one.min(other),
        released: released.then_some(one.max(other)),
    });
    prop::collection::vec(hold, 0..3)
}

fn rendition() -> impl Strategy<Value = Rendition> {
    prop::sample::select(&Rendition::ALL[..])
}

fn period() -> impl Strategy<Value = Period> {
    prop_oneof![
        8 => (0..60_u16).prop_map(Period::Years),
        1 => Just(Period::LongTerm { appraise_years: 10 }),
        1 => Just(Period::Permanent),
    ]
}

/// Up to five lines, most of them for the one class.
fn lines() -> impl Strategy<Value = Vec<Line>> {
    let forms = prop::sample::subsequence(Rendition::ALL.to_vec(), 1..=2);
    let waits_for = prop::sample::subsequence(Start::ALL.to_vec(), 1..=3).prop_shuffle();
    let after = prop_oneof![
        6 => Just(After::Review),
        6 => Just(After::DestroyByChain),
        1 => Just(After::Stay),
    ];
    let class = prop_oneof![8 => Just(CLASS), 1 => Just("other")];
    let line = (class, forms, waits_for, period(), after);
    prop::collection::vec(line, 0..5).prop_map(|all| {
        // The codes are those of a profile: there is no other way to one.
        let known = profile_of("securities").schedule.lines().to_vec();
        let with = |(mut line, (class, renditions, from_latest_of, period, after)): (Line, _)| {
            let class: &str = class;
            line.classes = vec![class.parse().unwrap()];
            line.renditions = renditions;
            line.from_latest_of = from_latest_of;
            line.period = period;
            line.after = after;
            line
        };
        known.into_iter().zip(all).map(with).collect()
    })
}

fn facts() -> impl Strategy<Value = Facts> {
    (rendition(), starts(), holds()).prop_map(|(rendition, starts, holds)| Facts {
        class: CLASS.parse().unwrap(),
        rendition,
        starts,
        holds,
    })
}

fn without_holds(facts: &Facts) -> Facts {
    Facts {
        holds: Vec::new(),
        ..facts.clone()
    }
}

/// The embedded profiles' own lines, with any facts of any of their classes.
fn embedded() -> impl Strategy<Value = (Vec<Line>, Facts)> {
    let profiles = EMBEDDED.map(|(name, _)| profile_of(name));
    let classes: Vec<(Vec<Line>, ClassCode)> = profiles
        .iter()
        .flat_map(|one| {
            let lines = one.schedule.lines();
            one.classes
                .keys()
                .map(move |class| (lines.to_vec(), class.clone()))
        })
        .collect();
    (prop::sample::select(classes), facts()).prop_map(|((lines, class), mut facts)| {
        facts.class = class;
        (lines, facts)
    })
}

/// Random lines, and the embedded ones.
fn schedule_and_facts() -> impl Strategy<Value = (Vec<Line>, Facts)> {
    prop_oneof![2 => (lines(), facts()), 1 => embedded()]
}

// --- What the regulations ask, counted once more and in another way. ---

/// The first day after the anniversary. 29 February has it on 1 March where there is none.
fn first_day_after(start: BusinessDate, years: u16) -> BusinessDate {
    let (start, years) = (start.date(), i16::try_from(years).unwrap());
    let leap = start.month() == 2 && start.day() == 29;
    let year = start.year() + years;
    let anniversary = if leap && !Date::new(year, 1, 1).unwrap().in_leap_year() {
        Date::new(year, 3, 1)
    } else {
        Date::new(year, start.month(), start.day())
    };
    BusinessDate::new(anniversary.unwrap().tomorrow().unwrap())
}

/// When the lines let go, all of them together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lets {
    Never,
    ByAppraisal,
    Waiting,
    From(BusinessDate),
    NoLine,
}

fn lets_go(lines: &[Line], facts: &Facts) -> Lets {
    let of_it: Vec<&Line> = lines
        .iter()
        .filter(|line| line.classes.contains(&facts.class))
        .filter(|line| line.renditions.contains(&facts.rendition))
        .collect();
    if of_it.is_empty() {
        return Lets::NoLine;
    }
    if of_it.iter().any(|line| line.period == Period::Permanent) {
        return Lets::Never;
    }
    let mut last: Option<BusinessDate> = None;
    let mut waiting = false;
    for line in &of_it {
        let Period::Years(years) = line.period else {
            return Lets::ByAppraisal;
        };
        if line.after == After::Stay {
            return Lets::ByAppraisal;
        }
        for start in &line.from_latest_of {
            match facts.starts.get(*start) {
                Moment::On(day) => last = last.max(Some(first_day_after(day, years))),
                Moment::NotYet | Moment::Unknown => waiting = true,
            }
        }
    }
    match last {
        Some(day) if !waiting => Lets::From(day),
        Some(_) | None => Lets::Waiting,
    }
}

/// Whether every period has run out, whatever comes then.
fn run_out(verdict: &Verdict<'_>) -> bool {
    matches!(verdict, Verdict::Free(Outcome::MayEnd { .. }))
}

fn said(outcome: &Outcome<'_>) -> Lets {
    match outcome {
        Outcome::Permanent { .. } => Lets::Never,
        Outcome::LongTerm { .. } => Lets::ByAppraisal,
        Outcome::NotStarted { .. } => Lets::Waiting,
        Outcome::Running { ends, .. } => Lets::From(*ends),
        Outcome::MayEnd { since, .. } => Lets::From(*since),
        Outcome::NoLine => Lets::NoLine,
    }
}

/// R45: the verdict's day is the latest of all lines that apply; what is for ever or long-term
/// is longer than any day, and what has not begun is longer than what has.
#[test]
fn the_longest_prevails() {
    check(
        2_000,
        &(schedule_and_facts(), any_day()),
        |((lines, facts), on)| {
            let schedule = Schedule::new(lines.clone());
            let verdict = judge(&schedule, &facts, on);
            let expected = lets_go(&lines, &facts);
            prop_assert_eq!(said(verdict.outcome()), expected, "{:?}", verdict);
            match verdict.outcome() {
                Outcome::Running { ends, .. } => prop_assert!(on < *ends),
                Outcome::MayEnd { since, .. } => prop_assert!(*since <= on),
                Outcome::Permanent { .. }
                | Outcome::LongTerm { .. }
                | Outcome::NotStarted { .. }
                | Outcome::NoLine => {}
            }
            // The line that is named is one that lets go no earlier than any other.
            let applying = || schedule.lines_for(&facts.class, facts.rendition);
            let named = verdict.outcome().line();
            let named = applying().find(|line| Some(&line.code) == named);
            let longest = applying().map(|line| release(line, &facts)).max();
            prop_assert_eq!(named.map(|line| release(line, &facts)), longest);
            Ok(())
        },
    );
}

/// R41: without holds what may end on one day may end on every later one.
#[test]
fn what_may_end_may_end_for_good() {
    let cases = (schedule_and_facts(), any_day(), any_day());
    check(2_000, &cases, |((lines, facts), one, other)| {
        let (schedule, facts) = (Schedule::new(lines), without_holds(&facts));
        let (earlier, later) = (one.min(other), one.max(other));
        let (before, after) = (
            judge(&schedule, &facts, earlier),
            judge(&schedule, &facts, later),
        );
        prop_assert!(!run_out(&before) || run_out(&after));
        prop_assert!(!before.may_end() || after.may_end());
        // R65: it may be applied for where a line speaks of the chain, and only there.
        if run_out(&after) {
            let mut applying = schedule.lines_for(&facts.class, facts.rendition);
            let chain = applying.any(|line| line.after == After::DestroyByChain);
            prop_assert_eq!(after.may_end(), chain);
        }
        // The day before and the day of the end.
        if let Lets::From(day) = said(judge(&schedule, &facts, earlier).outcome()) {
            let before = BusinessDate::new(day.date().yesterday().unwrap());
            prop_assert!(!run_out(&judge(&schedule, &facts, before)));
            prop_assert!(run_out(&judge(&schedule, &facts, day)));
        }
        Ok(())
    });
}

/// R109: a hold that stands keeps whatever the schedule says; one that is released changes
/// nothing.
#[test]
fn a_hold_dominates() {
    check(
        2_000,
        &(schedule_and_facts(), any_day()),
        |((lines, facts), on)| {
            let schedule = Schedule::new(lines);
            let free = without_holds(&facts);
            let otherwise = judge(&schedule, &free, on);
            let verdict = judge(&schedule, &facts, on);
            prop_assert_eq!(verdict.outcome(), otherwise.outcome());
            let standing = facts
                .holds
                .iter()
                .any(|hold| hold.released.is_none_or(|to| on < to));
            prop_assert_eq!(matches!(verdict, Verdict::Held { .. }), standing);
            if standing {
                prop_assert!(!verdict.may_end() && !run_out(&verdict));
            } else {
                prop_assert_eq!(verdict.may_end(), otherwise.may_end());
            }
            // R43: on one medium with others that may end it keeps them too.
            let both = [otherwise.clone(), verdict.clone()];
            let may_end = matches!(
                judge_medium(&both),
                policy::retention::MediumVerdict::MayEnd { .. }
            );
            prop_assert_eq!(may_end, run_out(&otherwise) && run_out(&verdict));
            Ok(())
        },
    );
}

/// What is not known is never due: take any start away that a line needs, and nothing ends.
#[test]
fn nothing_ends_by_facts_that_are_not_complete() {
    let gone = prop_oneof![Just(Moment::Unknown), Just(Moment::NotYet)];
    let cases = (
        schedule_and_facts(),
        any_day(),
        prop::sample::select(&Start::ALL[..]),
        gone,
    );
    check(2_000, &cases, |((lines, facts), on, start, gone)| {
        let facts = Facts {
            starts: facts.starts.clone().with(start, gone),
            ..facts
        };
        let applies = |line: &&Line| {
            line.classes.contains(&facts.class) && line.renditions.contains(&facts.rendition)
        };
        let needed = lines
            .iter()
            .filter(applies)
            .any(|line| line.from_latest_of.contains(&start));
        let ends = run_out(&judge(&Schedule::new(lines.clone()), &facts, on));
        prop_assert!(!(needed && ends), "{:?}", start);
        Ok(())
    });
}

/// The order in which lines, and classes and forms and starts in them, are written changes no
/// verdict.
#[test]
fn the_order_of_lines_does_not_matter() {
    let cases = schedule_and_facts().prop_flat_map(|(lines, facts)| {
        let turned: Vec<Line> = lines
            .iter()
            .map(|line| {
                let mut line = line.clone();
                line.classes.reverse();
                line.renditions.reverse();
                line.from_latest_of.reverse();
                line
            })
            .collect();
        (
            Just(lines),
            Just(turned).prop_shuffle(),
            Just(facts),
            any_day(),
        )
    });
    check(2_000, &cases, |(lines, turned, facts, on)| {
        let (one, other) = (Schedule::new(lines), Schedule::new(turned));
        let (one, other) = (judge(&one, &facts, on), judge(&other, &facts, on));
        let short = |verdict: &Verdict<'_>| {
            let line = verdict.outcome().line().map(ToString::to_string);
            (
                matches!(verdict, Verdict::Held { .. }),
                verdict.may_end(),
                run_out(verdict),
                said(verdict.outcome()),
                line,
            )
        };
        prop_assert_eq!(short(&one), short(&other));
        Ok(())
    });
}

/// A profile in blocks, each from one `[[` to the next; the positions of a procedure stay with
/// it. The first block is what stands above them all.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = vec![String::new()];
    for line in text.lines() {
        if line.starts_with("[[") && line != "[[procedure.position]]" {
            blocks.push(String::new());
        }
        let block = blocks.last_mut().unwrap();
        block.push_str(line);
        block.push('\n');
    }
    blocks
}

/// The order in which a profile says what it says changes nothing of it.
#[test]
fn the_order_of_a_file_does_not_matter() {
    let names = EMBEDDED.map(|(name, _)| name);
    let cases = prop::sample::select(names.to_vec()).prop_flat_map(|name| {
        let (_, text) = EMBEDDED.iter().find(|(one, _)| *one == name).unwrap();
        let mut all = blocks(text);
        let top = all.remove(0);
        (
            Just(name),
            Just(top),
            Just(all).prop_shuffle(),
            starts(),
            any_day(),
        )
    });
    check(60, &cases, |(name, top, all, starts, on)| {
        let as_it_is = profile_of(name);
        let turned = Profile::parse("turned.toml", &(top + &all.concat())).unwrap();
        prop_assert_eq!(&turned.classes, &as_it_is.classes);
        prop_assert_eq!(&turned.roles, &as_it_is.roles);
        prop_assert_eq!(&turned.procedures, &as_it_is.procedures);
        prop_assert_eq!(&turned.scans, &as_it_is.scans);
        let duties = |profile: &Profile| -> BTreeMap<_, _> {
            let all = profile.deadlines.iter();
            all.map(|one| (one.duty, format!("{one:?}"))).collect()
        };
        prop_assert_eq!(duties(&turned), duties(as_it_is));
        for class in as_it_is.classes.keys() {
            for rendition in Rendition::ALL {
                let facts = Facts {
                    class: class.clone(),
                    rendition,
                    starts: starts.clone(),
                    holds: Vec::new(),
                };
                let one = judge(&as_it_is.schedule, &facts, on);
                let other = judge(&turned.schedule, &facts, on);
                prop_assert_eq!(one, other);
            }
        }
        Ok(())
    });
}

/// A line that is longer than another lets go no earlier, and `Release` is ordered so.
#[test]
fn more_years_never_let_go_earlier() {
    let cases = (lines(), facts(), 0..30_u16);
    check(1_000, &cases, |(lines, facts, more)| {
        for line in lines {
            let mut longer = line.clone();
            if let Period::Years(years) = line.period {
                longer.period = Period::Years(years + more);
            }
            let (before, after) = (release(&line, &facts), release(&longer, &facts));
            prop_assert!(before <= after);
            prop_assert!(after <= Release::Never);
        }
        Ok(())
    });
}
