//! The verdict (期限判定): may a document end, and if not, why not.

use domain::BusinessDate;

use super::facts::{Facts, Hold, Moment, later};
use super::schedule::{After, Line, LineCode, Period, Schedule, Start};
use crate::day::first_day_after_years;

/// Whether a document may end on a day. Nothing ends by a verdict: `MayEnd` says that somebody
/// must look at it, or that a branch may apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// A hold stands (R109). It dominates every schedule.
    Held {
        /// The first of the holds that stand, in the order given.
        hold: &'a Hold,
        /// What would hold without it.
        otherwise: Outcome<'a>,
    },
    /// No hold stands.
    Free(Outcome<'a>),
}

/// What the schedule says, holds apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// Kept for ever.
    Permanent {
        /// The line that says so.
        line: &'a Line,
    },
    /// Kept as long as it is worth it; due for appraisal at intervals, and never by itself.
    LongTerm {
        /// The line that says so.
        line: &'a Line,
    },
    /// Something that the period waits for has not happened, or nobody has said when.
    NotStarted {
        /// The line that waits.
        line: &'a Line,
        /// What it waits for.
        start: Start,
        /// What is known of it.
        moment: Moment,
    },
    /// The period runs.
    Running {
        /// The line that runs longest.
        line: &'a Line,
        /// The first day on which it has run out: the day after the anniversary.
        ends: BusinessDate,
    },
    /// Every period has run out.
    MayEnd {
        /// The line that ran longest.
        line: &'a Line,
        /// The first day on which it had run out.
        since: BusinessDate,
        /// What comes now: a review, and nothing before it; or the chain, where a line of the
        /// schedule speaks of it. A floor that says `review` takes that from no other line.
        after: After,
    },
    /// The schedule has no line for this class and form. What no line ends, stays.
    NoLine,
}

impl Verdict<'_> {
    /// Whether its destruction may be applied for: nothing holds it, every period has run out,
    /// and the schedule speaks of the chain (R65). What is due for review alone may not.
    #[must_use]
    pub const fn may_end(&self) -> bool {
        matches!(
            self,
            Self::Free(Outcome::MayEnd {
                after: After::DestroyByChain,
                ..
            })
        )
    }

    /// What the schedule says, holds apart.
    #[must_use]
    pub const fn outcome(&self) -> &Outcome<'_> {
        match self {
            Self::Held { otherwise, .. } => otherwise,
            Self::Free(outcome) => outcome,
        }
    }
}

impl Outcome<'_> {
    /// The code of the line that decided.
    #[must_use]
    pub const fn line(&self) -> Option<&LineCode> {
        match self {
            Self::Permanent { line }
            | Self::LongTerm { line }
            | Self::NotStarted { line, .. }
            | Self::Running { line, .. }
            | Self::MayEnd { line, .. } => Some(&line.code),
            Self::NoLine => None,
        }
    }
}

/// When a line lets go, from the shortest to the longest: the order in which lines prevail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Release {
    /// From this day on.
    From(BusinessDate),
    /// Not by itself, and nobody knows when: what it waits for has not happened.
    Waiting,
    /// After an appraisal alone.
    ByAppraisal,
    /// Never.
    Never,
}

/// When a line lets a document go.
#[must_use]
pub fn release(line: &Line, facts: &Facts) -> Release {
    match line.period {
        Period::Permanent => Release::Never,
        Period::LongTerm { .. } => Release::ByAppraisal,
        // A line whose end is to stay ends nothing.
        Period::Years(_) if line.after == After::Stay => Release::ByAppraisal,
        Period::Years(years) => match began(line, facts) {
            // Beyond the last year there is: not in any day that can be asked about.
            Moment::On(day) => {
                first_day_after_years(day, years).map_or(Release::Never, Release::From)
            }
            Moment::NotYet | Moment::Unknown => Release::Waiting,
        },
    }
}

/// When the period of a line began.
fn began(line: &Line, facts: &Facts) -> Moment {
    line.from_latest_of
        .iter()
        .map(|start| facts.starts.get(*start))
        .reduce(later)
        .unwrap_or(Moment::Unknown)
}

/// Judges a document on a day. Of all lines that apply the longest prevails (R45), whatever
/// their order; a hold prevails over all (R109). What is not known is never due.
#[must_use]
pub fn judge<'a>(schedule: &'a Schedule, facts: &'a Facts, day: BusinessDate) -> Verdict<'a> {
    let outcome = outcome(schedule, facts, day);
    match facts.holds.iter().find(|hold| hold.stands(day)) {
        Some(hold) => Verdict::Held {
            hold,
            otherwise: outcome,
        },
        None => Verdict::Free(outcome),
    }
}

fn outcome<'a>(schedule: &'a Schedule, facts: &Facts, day: BusinessDate) -> Outcome<'a> {
    // Of two that are alike the one with the smaller code is named, so that the order of
    // lines in the file does not matter.
    let longest = schedule
        .lines_for(&facts.class, facts.rendition)
        .map(|line| (release(line, facts), line))
        .max_by(|(one, a), (other, b)| one.cmp(other).then_with(|| b.code.cmp(&a.code)));
    match longest {
        None => Outcome::NoLine,
        Some((Release::Never, line)) => Outcome::Permanent { line },
        Some((Release::ByAppraisal, line)) => Outcome::LongTerm { line },
        Some((Release::Waiting, line)) => waiting(line, facts),
        Some((Release::From(ends), line)) if day < ends => Outcome::Running { line, ends },
        Some((Release::From(since), line)) => Outcome::MayEnd {
            line,
            since,
            after: after(schedule, facts),
        },
    }
}

/// What comes once every line has let go: the most that one of them says.
fn after(schedule: &Schedule, facts: &Facts) -> After {
    let lines = schedule.lines_for(&facts.class, facts.rendition);
    lines.map(|line| line.after).max().unwrap_or(After::Review)
}

fn waiting<'a>(line: &'a Line, facts: &Facts) -> Outcome<'a> {
    let open = line
        .from_latest_of
        .iter()
        .map(|start| (*start, facts.starts.get(*start)))
        .find(|(_, moment)| !matches!(moment, Moment::On(_)));
    open.map_or(Outcome::NoLine, |(start, moment)| Outcome::NotStarted {
        line,
        start,
        moment,
    })
}
