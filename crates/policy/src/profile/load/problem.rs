//! What can be wrong with a profile.

use std::fmt;

use domain::{BusinessDate, ClassCode, RoleCode};

use crate::problems::by_line;

/// What is wrong at one place of a profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileProblem {
    /// It is not TOML, or has a key that a profile does not have, or lacks one.
    #[error("{message}")]
    Toml {
        /// What the reader says.
        message: String,
    },
    /// A word that is not one of those that can stand there.
    #[error("{what} {found:?}, expected {expected}")]
    Word {
        /// What should stand there.
        what: &'static str,
        /// What stands there.
        found: String,
        /// What could.
        expected: String,
    },
    /// A code stands twice.
    #[error("{what} {code} stands in line {earlier} already")]
    Repeated {
        /// What it is.
        what: &'static str,
        /// Its code.
        code: String,
        /// Where it stands first.
        earlier: usize,
    },
    /// Something is named that the profile does not have.
    #[error("{by} names the {what} {code}, and the profile has none of that code")]
    Missing {
        /// What is named.
        what: &'static str,
        /// Its code.
        code: String,
        /// Who names it.
        by: String,
    },
    /// A class that the schedule says nothing of.
    #[error(
        "class {class} has no schedule line for its {rendition} form, expected at least one: nothing may be kept whose end nobody has settled"
    )]
    NoLine {
        /// The class.
        class: ClassCode,
        /// In which form.
        rendition: &'static str,
    },
    /// A native class with a scan, or a scanned one without.
    #[error("class {class} {why}")]
    Scan {
        /// The class.
        class: ClassCode,
        /// What is wrong.
        why: &'static str,
    },
    /// A line or deadline says its length in none of the ways, or in several.
    #[error("{what} {code} says how long in {found} ways, expected exactly one of {expected}")]
    OneOf {
        /// What it is.
        what: &'static str,
        /// Its code.
        code: String,
        /// How many ways stand there.
        found: usize,
        /// The ways there are.
        expected: &'static str,
    },
    /// A period that begins with nothing.
    #[error("schedule line {code} runs for years from nothing: from_latest_of is empty")]
    NoStart {
        /// The line.
        code: String,
    },
    /// What stands there is against a requirement, or says nothing.
    #[error("{what}: {found}, expected {expected}")]
    Wrong {
        /// What it is.
        what: String,
        /// What was found.
        found: String,
        /// What would be right.
        expected: String,
    },
    /// A position names a role that cannot fill it.
    #[error("position {position} of {procedure} names the role {role}, which {why}")]
    Unfit {
        /// The procedure.
        procedure: String,
        /// The position.
        position: String,
        /// The role.
        role: RoleCode,
        /// Why not.
        why: &'static str,
    },
    /// A position that nobody can fill.
    #[error("position {position} of {procedure} can be filled by nobody: {why}")]
    Unfillable {
        /// The procedure.
        procedure: String,
        /// The position.
        position: String,
        /// Why.
        why: &'static str,
    },
    /// By this profile nobody could change the rules any more, or one person could alone.
    #[error(
        "procedure rule-change {why}, expected a position proposer, and a position confirmer that differs_from it (R23, R77)"
    )]
    RuleChange {
        /// What is wrong with it.
        why: &'static str,
    },
    /// On some day two versions would be valid.
    #[error(
        "valid from {from}, and {earlier} is valid from {since}{}: expected a later day, on which that one has ended or has no end",
        until.map_or_else(String::new, |until| format!(" to {until}"))
    )]
    Overlaps {
        /// Its first day.
        from: BusinessDate,
        /// The version before it.
        earlier: String,
        /// That one's first day.
        since: BusinessDate,
        /// That one's last day, if it has one.
        until: Option<BusinessDate>,
    },
    /// The profile ends before it begins.
    #[error("it is valid to {to} and from {from}: it would never be")]
    NeverValid {
        /// The first day.
        from: BusinessDate,
        /// The last.
        to: BusinessDate,
    },
}

/// Everything that is wrong with a profile, in the order of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileError {
    /// The file, as the caller names it.
    pub file: String,
    /// Line, from 1, and what is wrong there.
    pub problems: Vec<(usize, ProfileProblem)>,
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        by_line(f, &self.file, &self.problems)
    }
}

impl std::error::Error for ProfileError {}
