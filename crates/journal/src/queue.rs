//! The queue of exceptions (异常件队列): records that stand against no task and wait for a person.
//!
//! How each record stands is what `policy` makes of its entries. Which of them wait is a fact of
//! its own for each branch, so that the queue is found without looking at what is settled.

use domain::{BranchCode, RecordId};
use entries::{Body, ExceptionCode, Filing, NoTask};
use policy::case::Workflow as _;
use policy::exception::{Event, Exception, Settlement, Trouble};
use serde::{Deserialize, Serialize};

use crate::error::unreadable;
use crate::index::Fact;
use crate::sheets::{Changed, Read};
use crate::{JournalError, Lookup};

const STANDING: &str = "exception/";
const WAITING: &str = "waiting/";

/// What a record is called that stood for a task which is not owed any more.
pub const WITHDRAWN: &str = "withdrawn";
/// What a record is called that its review has sent back.
pub const RETURNED: &str = "returned";

/// A record as an exception.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    /// The branch whose queue it waits in.
    pub branch: BranchCode,
    /// The stored code of what is wrong: an [`ExceptionCode`], a [`NoTask`], or [`WITHDRAWN`].
    pub why: String,
    /// How it stands.
    pub exception: Exception,
}

fn standing_key(record: RecordId) -> Vec<u8> {
    format!("{STANDING}{record}").into_bytes()
}

fn waiting_key(branch: &BranchCode, record: RecordId) -> Vec<u8> {
    format!("{WAITING}{branch}/{record}").into_bytes()
}

/// What a code of intake means for what can be done about the record.
const fn trouble(code: ExceptionCode) -> Trouble {
    match code {
        ExceptionCode::Unmatched
        | ExceptionCode::Conflict
        | ExceptionCode::OriginConflict
        | ExceptionCode::SidecarDamaged => Trouble::Whose,
        ExceptionCode::Empty
        | ExceptionCode::UnknownType
        | ExceptionCode::Truncated
        | ExceptionCode::Damaged
        | ExceptionCode::Unsupported
        | ExceptionCode::NoPages
        | ExceptionCode::Encrypted
        | ExceptionCode::TooManyPages
        | ExceptionCode::TooManyPixels
        | ExceptionCode::TooLarge
        | ExceptionCode::TimedOut
        | ExceptionCode::ReaderStopped
        | ExceptionCode::DpiUnknown
        | ExceptionCode::DpiTooHigh
        | ExceptionCode::Rotated
        | ExceptionCode::Blank
        | ExceptionCode::DpiTooLow
        | ExceptionCode::SizeUnexpected
        | ExceptionCode::CutOff
        | ExceptionCode::TooDark
        | ExceptionCode::Skewed
        | ExceptionCode::FileMissing => Trouble::Image,
    }
}

const fn trouble_of_filing(why: NoTask) -> Trouble {
    match why {
        NoTask::Repeated => Trouble::Repeated,
        NoTask::Unmatched
        | NoTask::NoFlow
        | NoTask::OtherBranch
        | NoTask::WrongClient
        | NoTask::NoSuchTask
        | NoTask::HasImage
        | NoTask::Ambiguous
        | NoTask::NotPermitted => Trouble::Whose,
    }
}

/// The branch whose queue a record comes into, and what it is called there.
type Raised<'a> = (&'a BranchCode, &'static str);

/// What an entry says of records as exceptions: the record, and for one that becomes one, its
/// branch and what it is called.
fn told(body: &Body) -> Option<(RecordId, Option<Raised<'_>>, Event)> {
    let settled = |record: RecordId, settlement, reason: Option<&String>| {
        let reason = reason.cloned();
        (record, None, Event::Settled { settlement, reason })
    };
    Some(match body {
        Body::RecordFiled(body) => match &body.filing {
            Some(Filing::Open { why }) => {
                let trouble = trouble_of_filing(*why);
                let at = Some((&body.facts.branch, why.as_str()));
                (body.facts.record, at, Event::Raised { trouble })
            }
            Some(Filing::Task { .. }) | None => return None,
        },
        Body::RecordExcepted(body) => {
            let refused = body.facts.exception.as_ref()?;
            let at = Some((&body.facts.branch, refused.code.as_str()));
            let trouble = trouble(refused.code);
            (body.facts.record, at, Event::Raised { trouble })
        }
        Body::RecordAssigned(body) => {
            settled(body.record, Settlement::Assigned, Some(&body.reason))
        }
        Body::RecordKept(body) => settled(body.record, Settlement::Kept, Some(&body.reason)),
        Body::RecordRejected(body) => {
            settled(body.record, Settlement::Rejected, Some(&body.reason))
        }
        Body::RecordRescanned(body) => {
            let instead = body.instead;
            settled(body.record, Settlement::Rescanned { instead }, None)
        }
        Body::BranchesRecorded(_)
        | Body::ClientsRecorded(_)
        | Body::AccountsRecorded(_)
        | Body::DayReconciled(_)
        | Body::DayClosed(_)
        | Body::FondsCreated(_)
        | Body::BatchReceived(_)
        | Body::BatchInterrupted(_)
        | Body::BatchClosed(_)
        | Body::RecordOpened(_)
        | Body::TextSearched(_)
        | Body::ActInterrupted(_)
        | Body::PersonRecorded(_)
        | Body::RulesProposed(_)
        | Body::RulesConfirmed(_)
        | Body::RulesRejected(_)
        | Body::RulesWithdrawn(_)
        | Body::FlowsRecorded(_)
        | Body::FlowCorrected(_)
        | Body::FlowCancelled(_)
        | Body::TaskAdded(_)
        | Body::TaskAdjusted(_)
        | Body::WaiverAsked(_)
        | Body::WaiverGranted(_)
        | Body::WaiverDenied(_)
        | Body::ReviewPassed(_)
        | Body::ReviewReturned(_)
        | Body::DeadlineMissed(_)
        | Body::TaskShared(_)
        | Body::FlowVerified(_)
        | Body::RecordCorrected(_)
        | Body::ClientClaimed(_)
        | Body::ClientGiven(_)
        | Body::ChangeAsked(_)
        | Body::ChangeConfirmed(_)
        | Body::ChangeRejected(_)
        | Body::ChangeWithdrawn(_)
        | Body::FindingReported(_)
        | Body::FindingMended(_)
        | Body::FindingDismissed(_) => return None,
    })
}

/// The facts that an entry changes, given what it changes about flows.
pub(crate) fn facts_of(
    body: &Body,
    changed: &Changed,
    read: Read<'_>,
) -> Result<Vec<Fact>, JournalError> {
    let mut facts = Vec::new();
    let raised = changed.dropped.iter().map(|dropped| {
        let trouble = dropped.trouble;
        let why = match trouble {
            Trouble::Returned => RETURNED,
            Trouble::Image | Trouble::Whose | Trouble::Repeated | Trouble::Withdrawn => WITHDRAWN,
        };
        let at = Some((&dropped.branch, why));
        (dropped.record, at, Event::Raised { trouble })
    });
    let replaced = changed.replaced.iter().map(|(record, instead)| {
        let settlement = Settlement::Rescanned { instead: *instead };
        let reason = None;
        (*record, None, Event::Settled { settlement, reason })
    });
    for (record, at, event) in told(body).into_iter().chain(raised).chain(replaced) {
        let stored = read(&standing_key(record))?;
        let known = stored.map(|bytes| parse(&bytes)).transpose()?;
        let Some(mut queued) = known.or_else(|| {
            let (branch, why) = at?;
            Some(Queued {
                branch: branch.clone(),
                why: why.to_owned(),
                exception: Exception::default(),
            })
        }) else {
            // Settled, and never an exception: only a forged ledger says so.
            continue;
        };
        let before = waiting_key(&queued.branch, record);
        let waited = queued.exception.is_waiting();
        queued.exception = queued.exception.apply(&event);
        if let Some((branch, why)) = at.filter(|_| !waited) {
            branch.clone_into(&mut queued.branch);
            why.clone_into(&mut queued.why);
        }
        facts.push((before, None));
        let json = serde_json::to_vec(&queued).map_err(|_| unreadable("exception"))?;
        if queued.exception.is_waiting() {
            let key = waiting_key(&queued.branch, record);
            facts.push((key, Some(Vec::new())));
        }
        facts.push((standing_key(record), Some(json)));
    }
    Ok(facts)
}

impl Lookup<'_> {
    /// How a record stands as an exception, if it ever was one.
    pub fn exception(self, record: RecordId) -> Result<Option<Queued>, JournalError> {
        let stored = self.fact(&standing_key(record))?;
        stored.map(|bytes| parse(&bytes)).transpose()
    }

    /// The records that wait, of one branch or of all, oldest first within a branch.
    pub fn queue(
        self,
        branch: Option<&BranchCode>,
    ) -> Result<Vec<(RecordId, Queued)>, JournalError> {
        let prefix = branch.map_or_else(
            || WAITING.to_owned(),
            |branch| format!("{WAITING}{branch}/"),
        );
        let mut queue = Vec::new();
        for (key, _) in self.with_prefix(&prefix)? {
            let record = std::str::from_utf8(&key).ok();
            let record = record.and_then(|key| key.rsplit_once('/')?.1.parse().ok());
            let record: RecordId = record.ok_or_else(|| unreadable("exception"))?;
            let queued = self
                .exception(record)?
                .ok_or_else(|| unreadable("exception"))?;
            queue.push((record, queued));
        }
        Ok(queue)
    }
}

fn parse(bytes: &[u8]) -> Result<Queued, JournalError> {
    serde_json::from_slice(bytes).map_err(|_| unreadable("exception"))
}
