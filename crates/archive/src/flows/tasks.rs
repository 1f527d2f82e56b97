//! Tasks: added and adjusted by hand (R27), and left out by two people (R07, R22).

use domain::{Actor, ClassCode, Digest, FlowNo, Via};
use policy::flow::{Command, TaskId, TaskStanding, waiver_statement};

use crate::{Archive, ArchiveError};

/// The answer to a waiver that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaiverAnswer<'a> {
    /// The document is left out.
    Granted,
    /// It is owed as before.
    Denied {
        /// Why.
        reason: &'a str,
    },
}

impl Archive {
    /// Adds a task that no template makes (R27). Says its number.
    ///
    /// # Errors
    /// Whoever acts may not, the class is none of the profile's, or it cannot be entered.
    pub async fn add_task(
        &self,
        flow: &FlowNo,
        (class, reason): (&ClassCode, &str),
        by: (&Actor, &Via),
    ) -> Result<TaskId, ArchiveError> {
        let command = Command::AddTask {
            class: class.clone(),
            reason: reason.to_owned(),
        };
        let decided = self.act_on_flow(flow, command, by, false).await?;
        Ok(TaskId {
            flow: flow.clone(),
            number: decided.next_task,
        })
    }

    /// Puts another task in the place of a wrong one (R27). Says its number.
    ///
    /// # Errors
    /// As [`Archive::add_task`]; or the task is not to be scanned any more.
    pub async fn adjust_task(
        &self,
        task: &TaskId,
        (class, reason): (&ClassCode, &str),
        by: (&Actor, &Via),
    ) -> Result<TaskId, ArchiveError> {
        let command = Command::AdjustTask {
            number: task.number,
            class: class.clone(),
            reason: reason.to_owned(),
        };
        let decided = self.act_on_flow(&task.flow, command, by, false).await?;
        Ok(TaskId {
            flow: task.flow.clone(),
            number: decided.next_task,
        })
    }

    /// Asks that a document be left out (R07, R22).
    ///
    /// # Errors
    /// Whoever acts may not, the document is not owed, or it cannot be entered.
    pub async fn ask_waiver(
        &self,
        task: &TaskId,
        reason: &str,
        by: (&Actor, &Via),
    ) -> Result<(), ArchiveError> {
        let flow = self.flow(&task.flow)?.unwrap_or_default();
        // Of a task that is not there the machine says so, whatever would be signed.
        let class = flow.task(task.number).map(|task| task.class.clone());
        let statement = class
            .map(|class| waiver_statement(self.fonds.fonds, task, &class, reason))
            .unwrap_or_default();
        let command = Command::AskWaiver {
            number: task.number,
            reason: reason.to_owned(),
            content: Digest::of(statement.as_bytes()),
        };
        self.act_on_flow(&task.flow, command, by, false).await?;
        Ok(())
    }

    /// Grants or denies what was asked, as it stands in the ledger.
    ///
    /// # Errors
    /// Whoever acts may not, nothing was asked, or it cannot be entered.
    pub async fn answer_waiver(
        &self,
        task: &TaskId,
        answer: WaiverAnswer<'_>,
        by: (&Actor, &Via),
    ) -> Result<(), ArchiveError> {
        let flow = self.flow(&task.flow)?.unwrap_or_default();
        let asked = flow
            .task(task.number)
            .and_then(|task| match &task.standing {
                TaskStanding::WaiverAsked { signature } => Some(signature.content),
                TaskStanding::ToScan
                | TaskStanding::Scanned { .. }
                | TaskStanding::Reviewed { .. }
                | TaskStanding::Shared { .. }
                | TaskStanding::Waived
                | TaskStanding::Replaced { .. }
                | TaskStanding::Withdrawn => None,
            });
        let number = task.number;
        let command = match answer {
            WaiverAnswer::Granted => Command::GrantWaiver {
                number,
                content: asked.unwrap_or_else(|| Digest::of(b"")),
            },
            WaiverAnswer::Denied { reason } => Command::DenyWaiver {
                number,
                reason: reason.to_owned(),
            },
        };
        self.act_on_flow(&task.flow, command, by, false).await?;
        Ok(())
    }
}
