//! The age identity that opens bags, kept out of every output.

use std::fmt;
use std::sync::Arc;

use age::x25519;
use domain::SealedKind;

use crate::fonds::Recipients;

/// One or more age identities (密钥), in the text form of `age-keygen`. Printing it shows
/// nothing of it.
#[derive(Clone)]
pub struct Identity(Arc<Vec<x25519::Identity>>);

/// The text holds no identity that can be used here. The text itself is never repeated.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A line is neither empty, nor a comment, nor an X25519 identity.
    #[error("line {line} of the identity is not an AGE-SECRET-KEY-1… text")]
    Line {
        /// Number of the line, from 1.
        line: usize,
    },
    /// There are only comments, or nothing.
    #[error("the identity has no AGE-SECRET-KEY-1… line")]
    Empty,
}

/// What an identity may do with an object, going by `fonds.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It is a recipient of such objects.
    Opens,
    /// It is known, and no recipient of such objects.
    Other,
    /// `fonds.json` does not know it: it may belong to a later epoch, or to nobody.
    Unknown,
}

impl Identity {
    /// Reads the text of an identity file: lines `AGE-SECRET-KEY-1…`, comments and blank lines.
    pub fn from_file_text(text: &str) -> Result<Self, IdentityError> {
        let mut keys = Vec::new();
        for (line, content) in (1..).zip(text.lines()) {
            let content = content.trim();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            let key = content.parse().map_err(|_| IdentityError::Line { line })?;
            keys.push(key);
        }
        if keys.is_empty() {
            return Err(IdentityError::Empty);
        }
        Ok(Self(Arc::new(keys)))
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &dyn age::Identity> {
        self.0.iter().map(|key| key as &dyn age::Identity)
    }

    /// What it may do with objects of this kind.
    pub(crate) fn claim(&self, kind: SealedKind, recipients: &Recipients) -> Claim {
        let mine: Vec<String> = self
            .0
            .iter()
            .map(|key| key.to_public().to_string())
            .collect();
        let is_in = |group: &[String]| mine.iter().any(|key| group.contains(key));
        let is_master = is_in(&recipients.archive) || is_in(&recipients.recovery);
        let is_search = is_in(&recipients.search);
        let is_intake = mine.contains(&recipients.intake);
        let opens = match kind {
            SealedKind::Bag => is_master,
            SealedKind::Derived | SealedKind::Card | SealedKind::Detail => is_master || is_search,
            SealedKind::Inbox => is_intake,
        };
        match (opens, is_master || is_search || is_intake) {
            (true, _) => Claim::Opens,
            (false, true) => Claim::Other,
            (false, false) => Claim::Unknown,
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({} keys)", self.0.len())
    }
}
