//! Identifiers, one type each, so that no call takes one for another.

use std::fmt;
use std::str::FromStr;

use ulid::Ulid;

use crate::text_serde;

/// The text is not an identifier of the kind that was asked for.
#[derive(Debug, thiserror::Error)]
#[error("not a {kind} id: expected {expected}, found {found:?}")]
pub struct IdError {
    /// The noun of the identifier: record, batch, case, request, fonds.
    pub kind: &'static str,
    /// The shape that is accepted.
    pub expected: &'static str,
    /// What stood there.
    pub found: String,
}

macro_rules! ulid_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// From 128 bits: 48 of milliseconds since 1970 and 80 of entropy, or any
            /// derived value where the time part means nothing.
            #[must_use]
            pub const fn from_bits(bits: u128) -> Self {
                Self(bits)
            }

            /// From a time in milliseconds since 1970 (48 bits are kept) and 80 bits of entropy.
            #[must_use]
            pub const fn from_parts(unix_ms: u64, entropy: u128) -> Self {
                Self(((unix_ms as u128 & 0xffff_ffff_ffff) << 80) | (entropy & ((1 << 80) - 1)))
            }

            /// The 128 bits.
            #[must_use]
            pub const fn bits(self) -> u128 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&Ulid(self.0), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($kind, ":{}"), self)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                // One spelling only: Crockford's aliases and lower case would give one
                // record two names.
                Ulid::from_string(text)
                    .ok()
                    .filter(|ulid| ulid.to_string() == text)
                    .map(|ulid| Self(ulid.0))
                    .ok_or_else(|| IdError {
                        kind: $kind,
                        expected: "a ULID, 26 upper-case letters and digits",
                        found: text.chars().take(60).collect(),
                    })
            }
        }

        text_serde!($name);
    };
}

ulid_id!(
    /// A record (归档文件): what is filed, found and opened as one. A ULID.
    RecordId, "record"
);
ulid_id!(
    /// A batch (批次): what one delivery declared and must account for. A ULID.
    BatchId, "batch"
);
ulid_id!(
    /// A case (流程实例): one run of a procedure, from what is proposed to how it ended. A ULID.
    CaseId, "case"
);
ulid_id!(
    /// A request, and the entry that it left in the ledger. 128 bits in ULID's alphabet; a
    /// request that must be idempotent derives them, and then the time part means nothing.
    RequestId, "request"
);

/// The fonds (全宗): all records of one organisation. 32 hex digits, random.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FondsId([u8; 16]);

impl FondsId {
    /// From 16 random bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for FondsId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for FondsId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fonds:{self}")
    }
}

impl FromStr for FondsId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0u8; 16];
        let read = hex::decode_to_slice(text, &mut bytes);
        if read.is_err() || text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(IdError {
                kind: "fonds",
                expected: "32 lower-case hex digits",
                found: text.chars().take(60).collect(),
            });
        }
        Ok(Self(bytes))
    }
}

text_serde!(FondsId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_one_spelling_and_different_kinds_look_different() {
        let record = RecordId::from_parts(1_763_000_000_000, 42);
        let text = record.to_string();
        assert_eq!(text.len(), 26);
        assert_eq!(text.parse::<RecordId>().unwrap(), record);
        assert!(text.to_lowercase().parse::<RecordId>().is_err());
        assert!(text.replace('0', "O").parse::<RecordId>().is_err());
        assert!("../../etc/passwd".parse::<RecordId>().is_err());
        assert_eq!(format!("{record:?}"), format!("record:{text}"));
        assert_ne!(
            format!("{record:?}"),
            format!("{:?}", BatchId::from_bits(record.bits()))
        );
    }

    #[test]
    fn ids_sort_by_their_time() {
        let early = RecordId::from_parts(1, u128::MAX);
        let late = RecordId::from_parts(2, 0);
        assert!(early < late);
        assert!(early.to_string() < late.to_string());
    }
}
