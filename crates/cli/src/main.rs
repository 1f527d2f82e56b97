//! `vouchsafe`: the program.
//!
//! It reads the environment and the clock, calls the archive's door, and shows what comes
//! back: data on standard output, progress and messages on standard error. Exit 0 done, 1
//! failed, 2 wrong usage, 3 done but something went to exceptions. It holds no rule.

mod args;
mod environment;
mod fail;
mod output;
mod verbs;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::people::Reference;
use crate::args::{Args, Verb};
use crate::fail::Failure;

fn main() -> ExitCode {
    // Before anything else: a reading worker must not do what the program does.
    if std::env::args_os()
        .nth(1)
        .is_some_and(|verb| verb == args::WORKER_VERB)
    {
        return reading::worker::main();
    }
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(shown) => return show_usage(&shown),
    };
    environment::start_log(args.common.verbose);
    environment::tame_panics(&args.common);
    // Before anything is decrypted: what is in memory stays there, whatever becomes of it.
    if let Err(why) = reading::worker::hide() {
        return Failure::from_error(&why, None).report(&args.common);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return Failure::from_io("starting", &error).report(&args.common),
    };
    let done = runtime.block_on(run(&args));
    match (done, output::unprinted()) {
        (Err(failure), _) => failure.report(&args.common),
        (Ok(_), Some(error)) => Failure::from_io("printing", &error).report(&args.common),
        (Ok(code), None) => code,
    }
}

/// Help, version, or what is wrong with the call.
fn show_usage(shown: &clap::Error) -> ExitCode {
    output::note(shown.print());
    match output::unprinted() {
        Some(_) => ExitCode::FAILURE,
        None => ExitCode::from(u8::try_from(shown.exit_code()).unwrap_or(2)),
    }
}

async fn run(args: &Args) -> Result<ExitCode, Failure> {
    let common = &args.common;
    match &args.verb {
        Verb::Init(verb) => verbs::init::run(common, verb).await,
        Verb::Ingest(verb) => verbs::ingest::run(common, verb).await,
        Verb::List(verb) => verbs::list::run(common, verb).await,
        Verb::Show(verb) => verbs::show::run(common, verb).await,
        Verb::Open(verb) => verbs::open::run(common, verb).await,
        Verb::Audit(verb) => verbs::audit::run(common, verb).await,
        Verb::Check(verb) => verbs::check::run(common, verb).await,
        Verb::Doctor => verbs::doctor::run(common).await,
        Verb::Rebuild => verbs::rebuild::run(common).await,
        Verb::Proof(verb) => verbs::proof::make(common, verb).await,
        Verb::Verify(verb) => verbs::proof::verify(common, verb),
        Verb::Policy(verb) => verbs::policy::run(common, verb).await,
        Verb::People(verb) => verbs::people::list(common, verb).await,
        Verb::Branches => verbs::reference::list_branches(common).await,
        Verb::Client(verb) => verbs::reference::client(common, verb).await,
        Verb::Import(verb) => match &verb.what {
            Reference::Branches { file, dry_run } => {
                verbs::reference::branches(common, file, *dry_run).await
            }
            Reference::Clients { file, dry_run } => {
                verbs::reference::clients(common, file, *dry_run).await
            }
            Reference::Accounts { file, dry_run } => {
                verbs::reference::accounts(common, file, *dry_run).await
            }
            Reference::People { file, dry_run } => {
                verbs::people::import(common, file, *dry_run).await
            }
            Reference::Native { manifest, dry_run } => {
                verbs::natives::import(common, manifest, *dry_run).await
            }
            Reference::Flows { file, dry_run } => {
                verbs::flows::import(common, file, *dry_run).await
            }
        },
        Verb::Flow(verb) => verbs::flows::show(common, verb).await,
        Verb::Task(verb) => verbs::flows::task(common, verb).await,
        Verb::Due(verb) => verbs::flows::due(common, verb).await,
        Verb::Batch(verb) => verbs::batch::run(common, verb).await,
        Verb::Review(verb) => verbs::reviews::run(common, verb).await,
        Verb::Finding(verb) => verbs::findings::run(common, verb).await,
        Verb::Day(verb) => verbs::day::run(common, verb).await,
        Verb::Exception(verb) => verbs::exceptions::run(common, verb).await,
        Verb::Bench(verb) => verbs::bench::run(common, verb).await,
        Verb::Completions { shell } => verbs::completions(*shell),
    }
}
