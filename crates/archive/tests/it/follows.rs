//! A catalog that fails while its process goes on: what it forgot is not taken for what there
//! is not, and what this process knew of the ledger is not forgotten with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use catalog::Catalog;
use catalog::kv::{Batch, Direction, Kv, KvError, MemoryKv, Visit};
use domain::{BatchId, Digest, Epoch, RequestId, Via, commit_path};
use entries::{BUILT_IN_RULES, BatchInterrupted, Body, Draft, Fonds};
use ingest::{Intake, IntakeSetup, RequestKey};
use journal::{Entered, Journal, JournalError, Options};
use ledger::log::{Appended, Identity, Ledger, Signers};
use object_store::ObjectStoreExt as _;
use object_store::memory::InMemory;
use object_store::path::Path;
use reading::ReadOptions;
use reading::fields::template::Templates;
use testkit::faulty::{Breakage, Operation};
use vault::{Recipients, Vault};

use crate::world::{Run, Told, World, actor, all_is_well, environment, memory, take_in};

/// How its engine fails: it was never flushed, so the next one has nothing.
#[derive(Clone, Default)]
struct Trouble {
    /// The next batch does not go in.
    batch: Arc<AtomicBool>,
    /// It has given up, as a failed read makes it.
    given_up: Arc<AtomicBool>,
}

impl Trouble {
    fn catalog(&self) -> Arc<Catalog> {
        let trouble = self.clone();
        let open = move || -> Result<Box<dyn Kv>, KvError> {
            trouble.batch.store(false, SeqCst);
            trouble.given_up.store(false, SeqCst);
            Ok(Box::new(Engine {
                kv: MemoryKv::default(),
                trouble: trouble.clone(),
            }))
        };
        Arc::new(Catalog::over(open).unwrap())
    }
}

struct Engine {
    kv: MemoryKv,
    trouble: Trouble,
}

impl Kv for Engine {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, KvError> {
        self.kv.get(key)
    }

    fn scan(&self, from: &[u8], to: &[u8], way: Direction, see: Visit<'_>) -> Result<(), KvError> {
        self.kv.scan(from, to, way, see)
    }

    fn apply(&self, batch: Batch) -> Result<(), KvError> {
        if self.trouble.batch.swap(false, SeqCst) {
            return Err(KvError::Io {
                doing: "writing a batch",
                path: "engine".into(),
                source: std::io::ErrorKind::StorageFull.into(),
            });
        }
        self.kv.apply(batch)
    }

    fn flush(&self) -> Result<(), KvError> {
        self.kv.flush()
    }

    fn failure(&self) -> Option<String> {
        let given_up = self.trouble.given_up.load(SeqCst);
        given_up.then(|| "a read failed".to_owned())
    }
}

struct Keys {
    fonds: Fonds,
    identity: Identity,
    signers: Signers,
}

fn keys(world: &World, run: &Run) -> Keys {
    let bytes = world.objects.get("fonds.json").unwrap();
    let fonds = Fonds::from_bytes(bytes).unwrap();
    let key = |name: &str| {
        let path = run.host.path().join("secrets").join(name);
        std::fs::read_to_string(path)
            .unwrap()
            .trim()
            .parse()
            .unwrap()
    };
    Keys {
        identity: Identity {
            fonds: fonds.fonds,
            fonds_sha256: Digest::of(bytes),
            log_key: fonds.log.parse().unwrap(),
            writers: fonds
                .writers
                .iter()
                .map(|key| key.parse().unwrap())
                .collect(),
        },
        fonds,
        signers: Signers {
            writer: key("writer.key"),
            log: key("log.key"),
        },
    }
}

/// The journal of a host, over this catalog.
async fn journal(run: &Run, keys: &Keys, catalog: Arc<Catalog>) -> Journal {
    let opened = Journal::open(Options {
        store: run.store(),
        identity: keys.identity.clone(),
        signers: Some(keys.signers.clone()),
        catalog,
        clock: environment().clock,
        clock_ahead_days_max: 1_000,
    });
    opened.await.unwrap().journal
}

fn intake(run: &Run, keys: &Keys, journal: Journal) -> Intake {
    let fonds = &keys.fonds;
    let recipients = Recipients {
        archive: fonds.recipients.archive.clone(),
        recovery: fonds.recipients.recovery.clone(),
        search: fonds.recipients.search.clone(),
        intake: fonds.intake.clone(),
    };
    Intake::new(IntakeSetup {
        journal,
        vault: Vault::new(run.store(), run.store(), Epoch(0), &recipients).unwrap(),
        pool: None,
        read_options: ReadOptions::default(),
        templates: Templates::embedded().unwrap(),
        request_key: RequestKey::derive(b""),
        fonds: fonds.fonds,
        fonds_name: fonds.name.clone(),
        writer: keys.signers.writer.verifier().id(),
        clock: environment().clock,
        tasks: None,
    })
}

/// Any entry.
async fn enter(journal: &Journal, n: u128) -> Result<Entered, JournalError> {
    let id = RequestId::from_bits(n);
    let draft = Draft {
        id,
        actor: actor(),
        via: Via::System,
        body: Body::BatchInterrupted(BatchInterrupted {
            batch: BatchId::from_bits(n),
            branch: "0012".parse().unwrap(),
        }),
        rules: BUILT_IN_RULES.to_owned(),
    };
    journal.enter(id, move |_| Ok(draft.clone())).await
}

/// An archive with a batch taken in, and the number of its newest commit, which closes it.
async fn taken(world: &World) -> (Arc<InMemory>, Told, u64) {
    let store = memory(&world.objects).await;
    let run = Run::over(world.host(), store.clone());
    let mut told = Told::new();
    let (archive, _) = run.open().await.unwrap();
    take_in(&archive, &world.scans, &mut told).await.unwrap();
    let newest = archive.catalog().head().unwrap().unwrap().commit;
    archive.end().await;
    (store, told, newest)
}

/// Takes the newest commit away, and the checkpoint that speaks of it.
async fn shorten(store: &InMemory, newest: u64) {
    for path in [commit_path(newest), "log/checkpoint".to_owned()] {
        store.delete(&Path::parse(path).unwrap()).await.unwrap();
    }
}

async fn sealed(run: &Run) -> Vec<String> {
    let mut paths = Vec::new();
    for folder in ["keys", "blobs"] {
        let listed = run.store().list(folder).await.unwrap();
        paths.extend(listed.into_iter().map(|object| object.path));
    }
    paths.sort();
    paths
}

/// A batch that a crash left open, with records filed. While it is recovered the catalog fails
/// and is opened again, having forgotten all; and it cannot follow the ledger.
#[tokio::test(start_paused = true)]
async fn recovery_with_a_catalog_that_forgot_removes_nothing() {
    let world = World::new().await;
    for contradicted in [false, true] {
        let (store, told, newest) = taken(&world).await;
        shorten(&store, newest).await;
        let run = Run::over(world.host(), store.clone());
        let keys = keys(&world, &run);
        let trouble = Trouble::default();
        let journal = journal(&run, &keys, trouble.catalog()).await;
        let intake = intake(&run, &keys, journal.clone());
        let before = sealed(&run).await;
        assert!(!told.is_empty() && !before.is_empty());

        trouble.batch.store(true, SeqCst);
        let gap = Path::parse(commit_path(1)).unwrap();
        let taken_away = store.get(&gap).await.unwrap().bytes().await.unwrap();
        if contradicted {
            store.delete(&gap).await.unwrap();
        } else {
            let listing = Breakage::of(Operation::List).under("ledger");
            run.faulty.add(listing.for_good());
        }
        let recovered = intake.recover(&actor()).await;
        assert!(recovered.is_err(), "{recovered:?}");
        run.faulty.heal();
        assert_eq!(sealed(&run).await, before);
        assert!(journal.catalog().is_stopped());
        assert!(journal.catalog().head().is_err());

        store.put(&gap, taken_away.into()).await.unwrap();
        drop((intake, journal));
        let fresh = Run::over(world.host(), store);
        all_is_well(&world, &fresh, &told).await.unwrap();
    }
}

/// Whoever only reads sends no command that would wake the committer.
#[tokio::test(start_paused = true)]
async fn a_catalog_that_a_failed_read_stopped_comes_back_by_itself() {
    let world = World::new().await;
    let run = world.run().await;
    let trouble = Trouble::default();
    let catalog = trouble.catalog();
    let journal = journal(&run, &keys(&world, &run), catalog.clone()).await;
    let head = catalog.head().unwrap();
    // By then it waits for a command.
    tokio::time::sleep(Duration::from_millis(10)).await;
    trouble.given_up.store(true, SeqCst);
    assert!(catalog.head().is_err());
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(catalog.head().unwrap(), head);
    enter(&journal, 1).await.unwrap();
}

/// The newest commit goes with its checkpoint while the catalog is down: what is left is whole
/// in itself, and not what this process knew. So it is with another commit in its place.
#[tokio::test(start_paused = true)]
async fn a_ledger_that_lost_what_this_process_knew_is_not_written_to() {
    let world = World::new().await;
    for (replaced, expected) in [(false, "the ledger was read up to"), (true, "was read as")] {
        let (store, _, newest) = taken(&world).await;
        let run = Run::over(world.host(), store.clone());
        let trouble = Trouble::default();
        let journal = journal(&run, &keys(&world, &run), trouble.catalog()).await;
        // That it came back once does not make it forget.
        trouble.given_up.store(true, SeqCst);
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(!journal.catalog().is_stopped());
        shorten(&store, newest).await;
        if replaced {
            // Another host with the same keys ends the batch that is open again.
            let other = Run::over(world.host(), store.clone());
            let (archive, report) = other.open().await.unwrap();
            assert_eq!(report.recovered.len(), 1);
            archive.end().await;
        }
        trouble.given_up.store(true, SeqCst);
        for n in 1..3 {
            let refused = enter(&journal, n).await.unwrap_err();
            assert!(
                matches!(&refused, JournalError::Stopped { findings } if findings.contains(expected)),
                "{refused:?}"
            );
        }
        assert!(journal.catalog().head().is_err());
    }
}

/// Another writer's commit holds what cannot be indexed here. Nothing is decided without it.
#[tokio::test(start_paused = true)]
async fn nothing_is_decided_past_a_commit_that_cannot_be_indexed() {
    let world = World::new().await;
    let run = world.run().await;
    let keys = keys(&world, &run);
    let journal = journal(&run, &keys, Trouble::default().catalog()).await;
    enter(&journal, 1).await.unwrap();
    let mut other = Ledger::new(run.store(), keys.identity.clone(), None);
    while other.next().await.unwrap().is_some() {}
    other.survey(None).await.unwrap();
    let line = r#"{"surprise":1}"#.to_owned();
    let appended = other.append(&[line], &keys.signers).await.unwrap();
    assert!(matches!(appended, Appended::Won(_)));
    let newest = other.head().unwrap().commit();
    for n in 2..5 {
        let refused = enter(&journal, n).await.unwrap_err();
        assert!(matches!(refused, JournalError::Entry(_)), "{refused:?}");
    }
    assert_eq!(other.furthest().await.unwrap(), Some(newest));
}
