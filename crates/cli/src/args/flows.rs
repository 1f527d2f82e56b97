//! The command line of `flow`, `task` and `due`.

use clap::{Args as ClapArgs, Subcommand};
use domain::{BranchCode, BusinessDate, ClassCode, FlowNo, LoginName, RecordId};
use policy::flow::{Means, TaskId};

/// `flow`.
#[derive(ClapArgs)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:\n  vouchsafe flow LS20261120000001\n  \
    vouchsafe flow --branch 0012 --date 2026-11-20\n  \
    vouchsafe flow verify LS20261120000001 --means originals,police-check --as sun"
)]
pub struct Flow {
    /// What to do.
    #[command(subcommand)]
    pub what: Option<FlowVerb>,
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

/// What is done about a flow.
#[derive(Subcommand)]
pub enum FlowVerb {
    /// Say what the verification of its documents came to, before they are handed over (R06, R19)
    #[command(
        after_help = "Whoever verifies is another person than whoever handled the business, where the firm has set that.\n\n\
        Examples:\n  vouchsafe flow verify LS20261120000001 --means originals,police-check --as sun\n  \
        vouchsafe flow verify LS20261120000001 --means specimen --defective '印鉴不符' --as sun"
    )]
    Verify {
        /// The flow
        flow: FlowNo,
        /// By what: counter-guide, originals, id-reader, police-check, callback, specimen
        #[arg(long, value_name = "MEANS", value_delimiter = ',', required = true, value_parser = means)]
        means: Vec<Means>,
        /// What is wrong; kept in clear, so it names no client and no document
        #[arg(long, value_name = "REASON")]
        defective: Option<String>,
    },
}

/// By what something was verified.
pub fn means(word: &str) -> Result<Means, String> {
    let known = Means::ALL.map(Means::as_str).join(", ");
    let found = Means::ALL.into_iter().find(|means| means.as_str() == word);
    found.ok_or_else(|| format!("expected one of {known}"))
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
    /// Let a document that is kept already serve it, so that it is not scanned again (R24)
    #[command(
        after_help = "The document is of the same client, class and name, its image passed its review, and it is still\n\
        valid. Of an identity document somebody says that it is unchanged (R123).\n\n\
        Example:\n  vouchsafe task share LS20261120000001/3 --record 01KB0000000000000000000000 \\\n    \
        --valid-to 2031-05-01 --unchanged --reason '证件未变更' --as li"
    )]
    Share {
        /// The task, as FLOW/NUMBER
        task: TaskId,
        /// The record of the document
        #[arg(long)]
        record: RecordId,
        /// Until when the document is valid
        #[arg(long, value_name = "DAY", conflicts_with = "for_good")]
        valid_to: Option<BusinessDate>,
        /// It is valid for good
        #[arg(long)]
        for_good: bool,
        /// Somebody has compared: the document is as the copy shows it
        #[arg(long)]
        unchanged: bool,
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
