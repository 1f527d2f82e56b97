//! What can go wrong in the vault, by what a caller does about it. No text holds a secret or
//! anything that was sealed.

use std::fmt;
use std::io;

use domain::{Digest, SealedName};
use store::StoreError;

use crate::Holder;

/// An object was not sealed, not opened or not discarded.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// A recipient is not an X25519 public key. What stood there is not repeated: it may be a
    /// secret key, pasted in the wrong place.
    #[error("a recipient of {holder} is not an X25519 public key (age1…)")]
    RecipientUnreadable {
        /// Whose it should be.
        holder: Holder,
    },
    /// A holder has no recipient: what is sealed would lack one that can open it.
    #[error("{holder} has no recipient")]
    RecipientsMissing {
        /// Who lacks one.
        holder: Holder,
    },
    /// One key stands twice: two holders would be one, or a spare key none.
    #[error("the recipient {recipient} stands twice, the second time for {holder}")]
    RecipientRepeated {
        /// Where it stands the second time.
        holder: Holder,
        /// The public key.
        recipient: String,
    },

    /// An object of this name was begun before. It is left as it is: if the ledger knows it,
    /// choose another name; if not, it is a left-over to discard.
    #[error("{path} is there already, {name} was not sealed{remains}")]
    NameTaken {
        /// The object.
        name: SealedName,
        /// The part of it that is there.
        path: String,
        /// What this sealing left.
        remains: Remains,
    },
    /// The encryption itself failed.
    #[error("{name} was not encrypted{remains}")]
    NotEncrypted {
        /// The object.
        name: SealedName,
        /// What this sealing left.
        remains: Remains,
        /// What age said.
        #[source]
        source: age::EncryptError,
    },
    /// The store did not take the header. Nothing is acknowledged; repeat it.
    #[error("the header of {name} was not stored{remains}")]
    HeaderNotStored {
        /// The object.
        name: SealedName,
        /// What this sealing left.
        remains: Remains,
        /// What the store said.
        #[source]
        source: Box<StoreError>,
    },
    /// The store did not take the payload. Nothing is acknowledged; repeat it.
    #[error("the payload of {name} was not stored{remains}")]
    PayloadNotStored {
        /// The object.
        name: SealedName,
        /// What this sealing left.
        remains: Remains,
        /// What the store said.
        #[source]
        source: Box<StoreError>,
    },
    /// The thread that encrypted or decrypted ended before its time: the writer or sink that
    /// was given panicked, or the program is being shut down.
    #[error("the work on {name} was broken off{remains}")]
    BrokenOff {
        /// The object.
        name: SealedName,
        /// What it left.
        remains: Remains,
    },

    /// There is no header: no copy of the payload can be opened.
    #[error("the header {path} is missing")]
    HeaderMissing {
        /// Where it should be.
        path: String,
    },
    /// There is a header and no payload.
    #[error("the payload {path} is missing")]
    PayloadMissing {
        /// Where it should be.
        path: String,
    },
    /// The header is not the one that was sealed.
    #[error("the header {path} is not what was sealed: its SHA-256 is {found}, not {expected}")]
    HeaderDiffers {
        /// Where it lies.
        path: String,
        /// SHA-256 as recorded.
        expected: Digest,
        /// SHA-256 as found.
        found: Digest,
    },
    /// The payload is not the one that was sealed.
    #[error("the payload {path} is not what was sealed: it has {} and not {}", .0.found, .0.expected, path = .0.path)]
    PayloadDiffers(Box<PayloadDifference>),
    /// The identity is none of those that it was sealed for.
    #[error("{name} was not sealed for this identity")]
    WrongIdentity {
        /// The object.
        name: SealedName,
    },
    /// Header and payload are what was sealed, and do not decrypt; or they changed while they
    /// were read. What was handed out so far must not be shown.
    #[error("{name} cannot be decrypted")]
    Undecryptable {
        /// The object.
        name: SealedName,
        /// What age said.
        #[source]
        source: age::DecryptError,
    },
    /// More bytes than the caller takes into memory.
    #[error("{name} holds {size_bytes} bytes, more than the {limit_bytes} that are taken at once")]
    TooLarge {
        /// The object.
        name: SealedName,
        /// Size of what was sealed.
        size_bytes: u64,
        /// The caller's limit.
        limit_bytes: u64,
    },
    /// The store did not show an object that is there. Not a finding about the object.
    #[error("{path} could not be read")]
    NotRead {
        /// Where it lies.
        path: String,
        /// What the store said.
        #[source]
        source: Box<StoreError>,
    },
    /// What was opened could not be written to where the caller wanted it.
    #[error("what {name} holds could not be written")]
    SinkFailed {
        /// The object.
        name: SealedName,
        /// What the sink said.
        #[source]
        source: io::Error,
    },

    /// A left-over, or a part of it, may still be there. Repeat the discarding.
    #[error("{path} was not removed")]
    NotRemoved {
        /// What may still be there.
        path: String,
        /// What the store said.
        #[source]
        source: Box<StoreError>,
    },
}

/// Sealing from a writer: either the vault failed, or the writer did.
#[derive(Debug, thiserror::Error)]
pub enum SealStreamError<E> {
    /// The vault failed. What the writer answered after that is not kept: it could only see a
    /// broken pipe.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The writer gave up; so nothing was sealed.
    #[error("what {name} should hold could not be read to the end{remains}")]
    Writer {
        /// The object.
        name: SealedName,
        /// What this sealing left.
        remains: Remains,
        /// The writer's own error.
        #[source]
        source: E,
    },
}

/// A payload that is not what was sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayloadDifference {
    /// Where it lies.
    pub path: String,
    /// As recorded.
    pub expected: Measure,
    /// As found.
    pub found: Measure,
}

/// Size and digest of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// How many there are.
    pub size_bytes: u64,
    /// Their SHA-256.
    pub sha256: Digest,
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes with SHA-256 {}", self.size_bytes, self.sha256)
    }
}

/// What work that failed left in the stores. Printed, it continues a sentence.
#[derive(Debug)]
pub enum Remains {
    /// Nothing: whatever had been written is removed, and its absence verified.
    Nothing,
    /// Perhaps a part of the object: removing it failed too. The name must be discarded before
    /// it can be sealed again.
    Perhaps(Box<Leftover>),
}

/// A part of an object that perhaps was left.
#[derive(Debug)]
pub struct Leftover {
    /// Where it lies, if it is there.
    pub path: String,
    /// Why it could not be removed.
    pub error: StoreError,
}

impl Remains {
    pub(crate) fn perhaps(path: String, error: StoreError) -> Self {
        Self::Perhaps(Box::new(Leftover { path, error }))
    }
}

impl fmt::Display for Remains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::Perhaps(leftover) => write!(
                f,
                "; {} may be left over, for it could not be removed ({})",
                leftover.path, leftover.error
            ),
        }
    }
}
