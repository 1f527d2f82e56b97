//! The catalog itself: open, advance, ask.

mod folder;
mod state;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::advance::{self, Advance, HeadRecord};
use crate::error::{CatalogError, words};
use crate::intents::Intents;
use crate::kv::{Direction, Kv, KvError, MemoryKv};
use crate::layout;
use crate::query::{Cursor, Page, Query, Row};
use crate::search::BlockReader;

use self::folder::Home;
pub use self::folder::Settings;
use self::state::State;

/// A fact: its key and its value.
pub type Fact = (Vec<u8>, Vec<u8>);

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

impl Catalog {
    /// Opens the catalog in this folder, making it where there is none. A catalog that was
    /// never advanced has no head.
    pub fn open(folder: &Path, settings: &Settings) -> Result<Self, CatalogError> {
        let home = Home::lock(folder, *settings)?;
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
            Ok(mut loaded) => {
                loaded.behind = Some(why);
                *self.write() = loaded;
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
        folder::move_aside(folder, suffix)
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

    /// Whether there is a fact whose key begins so.
    pub fn has_fact_with_prefix(&self, prefix: &[u8]) -> Result<bool, CatalogError> {
        let state = self.read()?;
        let from = layout::fact_key(prefix);
        let to = layout::beyond(&from);
        let mut found = false;
        state.kv.scan(&from, &to, Direction::Forward, &mut |_, _| {
            found = true;
            ControlFlow::Break(())
        })?;
        Ok(found)
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
