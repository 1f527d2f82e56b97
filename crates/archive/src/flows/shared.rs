//! Sharing (资料共用, R24, R123): a document that is kept already serves a task.

use domain::{Actor, RecordId, Via};
use journal::{Lookup, filed_with};
use policy::description::Description;
use policy::flow::{Command, KeptRecord, TaskId, TaskStanding, title_of};
use policy::refusal::{Refusal, RefusalCode};
use policy::sharing::{Kept, Validity};

use crate::{Archive, ArchiveError};

/// What somebody who has the paper before them says of a copy that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptCopy {
    /// Its record.
    pub record: RecordId,
    /// Until when the document is valid.
    pub validity: Validity,
    /// Whether the document is still as the copy shows it; `None` if nobody has looked.
    pub unchanged: Option<bool>,
}

impl Archive {
    /// Lets a document that is kept already serve a task, so that it is not scanned again.
    ///
    /// # Errors
    /// Whoever acts may not, the task is not to be scanned, the document may not serve it, or it
    /// cannot be entered.
    pub async fn share_task(
        &self,
        task: &TaskId,
        copy: KeptCopy,
        reason: &str,
        by: (&Actor, &Via),
    ) -> Result<(), ArchiveError> {
        let lookup = Lookup::of(self.catalog());
        let known = self.description(copy.record)?;
        let ruling = self.ruling_on(self.clock.now().china_day()).await?;
        let (Some(client), Some(class)) = (known.client, known.class) else {
            return Err(ArchiveError::Refused(Refusal::new(
                RefusalCode::OtherContent,
                &["R24"],
                format!("record {}, of unknown client or class", copy.record),
                "a record of which both are known",
            )));
        };
        // What a review has passed stays where it is, so this can be asked before the commit.
        let of = known.flow.map(|flow| lookup.flow(&flow)).transpose()?;
        let tasks = of.flatten().map(|(_, flow)| flow.tasks).unwrap_or_default();
        let in_order = tasks.iter().any(|task| {
            matches!(task.standing, TaskStanding::Reviewed { record, .. } if record == copy.record)
        });
        let title = title_of(&ruling.profile, &class).to_owned();
        let kept = Kept {
            client,
            class,
            name: known.document_name.unwrap_or(title),
            validity: copy.validity,
            unchanged: copy.unchanged,
        };
        let command = Command::Share {
            number: task.number,
            kept: Box::new(KeptRecord {
                record: copy.record,
                in_order,
                kept,
            }),
            reason: reason.to_owned(),
        };
        self.act_on_flow(&task.flow, command, by, false).await?;
        Ok(())
    }

    /// What is known of a record now.
    ///
    /// # Errors
    /// There is none, or the catalog could not be read.
    pub fn description(&self, record: RecordId) -> Result<Description, ArchiveError> {
        let now = Lookup::of(self.catalog()).described(record)?;
        match now {
            Some(now) => Ok(now),
            None => Ok(filed_with(&self.filed(record)?.body.facts)),
        }
    }
}
