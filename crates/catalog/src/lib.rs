//! The catalog (目录索引): what the ledger says, arranged so that it is found quickly.
//!
//! A [`Catalog`] holds the entries of the ledger in compressed blocks, postings from
//! [`Term`]s to entries, the nodes of the Merkle tree, and *facts*: small values that others
//! keep to decide commands quickly. One [`Advance`] brings everything of one ledger commit in
//! one atomic batch together with the new head, so a catalog always stands at a commit and
//! never between two.
//!
//! It is never the truth. Everything in it can be made again from the ledger, and its engine
//! promises little: sled's flush is not an fsync, so after a power cut the catalog may be
//! older than it was, or refuse to open. Older means replay; [`CatalogError::Unreadable`] means
//! [`Catalog::move_aside`] and replay from the start.
//!
//! What this crate does not do: it knows neither ledger nor JSON (an entry is a line of text,
//! its terms are given), it decides nothing, it never scans entries to answer a [`Query`], and
//! it removes no database, not even a broken one.
//!
//! Engines stand behind [`kv::Kv`]; [`conformance`] says what an engine must do. [`layout`] has
//! the tables, and what they cost.

mod advance;
mod block;
mod catalog;
mod codec;
pub mod conformance;
mod error;
mod intents;
pub mod kv;
pub mod layout;
mod outline;
mod overlay;
mod postings;
mod query;
mod search;
mod set;

pub use advance::{Advance, HeadRecord, IndexedEntry, Tile};
pub use catalog::{Catalog, Fact, Follower, Settings};
pub use error::CatalogError;
pub use overlay::{Overlay, Requested};
pub use query::{Cursor, CursorError, Dimension, Page, Query, Row, Term};
