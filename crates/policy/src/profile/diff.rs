//! Two versions of a profile beside each other (制度比对): what changes in each table, and for how
//! many records the end moves.

use std::collections::{BTreeMap, BTreeSet};

use domain::ClassCode;

use super::{Procedure, Profile};
use crate::deadline::{Deadline, Reckoning};
use crate::retention::{Facts, Line, Period, Release, Rendition, Start, release};

/// What becomes of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClassChange {
    /// The new version has it, the old one has not.
    Added,
    /// The old version has it, the new one has not.
    Removed,
    /// Both have it, and something of it differs.
    Changed {
        /// Its own description differs: kind, category, sensitivity, required facts.
        description: bool,
        /// For these forms other lines apply, or the lines say something else.
        retention: Vec<Rendition>,
    },
}

/// What becomes of one thing of a table other than the classes and their lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The table, by its name in the file; `profile` for what stands before the tables.
    pub table: &'static str,
    /// The code of the thing.
    pub code: String,
    /// What becomes of it.
    pub change: Change,
}

/// What becomes of a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The new version has it, the old one has not.
    Added,
    /// The old version has it, the new one has not.
    Removed,
    /// Both have it, and these of its keys or positions differ.
    Changed(Vec<String>),
}

/// How the ends of records move from one version to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    /// They fall due earlier.
    pub earlier: u64,
    /// They fall due later, or never any more.
    pub later: u64,
    /// No day is known in either version, because something has not happened, and how long
    /// they are kept from there differs.
    pub lengths: u64,
    /// Nothing changes for them.
    pub unmoved: u64,
}

/// The classes that differ, in the order of their codes.
#[must_use]
pub fn diff(old: &Profile, new: &Profile) -> Vec<(ClassCode, ClassChange)> {
    let classes: BTreeSet<&ClassCode> = old.classes.keys().chain(new.classes.keys()).collect();
    classes
        .into_iter()
        .filter_map(|class| change(old, new, class).map(|change| (class.clone(), change)))
        .collect()
}

fn change(old: &Profile, new: &Profile, class: &ClassCode) -> Option<ClassChange> {
    let (was, is) = match (old.classes.get(class), new.classes.get(class)) {
        (None, _) => return Some(ClassChange::Added),
        (Some(_), None) => return Some(ClassChange::Removed),
        (Some(was), Some(is)) => (was, is),
    };
    let retention: Vec<Rendition> = Rendition::ALL
        .into_iter()
        .filter(|rendition| lengths(old, class, *rendition) != lengths(new, class, *rendition))
        .collect();
    let description = was != is;
    (description || !retention.is_empty()).then_some(ClassChange::Changed {
        description,
        retention,
    })
}

/// What the lines for a class say, without their titles and whatever their order.
fn lengths(profile: &Profile, class: &ClassCode, rendition: Rendition) -> BTreeSet<String> {
    let said = |line: &Line| {
        format!(
            "{} {:?} {:?} {:?} {:?}",
            line.code, line.from_latest_of, line.period, line.after, line.basis
        )
    };
    profile
        .schedule
        .lines_for(class, rendition)
        .map(said)
        .collect()
}

/// What differs in every table but the classes and the schedule, which [`diff`] tells by class. In
/// the order of the tables and of their codes.
#[must_use]
pub fn differences(old: &Profile, new: &Profile) -> Vec<Difference> {
    let mut all = head(old, new);
    let by_day = |profile: &Profile| -> BTreeMap<String, _> {
        let closures = profile.closures.iter();
        closures
            .map(|one| (format!("{} {}", one.day, one.counting.as_str()), *one))
            .collect()
    };
    table(
        &mut all,
        "closure",
        &by_day(old),
        &by_day(new),
        |_, _| vec![],
    );
    let by_code = |profile: &Profile| -> BTreeMap<String, _> {
        let categories = profile.categories.iter().cloned();
        categories.map(|one| (one.code.clone(), one)).collect()
    };
    table(
        &mut all,
        "category",
        &by_code(old),
        &by_code(new),
        |_, _| vec!["title".to_owned()],
    );
    table(&mut all, "source", &old.sources, &new.sources, |was, is| {
        keys(&[
            ("title", was.title != is.title),
            ("third_party", was.third_party != is.third_party),
            ("classes", was.classes != is.classes),
            ("basis", was.basis != is.basis),
        ])
    });
    let by_business = |profile: &Profile| -> BTreeMap<String, _> {
        let templates = profile.templates.iter().cloned();
        templates.map(|one| (one.business.clone(), one)).collect()
    };
    let (was, is) = (by_business(old), by_business(new));
    table(&mut all, "template", &was, &is, |was, is| {
        keys(&[
            ("title", was.title != is.title),
            ("tasks", was.tasks != is.tasks),
            ("shared", was.shared != is.shared),
            ("basis", was.basis != is.basis),
        ])
    });
    table(&mut all, "scan", &old.scans, &new.scans, |was, is| {
        keys(&[
            ("dpi_min", was.dpi_min != is.dpi_min),
            ("dpi_max", was.dpi_max != is.dpi_max),
            ("page_bytes_max", was.page_bytes_max != is.page_bytes_max),
            ("colour_min", was.colour_min != is.colour_min),
            ("basis", was.basis != is.basis),
        ])
    });
    let by_duty = |profile: &Profile| -> BTreeMap<String, _> {
        let deadlines = profile.deadlines.iter().cloned();
        deadlines.map(|one| (step(&one), one)).collect()
    };
    table(
        &mut all,
        "deadline",
        &by_duty(old),
        &by_duty(new),
        |was, is| {
            keys(&[
                ("day", was.reckoning != is.reckoning),
                ("before_it_starts", was.by != is.by),
                ("extendable", was.extendable != is.extendable),
                ("basis", was.basis != is.basis),
            ])
        },
    );
    table(&mut all, "role", &old.roles, &new.roles, |was, is| {
        keys(&[
            ("title", was.title != is.title),
            ("side", was.side != is.side),
            ("seat", was.seat != is.seat),
            ("excludes", was.excludes != is.excludes),
            ("basis", was.basis != is.basis),
        ])
    });
    let (was, is) = (&old.procedures, &new.procedures);
    table(&mut all, "procedure", was, is, of_procedure);
    all
}

/// What stands before the tables.
fn head(old: &Profile, new: &Profile) -> Vec<Difference> {
    let differing = keys(&[
        ("profile", old.name != new.name),
        ("title", old.title != new.title),
        ("valid_from", old.valid_from != new.valid_from),
        ("valid_to", old.valid_to != new.valid_to),
        ("interpreter", old.interpreter != new.interpreter),
        (
            "agency_cut_over",
            old.agency_cut_over != new.agency_cut_over,
        ),
        ("standards", old.standards != new.standards),
        ("lending", old.switches.lending != new.switches.lending),
        (
            "admission_gate",
            old.switches.admission_gate != new.switches.admission_gate,
        ),
    ]);
    let changed = |code| Difference {
        table: "profile",
        code,
        change: Change::Changed(Vec::new()),
    };
    differing.into_iter().map(changed).collect()
}

/// One that comes more than once is told apart by its days.
fn step(deadline: &Deadline) -> String {
    let duty = deadline.duty.as_str();
    match deadline.reckoning {
        Reckoning::Before { days } => format!("{duty} {days}"),
        Reckoning::After { .. }
        | Reckoning::OfNextMonth { .. }
        | Reckoning::OfNextYear { .. }
        | Reckoning::MonthsAfter { .. } => duty.to_owned(),
    }
}

fn of_procedure(was: &Procedure, is: &Procedure) -> Vec<String> {
    let mut parts = keys(&[
        ("title", was.title != is.title),
        ("signature_days", was.signature_days != is.signature_days),
        ("assurance", was.assurance != is.assurance),
        ("basis", was.basis != is.basis),
    ]);
    let codes = |procedure: &Procedure| -> Vec<String> {
        let positions = procedure.positions.iter();
        positions.map(|one| one.code.clone()).collect()
    };
    let (had, has) = (codes(was), codes(is));
    let all: BTreeSet<&String> = had.iter().chain(&has).collect();
    for code in all {
        let find = |procedure: &Procedure| {
            let mut positions = procedure.positions.iter();
            positions.find(|one| one.code == *code).cloned()
        };
        let said = match (find(was), find(is)) {
            (None, _) => "added",
            (Some(_), None) => "removed",
            (Some(was), Some(is)) if was != is => "changed",
            (Some(_), Some(_)) => continue,
        };
        parts.push(format!("position {code} {said}"));
    }
    if parts.is_empty() && had != has {
        parts.push("order of positions".to_owned());
    }
    parts
}

fn keys(differing: &[(&str, bool)]) -> Vec<String> {
    let named = differing.iter().filter(|(_, differs)| *differs);
    named.map(|(key, _)| (*key).to_owned()).collect()
}

fn table<K: Ord + ToString, T: PartialEq>(
    all: &mut Vec<Difference>,
    table: &'static str,
    old: &BTreeMap<K, T>,
    new: &BTreeMap<K, T>,
    parts: impl Fn(&T, &T) -> Vec<String>,
) {
    let codes: BTreeSet<&K> = old.keys().chain(new.keys()).collect();
    for code in codes {
        let change = match (old.get(code), new.get(code)) {
            (None, _) => Change::Added,
            (Some(_), None) => Change::Removed,
            (Some(was), Some(is)) if was != is => Change::Changed(parts(was, is)),
            (Some(_), Some(_)) => continue,
        };
        all.push(Difference {
            table,
            code: code.to_string(),
            change,
        });
    }
}

/// How the ends of these records would move. It is a dry run: nothing is changed.
#[must_use]
pub fn moves(old: &Profile, new: &Profile, records: &[Facts]) -> Moves {
    let mut moves = Moves::default();
    for facts in records {
        let (was, is) = (end(old, facts), end(new, facts));
        match is.cmp(&was) {
            std::cmp::Ordering::Less => moves.earlier += 1,
            std::cmp::Ordering::Greater => moves.later += 1,
            std::cmp::Ordering::Equal
                if open_lengths(old, facts, was) != open_lengths(new, facts, is) =>
            {
                moves.lengths += 1;
            }
            std::cmp::Ordering::Equal => moves.unmoved += 1,
        }
    }
    moves
}

/// How long the lines keep a record whose end has no day yet.
fn open_lengths(profile: &Profile, facts: &Facts, end: Release) -> BTreeSet<(Vec<Start>, Period)> {
    let lines = profile.schedule.lines_for(&facts.class, facts.rendition);
    lines
        .filter(|line| {
            let open = matches!(end, Release::Waiting | Release::ByAppraisal);
            open && release(line, facts) == end
        })
        .map(|line| (line.from_latest_of.clone(), line.period))
        .collect()
}

/// When the longest line lets a record go. What no line speaks of, stays.
fn end(profile: &Profile, facts: &Facts) -> Release {
    let lines = profile.schedule.lines_for(&facts.class, facts.rendition);
    lines
        .map(|line| release(line, facts))
        .max()
        .unwrap_or(Release::Never)
}
