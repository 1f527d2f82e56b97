//! A reading worker by itself, for this crate's tests and measurements. The product starts its
//! own program instead.
//!
//! With `--probes` a file that begins with the PDF mark and `probe:` makes the worker try an act
//! from inside its confinement, as a file that took it over would. With `--outside ACT` the act
//! is tried without any confinement, to show that it is the confinement that stops it.

mod acts;

use std::process::ExitCode;

/// The act went through.
const DONE: u8 = 70;
/// The kernel refused the act, or there was nothing to be had by it.
const REFUSED: u8 = 71;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["--outside", act] => ExitCode::from(outcome(act, b"")),
        ["--probes", ..] => reading::worker::serve(probe),
        _ => reading::worker::main(),
    }
}

/// Tries what the file names, and ends with what came of it. A file that names nothing is read.
fn probe(bytes: &[u8]) {
    let Some((act, rest)) = bytes
        .strip_prefix(b"%PDF-probe:")
        .and_then(|rest| rest.split_at_checked(rest.iter().position(|byte| *byte == b'\n')?))
    else {
        return;
    };
    let act = String::from_utf8_lossy(act);
    if act != "nothing" {
        let rest = rest.get(1..).unwrap_or_default();
        std::process::exit(outcome(&act, rest).into());
    }
}

fn outcome(act: &str, rest: &[u8]) -> u8 {
    match acts::attempt(act, rest) {
        Ok(()) => DONE,
        Err(_) => REFUSED,
    }
}
