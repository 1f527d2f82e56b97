//! Errors as a person reads them: what, why, what to do.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use archive::ArchiveError;
use catalog::CatalogError;
use journal::JournalError;
use ledger::log::LedgerError;
use policy::refusal::RefusalCode;
use store::StoreError;
use vault::VaultError;

use crate::args::Common;

/// What to do where memory is short.
const MEMORY_HINT: &str = "raise the limit (ulimit, control group) and run the command again; everything that was reported is safe";

/// Why the program did not do what was asked.
#[derive(Debug)]
pub struct Failure {
    message: String,
    because: Vec<String>,
    hint: Option<String>,
    exit: u8,
}

impl Failure {
    /// The call is wrong: exit 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            because: Vec::new(),
            hint: None,
            exit: 2,
        }
    }

    /// What is wrong, in words that are whole already.
    pub fn said(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            because: Vec::new(),
            hint: Some(hint.into()),
            exit: 1,
        }
    }

    /// The operating system refused.
    pub fn from_io(doing: &str, error: &std::io::Error) -> Self {
        Self {
            message: format!("{doing} failed"),
            because: vec![error.to_string()],
            hint: None,
            exit: 1,
        }
    }

    /// A file could not be read.
    pub fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        Self {
            message: format!("{} cannot be read", path.display()),
            because: vec![error.to_string()],
            hint: Some("check the path, and that the file is yours to read".to_owned()),
            exit: 1,
        }
    }

    /// The operating system gives no more threads.
    pub fn no_threads(found: &str) -> Self {
        Self {
            message: "there is too little memory, or too few processes are allowed".to_owned(),
            because: vec![found.to_owned()],
            hint: Some(MEMORY_HINT.to_owned()),
            exit: 1,
        }
    }

    /// Any error of a library, with its causes.
    pub fn from_error(error: &(dyn Error + 'static), hint: Option<String>) -> Self {
        let mut because = Vec::new();
        let mut next = error.source();
        let mut said = error.to_string();
        while let Some(cause) = next {
            let text = cause.to_string();
            // Transparent errors repeat their source.
            if text != said {
                because.push(text.clone());
            }
            said = text;
            next = cause.source();
        }
        Self {
            message: error.to_string(),
            because,
            hint,
            exit: 1,
        }
    }

    /// Prints it, and gives the exit code.
    pub fn report(self, common: &Common) -> ExitCode {
        if common.json {
            let object = serde_json::json!({
                "error": self.message, "because": self.because, "hint": self.hint,
            });
            eprintln!("{object}");
        } else {
            eprintln!("error: {}", self.message);
            for cause in &self.because {
                eprintln!("  because: {cause}");
            }
            if let Some(hint) = &self.hint {
                eprintln!("  hint: {hint}");
            }
        }
        ExitCode::from(self.exit)
    }
}

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Self {
        let hint = hint(&error);
        Self::from_error(&error, hint)
    }
}

/// What to do next.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "most errors say all there is to say"
)]
fn hint(error: &ArchiveError) -> Option<String> {
    // What lies deepest knows best.
    if let Some(hint) = deep_hint(error) {
        return Some(hint.to_owned());
    }
    let text = match error {
        ArchiveError::NoArchive { .. } => {
            "make one with `vouchsafe init`, or name another folder with --archive or VOUCHSAFE_ARCHIVE"
        }
        ArchiveError::Unconfigured { .. } => {
            "if anything was ever taken in, keep the secrets and put vouchsafe.toml back from its copy; else name another folder"
        }
        ArchiveError::Exists { .. } | ArchiveError::StoreTaken { .. } => {
            "name another folder or store; nothing is ever made over an archive"
        }
        ArchiveError::Config { .. }
        | ArchiveError::ConfigVersion { .. }
        | ArchiveError::Template(_) => "mend the line that is named; the README lists every key",
        ArchiveError::SecretMissing { .. } => "put the key back from its copy",
        ArchiveError::SecretUnreadable { .. } => {
            "put the key back from its copy; the file must be as it was written"
        }
        ArchiveError::StoreConfig(_) | ArchiveError::NoFonds { .. } => {
            "check [store] in vouchsafe.toml and that the store is reachable"
        }
        ArchiveError::Probe(_) | ArchiveError::FondsOverwritten { .. } => {
            "use local files, or a store that honours If-None-Match: * on writes"
        }
        ArchiveError::CatalogIsEvidence { .. } => {
            "run `vouchsafe check`; two people decide what happened before anything is written again"
        }
        ArchiveError::File { .. } => {
            "check that the folder is there, has room, and is yours to write"
        }
        ArchiveError::Fonds { .. } => "bring fonds.json back from a backup, byte for byte",
        ArchiveError::NotThere { .. } => "`vouchsafe show` tells what the record has",
        ArchiveError::SeveralFiles { .. } => {
            "make a folder and name it with -o, or take --what bag"
        }
        ArchiveError::NoRecord { .. } => "`vouchsafe list` shows the records",
        ArchiveError::ActInterrupted => {
            "two processes have used copies of one archive folder: end the other one, then ask again"
        }
        ArchiveError::NoEntry { .. } => "`vouchsafe audit` shows the entries",
        ArchiveError::NoCase { .. } => "`vouchsafe policy changes` shows the changes of rules",
        ArchiveError::Profile(_) | ArchiveError::Notice(_) => {
            "mend the lines that are named; `vouchsafe policy check` and `policy calendar check` read them again"
        }
        ArchiveError::Refused(refusal) => refused_hint(refusal.code),
        ArchiveError::Reading(_) => {
            "install tesseract-ocr and tesseract-ocr-chi-sim, or take the files in with --unread"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

/// What whoever was refused does next.
const fn refused_hint(code: RefusalCode) -> &'static str {
    match code {
        RefusalCode::NobodysAccount => {
            "name somebody who is recorded; `vouchsafe people` lists them, `vouchsafe import people` records them"
        }
        RefusalCode::NotInRole
        | RefusalCode::OtherBranch
        | RefusalCode::RolesExclude
        | RefusalCode::NoSuchRole => "`vouchsafe people` shows who holds which role",
        RefusalCode::SamePerson => "ask somebody else to act, under their own account",
        RefusalCode::WrongState | RefusalCode::SignatureExpired => {
            "look at how it stands now: `vouchsafe flow`, `exception`, `finding`, `client`, `client changes`, `day show` or `policy changes`"
        }
        RefusalCode::PositionFull | RefusalCode::NoSuchPosition | RefusalCode::NotSigned => {
            "the profile says who acts, and how well they must be known; of an application, who signs it"
        }
        RefusalCode::OtherContent => "look at it again as it stands now, and give what is accepted",
        RefusalCode::WrongDay => "name a day that is accepted, or mend the file",
        RefusalCode::NoReason => "say it in words, in one line",
        RefusalCode::AccountTaken => "`vouchsafe people` shows whose account it is",
    }
}

fn deep_hint(error: &ArchiveError) -> Option<&'static str> {
    let mut found = None;
    let mut next = Some(innermost_first(error));
    while let Some(cause) = next {
        found = hint_of(cause).or(found);
        next = cause.source();
    }
    found
}

/// Transparent variants show their source's source: begin with the error that they stand for.
fn innermost_first(error: &ArchiveError) -> &(dyn Error + 'static) {
    if let ArchiveError::Vault(inner) = error {
        inner
    } else if let ArchiveError::Store(inner) = error {
        inner
    } else if let ArchiveError::Journal(inner) = error {
        inner
    } else if let ArchiveError::Catalog(inner) = error {
        inner
    } else {
        error
    }
}

/// The error as a `T`, also where it is boxed or shared.
fn as_a<'a, T: Error + 'static>(cause: &'a (dyn Error + 'static)) -> Option<&'a T> {
    cause
        .downcast_ref::<T>()
        .or_else(|| cause.downcast_ref::<Box<T>>().map(AsRef::as_ref))
        .or_else(|| cause.downcast_ref::<Arc<T>>().map(AsRef::as_ref))
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "most errors say all there is to say"
)]
fn hint_of(cause: &(dyn Error + 'static)) -> Option<&'static str> {
    if let Some(store) = as_a::<StoreError>(cause) {
        return match store {
            StoreError::Full { .. } => Some(
                "free some room and run the command again; everything that was reported is safe",
            ),
            StoreError::Denied { .. } => {
                Some("check the credentials, or owner and mode of the folder")
            }
            StoreError::Failed { .. } | StoreError::Local { .. } => {
                Some("check that the store is reachable, then run the command again")
            }
            StoreError::TooLarge { .. }
            | StoreError::Short { .. }
            | StoreError::StillThere { .. }
            | StoreError::Contradiction { .. }
            | StoreError::BadPath { .. } => Some("run `vouchsafe check --read-data`"),
        };
    }
    if let Some(CatalogError::InUse { .. }) = as_a(cause) {
        return Some("wait until the other vouchsafe process has ended");
    }
    if let Some(CatalogError::Io { source, .. }) = as_a(cause)
        && source.kind() == std::io::ErrorKind::OutOfMemory
    {
        return Some(MEMORY_HINT);
    }
    if let Some(CatalogError::Io { source, .. }) = as_a(cause)
        && source.kind() == std::io::ErrorKind::ResourceBusy
    {
        return Some("end this process and start it again; everything that was reported is safe");
    }
    if let Some(CatalogError::Io { .. } | CatalogError::Stopped { .. }) = as_a(cause) {
        return Some(
            "make room, or mend what stands in the catalog's place; nothing in it is the truth",
        );
    }
    if let Some(LedgerError::Unwritable { .. } | LedgerError::LogKey { .. }) = as_a(cause) {
        return Some(
            "secrets/writer.key and secrets/log.key must be this archive's own: put them back from their copies",
        );
    }
    if let Some(vault) = as_a::<VaultError>(cause) {
        return match vault {
            VaultError::WrongIdentity { .. } => Some(
                "the key in secrets/ is not this archive's; put the right one back from its copy",
            ),
            VaultError::HeaderMissing { .. }
            | VaultError::PayloadMissing { .. }
            | VaultError::HeaderDiffers { .. }
            | VaultError::PayloadDiffers(_)
            | VaultError::Undecryptable { .. } => Some(
                "the object was damaged or changed: run `vouchsafe check --read-data` and restore it from a copy",
            ),
            _ => None,
        };
    }
    match as_a::<JournalError>(cause)? {
        JournalError::Stopped { .. } => Some(
            "nothing is written until two people have decided; `vouchsafe check` names every finding",
        ),
        JournalError::ClockAhead { .. } => Some(
            "set the clock right; if it is right, raise [clock] ahead_days_max in vouchsafe.toml",
        ),
        JournalError::Behind { .. } => {
            Some("what was entered is safe; open the archive again, and the catalog catches up")
        }
        JournalError::NoKeys => {
            Some("put secrets/writer.key and secrets/log.key back from their copies")
        }
        _ => None,
    }
}
