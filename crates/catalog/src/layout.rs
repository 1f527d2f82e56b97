//! Where everything stands: keys and values, table by table.
//!
//! Numbers in keys and values are big-endian, so that keys order as numbers do. An *entry* is
//! numbered from 0 over the whole ledger; a *run* is 8,192 entries.
//!
//! | table | key | value |
//! |---|---|---|
//! | format | `00` | the text `vouchsafe catalog 3` |
//! | head | `01` | the [`HeadRecord`](crate::HeadRecord): commit, its SHA-256, size, time, time for the index, ledger state |
//! | | `01` `00` to `1f` | empty: sled keeps neighbours in one page and rewrites it whole, and the head changes with each commit |
//! | facts | `02` key | value, as given |
//! | tiles | `03` level (1) index (8) | hashes of the Merkle tree, as given |
//! | entries | `04` first entry (8) | a block: count, runs of entries of one time, then lines, request ids and terms in LZ4 |
//! | postings | `05` run (4) dimension (1) first term | a page: terms in order, each with its entries in this run; and where the next page begins |
//! | outlines | `06` run (4) piece (4) | pieces of 4 KB of: length; of each dimension its first term, its last, and those with a column; a filter over all terms |
//! | columns | `07` dimension (1) length (2) term run (4) | the entries in this run of a term that is frequent there: that 64 of them or more have |
//!
//! A request id is a term of dimension 0. The first page of a run and dimension has the empty
//! term in its key and is always there, and each page names the next: one that is lost is
//! noticed, and not taken for "no such term". So is a piece of an outline, by its length, at
//! opening; and a column, as the outline names it.
//!
//! The entries of a term are listed with 2 bytes each below 512, else they are 1,024 bytes of
//! bits.
//!
//! # Why so
//!
//! sled keeps at most 16 keys in a page, rewrites the page after every tenth change, and spends
//! some 400 bytes on a key; what it rewrites it frees late. A key for each term that only one
//! entry has (record, flow, request, original) is most of a database, and so is a bucket of
//! them that is written again and again. So postings are written once, when their run is
//! full, sorted, in pages of 4 KB. Those of the newest run are in memory, and are read at
//! opening from its blocks, where the terms cost little: LZ4 finds them in the line beside
//! them. Because pages are sorted, a range of business dates is a range of keys.
//!
//! A read of one page costs the whole page of sled's that it lies in: some 16 of them, taken
//! apart. Runs grow with the entries, so a lookup must not read in each of them. The outlines
//! of all runs are in memory. A Bloom filter of 10 bits a term denies 99 of 100 runs that do
//! not have a term; the bounds deny runs for a range of dates.
//!
//! That says nothing of terms that every run has. A branch and a class that seldom meet are
//! read in run after run, to find little. In columns the runs of one term are neighbours, so
//! one page of sled's has sixteen of them and nothing else. They are 60 or so a run, which is
//! few enough for a key each.
//!
//! Larger runs, or old ones merged into larger ones, would need fewer reads too. Merging
//! writes every posting again for each level, and sled frees late what is rewritten; the
//! commit that merges would hold up all others, or the merge be spread over many commits and
//! survive a crash in the middle. Outlines are written once, beside what they outline.
//!
//! # Measured
//!
//! `CEILING.md` beside this crate's sources has an archive of up to five million records: answers,
//! disk, memory, opening, replay. Of a million records, p99 of the time computed:
//!
//! | | a read in each run (format 1) | outlines | outlines, columns, smaller blocks |
//! |---|---|---|---|
//! | 50 by client | 2.31 ms | 1.49 ms | 1.35 ms |
//! | 50 by branch, class and thirty days of business | 3.83 ms | 3.46 ms | 3.13 ms |
//! | by branch and class that never meet | 1.26 ms | 1.52 ms | 0.71 ms |
//! | a record | 1.57 ms | 0.45 ms | 0.33 ms |
//! | a record that is not there | 1.17 ms | 0.01 ms | 0.01 ms |
//! | a request that was never made | 0.98 ms | 0.06 ms | 0.05 ms |
//! | disk | 1,009 MiB | 1,109 MiB | 1,228 MiB |
//! | memory opened, after all queries | 19, 195 MiB | 34, 256 MiB | 38, 193 MiB |
//!
//! Five million entries are the tested ceiling for 5 ms, by what is computed. What grows beyond
//! it: two frequent terms that never meet, by 0.7 ms a million, and the outlines in memory, by
//! 5.5 MiB a million.
//!
//! With blocks of 12 KB the listing by branch, class and days took half as long again at the
//! median, and memory after all queries was 40 MiB more; the disk an eighth less. Before pages, each term had a bucket
//! that was rewritten: 7,000 entries a second and 7 KB of disk for each.

use crate::codec::count_u16;

/// The text under the format key.
pub const FORMAT_TEXT: &str = "vouchsafe catalog 3";

/// What stood there before. With 2 came outlines and columns, with 3 other facts; the head has not
/// changed.
pub const FORMATS_BEFORE: [&str; 2] = ["vouchsafe catalog 1", "vouchsafe catalog 2"];

/// How many entries a run has.
pub const RUN_ENTRIES: u64 = 8_192;

/// A page of postings takes no more terms once it has this many bytes.
pub(crate) const PAGE_FULL_BYTES: usize = 4 * 1024;

/// An outline of a run is stored in pieces of so many bytes.
pub(crate) const OUTLINE_PIECE_BYTES: usize = 4 * 1024;

/// A term that so many entries of a run have is frequent there: a column has them, no page.
pub(crate) const FREQUENT: usize = 64;

/// A block of entries takes no more once its lines have this many bytes, or it has
/// [`BLOCK_ENTRIES_MAX`] of them.
pub(crate) const BLOCK_FULL_BYTES: usize = 6 * 1024;

/// See [`BLOCK_FULL_BYTES`].
pub(crate) const BLOCK_ENTRIES_MAX: usize = 64;

/// The dimension under which request ids are kept.
pub(crate) const REQUESTS: u8 = 0;

const FORMAT: u8 = 0x00;
const HEAD: u8 = 0x01;
const FACTS: u8 = 0x02;
const TILES: u8 = 0x03;
const ENTRIES: u8 = 0x04;
const POSTINGS: u8 = 0x05;
const OUTLINES: u8 = 0x06;
const COLUMNS: u8 = 0x07;

/// Beyond every table.
pub(crate) const END: [u8; 1] = [0xff];

pub(crate) fn format_key() -> Vec<u8> {
    vec![FORMAT]
}

pub(crate) fn head_key() -> Vec<u8> {
    vec![HEAD]
}

/// Keys that stand between the head and the tables, without values.
pub(crate) fn empty_keys() -> impl Iterator<Item = Vec<u8>> {
    (0..32).map(|place| vec![HEAD, place])
}

pub(crate) fn fact_key(key: &[u8]) -> Vec<u8> {
    [&[FACTS], key].concat()
}

pub(crate) fn tile_key(level: u8, index: u64) -> Vec<u8> {
    [[TILES, level].as_slice(), &index.to_be_bytes()].concat()
}

pub(crate) fn block_key(first: u64) -> Vec<u8> {
    [[ENTRIES].as_slice(), &first.to_be_bytes()].concat()
}

/// The first entry of the block under this key, if it is the key of a block.
pub(crate) fn block_first(key: &[u8]) -> Option<u64> {
    let (table, first) = key.split_first()?;
    let first = <[u8; 8]>::try_from(first).ok()?;
    (*table == ENTRIES).then(|| u64::from_be_bytes(first))
}

/// The key of the page that begins with this term.
pub(crate) fn page_key(run: u32, dimension: u8, first_term: &[u8]) -> Vec<u8> {
    [
        [POSTINGS].as_slice(),
        &run.to_be_bytes(),
        &[dimension],
        first_term,
    ]
    .concat()
}

/// The key of a piece of the outline of a run.
pub(crate) fn outline_key(run: u32, piece: u32) -> Vec<u8> {
    [
        [OUTLINES].as_slice(),
        &run.to_be_bytes(),
        &piece.to_be_bytes(),
    ]
    .concat()
}

/// The key of what a run has of a frequent term. The runs of one term are neighbours.
pub(crate) fn column_key(dimension: u8, term: &str, run: u32) -> Vec<u8> {
    [
        [COLUMNS, dimension].as_slice(),
        &count_u16(term.len()),
        term.as_bytes(),
        &run.to_be_bytes(),
    ]
    .concat()
}

/// The first key beyond all that begin with this one, which begins with a table's byte.
pub(crate) fn beyond(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            return end;
        }
    }
    END.to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_before_its_neighbour() {
        assert_eq!(beyond(&[7, 1]), [7, 2]);
        assert_eq!(beyond(&[7, 0xff, 0xff]), [8]);
        assert!(beyond(&fact_key(b"")) > fact_key(&[0xff; 40]));
    }

    #[test]
    fn keys_order_as_their_numbers() {
        assert!(block_key(255) < block_key(256));
        assert!(page_key(1, 9, b"z") < page_key(1 << 20, 0, b""));
        assert_eq!(block_first(&block_key(77)), Some(77));
        assert_eq!(block_first(&tile_key(0, 77)), None);
    }
}
