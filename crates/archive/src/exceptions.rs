//! Exceptions (异常件): the queue of records that stand against no task, and what becomes of each.

use domain::{Actor, BranchCode, RecordId, Via};
use entries::{Body, Draft, RecordAssigned, RecordRescanned, RecordSettled};
use journal::{JournalError, Lookup, Queued, signed};
use policy::case::Workflow as _;
use policy::exception::{Command, Event, Exception, PROCEDURE, Settlement};
use policy::flow::TaskId;
use policy::refusal::{Refusal, RefusalCode};

use crate::cases::with_grounds;
use crate::matching::{Scan, own};
use crate::{Archive, ArchiveError};

/// What becomes of an exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settling {
    /// It is for this task.
    Assign {
        /// The task.
        task: TaskId,
        /// Why.
        reason: String,
    },
    /// It is for no task, and is kept all the same.
    Keep {
        /// Why.
        reason: String,
    },
    /// It is of no use.
    Reject {
        /// Why.
        reason: String,
    },
    /// This record has taken its place.
    Rescanned {
        /// The record.
        instead: RecordId,
    },
}

impl Settling {
    fn command(&self) -> Command {
        match self {
            Self::Assign { reason, .. } => Command::Assign {
                reason: reason.clone(),
            },
            Self::Keep { reason } => Command::Keep {
                reason: reason.clone(),
            },
            Self::Reject { reason } => Command::Reject {
                reason: reason.clone(),
            },
            Self::Rescanned { instead } => Command::Rescanned { instead: *instead },
        }
    }
}

impl Archive {
    /// The records that wait for a person, of one branch or of all.
    ///
    /// # Errors
    /// The catalog could not be read.
    pub fn exceptions(
        &self,
        branch: Option<&BranchCode>,
    ) -> Result<Vec<(RecordId, Queued)>, ArchiveError> {
        Ok(Lookup::of(self.catalog()).queue(branch)?)
    }

    /// How a record stands as an exception, if it ever was one.
    ///
    /// # Errors
    /// The catalog could not be read.
    pub fn exception(&self, record: RecordId) -> Result<Option<Queued>, ArchiveError> {
        Ok(Lookup::of(self.catalog()).exception(record)?)
    }

    /// Says what becomes of an exception. The record stays readable whatever that is.
    ///
    /// # Errors
    /// Whoever acts may not, the record does not wait, the task is not to be scanned, or it
    /// cannot be entered.
    pub async fn settle(
        &self,
        record: RecordId,
        settling: Settling,
        (actor, via): (&Actor, &Via),
    ) -> Result<(), ArchiveError> {
        let bag = self.show(record)?.body.tagmanifest_sha256;
        let instead_of = match &settling {
            Settling::Rescanned { instead } => Some(self.show(*instead)?.body),
            Settling::Assign { .. } | Settling::Keep { .. } | Settling::Reject { .. } => None,
        };
        let fonds = self.fonds.fonds;
        let (actor, via) = (actor.clone(), via.clone());
        self.enter_and_tell(move |id, view, ruling| {
            let (lookup, day) = (view.lookup(), view.at().china_day());
            let by = (&actor, &via);
            let queued = lookup.exception(record)?;
            let (state, branch) = match queued {
                Some(queued) => (queued.exception, queued.branch),
                None => return Err(no_exception(record)),
            };
            let seat = (PROCEDURE, &own(&branch));
            let command = settling.command();
            let ((event, person), known) =
                with_grounds(lookup, (ruling, day), seat, by, |acting, grounds| {
                    let event = state.decide(&command, acting, &grounds)?;
                    Ok((event, acting.person.id.clone()))
                })?;
            let Event::Settled { settlement, reason } = event else {
                return Err(JournalError::Ended);
            };
            let settled = RecordSettled {
                record,
                branch: branch.clone(),
                by: person.clone(),
                reason: reason.clone().unwrap_or_default(),
            };
            let body = match (settlement, &settling) {
                (Settlement::Assigned, Settling::Assign { task, .. }) => {
                    let at = known_flow(lookup, task, &branch)?;
                    let scan = Scan {
                        sheet: &at.0,
                        task: task.clone(),
                        record,
                        bag,
                        fonds,
                    };
                    let (signature, _) = scan.decide(lookup, (ruling, day), &at.1, by)?;
                    Body::RecordAssigned(RecordAssigned {
                        record,
                        branch,
                        at: scan.at(),
                        reason: reason.unwrap_or_default(),
                        signature: signed(&signature),
                    })
                }
                (Settlement::Kept, _) => Body::RecordKept(settled),
                (Settlement::Rejected, _) => Body::RecordRejected(settled),
                (Settlement::Rescanned { instead }, _) => {
                    demand_scanned(lookup, instead, instead_of.as_ref())?;
                    Body::RecordRescanned(RecordRescanned {
                        record,
                        branch,
                        by: person,
                        instead,
                    })
                }
                (Settlement::Assigned, _) => return Err(JournalError::Ended),
            };
            let draft = Draft {
                id,
                actor: known,
                via: via.clone(),
                body,
                rules: ruling.name.clone(),
            };
            Ok((draft, ()))
        })
        .await
    }
}

fn no_exception(record: RecordId) -> JournalError {
    JournalError::refused(Refusal::new(
        RefusalCode::WrongState,
        &["R25"],
        format!("record {record}, which is no exception"),
        "an exception that waits; `vouchsafe exception` lists them",
    ))
}

/// The flow of a task and its sheet, at the branch whose queue the record waits in.
fn known_flow(
    lookup: Lookup<'_>,
    task: &TaskId,
    branch: &BranchCode,
) -> Result<(entries::SheetRef, policy::flow::Flow), JournalError> {
    let refused = |code, found: String, accepted: &str| {
        JournalError::refused(Refusal::new(code, &["R25"], found, accepted))
    };
    let flow = &task.flow;
    let Some(at) = lookup.flow(flow)? else {
        return Err(refused(
            RefusalCode::WrongState,
            format!("flow {flow}, of which nothing was said"),
            "a flow that was taken over from the counter system",
        ));
    };
    if at.0.branch == *branch {
        return Ok(at);
    }
    Err(refused(
        RefusalCode::OtherBranch,
        format!("flow {flow} of branch {}", at.0.branch),
        &format!("one of branch {branch}, where the record waits"),
    ))
}

/// A new scan takes another's place only if it stands for a task, or is settled itself.
fn demand_scanned(
    lookup: Lookup<'_>,
    instead: RecordId,
    body: Option<&entries::RecordBody>,
) -> Result<(), JournalError> {
    let waits = lookup
        .exception(instead)?
        .is_some_and(|queued| Exception::is_waiting(&queued.exception));
    let filed = body.is_some_and(|body| body.facts.exception.is_none());
    if filed && !waits {
        return Ok(());
    }
    Err(JournalError::refused(Refusal::new(
        RefusalCode::WrongState,
        &["R25"],
        format!("record {instead}, which is an exception itself"),
        "a record that is filed",
    )))
}
