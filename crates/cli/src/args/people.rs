//! The command line of `people` and `import`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use domain::{BranchCode, ClientNo, FlowNo, PersonId};
use policy::flow::Means;
use policy::information_change::{Signer, Target};

use crate::args::flows::means;

/// `people`.
#[derive(ClapArgs)]
#[command(after_help = "Example:\n  vouchsafe people\n  vouchsafe people 10023 --json")]
pub struct People {
    /// This person alone
    pub person: Option<PersonId>,
}

/// `client`.
#[derive(ClapArgs)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Names are shown masked.\n\n\
    Examples:\n  vouchsafe client 8856960269\n  vouchsafe client --name 陈静怡\n  vouchsafe client --id 990135200002125976\n  \
    vouchsafe client claim 8856960269 --as li"
)]
#[group(id = "who", required = true, multiple = false)]
pub struct Client {
    /// What to do.
    #[command(subcommand)]
    pub what: Option<ClientVerb>,
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

/// What is done about a client.
#[derive(Subcommand)]
pub enum ClientVerb {
    /// Claim a client; of several claims the one that was recorded first holds (R85)
    #[command(after_help = "Example:\n  vouchsafe client claim 8856960269 --as li")]
    Claim {
        /// The client
        client: ClientNo,
    },
    /// Give a client to somebody whose claim was recorded later (R85)
    #[command(
        after_help = "Example:\n  vouchsafe client give 8856960269 --to 1003 --reason '客户本人要求' --as wang"
    )]
    Give {
        /// The client
        client: ClientNo,
        /// To whom, by their id
        #[arg(long, value_name = "PERSON")]
        to: PersonId,
        /// Why; kept in clear, so it names no client and no document
        #[arg(long)]
        reason: String,
    },
    /// Submit a change of what is known of a client (R86 to R92); a second person confirms it
    #[command(
        after_help = "FILE is a table of one client as for `vouchsafe import clients`: the card as it is to be. The flow is\n\
        the information-change at the counter, whose tasks are the application, the copy of the\n\
        document and the slip that the client signs.\n\n\
        Example:\n  vouchsafe client change LS20261120000007 --card card.csv --fields phone,address \\\n    \
        --identified id-reader --signed client --as li"
    )]
    Change {
        /// The flow that it rests on
        flow: FlowNo,
        /// The card as it is to be
        #[arg(long, value_name = "FILE")]
        card: PathBuf,
        /// What of it is other than before, by the names of columns
        #[arg(long, value_name = "FIELD", value_delimiter = ',', required = true)]
        fields: Vec<String>,
        /// By what the client was identified (R87), as for `vouchsafe flow verify`
        #[arg(long, value_name = "MEANS", value_delimiter = ',', value_parser = means)]
        identified: Vec<Means>,
        /// Who has signed the application (R88): client, seal, legal-representative,
        /// managing-partner, appointed-representative, agent
        #[arg(long, value_name = "WHO", value_delimiter = ',', value_parser = signer)]
        signed: Vec<Signer>,
        /// Where it is sent (R91): one-code, shareholder, fund
        #[arg(long, value_name = "WHERE", value_delimiter = ',', value_parser = target)]
        sync: Vec<Target>,
        /// `ChinaClear` has answered with the client's one-code information (R91)
        #[arg(long)]
        one_code_known: bool,
        /// A relation of the client's accounts is still unconfirmed (R91)
        #[arg(long)]
        unconfirmed_relation: bool,
    },
    /// List the changes that wait for a second person
    #[command(after_help = "Example:\n  vouchsafe client changes --branch 0012")]
    Changes {
        /// Of this branch
        #[arg(long, value_name = "BRANCH")]
        branch: Option<BranchCode>,
    },
    /// Confirm a change: from then on it holds (R89)
    #[command(after_help = "Example:\n  vouchsafe client confirm LS20261120000007 --as sun")]
    Confirm {
        /// The flow that it rests on
        flow: FlowNo,
    },
    /// Say no to a change
    #[command(
        after_help = "Example:\n  vouchsafe client reject LS20261120000007 --reason '证件号与原件不符' --as sun"
    )]
    Reject {
        /// The flow that it rests on
        flow: FlowNo,
        /// Why; kept in clear, so it names no client and no document
        #[arg(long)]
        reason: String,
    },
    /// Take a change back that you have submitted
    #[command(
        after_help = "Example:\n  vouchsafe client withdraw LS20261120000007 --reason '客户撤回' --as li"
    )]
    Withdraw {
        /// The flow that it rests on
        flow: FlowNo,
        /// Why; kept in clear, so it names no client and no document
        #[arg(long)]
        reason: String,
    },
}

fn signer(word: &str) -> Result<Signer, String> {
    let known = Signer::ALL.map(Signer::as_str).join(", ");
    let found = Signer::ALL.into_iter().find(|one| one.as_str() == word);
    found.ok_or_else(|| format!("expected one of {known}"))
}

fn target(word: &str) -> Result<Target, String> {
    let known = Target::ALL.map(Target::as_str).join(", ");
    let found = Target::ALL.into_iter().find(|one| one.as_str() == word);
    found.ok_or_else(|| format!("expected one of {known}"))
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
    /// Documents that are born electronic (原生电子资料), with the manifest of the system that delivers them
    #[command(
        after_help = "CSV or JSON, in UTF-8 or GB18030, beside the files. Columns: file, sha256, source, id, class, client,\n\
        branch, date; and where there are any: flow, account, document_name, consent (the day on which\n\
        the client agreed that a third party gives it). Sources and classes are those of the profile in\n\
        force (R03, R14, R15, R18). What is there is left as it is; another document under the same id\n\
        is kept as an exception. Exit 3: something was refused, and each is named.\n\n\
        Example:\n  vouchsafe import native delivery/manifest.csv --as ops"
    )]
    Native {
        /// The manifest
        manifest: PathBuf,
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
