//! The program from outside, and the shape of the workspace.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod graph;
