//! What can be asked, and how pages follow each other.

use std::fmt;
use std::str::FromStr;

use domain::{BusinessDate, Timestamp};

/// What kind of thing a term names. Each has its byte in stored keys, which never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// Who did it.
    Actor,
    /// What happened, such as `record.filed`.
    Event,
    /// The client number (客户号).
    Client,
    /// The branch (营业部).
    Branch,
    /// The class of record (档案类别).
    Class,
    /// The flow number (业务流水号).
    Flow,
    /// The record.
    Record,
    /// The batch.
    Batch,
    /// The business date (业务日期), as ISO text such as `2026-11-23`.
    BusinessDate,
    /// The SHA-256 of an original: the same bytes filed before are found by it.
    Original,
}

impl Dimension {
    /// All of them, in the order of their bytes.
    pub(crate) const ALL: [Self; 10] = [
        Self::Actor,
        Self::Event,
        Self::Client,
        Self::Branch,
        Self::Class,
        Self::Flow,
        Self::Record,
        Self::Batch,
        Self::BusinessDate,
        Self::Original,
    ];

    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.byte() == byte)
    }

    /// The byte in stored keys. Byte 0 is for request ids.
    pub(crate) const fn byte(self) -> u8 {
        match self {
            Self::Actor => 1,
            Self::Event => 2,
            Self::Client => 3,
            Self::Branch => 4,
            Self::Class => 5,
            Self::Flow => 6,
            Self::Record => 7,
            Self::Batch => 8,
            Self::BusinessDate => 9,
            Self::Original => 10,
        }
    }

    /// Its name in messages.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Actor => "actor",
            Self::Event => "event",
            Self::Client => "client",
            Self::Branch => "branch",
            Self::Class => "class",
            Self::Flow => "flow",
            Self::Record => "record",
            Self::Batch => "batch",
            Self::BusinessDate => "business date",
            Self::Original => "original",
        }
    }
}

/// Something that an entry is found by: exactly this text in this dimension.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Term {
    /// What kind of thing it names.
    pub dimension: Dimension,
    /// Its text, at most 65,535 bytes.
    pub value: String,
}

impl Term {
    /// A term.
    pub fn new(dimension: Dimension, value: impl Into<String>) -> Self {
        Self {
            dimension,
            value: value.into(),
        }
    }
}

/// Which entries are wanted. Every part narrows; the default asks for the newest 50 of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Every one of these must match.
    pub all: Vec<Term>,
    /// Of each group one must match; an empty group matches nothing.
    pub any: Vec<Vec<Term>>,
    /// Business dates from the first to the second, both included.
    pub business_date: Option<(BusinessDate, BusinessDate)>,
    /// The time of the commit, from the first moment to before the second.
    pub at: Option<(Timestamp, Timestamp)>,
    /// Go on where a page ended.
    pub before: Option<Cursor>,
    /// How many rows a page has at most; 0 is read as 1, more than 10,000 as 10,000.
    pub limit: usize,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            any: Vec::new(),
            business_date: None,
            at: None,
            before: None,
            limit: 50,
        }
    }
}

/// An entry that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number in the ledger, from 0.
    pub index: u64,
    /// Its line, as it was given.
    pub line: String,
}

/// Rows, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The rows.
    pub rows: Vec<Row>,
    /// Where the next page begins; `None` if this was the last.
    pub next: Option<Cursor>,
}

/// Where a page ended. It stays valid while entries arrive: those are newer, and the pages
/// that follow are older. Printed as `c1-` and 16 lower-case hex digits, read strictly as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Rows before this entry come next.
    pub(crate) before: u64,
}

/// The text is not a cursor of this program.
#[derive(Debug, thiserror::Error)]
#[error("not a cursor that an earlier page gave: {found:?}")]
pub struct CursorError {
    /// What stood there.
    pub found: String,
}

const CURSOR_VERSION: &str = "c1-";

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{CURSOR_VERSION}{:016x}", self.before)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.strip_prefix(CURSOR_VERSION)
            .and_then(|digits| u64::from_str_radix(digits, 16).ok())
            .map(|before| Self { before })
            .filter(|cursor| cursor.to_string() == text)
            .ok_or_else(|| CursorError {
                found: text.chars().take(60).collect(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_has_one_spelling() {
        let text = "c1-00000000000f4240";
        assert_eq!(text.parse::<Cursor>().unwrap().to_string(), text);
        for wrong in [
            "",
            "c1-",
            "c1-f4240",
            "c1-00000000000F4240",
            "c1-+0000000000f4240",
            "c1-00000000000f42400",
            "c2-00000000000f4240",
            " c1-00000000000f4240",
            "c1-00000000000f4240\n",
        ] {
            assert!(wrong.parse::<Cursor>().is_err(), "{wrong}");
        }
    }
}
