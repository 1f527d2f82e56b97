//! The archive: the one door to everything below it.
//!
//! Create, open and recover ([`Archive::create`], [`Archive::open`]), take in
//! ([`Archive::intake`]), find and open records ([`Archive::list`], [`Archive::open_record`],
//! [`Archive::search`]), question the trail ([`Archive::audit`]), prove an entry
//! ([`Archive::proof`]). Whatever is run, program or server, comes through here.
//!
//! What it does not do: it prints nothing, reads no environment and no clock of its own, and
//! knows no exit code. Checking an archive is another crate's (`check`), which shares no code
//! with the writers.

mod batches;
mod cases;
mod clients;
mod config;
mod create;
mod days;
mod descriptions;
mod detail;
mod error;
mod exceptions;
mod findings;
mod flows;
mod folder;
mod matching;
mod natives;
mod open;
mod open_record;
mod people;
mod proof;
mod query;
mod reference;
mod rules;
mod search;
mod text;

pub use batches::{BatchRecords, BatchRow};
pub use clients::{AskedChange, ChangeAnswer};
pub use config::{
    CatalogConfig, ClockConfig, Config, EngineChoice, MODELS_OF_THE_SYSTEM, ReadingConfig,
    StoreConfig,
};
pub use create::{Created, NewArchive, PROBE_ROUNDS};
pub use days::{AccountDay, BranchDay, Explained};
pub use error::ArchiveError;
pub use exceptions::Settling;
pub use flows::{
    FlowOutcome, KeptCopy, Owed, OwedFilter, ReviewResult, SaidOfFlow, Verification, WaiverAnswer,
};
pub use folder::{Folder, Secret};
pub use ingest::{
    BatchRequest, BatchSummary, Facts, Intake, Outcome, PlannedRecord, RecordReport, Recovered,
    Taken, Trouble, plan,
};
pub use journal::{ChangeOf, Queued};
pub use natives::{NativeOutcome, SaidOfNative};
pub use open::{Archive, CatalogNote, Environment, OpenReport, Stores};
pub use open_record::{OpenedFile, Wanted};
pub use people::PersonOutcome;
pub use query::{AuditFilter, AuditPage, AuditRow, RecordFilter, RecordPage, RecordRow, Status};
pub use reference::{NAME_BYTES_MAX, ReferenceOutcome, SaidOfClient};
pub use rules::RulesInForce;
pub use search::SearchHit;
