//! The independent checker (检查): reads an archive as the stored forms say it must be, and
//! tells of everything that is otherwise.
//!
//! It shares no code with the programs that write: trees, notes, commits, entries, tars and
//! bags are read by parsers of its own, written from the stored forms alone, so that a
//! mistake of the writers shows. What it takes from elsewhere is names (`domain`), bytes
//! (`store`) and published cryptography. It never writes, repairs or removes anything, and
//! it decides nothing: a finding says what to do, a person does it.
//!
//! # The order of the rules
//!
//! 1. `fonds.json`: there, and in its one spelling.
//! 2. Each commit in its order: its size; its form; its number, count, first entry and link
//!    to the one before; the root of the tree with it, recomputed by RFC 6962; its writer and
//!    signature; the signed note of the tree before it.
//! 3. Each entry of it: size, JSON without a repeated key, envelope, id, time; then the body,
//!    where the event is known.
//! 4. The published checkpoint, the kept ones and the catalog's head: each of a beginning of
//!    this ledger. Open batches.
//! 5. Each sealed object that an entry names: header, payload by size or by digest and, with
//!    an identity, what is inside.
//! 6. Everything that the stores list: what no entry names, what no archive has, evidence.
//!
//! One wrong thing can have several findings; the first in this order is mostly the cause.
//! [`Code`] lists every finding that there is. Findings and counts of one archive are always
//! the same, in the same order.
//!
//! What was not looked at stands in [`Report::not_checked`] and is counted nowhere else. An
//! archive that is being written while it is checked may show open batches and left-overs
//! that are work in progress, and nothing worse.

mod bag;
mod cases;
mod checkpoints;
mod clients;
mod codes;
mod commit;
mod contents;
mod derived;
mod entry;
mod flows;
mod fonds;
pub mod foreign;
mod history;
mod identity;
mod images;
mod json;
mod known;
mod layout;
mod listing;
mod note;
mod objects;
mod opened;
mod options;
mod report;
mod run;
mod sealed;
mod tree;
mod ustar;

pub use codes::Code;
pub use identity::{Identity, IdentityError};
pub use options::{CatalogHead, CheckError, Options};
pub use report::{Counts, Finding, NotChecked, Progress, Report, Severity, Stage};
pub use run::check;
