//! The verbs, one module each.

pub mod audit;
pub mod batch;
pub mod bench;
pub mod check;
mod clients;
pub mod day;
pub mod doctor;
pub mod exceptions;
pub mod findings;
pub mod flows;
pub mod ingest;
pub mod init;
pub mod list;
pub mod natives;
pub mod open;
pub mod people;
pub mod policy;
pub mod proof;
pub mod rebuild;
pub mod reference;
pub mod reviews;
pub mod show;
mod table;

use std::io::Write as _;
use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::args::Args;
use crate::fail::Failure;
use crate::output;

/// Done, but something went to exceptions.
pub const EXCEPTIONS: u8 = 3;

/// `completions`.
#[expect(clippy::unnecessary_wraps, reason = "every verb answers alike")]
pub fn completions(shell: clap_complete::Shell) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "vouchsafe", &mut script);
    output::note(std::io::stdout().write_all(&script));
    Ok(ExitCode::SUCCESS)
}
