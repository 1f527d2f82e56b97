//! Every option of every rule has a row. An option that is new does not compile here until it is
//! named, and fails until a row shows what it does. Here are the options; the rows stand in the
//! modules, by what they are about.

mod deadlines;
mod profiles;
mod refusals;
mod retention;

use std::collections::BTreeSet;

use domain::BusinessDate;
use policy::authority::Assurance;
use policy::basis::Basis;
use policy::calendar::{CalendarError, Counting};
use policy::deadline::{By, Done, Due, Duty, Reckoning, Standing, Step};
use policy::profile::{
    ClassChange, Colour, Kind, Owner, ProfileProblem, Required, Seat, Sensitivity, Side, Whose,
};
use policy::refusal::RefusalCode;
use policy::retention::{
    AccountEvent, After, MediumVerdict, Moment, Outcome, Period, Release, Rendition, Start, Verdict,
};
use policy::rule_change::{Change, Command, End, Event, RuleChange};

/// The options of a type, each with a word.
trait Options {
    const ALL: &'static [&'static str];
    fn word(&self) -> &'static str;
}

macro_rules! options {
    ($($type:ty { $($option:pat => $word:literal,)+ })+) => {$(
        impl Options for $type {
            const ALL: &'static [&'static str] = &[$($word),+];
            fn word(&self) -> &'static str {
                match self { $($option => $word,)+ }
            }
        }
    )+};
}

options! {
    Counting { Self::Trading => "trading", Self::Working => "working", Self::Civil => "civil", }
    By { Self::EndOfDay => "end of day", Self::BeforeItStarts => "before it starts", }
    Reckoning {
        Self::After { .. } => "days after", Self::OfNextMonth { .. } => "day of next month",
        Self::OfNextYear { .. } => "date of next year", Self::Before { .. } => "days before",
        Self::MonthsAfter { .. } => "months after",
    }
    Done { Self::Open => "open", Self::On(_) => "done", }
    Due { Self::On(_) => "known", Self::Unknown(_) => "unknown", }
    Standing {
        Self::Met => "met", Self::Open { .. } => "open", Self::Late { .. } => "late",
        Self::Overdue { .. } => "overdue", Self::Unknown => "unknown",
    }
    Step {
        Self::Started(_) => "started", Self::Reckoned(_) => "reckoned",
        Self::BeforeItStarts(_) => "before it starts", Self::Extended(_) => "extended",
        Self::NotApproved(_) => "not approved", Self::NotExtendable(_) => "not extendable",
        Self::CannotBe(_) => "cannot be",
    }
    Duty {
        Self::Capture => "capture", Self::Review => "review",
        Self::IntakeHandover => "intake-handover", Self::HqUpload => "hq-upload",
        Self::YearlyTransfer => "yearly-transfer", Self::Entry => "entry",
        Self::SendOn => "send-on", Self::MonthlyArchive => "monthly-archive",
        Self::HandOverToB => "hand-over-to-b", Self::HandOverToArchive => "hand-over-to-archive",
        Self::IdExpiryReminder => "id-expiry-reminder", Self::Repair => "repair",
        Self::BackupVerification => "backup-verification", Self::StockTake => "stock-take",
        Self::LateArchive => "late-archive", Self::ThresholdId => "threshold-id",
        Self::ClientCheck => "client-check", Self::VaultInspection => "vault-inspection",
        Self::WitnessVideo => "witness-video", Self::Inspection => "inspection",
    }
    CalendarError {
        Self::BeyondHorizon { .. } => "beyond the horizon", Self::NoSuchDay { .. } => "no such day",
        Self::NoSuchMonth { .. } => "no such month",
    }
    Rendition { Self::Paper => "paper", Self::Electronic => "electronic", }
    Start {
        Self::LinkedAccountClosed => "linked-account-closed",
        Self::LastAccountClosed => "last-account-closed", Self::RelationEnded => "relation-ended",
        Self::TransactionEnded => "transaction-ended", Self::Created => "created",
        Self::FiscalYearEnded => "fiscal-year-ended", Self::YearEnded => "year-ended",
        Self::CaseClosed => "case-closed", Self::FormClosed => "form-closed",
        Self::AssetDisposed => "asset-disposed", Self::TransferDone => "transfer-done",
        Self::DocumentReleased => "document-released",
    }
    Period {
        Self::Years(_) => "years", Self::LongTerm { .. } => "long-term",
        Self::Permanent => "permanent",
    }
    After {
        Self::Review => "review", Self::DestroyByChain => "destroy-by-chain", Self::Stay => "stay",
    }
    Moment { Self::On(_) => "on a day", Self::NotYet => "not yet", Self::Unknown => "unknown", }
    AccountEvent { Self::Opened => "opened", Self::Closed => "closed", }
    Outcome<'_> {
        Self::Permanent { .. } => "permanent", Self::LongTerm { .. } => "long-term",
        Self::NotStarted { .. } => "not started", Self::Running { .. } => "running",
        Self::MayEnd { .. } => "may end", Self::NoLine => "no line",
    }
    Verdict<'_> { Self::Held { .. } => "held", Self::Free(_) => "free", }
    Release {
        Self::From(_) => "from a day", Self::Waiting => "waiting",
        Self::ByAppraisal => "by appraisal", Self::Never => "never",
    }
    MediumVerdict {
        Self::MayEnd { .. } => "may end", Self::Keep { .. } => "keep", Self::Unknown => "unknown",
    }
    Kind {
        Self::Basic => "basic", Self::Voucher => "voucher", Self::Transaction => "transaction",
        Self::Other => "other",
    }
    Sensitivity {
        Self::Internal => "internal", Self::Sensitive => "sensitive",
        Self::Confidential => "confidential",
    }
    Owner { Self::Client => "client", Self::Account => "account", Self::Firm => "firm", }
    Required {
        Self::Client => "client", Self::Flow => "flow", Self::BusinessDate => "business-date",
        Self::Account => "account", Self::Instrument => "instrument", Self::Price => "price",
        Self::Quantity => "quantity", Self::TradeTime => "trade-time",
        Self::FiscalYear => "fiscal-year",
    }
    Colour { Self::Bilevel => "bilevel", Self::Grey => "grey", Self::Colour => "colour", }
    Side {
        Self::Business => "business", Self::System => "system", Self::Audit => "audit",
        Self::Outside => "outside",
    }
    Seat { Self::Branch => "branch", Self::Headquarters => "headquarters", }
    Whose {
        Self::Own => "own-branch", Self::Receiving => "receiving-branch",
        Self::Headquarters => "headquarters", Self::Any => "any",
        Self::OwnOrHeadquarters => "own-branch-or-headquarters",
    }
    Assurance { Self::Asserted => "asserted", Self::Signed => "signed", }
    Basis {
        Self::Rule(_) => "a requirement", Self::Outside(_) => "a law outside",
        Self::FirmSetting => "the firm's setting",
    }
    ClassChange {
        Self::Added => "added", Self::Removed => "removed", Self::Changed { .. } => "changed",
    }
    ProfileProblem {
        Self::Toml { .. } => "toml", Self::Word { .. } => "word", Self::Repeated { .. } => "repeated",
        Self::Missing { .. } => "missing", Self::NoLine { .. } => "no line",
        Self::Scan { .. } => "scan", Self::OneOf { .. } => "one of", Self::NoStart { .. } => "no start",
        Self::Unfillable { .. } => "unfillable", Self::RuleChange { .. } => "rule change",
        Self::NeverValid { .. } => "never valid", Self::Overlaps { .. } => "overlaps",
        Self::Wrong { .. } => "wrong", Self::Unfit { .. } => "unfit",
    }
    RefusalCode {
        Self::NotInRole => "not-in-role", Self::OtherBranch => "other-branch",
        Self::SamePerson => "same-person", Self::PositionFull => "position-full",
        Self::NoSuchPosition => "no-such-position", Self::RolesExclude => "roles-exclude",
        Self::SignatureExpired => "signature-expired", Self::NotSigned => "not-signed",
        Self::WrongState => "wrong-state", Self::OtherContent => "other-content",
        Self::WrongDay => "wrong-day", Self::NoReason => "no-reason",
        Self::NobodysAccount => "nobodys-account", Self::AccountTaken => "account-taken",
        Self::NoSuchRole => "no-such-role",
    }
    RuleChange {
        Self::NotBegun => "not begun", Self::Proposed(_) => "proposed", Self::Ended(..) => "ended",
    }
    End {
        Self::Confirmed => "confirmed", Self::Rejected { .. } => "rejected",
        Self::Withdrawn { .. } => "withdrawn",
    }
    Command {
        Self::Propose { .. } => "propose", Self::Confirm { .. } => "confirm",
        Self::Reject { .. } => "reject", Self::Withdraw { .. } => "withdraw",
    }
    Event {
        Self::Proposed { .. } => "proposed", Self::Confirmed { .. } => "confirmed",
        Self::Rejected { .. } => "rejected", Self::Withdrawn { .. } => "withdrawn",
    }
    Change { Self::Profile { .. } => "profile", Self::Calendar { .. } => "calendar", }
}

/// Fails naming the options that no row reached.
fn each_has_a_row<T: Options>(reached: impl IntoIterator<Item = T>) {
    let reached: BTreeSet<&str> = reached.into_iter().map(|one| one.word()).collect();
    let without: Vec<_> = T::ALL
        .iter()
        .filter(|word| !reached.contains(*word))
        .collect();
    let of = std::any::type_name::<T>();
    assert!(without.is_empty(), "{of}: no row for {without:?}");
}

fn day(text: &str) -> BusinessDate {
    text.parse().unwrap()
}
