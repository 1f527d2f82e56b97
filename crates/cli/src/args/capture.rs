//! The command line of `batch`, `review` and `exception`.

use clap::{Args as ClapArgs, Subcommand};
use domain::{AccountNo, BatchId, BranchCode, BusinessDate, ClassCode, ClientNo, FlowNo, RecordId};
use policy::flow::TaskId;

/// `batch`.
#[derive(ClapArgs)]
#[command(
    after_help = "What a batch declared and what came of it, newest first; of one alone also how its records\n\
    stand now.\n\n\
    Examples:\n  vouchsafe batch --branch 0012\n  vouchsafe batch 01KB0000000000000000000000 --json"
)]
pub struct Batch {
    /// This batch alone
    #[arg(value_name = "BATCH")]
    pub id: Option<BatchId>,
    /// Of this branch
    #[arg(long, value_name = "BRANCH", conflicts_with = "id")]
    pub branch: Option<BranchCode>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50, conflicts_with = "id")]
    pub limit: usize,
}

/// `review`.
#[derive(ClapArgs)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Alone it lists the images that wait, the first due first. Whoever reviews is another person\n\
    than whoever scanned, where the firm has set that.\n\n\
    Examples:\n  vouchsafe review --branch 0012\n  vouchsafe review pass LS20261120000001/1 --as sun"
)]
pub struct Review {
    /// What to do.
    #[command(subcommand)]
    pub what: Option<ReviewVerb>,
    /// Of this branch
    #[arg(long, value_name = "BRANCH")]
    pub branch: Option<BranchCode>,
    /// As it stands on this day [default: today]
    #[arg(long, value_name = "DAY")]
    pub on: Option<BusinessDate>,
}

/// What a review came to.
#[derive(Subcommand)]
pub enum ReviewVerb {
    /// The image is in order (R29)
    #[command(after_help = "Example:\n  vouchsafe review pass LS20261120000001/1 --as sun")]
    Pass {
        /// The task, as FLOW/NUMBER
        task: TaskId,
    },
    /// Send the image back: the document is to be scanned again
    #[command(
        after_help = "Example:\n  vouchsafe review return LS20261120000001/1 --reason '签名不清' --as sun"
    )]
    Return {
        /// The task, as FLOW/NUMBER
        task: TaskId,
        /// Why; kept in clear, so it names no client and no document
        #[arg(long)]
        reason: String,
    },
    /// Put right what is known of a record; what was known before stays in the ledger
    #[command(
        after_help = "Client, class, flow and day of a record that stands for a task are its task's: send the image back,\n\
        or have the flow corrected.\n\n\
        Example:\n  vouchsafe review correct 01KB0000000000000000000000 --client 8800012345 \\\n    \
        --reason '客户号误读' --as sun"
    )]
    Correct {
        /// The record
        record: RecordId,
        /// What is right.
        #[command(flatten)]
        right: Right,
        /// Why; kept in clear, so it names no client and no document
        #[arg(long)]
        reason: String,
    },
}

/// What is right of what is known of a record.
#[derive(Clone, ClapArgs)]
#[group(id = "right", required = true, multiple = true)]
pub struct Right {
    /// Its client
    #[arg(long, value_name = "NUMBER")]
    pub client: Option<ClientNo>,
    /// Its class
    #[arg(long, value_name = "CLASS")]
    pub class: Option<ClassCode>,
    /// Its flow
    #[arg(long, value_name = "FLOW")]
    pub flow: Option<FlowNo>,
    /// The day of its business
    #[arg(long, value_name = "DAY")]
    pub business_date: Option<BusinessDate>,
    /// Its account
    #[arg(id = "right-account", long = "account", value_name = "ACCOUNT")]
    pub account: Option<AccountNo>,
    /// What the document is called
    #[arg(long, value_name = "NAME")]
    pub document_name: Option<String>,
}

/// `exception`.
#[derive(ClapArgs)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Alone it lists the records that stand for no task and wait for somebody. Whatever becomes of\n\
    one, it stays and can be opened.\n\n\
    Examples:\n  vouchsafe exception --branch 0012\n  \
    vouchsafe exception assign 01KB0000000000000000000000 LS20261120000001/2 --reason '流水号模糊' --as li"
)]
pub struct Exceptions {
    /// What to do.
    #[command(subcommand)]
    pub what: Option<ExceptionVerb>,
    /// Of this branch
    #[arg(long, value_name = "BRANCH")]
    pub branch: Option<BranchCode>,
}

/// What becomes of an exception.
#[derive(Clone, Subcommand)]
pub enum ExceptionVerb {
    /// Match it with a task by hand (R25)
    #[command(
        after_help = "Example:\n  vouchsafe exception assign 01KB0000000000000000000000 LS20261120000001/2 --reason '流水号模糊' --as li"
    )]
    Assign {
        /// The record
        record: RecordId,
        /// The task, as FLOW/NUMBER
        task: TaskId,
        /// Why; kept in clear, so it names no client and no document
        #[arg(long)]
        reason: String,
    },
    /// Keep it without a task (R20)
    #[command(
        after_help = "Example:\n  vouchsafe exception keep 01KB0000000000000000000000 --reason '客户意见登记表' --as li"
    )]
    Keep {
        /// The record
        record: RecordId,
        /// Why; kept in clear, so it names no client and no document
        #[arg(long)]
        reason: String,
    },
    /// Say that it is of no use; it stays readable
    #[command(
        after_help = "Example:\n  vouchsafe exception reject 01KB0000000000000000000000 --reason '空白页' --as li"
    )]
    Reject {
        /// The record
        record: RecordId,
        /// Why; kept in clear, so it names no client and no document
        #[arg(long)]
        reason: String,
    },
    /// Name the new scan that took its place
    #[command(
        after_help = "Example:\n  vouchsafe exception rescanned 01KB0000000000000000000000 01KB1111111111111111111111 --as li"
    )]
    Rescanned {
        /// The record
        record: RecordId,
        /// The record of the new scan
        instead: RecordId,
    },
}
