//! Answering queries from postings, run by run, newest first.

use std::ops::{ControlFlow, Range};

use domain::Timestamp;

use crate::block::{Opened, Stored};
use crate::error::CatalogError;
use crate::kv::{Direction, Kv};
use crate::layout::{self, RUN_ENTRIES};
use crate::outline::Outlines;
use crate::postings::{self, Place, Recent, Terms, run_start};
use crate::query::{Dimension, Query, Term};
use crate::set::Set;

/// What is searched: an engine, and what it does not have yet.
#[derive(Clone, Copy)]
pub(crate) struct Searched<'a> {
    pub(crate) kv: &'a dyn Kv,
    /// Of the full runs.
    pub(crate) outlines: &'a Outlines,
    pub(crate) recent: &'a Recent,
    /// How many entries there are.
    pub(crate) size: u64,
}

impl<'a> Terms<'a> {
    fn of(term: &'a Term) -> Self {
        Self::one(term.dimension.byte(), &term.value)
    }

    /// How many entries such terms tend to have; more is a higher number.
    fn breadth(&self) -> u8 {
        match Dimension::from_byte(self.dimension) {
            None | Some(Dimension::Record | Dimension::Original | Dimension::Flow) => 0,
            Some(Dimension::Client) => 1,
            Some(Dimension::Batch) => 2,
            Some(Dimension::BusinessDate) => 3,
            Some(Dimension::Branch | Dimension::Class | Dimension::Actor) => 4,
            Some(Dimension::Event) => 5,
        }
    }
}

impl Searched<'_> {
    /// Adds the entries of a run that have one of these terms.
    fn find_in_run(&self, run: u32, terms: Terms<'_>, set: &mut Set) -> Result<(), CatalogError> {
        if !self.is_full(run) {
            self.recent.find(terms, set);
        } else if self.outlines.may_have(run, &terms)? {
            postings::find_in_run(self.kv, self.outlines, run, terms, set)?;
        }
        Ok(())
    }

    fn is_full(&self, run: u32) -> bool {
        u64::from(run) < self.size / RUN_ENTRIES
    }

    /// Whether a run may have an entry that meets each of the conditions, by its outline.
    fn may_match(&self, run: u32, conditions: &[Vec<Terms<'_>>]) -> Result<bool, CatalogError> {
        for alternatives in conditions {
            if !self.may_have(run, alternatives)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a run may have an entry with one of the terms, by its outline.
    fn may_have(&self, run: u32, alternatives: &[Terms<'_>]) -> Result<bool, CatalogError> {
        if !self.is_full(run) {
            return Ok(true);
        }
        for terms in alternatives {
            if self.outlines.may_have(run, terms)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The newest `limit` entries that the query wants, newest first.
    pub(crate) fn find(&self, query: &Query, limit: usize) -> Result<Vec<u64>, CatalogError> {
        let mut bounds = 0..self.size;
        if let Some(cursor) = query.before {
            bounds.end = bounds.end.min(cursor.before);
        }
        if let Some((from, to)) = query.at {
            bounds.start = self.first_at_or_after(from)?;
            bounds.end = bounds.end.min(self.first_at_or_after(to)?);
        }
        let dates = query
            .business_date
            .map(|(from, to)| (from.to_string(), to.to_string()));
        let mut conditions: Vec<Vec<Terms<'_>>> = Vec::new();
        conditions.extend(query.all.iter().map(|term| vec![Terms::of(term)]));
        let groups = query.any.iter();
        conditions.extend(groups.map(|group| group.iter().map(Terms::of).collect()));
        conditions.extend(
            dates
                .iter()
                .map(|(from, to)| vec![Terms::range(Dimension::BusinessDate.byte(), from, to)]),
        );
        // A run in which the first condition has nothing costs no other read.
        conditions.sort_by_key(|alternatives| alternatives.iter().map(Terms::breadth).max());
        let mut found = Vec::new();
        if bounds.is_empty() {
            return Ok(found);
        }
        let newest = Place::of(bounds.end - 1)?.run;
        let oldest = Place::of(bounds.start)?.run;
        for run in (oldest..=newest).rev() {
            if !self.may_match(run, &conditions)? {
                continue;
            }
            let set = self.matching(run, &bounds, &conditions)?;
            for offset in set.offsets().rev() {
                found.push(run_start(run) + u64::from(offset));
                if found.len() >= limit {
                    return Ok(found);
                }
            }
        }
        Ok(found)
    }

    fn matching(
        &self,
        run: u32,
        bounds: &Range<u64>,
        conditions: &[Vec<Terms<'_>>],
    ) -> Result<Set, CatalogError> {
        let within = |bound: u64| bound.saturating_sub(run_start(run)).min(RUN_ENTRIES);
        let mut set = Set::range(within(bounds.start), within(bounds.end));
        for alternatives in conditions {
            if set.is_empty() {
                break;
            }
            let mut matching = Set::empty();
            for terms in alternatives {
                self.find_in_run(run, *terms, &mut matching)?;
            }
            set.intersect(&matching);
        }
        Ok(set)
    }

    /// The first entry of a request.
    pub(crate) fn first_of_request(&self, id: &str) -> Result<Option<u64>, CatalogError> {
        let terms = Terms::one(layout::REQUESTS, id);
        for run in 0..=Place::of(self.size)?.run {
            if !self.may_have(run, &[terms])? {
                continue;
            }
            let mut set = Set::empty();
            self.find_in_run(run, terms, &mut set)?;
            if let Some(offset) = set.offsets().next() {
                return Ok(Some(run_start(run) + u64::from(offset)));
            }
        }
        Ok(None)
    }

    /// The first entry whose commit is not before `at`; the size if there is none. Halves the
    /// entries by the times in the heads of their blocks.
    fn first_at_or_after(&self, at: Timestamp) -> Result<u64, CatalogError> {
        let wanted = at.unix_ms();
        let (mut low, mut high) = (0, self.size);
        while low < high {
            (low, high) = with_block(self.kv, low.midpoint(high), |first, stored| {
                let times = stored.times()?;
                let before: u64 = times
                    .iter()
                    .take_while(|run| run.at_ms < wanted)
                    .map(|run| u64::from(run.count))
                    .sum();
                if before == u64::from(stored.count) {
                    // All of the block is before: look above it.
                    Ok((first + before, high))
                } else if before == 0 {
                    // None of it is: look below it.
                    Ok((low, first))
                } else {
                    Ok((first + before, first + before))
                }
            })?;
        }
        Ok(low)
    }
}

/// Runs `read` on the block that has this entry, with the block's first entry.
fn with_block<T>(
    kv: &dyn Kv,
    index: u64,
    read: impl FnOnce(u64, &Stored<'_>) -> Result<T, CatalogError>,
) -> Result<T, CatalogError> {
    let mut read = Some(read);
    let mut answer = Err(no_block());
    let from = layout::block_key(0);
    let to = layout::block_key(index.saturating_add(1));
    kv.scan(&from, &to, Direction::Reverse, &mut |key, value| {
        if let (Some(first), Some(read)) = (layout::block_first(key), read.take()) {
            answer = Stored::parse(value).and_then(|stored| {
                if index - first < u64::from(stored.count) {
                    read(first, &stored)
                } else {
                    Err(no_block())
                }
            });
        }
        ControlFlow::Break(())
    })?;
    answer
}

fn no_block() -> CatalogError {
    CatalogError::damaged("an entry has no block")
}

/// Reads blocks, keeping the last one: neighbours share it.
pub(crate) struct BlockReader<'a> {
    kv: &'a dyn Kv,
    block: Option<(Range<u64>, Opened)>,
}

impl<'a> BlockReader<'a> {
    pub(crate) const fn new(kv: &'a dyn Kv) -> Self {
        Self { kv, block: None }
    }

    pub(crate) fn line(&mut self, index: u64) -> Result<String, CatalogError> {
        let (range, opened) = match self.block.take() {
            Some((range, opened)) if range.contains(&index) => (range, opened),
            _ => with_block(self.kv, index, |first, stored| {
                Ok((first..first + u64::from(stored.count), stored.open()?))
            })?,
        };
        let place = usize::try_from(index - range.start).unwrap_or(usize::MAX);
        let line = opened.line(place)?.to_owned();
        self.block = Some((range, opened));
        Ok(line)
    }
}

/// Visits the entries from the block that has `from` up to `size`, block by block: its first
/// entry, its times, its entries. Every entry must be there.
pub(crate) fn replay_blocks(
    kv: &dyn Kv,
    from: u64,
    size: u64,
    mut visit: impl FnMut(u64, &Stored<'_>) -> Result<(), CatalogError>,
) -> Result<(), CatalogError> {
    let mut next = from;
    while next < size {
        next = with_block(kv, next, |first, stored| {
            visit(first, stored)?;
            Ok(first + u64::from(stored.count))
        })?;
    }
    if next > size {
        return Err(CatalogError::damaged(
            "there are more entries than the head says",
        ));
    }
    Ok(())
}
