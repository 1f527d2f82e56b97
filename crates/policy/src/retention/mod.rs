//! Retention (保管期限): how long each form of each document is kept, and why.
//!
//! Every line of the schedule that applies is computed, and the longest prevails (R45). A hold
//! prevails over all of them (R109). A start that has not happened, or of which nobody has
//! said, is never due. A document may end from the day after the anniversary, never early, and
//! even then nothing ends by itself: a branch may apply (R65).

mod explain;
mod facts;
mod medium;
mod schedule;
mod verdict;

pub(crate) use explain::bases;
pub use explain::{Explanation, Language, explain};
pub use facts::{Account, AccountEvent, Facts, Hold, Moment, Starts};
pub use medium::{Copy, MediumVerdict, judge_medium, may_go, medium_sensitivity};
pub use schedule::{After, Line, LineCode, Period, Rendition, Schedule, Start, Title};
pub use verdict::{Outcome, Release, Verdict, judge, release};
