//! The folder that a catalog is kept in: whose it is, and the database in it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::state::State;
use crate::error::CatalogError;
use crate::kv::SledKv;

/// How a catalog in a folder is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The bound of sled's page cache. The memory it takes is some times that.
    pub cache_bytes: u64,
    /// How often what was applied is written out in the background.
    pub flush_every_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            cache_bytes: 32 * 1024 * 1024,
            flush_every_ms: 500,
        }
    }
}

/// The name of the database in a catalog's folder.
const DATABASE: &str = "db";

/// Where a catalog is kept, and how.
pub(super) struct Home {
    folder: PathBuf,
    settings: Settings,
    /// Whether a database was moved aside while this catalog was open.
    begun_anew: AtomicBool,
    /// Held while the catalog is open; the operating system lets go of it in a crash.
    _lock: File,
}

impl Home {
    /// Takes the folder for as long as this lives, making it where there is none.
    pub(super) fn lock(folder: &Path, settings: Settings) -> Result<Self, CatalogError> {
        Ok(Self {
            folder: folder.to_path_buf(),
            settings,
            begun_anew: AtomicBool::new(false),
            _lock: lock(folder)?,
        })
    }

    /// The state of the database, or of a new one where that is unreadable, but once only.
    pub(super) fn load_or_begin_anew(&self) -> Result<State, CatalogError> {
        match self.load() {
            Err(CatalogError::Unreadable { .. })
                if !self.begun_anew.swap(true, Ordering::Relaxed) =>
            {
                aside(&self.folder, "unreadable")?;
                self.load()
            }
            loaded => loaded,
        }
    }

    pub(super) fn load(&self) -> Result<State, CatalogError> {
        let database = self.folder.join(DATABASE);
        let Settings {
            cache_bytes,
            flush_every_ms,
        } = self.settings;
        let kv = SledKv::open(&database, cache_bytes, flush_every_ms)?;
        // The engine syncs its data and not the names of its files: after a power cut what was
        // flushed would be in a file that nothing leads to.
        for named in [database.as_path(), &self.folder]
            .into_iter()
            .chain(self.folder.parent())
        {
            sync(named)?;
        }
        State::load(Box::new(kv))
    }
}

/// See [`Catalog::move_aside`](super::Catalog::move_aside).
pub(super) fn move_aside(folder: &Path, suffix: &str) -> Result<PathBuf, CatalogError> {
    let fit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if suffix.is_empty() || !suffix.chars().all(fit) {
        return Err(CatalogError::UnfitSuffix {
            suffix: suffix.chars().take(60).collect(),
        });
    }
    let _lock = lock(folder)?;
    aside(folder, suffix)
}

/// Renames the database in a folder whose lock is held.
fn aside(folder: &Path, suffix: &str) -> Result<PathBuf, CatalogError> {
    let plain = folder.join(format!("{DATABASE}.bad-{suffix}"));
    let numbered = (2u32..).map(|n| folder.join(format!("{DATABASE}.bad-{suffix}-{n}")));
    let free = std::iter::once(plain.clone())
        .chain(numbered)
        .find(|path| fs::symlink_metadata(path).is_err())
        .unwrap_or(plain);
    #[expect(
        clippy::disallowed_methods,
        reason = "the catalog's own folder; nothing in it is the truth"
    )]
    let renamed = fs::rename(folder.join(DATABASE), &free);
    renamed.map_err(|source| failed("moving aside the database in", folder, source))?;
    Ok(free)
}

fn lock(folder: &Path) -> Result<File, CatalogError> {
    let io = |source| failed("locking", folder, source);
    fs::create_dir_all(folder).map_err(io)?;
    let mut options = OpenOptions::new();
    let file = options
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join("lock"))
        .map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(CatalogError::InUse {
            folder: folder.to_path_buf(),
        }),
        Err(TryLockError::Error(source)) => Err(io(source)),
    }
}

fn sync(folder: &Path) -> Result<(), CatalogError> {
    // The parent of a relative path of one part.
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // A folder that may be passed and not read was not made by this program.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        synced => synced.map_err(|source| failed("syncing", folder, source)),
    }
}

fn failed(doing: &'static str, path: &Path, source: io::Error) -> CatalogError {
    CatalogError::Io {
        doing,
        path: path.to_path_buf(),
        source,
    }
}
