//! Waivers (豁免, R07, R22): a document is left out by two people, whatever a profile says.

use domain::{ClassCode, Digest, FondsId};

use super::{APPROVER, Command, Event, Flow, REQUESTER, TaskId, TaskStanding};
use crate::authority::Signature;
use crate::case::{Acting, Grounds};
use crate::reason::demand_reason;
use crate::refusal::{Refusal, RefusalCode};

/// What is signed for a waiver: these lines, in UTF-8, each ended by LF.
#[must_use]
pub fn waiver_statement(fonds: FondsId, task: &TaskId, class: &ClassCode, reason: &str) -> String {
    format!(
        "vouchsafe-waiver/1\n{fonds}\n{task}\n{class}\n{}\n",
        reason.trim()
    )
}

impl Flow {
    /// Decides what is asked about a waiver.
    pub(super) fn decide_waiver(
        &self,
        command: &Command,
        by: Acting<'_>,
        grounds: &Grounds<'_>,
    ) -> Result<Event, Refusal> {
        match command {
            Command::AskWaiver {
                number,
                reason,
                content,
            } => {
                let signature = grounds.sign(REQUESTER, by, *content, &[])?;
                self.known()?;
                let task = self.to_scan(*number)?;
                let reason = demand_reason(reason)?;
                Ok(Event::WaiverAsked {
                    number: *number,
                    class: task.class.clone(),
                    reason,
                    signature,
                })
            }
            Command::GrantWaiver { number, content } => {
                self.known()?;
                let signature = self.granted(*number, *content, by, grounds)?;
                Ok(Event::WaiverGranted {
                    number: *number,
                    signature,
                })
            }
            Command::DenyWaiver { number, reason } => {
                self.known()?;
                let asked = self.asked(*number)?;
                grounds.sign(APPROVER, by, asked.content, std::slice::from_ref(asked))?;
                let reason = demand_reason(reason)?;
                Ok(Event::WaiverDenied {
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
            | Command::Scan { .. }
            | Command::PassReview { .. }
            | Command::ReturnReview { .. } => Err(self.wrong_state("something about a waiver")),
        }
    }

    pub(super) fn asked(&self, number: u16) -> Result<&Signature, Refusal> {
        match self.task(number).map(|task| &task.standing) {
            Some(TaskStanding::WaiverAsked { signature }) => Ok(signature),
            Some(_) | None => Err(self.wrong_task(number, "a task that waits for its waiver")),
        }
    }

    /// The second signature of a waiver, once nothing is lacking.
    fn granted(
        &self,
        number: u16,
        content: Digest,
        by: Acting<'_>,
        grounds: &Grounds<'_>,
    ) -> Result<Signature, Refusal> {
        let asked = self.asked(number)?;
        if asked.content != content {
            return Err(Refusal::new(
                RefusalCode::OtherContent,
                &["R07", "R22"],
                format!("a waiver of {content}"),
                format!("one of what was asked, {}", asked.content),
            ));
        }
        let mut signed = vec![asked.clone()];
        let signature = grounds.sign(APPROVER, by, content, &signed)?;
        // Whatever a profile leaves out: a waiver takes a second person.
        if asked.person == signature.person {
            return Err(Refusal::new(
                RefusalCode::SamePerson,
                &["R07", "R22"],
                format!("{} has asked for it", signature.person),
                "another person",
            ));
        }
        signed.push(signature.clone());
        grounds.demand_complete(&signed, content)?;
        Ok(signature)
    }
}
