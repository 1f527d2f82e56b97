//! Media (介质): what lies together ends together, and the last copy that counts is guarded.

use domain::{BusinessDate, ClassCode};

use super::schedule::After;
use super::verdict::{Outcome, Verdict};
use crate::profile::{Profile, Sensitivity};

/// Why a medium may not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediumVerdict {
    /// Every member may end, the last of them since this day.
    MayEnd {
        /// The day.
        since: BusinessDate,
        /// What comes now: a review while one member is due for no more than that.
        after: After,
    },
    /// A member may not: the medium keeps the longest period of its members (R43).
    Keep {
        /// The place of the first such member, from 0.
        member: usize,
    },
    /// It has no members that are known: nobody can say what is on it.
    Unknown,
}

/// Judges a medium by the verdicts on its members (R43).
#[must_use]
pub fn judge_medium(members: &[Verdict<'_>]) -> MediumVerdict {
    let mut all: Option<(BusinessDate, After)> = None;
    for (member, verdict) in members.iter().enumerate() {
        match verdict {
            Verdict::Free(Outcome::MayEnd { since, after, .. }) => {
                let (latest, least) = all.unwrap_or((*since, *after));
                all = Some((latest.max(*since), least.min(*after)));
            }
            Verdict::Held { .. } | Verdict::Free(_) => return MediumVerdict::Keep { member },
        }
    }
    all.map_or(MediumVerdict::Unknown, |(since, after)| {
        MediumVerdict::MayEnd { since, after }
    })
}

/// How a medium must be protected: as its most sensitive member, for what is harmless alone may
/// not be so beside it (R105). A class that the profile does not know may be anything, and so may
/// a medium of which no member is known.
#[must_use]
pub fn medium_sensitivity(profile: &Profile, members: &[ClassCode]) -> Sensitivity {
    let of_member = |class| {
        let known = profile.classes.get(class);
        known.map_or(Sensitivity::Confidential, |class| class.sensitivity)
    };
    let most = members.iter().map(of_member).max();
    most.unwrap_or(Sensitivity::Confidential)
}

/// One copy of a client's documents on a medium of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copy {
    /// Whether its verdict lets it end.
    pub may_end: bool,
    /// Whether it is whole and will be kept as long as the documents must be: what was found
    /// damaged, or lies with a firm that may end it earlier, does not count (R44).
    pub qualifies: bool,
}

/// Whether these copies may go together: each may end itself, and where the documents must
/// still be kept, one that counts stays (R44). Asked one by one, the copies of a batch would
/// each count on the others. This never frees paper before its own period: that is the
/// verdict's business.
#[must_use]
pub fn may_go(copies: &[Copy], going: &[usize], documents_must_stay: bool) -> bool {
    let each_may = going
        .iter()
        .all(|place| copies.get(*place).is_some_and(|copy| copy.may_end));
    let one_stays = copies
        .iter()
        .enumerate()
        .any(|(place, copy)| copy.qualifies && !going.contains(&place));
    !going.is_empty() && each_may && (!documents_must_stay || one_stays)
}
