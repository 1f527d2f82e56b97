//! The command line of `people` and `import`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use domain::PersonId;

/// `people`.
#[derive(ClapArgs)]
#[command(after_help = "Example:\n  vouchsafe people\n  vouchsafe people 10023 --json")]
pub struct People {
    /// This person alone
    pub person: Option<PersonId>,
}

/// `import`.
#[derive(ClapArgs)]
pub struct Import {
    /// What is imported.
    #[command(subcommand)]
    pub what: Reference,
}

/// Reference data.
#[derive(Subcommand)]
pub enum Reference {
    /// People with their accounts and roles
    #[command(
        after_help = "CSV with the heading person,account,role,branch,from,to; one row a role. A row without a role\n\
    names an account alone; no branch is headquarters; no `to` is without end. The rows of a person\n\
    are all that holds of them from here on. Until somebody holds security-administrator, anybody\n\
    may import; afterwards only they may. Exit 3: some rows were refused, and each is named.\n\n\
    Example:\n  vouchsafe import people people.csv --dry-run"
    )]
    People {
        /// The file
        file: PathBuf,
        /// Say what would happen, and record nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Flows (业务流水) of the counter system, with the scan tasks that the templates make of them
    #[command(
        after_help = "CSV, or JSON with the same names, in UTF-8 or GB18030. Columns, in any order: flow, branch, date,\n\
    client, business, operator; and where there are any: account, channel (counter or online),\n\
    status (done or cancelled). A flow that is known is left as it is; what the table says\n\
    otherwise of it is corrected, with its tasks. Exit 3: some lines were refused, and each is\n\
    named.\n\n\
    Example:\n  vouchsafe import flows 2026-11-20.csv --dry-run"
    )]
    Flows {
        /// The file
        file: PathBuf,
        /// Say what would happen, and record nothing
        #[arg(long)]
        dry_run: bool,
    },
}
