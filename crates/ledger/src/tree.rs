//! The Merkle tree of RFC 6962 over SHA-256: hashes, roots, proofs.
//!
//! Proofs are made and verified to the letter of RFC 6962 section 2.1; the steps of a verifier
//! are those of RFC 9162 sections 2.1.3.2 and 2.1.4.2. No proof but these two exists here.
//!
//! Everything is a pure function. Nothing is kept: a caller that holds hashes (in tiles, in a
//! table) serves them through [`Nodes`]; [`Frontier`] is the little that appending needs.

use std::fmt;

use domain::Digest;
use sha2::{Digest as _, Sha256};

/// A node of the tree: the SHA-256 of a leaf or of two nodes (RFC 6962 section 2.1).
pub type Hash = [u8; 32];

/// The root of the tree without leaves: SHA-256 of nothing (RFC 6962 section 2.1).
#[must_use]
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The hash of a leaf: SHA-256 of a zero byte and the entry (RFC 6962 section 2.1).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(entry);
    hasher.finalize().into()
}

/// The hash of two nodes: SHA-256 of a one byte, left and right (RFC 6962 section 2.1).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([1]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

/// A proof can't be made.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TreeError {
    /// The source of nodes does not have one that the proof needs.
    #[error("node {index} of level {level} of the tree is not at hand")]
    Missing {
        /// Height above the leaves, which are level 0.
        level: u8,
        /// Position in its level, from 0.
        index: u64,
    },
    /// The tree of this size has no such leaf.
    #[error("a tree of {size} entries has no entry {index}")]
    NoSuchLeaf {
        /// The leaf that was asked for.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// The older tree is larger than the newer one.
    #[error("a tree of {old} entries can't be the beginning of one of {new}")]
    Backwards {
        /// The size of the older tree.
        old: u64,
        /// The size of the newer tree.
        new: u64,
    },
}

/// A proof shows nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ProofError {
    /// The tree of this size has no such leaf.
    #[error("a tree of {size} entries has no entry {index}")]
    NoSuchLeaf {
        /// The leaf that the proof names.
        index: u64,
        /// The size of the tree that it names.
        size: u64,
    },
    /// The older tree is larger than the newer one.
    #[error("a tree of {old} entries can't be the beginning of one of {new}")]
    Backwards {
        /// The size of the older tree.
        old: u64,
        /// The size of the newer tree.
        new: u64,
    },
    /// The proof has more or fewer hashes than its sizes allow.
    #[error("the proof has {found} hashes, which its sizes do not allow")]
    Length {
        /// How many hashes it has.
        found: usize,
    },
    /// The path leads to another root.
    #[error("the path leads to the root {computed}, expected {expected}")]
    Root {
        /// The root that was to be shown.
        expected: Digest,
        /// The root that the path leads to.
        computed: Digest,
    },
    /// The path leads to another root of the older tree.
    #[error("the path leads to the older root {computed}, expected {expected}")]
    OldRoot {
        /// The root that was to be shown.
        expected: Digest,
        /// The root that the path leads to.
        computed: Digest,
    },
}

/// What appending needs of a tree: the roots of its perfect subtrees, the largest first. There
/// is one for each one bit in the size, so at most 64.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    nodes: Vec<Hash>,
}

/// The bytes are not a frontier: 8 bytes of size, big-endian, and 32 for each one bit in it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not the frontier of a tree: {found_bytes} bytes")]
pub struct FrontierError {
    /// How many bytes there were.
    pub found_bytes: usize,
}

impl Frontier {
    /// The tree without leaves.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            size: 0,
            nodes: Vec::new(),
        }
    }

    /// How many leaves the tree has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf hash at the right.
    pub fn append(&mut self, leaf: Hash) {
        self.append_noting(leaf, |_, _, _| ());
    }

    /// Adds a leaf hash at the right, and tells `note` each perfect subtree that is complete
    /// with it: level (0 for the leaf itself), index in that level, hash. Whoever keeps these
    /// can serve [`Nodes`].
    pub fn append_noting(&mut self, leaf: Hash, mut note: impl FnMut(u8, u64, Hash)) {
        let (mut level, mut index, mut hash) = (0u8, self.size, leaf);
        note(level, index, hash);
        while index & 1 == 1
            && let Some(left) = self.nodes.pop()
        {
            hash = node_hash(&left, &hash);
            index >>= 1;
            level += 1;
            note(level, index, hash);
        }
        self.nodes.push(hash);
        self.size += 1;
    }

    /// The root (RFC 6962 section 2.1).
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut from_right = self.nodes.iter().rev();
        let Some(last) = from_right.next() else {
            return empty_root();
        };
        from_right.fold(*last, |right, left| node_hash(left, &right))
    }

    /// Its bytes: the size as 8 bytes, big-endian, and the nodes, the largest subtree first.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        bytes.extend(self.nodes.iter().flatten());
        bytes
    }

    /// From its bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrontierError> {
        let wrong = || FrontierError {
            found_bytes: bytes.len(),
        };
        let (size, nodes) = bytes.split_first_chunk::<8>().ok_or_else(wrong)?;
        let size = u64::from_be_bytes(*size);
        let (nodes, rest) = nodes.as_chunks::<32>();
        // A size near the end of u64 is no tree that anybody grew, and would overflow.
        if !rest.is_empty() || nodes.len() as u64 != u64::from(size.count_ones()) || size >> 62 > 0
        {
            return Err(wrong());
        }
        Ok(Self {
            size,
            nodes: nodes.to_vec(),
        })
    }
}

impl fmt::Debug for Frontier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "tree of {}, root {}",
            self.size,
            Digest::from_bytes(self.root())
        )
    }
}

/// Who keeps the nodes of a tree, of perfect subtrees alone: node `index` of `level` covers
/// the 2^level leaves from `index` * 2^level on.
pub trait Nodes {
    /// The node, or none if it is not kept or its subtree is not complete.
    fn node(&self, level: u8, index: u64) -> Option<Hash>;
}

/// The root of the tree of the first `size` leaves (RFC 6962 section 2.1).
pub fn root_at<N: Nodes + ?Sized>(nodes: &N, size: u64) -> Result<Hash, TreeError> {
    if size == 0 {
        return Ok(empty_root());
    }
    subtree(nodes, 0, size)
}

/// The path that shows that leaf `index` is in the tree of the first `size` leaves, from the
/// leaf's sibling to the root's child (RFC 6962 section 2.1.1).
pub fn inclusion<N: Nodes + ?Sized>(
    nodes: &N,
    index: u64,
    size: u64,
) -> Result<Vec<Hash>, TreeError> {
    if index >= size {
        return Err(TreeError::NoSuchLeaf { index, size });
    }
    let (mut begin, mut end) = (0, size);
    let mut path = Vec::new();
    while end - begin > 1 {
        let middle = begin + split(end - begin);
        if index < middle {
            path.push(subtree(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(subtree(nodes, begin, middle)?);
            begin = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree of the first `old` leaves is the beginning of that of the first
/// `new` (RFC 6962 section 2.1.2). From or to the same size, and from nothing, it is empty.
pub fn consistency<N: Nodes + ?Sized>(
    nodes: &N,
    old: u64,
    new: u64,
) -> Result<Vec<Hash>, TreeError> {
    if old > new {
        return Err(TreeError::Backwards { old, new });
    }
    let mut path = Vec::new();
    if old == 0 {
        return Ok(path);
    }
    let (mut begin, mut end) = (0, new);
    while old != end {
        let middle = begin + split(end - begin);
        if old <= middle {
            path.push(subtree(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(subtree(nodes, begin, middle)?);
            begin = middle;
        }
    }
    if begin > 0 {
        path.push(subtree(nodes, begin, end)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether `path` shows that a leaf with hash `leaf` is entry `index` in the tree of `size`
/// leaves with this `root` (RFC 9162 section 2.1.3.2).
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    path: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::NoSuchLeaf { index, size });
    }
    let length = || ProofError::Length { found: path.len() };
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in path {
        if last == 0 {
            return Err(length());
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(length());
    }
    same_root(root, &hash)
}

/// Whether `path` shows that the tree of `old` leaves with `old_root` is the beginning of that
/// of `new` leaves with `new_root` (RFC 9162 section 2.1.4.2). The tree without leaves is the
/// beginning of every tree; its root must be [`empty_root`] and its proof empty.
pub fn verify_consistency(
    old: u64,
    new: u64,
    old_root: &Hash,
    new_root: &Hash,
    path: &[Hash],
) -> Result<(), ProofError> {
    if old > new {
        return Err(ProofError::Backwards { old, new });
    }
    let length = || ProofError::Length { found: path.len() };
    if old == 0 {
        same_old_root(old_root, &empty_root())?;
    }
    if old == new {
        same_root(new_root, old_root)?;
    }
    if old == 0 || old == new {
        return if path.is_empty() {
            Ok(())
        } else {
            Err(length())
        };
    }
    // A tree whose size is a power of two is itself the first node of the path.
    let (first, rest) = if old.is_power_of_two() {
        (old_root, path)
    } else {
        path.split_first().ok_or_else(length)?
    };
    let (mut node, mut last) = (old - 1, new - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return Err(length());
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(length());
    }
    same_old_root(old_root, &old_hash)?;
    same_root(new_root, &new_hash)
}

fn same_root(expected: &Hash, computed: &Hash) -> Result<(), ProofError> {
    if expected == computed {
        return Ok(());
    }
    Err(ProofError::Root {
        expected: Digest::from_bytes(*expected),
        computed: Digest::from_bytes(*computed),
    })
}

fn same_old_root(expected: &Hash, computed: &Hash) -> Result<(), ProofError> {
    if expected == computed {
        return Ok(());
    }
    Err(ProofError::OldRoot {
        expected: Digest::from_bytes(*expected),
        computed: Digest::from_bytes(*computed),
    })
}

/// The largest power of two that is smaller than `size`, which is at least 2.
const fn split(size: u64) -> u64 {
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}

/// The hash over the leaves from `begin` to `end` (exclusive), for ranges that splitting a
/// tree leads to: `begin` is a multiple of the largest power of two in the range.
fn subtree<N: Nodes + ?Sized>(nodes: &N, begin: u64, end: u64) -> Result<Hash, TreeError> {
    let size = end - begin;
    if !size.is_power_of_two() {
        let middle = begin + split(size);
        let left = subtree(nodes, begin, middle)?;
        return Ok(node_hash(&left, &subtree(nodes, middle, end)?));
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a u64 has at most 63 trailing zeros"
    )]
    let level = size.trailing_zeros() as u8;
    let index = begin >> level;
    nodes
        .node(level, index)
        .ok_or(TreeError::Missing { level, index })
}

/// All nodes of a tree in memory, 64 bytes a leaf: for tests and for trees that are small.
#[derive(Clone, Debug, Default)]
pub struct MemoryNodes {
    frontier: Frontier,
    levels: Vec<Vec<Hash>>,
}

impl MemoryNodes {
    /// Adds a leaf hash at the right.
    pub fn append(&mut self, leaf: Hash) {
        let levels = &mut self.levels;
        self.frontier.append_noting(leaf, |level, _, hash| {
            let level = usize::from(level);
            if levels.len() <= level {
                levels.resize_with(level + 1, Vec::new);
            }
            if let Some(nodes) = levels.get_mut(level) {
                nodes.push(hash);
            }
        });
    }

    /// How many leaves the tree has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.frontier.size()
    }
}

impl FromIterator<Hash> for MemoryNodes {
    fn from_iter<I: IntoIterator<Item = Hash>>(leaves: I) -> Self {
        let mut nodes = Self::default();
        leaves.into_iter().for_each(|leaf| nodes.append(leaf));
        nodes
    }
}

impl Nodes for MemoryNodes {
    fn node(&self, level: u8, index: u64) -> Option<Hash> {
        let nodes = self.levels.get(usize::from(level))?;
        nodes.get(usize::try_from(index).ok()?).copied()
    }
}
