//! The command line of `day`.

use std::str::FromStr;

use clap::{Args as ClapArgs, Subcommand};
use domain::{BranchCode, BusinessDate, FlowNo, LoginName, RecordId};
use policy::day_closing::Difference;
use policy::flow::TaskId;

/// `day`.
#[derive(ClapArgs)]
pub struct DayVerbs {
    /// What to do.
    #[command(subcommand)]
    pub what: DayVerb,
}

/// What is done about a day.
#[derive(Subcommand)]
pub enum DayVerb {
    /// Show a branch's day: who handled what, what is missing and what is surplus
    #[command(after_help = "Example:\n  vouchsafe day show --branch 0012 --date 2026-11-20")]
    Show {
        /// Which day.
        #[command(flatten)]
        of: Of,
    },
    /// Answer for the flows that you handled (R26); what is missing takes a reason
    #[command(after_help = "Examples:\n  \
        vouchsafe day reconcile --branch 0012 --date 2026-11-20 --as zhao\n  \
        vouchsafe day reconcile --branch 0012 --date 2026-11-20 --explain LS20261120000001/2=客户次日补交 \\\n    \
        --explain rest=明日扫描 --as zhao")]
    Reconcile {
        /// Which day.
        #[command(flatten)]
        of: Of,
        /// The account whose flows they are [default: that of --as]
        #[arg(long, value_name = "ACCOUNT")]
        operator: Option<LoginName>,
        /// Why a task, or a flow without one, is open; `rest` for all others
        #[arg(long, value_name = "TASK=REASON")]
        explain: Vec<Explain>,
    },
    /// Close a branch's day, once all that was handled is reconciled
    #[command(
        after_help = "Example:\n  vouchsafe day close --branch 0012 --date 2026-11-20 --explain rest=次日处理 --as wang"
    )]
    Close {
        /// Which day.
        #[command(flatten)]
        of: Of,
        /// Why a record stands for no task; `rest` for all others
        #[arg(long, value_name = "RECORD=REASON")]
        explain: Vec<Explain>,
    },
    /// Enter what was not done by its day; each is entered once, however often this runs
    #[command(after_help = "Example:\n  vouchsafe day late --as ops")]
    Late,
}

/// Which branch's day.
#[derive(ClapArgs)]
pub struct Of {
    /// The branch
    #[arg(long, value_name = "BRANCH")]
    pub branch: BranchCode,
    /// The day
    #[arg(long, value_name = "DAY")]
    pub date: BusinessDate,
}

/// Why a difference is there; none of all others.
#[derive(Clone, Debug)]
pub struct Explain {
    /// The difference.
    pub what: Option<Difference>,
    /// Why.
    pub reason: String,
}

impl FromStr for Explain {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || "expected FLOW/NUMBER=REASON, FLOW=REASON, RECORD=REASON or rest=REASON".to_owned();
        let (what, reason) = text.split_once('=').ok_or_else(wrong)?;
        let task = || what.parse::<TaskId>().ok().map(Difference::Missing);
        let record = || what.parse::<RecordId>().ok().map(Difference::Surplus);
        let flow = || {
            let flow: FlowNo = what.parse().ok()?;
            Some(Difference::Missing(TaskId { flow, number: 0 }))
        };
        let difference = || task().or_else(record).or_else(flow).ok_or_else(wrong);
        Ok(Self {
            what: if what == "rest" {
                None
            } else {
                Some(difference()?)
            },
            reason: reason.to_owned(),
        })
    }
}
