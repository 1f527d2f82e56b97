//! The names of stored objects, version 1: which bytes lie where in the store.
//!
//! A name is derived from what it names and never chosen. The middle folder is the first byte
//! of SHA-256 of the record's or batch's id, so that all objects of a record lie together and
//! folders stay even. No object lies beside another whose name continues it with a slash.

use std::fmt;
use std::str::FromStr;

use crate::{BatchId, Digest, RecordId, RequestId, text_serde};

/// The text is not the name of a sealed object.
#[derive(Debug, thiserror::Error)]
#[error("not the name of a sealed object: {found:?} ({why})")]
pub struct NameError {
    /// What stood there.
    pub found: String,
    /// What is wrong with it.
    pub why: &'static str,
}

/// A key epoch: which generation of recipients a header was wrapped for. Counts from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Epoch(pub u32);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// What a sealed object holds, and so for whom it is sealed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SealedKind {
    /// The record itself, a `BagIt` bag: for archive and recovery.
    Bag,
    /// What was read from it, a tar: for archive, recovery and search.
    Derived,
    /// A client's card: for archive, recovery and search.
    Card,
    /// What an entry must keep and may not show: for archive, recovery and search.
    Detail,
    /// A page that is accepted and not yet filed: for intake alone.
    Inbox,
}

/// The name of a sealed object: `<record>.bag.1`, `<record>.derived.1`, `<record>.card.1`,
/// `<request>.detail.1`, or `<batch>.0001` in the inbox.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SealedName {
    owner: u128,
    kind: SealedKind,
    number: u32,
}

impl SealedName {
    /// The bag of a record, in its `generation` (from 1).
    #[must_use]
    pub const fn bag(record: RecordId, generation: u32) -> Self {
        Self {
            owner: record.bits(),
            kind: SealedKind::Bag,
            number: generation,
        }
    }

    /// What was read from a record, in its `generation` (from 1).
    #[must_use]
    pub const fn derived(record: RecordId, generation: u32) -> Self {
        Self {
            owner: record.bits(),
            kind: SealedKind::Derived,
            number: generation,
        }
    }

    /// A client's card, in its `generation` (from 1).
    #[must_use]
    pub const fn card(record: RecordId, generation: u32) -> Self {
        Self {
            owner: record.bits(),
            kind: SealedKind::Card,
            number: generation,
        }
    }

    /// The sealed detail of a request's entry, in its `generation` (from 1).
    #[must_use]
    pub const fn detail(request: RequestId, generation: u32) -> Self {
        Self {
            owner: request.bits(),
            kind: SealedKind::Detail,
            number: generation,
        }
    }

    /// Page `page` (from 1) of a batch, in the inbox.
    #[must_use]
    pub const fn inbox(batch: BatchId, page: u32) -> Self {
        Self {
            owner: batch.bits(),
            kind: SealedKind::Inbox,
            number: page,
        }
    }

    /// What it holds.
    #[must_use]
    pub const fn kind(&self) -> SealedKind {
        self.kind
    }

    /// The request whose entry it details, if it is a detail.
    #[must_use]
    pub const fn request(&self) -> Option<RequestId> {
        match self.kind {
            SealedKind::Detail => Some(RequestId::from_bits(self.owner)),
            SealedKind::Bag | SealedKind::Derived | SealedKind::Card | SealedKind::Inbox => None,
        }
    }

    /// The record, if it is an object of one.
    #[must_use]
    pub const fn record(&self) -> Option<RecordId> {
        match self.kind {
            SealedKind::Bag | SealedKind::Derived | SealedKind::Card => {
                Some(RecordId::from_bits(self.owner))
            }
            SealedKind::Detail | SealedKind::Inbox => None,
        }
    }

    /// Where its age header lies.
    #[must_use]
    pub fn header_path(&self, epoch: Epoch) -> String {
        format!("keys/{epoch}/{}/{self}", self.folder())
    }

    /// Where its payload lies.
    #[must_use]
    pub fn payload_path(&self) -> String {
        let top = match self.kind {
            SealedKind::Inbox => "inbox",
            SealedKind::Bag | SealedKind::Derived | SealedKind::Card | SealedKind::Detail => {
                "blobs"
            }
        };
        format!("{top}/{}/{self}", self.folder())
    }

    fn folder(&self) -> String {
        let owner = RequestId::from_bits(self.owner).to_string();
        hex::encode(&Digest::of(owner.as_bytes()).as_bytes()[..1])
    }
}

impl fmt::Display for SealedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let owner = RequestId::from_bits(self.owner);
        match self.kind {
            SealedKind::Bag => write!(f, "{owner}.bag.{}", self.number),
            SealedKind::Derived => write!(f, "{owner}.derived.{}", self.number),
            SealedKind::Card => write!(f, "{owner}.card.{}", self.number),
            SealedKind::Detail => write!(f, "{owner}.detail.{}", self.number),
            SealedKind::Inbox => write!(f, "{owner}.{:04}", self.number),
        }
    }
}

impl fmt::Debug for SealedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sealed:{self}")
    }
}

impl FromStr for SealedName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |why| NameError {
            found: text.chars().take(80).collect(),
            why,
        };
        let mut parts = text.split('.');
        let owner = parts
            .next()
            .and_then(|id| id.parse::<RequestId>().ok())
            .ok_or_else(|| wrong("it does not begin with an id"))?;
        let (kind, number) = match (parts.next(), parts.next(), parts.next()) {
            (Some("bag"), Some(g), None) => (SealedKind::Bag, g),
            (Some("derived"), Some(g), None) => (SealedKind::Derived, g),
            (Some("card"), Some(g), None) => (SealedKind::Card, g),
            (Some("detail"), Some(g), None) => (SealedKind::Detail, g),
            (Some(page), None, None) => (SealedKind::Inbox, page),
            _ => return Err(wrong("it names no kind of object")),
        };
        let number = number
            .parse::<u32>()
            .map_err(|_| wrong("it ends in no number"))?;
        let name = Self {
            owner: owner.bits(),
            kind,
            number,
        };
        // One spelling only, and generations and pages count from 1.
        if number == 0 || name.to_string() != text {
            return Err(wrong("its number is not written as this archive writes it"));
        }
        Ok(name)
    }
}

text_serde!(SealedName);

/// A sealed object as the ledger knows it: enough to find it and to tell whether it is whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SealedObject {
    /// Its name; where it lies follows from this and the epoch.
    pub name: SealedName,
    /// The epoch of its header.
    pub epoch: Epoch,
    /// SHA-256 of the age header, up to and with the line that begins with `--- `.
    pub header_sha256: Digest,
    /// SHA-256 of the rest of the age file.
    pub payload_sha256: Digest,
    /// Size of the payload.
    pub payload_size_bytes: u64,
}

/// Where commit `number` lies: four groups of three digits, so that the order of names is the
/// order of numbers up to 10^12 commits.
#[must_use]
pub fn commit_path(number: u64) -> String {
    let group = |power: u32| number / 1000u64.pow(power) % 1000;
    format!(
        "ledger/commits/x{:03}/x{:03}/x{:03}/{:03}",
        group(3),
        group(2),
        group(1),
        group(0)
    )
}

/// Where evidence with this digest lies.
#[must_use]
pub fn evidence_path(sha256: Digest) -> String {
    let text = sha256.to_string();
    format!("evidence/{}/{text}", hex::encode(&sha256.as_bytes()[..1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_lie_where_the_stored_forms_say() {
        let record = RecordId::from_parts(1_763_000_000_000, 7);
        let folder = hex::encode(&Digest::of(record.to_string().as_bytes()).as_bytes()[..1]);
        let bag = SealedName::bag(record, 1);
        assert_eq!(bag.to_string(), format!("{record}.bag.1"));
        assert_eq!(
            bag.header_path(Epoch(0)),
            format!("keys/0/{folder}/{record}.bag.1")
        );
        assert_eq!(bag.payload_path(), format!("blobs/{folder}/{record}.bag.1"));
        let page = SealedName::inbox(BatchId::from_bits(record.bits()), 12);
        assert_eq!(page.payload_path(), format!("inbox/{folder}/{record}.0012"));
        for name in [
            bag,
            SealedName::derived(record, 2),
            SealedName::card(record, 3),
            SealedName::detail(RequestId::from_bits(9), 1),
            page,
        ] {
            assert_eq!(name.to_string().parse::<SealedName>().unwrap(), name);
        }
    }

    #[test]
    fn a_name_has_one_spelling() {
        let record = RecordId::from_bits(3);
        for wrong in [
            format!("{record}.bag.0"),
            format!("{record}.bag.01"),
            format!("{record}.bag"),
            format!("{record}.12"),
            format!("{record}.hat.1"),
            format!("{record}.bag.1.1"),
            format!("{record}/bag.1"),
            "x.bag.1".to_owned(),
        ] {
            assert!(wrong.parse::<SealedName>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn commit_names_sort_like_numbers() {
        assert_eq!(commit_path(1042), "ledger/commits/x000/x000/x001/042");
        let numbers = [0, 1, 999, 1000, 1042, 999_999, 1_000_000, 999_999_999_999];
        let paths: Vec<_> = numbers.iter().map(|n| commit_path(*n)).collect();
        let mut sorted = paths.clone();
        sorted.sort();
        assert_eq!(paths, sorted);
    }
}
