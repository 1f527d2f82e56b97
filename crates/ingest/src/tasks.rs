//! What a scanned document is for: asked of whoever knows what the branch owes.
//!
//! Intake reads and seals; which task an image stands for is not its business. It asks twice:
//! before sealing, so that the bag says what the counter system knows, and inside the commit,
//! where two scans for one task meet.

use async_trait::async_trait;
use domain::{Actor, BranchCode, BusinessDate, ClassCode, ClientNo, FlowNo, Via};
use entries::{Filing, MatchedBy, NoTask, RecordBody};
use journal::{JournalError, View};

use crate::identify::Identified;

/// What is known of a record before it is sealed.
#[derive(Clone, Debug)]
pub struct Seen<'a> {
    /// The branch that took it in.
    pub branch: &'a BranchCode,
    /// The numbers that were said or read.
    pub identified: &'a Identified,
    /// The class, where it was said.
    pub class: Option<&'a ClassCode>,
    /// The lines at the top of its first page.
    pub top: Vec<&'a str>,
}

/// A task that a record may be for, with what the counter system knows of its flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The flow.
    pub flow: FlowNo,
    /// The task's number there.
    pub task: u16,
    /// By what it was found.
    pub by: MatchedBy,
    /// The flow's client.
    pub client: ClientNo,
    /// The flow's day.
    pub business_date: BusinessDate,
    /// The class that the task is for.
    pub class: ClassCode,
}

/// The task that a record is for, or why there is none.
pub type Proposal = Result<Target, NoTask>;

/// What a record is filed for, as it was decided.
pub struct Filed {
    /// What for.
    pub filing: Filing,
    /// Who took it in, as the entry tells of them.
    pub actor: Actor,
    /// The rules that decided it.
    pub rules: String,
}

/// Knows what the branches owe.
#[async_trait]
pub trait Tasks: Send + Sync {
    /// Refuses, in the commit of a batch, whoever may not scan for the branch; a branch that scans
    /// for no tasks lets anybody.
    fn demand_scanner(
        &self,
        view: &View<'_>,
        branch: &BranchCode,
        by: (&Actor, &Via),
    ) -> Result<(), JournalError>;

    /// Refuses, in the commit of a batch of what other systems deliver, whoever may not take it over
    /// for the branch.
    fn demand_deliverer(
        &self,
        view: &View<'_>,
        branch: &BranchCode,
        by: (&Actor, &Via),
    ) -> Result<(), JournalError>;

    /// The task that a record is for; `None` where the branch scans for none.
    fn propose(&self, seen: &Seen<'_>) -> Result<Option<Proposal>, JournalError>;

    /// Decides it in the commit, over whatever is decided before it.
    fn file(
        &self,
        view: &View<'_>,
        record: &RecordBody,
        proposal: &Proposal,
        by: (&Actor, &Via),
    ) -> Result<Filed, JournalError>;

    /// Whether what was decided in a commit may be decided anew: other rules have come into force.
    async fn renewed(&self, error: &JournalError) -> Result<bool, JournalError>;
}
