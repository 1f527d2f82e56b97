//! The words of a profile, each with what it stands for.

use crate::authority::Assurance;
use crate::calendar::Counting;
use crate::profile::{Colour, Kind, Owner, Required, Seat, Sensitivity, Side, Whose};
use crate::retention::{After, Rendition};

/// A word of the profile's language, and the text that stands for it.
pub(super) trait Word: Copy + 'static {
    const WHAT: &'static str;
    const ALL: &'static [(&'static str, Self)];
}

macro_rules! words {
    ($($type:ty, $what:literal, { $($text:literal = $value:expr,)+ })+) => {$(
        impl Word for $type {
            const WHAT: &'static str = $what;
            const ALL: &'static [(&'static str, Self)] = &[$(($text, $value),)+];
        }
    )+};
}

words! {
    Kind, "kind", {
        "basic" = Self::Basic, "voucher" = Self::Voucher, "transaction" = Self::Transaction,
        "other" = Self::Other,
    }
    Sensitivity, "sensitivity", {
        "internal" = Self::Internal, "sensitive" = Self::Sensitive,
        "confidential" = Self::Confidential,
    }
    Owner, "owner", {
        "client" = Self::Client, "account" = Self::Account, "firm" = Self::Firm,
    }
    Required, "required fact", {
        "client" = Self::Client, "flow" = Self::Flow, "business-date" = Self::BusinessDate,
        "account" = Self::Account, "instrument" = Self::Instrument, "price" = Self::Price,
        "quantity" = Self::Quantity, "trade-time" = Self::TradeTime,
        "fiscal-year" = Self::FiscalYear,
    }
    Colour, "colour", {
        "bilevel" = Self::Bilevel, "grey" = Self::Grey, "colour" = Self::Colour,
    }
    Side, "side", {
        "business" = Self::Business, "system" = Self::System, "audit" = Self::Audit,
        "outside" = Self::Outside,
    }
    Assurance, "assurance", { "asserted" = Self::Asserted, "signed" = Self::Signed, }
    Seat, "seat", { "branch" = Self::Branch, "headquarters" = Self::Headquarters, }
    Whose, "whose", {
        "own-branch" = Self::Own, "receiving-branch" = Self::Receiving,
        "headquarters" = Self::Headquarters, "any" = Self::Any,
    }
    Rendition, "rendition", { "paper" = Self::Paper, "electronic" = Self::Electronic, }
    Counting, "counting", {
        "trading" = Self::Trading, "working" = Self::Working, "civil" = Self::Civil,
    }
    After, "after", {
        "review" = Self::Review, "destroy-by-chain" = Self::DestroyByChain, "stay" = Self::Stay,
    }
}
