//! The checker against archives that the tests write themselves, whole and broken.
//!
//! `forge` is a second writer, made from the stored forms alone: nothing of the archive's
//! own writers is used here.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod bags;
mod cases;
mod clients;
mod entries;
mod flows;
mod forge;
mod forms;
mod history;
mod images;
mod mutations;
mod stores;
mod whole;
