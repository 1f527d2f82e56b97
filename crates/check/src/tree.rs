//! Merkle tree roots as RFC 6962 section 2.1 defines them.
//!
//! Only roots are computed here: no proofs are made or verified, and leaves are not kept.

use sha2::{Digest as _, Sha256};

/// The root of a tree, or the hash of a node: SHA-256.
pub(crate) type Hash = [u8; 32];

/// A tree that grows leaf by leaf, holding the roots of its perfect subtrees and no leaf.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    size: u64,
    /// Roots of the perfect subtrees, largest and leftmost first: one for every bit that is
    /// set in `size`.
    peaks: Vec<Hash>,
}

impl Tree {
    /// How many leaves it has.
    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// Appends one leaf.
    pub(crate) fn append(&mut self, leaf: &[u8]) {
        let mut hash = leaf_hash(leaf);
        // Each bit that the new leaf carries over joins two perfect subtrees of equal size.
        let mut carries = self.size;
        while carries & 1 == 1 {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
            carries >>= 1;
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root of the tree as it stands; of no leaves, SHA-256 of nothing.
    pub(crate) fn root(&self) -> Hash {
        let mut from_right = self.peaks.iter().rev();
        let Some(last) = from_right.next() else {
            return Sha256::digest([]).into();
        };
        from_right.fold(*last, |right, left| node_hash(left, &right))
    }
}

fn leaf_hash(leaf: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([0x00])
        .chain_update(leaf)
        .finalize()
        .into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([0x01])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The recursive definition, word for word: MTH(D[n]) splits at the largest power of two
    /// smaller than n.
    fn by_definition(leaves: &[Vec<u8>]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [leaf] => leaf_hash(leaf),
            more => {
                let mut split = 1;
                while split * 2 < more.len() {
                    split *= 2;
                }
                node_hash(
                    &by_definition(&more[..split]),
                    &by_definition(&more[split..]),
                )
            }
        }
    }

    #[test]
    fn every_size_to_130_has_the_root_of_the_definition() {
        let mut tree = Tree::default();
        let mut leaves = Vec::new();
        assert_eq!(tree.root(), by_definition(&leaves));
        for n in 0u32..130 {
            let leaf = n.to_be_bytes().to_vec();
            tree.append(&leaf);
            leaves.push(leaf);
            assert_eq!(tree.size(), leaves.len() as u64);
            assert_eq!(tree.root(), by_definition(&leaves), "size {}", leaves.len());
        }
    }

    #[test]
    fn known_roots() {
        // The test vectors of Certificate Transparency's reference implementation.
        let leaves: [&str; 8] = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ];
        let mut tree = Tree::default();
        assert_eq!(
            hex::encode(tree.root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        for leaf in leaves {
            tree.append(&hex::decode(leaf).unwrap());
        }
        assert_eq!(
            hex::encode(tree.root()),
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
        );
    }
}
