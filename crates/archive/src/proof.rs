//! Proofs for outsiders.

use journal::CatalogNodes;
use ledger::log::Ledger;
use ledger::proof::EntryProof;

use crate::{Archive, ArchiveError};

impl Archive {
    /// A proof that an entry is in the ledger, as a C2SP tlog-proof that carries the entry.
    /// `entry` is its number, or the id of its request.
    pub async fn proof(&self, entry: &str) -> Result<String, ArchiveError> {
        let none = || ArchiveError::NoEntry {
            entry: entry.to_owned(),
        };
        let index = match entry.parse::<u64>() {
            Ok(index) => index,
            Err(_) => self.catalog().by_request(entry)?.ok_or_else(none)?,
        };
        let line = self.catalog().entry(index)?.ok_or_else(none)?;
        let ledger = Ledger::new(self.stores.blobs.clone(), self.identity.clone(), None);
        let checkpoint = ledger
            .published_checkpoint()
            .await?
            .filter(|signed| signed.checkpoint().size > index)
            .ok_or(ArchiveError::NotCovered { entry: index })?;
        let nodes = CatalogNodes(self.catalog());
        Ok(EntryProof::make(&nodes, &line, index, &checkpoint)?.to_string())
    }
}
