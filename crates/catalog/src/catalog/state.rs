//! What a catalog has open: the engine, and in memory what a query begins with.

use std::ops::ControlFlow;

use crate::advance::{Advance, HeadRecord, StoredHead};
use crate::block::Filling;
use crate::error::CatalogError;
use crate::kv::{Batch, Direction, Kv, MemoryKv};
use crate::layout;
use crate::outline::Outlines;
use crate::postings::{Place, Recent, run_start};
use crate::search::{BlockReader, Searched, replay_blocks};

pub(super) struct State {
    pub(super) kv: Box<dyn Kv>,
    pub(super) head: Option<StoredHead>,
    /// What the full runs have, in outline.
    outlines: Outlines,
    /// The postings of the newest run, which are on disk only within its blocks.
    recent: Recent,
    /// The newest block, which has room.
    filling: Filling,
    /// The failure after which what is in memory is of no more use.
    pub(super) stopped: Option<String>,
    /// Opened again after this failure, and not yet brought to where it stood: what it says is
    /// true and old.
    pub(super) behind: Option<String>,
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

impl State {
    /// What stands for a state while there is none.
    pub(super) fn closed(why: String) -> Self {
        Self {
            stopped: Some(why),
            ..Self::empty(Box::new(MemoryKv::default()))
        }
    }

    /// Puts a closed state in its place; gives it with the failure that it was closed after.
    pub(super) fn close(&mut self) -> (Self, String) {
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
    pub(super) fn load(kv: Box<dyn Kv>) -> Result<Self, CatalogError> {
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

    pub(super) fn stopped_by(&self) -> Option<String> {
        self.stopped.clone().or_else(|| self.kv.failure())
    }

    pub(super) fn demand_running(&self) -> Result<(), CatalogError> {
        match self.stopped_by() {
            None => Ok(()),
            Some(why) => Err(CatalogError::Stopped { why }),
        }
    }

    pub(super) fn searched(&self) -> Searched<'_> {
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

    pub(super) fn head_record(&self) -> Option<HeadRecord> {
        self.head.as_ref().map(|head| head.record.clone())
    }

    pub(super) fn line(&self, index: u64) -> Result<Option<String>, CatalogError> {
        if index >= self.size() {
            return Ok(None);
        }
        BlockReader::new(self.kv.as_ref()).line(index).map(Some)
    }

    pub(super) fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, CatalogError> {
        Ok(self.kv.get(&layout::tile_key(level, index))?)
    }

    /// Takes an advance in, and gives what has to be written for it.
    pub(super) fn take(&mut self, advance: Advance) -> Result<Batch, CatalogError> {
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

/// An empty database gets the format of this program; another format is refused.
fn check_format(kv: &dyn Kv) -> Result<(), CatalogError> {
    let key = layout::format_key();
    if let Some(found) = kv.get(&key)? {
        if found == layout::FORMAT_TEXT.as_bytes() {
            return Ok(());
        }
        let mut before = layout::FORMATS_BEFORE.iter();
        let known = before.any(|format| found == format.as_bytes());
        let head = known.then(|| kv.get(&layout::head_key()));
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
