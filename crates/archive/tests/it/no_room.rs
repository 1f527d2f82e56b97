//! A real disk without room or without inodes, under the store and under the catalog: what
//! fails says so, nothing that was told is lost, and with room again the same open archive goes
//! on.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use archive::{Archive, Folder};
use store::Store;
use tempfile::TempDir;

use crate::small_disk::{Scarce, SmallDisk};
use crate::world::{Told, create, environment, held, take_in};

/// How often files are taken in before a full disk must have been noticed.
const ROUNDS_MAX: u32 = 40;

/// An archive whose folder and store lie where the test wants them, and scans to take in.
struct Place {
    folder: Folder,
    store: Store,
    scans: TempDir,
    rounds: u32,
}

impl Place {
    async fn new(folder: &Path, store: &Path) -> Self {
        let folder = Folder::new(folder);
        create(&folder, store.to_str().unwrap()).await;
        Self {
            folder,
            store: Store::local(store).unwrap(),
            scans: TempDir::new().unwrap(),
            rounds: 0,
        }
    }

    async fn open(&self) -> Archive {
        let opened = Archive::open(self.folder.clone(), environment()).await;
        opened.unwrap().0
    }

    /// New files to take in, so many and of so many bytes.
    fn scans(&mut self, count: usize, size_bytes: usize) -> PathBuf {
        self.rounds += 1;
        let folder = self.scans.path().join(self.rounds.to_string());
        fs::create_dir(&folder).unwrap();
        for n in 0..count {
            let mut content = format!("round {} file {n} ", self.rounds).into_bytes();
            content.resize(size_bytes, b'.');
            fs::write(folder.join(format!("{n}.bin")), content).unwrap();
        }
        folder
    }

    async fn assert_clean(&self) {
        let options = check::Options::default();
        let report = check::check(&self.store, &self.store, &options, |_| {}).await;
        let report = report.unwrap();
        assert!(report.findings.is_empty(), "{report:#?}");
    }
}

fn assert_held(archive: &Archive, told: &Told) {
    let there = held(archive);
    for (digest, record) in told {
        assert!(there.contains(&(*digest, *record)), "lost {digest}");
    }
}

/// An error and what caused it, in words.
fn words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        words = format!("{words}: {cause}");
        next = cause.source();
    }
    words
}

/// Takes in until it fails; gives the files that were not all taken in, and what is said of
/// them, now and when they come again.
async fn until_refused(
    archive: &Archive,
    place: &mut Place,
    told: &mut Told,
) -> Option<(PathBuf, Vec<String>)> {
    for _ in 0..ROUNDS_MAX {
        let scans = place.scans(20, 4_000);
        if let Err(error) = take_in(archive, &scans, told).await {
            let again = take_in(archive, &scans, told).await.err();
            let said = [Some(error), again].into_iter().flatten();
            return Some((scans, said.map(|error| words(&error)).collect()));
        }
    }
    None
}

/// Fills the disk under an open archive, sees the failure, makes room, goes on.
/// `needed`: it cannot do without what is scarce.
async fn goes_on(disk: &SmallDisk, place: &mut Place, scarce: Scarce, needed: bool) {
    let archive = place.open().await;
    let mut told = Told::new();
    take_in(&archive, &place.scans(3, 500), &mut told)
        .await
        .unwrap();
    disk.fill(scarce);
    let refused = until_refused(&archive, place, &mut told).await;
    assert!(refused.is_some() || !needed, "{scarce:?}: nothing was said");
    let (scans, said) = refused.unwrap_or_else(|| (place.scans(5, 500), Vec::new()));
    for said in &said {
        let path = disk.path().to_str().unwrap();
        assert!(said.contains(path), "{scarce:?}: {said}");
        assert!(said.contains("No space left"), "{scarce:?}: {said}");
    }
    disk.make_room();
    take_in(&archive, &scans, &mut told)
        .await
        .unwrap_or_else(|error| panic!("{scarce:?}: does not go on: {}", words(&error)));
    assert_held(&archive, &told);
    archive.end().await;
    // The next opening ends the batch that failed.
    let archive = place.open().await;
    assert_held(&archive, &told);
    archive.end().await;
    place.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root, to mount a small disk"]
async fn the_store_without_room() {
    for scarce in [Scarce::Room, Scarce::Inodes] {
        let disk = SmallDisk::mount();
        let folder = TempDir::new().unwrap();
        let mut place =
            Place::new(&folder.path().join("archive"), &disk.path().join("store")).await;
        goes_on(&disk, &mut place, scarce, true).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root, to mount a small disk"]
async fn the_catalog_without_room() {
    for scarce in [Scarce::Room, Scarce::Inodes] {
        let disk = SmallDisk::mount();
        let store = TempDir::new().unwrap();
        let mut place = Place::new(&disk.path().join("archive"), &store.path().join("store")).await;
        // An open catalog writes to the files that it has.
        let needed = matches!(scarce, Scarce::Room);
        goes_on(&disk, &mut place, scarce, needed).await;
    }
}
