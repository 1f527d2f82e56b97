//! A scan task (采集任务), and how it stands.

use domain::{BusinessDate, ClassCode, FlowNo, RecordId};
use serde::{Deserialize, Serialize};

use crate::authority::Signature;
use crate::deadline::Duty;

/// Where a task came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The template of its business (R23).
    Template,
    /// Somebody's hand (R27).
    Manual,
}

/// How a task stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum TaskStanding {
    /// Its document is to be scanned.
    ToScan,
    /// Somebody asks that its document be left out; until a second person says so it is owed.
    WaiverAsked {
        /// Over what the second person signs too.
        signature: Signature,
    },
    /// Its image is there, and waits for its review (R29).
    Scanned {
        /// The record of the image.
        record: RecordId,
        /// Who put it there, over its statement.
        signature: Signature,
    },
    /// Its image was found in order. At rest.
    Reviewed {
        /// The record of the image.
        record: RecordId,
        /// The day on which it was put there.
        scanned: BusinessDate,
        /// The day on which it was reviewed.
        reviewed: BusinessDate,
    },
    /// A document that is kept already serves it (R24). At rest.
    Shared {
        /// The record of that document, which stands for another task.
        record: RecordId,
    },
    /// Two people have said that its document is left out. At rest.
    Waived,
    /// Another task has taken its place (R27), by its number. At rest.
    Replaced {
        /// That task.
        by: u16,
    },
    /// The flow was corrected or cancelled, and it is not owed any more. At rest.
    Withdrawn,
}

impl TaskStanding {
    /// Whether nothing more is owed. A task comes to rest once.
    #[must_use]
    pub const fn is_at_rest(&self) -> bool {
        match self {
            Self::Reviewed { .. }
            | Self::Shared { .. }
            | Self::Waived
            | Self::Replaced { .. }
            | Self::Withdrawn => true,
            Self::ToScan | Self::WaiverAsked { .. } | Self::Scanned { .. } => false,
        }
    }

    /// The record of its image, where it has one of its own.
    #[must_use]
    pub const fn record(&self) -> Option<RecordId> {
        match self {
            Self::Scanned { record, .. } | Self::Reviewed { record, .. } => Some(*record),
            Self::ToScan
            | Self::WaiverAsked { .. }
            | Self::Shared { .. }
            | Self::Waived
            | Self::Replaced { .. }
            | Self::Withdrawn => None,
        }
    }

    /// How it stands, as the end of "the task …".
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::ToScan => "is to be scanned",
            Self::WaiverAsked { .. } => "waits for its waiver",
            Self::Scanned { .. } => "waits for its review",
            Self::Reviewed { .. } => "was reviewed",
            Self::Shared { .. } => "is served by a document that was kept",
            Self::Waived => "was waived",
            Self::Replaced { .. } => "was replaced",
            Self::Withdrawn => "was withdrawn",
        }
    }
}

/// What was not done by its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missed {
    /// Its document was not scanned (R28).
    Capture,
    /// Its image was not reviewed (R29).
    Review,
}

impl Missed {
    /// The duty.
    #[must_use]
    pub const fn duty(self) -> Duty {
        match self {
            Self::Capture => Duty::Capture,
            Self::Review => Duty::Review,
        }
    }
}

/// A scan task (采集任务): one document that a flow owes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The class of the document.
    pub class: ClassCode,
    /// Where the task came from.
    pub origin: Origin,
    /// How it stands.
    pub standing: TaskStanding,
}

/// A task by its flow and its number there, from 1: `20261120-000123/2` as it is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskId {
    /// The flow.
    pub flow: FlowNo,
    /// Which of its tasks.
    pub number: u16,
}

impl std::fmt::Display for TaskId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.flow, self.number)
    }
}

/// The text names no task.
#[derive(Debug, thiserror::Error)]
#[error("not a task: expected FLOW/NUMBER such as 20261120-000123/2, found {found:?}")]
pub struct TaskIdError {
    /// What stood there.
    pub found: String,
}

impl std::str::FromStr for TaskId {
    type Err = TaskIdError;

    fn from_str(text: &str) -> Result<Self, TaskIdError> {
        let wrong = || TaskIdError {
            found: text.chars().take(80).collect(),
        };
        let (flow, number) = text.rsplit_once('/').ok_or_else(wrong)?;
        let number: u16 = number.parse().map_err(|_| wrong())?;
        let task = Self {
            flow: flow.parse().map_err(|_| wrong())?,
            number,
        };
        // One spelling: no sign, no nought in front.
        if number == 0 || task.to_string() != text {
            return Err(wrong());
        }
        Ok(task)
    }
}
