//! The rules as tables in the domain's language, one row a case.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod authority;
mod calendars;
mod claims;
mod clients;
mod day_closing;
mod deadlines;
mod descriptions;
mod everybody;
mod exceptions;
mod explanations;
mod findings;
mod flows;
mod information_changes;
mod media;
mod natives;
mod options;
mod profiles;
mod properties;
mod register;
mod retention;
mod rule_changes;
mod sharing;
mod small_world;
