//! What only the program may touch: environment, clock, user.

use std::sync::Arc;

use archive::{Archive, Environment, Folder, OpenReport};
use domain::{Actor, BusinessDate, Clock, LoginName, Timestamp, Via};
use reading::worker::WorkerCommand;
use store::StoreOptions;

use crate::args::{Common, WORKER_VERB};
use crate::fail::Failure;
use crate::output;

/// The system's clock.
struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(jiff::Timestamp::now().as_millisecond())
    }
}

/// What the archive is given.
pub fn environment() -> Environment {
    Environment {
        clock: Arc::new(SystemClock),
        // Values that are no text are no credentials.
        store_options: StoreOptions::from_variables(std::env::vars_os().filter_map(
            |(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)),
        )),
    }
}

/// Today, in China.
pub fn today() -> BusinessDate {
    environment().clock.now().china_day()
}

/// Who acts, as far as this machine knows.
pub fn actor(common: &Common) -> Result<(Actor, Via), Failure> {
    let system_user = system_user();
    let account = match &common.account {
        Some(account) => account.clone(),
        None => system_user
            .parse::<LoginName>()
            .map_err(|error| Failure::usage(format!("{error}; name an account with --as")))?,
    };
    let actor = Actor {
        person: None,
        account,
        roles: Vec::new(),
        branch: None,
    };
    Ok((actor, Via::Local { system_user }))
}

#[expect(clippy::disallowed_methods, reason = "the environment's one home")]
fn system_user() -> String {
    ["USER", "LOGNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|user| !user.is_empty()))
        .unwrap_or_else(|| format!("uid-{}", rustix::process::getuid().as_raw()))
}

/// This program itself, as a confined worker.
pub fn worker_command() -> Result<WorkerCommand, Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::from_io("finding this program's own file", &error))?;
    Ok(WorkerCommand {
        program,
        args: vec![WORKER_VERB.into()],
    })
}

/// Opens the archive, and says on standard error what opening brought.
pub async fn open(common: &Common) -> Result<(Archive, OpenReport), Failure> {
    let (archive, report) = Archive::open(Folder::new(&common.archive), environment())
        .await
        .map_err(Failure::from)?;
    output::tell_opening(common, &report);
    Ok((archive, report))
}

/// Sends what libraries log to standard error: warnings always, more when asked.
pub fn start_log(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        _ => "debug",
    };
    let filter = format!(
        "error,{}",
        OUR_CRATES.map(|name| format!("{name}={level}")).join(",")
    );
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .without_time()
        .finish();
    // A second subscriber would be a defect of this program, and only its logs would suffer.
    let _kept = tracing::subscriber::set_global_default(subscriber);
}

const OUR_CRATES: [&str; 8] = [
    "archive", "catalog", "ingest", "journal", "ledger", "reading", "store", "vault",
];

/// The catalog's engine panics where its files or the memory fail it, in threads of its own
/// too. That is caught and told in words; the panic itself goes to the log.
///
/// The runtime panics where the system gives no more threads, and then waits without end for
/// those that it does not have. So this is the last that is heard of it.
pub fn tame_panics(common: &Common) {
    let usual = std::panic::take_hook();
    let common = common.clone();
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map_or("", std::panic::Location::file);
        let text = panic.payload_as_str().unwrap_or_default();
        if ENGINE_SOURCES.iter().any(|part| place.contains(part)) {
            tracing::debug!(%panic, "the catalog's engine gave up");
        } else if NO_THREADS.iter().any(|words| text.contains(words)) {
            let _told = Failure::no_threads(text).report(&common);
            std::process::exit(1);
        } else {
            usual(panic);
        }
    }));
}

/// The engine, and what collects its garbage.
const ENGINE_SOURCES: [&str; 2] = ["/sled-0.34", "/crossbeam-epoch-"];
/// What the runtime and the standard library say.
const NO_THREADS: [&str; 2] = ["can't spawn worker thread", "failed to spawn thread"];
