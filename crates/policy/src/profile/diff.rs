//! Two versions of a profile beside each other (制度比对): which classes change, and for how
//! many records the end moves.

use std::collections::BTreeSet;

use domain::ClassCode;

use super::Profile;
use crate::retention::{Facts, Line, Release, Rendition, release};

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

/// How the ends of records move from one version to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    /// They fall due earlier.
    pub earlier: u64,
    /// They fall due later, or never any more.
    pub later: u64,
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

/// How the ends of these records would move. It is a dry run: nothing is changed.
#[must_use]
pub fn moves(old: &Profile, new: &Profile, records: &[Facts]) -> Moves {
    let mut moves = Moves::default();
    for facts in records {
        match end(new, facts).cmp(&end(old, facts)) {
            std::cmp::Ordering::Less => moves.earlier += 1,
            std::cmp::Ordering::Greater => moves.later += 1,
            std::cmp::Ordering::Equal => moves.unmoved += 1,
        }
    }
    moves
}

/// When the longest line lets a record go. What no line speaks of, stays.
fn end(profile: &Profile, facts: &Facts) -> Release {
    let lines = profile.schedule.lines_for(&facts.class, facts.rendition);
    lines
        .map(|line| release(line, facts))
        .max()
        .unwrap_or(Release::Never)
}
