//! The worker is locked in: what it must not do ends it, and the pool goes on.

use bytes::Bytes;
use reading::ocr::tesseract::TesseractSetup;
use reading::worker::{ConfinementPolicy, Pool, PoolConfig, PoolError, WorkerCommand};
use reading::{Limits, ReadOptions, Unreadable};

use super::make;
use super::{pool_with, read, without_text};

async fn probe(pool: &Pool, act: &str) -> Unreadable {
    let bytes = format!("%PDF-probe:{act}\n%%EOF\n");
    read(pool, bytes.as_bytes()).await.unwrap_err().why
}

#[tokio::test]
async fn forbidden_acts_end_the_worker_and_not_the_pool() {
    let pool = pool_with(Limits::default(), &["--probes"]).await;
    assert!(pool.confinement().seccomp, "this kernel has no seccomp");
    for act in [
        "open", "create", "list", "connect", "listen", "unix", "spawn", "thread", "signal",
    ] {
        let why = probe(&pool, act).await;
        let Unreadable::WorkerDied { found } = &why else {
            panic!("{act} was not stopped: {why}");
        };
        assert_eq!(found, "stopped at a forbidden system call", "{act}");
        // A fresh worker reads on.
        let sound = make::png(&make::sheet(100, 100), None);
        assert!(read(&pool, &sound).await.is_ok(), "after {act}");
    }
    // Without a forbidden act it is just a damaged file.
    let harmless = probe(&pool, "nothing").await;
    assert_eq!(harmless.as_str(), "damaged");
}

#[tokio::test]
async fn four_gigabytes_are_not_to_be_had() {
    let pool = pool_with(Limits::default(), &["--probes"]).await;
    let why = probe(&pool, "memory").await;
    let Unreadable::WorkerDied { found } = &why else {
        panic!("not stopped: {why}");
    };
    assert!(found.contains("memory"), "{found}");
}

#[tokio::test]
async fn a_page_that_takes_for_ever_is_ended() {
    let short = Limits {
        page_seconds_max: 1,
        ..Limits::default()
    };
    let pool = pool_with(short, &["--probes"]).await;
    let why = probe(&pool, "loop").await;
    // Whichever of the two clocks strikes first: the parent's wall, the child's processor.
    let ended = matches!(&why, Unreadable::TimedOut { seconds_max: 1 })
        || matches!(&why, Unreadable::WorkerDied { found } if found.contains("processor"));
    assert!(ended, "{why}");
}

#[tokio::test]
async fn a_dropped_reading_ends_its_worker_and_frees_its_place() {
    let pool = pool_with(Limits::default(), &["--probes"]).await;
    let looping = Bytes::from_static(b"%PDF-probe:loop\n%%EOF\n");
    let options = ReadOptions::default();
    for _ in 0..3 {
        let reading = pool.read(looping.clone(), &options);
        let bound = std::time::Duration::from_millis(50);
        assert!(tokio::time::timeout(bound, reading).await.is_err());
    }
    let sound = make::png(&make::sheet(100, 100), None);
    assert!(read(&pool, &sound).await.is_ok());
}

#[tokio::test]
async fn many_files_share_the_workers() {
    let pool = pool_with(Limits::default(), &[]).await;
    let tasks: Vec<_> = (0..8u32)
        .map(|n| {
            let pool = pool.clone();
            let bytes = Bytes::from(make::png(&make::sheet(100 + n, 100), None));
            tokio::spawn(async move { pool.read(bytes, &without_text()).await })
        })
        .collect();
    for (n, task) in (0..8u32).zip(tasks) {
        let document = task.await.unwrap().unwrap();
        assert_eq!(document.pages[0].width_px, 100 + n);
    }
}

#[tokio::test]
async fn what_is_missing_is_told_at_the_start() {
    let config = |program: &str, languages: &str| PoolConfig {
        command: WorkerCommand {
            program: program.into(),
            args: Vec::new(),
        },
        workers: std::num::NonZeroUsize::MIN,
        limits: Limits::default(),
        policy: ConfinementPolicy::Required,
        engine: TesseractSetup {
            languages: languages.to_owned(),
            ..TesseractSetup::default()
        },
    };
    let no_program = Pool::start(config("/nowhere/worker", "eng")).await;
    assert!(matches!(no_program, Err(PoolError::Spawn { .. })));
    let silent = Pool::start(config("/bin/false", "eng")).await;
    assert!(matches!(silent, Err(PoolError::Silent { .. })));
    let worker = env!("CARGO_BIN_EXE_reading-worker");
    let Err(PoolError::Refused { why }) = Pool::start(config(worker, "klingon")).await else {
        panic!("a language that does not exist was loaded");
    };
    assert_eq!(why.as_str(), "no-worker");
    assert!(why.to_string().contains("klingon"), "{why}");
}
