//! Deletions that last.

use object_store::ObjectStoreExt as _;

use crate::{Doing, Store, StoreError};

/// How a deletion ended. Either way the object is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// It was there.
    Deleted,
    /// It was not there.
    WasAbsent,
}

impl Store {
    /// Deletes an object; on local files the deletion is synced. Its absence is verified.
    ///
    /// # Errors
    /// The object may still be there.
    pub async fn delete(&self, path: &str) -> Result<Deletion, StoreError> {
        if self.size(path).await?.is_none() {
            // An earlier deletion may have been cut off before its sync.
            self.settle_deletion(path).await?;
            return Ok(Deletion::WasAbsent);
        }
        match self.inner.delete(&Self::path(path)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(source) => return Err(StoreError::new(self.name(), path, Doing::Delete, source)),
        }
        self.settle_deletion(path).await?;
        if self.size(path).await?.is_some() {
            return Err(StoreError::StillThere {
                store: self.name().to_owned(),
                path: path.to_owned(),
            });
        }
        Ok(Deletion::Deleted)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[tokio::test]
    async fn a_deleted_object_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        for store in [Store::memory(), Store::local(folder.path()).unwrap()] {
            store.create("x/y", Bytes::from_static(b"1")).await.unwrap();
            assert_eq!(store.delete("x/y").await.unwrap(), Deletion::Deleted);
            assert_eq!(store.delete("x/y").await.unwrap(), Deletion::WasAbsent);
            assert_eq!(store.delete("no/where").await.unwrap(), Deletion::WasAbsent);
            assert_eq!(store.size("x/y").await.unwrap(), None);
        }
    }

    #[tokio::test]
    async fn left_over_uploads_are_swept() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::local(folder.path()).unwrap();
        store.create("x/y", Bytes::from_static(b"1")).await.unwrap();
        for name in ["y#1", "y#22", "y#a", "z#1"] {
            std::fs::copy(
                folder.path().join("x/y"),
                folder.path().join("x").join(name),
            )
            .unwrap();
        }
        let cut_off = store.list_cut_off().await.unwrap();
        let paths: Vec<&str> = cut_off.iter().map(|listed| listed.path.as_str()).collect();
        assert_eq!(paths, ["x/y#1", "x/y#22", "x/z#1"]);
        assert_eq!(store.sweep_staging("x/y").await.unwrap(), 2);
        assert_eq!(store.sweep_staging("x/y").await.unwrap(), 0);
        assert_eq!(store.sweep_staging("none/y").await.unwrap(), 0);
        assert!(folder.path().join("x/y").exists() && folder.path().join("x/z#1").exists());
    }
}
