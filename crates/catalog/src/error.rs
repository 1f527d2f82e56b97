//! Why the catalog did not do what it was asked.

use std::path::PathBuf;

use crate::kv::KvError;

/// Why the catalog did not do what it was asked. Each variant is something else for the caller
/// to do.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// Another process, or another handle of this one, has this catalog open. Wait, or use
    /// another folder: each process follows the ledger with a catalog of its own.
    #[error("the catalog in {} is in use by another process", folder.display())]
    InUse {
        /// The catalog's folder.
        folder: PathBuf,
    },
    /// The database was written in another format. Move it aside and replay the ledger, unless
    /// its head is of a commit that the ledger does not have: then it is evidence.
    #[error(
        "the catalog has the format {found:?}, this program knows {:?}",
        crate::layout::FORMAT_TEXT
    )]
    OtherFormat {
        /// The format that the database names, cut to a printable length.
        found: String,
        /// The head, where the format is one whose head is known.
        head: Option<Box<crate::HeadRecord>>,
    },
    /// The database is damaged, or the engine gave up on it. Move it aside and replay the
    /// ledger: nothing is lost.
    #[error("the catalog is unreadable, {doing}: {found}")]
    Unreadable {
        /// What was being done.
        doing: &'static str,
        /// What was found instead, in the engine's words where they are its own.
        found: String,
    },
    /// The operating system refused: disk full, permission, a read that failed. Mend that and
    /// open the catalog again; nothing needs to be rebuilt.
    #[error("the catalog failed, {doing} {}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The file or folder it was done to.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// An earlier batch failed half-way in memory, or the engine failed. On disk it is whole or
    /// absent: [`crate::Catalog::reopen`]. Or that was done, and it has not caught up yet.
    #[error("the catalog has stopped and must be opened again: {why}")]
    Stopped {
        /// The failure, with its causes.
        why: String,
    },
    /// The commit does not follow the head of the catalog. Nothing was written.
    #[error("the catalog expects {what} {expected}, and was given {found}")]
    OutOfOrder {
        /// Which number does not fit.
        what: &'static str,
        /// What would have been accepted.
        expected: u64,
        /// What was given.
        found: u64,
    },
    /// A term or a request id is longer than 65,535 bytes. Nothing was written.
    #[error("a term of {length_bytes} bytes ({dimension}) is longer than 65535 bytes")]
    TermTooLong {
        /// Which kind of term.
        dimension: &'static str,
        /// How long it is.
        length_bytes: usize,
    },
    /// An entry has more than 65,535 terms. Nothing was written.
    #[error("an entry has {count} terms, more than 65535")]
    TooManyTerms {
        /// How many it has.
        count: usize,
    },
    /// The ledger has more entries than postings can number: 2^32 runs of entries.
    #[error("entry {index} lies beyond what the catalog can number")]
    TooMany {
        /// The number of the entry.
        index: u64,
    },
    /// The suffix for a database moved aside is not a plain part of a file name.
    #[error("{suffix:?} cannot stand in a file name: use letters, digits, '.', '-' and '_'")]
    UnfitSuffix {
        /// What was given.
        suffix: String,
    },
}

/// An error with its causes, in words.
pub(crate) fn words(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |said, cause| format!("{said}: {cause}"))
}

impl CatalogError {
    /// Something stands in the database that this crate never writes.
    pub(crate) fn damaged(found: impl Into<String>) -> Self {
        Self::Unreadable {
            doing: "reading a value",
            found: found.into(),
        }
    }
}

impl From<KvError> for CatalogError {
    fn from(error: KvError) -> Self {
        match error {
            KvError::Damaged { doing, found } => Self::Unreadable { doing, found },
            KvError::Io {
                doing,
                path,
                source,
            } => Self::Io {
                doing,
                path,
                source,
            },
        }
    }
}
