//! The worker is locked in: what it must not do ends it, and the pool goes on.

use std::process::Stdio;

use bytes::Bytes;
use reading::ocr::EngineSetup;
use reading::ocr::tesseract::TesseractSetup;
use reading::worker::{ConfinementPolicy, Pool, PoolError};
use reading::{Limits, ReadFailure, ReadOptions, Unreadable};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use super::make;
use super::{WORKER, config, pool_with, read, without_text};

/// With these codes the worker's program ends after an act: it went through, it was refused.
const DONE: i32 = 70;
const REFUSED: i32 = 71;

/// A pool whose workers try what a file names. They load little, since most of them die.
async fn probing(limits: Limits) -> Pool {
    let english = TesseractSetup {
        languages: "eng".to_owned(),
        ..TesseractSetup::default()
    };
    let mut config = config(limits, &["--probes"]);
    config.engine = EngineSetup::Tesseract(english);
    Pool::start(config).await.unwrap()
}

async fn probe_with(pool: &Pool, act: &str, rest: &[u8]) -> ReadFailure {
    let bytes = [format!("%PDF-probe:{act}\n").as_bytes(), rest].concat();
    read(pool, &bytes).await.unwrap_err()
}

async fn reads_on(pool: &Pool) {
    let sound = make::png(&make::sheet(100, 100), None);
    read(pool, &sound).await.unwrap();
}

async fn probe(pool: &Pool, act: &str) -> String {
    let why = probe_with(pool, act, b"").await.why;
    let Unreadable::WorkerDied { found } = why else {
        panic!("{act} was not stopped: {why}");
    };
    found
}

/// Whether an act goes through where nothing confines it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outside {
    GoesThrough,
    /// That depends on the kernel, on rights, or on what runs beside it.
    Depends,
}
use Outside::{Depends, GoesThrough};

/// What the filter stops, whatever the arguments may be. The filter itself is held against all
/// numbers of system calls where it is made.
const FORBIDDEN: &[(&str, Outside)] = &[
    // Files, by every way to name one.
    ("open", GoesThrough),
    ("open-relative", Depends),
    ("open-environment", GoesThrough),
    ("open-parents-memory", Depends),
    ("open-path", GoesThrough),
    ("open-at-input", Depends),
    ("openat2", GoesThrough),
    #[cfg(target_arch = "x86_64")]
    ("open-old", GoesThrough),
    ("create", GoesThrough),
    ("list", GoesThrough),
    ("look", GoesThrough),
    ("read-link", GoesThrough),
    ("duplicate", GoesThrough),
    ("control-terminal", Depends),
    ("pipe", GoesThrough),
    // Memory that could be run, that is a file, or that is another's.
    ("memory-file", GoesThrough),
    ("map-executable", GoesThrough),
    ("make-executable", GoesThrough),
    ("make-executable-by-key", Depends),
    ("shared-memory", Depends),
    ("read-parents-memory", Depends),
    ("write-parents-memory", Depends),
    ("fault-handler", Depends),
    // Processes: new ones, and what could be done to those there are.
    ("spawn", GoesThrough),
    ("fork", GoesThrough),
    ("clone3", GoesThrough),
    #[cfg(target_arch = "x86_64")]
    ("vfork", Depends),
    ("execute", Depends),
    ("execute-at", Depends),
    ("thread", GoesThrough),
    ("parent", GoesThrough),
    ("signal", Depends),
    ("signal-thread", Depends),
    ("abort-parent", Depends),
    ("trace-parent", Depends),
    ("parents-descriptor", Depends),
    ("priority", GoesThrough),
    // The network, and what is like it.
    ("connect", Depends),
    ("listen", GoesThrough),
    ("datagram", GoesThrough),
    ("socket-unix", GoesThrough),
    ("socket-netlink", GoesThrough),
    ("socket-vsock", Depends),
    ("socket-packet", Depends),
    ("socket-pair", GoesThrough),
    // The kernel's larger doors, and ways to loosen the confinement.
    ("io-uring", Depends),
    ("bpf", Depends),
    ("performance", Depends),
    ("mount", Depends),
    ("namespace", GoesThrough),
    ("other-namespace", Depends),
    ("root-folder", Depends),
    ("keys", Depends),
    ("personality", GoesThrough),
    ("user", GoesThrough),
    ("outlive-parent", GoesThrough),
    ("show-itself", GoesThrough),
    ("other-filter", Depends),
    ("timer", GoesThrough),
    ("sleep", GoesThrough),
    ("foreign-numbers", Depends),
    ("narrow-numbers", Depends),
    ("unbind-memory", Depends),
    ("unbind-files", Depends),
    ("bind-parent", Depends),
];

#[tokio::test]
async fn forbidden_acts_end_the_worker_and_not_the_pool() {
    let pool = probing(Limits::default()).await;
    assert!(pool.confinement().seccomp, "this kernel has no seccomp");
    for (act, _) in FORBIDDEN {
        let found = probe(&pool, act).await;
        assert_eq!(found, "stopped at a forbidden system call", "{act}");
    }
    reads_on(&pool).await;
    // Without a forbidden act it is just a damaged file.
    let harmless = probe_with(&pool, "nothing", b"%%EOF\n").await;
    assert_eq!(harmless.why.as_str(), "damaged");
}

/// Else the table above would show nothing.
#[test]
fn the_same_acts_go_through_where_nothing_confines_them() {
    for (act, outside) in FORBIDDEN {
        if *outside == GoesThrough {
            let status = std::process::Command::new(WORKER)
                .args(["--outside", act])
                .status()
                .unwrap();
            assert_eq!(status.code(), Some(DONE), "{act}: {status}");
        }
    }
}

#[tokio::test]
async fn nothing_of_the_parent_is_inherited() {
    // A descriptor that is not closed on exec, as a careless library leaves them.
    let held = std::fs::File::open("/").unwrap();
    rustix::io::fcntl_setfd(&held, rustix::io::FdFlags::empty()).unwrap();
    let pool = probing(Limits::default()).await;
    for act in ["descriptors", "environment"] {
        let found = probe(&pool, act).await;
        assert_eq!(found, format!("ended with exit code {REFUSED}"), "{act}");
    }
}

#[tokio::test]
async fn memory_is_bounded() {
    let pool = probing(Limits::default()).await;
    let refused = format!("ended with exit code {REFUSED}");
    assert_eq!(probe(&pool, "four-gibibytes").await, refused);
    // The usual way to take memory does not ask whether there is any.
    let found = probe(&pool, "allocate").await;
    assert!(found.contains("memory"), "{found}");
    let found = probe(&pool, "dig").await;
    assert!(found.contains("stack"), "{found}");
    reads_on(&pool).await;
    let tight = Limits {
        worker_memory_bytes_max: 1 << 30,
        ..Limits::default()
    };
    assert_eq!(probe(&probing(tight).await, "gibibyte").await, refused);
}

#[tokio::test]
async fn a_page_that_takes_for_ever_is_ended() {
    let short = Limits {
        page_seconds_max: 1,
        ..Limits::default()
    };
    let pool = probing(short).await;
    for act in ["spin", "spin-unbound", "wait"] {
        let why = probe_with(&pool, act, b"").await.why;
        // Whichever of the two clocks strikes first: the parent's wall, the child's processor.
        let ended = matches!(&why, Unreadable::TimedOut { seconds_max: 1 })
            || matches!(&why, Unreadable::WorkerDied { found } if found.contains("processor"));
        assert!(ended, "{act}: {why}");
    }
    reads_on(&pool).await;
}

/// A frame of the worker's protocol.
fn frame(message: &str, blobs: &[&[u8]]) -> Vec<u8> {
    let mut bytes = u32::try_from(message.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(u32::try_from(blobs.len()).unwrap().to_be_bytes());
    bytes.extend(
        blobs
            .iter()
            .flat_map(|blob| (blob.len() as u64).to_be_bytes()),
    );
    bytes.extend(message.as_bytes());
    bytes.extend(blobs.concat());
    bytes
}

#[tokio::test]
async fn a_worker_is_not_listened_to_without_end() {
    let bounded = Limits {
        answer_bytes_max: 4 << 20,
        page_seconds_max: 10,
        ..Limits::default()
    };
    let pool = probing(bounded).await;
    let opened = |pages: u32| {
        format!(r#"{{"say":"opened","media_type":"application/pdf","page_count":{pages}}}"#)
    };
    let sound = read(&pool, &make::png(&make::sheet(100, 100), None)).await;
    let mut page = serde_json::to_value(&sound.unwrap().pages[0]).unwrap();
    let mut pages = frame(&opened(500), &[]);
    for number in 1..=500 {
        page["number"] = number.into();
        let message = serde_json::json!({"say": "page", "page": page}).to_string();
        pages.extend(frame(&message, &[b"", b"", &[0; 10_000]]));
    }
    let pages_for_ever = [frame(&opened(1), &[]), frame("{}", &[&[0; 10_000]])].concat();
    let endless_blob = [&[0, 0, 0, 2, 0, 0, 0, 1], u64::MAX.to_be_bytes().as_slice()].concat();
    let too_much = "it answered more than it may";
    let not_asked = "it answered what was not asked";
    for (name, act, said, expected) in [
        ("five megabytes in pages", "say-once", pages, too_much),
        ("a blob without end", "say-for-ever", endless_blob, too_much),
        (
            "a message without end",
            "say-for-ever",
            vec![0xff; 1 << 20],
            "beyond its bounds",
        ),
        (
            "frames that mean nothing",
            "say-for-ever",
            pages_for_ever,
            "missing field",
        ),
        (
            "more pages than allowed",
            "say-once",
            frame(&opened(501), &[]),
            not_asked,
        ),
        (
            "a megabyte of messages",
            "say-once",
            frame(&" ".repeat(1 << 20), &[]),
            too_much,
        ),
        ("no pages", "say-once", frame(&opened(0), &[]), not_asked),
        (
            "done before it began",
            "say-once",
            frame(r#"{"say":"done"}"#, &[]),
            not_asked,
        ),
    ] {
        let why = probe_with(&pool, act, &said).await.why;
        let Unreadable::WorkerDied { found } = &why else {
            panic!("{name}: {why}");
        };
        assert!(found.contains(expected), "{name}: {found}");
    }
    reads_on(&pool).await;
}

#[tokio::test]
async fn a_worker_may_speak_of_the_file_and_not_of_itself() {
    let pool = probing(Limits::default()).await;
    let says = |why: &str| {
        frame(
            &format!(r#"{{"say":"failed","failure":{{"page":null,"why":{why}}}}}"#),
            &[],
        )
    };
    // These two would stop the batch of all other files.
    for own in [
        r#"{"code":"no-worker","found":"x"}"#,
        r#"{"code":"not-confined","found":"x"}"#,
        r#"{"code":"timed-out","seconds_max":1}"#,
        r#"{"code":"worker-died","found":"x"}"#,
    ] {
        let why = probe_with(&pool, "say-once", &says(own)).await.why;
        assert_eq!(why.as_str(), "worker-died", "{own}");
        assert!(why.to_string().contains("not asked"), "{own}: {why}");
    }
    // Pages that it is not at.
    let opened = r#"{"say":"opened","media_type":"application/pdf","page_count":3}"#;
    for (before, page) in [(Some(opened), 0), (Some(opened), 2), (None, 0), (None, 502)] {
        let failed =
            format!(r#"{{"say":"failed","failure":{{"page":{page},"why":{{"code":"empty"}}}}}}"#);
        let before = before.map_or_else(Vec::new, |opened| frame(opened, &[]));
        let said = [before, frame(&failed, &[])].concat();
        let why = probe_with(&pool, "say-once", &said).await.why;
        assert!(why.to_string().contains("not asked"), "{page}: {why}");
    }
    let long = format!(
        r#"{{"code":"damaged","found":"\u001b[2J{}"}}"#,
        "x".repeat(9_000)
    );
    let why = probe_with(&pool, "say-once", &says(&long)).await.why;
    let Unreadable::Damaged { found } = &why else {
        panic!("{why}");
    };
    assert!(found.len() <= 200 && !found.contains('\u{1b}'), "{found}");
}

#[tokio::test]
async fn no_file_pays_for_an_earlier_one() {
    let short = Limits {
        page_seconds_max: 3,
        ..Limits::default()
    };
    let pool = probing(short).await;
    // The worker answers as if all were well, and is deaf from then on.
    let said = frame(
        r#"{"say":"failed","failure":{"page":null,"why":{"code":"empty"}}}"#,
        &[],
    );
    let why = probe_with(&pool, "say-once", &said).await.why;
    assert_eq!(why, Unreadable::Empty);
    reads_on(&pool).await;
}

/// It opened the file, and hangs over its first page: another worker would too.
#[tokio::test]
async fn a_page_takes_its_time_once() {
    let seconds_max = 4;
    let short = Limits {
        page_seconds_max: seconds_max,
        ..Limits::default()
    };
    let pool = probing(short).await;
    reads_on(&pool).await;
    let opened = r#"{"say":"opened","media_type":"application/pdf","page_count":1}"#;
    let begun = std::time::Instant::now();
    let failure = probe_with(&pool, "say-once", &frame(opened, &[])).await;
    assert_eq!(failure.page, Some(1));
    assert_eq!(failure.why, Unreadable::TimedOut { seconds_max });
    let took = begun.elapsed().as_secs_f64();
    assert!(took < 2.0 * f64::from(seconds_max), "{took} s");
    reads_on(&pool).await;
}

#[tokio::test]
async fn a_worker_ends_with_its_parent() {
    // The parent is a shell. Both pipes of the worker outlive it, so it is not they that end it.
    let mut shell = Command::new("/bin/sh")
        .args(["-c", "exec 3<&0; \"$0\" <&3 & wait", WORKER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = shell.stdin.take().unwrap();
    let mut output = shell.stdout.take().unwrap();
    let setup = serde_json::json!({
        "say": "setup",
        "limits": Limits::default(),
        "policy": ConfinementPolicy::Required,
        "engine": EngineSetup::default(),
    });
    let setup = frame(&setup.to_string(), &[]);
    input.write_all(&setup).await.unwrap();
    // It is up, and waits for a file.
    output.read_u64().await.unwrap();
    shell.kill().await.unwrap();
    let mut rest = Vec::new();
    let ended = output.read_to_end(&mut rest);
    let bound = std::time::Duration::from_mins(1);
    tokio::time::timeout(bound, ended)
        .await
        .expect("the worker outlives its parent")
        .unwrap();
}

#[tokio::test]
async fn a_dropped_reading_ends_its_worker_and_frees_its_place() {
    let pool = probing(Limits::default()).await;
    let looping = Bytes::from_static(b"%PDF-probe:spin\n%%EOF\n");
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
    let config = |program: &str, languages: &str| {
        let mut config = config(Limits::default(), &[]);
        config.command.program = program.into();
        config.engine = EngineSetup::Tesseract(TesseractSetup {
            languages: languages.to_owned(),
            ..TesseractSetup::default()
        });
        config
    };
    let no_program = Pool::start(config("/nowhere/worker", "eng")).await;
    assert!(matches!(no_program, Err(PoolError::Spawn { .. })));
    let silent = Pool::start(config("/bin/false", "eng")).await;
    assert!(matches!(silent, Err(PoolError::Silent { .. })));
    let Err(PoolError::Refused { why }) = Pool::start(config(WORKER, "klingon")).await else {
        panic!("a language that does not exist was loaded");
    };
    assert_eq!(why.as_str(), "no-worker");
    assert!(why.to_string().contains("klingon"), "{why}");
}
