//! The catalog from outside.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test stops at what it did not expect, and damages files on purpose"
)]

mod damage;
mod folder;
mod model;
mod paging;
mod queries;
mod steps;
