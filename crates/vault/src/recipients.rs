//! For whom things are sealed.

use std::collections::BTreeSet;
use std::fmt;

use domain::SealedKind;

use crate::VaultError;

/// The recipients (收件公钥) of one key epoch, each the public half of an X25519 identity in
/// its text form, `age1…`. Every holder has at least one, and no key stands twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipients {
    /// Open every record.
    pub archive: Vec<String>,
    /// Open every record when the archive's identities are lost.
    pub recovery: Vec<String>,
    /// Open what was read from records, never the records.
    pub search: Vec<String>,
    /// Opens pages that are accepted and not yet filed, and nothing else.
    pub intake: String,
}

/// Whose key it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Holder {
    /// [`Recipients::archive`]
    Archive,
    /// [`Recipients::recovery`]
    Recovery,
    /// [`Recipients::search`]
    Search,
    /// [`Recipients::intake`]
    Intake,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Archive => "archive",
            Self::Recovery => "recovery",
            Self::Search => "search",
            Self::Intake => "intake",
        })
    }
}

/// The same, ready to seal for.
pub(crate) struct RecipientKeys {
    archive: Vec<age::x25519::Recipient>,
    recovery: Vec<age::x25519::Recipient>,
    search: Vec<age::x25519::Recipient>,
    intake: Vec<age::x25519::Recipient>,
}

impl RecipientKeys {
    pub(crate) fn read(texts: &Recipients) -> Result<Self, VaultError> {
        let mut seen = BTreeSet::new();
        let mut read = |holder, texts: &[String]| {
            if texts.is_empty() {
                return Err(VaultError::RecipientsMissing { holder });
            }
            let mut keys = Vec::with_capacity(texts.len());
            for text in texts {
                let key = text
                    .parse::<age::x25519::Recipient>()
                    .map_err(|_| VaultError::RecipientUnreadable { holder })?;
                // Compared as age prints it: upper case is another spelling of the same key.
                if !seen.insert(key.to_string()) {
                    return Err(VaultError::RecipientRepeated {
                        holder,
                        recipient: key.to_string(),
                    });
                }
                keys.push(key);
            }
            Ok(keys)
        };
        Ok(Self {
            archive: read(Holder::Archive, &texts.archive)?,
            recovery: read(Holder::Recovery, &texts.recovery)?,
            search: read(Holder::Search, &texts.search)?,
            intake: read(Holder::Intake, std::slice::from_ref(&texts.intake))?,
        })
    }

    /// Everyone that objects of this kind are sealed for.
    pub(crate) fn of(&self, kind: SealedKind) -> impl Iterator<Item = &dyn age::Recipient> {
        const NONE: &[age::x25519::Recipient] = &[];
        let holders: [&[age::x25519::Recipient]; 3] = match kind {
            SealedKind::Bag => [&self.archive, &self.recovery, NONE],
            SealedKind::Derived | SealedKind::Card | SealedKind::Detail => {
                [&self.archive, &self.recovery, &self.search]
            }
            SealedKind::Inbox => [&self.intake, NONE, NONE],
        };
        holders
            .into_iter()
            .flatten()
            .map(|key| key as &dyn age::Recipient)
    }
}
