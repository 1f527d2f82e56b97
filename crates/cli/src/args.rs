//! The command line.

pub mod bench;
pub mod capture;
pub mod day;
pub mod finding;
pub mod flows;
pub mod people;
pub mod policy;

use std::path::PathBuf;

use archive::PROBE_ROUNDS;
use catalog::Cursor;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use domain::{
    BranchCode, BusinessDate, ClassCode, ClientNo, FlowNo, LoginName, RecordId, Timestamp,
};

/// The hidden verb that makes this program a confined reading worker.
pub const WORKER_VERB: &str = "reading-worker";

/// A sealed archive for paper vouchers (凭证档案库).
#[derive(Parser)]
#[command(
    name = "vouchsafe",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
#[command(
    after_help = "Data goes to standard output, progress and messages to standard error.\n\
    Exit codes: 0 done; 1 failed; 2 wrong usage; 3 done, but something went to exceptions.\n\n\
    Example, from nothing to an opened voucher:\n  \
    vouchsafe init --name 'Example Securities'\n  \
    vouchsafe ingest fixtures/vouchers --branch 0012\n  \
    vouchsafe list --client 8800012345\n  \
    vouchsafe open RECORD -o voucher.jpg\n  \
    vouchsafe check --read-data"
)]
pub struct Args {
    /// What every verb takes.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What every verb takes.
#[derive(Clone, ClapArgs)]
pub struct Common {
    /// The archive's folder
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "VOUCHSAFE_ARCHIVE",
        default_value = "archive"
    )]
    pub archive: PathBuf,
    /// The account that acts; asserted, not proven, and recorded so [default: the system user]
    #[arg(long = "as", global = true, value_name = "ACCOUNT")]
    pub account: Option<LoginName>,
    /// One JSON object a line on standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// No progress and no messages but errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Tell more on standard error; twice for still more
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// What to do.
#[derive(Subcommand)]
pub enum Verb {
    /// Make an archive: store, keys, configuration
    Init(Init),
    /// Take files in: read, seal, record
    Ingest(Ingest),
    /// List records, newest first
    List(List),
    /// Show what is known of a record
    Show(Show),
    /// Open a record into a file; the act is recorded first
    Open(Open),
    /// Question the audit trail, newest first
    Audit(Audit),
    /// Check the whole archive, independently of what wrote it
    Check(Check),
    /// Tell what this machine offers for reading pages, and what is missing
    #[command(
        after_help = "Looks at the models, starts a worker as ingest does, and says which engine reads. Exit 1:\n\
    pages cannot be read.\n\n\
    Example:\n  vouchsafe doctor"
    )]
    Doctor,
    /// Make the catalog anew from the ledger
    #[command(
        after_help = "The old catalog is moved aside. One that is ahead of the ledger is evidence and stays.\n\n\
    Example:\n  vouchsafe rebuild"
    )]
    Rebuild,
    /// Write a proof that an entry is in the ledger
    Proof(Proof),
    /// Verify a proof, with no archive at hand
    Verify(Verify),
    /// List people with their accounts and roles
    People(people::People),
    /// List branches (营业部), and which lack an archivist
    #[command(after_help = "Example:\n  vouchsafe branches --json")]
    Branches,
    /// Find a client (客户) by number, or by a whole name or document number
    Client(people::Client),
    /// Import reference data
    Import(people::Import),
    /// Show flows (业务流水) with their scan tasks
    Flow(flows::Flow),
    /// Add, adjust or waive a scan task (采集任务)
    Task(flows::Task),
    /// List what is owed, and by when
    Due(flows::DueList),
    /// List batches (批次): what was declared, and what came of it
    Batch(capture::Batch),
    /// Review images (影像复核): list what waits, pass, return
    Review(capture::Review),
    /// Settle exceptions (异常件): list what waits, match by hand, keep, reject
    Exception(capture::Exceptions),
    /// Findings (问题整改): report what is missing or wrong, mend it
    Finding(finding::Findings),
    /// A branch's day (营业日): show it, reconcile, close
    Day(day::DayVerbs),
    /// Ask the rules, and change them: retention, deadlines, calendars, profiles
    Policy(policy::Policy),
    /// Measure how well this machine does its work
    Bench(bench::Bench),
    /// Print completions for a shell
    #[command(
        after_help = "Example:\n  vouchsafe completions bash > /etc/bash_completion.d/vouchsafe"
    )]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// `init`.
#[derive(ClapArgs)]
#[command(
    after_help = "Makes vouchsafe.toml, secrets/ (readable by you alone) and the store, after probing that the\n\
    store never overwrites. Nothing that is there is changed.\n\n\
    Keep a copy of secrets/ where the archive is not, and take recovery.txt off this machine:\n\
    whoever has archive.txt or recovery.txt can open every record; without both nobody can.\n\n\
    Examples:\n  \
    vouchsafe init --archive /srv/vouchers --name 'Example Securities'\n  \
    AWS_ENDPOINT_URL=http://127.0.0.1:8333 AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… \\\n    \
    vouchsafe init --store s3://vouchers/archive"
)]
pub struct Init {
    /// The organisation's name for the archive (全宗名称)
    #[arg(long, default_value = "Vouchsafe archive")]
    pub name: String,
    /// Where objects go: a folder (relative to the archive's), `file://…` or `s3://BUCKET/PREFIX`
    #[arg(long, value_name = "URL", default_value = "store")]
    pub store: String,
    /// How many races of 16 writers the store must get right; more for one that is little known
    #[arg(long, value_name = "N", default_value_t = PROBE_ROUNDS,
        value_parser = clap::value_parser!(u32).range(1..))]
    pub probe_rounds: u32,
}

/// `ingest`.
#[derive(ClapArgs)]
#[command(
    after_help = "A file is a record, unless a sidecar NAME.json in its folder says which files belong together.\n\
    Without flag or sidecar, client and flow number are taken from barcode or text. What cannot be\n\
    filed is kept, sealed, as an exception with its reason. Taking the same files in again answers\n\
    with the records there are.\n\n\
    Examples:\n  \
    vouchsafe ingest scans/2026-11-20 --branch 0012\n  \
    vouchsafe ingest form.tif --branch 0012 --client 8800012345 --class opening --flow LS20261120000123"
)]
pub struct Ingest {
    /// Files or folders
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The branch that answers for them
    #[arg(long)]
    pub branch: BranchCode,
    /// The client of all of them
    #[arg(long)]
    pub client: Option<ClientNo>,
    /// The document class of all of them
    #[arg(long)]
    pub class: Option<ClassCode>,
    /// The business flow of all of them
    #[arg(long)]
    pub flow: Option<FlowNo>,
    /// The business day of all of them
    #[arg(long, value_name = "DATE")]
    pub business_date: Option<BusinessDate>,
    /// Check pages and read barcodes, but recognise no text
    #[arg(long)]
    pub no_text: bool,
    /// Keep the files without looking at their pages
    #[arg(long, conflicts_with = "no_text")]
    pub unread: bool,
}

/// Which records.
#[derive(ClapArgs)]
pub struct Filter {
    /// Of this branch
    #[arg(long)]
    pub branch: Option<BranchCode>,
    /// Of this client
    #[arg(long)]
    pub client: Option<ClientNo>,
    /// Of this document class
    #[arg(long)]
    pub class: Option<ClassCode>,
    /// Of this business flow
    #[arg(long)]
    pub flow: Option<FlowNo>,
    /// From this business day on
    #[arg(long, value_name = "DATE")]
    pub business_from: Option<BusinessDate>,
    /// Up to this business day
    #[arg(long, value_name = "DATE")]
    pub business_to: Option<BusinessDate>,
    /// Taken in on this day or later
    #[arg(long, value_name = "DATE")]
    pub captured_from: Option<BusinessDate>,
    /// Taken in on this day or earlier
    #[arg(long, value_name = "DATE")]
    pub captured_to: Option<BusinessDate>,
    /// With this status
    #[arg(long, value_enum)]
    pub status: Option<StatusArg>,
}

/// How a record stands.
#[derive(Clone, Copy, ValueEnum)]
pub enum StatusArg {
    /// Filed
    Filed,
    /// Kept as an exception
    Exception,
}

/// A page of something.
#[derive(ClapArgs)]
pub struct Paging {
    /// How many at most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
    /// Go on where a page ended
    #[arg(long, value_name = "CURSOR")]
    pub before: Option<Cursor>,
    /// All of them, page after page
    #[arg(long)]
    pub all: bool,
}

/// `list`.
#[derive(ClapArgs)]
#[command(
    after_help = "--text reads the sealed text of the records that the other filters leave, so narrow it. The\n\
    search is recorded first, its words sealed.\n\n\
    Examples:\n  \
    vouchsafe list --client 8800012345\n  \
    vouchsafe list --branch 0012 --captured-from 2026-11-20 --status exception\n  \
    vouchsafe list --class opening --text '示范路 张'"
)]
pub struct List {
    /// Which records.
    #[command(flatten)]
    pub filter: Filter,
    /// With all of these words in their recognised text
    #[arg(long, value_name = "WORDS", conflicts_with_all = ["before", "all"])]
    pub text: Option<String>,
    /// Which page.
    #[command(flatten)]
    pub paging: Paging,
}

/// `show`.
#[derive(ClapArgs)]
#[command(
    after_help = "With --json: the body of record.filed (or record.excepted) as it stands in the ledger.\n\n\
    Example:\n  vouchsafe show 01KAH2V6Y0QJ8S6T7W9X0Y1Z2A --json | jq .bag.name"
)]
pub struct Show {
    /// The record
    pub record: RecordId,
}

/// `open`.
#[derive(ClapArgs)]
#[command(
    after_help = "The act is entered in the ledger before anything is decrypted. The file gets its name only\n\
    once all of it was verified.\n\n\
    Examples:\n  \
    vouchsafe open RECORD -o voucher.tif\n  \
    vouchsafe open RECORD --what text -o voucher.txt\n  \
    vouchsafe open RECORD --what preview -o some/folder"
)]
pub struct Open {
    /// The record
    pub record: RecordId,
    /// Which form of it
    #[arg(long, value_enum, default_value = "original")]
    pub what: What,
    /// The file to write, or a folder that is there
    #[arg(short, long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Which form of a record.
#[derive(Clone, Copy, ValueEnum)]
pub enum What {
    /// The files as they came in
    Original,
    /// The recognised text
    Text,
    /// A small picture of each page (of the first, if FILE is no folder)
    Preview,
    /// The whole bag, a tar
    Bag,
}

/// `audit`.
#[derive(ClapArgs)]
#[command(after_help = "Examples:\n  \
    vouchsafe audit --event record.opened --from 2026-11-01T00:00:00.000Z\n  \
    vouchsafe audit --client 8800012345 --all --json")]
pub struct Audit {
    /// By this account
    #[arg(long)]
    pub actor: Option<LoginName>,
    /// Of this event, such as record.filed
    #[arg(long)]
    pub event: Option<String>,
    /// About this client
    #[arg(long)]
    pub client: Option<ClientNo>,
    /// About this record
    #[arg(long)]
    pub record: Option<RecordId>,
    /// Of this branch
    #[arg(long)]
    pub branch: Option<BranchCode>,
    /// From this moment on, or from the beginning of this day in China
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub from: Option<Timestamp>,
    /// Before this moment, or before the beginning of this day in China
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub to: Option<Timestamp>,
    /// Which page.
    #[command(flatten)]
    pub paging: Paging,
}

/// `check`.
#[derive(ClapArgs)]
#[command(
    after_help = "Nothing is entered, finished or undone: what a crash left is told, and the next verb that opens\n\
    the archive sees to it. Without --read-data payloads are compared by size alone;\n\
    without the archive's identity (secrets/archive.txt, or --identity) bags are not opened. What\n\
    was not checked is listed, and never counted as good. Exit 0: nothing was found; 1: something was.\n\n\
    Examples:\n  \
    vouchsafe check --read-data\n  \
    vouchsafe check --kept last-year.checkpoint --json"
)]
pub struct Check {
    /// Read every payload and compare its SHA-256
    #[arg(long)]
    pub read_data: bool,
    /// An identity that opens bags [default: secrets/archive.txt, with --read-data]
    #[arg(long, value_name = "FILE")]
    pub identity: Option<PathBuf>,
    /// A checkpoint that somebody kept: the ledger must continue it
    #[arg(long, value_name = "FILE")]
    pub kept: Vec<PathBuf>,
}

/// `proof`.
#[derive(ClapArgs)]
#[command(
    after_help = "The file is a C2SP tlog-proof that carries the entry. Whoever has the log's verifier key (it\n\
    stands in fonds.json) verifies it with no archive at hand.\n\n\
    Example:\n  vouchsafe proof 42 -o entry-42.proof"
)]
pub struct Proof {
    /// The entry: its number, or the id of its request
    pub entry: String,
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    pub out: PathBuf,
}

/// `verify`.
#[derive(ClapArgs)]
#[command(
    after_help = "Example:\n  vouchsafe verify entry-42.proof --log-key archive/store/fonds.json"
)]
pub struct Verify {
    /// The proof
    pub file: PathBuf,
    /// The log's verifier key, or a file that holds it: the key alone, or a fonds.json
    #[arg(long, value_name = "KEY")]
    pub log_key: String,
}

/// A moment, or the beginning of a day in China.
fn moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(day) = text.parse::<BusinessDate>() {
        return Ok(day.starts_at());
    }
    text.parse()
        .map_err(|error: domain::TimeError| format!("{error}, or a day such as 2026-11-23"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Args::command().debug_assert();
    }
}
