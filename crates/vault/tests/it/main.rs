//! The vault over real stores, in memory and in folders.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests damage files, and hand them to the age program"
)]

mod breaking;
mod discard;
mod faults;
mod interop;
mod open;
mod seal;

use bytes::Bytes;
use domain::{BatchId, Epoch, RecordId, RequestId, SealedName, SealedObject};
use store::{Creation, Store};
use tempfile::TempDir;
use vault::{Identity, Recipients, Vault};

/// More than any test seals.
const LIMIT_BYTES: u64 = 64 << 20;

/// The secret halves.
struct Holders {
    archive: Identity,
    recovery: Identity,
    search: Identity,
    intake: Identity,
}

impl Holders {
    fn generate() -> Self {
        Self {
            archive: Identity::generate(),
            recovery: Identity::generate(),
            search: Identity::generate(),
            intake: Identity::generate(),
        }
    }

    fn recipients(&self) -> Recipients {
        Recipients {
            archive: vec![self.archive.recipient()],
            recovery: vec![self.recovery.recipient()],
            search: vec![self.search.recipient()],
            intake: self.intake.recipient(),
        }
    }
}

/// A vault with its stores at hand.
struct World {
    vault: Vault,
    keys: Store,
    blobs: Store,
    holders: Holders,
    folder: Option<TempDir>,
}

impl World {
    fn over(keys: Store, blobs: Store, folder: Option<TempDir>) -> Self {
        let holders = Holders::generate();
        let recipients = holders.recipients();
        let vault = Vault::new(keys.clone(), blobs.clone(), Epoch(0), &recipients).unwrap();
        Self {
            vault,
            keys,
            blobs,
            holders,
            folder,
        }
    }

    fn memory() -> Self {
        Self::over(Store::memory(), Store::memory(), None)
    }

    /// Both in one folder, as in a small archive.
    fn local() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::local(folder.path()).unwrap();
        Self::over(store.clone(), store, Some(folder))
    }

    fn both() -> [Self; 2] {
        [Self::memory(), Self::local()]
    }

    async fn open(&self, object: &SealedObject, identity: &Identity) -> Bytes {
        self.vault
            .open(object, identity, LIMIT_BYTES)
            .await
            .unwrap()
    }

    /// Everything in the stores, with what uploads leave beside objects.
    async fn all(&self) -> Vec<String> {
        if let Some(folder) = &self.folder {
            return files(folder.path());
        }
        let mut all: Vec<_> = self.keys.list("").await.unwrap();
        all.extend(self.blobs.list("").await.unwrap());
        all.into_iter().map(|listed| listed.path).collect()
    }
}

fn files(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path.display().to_string());
        }
    }
    found
}

/// Bytes that do not repeat soon, told apart by `seed`.
fn content(size_bytes: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut bytes = Vec::with_capacity(size_bytes + 8);
    while bytes.len() < size_bytes {
        // A linear congruential generator (Knuth, MMIX).
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        bytes.extend_from_slice(&state.to_be_bytes());
    }
    bytes.truncate(size_bytes);
    bytes
}

fn record(number: u128) -> RecordId {
    RecordId::from_bits(number)
}

/// One name of each kind.
fn names() -> [SealedName; 5] {
    [
        SealedName::bag(record(1), 1),
        SealedName::derived(record(1), 1),
        SealedName::card(record(1), 1),
        SealedName::detail(RequestId::from_bits(1), 1),
        SealedName::inbox(BatchId::from_bits(1), 1),
    ]
}

/// Puts other bytes in an object's place.
async fn replace(store: &Store, path: &str, bytes: impl Into<Bytes>) {
    store.delete(path).await.unwrap();
    assert_eq!(
        store.create(path, bytes.into()).await.unwrap(),
        Creation::Mine
    );
}

async fn read(store: &Store, path: &str) -> Vec<u8> {
    store.read(path, u64::MAX).await.unwrap().unwrap().to_vec()
}
