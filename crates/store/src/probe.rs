//! Doubt about a store is settled before it is trusted.
//!
//! Everything stands on one promise: of many who create one name, exactly one wins and nobody
//! overwrites it later. Several S3-compatible servers break it silently. The probe tries.

use bytes::Bytes;
use futures::future::join_all;
use object_store::{GetOptions, ObjectStore as _, PutMode, PutOptions};

use crate::local::PROBE_FOLDER;
use crate::{Creation, Store, StoreError};

/// How many write one name at once.
const RACERS: u8 = 16;

/// What was tried, and held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeReport {
    /// How many races of 16 writers had exactly one winner.
    pub rounds: u32,
}

/// The store cannot be trusted with an archive.
#[derive(Debug, thiserror::Error)]
pub enum ProbeFailure {
    /// It failed outright.
    #[error("the probe of {store} could not be run")]
    Store {
        /// The store's name.
        store: String,
        /// What happened.
        #[source]
        source: StoreError,
    },
    /// It lets a second writer overwrite what a first has created.
    #[error(
        "{store} overwrites: an object that was created once could be created again. It cannot hold an archive"
    )]
    Overwrites {
        /// The store's name.
        store: String,
    },
    /// A race had not exactly one winner.
    #[error(
        "{store} let {winners} of {racers} writers win one race (round {round}). It cannot hold an archive"
    )]
    Race {
        /// The store's name.
        store: String,
        /// How many were told that they won.
        winners: usize,
        /// How many wrote.
        racers: usize,
        /// In which round, from 1.
        round: u32,
    },
    /// What is read is not what was written.
    #[error("{store} does not give back what was written. It cannot hold an archive")]
    Differs {
        /// The store's name.
        store: String,
    },
    /// A deleted object's older version can still be read.
    #[error(
        "{store} keeps older versions of deleted objects: destroying a record would not destroy it. Use a bucket without versioning for keys"
    )]
    Versioned {
        /// The store's name.
        store: String,
    },
}

impl Store {
    /// Races creates in `rounds` rounds, creates twice, deletes, and with `erasable` asks for a
    /// deleted object's older version. The objects it makes lie under `probe/` and are deleted.
    pub async fn probe(&self, rounds: u32, erasable: bool) -> Result<ProbeReport, ProbeFailure> {
        let store = || self.name().to_owned();
        let failed = |source| ProbeFailure::Store {
            store: store(),
            source,
        };
        let mut token = [0u8; 8];
        // Without randomness the name is still this process's own.
        if getrandom::fill(&mut token).is_err() {
            token = u64::from(std::process::id()).to_be_bytes();
        }
        let folder = format!("{PROBE_FOLDER}/{}", hex::encode(token));

        let twice = format!("{folder}/twice");
        let first = Bytes::from_static(b"first");
        let version = self.put_raw(&twice, first.clone()).await.map_err(failed)?;
        let second = self
            .create(&twice, Bytes::from_static(b"second"))
            .await
            .map_err(failed)?;
        match second {
            Creation::Mine => return Err(ProbeFailure::Overwrites { store: store() }),
            Creation::Taken(there) if there != first => {
                return Err(ProbeFailure::Differs { store: store() });
            }
            Creation::Taken(_) => {}
        }
        for round in 1..=rounds {
            self.race(&format!("{folder}/race-{round}"), round).await?;
        }
        self.delete(&twice).await.map_err(failed)?;
        if erasable && self.has_version(&twice, version).await {
            return Err(ProbeFailure::Versioned { store: store() });
        }
        Ok(ProbeReport { rounds })
    }

    async fn race(&self, path: &str, round: u32) -> Result<(), ProbeFailure> {
        let store = || self.name().to_owned();
        let failed = |source| ProbeFailure::Store {
            store: store(),
            source,
        };
        let bodies: Vec<Bytes> = (0..RACERS).map(|n| Bytes::from(vec![n; 64])).collect();
        let outcomes = join_all(bodies.iter().map(|body| self.create(path, body.clone()))).await;
        let mut winners = Vec::new();
        for (body, outcome) in bodies.iter().zip(outcomes) {
            if outcome.map_err(failed)? == Creation::Mine {
                winners.push(body.clone());
            }
        }
        let there = self.read(path, 1024).await.map_err(failed)?;
        self.delete(path).await.map_err(failed)?;
        match winners.as_slice() {
            [winner] if there.as_ref() == Some(winner) => Ok(()),
            [_] => Err(ProbeFailure::Differs { store: store() }),
            _ => Err(ProbeFailure::Race {
                store: store(),
                winners: winners.len(),
                racers: bodies.len(),
                round,
            }),
        }
    }

    /// A first write that tells the version it made, which `create` has no use for.
    async fn put_raw(&self, path: &str, bytes: Bytes) -> Result<Option<String>, StoreError> {
        let options = PutOptions {
            mode: PutMode::Create,
            ..PutOptions::default()
        };
        self.inner
            .put_opts(&Self::path(path)?, bytes.into(), options)
            .await
            .map(|put| put.version)
            .map_err(|source| StoreError::new(self.name(), path, crate::Doing::Create, source))
    }

    async fn has_version(&self, path: &str, version: Option<String>) -> bool {
        let (Some(version), Ok(location)) = (version, Self::path(path)) else {
            return false;
        };
        let options = GetOptions {
            version: Some(version),
            ..GetOptions::default()
        };
        self.inner.get_opts(&location, options).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn local_files_and_memory_pass_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        for store in [Store::memory(), Store::local(folder.path()).unwrap()] {
            assert_eq!(
                store.probe(4, true).await.unwrap(),
                ProbeReport { rounds: 4 }
            );
            assert_eq!(store.list("").await.unwrap(), []);
        }
    }
}
