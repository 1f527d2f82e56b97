//! A small archive in memory, on a store that can be made to fail, and what is done with it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use archive::{
    Archive, ArchiveError, BatchRequest, Environment, Facts, Folder, NewArchive, OpenReport,
    Outcome, RecordFilter, RecordReport, Stores, Wanted,
};
use bytes::Bytes;
use check::{CatalogHead, Report};
use domain::{Actor, Digest, RecordId, Via};
use entries::Rendition;
use object_store::ObjectStoreExt as _;
use object_store::memory::InMemory;
use object_store::path::Path as ObjectPath;
use reading::ReadOptions;
use store::{Store, StoreOptions};
use tempfile::TempDir;
use testkit::clock::FixedClock;
use testkit::faulty::FaultyStore;

/// The objects of a store, by path.
pub type Objects = BTreeMap<String, Bytes>;

/// What was told to whoever brought the files: record by digest.
pub type Told = BTreeMap<Digest, RecordId>;

pub fn actor() -> Actor {
    Actor {
        person: None,
        account: "tester".parse().unwrap(),
        roles: Vec::new(),
        branch: None,
    }
}

pub fn via() -> Via {
    Via::Local {
        system_user: "tester".to_owned(),
    }
}

pub fn environment() -> Environment {
    Environment {
        clock: Arc::new(FixedClock::new("2026-11-23T01:14:07.120Z".parse().unwrap())),
        store_options: StoreOptions::default(),
    }
}

/// Makes an archive with nothing in it.
pub async fn create(folder: &Folder, store_url: &str) {
    Archive::create(NewArchive {
        folder: folder.clone(),
        name: "测试".to_owned(),
        store_url: store_url.to_owned(),
        store_options: StoreOptions::default(),
        probe_rounds: archive::PROBE_ROUNDS,
        clock: environment().clock,
        actor: actor(),
        via: via(),
    })
    .await
    .unwrap();
}

/// A new archive with one record in it, and files that are still to be taken in.
pub struct World {
    template: TempDir,
    /// The files to take in.
    pub scans: PathBuf,
    /// Its objects.
    pub objects: Objects,
    /// The record that is in it.
    pub first: RecordId,
    /// What the record's original holds.
    pub original: Vec<u8>,
}

impl World {
    pub async fn new() -> Self {
        let template = TempDir::new().unwrap();
        let folder = Folder::new(template.path().join("archive"));
        create(&folder, "store").await;
        let original = b"the first voucher".repeat(9);
        let begun = template.path().join("begun");
        write(&begun, &[("first.bin", &original)]);
        let (archive, _) = Archive::open(folder, environment()).await.unwrap();
        let mut told = Told::new();
        take_in(&archive, &begun, &mut told).await.unwrap();
        archive.end().await;
        let local = Store::local(&template.path().join("archive/store")).unwrap();
        let mut objects = Objects::new();
        for listed in local.list("").await.unwrap() {
            let bytes = local.read(&listed.path, 1 << 30).await.unwrap().unwrap();
            objects.insert(listed.path, bytes);
        }
        let scans = template.path().join("scans");
        write(
            &scans,
            &[
                ("a.bin", b"voucher a"),
                ("b.bin", &b"voucher b".repeat(500)),
                ("front.bin", b"front"),
                ("back.bin", b"back"),
                ("pair.json", br#"{"files": ["front.bin", "back.bin"]}"#),
                ("odd.json", br#"{"files": ["a.bin"], "surprise": 1}"#),
            ],
        );
        Self {
            first: *told.values().next().unwrap(),
            template,
            scans,
            objects,
            original,
        }
    }

    /// The archive's folder on another host: configuration and secrets, no catalog.
    pub fn host(&self) -> TempDir {
        let host = TempDir::new().unwrap();
        let from = self.template.path().join("archive");
        std::fs::copy(
            from.join("vouchsafe.toml"),
            host.path().join("vouchsafe.toml"),
        )
        .unwrap();
        let secrets = host.path().join("secrets");
        std::fs::create_dir(&secrets).unwrap();
        for entry in std::fs::read_dir(from.join("secrets")).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), secrets.join(entry.file_name())).unwrap();
        }
        host
    }

    /// A host with a store of its own, which can be made to fail.
    pub async fn run(&self) -> Run {
        Run::over(self.host(), memory(&self.objects).await)
    }
}

fn write(folder: &Path, files: &[(&str, &[u8])]) {
    std::fs::create_dir(folder).unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
}

/// A store in memory that holds these objects.
pub async fn memory(objects: &Objects) -> Arc<InMemory> {
    let memory = Arc::new(InMemory::new());
    for (path, bytes) in objects {
        let path = ObjectPath::parse(path).unwrap();
        memory.put(&path, bytes.clone().into()).await.unwrap();
    }
    memory
}

/// One host on one store.
pub struct Run {
    pub host: TempDir,
    pub faulty: FaultyStore,
}

impl Run {
    pub fn over(host: TempDir, memory: Arc<InMemory>) -> Self {
        Self {
            host,
            faulty: FaultyStore::new(memory),
        }
    }

    pub fn store(&self) -> Store {
        Store::over(Arc::new(self.faulty.clone()), "the store")
    }

    pub async fn open(&self) -> Result<(Archive, OpenReport), ArchiveError> {
        let stores = Stores {
            keys: self.store(),
            blobs: self.store(),
        };
        Archive::open_over(Folder::new(self.host.path()), stores, environment()).await
    }

    /// Everything that an archive is used for, until something fails.
    pub async fn day(&self, world: &World, told: &mut Told) -> Result<(), ArchiveError> {
        let (archive, _) = self.open().await?;
        let done = work(&archive, self.host.path(), world, told).await;
        archive.end().await;
        done
    }

    /// What the independent checker says, with every byte read.
    pub async fn check(&self, archive: &Archive) -> Report {
        let head = archive.catalog().head().unwrap().unwrap();
        let options = check::Options {
            catalog: Some(CatalogHead {
                commit: head.commit,
                commit_sha256: head.commit_sha256,
                size: head.size,
            }),
            ..check::Options::default()
        };
        let store = self.store();
        check::check(&store, &store, &options, |_| {})
            .await
            .unwrap()
    }
}

pub async fn work(
    archive: &Archive,
    out: &Path,
    world: &World,
    told: &mut Told,
) -> Result<(), ArchiveError> {
    take_in(archive, &world.scans, told).await?;
    archive
        .search(
            "客户",
            &RecordFilter::default(),
            10,
            (&actor(), &via()),
            |_| {},
        )
        .await?;
    let wanted = Wanted {
        rendition: Rendition::Original,
        out: out.join("opened"),
    };
    archive
        .open_record(world.first, wanted, &actor(), &via())
        .await?;
    // It was asked for, and it came whole.
    let opened = std::fs::read(out.join("opened")).unwrap();
    assert_eq!(opened, world.original);
    std::fs::remove_file(out.join("opened")).unwrap();
    Ok(())
}

/// Takes in what lies in a folder; `told` gets what was acknowledged.
pub async fn take_in(archive: &Archive, scans: &Path, told: &mut Told) -> Result<(), ArchiveError> {
    let intake = archive.intake(None, ReadOptions::default()).await?;
    let (_tell, stop) = tokio::sync::watch::channel(false);
    intake
        .run(batch_of(scans), stop, |report| note(&report, told))
        .await?;
    Ok(())
}

/// The batch of what lies in a folder.
pub fn batch_of(scans: &Path) -> BatchRequest {
    BatchRequest {
        branch: "0012".parse().unwrap(),
        actor: actor(),
        via: via(),
        facts: Facts {
            client: Some("8800012345".parse().unwrap()),
            ..Facts::default()
        },
        records: archive::plan(&[scans.to_owned()]).unwrap(),
    }
}

/// Notes what was acknowledged.
pub fn note(report: &RecordReport, told: &mut Told) {
    if let Outcome::Filed(taken, _) | Outcome::Excepted(taken, _) = &report.outcome {
        for (_, digest) in &report.files {
            told.insert(digest.unwrap(), taken.record);
        }
    }
}

/// What was told is there, the checker finds nothing, and taking the same files in again
/// makes nothing twice.
pub async fn all_is_well(world: &World, run: &Run, told: &Told) -> Result<(), String> {
    let failed = |error: ArchiveError| format!("it failed: {error:?}");
    let (archive, _) = run.open().await.map_err(failed)?;
    let clean = async || {
        let report = run.check(&archive).await;
        report
            .findings
            .is_empty()
            .then_some(())
            .ok_or_else(|| format!("{report:#?}"))
    };
    clean().await?;
    let there = held(&archive);
    for (digest, record) in told {
        if !there.contains(&(*digest, *record)) {
            return Err(format!("lost {digest}"));
        }
    }
    take_in(&archive, &world.scans, &mut Told::new())
        .await
        .map_err(failed)?;
    let mut digests = std::collections::BTreeSet::new();
    for (digest, _) in held(&archive) {
        if !digests.insert(digest) {
            return Err(format!("{digest} was taken in twice"));
        }
    }
    clean().await?;
    archive.end().await;
    Ok(())
}

/// The record that holds each original, as the catalog has it.
pub fn held(archive: &Archive) -> Vec<(Digest, RecordId)> {
    let page = archive.list(&RecordFilter::default(), None, 1_000).unwrap();
    page.rows
        .iter()
        .flat_map(|row| {
            let record = row.body.facts.record;
            row.body.originals.iter().map(move |o| (o.sha256, record))
        })
        .collect()
}
