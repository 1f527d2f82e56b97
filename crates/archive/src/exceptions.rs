//! Exceptions (异常件): the queue of records that stand against no task, and what becomes of each.

use domain::{Actor, BranchCode, RecordId, Via};
use entries::{Body, Draft, RecordAssigned, RecordRescanned, RecordSettled};
use journal::{JournalError, Lookup, Queued, described, filed_with, signed};
use policy::case::Workflow as _;
use policy::description::Description;
use policy::exception::{Command, Event, PROCEDURE, Settlement};
use policy::flow::TaskId;
use policy::refusal::{Refusal, RefusalCode};

use crate::cases::{own, with_grounds};
use crate::matching::Scan;
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
        let body = self.filed(record)?.body;
        let bag = body.tagmanifest_sha256;
        let instead_of = match &settling {
            Settling::Rescanned { instead } => Some(self.filed(*instead)?.body),
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
            let ((event, person), actor_known) =
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
            let entered = match (settlement, &settling) {
                (Settlement::Assigned, Settling::Assign { task, .. }) => {
                    let at = known_flow(lookup, task, &branch)?;
                    let known = lookup.described(record)?;
                    let known = known.unwrap_or_else(|| filed_with(&body.facts));
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
                        now: Some(described(of_task(known, task, &at.1))),
                    })
                }
                (Settlement::Kept, _) => Body::RecordKept(settled),
                (Settlement::Rejected, _) => Body::RecordRejected(settled),
                (Settlement::Rescanned { instead }, _) => {
                    demand_scanned(lookup, &branch, (instead, instead_of.as_ref()))?;
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
                actor: actor_known,
                via: via.clone(),
                body: entered,
                rules: ruling.name.clone(),
            };
            Ok((draft, ()))
        })
        .await
    }
}

/// What is known of a record once it stands for a task: whose it is, its task says.
fn of_task(known: Description, task: &TaskId, flow: &policy::flow::Flow) -> Description {
    let facts = flow.facts.as_ref();
    let class = flow.task(task.number).map(|task| task.class.clone());
    known.corrected(&Description {
        client: facts.map(|facts| facts.client.clone()),
        class,
        flow: Some(task.flow.clone()),
        business_date: facts.map(|facts| facts.business_date),
        account: None,
        document_name: None,
    })
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

/// A new scan takes another's place only at the same branch, and if it is filed and of use.
fn demand_scanned(
    lookup: Lookup<'_>,
    branch: &BranchCode,
    (instead, body): (RecordId, Option<&entries::RecordBody>),
) -> Result<(), JournalError> {
    let settled = lookup.exception(instead)?.map(|queued| queued.exception);
    let of_no_use = settled.is_some_and(|exception| match exception.settlement {
        None => exception.is_waiting(),
        Some(Settlement::Assigned | Settlement::Kept) => false,
        Some(Settlement::Rejected | Settlement::Rescanned { .. }) => true,
    });
    let facts = body.map(|body| &body.facts);
    let filed = facts.is_some_and(|facts| facts.exception.is_none());
    let here = facts.is_some_and(|facts| facts.branch == *branch);
    if filed && here && !of_no_use {
        return Ok(());
    }
    let found = if here {
        format!("record {instead}, which is an exception itself")
    } else {
        format!("record {instead} of another branch")
    };
    Err(JournalError::refused(Refusal::new(
        RefusalCode::WrongState,
        &["R25"],
        found,
        "a record of the branch that is filed",
    )))
}
