//! The shapes of what the ledger says: versioned serde forms of its entries and of `fonds.json`.
//!
//! These shapes are stored for decades. A field may be added before the first release; after
//! it a change is a new version beside the old one, and the old one stays readable. The order
//! of fields is the order in the stored line.
//!
//! An entry holds no client's name, identity number, recognised text, query words or incoming
//! file name: what must be kept of those is a sealed `detail` object, and the entry holds its
//! name and a commitment ([`Detail`]).
//!
//! What this crate does not do: it decides nothing, reads no store, and hashes nothing. The
//! ledger carries entries as opaque lines; this crate is what makes and reads those lines.

mod batch;
mod capture;
mod client_acts;
mod day;
mod entry;
mod flow;
mod fonds;
mod known;
mod person;
mod reading_acts;
mod record;
mod reference;
mod rule_change;

pub use batch::{BatchClosed, BatchEnd, BatchInterrupted, BatchOrigin, BatchReceived};
pub use capture::{
    DeadlineMissed, Described, Filing, FlowVerified, MatchedBy, NoTask, RecordAssigned,
    RecordCorrected, RecordRescanned, RecordSettled, ReviewPassed, ReviewReturned, TaskRef,
    TaskShared,
};
pub use client_acts::{
    ChangeAsked, ChangeConfirmed, ChangeEnded, ClientClaimed, ClientGiven, FindingEnded,
    FindingReported,
};
pub use day::{DayClosed, DayReconciled, MissingExplained, SurplusExplained};
pub use entry::{Body, Draft, Entry, EntryError, Event};
pub use flow::{
    Channel, FlowCancelled, FlowCorrected, FlowSaid, FlowTaken, FlowsRecorded, SHEET_FLOWS_MAX,
    SheetRef, TaskAdded, TaskAdjusted, WaiverAsked, WaiverDenied, WaiverGranted,
};
pub use fonds::{Fonds, FondsCreated, FondsError, KeyRing};
pub use known::Known;
pub use person::{Granted, PersonRecorded};
pub use reading_acts::{ActInterrupted, Detail, Opened, RecordOpened, Rendition, TextSearched};
pub use record::{
    ExceptionCode, Identification, IdentifiedBy, Original, ReadingSummary, RecordBody, RecordFacts,
    Refused, SealedShape,
};
pub use reference::{
    AccountRecorded, AccountsRecorded, BranchRecorded, BranchesRecorded, ClientRecorded,
    ClientsRecorded, REFERENCE_MAX,
};
pub use rule_change::{
    Assurance, CaseStep, RuleText, RulesConfirmed, RulesEnded, RulesProposed, Signed,
};

/// What stands in an entry's `rules` while no profile is in force: the thresholds that are
/// built into this version of the program.
pub const BUILT_IN_RULES: &str = "builtin@1";
