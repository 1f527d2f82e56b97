//! The command line of `policy`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use domain::BusinessDate;
use policy::basis::RuleNo;

/// `policy`.
#[derive(ClapArgs)]
pub struct Policy {
    /// What is asked.
    #[command(subcommand)]
    pub question: Question,
}

/// What is asked of the rules. None of these needs an archive.
#[derive(Subcommand)]
pub enum Question {
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
    /// Read a profile and name everything that is wrong with it
    #[command(after_help = "Example:\n  vouchsafe policy check our-profile.toml")]
    Check {
        /// The profile: a file, or the name of an embedded one
        profile: String,
    },
    /// Compare two versions of a profile
    #[command(
        after_help = "With --facts it counts the documents whose end would move. Nothing is changed.\n\n\
    Example:\n  vouchsafe policy diff securities our-profile.toml --facts facts.json"
    )]
    Diff(Diff),
    /// Ask the calendars
    #[command(subcommand)]
    Calendar(Calendar),
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

/// `policy calendar`. Each prints one date.
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
