//! Images: put where a document is owed (R25, R28), and looked at by a second pair of eyes (R29).

use domain::RecordId;

use super::{Command, Event, Flow, REVIEWER, SCANNER, TaskStanding};
use crate::authority::Signature;
use crate::case::{Acting, Grounds};
use crate::reason::demand_reason;
use crate::refusal::{Refusal, RefusalCode};

impl Flow {
    /// Decides what is asked about an image.
    pub(super) fn decide_image(
        &self,
        command: &Command,
        by: Acting<'_>,
        grounds: &Grounds<'_>,
    ) -> Result<Event, Refusal> {
        match command {
            Command::Scan {
                number,
                record,
                content,
            } => {
                let signature = grounds.sign(SCANNER, by, *content, &[])?;
                self.known()?;
                self.to_scan(*number)?;
                if self.holds(*record) {
                    return Err(Refusal::new(
                        RefusalCode::WrongState,
                        &["R25"],
                        format!("record {record}, which another task of the flow has"),
                        "an image of its own for each task",
                    ));
                }
                Ok(Event::Scanned {
                    number: *number,
                    record: *record,
                    signature,
                })
            }
            Command::PassReview { number, content } => {
                self.known()?;
                let (_, scanned) = self.scanned(*number)?;
                if scanned.content != *content {
                    return Err(Refusal::new(
                        RefusalCode::OtherContent,
                        &["R29"],
                        format!("a review of {content}"),
                        format!("one of the image that is there, {}", scanned.content),
                    ));
                }
                if grounds.day < scanned.day {
                    return Err(Refusal::new(
                        RefusalCode::WrongDay,
                        &["R29"],
                        format!(
                            "a review on {} of what was scanned on {}",
                            grounds.day, scanned.day
                        ),
                        "a review after it was scanned",
                    ));
                }
                // That it was scanned is a fact: it stays one when whoever scanned has left, and
                // however late the review is.
                let scanned = std::slice::from_ref(scanned);
                let signature = grounds.sign(REVIEWER, by, *content, scanned)?;
                Ok(Event::ReviewPassed {
                    number: *number,
                    signature,
                })
            }
            Command::ReturnReview { number, reason } => {
                self.known()?;
                let (_, scanned) = self.scanned(*number)?;
                let content = scanned.content;
                grounds.sign(REVIEWER, by, content, std::slice::from_ref(scanned))?;
                let reason = demand_reason(reason)?;
                Ok(Event::ReviewReturned {
                    number: *number,
                    reason,
                })
            }
            Command::Record(_)
            | Command::Correct(_)
            | Command::Cancel
            | Command::AddTask { .. }
            | Command::AdjustTask { .. }
            | Command::Share { .. }
            | Command::Verify { .. }
            | Command::AskWaiver { .. }
            | Command::GrantWaiver { .. }
            | Command::DenyWaiver { .. } => Err(self.wrong_state("something about an image")),
        }
    }

    /// Whether one of its tasks has this record.
    #[must_use]
    pub fn holds(&self, record: RecordId) -> bool {
        self.records().any(|held| held == record)
    }

    /// The records of its images.
    pub fn records(&self) -> impl Iterator<Item = RecordId> {
        let tasks = self.tasks.iter();
        tasks.filter_map(|task| task.standing.record())
    }

    /// The image that waits for its review, and who put it there.
    pub(super) fn scanned(&self, number: u16) -> Result<(RecordId, &Signature), Refusal> {
        match self.task(number).map(|task| &task.standing) {
            Some(TaskStanding::Scanned { record, signature }) => Ok((*record, signature)),
            Some(_) | None => {
                Err(self.wrong_task(number, "a task whose image waits for its review"))
            }
        }
    }
}
