//! Exceptions (异常件): records that are kept and stand against no task, until somebody has said
//! what becomes of each.
//!
//! Nothing of a batch is dropped: what cannot be filed against a task waits in a queue (R25), and
//! a person matches it by hand, keeps it without a task (R20), says which new scan took its place,
//! or rejects it with a reason. The record itself stays in every case.

use domain::{Digest, RecordId};
use serde::{Deserialize, Serialize};

use crate::case::{Acting, Grounds, Workflow};
use crate::reason::demand_reason;
use crate::refusal::{Refusal, RefusalCode};

/// The procedure by which exceptions are settled.
pub const PROCEDURE: &str = "exception-settling";
/// The position of whoever settles them.
pub const SETTLER: &str = "settler";

/// What is wrong, as far as it decides what can be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// The image cannot be read, or is not scanned as its class demands (R31, R32): no task may
    /// have it.
    Image,
    /// Nobody can tell whose it is, or which task it is for (R25).
    Whose,
    /// Another record has the same bytes: one image stands for one task (R25).
    Repeated,
    /// The task that it stood for is not owed any more: its flow was corrected or cancelled.
    Withdrawn,
    /// Its review has sent it back: the document is to be scanned again (R29).
    Returned,
}

impl Trouble {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Image,
        Self::Whose,
        Self::Repeated,
        Self::Withdrawn,
        Self::Returned,
    ];

    /// What it is, as the end of "a record that …".
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "cannot be read, or is not scanned as it must be",
            Self::Whose => "no task can be told for",
            Self::Repeated => "repeats the bytes of another",
            Self::Withdrawn => "stood for a task that is not owed any more",
            Self::Returned => "its review has sent back",
        }
    }

    /// Whether a task may have such a record.
    #[must_use]
    pub const fn may_be_assigned(self) -> bool {
        matches!(self, Self::Whose | Self::Withdrawn | Self::Returned)
    }

    /// Whether such a record may be kept without a task.
    #[must_use]
    pub const fn may_be_kept(self) -> bool {
        !matches!(self, Self::Image | Self::Returned)
    }
}

/// What became of an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Settlement {
    /// A task has it now, by hand.
    Assigned,
    /// It belongs to no task, and is kept all the same (R20).
    Kept,
    /// It is of no use; it stays readable.
    Rejected,
    /// Another scan has taken its place.
    Rescanned {
        /// Its record.
        instead: RecordId,
    },
}

/// How a record stands as an exception. The default is one that never was an exception.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// What is wrong; none while nothing ever was.
    pub trouble: Option<Trouble>,
    /// What became of it; none while it waits.
    pub settlement: Option<Settlement>,
}

/// What somebody asks of an exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// To match it by hand.
    Assign {
        /// Why.
        reason: String,
    },
    /// To keep it without a task.
    Keep {
        /// Why.
        reason: String,
    },
    /// To reject it.
    Reject {
        /// Why.
        reason: String,
    },
    /// To name the scan that took its place.
    Rescanned {
        /// Its record, which a task has.
        instead: RecordId,
    },
}

/// What has happened to a record as an exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It became one.
    Raised {
        /// What is wrong.
        trouble: Trouble,
    },
    /// It was settled.
    Settled {
        /// How.
        settlement: Settlement,
        /// Why; none where the settlement says it.
        reason: Option<String>,
    },
}

impl Workflow for Exception {
    type Command = Command;
    type Event = Event;
    type Grounds<'a> = Grounds<'a>;

    fn decide(
        &self,
        command: &Command,
        by: Acting<'_>,
        grounds: &Grounds<'_>,
    ) -> Result<Event, Refusal> {
        grounds.sign(SETTLER, by, Digest::of(b""), &[])?;
        let trouble = self.waiting()?;
        let (settlement, reason) = match command {
            Command::Assign { reason } => {
                demand(
                    trouble,
                    trouble.may_be_assigned(),
                    "one that a task may have",
                )?;
                (Settlement::Assigned, Some(demand_reason(reason)?))
            }
            Command::Keep { reason } => {
                demand(
                    trouble,
                    trouble.may_be_kept(),
                    "one that can be read as it is",
                )?;
                (Settlement::Kept, Some(demand_reason(reason)?))
            }
            Command::Reject { reason } => (Settlement::Rejected, Some(demand_reason(reason)?)),
            Command::Rescanned { instead } => (Settlement::Rescanned { instead: *instead }, None),
        };
        Ok(Event::Settled { settlement, reason })
    }

    fn apply(mut self, event: &Event) -> Self {
        match event {
            Event::Raised { trouble } if !self.is_waiting() => {
                self.trouble = Some(*trouble);
                self.settlement = None;
            }
            Event::Settled { settlement, .. } if self.fits(*settlement) => {
                self.settlement = Some(*settlement);
            }
            Event::Raised { .. } | Event::Settled { .. } => {}
        }
        self
    }
}

impl Exception {
    /// Whether somebody must say what becomes of it.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        self.trouble.is_some() && self.settlement.is_none()
    }

    /// Whether this can have been decided about it.
    fn fits(&self, settlement: Settlement) -> bool {
        let waits = self.trouble.filter(|_| self.settlement.is_none());
        waits.is_some_and(|trouble| match settlement {
            Settlement::Assigned => trouble.may_be_assigned(),
            Settlement::Kept => trouble.may_be_kept(),
            Settlement::Rejected | Settlement::Rescanned { .. } => true,
        })
    }

    fn waiting(&self) -> Result<Trouble, Refusal> {
        let found = match (self.trouble, self.settlement) {
            (Some(trouble), None) => return Ok(trouble),
            (None, _) => "a record that is no exception",
            (Some(_), Some(Settlement::Assigned)) => "an exception that was matched by hand",
            (Some(_), Some(Settlement::Kept)) => "an exception that is kept without a task",
            (Some(_), Some(Settlement::Rejected)) => "an exception that was rejected",
            (Some(_), Some(Settlement::Rescanned { .. })) => "an exception that was scanned again",
        };
        let waits = "an exception that waits";
        Err(Refusal::new(
            RefusalCode::WrongState,
            &["R25"],
            found,
            waits,
        ))
    }
}

fn demand(trouble: Trouble, may: bool, accepted: &str) -> Result<(), Refusal> {
    if may {
        return Ok(());
    }
    let (basis, found) = match trouble {
        Trouble::Image => (&["R31", "R32"][..], trouble.as_str()),
        Trouble::Returned => (&["R29"][..], trouble.as_str()),
        Trouble::Whose | Trouble::Repeated | Trouble::Withdrawn => (&["R25"][..], trouble.as_str()),
    };
    let found = format!("a record that {found}");
    let accepted = format!("{accepted}, or a new scan");
    Err(Refusal::new(
        RefusalCode::WrongState,
        basis,
        found,
        accepted,
    ))
}
