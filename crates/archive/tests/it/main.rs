//! The archive on stores that fail, lie and were tampered with.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test stops at the first surprise, and makes and changes its own files"
)]

mod acts;
mod catalogs;
mod days;
mod flows;
mod follows;
mod foreign;
mod looks;
mod no_room;
mod rules;
mod small_disk;
mod store_fails;
mod tampering;
mod targets;
mod world;
mod writers;
