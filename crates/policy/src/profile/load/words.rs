//! The words of a profile, each with what it stands for.

use crate::authority::Assurance;
use crate::calendar::Counting;
use crate::deadline::Duty;
use crate::profile::{Colour, Kind, Owner, Required, Seat, Sensitivity, Side, Whose};
use crate::retention::{After, Rendition, Start};

/// A word of the profile's language, and the text that stands for it.
pub(super) trait Word: Copy + 'static {
    const WHAT: &'static str;

    fn all() -> Vec<(&'static str, Self)>;
}

/// Words that stand in profiles alone.
macro_rules! words {
    ($($type:ty, $what:literal, { $($text:literal = $value:expr,)+ })+) => {$(
        impl Word for $type {
            const WHAT: &'static str = $what;

            fn all() -> Vec<(&'static str, Self)> {
                vec![$(($text, $value),)+]
            }
        }
    )+};
}

/// Words that say themselves, because others than profiles say them too.
macro_rules! said {
    ($($type:ty, $what:literal;)+) => {$(
        impl Word for $type {
            const WHAT: &'static str = $what;

            fn all() -> Vec<(&'static str, Self)> {
                Self::ALL.map(|one| (one.as_str(), one)).to_vec()
            }
        }
    )+};
}

said! {
    After, "after";
    Assurance, "assurance";
    Counting, "counting";
    Duty, "duty";
    Rendition, "rendition";
    Required, "required fact";
    Start, "start";
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
    Colour, "colour", {
        "bilevel" = Self::Bilevel, "grey" = Self::Grey, "colour" = Self::Colour,
    }
    Side, "side", {
        "business" = Self::Business, "system" = Self::System, "audit" = Self::Audit,
        "outside" = Self::Outside,
    }
    Seat, "seat", { "branch" = Self::Branch, "headquarters" = Self::Headquarters, }
    Whose, "whose", {
        "own-branch" = Self::Own, "receiving-branch" = Self::Receiving,
        "headquarters" = Self::Headquarters,
        "own-branch-or-headquarters" = Self::OwnOrHeadquarters, "any" = Self::Any,
    }
}
