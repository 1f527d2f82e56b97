//! The command line of `people` and `import`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use domain::{ClientNo, PersonId};

/// `people`.
#[derive(ClapArgs)]
#[command(after_help = "Example:\n  vouchsafe people\n  vouchsafe people 10023 --json")]
pub struct People {
    /// This person alone
    pub person: Option<PersonId>,
}

/// `client`.
#[derive(ClapArgs)]
#[command(after_help = "Names are shown masked.\n\n\
    Examples:\n  vouchsafe client 8856960269\n  vouchsafe client --name 陈静怡\n  vouchsafe client --id 990135200002125976")]
#[group(id = "who", required = true, multiple = false)]
pub struct Client {
    /// By the client number
    #[arg(group = "who")]
    pub number: Option<ClientNo>,
    /// By the whole name
    #[arg(long, group = "who")]
    pub name: Option<String>,
    /// By the whole number of the identity document
    #[arg(long, group = "who", value_name = "NUMBER")]
    pub id: Option<String>,
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
    /// Branches (营业部), those that are closed too
    #[command(
        after_help = "CSV or JSON, in UTF-8 or GB18030. Columns: branch, name; and where there are any: opened, closed,\n\
    successor. Once branches are recorded, no flow of another one, or of one that was closed, is\n\
    taken over.\n\n\
    Example:\n  vouchsafe import branches fixtures/day/branches.csv --as ops"
    )]
    Branches {
        /// The file
        file: PathBuf,
        /// Say what would happen, and record nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Clients (客户); what tells who they are is sealed
    #[command(
        after_help = "CSV or JSON, in UTF-8 or GB18030. Columns: client, branch, kind (person, institution or product),\n\
    name; and where they are known: nationality, id_kind, id_number, id_valid_to, portrait, address,\n\
    phone, occupation, education, institution_type, capital, assets, risk. What lacks of what must be\n\
    known of such a client (R16) is said by `vouchsafe client`. The cards are sealed; found by name\n\
    or document number is a client only by the whole of it.\n\n\
    Example:\n  vouchsafe import clients fixtures/day/clients.csv --as ops"
    )]
    Clients {
        /// The file
        file: PathBuf,
        /// Say what would happen, and record nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Accounts (账户) of clients
    #[command(
        after_help = "CSV or JSON, in UTF-8 or GB18030. Columns: account, client; and where there are any: opened, closed.\n\n\
    Example:\n  vouchsafe import accounts accounts.csv --as ops"
    )]
    Accounts {
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
