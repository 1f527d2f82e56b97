//! The command line of `finding`.

use clap::{Args as ClapArgs, Subcommand};
use domain::{BranchCode, BusinessDate, CaseId, PersonId};

/// `finding`.
#[derive(ClapArgs)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Alone it lists what is open, and since when it is late.\n\n\
    Examples:\n  vouchsafe finding --branch 0012\n  \
    vouchsafe finding report --branch 0012 --about 'flow LS20261120000001' --what '缺少客户签名' \\\n    \
    --owner 1001 --due 2026-11-27 --as li"
)]
pub struct Findings {
    /// What to do.
    #[command(subcommand)]
    pub what: Option<FindingVerb>,
    /// Of this branch
    #[arg(long, value_name = "BRANCH")]
    pub branch: Option<BranchCode>,
}

/// What is done about a finding.
#[derive(Subcommand)]
pub enum FindingVerb {
    /// Report what is missing or wrong, and who is to mend it by when (R120)
    #[command(
        after_help = "Example:\n  vouchsafe finding report --branch 0012 --about 'flow LS20261120000001' \\\n    \
        --what '缺少客户签名' --owner 1001 --due 2026-11-27 --as li"
    )]
    Report {
        /// The branch that it concerns
        #[arg(long, value_name = "BRANCH")]
        branch: BranchCode,
        /// What it is about: `record ID`, `flow FLOW`, `task FLOW/NUMBER`, `client NUMBER`
        #[arg(long)]
        about: String,
        /// What is missing or wrong; kept in clear, so it names no client and no document
        #[arg(long)]
        what: String,
        /// Who is to mend it, by their id
        #[arg(long, value_name = "PERSON")]
        owner: PersonId,
        /// By the end of which day
        #[arg(long, value_name = "DAY")]
        due: BusinessDate,
    },
    /// Say that it is mended, and how; only whoever owns it
    #[command(
        after_help = "Example:\n  vouchsafe finding mend 01KB0000000000000000000000 --how '已补签' --as zhao"
    )]
    Mend {
        /// The finding
        finding: CaseId,
        /// How
        #[arg(long)]
        how: String,
    },
    /// Say that there is nothing to mend, and why; never whoever owns it
    #[command(
        after_help = "Example:\n  vouchsafe finding dismiss 01KB0000000000000000000000 --reason '签名在背面' --as he"
    )]
    Dismiss {
        /// The finding
        finding: CaseId,
        /// Why
        #[arg(long)]
        reason: String,
    },
}
