//! The rules (制度规则): what must be done by when, how long each thing is kept, and who may
//! decide it, each answer with its reasons.
//!
//! Everything here is a function of facts and a day. What is not here: no I/O, no clock, no
//! randomness, no async, nothing that panics, and nothing that knows how a fact was stored.

pub mod authority;
pub mod basis;
pub mod calendar;
pub mod case;
pub mod claim;
pub mod client;
mod day;
pub mod day_closing;
pub mod deadline;
pub mod description;
pub mod exception;
pub mod finding;
pub mod flow;
pub mod information_change;
pub mod native;
mod problems;
pub mod profile;
mod reason;
pub mod refusal;
pub mod retention;
pub mod rule_change;
pub mod rules;
pub mod sharing;
