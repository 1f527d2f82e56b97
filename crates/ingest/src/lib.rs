//! Intake (采集归档): files in, sealed and findable records out.
//!
//! The life of a record here, by function:
//!
//! 1. [`plan`] says which files there are and which records they make; sidecars
//!    ([`sidecar::Sidecar`]) say what belongs together.
//! 2. [`Intake::run`] enters `batch.received` before the first object is sealed. The ids of
//!    the batch's records follow from its id ([`record_id`]), so what a crash leaves can be
//!    found.
//! 3. For each record: `material::take_up` reads and hashes the files, `request` makes an id
//!    of them (the same files again are answered with the record there is), the confined
//!    workers of `reading` read the pages, `identify` says whose record it is and [`Tasks`] which
//!    task it is for, `bag` and
//!    `derived` are sealed, and `record.filed` or `record.excepted` is entered.
//! 4. Only then is the record reported: what is reported is durable.
//! 5. `batch.closed` accounts for every record.
//! 6. [`Intake::recover`] ends batches of this host that a crash left open: it enters
//!    `batch.interrupted`, so that nothing of them can be entered any more, discards what was
//!    sealed and never entered, and closes them.
//!
//! What it does not do: it shows nothing, knows no person's rights, and never removes or
//! changes a source file. An exception is a sealed record too; only what cannot be read from
//! its disk is not taken.

pub mod bag;
pub mod sidecar;

mod batch;
mod derived;
mod error;
mod identify;
mod intake;
mod material;
mod metadata;
mod native;
mod outcome;
mod plan;
mod recover;
mod request;
mod tasks;
mod verdict;

pub use batch::{BatchRequest, BatchSummary, record_id};
pub use derived::{alto_name, preview_name};
pub use error::IngestError;
pub use identify::Identified;
pub use intake::{Intake, IntakeSetup};
pub use outcome::{Outcome, RecordReport, Taken};
pub use plan::{Native, PlanError, PlannedRecord, SourceFile, Trouble, plan};
pub use recover::Recovered;
pub use request::RequestKey;
pub use sidecar::Facts;
pub use tasks::{Filed, Proposal, Seen, Target, Tasks};
