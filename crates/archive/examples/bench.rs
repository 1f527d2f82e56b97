//! Figures of intake and of queries, in one run, in a folder of your choice.
//!
//! `bench FOLDER intake [FILES]`: files of 120 KB sealed, stored and recorded without reading
//! them, every write synced; and the same files written plain through the same store, 16 at a
//! time. The ratio is what to look at: both depend on the disk alike.
//!
//! `bench FOLDER query [RECORDS]`: list, show and audit in an archive of so many records.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    clippy::disallowed_methods,
    reason = "a measurement stops at the first surprise, reads the clock and makes its own files"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use archive::{
    Archive, AuditFilter, BatchRequest, Environment, Facts, Folder, NewArchive, RecordFilter,
};
use catalog::{Catalog, Settings};
use domain::{
    Actor, BatchId, Clock, Digest, Epoch, MediaType, RecordId, RequestId, SealedName, SealedObject,
    Timestamp, Via,
};
use entries::{
    BUILT_IN_RULES, Body, Draft, Fonds, Identification, Known, Original, RecordBody, RecordFacts,
};
use futures::StreamExt as _;
use journal::{Journal, Options};
use ledger::log::{Identity, Signers};
use reading::ReadOptions;
use store::{Store, StoreOptions};

struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        Timestamp::from_unix_ms(i64::try_from(since.as_millis()).unwrap())
    }
}

fn actor() -> Actor {
    Actor {
        person: None,
        account: "bench".parse().unwrap(),
        roles: Vec::new(),
        branch: None,
    }
}

fn via() -> Via {
    Via::Local {
        system_user: "bench".to_owned(),
    }
}

fn environment() -> Environment {
    Environment {
        clock: Arc::new(Now),
        store_options: StoreOptions::default(),
    }
}

async fn create(folder: &Path) -> Folder {
    let folder = Folder::new(folder.join("archive"));
    Archive::create(NewArchive {
        folder: folder.clone(),
        name: "bench".to_owned(),
        store_url: "store".to_owned(),
        store_options: StoreOptions::default(),
        probe_rounds: archive::PROBE_ROUNDS,
        clock: Arc::new(Now),
        actor: actor(),
        via: via(),
    })
    .await
    .unwrap();
    folder
}

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().collect();
    let [_, folder, what, rest @ ..] = args.as_slice() else {
        eprintln!("usage: bench FOLDER intake [FILES] | query [RECORDS]");
        std::process::exit(2);
    };
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder).unwrap();
    let number = |default| rest.first().map_or(default, |n| n.parse().unwrap());
    match what.as_str() {
        "intake" => intake(&folder, number(1_000)).await,
        _ => query(&folder, number(100_000)).await,
    }
}

/// Bytes that do not compress and differ from file to file.
fn content(n: usize) -> Vec<u8> {
    let mut state = n as u64 + 0x9e37_79b9_7f4a_7c15;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..15_000).flat_map(|_| next().to_le_bytes()).collect()
}

/// How often both are timed, in turn: what else the machine and its disk do then falls on both.
const ROUNDS: usize = 7;

async fn intake(folder: &Path, files: usize) {
    println!("intake: {files} files of 120,000 bytes, every write synced; {ROUNDS} rounds in turn");
    let (mut plains, mut sealeds, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let folder = folder.join(round.to_string());
        let scans = folder.join("scans");
        std::fs::create_dir_all(&scans).unwrap();
        let names: Vec<PathBuf> = (0..files)
            .map(|n| scans.join(format!("{n:06}.bin")))
            .collect();
        for (n, name) in names.iter().enumerate() {
            std::fs::write(name, content(n)).unwrap();
        }
        let plain = rate(files, plain(&folder, names).await);
        let sealed = rate(files, sealed(&folder, scans, files).await);
        std::fs::remove_dir_all(&folder).unwrap();
        println!(
            "  round {round}: plain {plain:>7.1} files/s, sealed and recorded {sealed:>7.1} records/s, ratio {:.2}",
            sealed / plain
        );
        plains.push(plain);
        sealeds.push(sealed);
        ratios.push(sealed / plain);
    }
    println!("  plain, 16 at a time   {:>8.1} files/s", median(plains));
    println!("  sealed and recorded   {:>8.1} records/s", median(sealeds));
    println!(
        "  ratio, the median     {:>8.2}   (aim 0.3)",
        median(ratios)
    );
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}

async fn sealed(folder: &Path, scans: PathBuf, files: usize) -> Duration {
    let (archive, _) = Archive::open(create(folder).await, environment())
        .await
        .unwrap();
    let intake = archive.intake(None, ReadOptions::default()).await.unwrap();
    let (_tell, stop) = tokio::sync::watch::channel(false);
    let started = Instant::now();
    let request = BatchRequest {
        branch: "0012".parse().unwrap(),
        actor: actor(),
        via: via(),
        facts: Facts {
            client: Some("8800012345".parse().unwrap()),
            ..Facts::default()
        },
        records: archive::plan(&[scans]).unwrap(),
    };
    let summary = intake.run(request, stop, |_| {}).await.unwrap();
    let took = started.elapsed();
    assert_eq!(summary.filed, files as u64);
    drop(intake);
    archive.end().await;
    took
}

async fn plain(folder: &Path, names: Vec<PathBuf>) -> Duration {
    let store = Store::local(&folder.join("plain")).unwrap();
    let started = Instant::now();
    futures::stream::iter(names.into_iter().enumerate())
        .for_each_concurrent(16, |(n, name)| {
            let store = store.clone();
            async move {
                let body = tokio::fs::read(name).await.unwrap();
                let path = format!("blobs/{:02x}/{n:06}", n % 256);
                store.create(&path, body.into()).await.unwrap();
            }
        })
        .await;
    started.elapsed()
}

fn rate(n: usize, took: Duration) -> f64 {
    n as f64 / took.as_secs_f64()
}

async fn query(folder: &Path, records: usize) {
    let folder = create(folder).await;
    let started = Instant::now();
    fill(&folder, records).await;
    println!(
        "query: an archive of {records} records, entered at {:.0}/s",
        rate(records, started.elapsed())
    );
    let (archive, _) = Archive::open(folder.clone(), environment()).await.unwrap();
    let filter = |client: usize| RecordFilter {
        client: Some(format!("88{client:08}").parse().unwrap()),
        ..RecordFilter::default()
    };
    let rounds = 2_000;
    measure("list by client", rounds, |n| {
        archive
            .list(&filter(n * 7919 % (records / 3).max(1)), None, 50)
            .unwrap();
    });
    let branch = |n: usize| RecordFilter {
        branch: Some(format!("{:04}", n % 20).parse().unwrap()),
        class: Some(format!("class-{}", n % 8).parse().unwrap()),
        business_from: Some(day(n % 200).parse().unwrap()),
        business_to: Some(day(n % 200 + 30).parse().unwrap()),
        ..RecordFilter::default()
    };
    measure("list by branch, class, 30 days", rounds, |n| {
        archive.list(&branch(n), None, 50).unwrap();
    });
    measure("list newest", rounds, |_| {
        archive.list(&RecordFilter::default(), None, 50).unwrap();
    });
    measure("show", rounds, |n| {
        archive.show(record(n * 7919 % records)).unwrap();
    });
    measure("audit by event", rounds, |_| {
        let event = Some("record.filed".to_owned());
        archive
            .audit(
                &AuditFilter {
                    event,
                    ..AuditFilter::default()
                },
                None,
                50,
            )
            .unwrap();
    });
    measure("audit by record", rounds, |n| {
        let record = Some(record(n * 7919 % records));
        archive
            .audit(
                &AuditFilter {
                    record,
                    ..AuditFilter::default()
                },
                None,
                50,
            )
            .unwrap();
    });
}

fn measure(what: &str, rounds: usize, mut act: impl FnMut(usize)) {
    let mut took: Vec<Duration> = (0..rounds)
        .map(|n| {
            let started = Instant::now();
            act(n);
            started.elapsed()
        })
        .collect();
    took.sort();
    let at = |share: f64| took[((rounds - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    println!(
        "  {what:32} p50 {:>7.3} ms   p99 {:>7.3} ms   (aim 5)",
        at(0.5),
        at(0.99)
    );
}

fn record(n: usize) -> RecordId {
    RecordId::from_parts(1_795_000_000_000, n as u128)
}

fn day(n: usize) -> String {
    let first: jiff::civil::Date = "2026-01-01".parse().unwrap();
    first
        .checked_add(jiff::Span::new().days(n as i64))
        .unwrap()
        .to_string()
}

/// Enters records as intake would, without their objects.
async fn fill(folder: &Folder, records: usize) {
    let store = Store::open("store", folder.path(), &StoreOptions::default()).unwrap();
    let bytes = store.read("fonds.json", 1 << 20).await.unwrap().unwrap();
    let fonds = Fonds::from_bytes(&bytes).unwrap();
    let key = |name: &str| std::fs::read_to_string(folder.secrets_path().join(name)).unwrap();
    let opened = Journal::open(Options {
        store,
        identity: Identity {
            fonds: fonds.fonds,
            fonds_sha256: Digest::of(&bytes),
            log_key: fonds.log.parse().unwrap(),
            writers: vec![fonds.writers[0].parse().unwrap()],
        },
        signers: Some(Signers {
            writer: key("writer.key").trim().parse().unwrap(),
            log: key("log.key").trim().parse().unwrap(),
        }),
        catalog: Arc::new(Catalog::open(&folder.catalog_path(), &Settings::default()).unwrap()),
        clock: Arc::new(Now),
        clock_ahead_days_max: 31,
    })
    .await
    .unwrap();
    let journal = opened.journal;
    futures::stream::iter(0..records)
        .for_each_concurrent(512, |n| {
            let journal = journal.clone();
            async move {
                let draft = Draft {
                    id: RequestId::from_bits(n as u128 + 1),
                    actor: actor(),
                    via: via(),
                    body: Body::RecordFiled(body(n, records)),
                    rules: BUILT_IN_RULES.to_owned(),
                };
                journal
                    .enter(draft.id, move |_| Ok(draft.clone()))
                    .await
                    .unwrap();
            }
        })
        .await;
    let catalog = journal.catalog().clone();
    drop(journal);
    while Arc::strong_count(&catalog) > 1 {
        tokio::task::yield_now().await;
    }
}

fn body(n: usize, records: usize) -> RecordBody {
    let sealed = |name: SealedName| SealedObject {
        header_sha256: Digest::of(name.to_string().as_bytes()),
        payload_sha256: Digest::of(&n.to_be_bytes()),
        payload_size_bytes: 123_456,
        epoch: Epoch(0),
        name,
    };
    RecordBody {
        facts: RecordFacts {
            record: record(n),
            batch: BatchId::from_bits((n / 500) as u128),
            client: Known::Is(
                format!("88{:08}", n % (records / 3).max(1))
                    .parse()
                    .unwrap(),
            ),
            class: Known::Is(format!("class-{}", n % 8).parse().unwrap()),
            flow: Known::Is(format!("LS20260101{n:06}").parse().unwrap()),
            business_date: Known::Is(day(n * 250 / records).parse().unwrap()),
            branch: format!("{:04}", n % 20).parse().unwrap(),
            pages: Known::Is(1),
            document_name: Known::Unknown,
            account: Known::Unknown,
            medium: Known::Unknown,
            carrier: Known::Unknown,
            rendition_of: Known::Unknown,
            origin_system: Known::Unknown,
            origin_id: Known::Unknown,
            responsible_branch: Known::Unknown,
            responsible_person: Known::Unknown,
            sensitivity: Known::Unknown,
            identified_by: Identification::default(),
            exception: None,
        },
        originals: vec![Original {
            media_type: MediaType::Jpeg,
            sha256: Digest::of(&n.to_le_bytes()),
            size_bytes: 120_000,
        }],
        repeats: Vec::new(),
        tagmanifest_sha256: Digest::of(b"tagmanifest"),
        bag: sealed(SealedName::bag(record(n), 1)).into(),
        derived: Some(sealed(SealedName::derived(record(n), 1)).into()),
        reading: None,
    }
}
