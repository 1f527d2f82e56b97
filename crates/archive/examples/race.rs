//! Processes that write to one ledger at once, each with a catalog of its own.
//!
//! ```text
//! cargo run --release -p archive --example race -- STORE PROCESSES SECONDS
//! ```
//!
//! `STORE` is a folder or an S3 URL (settings from the usual variables). Afterwards the ledger
//! is read by a host that took no part: no gap, every acknowledged entry there once, the
//! checker finds nothing; and it prints how fairly the writers shared it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::disallowed_methods,
    reason = "a measurement stops at the first surprise, reads the clock and makes its own files"
)]

#[path = "common/opening.rs"]
mod opening;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use archive::{Archive, Environment, Folder};
use domain::{BatchId, RequestId, Via};
use entries::{BUILT_IN_RULES, BatchInterrupted, Body, Draft};
use opening::{Now, actor, create, journal};
use store::StoreOptions;

/// How many commands each process has waiting.
const WAITING: usize = 8;

fn store_options() -> StoreOptions {
    StoreOptions::from_variables(std::env::vars())
}

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().collect();
    match args[1..].iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["writer", folder, host, seconds] => {
            writer(Path::new(folder), host, seconds.parse().unwrap()).await;
        }
        [store, processes, seconds] => {
            race(store, processes.parse().unwrap(), seconds.parse().unwrap()).await;
        }
        _ => {
            eprintln!("usage: race STORE PROCESSES SECONDS");
            std::process::exit(2);
        }
    }
}

async fn race(store: &str, processes: usize, seconds: u64) {
    let base = tempfile::tempdir().unwrap();
    let store_url = if store.contains("://") {
        store.to_owned()
    } else {
        std::fs::canonicalize(store).unwrap().display().to_string()
    };
    let folder = Folder::new(base.path().join("archive"));
    create(folder.path(), &store_url, store_options(), Arc::new(Now)).await;
    let writers: Vec<_> = (0..processes)
        .map(|n| {
            Command::new(std::env::current_exe().unwrap())
                .arg("writer")
                .arg(folder.path())
                .arg(format!("host-{n}"))
                .arg(seconds.to_string())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut acknowledged: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut waits = Vec::new();
    for (n, writer) in writers.into_iter().enumerate() {
        let output = writer.wait_with_output().unwrap();
        assert!(output.status.success(), "host-{n} failed");
        let ids = acknowledged.entry(format!("host-{n}")).or_default();
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            let (id, ms) = line.split_once(' ').unwrap();
            assert!(ids.insert(id.to_owned()), "{id} acknowledged twice");
            waits.push(ms.parse::<f64>().unwrap());
        }
    }
    judge(&folder, &acknowledged, waits, seconds).await;
}

/// Reads the ledger as a host that took no part.
async fn judge(
    folder: &Folder,
    acknowledged: &BTreeMap<String, BTreeSet<String>>,
    mut waits: Vec<f64>,
    seconds: u64,
) {
    let environment = Environment {
        clock: Arc::new(Now),
        store_options: store_options(),
    };
    let (archive, _) = Archive::open(folder.clone(), environment).await.unwrap();
    let head = archive.catalog().head().unwrap().unwrap();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut runs: BTreeMap<String, u64> = BTreeMap::new();
    let mut last = None;
    for index in 1..head.size {
        let line = archive.catalog().entry(index).unwrap().unwrap();
        let entry = entries::Entry::parse(&line).unwrap();
        let host = entry.actor.account.to_string();
        assert!(
            found
                .entry(host.clone())
                .or_default()
                .insert(entry.id.to_string()),
            "entry {index} is there twice"
        );
        if last.as_ref() != Some(&(host.clone(), entry.at)) {
            *runs.entry(host.clone()).or_default() += 1;
        }
        last = Some((host, entry.at));
    }
    for (host, ids) in acknowledged {
        let there = found.get(host).cloned().unwrap_or_default();
        let missing: Vec<_> = ids.difference(&there).collect();
        assert!(missing.is_empty(), "acknowledged and lost: {missing:?}");
        assert_eq!(
            there.len(),
            ids.len(),
            "{host}: entered and not acknowledged"
        );
    }
    let stores = archive.stores();
    let options = check::Options::default();
    let report = check::check(&stores.keys, &stores.blobs, &options, |_| {})
        .await
        .unwrap();
    // Interruptions of batches that never were: entries that this race is made of.
    let surprising: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| finding.code.as_str() != "batch-contradicted")
        .collect();
    assert!(surprising.is_empty(), "{surprising:#?}");
    waits.sort_by(f64::total_cmp);
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize];
    println!(
        "{} processes, {seconds} s: {} entries in {} commits, none lost, none twice, no gap; {:.0} entries/s",
        acknowledged.len(),
        waits.len(),
        head.commit,
        waits.len() as f64 / seconds as f64
    );
    println!(
        "  waiting for an entry: p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
        at(0.5),
        at(0.99),
        at(1.0)
    );
    for (host, ids) in acknowledged {
        let turns = runs.get(host).copied().unwrap_or_default();
        println!("  {host}: {} entries, {turns} turns", ids.len());
    }
    let shares: Vec<f64> = acknowledged.values().map(|ids| ids.len() as f64).collect();
    let (sum, squares) = shares
        .iter()
        .fold((0.0, 0.0), |(sum, squares), x| (sum + x, squares + x * x));
    println!(
        "  fairness (Jain, 1 is equal): {:.3}",
        sum * sum / (shares.len() as f64 * squares)
    );
}

/// One process: enters as much as it can, and prints what was acknowledged.
async fn writer(archive: &Path, host: &str, seconds: u64) {
    let catalogs = tempfile::tempdir().unwrap();
    let catalog = catalogs.path().join("catalog");
    let journal = journal(archive, &catalog, &store_options(), Arc::new(Now)).await;
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut hands = Vec::new();
    for _ in 0..WAITING {
        let (journal, host) = (journal.clone(), host.to_owned());
        hands.push(tokio::spawn(async move {
            let mut done = Vec::new();
            while Instant::now() < until {
                let mut bits = [0u8; 16];
                getrandom::fill(&mut bits).unwrap();
                let id = RequestId::from_bits(u128::from_be_bytes(bits));
                let draft = Draft {
                    id,
                    actor: actor(&host),
                    via: Via::System,
                    body: Body::BatchInterrupted(BatchInterrupted {
                        batch: BatchId::from_bits(id.bits()),
                        branch: "0012".parse().unwrap(),
                    }),
                    rules: BUILT_IN_RULES.to_owned(),
                };
                let began = Instant::now();
                journal.enter(id, move |_| Ok(draft.clone())).await.unwrap();
                done.push((id, began.elapsed()));
            }
            done
        }));
    }
    for hand in hands {
        for (id, took) in hand.await.unwrap() {
            println!("{id} {:.3}", took.as_secs_f64() * 1000.0);
        }
    }
}
