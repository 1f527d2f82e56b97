//! What makes bytes durable, over `object_store`.
//!
//! Everything the archive must not lose is an object that is written once. This crate is the
//! one home of the rules that make "written" mean *durable*:
//!
//! - [`Store::create`] writes an object that must not be there yet. `AlreadyExists`, 5xx or a
//!   time-out is an *unknown outcome*: the object is read back and compared before anything is
//!   answered. Equal: mine. Different: taken. Absent: the same bytes are written again.
//! - On local files every object, the folder that names it, and the names of all folders up to
//!   the root are synced; so are deletions, which `object_store` leaves unsynced.
//! - [`Store::delete`] verifies that the object is gone.
//! - [`Store::publish`] is the only overwrite there is, for the one object that moves forward.
//! - [`Store::probe`] finds out whether a server keeps the promise that all of this stands on:
//!   of many writers of one name exactly one wins, and no later one overwrites it.
//!
//! What it does not do: it knows no names (see `domain::SealedName`), encrypts nothing, caches
//! nothing, and offers no way to change an object in place.

mod create;
mod error;
mod folders;
mod large;
mod local;
mod open;
mod probe;
mod publish;
mod remove;
mod store;

pub use create::Creation;
pub use error::{Doing, StoreError};
pub use folders::make_folder;
pub use large::{LARGE_PART_BYTES, LargeObject};
pub use open::{OpenError, StoreOptions};
pub use probe::{ProbeFailure, ProbeReport};
pub use publish::Publication;
pub use remove::Deletion;
pub use store::{Children, Chunks, Listed, Store};
