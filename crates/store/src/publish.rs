//! The one overwrite: an object that only moves forward.

use std::fs::File;

use bytes::Bytes;
use object_store::{ObjectStore as _, ObjectStoreExt as _, PutMode, PutOptions, UpdateVersion};

use crate::{Doing, Store, StoreError};

/// How a publication ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publication {
    /// The object holds the bytes that were given, durably.
    Published,
    /// What lies there is as new or newer, and stays.
    Kept,
}

/// How often a publication that others overtake is tried.
const ATTEMPTS: u32 = 16;
/// The largest object that is published.
const PUBLISHED_BYTES_MAX: u64 = 64 * 1024;

impl Store {
    /// Replaces an object if `newer` says, given the bytes that lie there, that the new ones
    /// are newer. Of several publishers the newest stands at the end: local files are guarded
    /// by a lock on the store's folder, other stores by a conditional write.
    pub async fn publish(
        &self,
        path: &str,
        bytes: Bytes,
        newer: impl Fn(&[u8]) -> bool,
    ) -> Result<Publication, StoreError> {
        let _guard = self.lock().await?;
        // Under the lock nobody publishes: what lies there was cut off.
        self.sweep_staging(path).await?;
        for _ in 0..ATTEMPTS {
            let location = Self::path(path)?;
            let failed = |source| StoreError::new(self.name(), path, Doing::Publish, source);
            let mode = match self.inner.get(&location).await {
                Err(object_store::Error::NotFound { .. }) => PutMode::Create,
                Err(source) => return Err(failed(source)),
                Ok(found) => {
                    let (size_bytes, max_bytes) = (found.meta.size, PUBLISHED_BYTES_MAX);
                    let seen = UpdateVersion {
                        e_tag: found.meta.e_tag.clone(),
                        version: found.meta.version.clone(),
                    };
                    // What is too large to be one of ours is evidence: it stays.
                    let keeps =
                        size_bytes > max_bytes || !newer(&found.bytes().await.map_err(failed)?);
                    if keeps {
                        return Ok(Publication::Kept);
                    }
                    if self.local.is_some() {
                        PutMode::Overwrite
                    } else {
                        PutMode::Update(seen)
                    }
                }
            };
            let options = PutOptions {
                mode,
                ..PutOptions::default()
            };
            match self
                .inner
                .put_opts(&location, bytes.clone().into(), options)
                .await
            {
                Ok(_) => {
                    self.settle_folders(path).await?;
                    return Ok(Publication::Published);
                }
                Err(
                    object_store::Error::AlreadyExists { .. }
                    | object_store::Error::Precondition { .. },
                ) => {}
                Err(source) => return Err(failed(source)),
            }
        }
        Err(StoreError::Contradiction {
            store: self.name().to_owned(),
            path: path.to_owned(),
        })
    }

    /// Among the processes of this machine, one publisher at a time.
    async fn lock(&self) -> Result<Option<File>, StoreError> {
        self.on_local("", Doing::Publish, |root| {
            let folder = File::open(root)?;
            folder.lock()?;
            Ok(folder)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_published_only_moves_forward() {
        let folder = tempfile::tempdir().unwrap();
        for store in [Store::memory(), Store::local(folder.path()).unwrap()] {
            let publish = async |n: u8| {
                let newer = move |old: &[u8]| old < [n].as_slice();
                store
                    .publish("log/checkpoint", Bytes::from(vec![n]), newer)
                    .await
                    .unwrap()
            };
            assert_eq!(publish(3).await, Publication::Published);
            assert_eq!(publish(2).await, Publication::Kept);
            assert_eq!(publish(3).await, Publication::Kept);
            let all = (0..20u8).map(|n| publish(n * 7 % 20));
            futures::future::join_all(all).await;
            assert_eq!(
                store
                    .read("log/checkpoint", 9)
                    .await
                    .unwrap()
                    .unwrap()
                    .as_ref(),
                [19]
            );
        }
    }
}
