//! The entry: one line of the ledger.

use domain::{Actor, BranchCode, LoginName, PersonId, RequestId, RoleCode, Timestamp, Via};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::{
    AccountsRecorded, ActInterrupted, BatchClosed, BatchInterrupted, BatchReceived,
    BranchesRecorded, CaseStep, ChangeAsked, ChangeConfirmed, ChangeEnded, ClientClaimed,
    ClientGiven, ClientsRecorded, DayClosed, DayReconciled, DeadlineMissed, FindingEnded,
    FindingReported, FlowCancelled, FlowCorrected, FlowVerified, FlowsRecorded, FondsCreated,
    PersonRecorded, RecordAssigned, RecordBody, RecordCorrected, RecordOpened, RecordRescanned,
    RecordSettled, ReviewPassed, ReviewReturned, RulesConfirmed, RulesEnded, RulesProposed,
    TaskAdded, TaskAdjusted, TaskShared, TextSearched, WaiverAsked, WaiverDenied, WaiverGranted,
};

/// The version of the entry's own shape.
const VERSION: u32 = 1;

/// The line is not an entry, or one cannot be made of what was given.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// The line is not JSON of an entry's shape.
    #[error("the line is not an entry of version {VERSION}")]
    NotAnEntry(#[source] serde_json::Error),
    /// The body is not what its event says.
    #[error("the body is not that of {event}")]
    NotItsBody {
        /// The event.
        event: String,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// The value cannot be written as JSON.
    #[error("the entry cannot be written as JSON")]
    NotJson(#[source] serde_json::Error),
}

macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident($body:ty) = $name:literal,)+) => {
        /// What happened (事件). The names are stored and never change their meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Event {
            $($(#[$doc])* $variant,)+
        }

        impl Event {
            /// Every event that this version knows.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its stored name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The event of this name, if this version knows it.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }

        /// An event with its body.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Body {
            $($(#[$doc])* $variant($body),)+
        }

        impl Body {
            /// Which event it is.
            #[must_use]
            pub const fn event(&self) -> Event {
                match self { $(Self::$variant(_) => Event::$variant,)+ }
            }

            fn to_raw(&self) -> Result<Box<RawValue>, serde_json::Error> {
                match self { $(Self::$variant(body) => serde_json::value::to_raw_value(body),)+ }
            }

            fn from_raw(event: Event, raw: &RawValue) -> Result<Self, serde_json::Error> {
                match event { $(Event::$variant => serde_json::from_str(raw.get()).map(Self::$variant),)+ }
            }
        }
    };
}

events! {
    /// The archive began (建档): the first entry.
    FondsCreated(FondsCreated) = "fonds.created",
    /// A batch was taken in hand (批次接收): what is declared must be accounted for.
    BatchReceived(BatchReceived) = "batch.received",
    /// A batch was found cut off (批次中断): nothing more is filed for it.
    BatchInterrupted(BatchInterrupted) = "batch.interrupted",
    /// A batch came to its end (批次办结).
    BatchClosed(BatchClosed) = "batch.closed",
    /// A record was filed (归档).
    RecordFiled(RecordBody) = "record.filed",
    /// A record was kept as an exception (异常件): sealed like any other, and not filed.
    RecordExcepted(RecordBody) = "record.excepted",
    /// A record was opened by somebody (调阅).
    RecordOpened(RecordOpened) = "record.opened",
    /// The recognised text of records was searched by somebody (全文检索).
    TextSearched(TextSearched) = "text.searched",
    /// An act was found cut off before its entry (操作中断): it did not happen, and cannot any
    /// more.
    ActInterrupted(ActInterrupted) = "act.interrupted",
    /// A person, their accounts and their roles (人员登记).
    PersonRecorded(PersonRecorded) = "person.recorded",
    /// A profile or a calendar was proposed (规则变更提出).
    RulesProposed(RulesProposed) = "rules.proposed",
    /// A second person confirmed it (规则变更确认).
    RulesConfirmed(RulesConfirmed) = "rules.confirmed",
    /// A second person said no to it (规则变更否决).
    RulesRejected(RulesEnded) = "rules.rejected",
    /// It was taken back (规则变更撤回).
    RulesWithdrawn(RulesEnded) = "rules.withdrawn",
    /// Flows were taken over from the counter system (业务流水导入).
    FlowsRecorded(FlowsRecorded) = "flows.recorded",
    /// The counter system says something else of a flow (业务流水更正).
    FlowCorrected(FlowCorrected) = "flow.corrected",
    /// A flow was cancelled (业务流水撤销).
    FlowCancelled(FlowCancelled) = "flow.cancelled",
    /// A task was added by hand (采集任务增加).
    TaskAdded(TaskAdded) = "task.added",
    /// A task was replaced by hand (采集任务调整).
    TaskAdjusted(TaskAdjusted) = "task.adjusted",
    /// Somebody asks that a document be left out (豁免申请).
    WaiverAsked(WaiverAsked) = "waiver.asked",
    /// A second person has granted it (豁免批准).
    WaiverGranted(WaiverGranted) = "waiver.granted",
    /// A second person has said no (豁免驳回).
    WaiverDenied(WaiverDenied) = "waiver.denied",
    /// A person has matched a record with a task (异常件人工匹配).
    RecordAssigned(RecordAssigned) = "record.assigned",
    /// A record is kept without a task (异常件留存).
    RecordKept(RecordSettled) = "record.kept",
    /// A record is of no use, and stays readable (异常件退回).
    RecordRejected(RecordSettled) = "record.rejected",
    /// Another scan has taken a record's place (异常件重扫).
    RecordRescanned(RecordRescanned) = "record.rescanned",
    /// An image was found in order (复核通过).
    ReviewPassed(ReviewPassed) = "review.passed",
    /// An image was sent back (复核退回).
    ReviewReturned(ReviewReturned) = "review.returned",
    /// Something was not done by its day (时限逾期).
    DeadlineMissed(DeadlineMissed) = "deadline.missed",
    /// Somebody answered for the flows of an account (日终勾对).
    DayReconciled(DayReconciled) = "day.reconciled",
    /// A branch's day was closed (日终办结).
    DayClosed(DayClosed) = "day.closed",
    /// What holds of branches (营业部登记).
    BranchesRecorded(BranchesRecorded) = "branches.recorded",
    /// What holds of clients (客户登记).
    ClientsRecorded(ClientsRecorded) = "clients.recorded",
    /// What holds of accounts (账户登记).
    AccountsRecorded(AccountsRecorded) = "accounts.recorded",
    /// What is known of a record was put right (著录更正).
    RecordCorrected(RecordCorrected) = "record.corrected",
    /// A document that is kept already serves a task (资料共用).
    TaskShared(TaskShared) = "task.shared",
    /// The documents of a flow were verified (资料审核).
    FlowVerified(FlowVerified) = "flow.verified",
    /// Somebody claims a client (客户归属登记).
    ClientClaimed(ClientClaimed) = "client.claimed",
    /// A manager gave a client to a later claimant (客户归属调整).
    ClientGiven(ClientGiven) = "client.given",
    /// A change of client information was submitted (客户资料修改申请).
    ChangeAsked(ChangeAsked) = "change.asked",
    /// A second person has confirmed it (客户资料修改复核).
    ChangeConfirmed(ChangeConfirmed) = "change.confirmed",
    /// A second person has said no to it (复核退回).
    ChangeRejected(ChangeEnded) = "change.rejected",
    /// It was taken back (撤回).
    ChangeWithdrawn(ChangeEnded) = "change.withdrawn",
    /// Something was found missing or wrong (问题登记).
    FindingReported(FindingReported) = "finding.reported",
    /// It is mended (整改完成).
    FindingMended(FindingEnded) = "finding.mended",
    /// There was nothing to mend (核销).
    FindingDismissed(FindingEnded) = "finding.dismissed",
}

impl Body {
    /// Where it stands in its case, if it belongs to one.
    #[must_use]
    pub const fn case_step(&self) -> Option<CaseStep> {
        let (case, step) = match self {
            Self::RulesProposed(body) => (body.case, body.step),
            Self::RulesConfirmed(body) => (body.case, body.step),
            Self::RulesRejected(body) | Self::RulesWithdrawn(body) => (body.case, body.step),
            Self::FondsCreated(_)
            | Self::BatchReceived(_)
            | Self::BatchInterrupted(_)
            | Self::BatchClosed(_)
            | Self::RecordFiled(_)
            | Self::RecordExcepted(_)
            | Self::RecordOpened(_)
            | Self::TextSearched(_)
            | Self::ActInterrupted(_)
            | Self::PersonRecorded(_)
            | Self::FlowsRecorded(_)
            | Self::FlowCorrected(_)
            | Self::FlowCancelled(_)
            | Self::TaskAdded(_)
            | Self::TaskAdjusted(_)
            | Self::WaiverAsked(_)
            | Self::WaiverGranted(_)
            | Self::WaiverDenied(_)
            | Self::RecordAssigned(_)
            | Self::RecordKept(_)
            | Self::RecordRejected(_)
            | Self::RecordRescanned(_)
            | Self::ReviewPassed(_)
            | Self::ReviewReturned(_)
            | Self::DeadlineMissed(_)
            | Self::DayReconciled(_)
            | Self::DayClosed(_)
            | Self::BranchesRecorded(_)
            | Self::ClientsRecorded(_)
            | Self::AccountsRecorded(_)
            | Self::RecordCorrected(_)
            | Self::TaskShared(_)
            | Self::FlowVerified(_)
            | Self::ClientClaimed(_)
            | Self::ClientGiven(_)
            | Self::ChangeAsked(_)
            | Self::ChangeConfirmed(_)
            | Self::ChangeRejected(_)
            | Self::ChangeWithdrawn(_)
            | Self::FindingReported(_)
            | Self::FindingMended(_)
            | Self::FindingDismissed(_) => return None,
        };
        Some(CaseStep { case, step })
    }

    /// The body of an event as JSON text: what [`Entry::body_json`] of its entry says.
    pub fn to_json(&self) -> Result<String, EntryError> {
        let raw = self.to_raw().map_err(EntryError::NotJson)?;
        Ok(raw.get().to_owned())
    }

    /// Reads the JSON text of an event's body.
    pub fn from_json(event: Event, json: &str) -> Result<Self, EntryError> {
        serde_json::from_str(json)
            .and_then(|raw: &RawValue| Self::from_raw(event, raw))
            .map_err(|source| EntryError::NotItsBody {
                event: event.as_str().to_owned(),
                source,
            })
    }
}

#[derive(Serialize, Deserialize)]
struct ActorShape {
    person: Option<PersonId>,
    account: LoginName,
    roles: Vec<RoleCode>,
    branch: Option<BranchCode>,
}

/// `{"door":"local","auth":"asserted","system_user":"…"}` or `{"door":"system"}`.
#[derive(Serialize, Deserialize)]
#[serde(tag = "door", rename_all = "lowercase")]
enum ViaShape {
    Local {
        auth: AuthShape,
        system_user: String,
    },
    System,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum AuthShape {
    Asserted,
}

#[derive(Serialize, Deserialize)]
struct EntryShape {
    v: u32,
    id: RequestId,
    at: Timestamp,
    actor: ActorShape,
    via: ViaShape,
    event: String,
    body: Box<RawValue>,
    rules: String,
}

/// An entry that is decided and has no time yet: the commit that takes it gives it one.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The request that it answers, unique in the ledger.
    pub id: RequestId,
    /// Who acted.
    pub actor: Actor,
    /// By which door.
    pub via: Via,
    /// What happened.
    pub body: Body,
    /// The rules that decided it, as `profile@version`.
    pub rules: String,
}

impl Draft {
    /// The ledger's line, without its LF.
    pub fn line(&self, at: Timestamp) -> Result<String, EntryError> {
        let shape = EntryShape {
            v: VERSION,
            id: self.id,
            at,
            actor: ActorShape {
                person: self.actor.person.clone(),
                account: self.actor.account.clone(),
                roles: self.actor.roles.clone(),
                branch: self.actor.branch.clone(),
            },
            via: match &self.via {
                Via::Local { system_user } => ViaShape::Local {
                    auth: AuthShape::Asserted,
                    system_user: system_user.clone(),
                },
                Via::System => ViaShape::System,
            },
            event: self.body.event().as_str().to_owned(),
            body: self.body.to_raw().map_err(EntryError::NotJson)?,
            rules: self.rules.clone(),
        };
        serde_json::to_string(&shape).map_err(EntryError::NotJson)
    }
}

/// An entry as the ledger holds it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The request that it answers.
    pub id: RequestId,
    /// When its commit was made.
    pub at: Timestamp,
    /// Who acted.
    pub actor: Actor,
    /// By which door.
    pub via: Via,
    /// The event's stored name; [`Event::from_name`] tells whether this version knows it.
    pub event: String,
    /// The rules that decided it.
    pub rules: String,
    body: Box<RawValue>,
}

impl Entry {
    /// Reads a line of the ledger. An event that this version does not know is kept: its body
    /// stays readable as JSON.
    pub fn parse(line: &str) -> Result<Self, EntryError> {
        let shape: EntryShape = serde_json::from_str(line).map_err(EntryError::NotAnEntry)?;
        if shape.v != VERSION {
            return Err(EntryError::NotAnEntry(serde::de::Error::custom(format!(
                "version {}",
                shape.v
            ))));
        }
        Ok(Self {
            id: shape.id,
            at: shape.at,
            actor: Actor {
                person: shape.actor.person,
                account: shape.actor.account,
                roles: shape.actor.roles,
                branch: shape.actor.branch,
            },
            via: match shape.via {
                ViaShape::Local {
                    auth: AuthShape::Asserted,
                    system_user,
                } => Via::Local { system_user },
                ViaShape::System => Via::System,
            },
            event: shape.event,
            rules: shape.rules,
            body: shape.body,
        })
    }

    /// The event and its body; `None` for an event that this version does not know.
    pub fn body(&self) -> Result<Option<Body>, EntryError> {
        Event::from_name(&self.event)
            .map(|event| Body::from_raw(event, &self.body))
            .transpose()
            .map_err(|source| EntryError::NotItsBody {
                event: self.event.clone(),
                source,
            })
    }

    /// The body's bytes as they stand in the ledger.
    #[must_use]
    pub fn body_json(&self) -> &str {
        self.body.get()
    }

    /// The body as a JSON value.
    pub fn body_value(&self) -> Result<Value, EntryError> {
        serde_json::from_str(self.body.get()).map_err(|source| EntryError::NotItsBody {
            event: self.event.clone(),
            source,
        })
    }
}
