//! Writing once.

use std::time::Duration;

use bytes::Bytes;
use object_store::{ObjectStore as _, PutMode, PutOptions};

use crate::{Doing, Store, StoreError};

/// How a creation ended. Either way the slot is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Creation {
    /// The slot holds exactly the bytes that were given, durably.
    Mine,
    /// The slot holds these other bytes.
    Taken(Bytes),
}

/// How often a write is repeated while the slot is empty.
const ATTEMPTS: u32 = 5;
/// The first pause between attempts; each next is twice as long.
const PAUSE_MS: u64 = 20;

/// What one attempt left behind.
enum Attempt {
    Settled(Creation),
    /// The slot is known, and the attempt had failed: its upload may still lie beside it.
    SettledAfter(Creation),
    /// The slot is still empty.
    Absent(Option<StoreError>),
}

impl Store {
    /// Writes an object that must not be there yet, and answers only once the slot is known.
    ///
    /// An identical repeat is success: it may be this very write, seen late.
    ///
    /// # Errors
    /// The slot is empty (no room, no right, or the store fails again and again), or it could
    /// not be read back; nothing may be acknowledged then.
    pub async fn create(&self, path: &str, bytes: Bytes) -> Result<Creation, StoreError> {
        let mut last = None;
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(PAUSE_MS << attempt)).await;
            }
            match self.attempt(path, &bytes).await? {
                Attempt::Settled(creation) if last.is_none() => {
                    // The object has its name, and the one that it was written under may be there yet.
                    if creation == Creation::Mine
                        && let Err(error) = self.sweep_second_name(path).await
                    {
                        tracing::debug!(path, %error, "an object may have a second name");
                    }
                    return Ok(creation);
                }
                Attempt::Settled(creation) | Attempt::SettledAfter(creation) => {
                    self.clear_away(path).await;
                    return Ok(creation);
                }
                Attempt::Absent(Some(error)) if !error.may_pass() => return Err(error),
                Attempt::Absent(error) => last = error,
            }
            tracing::debug!(path, attempt, "the slot is still empty, writing again");
        }
        Err(last.unwrap_or_else(|| StoreError::Contradiction {
            store: self.name().to_owned(),
            path: path.to_owned(),
        }))
    }

    /// Takes away what a failed attempt left beside the object. The object is there, so nobody can
    /// win its name any more; and what stays is taken away by the next opening that follows a
    /// crash.
    async fn clear_away(&self, path: &str) {
        if let Err(error) = self.sweep_staging(path).await {
            tracing::debug!(path, %error, "what a failed attempt left could not be taken away");
        }
    }

    async fn attempt(&self, path: &str, bytes: &Bytes) -> Result<Attempt, StoreError> {
        let options = PutOptions {
            mode: PutMode::Create,
            ..PutOptions::default()
        };
        let written = self
            .inner
            .put_opts(&Self::path(path)?, bytes.clone().into(), options)
            .await;
        let error = match written {
            Ok(_) => {
                self.settle_folders(path).await?;
                return Ok(Attempt::Settled(Creation::Mine));
            }
            Err(
                object_store::Error::AlreadyExists { .. }
                | object_store::Error::Precondition { .. },
            ) => None,
            Err(source) => Some(StoreError::new(self.name(), path, Doing::Create, source)),
        };
        // Unknown: somebody else's, or this write seen late, or none. The slot itself tells.
        let found = self.read(path, bytes.len() as u64).await;
        let settled = match found {
            Ok(None) => return Ok(Attempt::Absent(error)),
            Ok(Some(there)) if there == *bytes => {
                self.settle(path).await?;
                Creation::Mine
            }
            Ok(Some(there)) => Creation::Taken(there),
            // Longer than mine, so not mine.
            Err(StoreError::TooLarge { size_bytes, .. }) => {
                let there = self.read(path, size_bytes).await?.unwrap_or_default();
                Creation::Taken(there)
            }
            Err(unreadable) => return Err(error.unwrap_or(unreadable)),
        };
        Ok(match error {
            None => Attempt::Settled(settled),
            Some(_) => Attempt::SettledAfter(settled),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_object_is_written_once() {
        let folder = tempfile::tempdir().unwrap();
        for store in [Store::memory(), Store::local(folder.path()).unwrap()] {
            let create = |bytes: &'static [u8]| store.create("a/b/c", Bytes::from_static(bytes));
            assert_eq!(create(b"one").await.unwrap(), Creation::Mine);
            assert_eq!(
                create(b"one").await.unwrap(),
                Creation::Mine,
                "an identical repeat"
            );
            let taken = Creation::Taken(Bytes::from_static(b"one"));
            assert_eq!(create(b"two").await.unwrap(), taken);
            assert_eq!(
                create(b"").await.unwrap(),
                taken,
                "also when mine is shorter"
            );
            assert_eq!(
                store.read("a/b/c", 9).await.unwrap().unwrap().as_ref(),
                b"one"
            );
            assert!(matches!(
                store.read("a/b/c", 2).await,
                Err(StoreError::TooLarge {
                    size_bytes: 3,
                    max_bytes: 2,
                    ..
                })
            ));
            assert_eq!(store.read("a/b/d", 9).await.unwrap(), None);
            assert!(matches!(
                store.create("a//c", Bytes::new()).await,
                Err(StoreError::BadPath { .. })
            ));
        }
    }

    #[tokio::test]
    async fn of_many_writers_one_wins() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::local(folder.path()).unwrap();
        let racers = (0..16u8).map(|n| {
            let store = store.clone();
            async move {
                store
                    .create("slot", Bytes::from(vec![n; 40]))
                    .await
                    .unwrap()
            }
        });
        let outcomes = futures::future::join_all(racers).await;
        let there = store.read("slot", 99).await.unwrap().unwrap();
        let mine: Vec<_> = (0u8..)
            .zip(&outcomes)
            .filter(|(_, o)| **o == Creation::Mine)
            .collect();
        assert_eq!(mine.len(), 1);
        assert_eq!(there, vec![mine[0].0; 40]);
    }
}
