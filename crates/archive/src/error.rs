//! What can go wrong at the archive's door, by what a person does about it.

use std::path::PathBuf;

use catalog::CatalogError;
use domain::{CaseId, Digest, RecordId};
use ingest::IngestError;
use journal::JournalError;
use ledger::log::LedgerError;
use policy::calendar::{NoticeError, YearsError};
use policy::profile::ProfileError;
use policy::refusal::Refusal;
use store::{OpenError, ProbeFailure, StoreError};
use vault::VaultError;

/// The archive did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// There is no archive in this folder.
    #[error("{} holds no archive: there is no vouchsafe.toml", folder.display())]
    NoArchive {
        /// The folder.
        folder: PathBuf,
    },
    /// There are an archive's secrets and no configuration: its creation was cut off, or the
    /// configuration was lost. From here the two look the same, so nothing is promised.
    #[error("{} holds an archive's secrets and no vouchsafe.toml: its creation was cut off, or the file was lost; nothing was changed", folder.display())]
    Unconfigured {
        /// The folder.
        folder: PathBuf,
    },
    /// There is something already where a new archive should go.
    #[error("{} is there already: nothing was changed", path.display())]
    Exists {
        /// What is there.
        path: PathBuf,
    },
    /// The store holds an archive already.
    #[error("{store} holds an archive already: nothing was changed")]
    StoreTaken {
        /// The store.
        store: String,
    },
    /// A file of the archive's folder could not be read or written.
    #[error("{} could not be {doing}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// The configuration is not as it should be; the source names the line.
    #[error("{} is not a configuration of this program", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: toml::de::Error,
    },
    /// A template of the firm's own cannot be used.
    #[error("the template {0}")]
    Template(#[source] reading::fields::template::TemplateError),
    /// The configuration has another version.
    #[error("{} has version {found}, this program knows 1", path.display())]
    ConfigVersion {
        /// The file.
        path: PathBuf,
        /// The version found.
        found: u32,
    },
    /// A key is not there.
    #[error("{} is missing: {needed_for} needs it", path.display())]
    SecretMissing {
        /// The file.
        path: PathBuf,
        /// What needs it.
        needed_for: &'static str,
    },
    /// A key cannot be read. Its text is not repeated.
    #[error("{} is not a key of its kind: {why}", path.display())]
    SecretUnreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The store cannot be opened.
    #[error(transparent)]
    StoreConfig(#[from] OpenError),
    /// The store cannot hold an archive.
    #[error(transparent)]
    Probe(#[from] ProbeFailure),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store has lost its `fonds.json`.
    #[error(
        "{store} has no fonds.json: it is empty, or another store than the archive was made in"
    )]
    NoFonds {
        /// The store.
        store: String,
    },
    /// `fonds.json` could be created a second time, or is not what it was.
    #[error("{store} has not refused a second fonds.json: it cannot be trusted with an archive")]
    FondsOverwritten {
        /// The store.
        store: String,
    },
    /// `fonds.json` cannot be read.
    #[error("fonds.json in {store} cannot be used: {why}")]
    Fonds {
        /// The store.
        store: String,
        /// What is wrong.
        why: String,
    },
    /// The ledger could not be read or written.
    #[error("the ledger could not be used")]
    Ledger(#[from] LedgerError),
    /// The journal could not be opened, or did not take an entry.
    #[error(transparent)]
    Journal(JournalError),
    /// The catalog could not be used.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The catalog knows commits that the ledger does not have: it is evidence.
    #[error("the catalog in {} is ahead of the ledger, or of another history: it is kept as evidence and not rebuilt", folder.display())]
    CatalogIsEvidence {
        /// The catalog's folder.
        folder: PathBuf,
    },
    /// A sealed object could not be sealed or opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Intake cannot go on.
    #[error(transparent)]
    Ingest(IngestError),
    /// The reading workers cannot be started.
    #[error("pages cannot be read")]
    Reading(#[from] reading::worker::PoolError),
    /// No record has this id.
    #[error("there is no record {record}")]
    NoRecord {
        /// The id.
        record: RecordId,
    },
    /// No entry has this number or id.
    #[error("there is no entry {entry}")]
    NoEntry {
        /// What was asked for.
        entry: String,
    },
    /// The record does not have what was asked for.
    #[error("record {record} has no {wanted}")]
    NotThere {
        /// The record.
        record: RecordId,
        /// What was asked for.
        wanted: String,
    },
    /// The record has several files, and one name was given for them.
    #[error(
        "record {record} has {files} originals: name a folder that exists with -o, or take the bag"
    )]
    SeveralFiles {
        /// The record.
        record: RecordId,
        /// How many files.
        files: usize,
    },
    /// An entry in the ledger cannot be read by this program.
    #[error("an entry of the ledger cannot be read")]
    Entry(#[from] entries::EntryError),
    /// What a sealed object holds is not what it should hold.
    #[error("{name} opens, but its content is not as it should be: {why}")]
    Content {
        /// The object.
        name: domain::SealedName,
        /// What is wrong.
        why: String,
    },
    /// The published checkpoint does not cover the entry yet.
    #[error(
        "no checkpoint is published that covers entry {entry}: run any writing command, then ask again"
    )]
    NotCovered {
        /// The entry.
        entry: u64,
    },
    /// The proof could not be made.
    #[error("the proof could not be made")]
    Proof(#[from] ledger::proof::ProofFileError),
    /// Another process that opened the archive took this one for dead.
    #[error("another process has declared this act cut off: nothing was shown")]
    ActInterrupted,
    /// The rules refuse it.
    #[error(transparent)]
    Refused(Refusal),
    /// No case has this id.
    #[error("there is no case {case}")]
    NoCase {
        /// The id.
        case: CaseId,
    },
    /// The text of a profile or a notice is not what was confirmed.
    #[error("the rule text {sha256} {why}: run check, and put it back from a replica")]
    RuleText {
        /// What it should be.
        sha256: Digest,
        /// What is wrong with it.
        why: String,
    },
    /// The text is no profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The text is no notice of holidays.
    #[error(transparent)]
    Notice(#[from] NoticeError),
    /// The notices leave a year out.
    #[error(transparent)]
    Years(#[from] YearsError),
    /// The operating system gives no random numbers.
    #[error("the operating system gives no random numbers")]
    Random,
    /// A key could not be made or read.
    #[error("a key could not be made")]
    Key(#[from] ledger::note::KeyError),
    /// A code is wrong.
    #[error(transparent)]
    Code(#[from] domain::CodeError),
}

impl From<IngestError> for ArchiveError {
    fn from(error: IngestError) -> Self {
        // The rules refuse a batch as they refuse any act.
        if let IngestError::Journal(refused @ JournalError::Refused(_)) = error {
            return refused.into();
        }
        Self::Ingest(error)
    }
}

impl From<JournalError> for ArchiveError {
    fn from(error: JournalError) -> Self {
        if let JournalError::Refused(why) = &error
            && let Some(refusal) = why.downcast_ref::<Refusal>()
        {
            return Self::Refused(refusal.clone());
        }
        Self::Journal(error)
    }
}
