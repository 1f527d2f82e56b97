//! The catalog itself: open, advance, ask.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::advance::{self, Advance, HeadRecord, StoredHead};
use crate::block::Filling;
use crate::error::{CatalogError, words};
use crate::intents::Intents;
use crate::kv::{Batch, Direction, Kv, KvError, MemoryKv, SledKv};
use crate::layout;
use crate::outline::Outlines;
use crate::postings::{Place, Recent, run_start};
use crate::query::{Cursor, Page, Query, Row};
use crate::search::{BlockReader, Searched, replay_blocks};

/// A fact: its key and its value.
pub type Fact = (Vec<u8>, Vec<u8>);

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

/// What the ledger says, arranged so that it is found quickly. See the crate.
///
/// Queries run beside each other; an advance runs alone, so a query sees all of a commit or
/// none of it.
pub struct Catalog {
    // Before the lock: the database is closed before another process may open it.
    state: RwLock<State>,
    intents: Intents,
    source: Source,
    /// Held while it is opened again, which happens once at a time.
    reopening: Mutex<()>,
}

/// Where the engine comes from, the first one and the next.
enum Source {
    Folder(Home),
    Given(OpenEngine),
}

type OpenEngine = Box<dyn Fn() -> Result<Box<dyn Kv>, KvError> + Send + Sync>;

/// Where a catalog is kept, and how.
struct Home {
    folder: PathBuf,
    settings: Settings,
    /// Whether a database was moved aside while this catalog was open.
    begun_anew: AtomicBool,
    /// Held while the catalog is open; the operating system lets go of it in a crash.
    _lock: File,
}

struct State {
    kv: Box<dyn Kv>,
    head: Option<StoredHead>,
    /// What the full runs have, in outline.
    outlines: Outlines,
    /// The postings of the newest run, which are on disk only within its blocks.
    recent: Recent,
    /// The newest block, which has room.
    filling: Filling,
    /// The failure after which what is in memory is of no more use.
    stopped: Option<String>,
    /// Opened again after this failure, and not yet brought to where it stood: what it says is
    /// true and old.
    behind: Option<String>,
}

/// The name of the database in a catalog's folder.
const DATABASE: &str = "db";

impl Catalog {
    /// Opens the catalog in this folder, making it where there is none. A catalog that was
    /// never advanced has no head.
    pub fn open(folder: &Path, settings: &Settings) -> Result<Self, CatalogError> {
        let home = Home {
            folder: folder.to_path_buf(),
            settings: *settings,
            begun_anew: AtomicBool::new(false),
            _lock: lock(folder)?,
        };
        let intents = Intents::open(folder)?;
        Ok(Self {
            state: RwLock::new(home.load()?),
            intents,
            source: Source::Folder(home),
            reopening: Mutex::default(),
        })
    }

    /// A catalog in memory, for tests and for what is thrown away.
    pub fn in_memory() -> Result<Self, CatalogError> {
        Self::over(|| Ok(Box::new(MemoryKv::default())))
    }

    /// A catalog over an engine of the caller's, with its intents in memory. `open` is called
    /// now, and again by [`Catalog::reopen`].
    pub fn over(
        open: impl Fn() -> Result<Box<dyn Kv>, KvError> + Send + Sync + 'static,
    ) -> Result<Self, CatalogError> {
        Ok(Self {
            state: RwLock::new(State::load(open()?)?),
            intents: Intents::in_memory(),
            source: Source::Given(Box::new(open)),
            reopening: Mutex::default(),
        })
    }

    /// Whether an earlier failure left it of no use until [`Catalog::reopen`], and the reading
    /// on that follows.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.stopped_by().is_some() || state.behind.is_some()
    }

    /// Opens the database again in place, after [`CatalogError::Stopped`]. It stands where it
    /// was last flushed, so it answers nobody but [`Catalog::follower`] until it was brought to
    /// the ledger's head again and [`Catalog::caught_up`] says so: whoever takes what it does
    /// not have for what the ledger does not have removes what is entered.
    ///
    /// One that the failure left unreadable is moved aside, once: a disk that damages each new
    /// one too would be filled with them. It may take half a minute.
    pub fn reopen(&self) -> Result<(), CatalogError> {
        let _alone = self
            .reopening
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // The engine locks its files, so the old one is closed first. That and loading take
        // their time: whoever asks meanwhile is refused, and does not wait.
        let (old, why) = self.write().close();
        drop(old);
        let loaded = match &self.source {
            Source::Folder(home) => home.load_or_begin_anew(),
            Source::Given(open) => open().map_err(CatalogError::from).and_then(State::load),
        };
        match loaded {
            Ok(loaded) => {
                *self.write() = State {
                    behind: Some(why),
                    ..loaded
                };
                Ok(())
            }
            Err(error) => {
                *self.write() = State::closed(words(&error));
                Err(error)
            }
        }
    }

    /// Says that it stands at the ledger's head again.
    pub fn caught_up(&self) {
        self.write().behind = None;
    }

    /// What whoever brings the catalog to the ledger's head may read of it, at any time.
    #[must_use]
    pub const fn follower(&self) -> Follower<'_> {
        Follower(self)
    }

    /// Renames the database in this folder, which must not be open, and says where it is now.
    /// The next [`Catalog::open`] begins with an empty one. A database that is damaged, or
    /// ahead of the ledger, is evidence: nothing here removes it.
    ///
    /// `suffix` becomes part of the name, such as a date; where that name is taken, a number
    /// is added.
    pub fn move_aside(folder: &Path, suffix: &str) -> Result<PathBuf, CatalogError> {
        let fit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if suffix.is_empty() || !suffix.chars().all(fit) {
            return Err(CatalogError::UnfitSuffix {
                suffix: suffix.chars().take(60).collect(),
            });
        }
        let _lock = lock(folder)?;
        aside(folder, suffix)
    }

    /// The commit that the catalog stands at; `None` before the first.
    pub fn head(&self) -> Result<Option<HeadRecord>, CatalogError> {
        Ok(self.read()?.head_record())
    }

    /// Applies one commit, all of it or nothing. It must be the next one.
    pub fn advance(&self, advance: Advance) -> Result<(), CatalogError> {
        let mut state = self.write();
        state.demand_running()?;
        advance::check(state.head.as_ref(), &advance)?;
        // From here on the state in memory changes; if the batch fails it is of no more use.
        let batch = state.take(advance);
        let applied = batch.and_then(|batch| Ok(state.kv.apply(batch)?));
        state.stopped = applied.as_ref().err().map(|error| words(error));
        applied
    }

    /// Makes what was applied durable, as far as the engine can. What is lost nevertheless is
    /// replayed from the ledger.
    pub fn sync(&self) -> Result<(), CatalogError> {
        let state = self.read_behind()?;
        Ok(state.kv.flush()?)
    }

    /// A page of entries, newest first.
    pub fn query(&self, query: &Query) -> Result<Page, CatalogError> {
        let state = self.read()?;
        let limit = query.limit.clamp(1, 10_000);
        // One more than the page holds tells whether there is a next one.
        let mut found = state.searched().find(query, limit + 1)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).copied();
        let mut lines = BlockReader::new(state.kv.as_ref());
        let mut rows = Vec::with_capacity(found.len());
        for index in found {
            let line = lines.line(index)?;
            rows.push(Row { index, line });
        }
        Ok(Page {
            rows,
            next: next.map(|before| Cursor { before }),
        })
    }

    /// The line of an entry; `None` beyond the last.
    pub fn entry(&self, index: u64) -> Result<Option<String>, CatalogError> {
        self.read()?.line(index)
    }

    /// The first entry that answers this request.
    pub fn by_request(&self, id: &str) -> Result<Option<u64>, CatalogError> {
        let state = self.read()?;
        state.searched().first_of_request(id)
    }

    /// The bytes of a tile.
    pub fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, CatalogError> {
        self.read()?.tile(level, index)
    }

    /// The value of a fact.
    pub fn fact(&self, key: &[u8]) -> Result<Option<Vec<u8>>, CatalogError> {
        let state = self.read()?;
        Ok(state.kv.get(&layout::fact_key(key))?)
    }

    /// The facts whose keys begin so, in the order of their keys.
    pub fn facts_with_prefix(&self, prefix: &[u8]) -> Result<Vec<Fact>, CatalogError> {
        let state = self.read()?;
        let from = layout::fact_key(prefix);
        let to = layout::beyond(&from);
        let mut facts = Vec::new();
        state
            .kv
            .scan(&from, &to, Direction::Forward, &mut |key, value| {
                let key = key.split_first().map(|(_, key)| key.to_vec());
                facts.push((key.unwrap_or_default(), value.to_vec()));
                ControlFlow::Continue(())
            })?;
        Ok(facts)
    }

    /// Notes what is about to be done in the store for an entry that is still to be made, under
    /// a name that is fit for a file. Durable when it returns.
    pub fn put_intent(&self, name: &str) -> Result<(), CatalogError> {
        self.intents.put(name)
    }

    /// Takes an intent back. It may come back in a crash.
    pub fn clear_intent(&self, name: &str) -> Result<(), CatalogError> {
        self.intents.clear(name)
    }

    /// The intents there are. One that was there at opening is of a process that is gone.
    pub fn intents(&self) -> Result<Vec<String>, CatalogError> {
        self.intents.all()
    }

    fn read(&self) -> Result<RwLockReadGuard<'_, State>, CatalogError> {
        let state = self.read_behind()?;
        match &state.behind {
            None => Ok(state),
            Some(why) => Err(CatalogError::Stopped { why: why.clone() }),
        }
    }

    fn read_behind(&self) -> Result<RwLockReadGuard<'_, State>, CatalogError> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.demand_running()?;
        Ok(state)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A catalog as whoever brings it to the ledger's head reads it: also while it is behind.
#[derive(Clone, Copy, Debug)]
pub struct Follower<'a>(&'a Catalog);

impl Follower<'_> {
    /// See [`Catalog::head`].
    pub fn head(&self) -> Result<Option<HeadRecord>, CatalogError> {
        Ok(self.0.read_behind()?.head_record())
    }

    /// See [`Catalog::entry`].
    pub fn entry(&self, index: u64) -> Result<Option<String>, CatalogError> {
        self.0.read_behind()?.line(index)
    }

    /// See [`Catalog::tile`].
    pub fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, CatalogError> {
        self.0.read_behind()?.tile(level, index)
    }

    /// See [`Catalog::fact`].
    pub fn fact(&self, key: &[u8]) -> Result<Option<Vec<u8>>, CatalogError> {
        Ok(self.0.read_behind()?.kv.get(&layout::fact_key(key))?)
    }
}

impl std::fmt::Debug for Catalog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Catalog")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("head", &self.head)
            .field("stopped", &self.stopped_by())
            .field("behind", &self.behind)
            .finish_non_exhaustive()
    }
}

impl Home {
    /// The state of the database, or of a new one where that is unreadable, but once only.
    fn load_or_begin_anew(&self) -> Result<State, CatalogError> {
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

    fn load(&self) -> Result<State, CatalogError> {
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

impl State {
    /// What stands for a state while there is none.
    fn closed(why: String) -> Self {
        Self {
            stopped: Some(why),
            ..Self::empty(Box::new(MemoryKv::default()))
        }
    }

    /// Puts a closed state in its place; gives it with the failure that it was closed after.
    fn close(&mut self) -> (Self, String) {
        let why = self.stopped_by().or_else(|| self.behind.clone());
        let why = why.unwrap_or_else(|| "it is being opened again".to_owned());
        (std::mem::replace(self, Self::closed(why.clone())), why)
    }

    fn empty(kv: Box<dyn Kv>) -> Self {
        Self {
            kv,
            head: None,
            outlines: Outlines::default(),
            recent: Recent::default(),
            filling: Filling::default(),
            stopped: None,
            behind: None,
        }
    }

    /// Reads the head, the outlines of the full runs, and the blocks of the newest run.
    fn load(kv: Box<dyn Kv>) -> Result<Self, CatalogError> {
        check_format(kv.as_ref())?;
        let head = match kv.get(&layout::head_key())? {
            Some(value) => Some(StoredHead::from_bytes(&value)?),
            None => None,
        };
        let mut state = Self {
            head,
            ..Self::empty(kv)
        };
        let size = state.size();
        let run = Place::of(size)?.run;
        let start = run_start(run);
        state.outlines = Outlines::load(state.kv.as_ref(), run)?;
        // One entry of the run before, as its block may reach into this one.
        let Self {
            kv,
            recent,
            filling,
            ..
        } = &mut state;
        replay_blocks(
            kv.as_ref(),
            start.saturating_sub(1),
            size,
            |first, stored| {
                let entries = stored.open()?.entries()?;
                let mut times = stored
                    .times()?
                    .into_iter()
                    .flat_map(|run| std::iter::repeat_n(run.at_ms, usize::from(run.count)));
                *filling = Filling::new(first);
                for (index, entry) in (first..).zip(&entries) {
                    let at_ms = times.next();
                    let at_ms =
                        at_ms.ok_or_else(|| CatalogError::damaged("an entry has no time"))?;
                    filling.push(entry, at_ms);
                    if index >= start {
                        recent.push(index, entry, &mut Batch::default())?;
                    }
                }
                Ok(())
            },
        )?;
        Ok(state)
    }

    fn stopped_by(&self) -> Option<String> {
        self.stopped.clone().or_else(|| self.kv.failure())
    }

    fn demand_running(&self) -> Result<(), CatalogError> {
        match self.stopped_by() {
            None => Ok(()),
            Some(why) => Err(CatalogError::Stopped { why }),
        }
    }

    fn searched(&self) -> Searched<'_> {
        Searched {
            kv: self.kv.as_ref(),
            outlines: &self.outlines,
            recent: &self.recent,
            size: self.size(),
        }
    }

    fn size(&self) -> u64 {
        self.head.as_ref().map_or(0, |head| head.record.size)
    }

    fn head_record(&self) -> Option<HeadRecord> {
        self.head.as_ref().map(|head| head.record.clone())
    }

    fn line(&self, index: u64) -> Result<Option<String>, CatalogError> {
        if index >= self.size() {
            return Ok(None);
        }
        BlockReader::new(self.kv.as_ref()).line(index).map(Some)
    }

    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, CatalogError> {
        Ok(self.kv.get(&layout::tile_key(level, index))?)
    }

    /// Takes an advance in, and gives what has to be written for it.
    fn take(&mut self, advance: Advance) -> Result<Batch, CatalogError> {
        let at_ms = advance.head.at.unix_ms();
        let previous_ms = self.head.as_ref().map(|head| head.indexed_at_ms);
        let indexed_at_ms = previous_ms.map_or(at_ms, |previous_ms| previous_ms.max(at_ms));
        let mut batch = Batch::default();
        for (index, entry) in (advance.first_index..).zip(&advance.entries) {
            if let Some((first, block)) = self.filling.push(entry, indexed_at_ms) {
                batch.put(layout::block_key(first), block);
            }
            if let Some(outline) = self.recent.push(index, entry, &mut batch)? {
                self.outlines.push(outline);
            }
        }
        if let Some((first, block)) = self
            .filling
            .stored()
            .filter(|_| !advance.entries.is_empty())
        {
            batch.put(layout::block_key(first), block);
        }
        for tile in advance.tiles {
            batch.put(layout::tile_key(tile.level, tile.index), tile.bytes);
        }
        for (key, value) in advance.facts {
            let key = layout::fact_key(&key);
            match value {
                Some(value) => batch.put(key, value),
                None => batch.remove(key),
            }
        }
        let head = StoredHead {
            record: advance.head,
            indexed_at_ms,
        };
        batch.put(layout::head_key(), head.to_bytes());
        self.head = Some(head);
        Ok(batch)
    }
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

fn failed(doing: &'static str, path: &Path, source: io::Error) -> CatalogError {
    CatalogError::Io {
        doing,
        path: path.to_path_buf(),
        source,
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

/// An empty database gets the format of this program; another format is refused.
fn check_format(kv: &dyn Kv) -> Result<(), CatalogError> {
    let key = layout::format_key();
    if let Some(found) = kv.get(&key)? {
        if found == layout::FORMAT_TEXT.as_bytes() {
            return Ok(());
        }
        // The head has not changed since the first format.
        let head = (found == layout::FORMAT_1_TEXT.as_bytes()).then(|| kv.get(&layout::head_key()));
        let head = head.transpose()?.flatten();
        let head = head.and_then(|value| StoredHead::from_bytes(&value).ok());
        let found = String::from_utf8_lossy(&found);
        return Err(CatalogError::OtherFormat {
            found: found.chars().take(60).collect(),
            head: head.map(|head| Box::new(head.record)),
        });
    }
    let mut empty = true;
    kv.scan(&[], &layout::END, Direction::Forward, &mut |_, _| {
        empty = false;
        ControlFlow::Break(())
    })?;
    if !empty {
        return Err(CatalogError::damaged(
            "the database does not name its format",
        ));
    }
    let mut batch = Batch::default();
    batch.put(key, layout::FORMAT_TEXT.as_bytes().to_vec());
    for key in layout::empty_keys() {
        batch.put(key, Vec::new());
    }
    Ok(kv.apply(batch)?)
}
