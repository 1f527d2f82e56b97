//! The nodes of the Merkle tree, kept in the catalog as tiles.
//!
//! A tile holds the 256 hashes of one level that is a multiple of 8, as C2SP tlog-tiles does.
//! Only full tiles are stored; the levels between, and the open edge of the tree, are computed
//! from tiles and entries. So a proof in a log of millions reads a few tiles, and a commit
//! rewrites none.

use std::sync::OnceLock;

use catalog::{Catalog, CatalogError, Follower, Tile};
use ledger::tree::{Frontier, Hash, Nodes, leaf_hash, node_hash};

const HASH_BYTES: usize = 32;
const TILE_HEIGHT: u8 = 8;
const TILE_WIDTH: u64 = 1 << TILE_HEIGHT;

/// Serves the nodes of the tree that a catalog has followed.
#[derive(Debug)]
pub struct CatalogNodes<'a>(pub &'a Catalog);

impl Nodes for CatalogNodes<'_> {
    fn node(&self, level: u8, index: u64) -> Option<Hash> {
        node(self.0, level, index).ok()?
    }
}

/// The same for whoever brings the catalog to the ledger's head.
pub(crate) struct FollowerNodes<'a> {
    follower: Follower<'a>,
    /// Why a node is not there, if the catalog could not be read.
    failed: OnceLock<CatalogError>,
}

impl<'a> FollowerNodes<'a> {
    pub(crate) const fn new(follower: Follower<'a>) -> Self {
        Self {
            follower,
            failed: OnceLock::new(),
        }
    }

    /// The failure that looks like a missing node from outside. A node that is missing means a
    /// catalog to be thrown away; a disk that cannot be read does not.
    pub(crate) fn failure(self) -> Option<CatalogError> {
        self.failed.into_inner()
    }
}

impl Nodes for FollowerNodes<'_> {
    fn node(&self, level: u8, index: u64) -> Option<Hash> {
        node(&self.follower, level, index).unwrap_or_else(|error| {
            // The first tells most.
            let _second = self.failed.set(error);
            None
        })
    }
}

/// What nodes are made of.
trait Source {
    fn entry(&self, index: u64) -> Result<Option<String>, CatalogError>;
    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, CatalogError>;
}

impl Source for Catalog {
    fn entry(&self, index: u64) -> Result<Option<String>, CatalogError> {
        Self::entry(self, index)
    }

    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, CatalogError> {
        Self::tile(self, level, index)
    }
}

impl Source for Follower<'_> {
    fn entry(&self, index: u64) -> Result<Option<String>, CatalogError> {
        Self::entry(self, index)
    }

    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, CatalogError> {
        Self::tile(self, level, index)
    }
}

fn node(source: &impl Source, level: u8, index: u64) -> Result<Option<Hash>, CatalogError> {
    if let Some(stored) = stored(source, level, index)? {
        return Ok(Some(stored));
    }
    if level == 0 {
        let line = source.entry(index)?;
        return Ok(line.map(|line| leaf_hash(line.as_bytes())));
    }
    let Some(left) = index.checked_mul(2) else {
        return Ok(None);
    };
    let Some(l) = node(source, level - 1, left)? else {
        return Ok(None);
    };
    let r = node(source, level - 1, left + 1)?;
    Ok(r.map(|r| node_hash(&l, &r)))
}

fn stored(source: &impl Source, level: u8, index: u64) -> Result<Option<Hash>, CatalogError> {
    let above = level % TILE_HEIGHT;
    let Some(first) = index.checked_mul(1 << above) else {
        return Ok(None);
    };
    let tile = source.tile(level / TILE_HEIGHT, first / TILE_WIDTH)?;
    let within = || {
        let from = usize::try_from(first % TILE_WIDTH).ok()? * HASH_BYTES;
        let mut row = tile?
            .get(from..from + (HASH_BYTES << above))?
            .as_chunks()
            .0
            .to_vec();
        while row.len() > 1 {
            row = row
                .as_chunks::<2>()
                .0
                .iter()
                .map(|[l, r]| node_hash(l, r))
                .collect();
        }
        row.first().copied()
    };
    Ok(within())
}

/// The tree as far as it was followed, with the tiles that are not full yet.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    tree: Frontier,
    /// For each level that is a multiple of 8, the hashes of its open tile.
    open: Vec<Vec<Hash>>,
}

impl Edge {
    /// The edge of the tree that a catalog has followed; `None` if the catalog lacks a part.
    pub(crate) fn of(catalog: Follower<'_>, tree: Frontier) -> Result<Option<Self>, CatalogError> {
        let mut open = Vec::new();
        let (mut level, mut count) = (0u8, tree.size());
        while count > 0 {
            let first = count - count % TILE_WIDTH;
            let mut row = Vec::new();
            for index in first..count {
                let Some(hash) = node(&catalog, level, index)? else {
                    return Ok(None);
                };
                row.push(hash);
            }
            open.push(row);
            level += TILE_HEIGHT;
            count /= TILE_WIDTH;
        }
        Ok(Some(Self { tree, open }))
    }

    /// Adds leaves; returns the tiles that became full.
    pub(crate) fn grow(&mut self, leaves: &[Hash]) -> Vec<Tile> {
        let mut full = Vec::new();
        let Self { tree, open } = self;
        for leaf in leaves {
            tree.append_noting(*leaf, |level, index, hash| {
                if level % TILE_HEIGHT != 0 {
                    return;
                }
                let row = usize::from(level / TILE_HEIGHT);
                if open.len() <= row {
                    open.resize(row + 1, Vec::new());
                }
                let Some(hashes) = open.get_mut(row) else {
                    return;
                };
                hashes.push(hash);
                if hashes.len() as u64 == TILE_WIDTH {
                    let bytes = std::mem::take(hashes).concat();
                    full.push(Tile {
                        level: level / TILE_HEIGHT,
                        index: index / TILE_WIDTH,
                        bytes,
                    });
                }
            });
        }
        full
    }
}

#[cfg(test)]
mod tests {
    use catalog::{Advance, HeadRecord, IndexedEntry};
    use domain::{Digest, Timestamp};
    use ledger::tree::{MemoryNodes, root_at};

    use super::*;

    /// Commits of uneven size, so that tiles fill in the middle of one and at its end.
    #[test]
    fn tiles_and_entries_give_the_nodes_of_the_whole_tree() {
        let catalog = Catalog::in_memory().unwrap();
        let edge_of = |tree| Edge::of(catalog.follower(), tree).unwrap().unwrap();
        let mut edge = edge_of(Frontier::new());
        let mut whole = MemoryNodes::default();
        let (mut size, mut commit) = (0u64, 0u64);
        while size < 66_000 {
            let count = 1 + (commit * 37) % 500;
            let lines: Vec<String> = (size..size + count).map(|n| format!("entry {n}")).collect();
            let leaves: Vec<Hash> = lines
                .iter()
                .map(|line| leaf_hash(line.as_bytes()))
                .collect();
            for leaf in &leaves {
                whole.append(*leaf);
            }
            let tiles = edge.grow(&leaves);
            let entries = lines.into_iter().map(|line| IndexedEntry {
                id: line.clone(),
                line,
                terms: Vec::new(),
            });
            catalog
                .advance(Advance {
                    head: HeadRecord {
                        commit,
                        commit_sha256: Digest::of(b""),
                        size: size + count,
                        at: Timestamp::from_unix_ms(0),
                        ledger_state: Vec::new(),
                    },
                    first_index: size,
                    entries: entries.collect(),
                    tiles,
                    facts: Vec::new(),
                })
                .unwrap();
            size += count;
            commit += 1;
        }
        for at in [1, 255, 256, 257, 511, 65_535, 65_536, 65_537, size] {
            let (ours, theirs) = (root_at(&CatalogNodes(&catalog), at), root_at(&whole, at));
            assert_eq!(ours.unwrap(), theirs.unwrap(), "{at}");
        }
        // Opened again, the edge is what it was.
        let again = edge_of(edge.tree.clone());
        assert_eq!(again.open, edge.open);
        assert_eq!(
            catalog.tile(0, size / TILE_WIDTH).unwrap(),
            None,
            "an open tile is not stored"
        );
    }
}
