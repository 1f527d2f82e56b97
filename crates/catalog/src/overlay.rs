//! What the current group of commands has decided but not yet written.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Fact};
use crate::error::CatalogError;

/// What is known of a request id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requested {
    /// Nothing: it is new.
    Never,
    /// It was decided in the current group, which is not in the ledger yet.
    Pending,
    /// It is in the ledger; this is its first entry.
    Entry(u64),
}

/// Facts and request ids that the current group has decided, over those of a catalog.
///
/// Once the group's commit is durable and its [`Advance`](crate::Advance) applied, or if the
/// group is lost, [`Overlay::clear`] forgets them. The catalog itself never runs ahead.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    facts: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    requests: BTreeSet<String>,
}

impl Overlay {
    /// Nothing decided.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A fact as it will be; `None` takes it away.
    pub fn put_fact(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.facts.insert(key, value);
    }

    /// A request of which an entry was decided.
    pub fn note_request(&mut self, id: impl Into<String>) {
        self.requests.insert(id.into());
    }

    /// A fact as it will be once the group is written.
    pub fn fact(&self, catalog: &Catalog, key: &[u8]) -> Result<Option<Vec<u8>>, CatalogError> {
        match self.facts.get(key) {
            Some(pending) => Ok(pending.clone()),
            None => catalog.fact(key),
        }
    }

    /// The facts whose keys begin so, as they will be, in the order of their keys.
    pub fn facts_with_prefix(
        &self,
        catalog: &Catalog,
        prefix: &[u8],
    ) -> Result<Vec<Fact>, CatalogError> {
        let mut facts: BTreeMap<_, _> = catalog.facts_with_prefix(prefix)?.into_iter().collect();
        let pending = self.facts.range(prefix.to_vec()..);
        for (key, value) in pending.take_while(|(key, _)| key.starts_with(prefix)) {
            match value {
                Some(value) => facts.insert(key.clone(), value.clone()),
                None => facts.remove(key),
            };
        }
        Ok(facts.into_iter().collect())
    }

    /// Whether there will be a fact whose key begins so, where none that is there is taken away.
    pub fn has_fact_with_prefix(
        &self,
        catalog: &Catalog,
        prefix: &[u8],
    ) -> Result<bool, CatalogError> {
        let pending = self.facts.range(prefix.to_vec()..);
        let mut pending = pending.take_while(|(key, _)| key.starts_with(prefix));
        Ok(pending.any(|(_, value)| value.is_some()) || catalog.has_fact_with_prefix(prefix)?)
    }

    /// What is known of a request.
    pub fn request(&self, catalog: &Catalog, id: &str) -> Result<Requested, CatalogError> {
        if self.requests.contains(id) {
            return Ok(Requested::Pending);
        }
        let entry = catalog.by_request(id)?;
        Ok(entry.map_or(Requested::Never, Requested::Entry))
    }

    /// Forgets everything: the group was lost, or is in the catalog now.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether nothing is pending.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty() && self.requests.is_empty()
    }
}
