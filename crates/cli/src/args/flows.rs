//! The command line of `flow`, `task` and `due`.

use clap::{Args as ClapArgs, Subcommand};
use domain::{BranchCode, BusinessDate, ClassCode, FlowNo, LoginName};
use policy::flow::TaskId;

/// `flow`.
#[derive(ClapArgs)]
#[command(after_help = "Examples:\n  vouchsafe flow LS20261120000001\n  \
    vouchsafe flow --branch 0012 --date 2026-11-20")]
pub struct Flow {
    /// This flow alone
    #[arg(value_name = "FLOW", required_unless_present_all = ["branch", "date"])]
    pub number: Option<FlowNo>,
    /// The flows of this branch
    #[arg(
        long,
        value_name = "BRANCH",
        requires = "date",
        conflicts_with = "number"
    )]
    pub branch: Option<BranchCode>,
    /// The flows of this day
    #[arg(
        long,
        value_name = "DAY",
        requires = "branch",
        conflicts_with = "number"
    )]
    pub date: Option<BusinessDate>,
}

/// `task`.
#[derive(ClapArgs)]
pub struct Task {
    /// What to do.
    #[command(subcommand)]
    pub what: TaskVerb,
}

/// What is done to a task.
#[derive(Subcommand)]
pub enum TaskVerb {
    /// Add a task that no template makes (R27)
    #[command(
        after_help = "Example:\n  vouchsafe task add LS20261120000001 --class due-diligence --reason '补充尽职调查' --as li"
    )]
    Add {
        /// The flow
        flow: FlowNo,
        /// The class of the document
        #[arg(long, value_name = "CLASS")]
        class: ClassCode,
        /// Why; kept in clear, so it names no client and no document
        #[arg(long)]
        reason: String,
    },
    /// Put another task in the place of a wrong one, which stays readable (R27)
    #[command(
        after_help = "Example:\n  vouchsafe task adjust LS20261120000001/2 --class fund-voucher --reason '业务类别有误' --as li"
    )]
    Adjust {
        /// The task, as FLOW/NUMBER
        task: TaskId,
        /// The class that is right
        #[arg(long, value_name = "CLASS")]
        class: ClassCode,
        /// Why; kept in clear, so it names no client and no document
        #[arg(long)]
        reason: String,
    },
    /// Ask that a document be left out; a second person grants or denies it (R07, R22)
    #[command(
        after_help = "Example:\n  vouchsafe task waive LS20261120000001/2 --reason '证件已留存' --as li"
    )]
    Waive {
        /// The task, as FLOW/NUMBER
        task: TaskId,
        /// Why; kept in clear, so it names no client and no document
        #[arg(long)]
        reason: String,
    },
    /// Grant what was asked
    #[command(after_help = "Example:\n  vouchsafe task grant LS20261120000001/2 --as wang")]
    Grant {
        /// The task, as FLOW/NUMBER
        task: TaskId,
    },
    /// Deny what was asked: the document is owed as before
    #[command(
        after_help = "Example:\n  vouchsafe task deny LS20261120000001/2 --reason '证件已过期' --as wang"
    )]
    Deny {
        /// The task, as FLOW/NUMBER
        task: TaskId,
        /// Why; kept in clear, so it names no client and no document
        #[arg(long)]
        reason: String,
    },
}

/// `due`.
#[derive(ClapArgs)]
#[command(
    after_help = "First what nobody can say a day for, then the oldest. A flow without a task stands here until\n\
    somebody adds one.\n\n\
    Examples:\n  vouchsafe due --branch 0012\n  vouchsafe due --operator li --on 2026-11-23 --json"
)]
pub struct DueList {
    /// What this branch owes
    #[arg(long, value_name = "BRANCH")]
    pub branch: Option<BranchCode>,
    /// What was handled under this account
    #[arg(long, value_name = "ACCOUNT")]
    pub operator: Option<LoginName>,
    /// As it stands on this day [default: today]
    #[arg(long, value_name = "DAY")]
    pub on: Option<BusinessDate>,
}
