//! What the catalog asks of an engine: ordered keys, and batches that happen whole or not at
//! all.
//!
//! There are two engines: [`SledKv`] in a folder, [`MemoryKv`] for tests and for what is thrown
//! away. An engine knows nothing of tables; [`crate::layout`] does. An engine may lose its
//! latest batches in a crash, but never part of one.

mod memory;
mod sled;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

pub use self::memory::MemoryKv;
pub use self::sled::SledKv;

/// Why an engine failed.
#[derive(Debug, thiserror::Error)]
pub enum KvError {
    /// Its files are damaged, or it gave up on them.
    #[error("the database is damaged, {doing}: {found}")]
    Damaged {
        /// What was being done.
        doing: &'static str,
        /// What it found, in its own words.
        found: String,
    },
    /// The operating system refused.
    #[error("the database failed, {doing} {}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The file or folder it was done to.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
}

/// The order of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the lowest key upwards.
    Forward,
    /// From the highest key downwards.
    Reverse,
}

/// What a scan calls for each key and value; it goes on until told to break off.
pub type Visit<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>;

/// Writes that happen together. The last word on a key counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    writes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl Batch {
    /// Sets a key.
    pub fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.writes.insert(key, Some(value));
    }

    /// Removes a key; one that is not there is no error.
    pub fn remove(&mut self, key: Vec<u8>) {
        self.writes.insert(key, None);
    }

    /// The writes in the order of their keys; `None` removes.
    pub fn into_writes(self) -> impl Iterator<Item = (Vec<u8>, Option<Vec<u8>>)> {
        self.writes.into_iter()
    }

    /// How many keys are written or removed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.writes.len()
    }

    /// Whether nothing is written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }
}

/// An engine: keys in byte order, each with a value. See [`crate::conformance`].
pub trait Kv: Send + Sync {
    /// The value of a key, or `None` if it has none.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, KvError>;

    /// Visits the keys of `from..to` (without `to`) in order, until `visit` breaks off.
    fn scan(
        &self,
        from: &[u8],
        to: &[u8],
        direction: Direction,
        visit: Visit<'_>,
    ) -> Result<(), KvError>;

    /// Does all of the batch or none of it, also across a crash. Not durable by itself.
    fn apply(&self, batch: Batch) -> Result<(), KvError>;

    /// Makes what was applied durable, as far as the engine can.
    fn flush(&self) -> Result<(), KvError>;

    /// The failure, in words, that only opening it again can mend.
    fn failure(&self) -> Option<String> {
        None
    }
}
