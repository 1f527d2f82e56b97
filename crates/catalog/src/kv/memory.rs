//! An engine that forgets.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{PoisonError, RwLock};

use super::{Batch, Direction, Kv, KvError, Visit};

/// Keys and values in memory, for tests and for what is thrown away. It never fails.
#[derive(Debug, Default)]
pub struct MemoryKv {
    map: RwLock<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl Kv for MemoryKv {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, KvError> {
        let map = self.map.read().unwrap_or_else(PoisonError::into_inner);
        Ok(map.get(key).cloned())
    }

    fn scan(
        &self,
        from: &[u8],
        to: &[u8],
        direction: Direction,
        visit: Visit<'_>,
    ) -> Result<(), KvError> {
        if from >= to {
            return Ok(());
        }
        let map = self.map.read().unwrap_or_else(PoisonError::into_inner);
        let mut range = map.range::<[u8], _>((Bound::Included(from), Bound::Excluded(to)));
        loop {
            let step = match direction {
                Direction::Forward => range.next(),
                Direction::Reverse => range.next_back(),
            };
            let Some((key, value)) = step else {
                return Ok(());
            };
            if visit(key, value).is_break() {
                return Ok(());
            }
        }
    }

    fn apply(&self, batch: Batch) -> Result<(), KvError> {
        let mut map = self.map.write().unwrap_or_else(PoisonError::into_inner);
        for (key, write) in batch.into_writes() {
            match write {
                Some(value) => map.insert(key, value),
                None => map.remove(&key),
            };
        }
        Ok(())
    }

    fn flush(&self) -> Result<(), KvError> {
        Ok(())
    }
}
