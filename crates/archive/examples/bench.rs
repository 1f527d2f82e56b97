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
    clippy::disallowed_methods,
    reason = "a measurement stops at the first surprise, reads the clock and makes its own files"
)]

#[path = "common/opening.rs"]
mod opening;
#[path = "common/questions.rs"]
mod questions;
#[path = "common/records.rs"]
mod records;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use archive::{Archive, BatchRequest, Environment, Facts, Folder};
use domain::Via;
use futures::StreamExt as _;
use opening::{Now, actor, create};
use reading::ReadOptions;
use records::Pace;
use store::{Store, StoreOptions};

/// How often each question is asked.
const QUESTIONS: u64 = 2_000;

async fn open(folder: &Path) -> Archive {
    let environment = Environment {
        clock: Arc::new(Now),
        store_options: StoreOptions::default(),
    };
    Archive::open(Folder::new(folder), environment)
        .await
        .unwrap()
        .0
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
        _ => query(&folder, number(100_000) as u64).await,
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
    let folder = folder.join("archive");
    create(&folder, "store", StoreOptions::default(), Arc::new(Now)).await;
    let archive = open(&folder).await;
    let intake = archive.intake(None, ReadOptions::default()).await.unwrap();
    let (_tell, stop) = tokio::sync::watch::channel(false);
    let started = Instant::now();
    let request = BatchRequest {
        branch: "0012".parse().unwrap(),
        actor: actor("bench"),
        via: Via::Local {
            system_user: "bench".to_owned(),
        },
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

async fn query(folder: &Path, records: u64) {
    let folder = folder.join("archive");
    let clock = Arc::new(Pace::at(0));
    create(&folder, "store", StoreOptions::default(), clock).await;
    let started = Instant::now();
    records::fill(&folder, 0..records).await;
    println!(
        "query: an archive of {records} records, entered at {:.0}/s",
        records as f64 / started.elapsed().as_secs_f64()
    );
    let archive = open(&folder).await;
    for answered in questions::ask(&archive, records, QUESTIONS) {
        println!(
            "  {:38} p50 {:>7.3} ms   computed p99 {:>7.3} ms   p99 {:>7.3} ms   (aim {})",
            answered.question,
            answered.p50_ms,
            answered.p99_computed_ms,
            answered.p99_ms,
            questions::AIM_MS
        );
    }
}
