//! Signed notes and their keys, as C2SP signed-note has them, Ed25519 alone.
//!
//! A note is a text with signature lines below it. A key has a name and a 32-bit id, the first
//! four bytes of SHA-256 over name, line feed, 0x01 and public key; both stand in every
//! signature line. Signatures are verified strictly: no weak keys, no second spelling of a
//! signature.
//!
//! What the text says is not looked at here. Other signature types of C2SP (witness
//! cosignatures among them) are carried along and never counted.

use std::fmt;
use std::str::FromStr;

use domain::Digest;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use crate::spelling;

/// The most bytes that a note may have.
pub const NOTE_MAX_BYTES: usize = 65_536;

/// The most signature lines that a note may have. C2SP asks for at least 16.
pub const NOTE_MAX_SIGNATURES: usize = 64;

const PRIVATE_PREFIX: &str = "PRIVATE+KEY+";
const ED25519: u8 = 1;
const DASH: &str = "\u{2014} ";

/// A text is not a key.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum KeyError {
    /// It has not the shape of a key.
    #[error("not a key: expected {expected}")]
    Shape {
        /// The shape that is accepted.
        expected: &'static str,
    },
    /// Its name can't be the name of a key.
    #[error(
        "{name:?} can't be the name of a key: it must be non-empty, without spaces, control \
         characters and \"+\""
    )]
    Name {
        /// The name.
        name: String,
    },
    /// It is a key of another algorithm than Ed25519.
    #[error("the key {name} is not an Ed25519 key")]
    Algorithm {
        /// The name of the key.
        name: String,
    },
    /// Its id is not the one that follows from its name and public key: it was edited.
    #[error("the key {name} has the id {found}, expected {expected}")]
    Id {
        /// The name of the key.
        name: String,
        /// The id that follows from name and public key.
        expected: String,
        /// The id that it carries.
        found: String,
    },
    /// Its public key is no point of the curve, or one under which forging is easy.
    #[error("the key {name} is not a usable Ed25519 public key")]
    Weak {
        /// The name of the key.
        name: String,
    },
    /// The system gave no random bytes for a new key.
    #[error("the system gave no random bytes for a new key")]
    NoRandomness(#[source] getrandom::Error),
}

/// A text is not a note, or not one signed by a known key.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NoteError {
    /// It is too large.
    #[error("a note of {found_bytes} bytes; at most {NOTE_MAX_BYTES} are accepted")]
    TooLarge {
        /// Its size.
        found_bytes: usize,
    },
    /// It holds a control character other than a line feed.
    #[error("the note holds a control character at byte {at}")]
    ControlCharacter {
        /// Where, in bytes from its start.
        at: usize,
    },
    /// It has no text, or no blank line between text and signatures, or no last line feed.
    #[error("not a signed note: expected a text, a blank line and signature lines")]
    Shape,
    /// It has too many signature lines.
    #[error("the note has more than {NOTE_MAX_SIGNATURES} signatures")]
    TooManySignatures,
    /// One of the lines below the text is not a signature.
    #[error("line {line} below the text of the note is not a signature")]
    SignatureShape {
        /// Which, from 1.
        line: usize,
    },
    /// No known key has signed it.
    #[error("the note is signed by none of the known keys; signed by: {}", found.join(", "))]
    Unknown {
        /// The ids of the keys that have signed it.
        found: Vec<String>,
    },
    /// The signature of a known key does not fit the text.
    #[error("the signature of {key} does not fit the text of the note")]
    Wrong {
        /// The id of the key.
        key: String,
    },
}

/// The public half of a key, and its name. Printed and read as `<name>+<id>+<base64>`, the
/// verifier key of C2SP signed-note.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    key: VerifyingKey,
}

impl VerifierKey {
    fn new(name: &str, public: &[u8; 32]) -> Result<Self, KeyError> {
        if !is_key_name(name) {
            return Err(KeyError::Name {
                name: name.to_owned(),
            });
        }
        let key = VerifyingKey::from_bytes(public)
            .ok()
            .filter(|key| !key.is_weak())
            .ok_or_else(|| KeyError::Weak {
                name: name.to_owned(),
            })?;
        let mut preimage = format!("{name}\n").into_bytes();
        preimage.push(ED25519);
        preimage.extend(public);
        let [a, b, c, d, ..] = *Digest::of(&preimage).as_bytes();
        Ok(Self {
            name: name.to_owned(),
            id: [a, b, c, d],
            key,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its name and id, `<name>+<8 hex digits>`: how a commit names its writer.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}+{}", self.name, hex_id(self.id))
    }

    /// Whether this is its signature of these bytes; strictly, so that a signature has one
    /// spelling and a weak key signs nothing (RFC 8032 section 5.1.7, cofactorless).
    #[must_use]
    pub fn verifies(&self, bytes: &[u8], signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        self.key.verify_strict(bytes, &signature).is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut data = vec![ED25519];
        data.extend(self.key.as_bytes());
        write!(f, "{}+{}", self.id(), spelling::encode(&data))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key:{self}")
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shape = KeyError::Shape {
            expected: "a verifier key, <name>+<8 hex digits>+<base64>",
        };
        let Some((name, id, data)) = split_key(text) else {
            return Err(shape);
        };
        let key = Self::new(name, &key_bytes(name, data, shape)?)?;
        key.demand_id(id)?;
        Ok(key)
    }
}

impl VerifierKey {
    fn demand_id(&self, found: &str) -> Result<(), KeyError> {
        let expected = hex_id(self.id);
        if expected == found {
            return Ok(());
        }
        Err(KeyError::Id {
            name: self.name.clone(),
            expected,
            found: found.chars().take(16).collect(),
        })
    }
}

/// A whole key, its secret half too, which is overwritten in memory when it is dropped. Read
/// as `PRIVATE+KEY+<name>+<id>+<base64>`, the form that the Go implementation of signed notes
/// gives it.
#[derive(Clone)]
pub struct SignerKey {
    secret: SigningKey,
    public: VerifierKey,
}

impl SignerKey {
    /// A new key of this name, from the system's randomness.
    pub fn generate(name: &str) -> Result<Self, KeyError> {
        let mut seed = [0u8; 32];
        getrandom::fill(&mut seed).map_err(KeyError::NoRandomness)?;
        Self::from_seed(name, &seed)
    }

    /// The key of this name whose RFC 8032 private key is `seed`.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let secret = SigningKey::from_bytes(seed);
        let public = VerifierKey::new(name, secret.verifying_key().as_bytes())?;
        Ok(Self { secret, public })
    }

    /// Its public half.
    #[must_use]
    pub const fn verifier(&self) -> &VerifierKey {
        &self.public
    }

    /// Its text, secret half and all: for the file that keeps it and nothing else.
    #[must_use]
    pub fn to_secret_text(&self) -> String {
        let mut data = vec![ED25519];
        data.extend(self.secret.as_bytes());
        format!(
            "{PRIVATE_PREFIX}{}+{}",
            self.public.id(),
            spelling::encode(&data)
        )
    }

    /// Its signature of these bytes. Deterministic (RFC 8032 section 5.1.6).
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.secret.sign(bytes).to_bytes()
    }
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "secret key of {}", self.public.id())
    }
}

impl FromStr for SignerKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shape = KeyError::Shape {
            expected: "a signer key, PRIVATE+KEY+<name>+<8 hex digits>+<base64>",
        };
        let Some((name, id, data)) = text.strip_prefix(PRIVATE_PREFIX).and_then(split_key) else {
            return Err(shape);
        };
        let key = Self::from_seed(name, &key_bytes(name, data, shape)?)?;
        key.public.demand_id(id)?;
        Ok(key)
    }
}

fn split_key(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = text.split_once('+')?;
    let (id, data) = rest.split_once('+')?;
    Some((name, id, data))
}

fn key_bytes(name: &str, data: &str, shape: KeyError) -> Result<[u8; 32], KeyError> {
    let Some(data) = spelling::decode(data) else {
        return Err(shape);
    };
    match data.split_first() {
        Some((&ED25519, key)) => key.try_into().map_err(|_| shape),
        Some(_) => Err(KeyError::Algorithm {
            name: name.to_owned(),
        }),
        None => Err(shape),
    }
}

fn hex_id(id: [u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(id))
}

fn is_key_name(name: &str) -> bool {
    let forbidden = |c: char| c == '+' || c.is_whitespace() || c.is_control();
    !name.is_empty() && !name.contains(forbidden)
}

/// A text and the signatures below it. That it was read says nothing about who signed it:
/// only [`Note::verify`] does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct NoteSignature {
    name: String,
    id: [u8; 4],
    /// 64 bytes for Ed25519; other types have other lengths.
    bytes: Vec<u8>,
}

impl Note {
    /// A note of `text`, signed by `key`. The text is lines, each ended by a line feed.
    #[must_use]
    pub fn sign(text: String, key: &SignerKey) -> Self {
        let signature = NoteSignature {
            name: key.public.name.clone(),
            id: key.public.id,
            bytes: key.sign(text.as_bytes()).to_vec(),
        };
        Self {
            text,
            signatures: vec![signature],
        }
    }

    /// Its text, with the last line feed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is signed: at least one of the `known` keys has signed it, and no signature
    /// of a known key is wrong. Those of unknown keys don't count. Answers with the first
    /// known key among the signers.
    pub fn verify<'k>(&self, known: &'k [VerifierKey]) -> Result<&'k VerifierKey, NoteError> {
        let mut signer = None;
        for signature in &self.signatures {
            let same = |key: &&VerifierKey| key.name == signature.name && key.id == signature.id;
            let Some(key) = known.iter().find(same) else {
                continue;
            };
            let fits = <&[u8; 64]>::try_from(signature.bytes.as_slice())
                .is_ok_and(|bytes| key.verifies(self.text.as_bytes(), bytes));
            if !fits {
                return Err(NoteError::Wrong { key: key.id() });
            }
            signer = signer.or(Some(key));
        }
        signer.ok_or_else(|| NoteError::Unknown {
            found: self.signatures.iter().map(NoteSignature::key_id).collect(),
        })
    }
}

impl NoteSignature {
    fn key_id(&self) -> String {
        format!("{}+{}", self.name, hex_id(self.id))
    }

    fn parse(line: &str) -> Option<Self> {
        let (name, data) = line.strip_prefix(DASH)?.split_once(' ')?;
        let data = spelling::decode(data)?;
        let (id, bytes) = data.split_first_chunk::<4>()?;
        (is_key_name(name) && !bytes.is_empty()).then(|| Self {
            name: name.to_owned(),
            id: *id,
            bytes: bytes.to_vec(),
        })
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for signature in &self.signatures {
            let data = [signature.id.as_slice(), &signature.bytes].concat();
            writeln!(f, "{DASH}{} {}", signature.name, spelling::encode(&data))?;
        }
        Ok(())
    }
}

impl FromStr for Note {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > NOTE_MAX_BYTES {
            return Err(NoteError::TooLarge {
                found_bytes: text.len(),
            });
        }
        if let Some(at) = text.bytes().position(|b| b < 0x20 && b != b'\n') {
            return Err(NoteError::ControlCharacter { at });
        }
        // The text may hold blank lines: the last one ends it.
        let (body, signed) = text.rsplit_once("\n\n").ok_or(NoteError::Shape)?;
        let lines = signed.strip_suffix('\n').ok_or(NoteError::Shape)?;
        if lines.split('\n').count() > NOTE_MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures);
        }
        let signatures = lines
            .split('\n')
            .enumerate()
            .map(|(at, line)| {
                NoteSignature::parse(line).ok_or(NoteError::SignatureShape { line: at + 1 })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            text: format!("{body}\n"),
            signatures,
        })
    }
}
