//! What a change brings, and what is in force on a day by all that was confirmed.

use domain::{BusinessDate, CaseId, Digest, FondsId};

/// What is to be in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A version of a profile.
    Profile {
        /// Its name.
        name: String,
        /// Its version.
        version: String,
        /// SHA-256 of its text.
        text: Digest,
        /// The first day on which it may be in force.
        valid_from: BusinessDate,
        /// The last day, if it has one.
        valid_to: Option<BusinessDate>,
    },
    /// A notice of holidays. Its years take the place of what was known of them.
    Calendar {
        /// The first year that it covers.
        first_year: i16,
        /// The last year.
        last_year: i16,
        /// SHA-256 of its text.
        text: Digest,
    },
}

impl Change {
    /// SHA-256 of the text that is to be in force.
    #[must_use]
    pub const fn text(&self) -> Digest {
        match self {
            Self::Profile { text, .. } | Self::Calendar { text, .. } => *text,
        }
    }

    /// What is signed: these lines, in UTF-8, each ended by LF. They bind the signature to the
    /// archive, the case, the text and the day.
    #[must_use]
    pub fn statement(&self, fonds: FondsId, case: CaseId, from: BusinessDate) -> String {
        let what = match self {
            Self::Profile { name, version, .. } => format!("profile {name}@{version}"),
            Self::Calendar {
                first_year,
                last_year,
                ..
            } => format!("calendar {first_year} to {last_year}"),
        };
        let text = self.text();
        format!("vouchsafe-rule-change/1\n{fonds}\n{case}\n{what}\n{text}\nfrom {from}\n")
    }
}

/// A change that was confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// How many were confirmed before it.
    pub sequence: u32,
    /// The case.
    pub case: CaseId,
    /// What it brings.
    pub change: Change,
    /// The first day on which it is in force.
    pub from: BusinessDate,
}

/// What is in force, by all that was confirmed.
#[derive(Clone, Copy, Debug)]
pub struct InForce<'a> {
    /// Every confirmed change.
    pub confirmed: &'a [Confirmed],
}

impl<'a> InForce<'a> {
    /// The profile in force on a day, if one is: the one that began last, while it is valid.
    /// After that nothing is in force, and by nothing no document may end; an older one never
    /// comes back.
    #[must_use]
    pub fn profile(self, day: BusinessDate) -> Option<&'a Confirmed> {
        self.begun_last(day).filter(|one| match &one.change {
            Change::Profile { valid_to, .. } => valid_to.is_none_or(|to| day <= to),
            Change::Calendar { .. } => false,
        })
    }

    /// The profile that began last, valid or not: who may bring the next one into force is still
    /// its to say. Of two that began on one day it is the one that was confirmed last.
    #[must_use]
    pub fn begun_last(self, day: BusinessDate) -> Option<&'a Confirmed> {
        let begun = self
            .confirmed
            .iter()
            .filter(|one| one.from <= day && matches!(one.change, Change::Profile { .. }));
        begun.max_by_key(|one| (one.from, one.sequence))
    }

    /// The calendars in force on a day beside the built-in one, in the order in which each
    /// takes the place of those before it.
    #[must_use]
    pub fn calendars(self, day: BusinessDate) -> Vec<&'a Confirmed> {
        let mut begun: Vec<&Confirmed> = self
            .confirmed
            .iter()
            .filter(|one| one.from <= day && matches!(one.change, Change::Calendar { .. }))
            .collect();
        begun.sort_by_key(|one| (one.from, one.sequence));
        begun
    }
}
