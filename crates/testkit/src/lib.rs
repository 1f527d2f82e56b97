//! What tests need and the product must not have: a clock that stands still, an object store
//! that fails on demand, vouchers drawn with known truth, and files broken by chance.
//!
//! It is used from integration tests, benchmarks and examples only. It does not know how the
//! archive works: it imports no crate of ours but `domain`, and it never judges a result.

pub mod clock;
pub mod faulty;
pub mod mutate;
pub mod seed;
pub mod voucher;

use std::path::PathBuf;

/// The folder `fixtures/` of the workspace, for the tests of every crate.
#[must_use]
pub fn fixtures() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures"))
}
