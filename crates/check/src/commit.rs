//! One commit object, read in its one spelling: header, entries, trailer.
//!
//! What a commit says about its neighbours, its root and its signature is only read here; it
//! is judged in [`crate::history`].

use domain::{Digest, FondsId};

use crate::json::{Json, quoted};
use crate::note;
use crate::tree::Hash;

/// The largest commit object, in bytes: 4 MiB.
pub(crate) const COMMIT_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// The most entries in one commit.
pub(crate) const COMMIT_ENTRIES_MAX: usize = 10_000;
/// The longest entry, in bytes.
pub(crate) const ENTRY_BYTES_MAX: usize = 65_535;

/// A commit as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Commit<'a> {
    pub(crate) header: Header,
    /// The entries, without their LF.
    pub(crate) lines: Vec<&'a str>,
    pub(crate) trailer: Trailer,
    /// SHA-256 of everything before the trailer.
    signed_sha256: Digest,
}

/// The first line.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) commit: u64,
    /// Position of its first entry in the ledger.
    pub(crate) first: u64,
    pub(crate) count: u64,
    /// SHA-256 of the commit before it, or of `fonds.json`.
    pub(crate) prev: Digest,
    /// Name and id of the writer's key.
    pub(crate) writer: String,
    /// The signed checkpoint of the tree before it.
    pub(crate) note: Option<String>,
}

/// The last line.
#[derive(Clone, Debug)]
pub(crate) struct Trailer {
    /// How many entries the ledger has with this commit.
    pub(crate) size: u64,
    pub(crate) root: Hash,
    pub(crate) signature: [u8; 64],
}

impl<'a> Commit<'a> {
    /// Reads a whole commit object; an error says what is wrong with its form.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, String> {
        let text =
            std::str::from_utf8(bytes).map_err(|error| format!("it is not UTF-8: {error}"))?;
        let body = text
            .strip_suffix('\n')
            .ok_or("its last line does not end in LF")?;
        let (before_trailer, trailer_line) = body
            .rsplit_once('\n')
            .ok_or("it has no lines between header and trailer")?;
        let (header_line, entries) = before_trailer
            .split_once('\n')
            .ok_or("it has a header and a trailer and no entry")?;
        let lines: Vec<&str> = entries.split('\n').collect();
        if lines.iter().any(|line| line.is_empty()) {
            return Err("it has a blank line".to_owned());
        }
        let header = Header::parse(header_line)?;
        let trailer = Trailer::parse(trailer_line)?;
        let preceding = bytes
            .get(..=before_trailer.len())
            .ok_or("its trailer does not stand where it ends")?;
        Ok(Self {
            header,
            lines,
            trailer,
            signed_sha256: Digest::of(preceding),
        })
    }

    /// What the writer signed.
    pub(crate) fn signed_message(&self, fonds: &FondsId) -> String {
        format!(
            "vouchsafe-commit/1\n{fonds}\n{}\n{}\n{}\n",
            self.signed_sha256,
            self.trailer.size,
            note::hash_text(&self.trailer.root)
        )
    }
}

impl Header {
    fn parse(line: &str) -> Result<Self, String> {
        let json = Json::parse(line.as_bytes()).map_err(|why| format!("its header: {why}"))?;
        let missing = |key: &str| format!("its header has no right `{key}`");
        let header = Self {
            commit: json.whole_of("commit").ok_or_else(|| missing("commit"))?,
            first: json.whole_of("first").ok_or_else(|| missing("first"))?,
            count: json.whole_of("count").ok_or_else(|| missing("count"))?,
            prev: json.parsed("prev").ok_or_else(|| missing("prev"))?,
            writer: json
                .text_of("writer")
                .ok_or_else(|| missing("writer"))?
                .to_owned(),
            note: match json.get("note") {
                Some(Json::Null) => None,
                Some(Json::Text(note)) => Some(note.clone()),
                _ => return Err(missing("note")),
            },
        };
        if header.spelling() == line {
            Ok(header)
        } else {
            Err("its header is not spelled as the stored form spells it".to_owned())
        }
    }

    fn spelling(&self) -> String {
        format!(
            r#"{{"commit":{},"first":{},"count":{},"prev":"{}","writer":{},"note":{}}}"#,
            self.commit,
            self.first,
            self.count,
            self.prev,
            quoted(&self.writer),
            self.note
                .as_deref()
                .map_or_else(|| "null".to_owned(), quoted),
        )
    }
}

impl Trailer {
    fn parse(line: &str) -> Result<Self, String> {
        let json = Json::parse(line.as_bytes()).map_err(|why| format!("its trailer: {why}"))?;
        let missing = |key: &str| format!("its trailer has no right `{key}`");
        let root_text = json.text_of("root").ok_or_else(|| missing("root"))?;
        let signature_text = json.text_of("sig").ok_or_else(|| missing("sig"))?;
        let trailer = Self {
            size: json.whole_of("size").ok_or_else(|| missing("size"))?,
            root: note::hash(root_text).ok_or_else(|| missing("root"))?,
            signature: note::signature(signature_text).ok_or_else(|| missing("sig"))?,
        };
        // Base64 is read strictly above, so that its text is its only spelling.
        let spelling = format!(
            r#"{{"size":{},"root":"{root_text}","sig":"{signature_text}"}}"#,
            trailer.size
        );
        if spelling == line {
            Ok(trailer)
        } else {
            Err("its trailer is not spelled as the stored form spells it".to_owned())
        }
    }
}
