//! Review of images (影像复核, R29): passed, or sent back to be scanned again.

use domain::{Actor, Digest, Via};
use policy::flow::{Command, TaskId, TaskStanding};

use crate::{Archive, ArchiveError};

/// What a review came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewResult<'a> {
    /// The image is in order.
    Passed,
    /// The document is to be scanned again.
    Returned {
        /// Why.
        reason: &'a str,
    },
}

impl Archive {
    /// Says what a review of the image that stands for a task came to.
    ///
    /// # Errors
    /// Whoever acts may not, no image waits for its review, or it cannot be entered.
    pub async fn review(
        &self,
        task: &TaskId,
        result: ReviewResult<'_>,
        by: (&Actor, &Via),
    ) -> Result<(), ArchiveError> {
        let flow = self.flow(&task.flow)?.unwrap_or_default();
        let number = task.number;
        let command = match result {
            ReviewResult::Passed => {
                let scanned = match flow.task(number).map(|task| &task.standing) {
                    Some(TaskStanding::Scanned { signature, .. }) => Some(signature.content),
                    // Of any other the machine says why not.
                    Some(_) | None => None,
                };
                let content = scanned.unwrap_or_else(|| Digest::of(b""));
                Command::PassReview { number, content }
            }
            ReviewResult::Returned { reason } => Command::ReturnReview {
                number,
                reason: reason.to_owned(),
            },
        };
        self.act_on_flow(&task.flow, command, by, false).await?;
        Ok(())
    }
}
