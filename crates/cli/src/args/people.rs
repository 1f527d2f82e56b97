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
}
