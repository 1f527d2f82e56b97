//! The command line of `policy`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use domain::{BusinessDate, CaseId};
use policy::basis::RuleNo;

/// `policy`.
#[derive(ClapArgs)]
pub struct Policy {
    /// What is asked.
    #[command(subcommand)]
    pub question: Question,
}

/// What is asked of the rules, and how they are changed. Only what changes them, shows what is
/// in force, or is given --in-force opens the archive.
#[derive(Subcommand)]
pub enum Question {
    /// Propose that a profile is in force from a day
    #[command(
        after_help = "运营管理部 proposes, and a second person confirms (R23, R31, R77); whoever acts is named with\n\
    --as. The text is kept in the archive as it is now. Prints the case.\n\n\
    Example:\n  vouchsafe policy propose our-profile.toml --from 2027-01-01 --as li"
    )]
    Propose {
        /// The profile: a file, or the name of an embedded one
        profile: String,
        /// The first day on which it is in force [default: today in China]
        #[arg(long, value_name = "DAY")]
        from: Option<BusinessDate>,
    },
    /// Confirm a change of rules that somebody else proposed
    #[command(after_help = "Example:\n  vouchsafe policy confirm CASE --as wang")]
    Confirm {
        /// The case
        case: CaseId,
    },
    /// Say no to a change of rules that somebody else proposed
    #[command(
        after_help = "Example:\n  vouchsafe policy reject CASE --reason 'S02 is too short' --as wang"
    )]
    Reject(Ended),
    /// Take back a change of rules that was proposed
    #[command(
        after_help = "Example:\n  vouchsafe policy withdraw CASE --reason 'the wrong file' --as li"
    )]
    Withdraw(Ended),
    /// List the changes of rules, oldest first, and how each stands
    #[command(after_help = "Example:\n  vouchsafe policy changes --json")]
    Changes,
    /// Print the text that a change of rules brings
    #[command(
        after_help = "Example:\n  vouchsafe policy text CASE > proposed.toml && vouchsafe policy diff securities proposed.toml"
    )]
    Text {
        /// The case
        case: CaseId,
    },
    /// Show which profile and which calendars are in force
    #[command(after_help = "Example:\n  vouchsafe policy in-force --on 2027-01-01")]
    InForce {
        /// The day [default: today in China]
        #[arg(long, value_name = "DAY")]
        on: Option<BusinessDate>,
    },
    /// Say how long documents are kept, and why
    #[command(
        after_help = "The facts are one JSON object: the client's accounts, and the documents.\n\n  \
    {\"accounts\": [{\"number\": \"A1\", \"events\": [{\"on\": \"2001-05-08\", \"event\": \"opened\"},\n                                          {\"on\": \"2006-11-22\", \"event\": \"closed\"}]}],\n   \
    \"accounts_complete\": true,\n   \
    \"documents\": [{\"id\": \"1\", \"class\": \"fund-voucher\", \"rendition\": \"paper\", \"account\": \"A1\",\n                  \"starts\": {\"relation-ended\": \"2006-11-22\"}, \"holds\": []}]}\n\n\
    What is left out is unknown, and never due. Exit 0 whatever the verdict.\n\n\
    Example:\n  vouchsafe policy explain --facts facts.json --on 2026-11-23"
    )]
    Explain(Explain),
    /// Say what is due when, whether it was met, and why that day
    #[command(
        after_help = "The facts are one JSON object: the duties, each with the day that started it.\n\n  \
    {\"duties\": [{\"duty\": \"review\", \"started\": \"2026-11-20\", \"done\": \"2026-11-23\"},\n              {\"duty\": \"hand-over-to-b\", \"started\": \"2026-11-18\",\n               \"extension\": {\"until\": \"2026-11-27\", \"approved\": true}}]}\n\n\
    Example:\n  vouchsafe policy due --facts duties.json"
    )]
    Due(Facts),
    /// Read profiles and name everything that is wrong with them
    #[command(
        after_help = "Of several versions of one profile each follows those before it: on no day may two be valid.\n\n\
    Examples:\n  vouchsafe policy check our-profile.toml\n  vouchsafe policy check securities our-profile.toml"
    )]
    Check {
        /// The profiles: files, or names of embedded ones
        #[arg(required = true, value_name = "PROFILE")]
        profiles: Vec<String>,
    },
    /// Compare two versions of a profile
    #[command(
        after_help = "With --facts it counts the documents whose end would move. Nothing is changed.\n\n\
    Example:\n  vouchsafe policy diff securities our-profile.toml --facts facts.json"
    )]
    Diff(Diff),
    /// Ask the calendars
    Calendar(CalendarArgs),
    /// Print a requirement in our own words, where it is carried out, and where its cases stand
    #[command(after_help = "Examples:\n  vouchsafe policy rules R41\n  vouchsafe policy rules")]
    Rules {
        /// Which one; without it, all
        rule: Option<RuleNo>,
    },
}

/// A file of facts, and the day on which they are looked at.
#[derive(ClapArgs)]
pub struct Facts {
    /// The facts, as JSON
    #[arg(long = "facts", value_name = "FILE")]
    pub file: PathBuf,
    /// The day [default: today in China]
    #[arg(long, value_name = "DAY")]
    pub on: Option<BusinessDate>,
    /// The profile: a file, or the name of an embedded one
    #[arg(long, default_value = "securities")]
    pub profile: String,
    /// The profile and the calendars in force in the archive on that day
    #[arg(long, conflicts_with = "profile")]
    pub in_force: bool,
}

/// How a proposal ends without a confirmation.
#[derive(ClapArgs)]
pub struct Ended {
    /// The case
    pub case: CaseId,
    /// Why; it stands in the trail in clear, so name no client
    #[arg(long)]
    pub reason: String,
}

/// `policy explain`.
#[derive(ClapArgs)]
pub struct Explain {
    /// Facts and day.
    #[command(flatten)]
    pub facts: Facts,
}

/// `policy diff`.
#[derive(ClapArgs)]
pub struct Diff {
    /// The old version: a file, or the name of an embedded one
    pub old: String,
    /// The new version
    pub new: String,
    /// Documents whose ends are compared, as `explain` takes them
    #[arg(long, value_name = "FILE")]
    pub facts: Option<PathBuf>,
}

/// `policy calendar`: a question prints one date.
#[derive(ClapArgs)]
pub struct CalendarArgs {
    /// By the calendars in force in the archive, and not by those that are built in
    #[arg(long, global = true)]
    pub in_force: bool,
    /// What is asked.
    #[command(subcommand)]
    pub calendar: Calendar,
}

/// What is asked of the calendars.
#[derive(Subcommand)]
pub enum Calendar {
    /// The n-th statutory working day of a month
    #[command(after_help = "Example:\n  vouchsafe policy calendar workday 2026-10 5")]
    Workday(OfMonth),
    /// The n-th trading day of a month
    #[command(after_help = "Example:\n  vouchsafe policy calendar tradingday 2026-10 5")]
    Tradingday(OfMonth),
    /// The first trading day after a day
    #[command(after_help = "Example:\n  vouchsafe policy calendar next-trading-day 2024-02-08")]
    NextTradingDay {
        /// The day
        day: BusinessDate,
    },
    /// The first statutory working day after a day
    #[command(after_help = "Example:\n  vouchsafe policy calendar next-workday 2026-09-30")]
    NextWorkday {
        /// The day
        day: BusinessDate,
    },
    /// Propose that the notice of a year is in force
    #[command(
        after_help = "As `policy propose`: a second person confirms it. A notice of a year that is known already\n\
    takes the place of the whole year.\n\n\
    Example:\n  vouchsafe policy calendar import 2027.csv --as li"
    )]
    Import {
        /// The notice, as `calendar check` reads it
        file: PathBuf,
        /// The first day on which it is in force [default: today in China]
        #[arg(long, value_name = "DAY")]
        from: Option<BusinessDate>,
    },
    /// Read a notice as CSV and name everything that is wrong with it
    #[command(
        after_help = "Rows are date,kind,occasion; kind is closed, exchange-closed or make-up.\n\n\
    Example:\n  vouchsafe policy calendar check 2027.csv"
    )]
    Check {
        /// The notice
        file: PathBuf,
    },
}

/// The n-th day of a month.
#[derive(ClapArgs)]
pub struct OfMonth {
    /// The month, such as 2026-10
    pub month: Month,
    /// Which one, from 1
    pub nth: u8,
}

/// A month of a year.
#[derive(Clone, Copy)]
pub struct Month {
    /// The year.
    pub year: i16,
    /// The month, from 1.
    pub month: i8,
}

impl std::str::FromStr for Month {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let first = format!("{text}-01").parse::<BusinessDate>();
        let date =
            first.map_err(|_| format!("{text:?} is no month, expected one such as 2026-10"))?;
        Ok(Self {
            year: date.date().year(),
            month: date.date().month(),
        })
    }
}
