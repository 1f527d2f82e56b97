//! Signed notes and checkpoints, as C2SP signed-note and tlog-checkpoint define them, read
//! and verified; never signed.
//!
//! A checkpoint of this archive has the origin `vouchsafe/<fonds>`, a size and a root, and no
//! other line. Signatures by keys that are not asked for are passed over, as signed-note
//! demands: witnesses may add theirs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::tree::Hash;

/// The byte that stands for Ed25519 in a key and in its id.
const ED25519: u8 = 0x01;

/// A public Ed25519 key with its name, in the text form `<name>+<id>+<base64>`.
#[derive(Clone, Debug)]
pub(crate) struct VerifierKey {
    name: String,
    id: [u8; 4],
    key: VerifyingKey,
}

impl VerifierKey {
    /// Reads the text form, and demands that the id follows from name and key.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id_text), Some(key_text)) =
            (parts.next(), parts.next(), parts.next())
        else {
            return Err("a verifier key has the form name+id+base64");
        };
        if name.is_empty() || name.chars().any(char::is_whitespace) {
            return Err("the name of a verifier key is not empty and has no blanks");
        }
        let data = STANDARD
            .decode(key_text)
            .map_err(|_| "the key is not strict base64")?;
        let [ED25519, public @ ..] = data.as_slice() else {
            return Err("the key is not an Ed25519 key");
        };
        let public: [u8; 32] = public
            .try_into()
            .map_err(|_| "an Ed25519 key has 32 bytes")?;
        let key = VerifyingKey::from_bytes(&public)
            .ok()
            .filter(|key| !key.is_weak())
            .ok_or("the key is no point that may sign")?;
        let digest = Sha256::new()
            .chain_update(name.as_bytes())
            .chain_update([b'\n', ED25519])
            .chain_update(public)
            .finalize();
        let id = first_four(&digest).ok_or("SHA-256 is shorter than it is")?;
        if hex::encode(id) != id_text {
            return Err("the id of the key does not follow from its name and bytes");
        }
        Ok(Self {
            name: name.to_owned(),
            id,
            key,
        })
    }

    /// Name and id, `<name>+<id>`: how a commit says whose signature it bears.
    pub(crate) fn label(&self) -> String {
        format!("{}+{}", self.name, hex::encode(self.id))
    }

    /// Whether this key made this signature over this message. Strict: RFC 8032 without the
    /// small-order and non-canonical forms that lenient verifiers let pass.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.key
            .verify_strict(message, &Signature::from_bytes(signature))
            .is_ok()
    }
}

/// What a checkpoint says, and who is said to have signed it.
#[derive(Clone, Debug)]
pub(crate) struct Checkpoint {
    /// Which log it is of.
    pub(crate) origin: String,
    /// How many entries the tree has.
    pub(crate) size: u64,
    /// The root of the tree.
    pub(crate) root: Hash,
    signed_text: String,
    signatures: Vec<NoteSignature>,
}

#[derive(Clone, Debug)]
struct NoteSignature {
    name: String,
    id: [u8; 4],
    /// Of any length: other kinds of key have other signatures.
    bytes: Vec<u8>,
}

impl Checkpoint {
    /// Reads a signed note whose text is a checkpoint. Whether a signature is right is asked
    /// separately.
    pub(crate) fn parse(note: &str) -> Result<Self, &'static str> {
        let blank = note
            .rfind("\n\n")
            .ok_or("a signed note has a blank line before its signatures")?;
        let (signed_text, signatures) = note
            .split_at_checked(blank + 1)
            .ok_or("a signed note is UTF-8")?;
        let signatures = signatures
            .strip_prefix('\n')
            .and_then(|lines| lines.strip_suffix('\n'))
            .ok_or("a signed note ends in a line of signature")?;
        let signatures = signatures
            .split('\n')
            .map(NoteSignature::parse)
            .collect::<Option<Vec<_>>>()
            .ok_or("a signature line has the form `— name base64`")?;
        let lines: Vec<&str> = signed_text.split('\n').collect();
        let [origin, size, root, ""] = lines.as_slice() else {
            return Err("a checkpoint of this archive has three lines: origin, size, root");
        };
        Ok(Self {
            origin: (*origin).to_owned(),
            size: decimal(size).ok_or("the size is not a plain decimal number")?,
            root: hash(root).ok_or("the root is not 32 bytes in strict base64")?,
            signed_text: signed_text.to_owned(),
            signatures,
        })
    }

    /// Whether it bears a right signature by `key` and no wrong one in that key's name.
    pub(crate) fn is_signed_by(&self, key: &VerifierKey) -> bool {
        let mut by_key = self
            .signatures
            .iter()
            .filter(|signature| signature.name == key.name && signature.id == key.id)
            .peekable();
        by_key.peek().is_some()
            && by_key.all(|signature| {
                <&[u8; 64]>::try_from(signature.bytes.as_slice())
                    .is_ok_and(|bytes| key.verifies(self.signed_text.as_bytes(), bytes))
            })
    }
}

impl NoteSignature {
    fn parse(line: &str) -> Option<Self> {
        let (name, data) = line.strip_prefix("— ")?.split_once(' ')?;
        let data = STANDARD.decode(data).ok()?;
        if name.is_empty() || name.contains('+') || name.chars().any(char::is_whitespace) {
            return None;
        }
        Some(Self {
            name: name.to_owned(),
            id: first_four(&data)?,
            bytes: data.get(4..)?.to_vec(),
        })
    }
}

/// 32 bytes in strict base64.
pub(crate) fn hash(text: &str) -> Option<Hash> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

/// The base64 of a root, as stored forms write it.
pub(crate) fn hash_text(hash: &Hash) -> String {
    STANDARD.encode(hash)
}

/// 64 bytes in strict base64.
pub(crate) fn signature(text: &str) -> Option<[u8; 64]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

fn first_four(bytes: &[u8]) -> Option<[u8; 4]> {
    bytes.get(..4)?.try_into().ok()
}

/// A decimal number in its only spelling: no sign, no leading zero.
fn decimal(text: &str) -> Option<u64> {
    text.parse().ok().filter(|n: &u64| n.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A verifier key of this name, its text built here by hand.
    fn key_text(name: &str, id_change: u8) -> String {
        let secret = ed25519_dalek::SigningKey::from_bytes(&[9; 32]);
        key_text_of(name, secret.verifying_key().as_bytes(), id_change)
    }

    fn key_text_of(name: &str, public: &[u8; 32], id_change: u8) -> String {
        let data = [&[ED25519], public.as_slice()].concat();
        let mut id = Sha256::digest([name.as_bytes(), b"\n", &data].concat()).to_vec();
        id[0] ^= id_change;
        format!("{name}+{}+{}", hex::encode(&id[..4]), STANDARD.encode(data))
    }

    #[test]
    fn a_key_is_known_by_name_and_bytes() {
        let right = key_text("example.com/log", 0);
        let label = VerifierKey::parse(&right).unwrap().label();
        assert!(right.starts_with(&label));
        assert!(VerifierKey::parse(&key_text("example.com/log", 1)).is_err());
        // A point of small order, for which anybody can make signatures.
        let mut weak = [0; 32];
        weak[0] = 1;
        assert!(VerifierKey::parse(&key_text_of("log", &weak, 0)).is_err());
        for broken in [
            "",
            "a",
            "a+b",
            "a+00000000+",
            "+00000000+AQ==",
            "a b+0+AA==",
        ] {
            assert!(VerifierKey::parse(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn checkpoints_have_one_spelling() {
        let root = hash_text(&[7; 32]);
        let signature = STANDARD.encode([0u8; 68]);
        let good = format!("vouchsafe/0\n12\n{root}\n\n— key {signature}\n");
        let parsed = Checkpoint::parse(&good).unwrap();
        assert_eq!((parsed.size, parsed.root), (12, [7; 32]));
        for bad in [
            good.replacen("12", "012", 1),
            good.replacen("12", "+12", 1),
            good.replacen("\n\n", "\nmore\n\n", 1),
            good.replacen("\n\n", "\n", 1),
            good.replacen("— ", "- ", 1),
            good.trim_end().to_owned(),
            good.replacen(&root, root.trim_end_matches('='), 1),
            format!("{good}\n"),
            format!("{good}tail"),
        ] {
            assert!(Checkpoint::parse(&bad).is_err(), "{bad:?}");
        }
    }
}
