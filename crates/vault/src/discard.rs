//! Discarding what a crash left behind. This is not destruction: what was filed never goes
//! this way.

use std::collections::BTreeSet;
use std::fmt;

use domain::{Epoch, SealedName};
use store::Deletion;

use crate::{Vault, VaultError};

/// Why a left-over may be discarded.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DiscardReason {
    /// The work on its batch ended before the entry that would have named it. The caller has
    /// read the ledger to its end, and nothing there names it.
    InterruptedBatch,
    /// The act that it was sealed for ended before its entry. The caller has read the ledger to
    /// its end, and the act's request is not there.
    InterruptedAct,
}

impl fmt::Display for DiscardReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InterruptedBatch => "the work on its batch was interrupted before its entry",
            Self::InterruptedAct => "the act that it belongs to was interrupted before its entry",
        })
    }
}

/// A warrant to remove one left-over. Used once.
#[derive(PartialEq, Eq, Debug)]
pub struct Discard {
    name: SealedName,
    epochs: BTreeSet<Epoch>,
    reason: DiscardReason,
}

impl Discard {
    /// A warrant for `name`, whose header may lie in any of `epochs`. The vault adds its own.
    #[must_use]
    pub fn new(
        name: SealedName,
        epochs: impl IntoIterator<Item = Epoch>,
        reason: DiscardReason,
    ) -> Self {
        Self {
            name,
            epochs: epochs.into_iter().collect(),
            reason,
        }
    }
}

/// What was there of a left-over. None of it is now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Discarded {
    /// What was discarded.
    pub name: SealedName,
    /// Why.
    pub reason: DiscardReason,
    /// The epochs in which there was a header, in order.
    pub headers: Vec<Epoch>,
    /// Whether there was a payload.
    pub payload: Deletion,
    /// How many uploads of header or payload there were that had been cut off.
    pub partial_uploads: usize,
}

impl Vault {
    /// Removes a left-over: its header in every epoch first, so that no moment leaves a header
    /// without payload, then the payload. Absence is verified. Whatever is not there is skipped,
    /// so it can be repeated after a failure.
    ///
    /// Nobody may be sealing that name meanwhile.
    ///
    /// # Errors
    /// [`VaultError::NotRemoved`]: what comes after that path was not touched.
    pub async fn discard(&self, warrant: Discard) -> Result<Discarded, VaultError> {
        let Discard {
            name,
            mut epochs,
            reason,
        } = warrant;
        epochs.insert(self.epoch);
        let mut headers = Vec::new();
        let mut partial_uploads = 0;
        for epoch in epochs {
            let (header, cut_off) = clear(&self.keys, name.header_path(epoch)).await?;
            partial_uploads += cut_off;
            match header {
                Deletion::Deleted => headers.push(epoch),
                Deletion::WasAbsent => {}
            }
        }
        let (payload, cut_off) = clear(&self.blobs, name.payload_path()).await?;
        partial_uploads += cut_off;
        Ok(Discarded {
            name,
            reason,
            headers,
            payload,
            partial_uploads,
        })
    }
}

async fn clear(store: &store::Store, path: String) -> Result<(Deletion, usize), VaultError> {
    let cleared = match store.delete(&path).await {
        Ok(deletion) => store
            .sweep_staging(&path)
            .await
            .map(|swept| (deletion, swept)),
        Err(error) => Err(error),
    };
    cleared.map_err(|source| VaultError::NotRemoved {
        path,
        source: Box::new(source),
    })
}
