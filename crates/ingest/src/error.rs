//! What stops a batch. What is wrong with one file stops nothing: it is an outcome.

use journal::JournalError;
use vault::VaultError;

/// Intake cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// An entry could not be written.
    #[error("the ledger did not take the entry")]
    Journal(#[from] JournalError),
    /// An object could not be sealed or removed.
    #[error("an object could not be stored")]
    Vault(#[source] Box<VaultError>),
    /// Pages cannot be read here, whatever the file.
    #[error("pages cannot be read: {why}; {hint}")]
    Reading {
        /// Why.
        why: String,
        /// What to do.
        hint: &'static str,
    },
    /// A stored shape could not be written as JSON.
    #[error("a description could not be written as JSON")]
    Json(#[from] serde_json::Error),
    /// No random numbers.
    #[error("the operating system gives no random numbers")]
    Random,
}

impl From<VaultError> for IngestError {
    fn from(error: VaultError) -> Self {
        Self::Vault(Box::new(error))
    }
}
