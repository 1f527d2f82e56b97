//! The rules as tables in the domain's language, one row a case.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod authority;
mod calendars;
mod clients;
mod day_closing;
mod deadlines;
mod exceptions;
mod explanations;
mod flows;
mod media;
mod options;
mod profiles;
mod properties;
mod register;
mod retention;
mod rule_changes;
mod sharing;
mod small_world;
