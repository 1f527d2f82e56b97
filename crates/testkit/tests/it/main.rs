//! The tests of the test kit.
#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops at the first surprise"
)]

mod faulty;
mod fixtures;
mod redraw;
