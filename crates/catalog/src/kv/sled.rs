//! sled 0.34.7 as an engine: one tree in one folder.
//!
//! What was learned about it, and what is done here for it:
//! - It panics on some damaged files, in `open` and later. Every call is caught; after a panic
//!   the handle answers [`KvError::Damaged`] to everything, and its memory is given up rather
//!   than dropped, as dropping runs the same code again. What was given up holds its files as
//!   long as the process lives, so only another process can open them.
//! - Dropping it waits for its flusher thread without end when that thread has died. The wait
//!   here has a bound.
//! - Its `flush` is `sync_file_range`, which does not make metadata durable. [`SledKv::flush`]
//!   adds an fsync of the data file. A power cut can still cost the database; never the ledger.
//! - Garbage is collected by the flusher thread only, so there has to be one. A burst of writes
//!   leaves up to some times the live bytes on disk; they are used again, not given back.
//! - It writes in the background. A disk without room is told by some later call, and from then
//!   on by every one, with room or without: it has to be opened again.
//! - Without memory for threads its pool waits without end, so they are tried before it is opened.
//! - Without memory it panics as well. Its files are whole then, so that is no damage.
//! - `Mode` changes nothing in this version: only its setter mentions it.

use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, mpsc};
use std::time::Duration;

use super::{Batch, Direction, Kv, KvError, Visit};
use crate::error::words;

/// How long closing may take before the handle is given up.
const CLOSING_SECONDS_MAX: u64 = 30;

/// sled in a folder.
#[derive(Debug)]
pub struct SledKv {
    folder: PathBuf,
    db: Option<sled::Db>,
    gave_up: AtomicBool,
    /// The first failure, in words.
    failed: OnceLock<String>,
}

/// How often opening is repeated while the file is locked, and the pause between.
const LOCK_ATTEMPTS: u32 = 200;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// With so many threads the engine's pool gets on.
const POOL_THREADS: usize = 8;

/// The engine's pool waits without end for threads that the system does not give. So the system
/// is asked first.
fn demand_threads(folder: &Path) -> Result<(), KvError> {
    let gate = Mutex::new(());
    let made = std::thread::scope(|scope| {
        // Each stays until there are all of them.
        let closed = gate.lock();
        let made = (0..POOL_THREADS).try_for_each(|_| {
            let thread = std::thread::Builder::new().name("catalog-try".to_owned());
            thread.spawn_scoped(scope, || drop(gate.lock())).map(drop)
        });
        drop(closed);
        made
    });
    made.map_err(|error| out_of_memory(&error, "opening", folder))
}

fn out_of_memory(found: &dyn std::fmt::Display, doing: &'static str, folder: &Path) -> KvError {
    let said = format!("too little memory, or too few processes are allowed ({found})");
    KvError::Io {
        doing,
        path: folder.to_path_buf(),
        source: io::Error::new(io::ErrorKind::OutOfMemory, said),
    }
}

/// The engine names a held lock only in words, and wraps the cause in them.
fn is_locked(error: &sled::Error) -> bool {
    matches!(error, sled::Error::Io(cause) if cause.to_string().contains("could not acquire lock"))
}

impl SledKv {
    /// Opens the database in this folder, making it where there is none.
    ///
    /// `cache_bytes` bounds sled's page cache; its real memory is some times that.
    /// `flush_every_ms` is how often its own thread writes out and fsyncs.
    pub fn open(folder: &Path, cache_bytes: u64, flush_every_ms: u64) -> Result<Self, KvError> {
        let config = sled::Config::new()
            .path(folder)
            .cache_capacity(cache_bytes)
            .flush_every_ms(Some(flush_every_ms));
        let doing = "opening";
        demand_threads(folder)?;
        let mut opened = catch_unwind(AssertUnwindSafe(|| config.open()));
        // A database that this process has just closed keeps its file lock until a thread of
        // the engine has ended. Other processes are kept out by the catalog's own lock.
        for _ in 0..LOCK_ATTEMPTS {
            if !matches!(&opened, Ok(Err(error)) if is_locked(error)) {
                break;
            }
            std::thread::sleep(LOCK_PAUSE);
            opened = catch_unwind(AssertUnwindSafe(|| config.open()));
        }
        match opened {
            Ok(Ok(db)) => Ok(Self {
                folder: folder.to_path_buf(),
                db: Some(db),
                gave_up: AtomicBool::new(false),
                failed: OnceLock::new(),
            }),
            // Nobody else can hold it: a handle of this process has, which was given up. Its
            // files need not be damaged; and a new database beside them would cost an engine's
            // memory and a copy on disk each time.
            Ok(Err(error)) if is_locked(&error) => Err(KvError::Io {
                doing,
                path: folder.to_path_buf(),
                source: io::Error::new(
                    io::ErrorKind::ResourceBusy,
                    "an engine that gave up earlier still holds its files: end this process and start it again",
                ),
            }),
            Ok(Err(error)) => Err(explain(error, doing, folder)),
            Err(panic) => Err(explain_panic(panic.as_ref(), doing, folder)),
        }
    }

    /// Runs one call, turning panics into errors and refusing after the first of them.
    fn guarded<T>(
        &self,
        doing: &'static str,
        call: impl FnOnce(&sled::Db) -> Result<T, sled::Error>,
    ) -> Result<T, KvError> {
        let gave_up = || KvError::Damaged {
            doing,
            found: "the engine gave up earlier".to_owned(),
        };
        if self.gave_up.load(Ordering::Acquire) {
            return Err(gave_up());
        }
        let db = self.db.as_ref().ok_or_else(gave_up)?;
        let done = match catch_unwind(AssertUnwindSafe(|| call(db))) {
            Ok(done) => done.map_err(|error| explain(error, doing, &self.folder)),
            Err(panic) => {
                self.gave_up.store(true, Ordering::Release);
                Err(explain_panic(panic.as_ref(), doing, &self.folder))
            }
        };
        if let Err(error) = &done {
            self.failed.get_or_init(|| words(error));
        }
        done
    }
}

impl Kv for SledKv {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, KvError> {
        self.guarded("reading a key", |db| {
            Ok(db.get(key)?.map(|value| value.to_vec()))
        })
    }

    fn scan(
        &self,
        from: &[u8],
        to: &[u8],
        direction: Direction,
        visit: Visit<'_>,
    ) -> Result<(), KvError> {
        if from >= to {
            return Ok(());
        }
        self.guarded("scanning keys", |db| {
            let mut range = db.range(from..to);
            loop {
                let step = match direction {
                    Direction::Forward => range.next(),
                    Direction::Reverse => range.next_back(),
                };
                let Some(pair) = step else {
                    return Ok(());
                };
                let (key, value) = pair?;
                if visit(&key, &value).is_break() {
                    return Ok(());
                }
            }
        })
    }

    fn apply(&self, batch: Batch) -> Result<(), KvError> {
        let mut writes = sled::Batch::default();
        for (key, write) in batch.into_writes() {
            match write {
                Some(value) => writes.insert(key, value),
                None => writes.remove(key),
            }
        }
        self.guarded("writing a batch", |db| db.apply_batch(writes))
    }

    fn flush(&self) -> Result<(), KvError> {
        self.guarded("flushing", |db| db.flush())?;
        let path = self.folder.join("db");
        let synced = File::open(&path).and_then(|file| file.sync_all());
        synced.map_err(|source| KvError::Io {
            doing: "syncing",
            path,
            source,
        })
    }

    fn failure(&self) -> Option<String> {
        self.failed.get().cloned()
    }
}

impl Drop for SledKv {
    fn drop(&mut self) {
        let Some(db) = self.db.take() else {
            return;
        };
        if self.gave_up.load(Ordering::Acquire) {
            std::mem::forget(db);
            return;
        }
        let (closed, wait) = mpsc::channel();
        let closing = std::thread::Builder::new().name("catalog-close".to_owned());
        let started = closing.spawn(move || {
            let done = catch_unwind(AssertUnwindSafe(|| drop(db)));
            let _ = closed.send(done.is_ok());
        });
        let ended = started.is_ok()
            && matches!(
                wait.recv_timeout(Duration::from_secs(CLOSING_SECONDS_MAX)),
                Ok(true)
            );
        if !ended {
            tracing::warn!(
                folder = %self.folder.display(),
                "the catalog's database did not close cleanly; what it lost is replayed"
            );
        }
    }
}

fn explain(error: sled::Error, doing: &'static str, folder: &Path) -> KvError {
    let damaged = |found: String| KvError::Damaged { doing, found };
    match error {
        sled::Error::Io(source) if looks_cut(source.kind()) => damaged(source.to_string()),
        sled::Error::Io(source) => KvError::Io {
            doing,
            path: folder.to_path_buf(),
            source,
        },
        other @ (sled::Error::CollectionNotFound(_)
        | sled::Error::Unsupported(_)
        | sled::Error::ReportableBug(_)
        | sled::Error::Corruption { .. }) => damaged(other.to_string()),
    }
}

/// What a cut or replaced file looks like from inside.
fn looks_cut(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::UnexpectedEof
            | io::ErrorKind::InvalidData
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::IsADirectory
    )
}

/// What sled, or what it stands on, says when it panics for want of memory or threads.
const OUT_OF_MEMORY: [&str; 3] = [
    "failed to allocate",
    // A thread that cannot be made.
    "Resource temporarily unavailable",
    // An allocation of the collector's that gave nothing.
    "converting zero into `Owned`",
];

fn explain_panic(
    panic: &(dyn std::any::Any + Send),
    doing: &'static str,
    folder: &Path,
) -> KvError {
    let found = panic_text(panic);
    if OUT_OF_MEMORY.iter().any(|words| found.contains(words)) {
        return out_of_memory(&found, doing, folder);
    }
    KvError::Damaged { doing, found }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    let text = text.unwrap_or_default();
    let short: String = text.chars().take(300).collect();
    format!("the engine panicked: {short}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_panic_the_handle_gives_up_and_closes() {
        let folder = tempfile::tempdir().unwrap();
        let kv = SledKv::open(folder.path(), 1 << 20, 500).unwrap();
        assert!(kv.get(b"key").unwrap().is_none());
        let error = kv
            .guarded("testing", |_| -> Result<(), sled::Error> {
                panic!("as sled does")
            })
            .unwrap_err();
        let text = error.to_string();
        assert_eq!(
            text,
            "the database is damaged, testing: the engine panicked: as sled does"
        );
        let again = kv.get(b"key").unwrap_err();
        assert!(matches!(again, KvError::Damaged { .. }), "{again}");
        assert_eq!(kv.failure(), Some(text));
        drop(kv);
        let held = SledKv::open(folder.path(), 1 << 20, 500).unwrap_err();
        assert!(
            matches!(&held, KvError::Io { source, .. } if source.kind() == io::ErrorKind::ResourceBusy),
            "{held}"
        );
    }

    #[test]
    fn a_lack_of_memory_is_no_damage() {
        let folder = tempfile::tempdir().unwrap();
        let kv = SledKv::open(folder.path(), 1 << 20, 500).unwrap();
        let error = kv.guarded("testing", |_| -> Result<(), sled::Error> {
            panic!("failed to allocate critical IO buffer")
        });
        let error = error.unwrap_err();
        assert!(
            matches!(&error, KvError::Io { source, .. } if source.kind() == io::ErrorKind::OutOfMemory),
            "{error}"
        );
    }
}
