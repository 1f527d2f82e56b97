//! Trees beside the vectors of Certificate Transparency and beside `ct-merkle`.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof};
use ledger::tree::{
    Frontier, Hash, MemoryNodes, Nodes, ProofError, TreeError, consistency, empty_root, inclusion,
    leaf_hash, root_at, verify_consistency, verify_inclusion,
};
use sha2::Sha256;

use crate::Dice;

/// The inputs and roots that the implementations of Certificate Transparency test with.
const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const PATHS: [(u64, u64, &[&str]); 4] = [
    (0, 1, &[]),
    (
        0,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        &[
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        1,
        5,
        &[
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
];
const CONSISTENCIES: [(u64, u64, &[&str]); 4] = [
    (1, 1, &[]),
    (
        1,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        &[
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        &[
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
];

fn hex(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(hex::encode).collect()
}

fn reference() -> MemoryNodes {
    let leaf = |text: &&str| leaf_hash(&hex::decode(text).unwrap());
    LEAVES.iter().map(leaf).collect()
}

fn tree_of(size: u64) -> MemoryNodes {
    (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

#[test]
fn the_vectors_of_certificate_transparency_hold() {
    let nodes = reference();
    assert_eq!(
        hex::encode(empty_root()),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    assert_eq!(root_at(&nodes, 0).unwrap(), empty_root());
    let mut frontier = Frontier::new();
    assert_eq!(frontier.root(), empty_root());
    for (size, root) in (1..).zip(ROOTS) {
        frontier.append(nodes.node(0, size - 1).unwrap());
        assert_eq!(hex::encode(frontier.root()), root, "size {size}");
        assert_eq!(hex::encode(root_at(&nodes, size).unwrap()), root);
    }
    for (index, size, path) in PATHS {
        assert_eq!(hex(&inclusion(&nodes, index, size).unwrap()), path);
    }
    for (old, new, path) in CONSISTENCIES {
        assert_eq!(hex(&consistency(&nodes, old, new).unwrap()), path);
    }
}

/// Every proof in every tree up to 64 leaves is the one that ct-merkle makes, and each of the
/// two accepts the other's.
#[test]
fn all_trees_up_to_64_leaves_agree_with_ct_merkle() {
    let nodes = tree_of(64);
    let mut theirs = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    let mut their_roots = Vec::new();
    for size in 1..=64u64 {
        theirs.push((size - 1).to_be_bytes().to_vec());
        let their_root = theirs.root();
        let root = root_at(&nodes, size).unwrap();
        assert_eq!(their_root.as_bytes().as_slice(), root);
        their_roots.push(their_root.clone());

        for index in 0..size {
            let path = inclusion(&nodes, index, size).unwrap();
            let their_path = theirs.prove_inclusion(index as usize);
            assert_eq!(their_path.as_bytes(), path.concat());
            let leaf = nodes.node(0, index).unwrap();
            verify_inclusion(&leaf, index, size, &path, &root).unwrap();
            let ours = InclusionProof::<Sha256>::try_from_bytes(path.concat()).unwrap();
            let value = index.to_be_bytes();
            their_root.verify_inclusion(&value, index, &ours).unwrap();
        }
        for old in 1..=size {
            let path = consistency(&nodes, old, size).unwrap();
            let their_path = theirs.prove_consistency((size - old) as usize);
            let old_root = root_at(&nodes, old).unwrap();
            verify_consistency(old, size, &old_root, &root, &path).unwrap();
            // For equal sizes ct-merkle's proofs are not those of the RFC's, which are empty.
            if old < size {
                assert_eq!(their_path.as_bytes(), path.concat(), "{old} to {size}");
                let ours = ConsistencyProof::<Sha256>::try_from_bytes(path.concat()).unwrap();
                let their_old = &their_roots[old as usize - 1];
                their_root.verify_consistency(their_old, &ours).unwrap();
            }
        }
    }
}

/// What was done to a proof.
fn mutate(dice: &mut Dice, path: &mut Vec<Hash>) {
    match dice.below(6) {
        0 if !path.is_empty() => {
            let (hash, bit) = (dice.below(path.len()), dice.below(256));
            path[hash][bit / 8] ^= 1 << (bit % 8);
        }
        1 if !path.is_empty() => {
            path.remove(dice.below(path.len()));
        }
        2 if !path.is_empty() => {
            let copy = path[dice.below(path.len())];
            path.insert(dice.below(path.len() + 1), copy);
        }
        3 if path.len() > 1 => {
            let (a, b) = (dice.below(path.len()), dice.below(path.len()));
            path.swap(a, b);
        }
        4 => {
            let mut hash = [0; 32];
            hash.fill_with(|| dice.below(256) as u8);
            path.insert(dice.below(path.len() + 1), hash);
        }
        _ => {}
    }
}

/// A proof is accepted if and only if it is the proof: of ten thousand that were mutated in
/// their hashes, index or sizes, none passes. (A tree's size comes with its root, as in a
/// checkpoint: a path alone does not bind it.)
#[test]
fn ten_thousand_mutated_proofs_are_refused() {
    let nodes = tree_of(200);
    let root = |size| root_at(&nodes, size).unwrap();
    let mut dice = Dice(6962);
    let mut refused = 0;
    while refused < 5_000 {
        let size = 1 + dice.below(200) as u64;
        let index = dice.below(size as usize) as u64;
        let mut path = inclusion(&nodes, index, size).unwrap();
        mutate(&mut dice, &mut path);
        let (mut index_said, mut size_said) = (index, size);
        match dice.below(3) {
            0 => index_said = dice.below(201) as u64,
            1 => size_said = dice.below(201) as u64,
            _ => {}
        }
        let leaf = nodes.node(0, index).unwrap();
        let genuine =
            index_said == index && inclusion(&nodes, index, size_said) == Ok(path.clone());
        let root = root(size_said);
        let verdict = verify_inclusion(&leaf, index_said, size_said, &path, &root);
        assert_eq!(
            verdict.is_ok(),
            genuine,
            "{index_said} in {size_said}: {verdict:?}"
        );
        refused += u32::from(!genuine);
    }
    while refused < 10_000 {
        let new = 1 + dice.below(200) as u64;
        let old = 1 + dice.below(new as usize) as u64;
        let mut path = consistency(&nodes, old, new).unwrap();
        mutate(&mut dice, &mut path);
        let (mut old_said, mut new_said) = (old, new);
        match dice.below(3) {
            0 => old_said = dice.below(201) as u64,
            1 => new_said = dice.below(201) as u64,
            _ => {}
        }
        let genuine = consistency(&nodes, old_said, new_said) == Ok(path.clone());
        let (old_root, new_root) = (root(old_said), root(new_said));
        let verdict = verify_consistency(old_said, new_said, &old_root, &new_root, &path);
        assert_eq!(
            verdict.is_ok(),
            genuine,
            "{old_said} to {new_said}: {verdict:?}"
        );
        refused += u32::from(!genuine);
    }
}

#[test]
fn wrong_roots_are_refused_whatever_the_sizes() {
    let nodes = tree_of(20);
    let wrong = leaf_hash(b"another tree");
    for new in 0..=20 {
        let new_root = root_at(&nodes, new).unwrap();
        for old in 0..=new {
            let old_root = root_at(&nodes, old).unwrap();
            let path = consistency(&nodes, old, new).unwrap();
            verify_consistency(old, new, &old_root, &new_root, &path).unwrap();
            let refused = verify_consistency(old, new, &wrong, &new_root, &path);
            assert!(refused.is_err(), "{old} to {new}, old root");
            // Nothing is the beginning of everything: there is no path to bind the new root.
            if old > 0 {
                let refused = verify_consistency(old, new, &old_root, &wrong, &path);
                assert!(refused.is_err(), "{old} to {new}, new root");
            }
        }
    }
}

/// A path that ends below the root of the size that is claimed, or goes on above it, is
/// refused even where its hashes lead to the root that is claimed.
#[test]
fn a_path_has_the_length_of_its_tree() {
    let nodes = tree_of(64);
    for (small, large) in (1..=20).flat_map(|small| (1..=64).map(move |large| (small, large))) {
        let path = inclusion(&nodes, 0, small).unwrap();
        let root = root_at(&nodes, small).unwrap();
        let leaf = nodes.node(0, 0).unwrap();
        let fits = inclusion(&nodes, 0, large).unwrap().len() == path.len();
        let verdict = verify_inclusion(&leaf, 0, large, &path, &root);
        let expected = if fits {
            Ok(())
        } else {
            Err(ProofError::Length { found: path.len() })
        };
        assert_eq!(verdict, expected, "{small} said to be {large}");

        if large > 1 && small > 1 {
            let path = consistency(&nodes, 1, small).unwrap();
            let fits = consistency(&nodes, 1, large).unwrap().len() == path.len();
            let verdict = verify_consistency(1, large, &leaf, &root, &path);
            let expected = if fits {
                Ok(())
            } else {
                Err(ProofError::Length { found: path.len() })
            };
            assert_eq!(verdict, expected, "from 1 to {small} said to be {large}");
        }
    }
}

#[test]
fn what_is_outside_a_tree_has_no_proof() {
    let nodes = tree_of(5);
    let root = root_at(&nodes, 5).unwrap();
    let outside = TreeError::NoSuchLeaf { index: 5, size: 5 };
    assert_eq!(inclusion(&nodes, 5, 5), Err(outside));
    assert_eq!(
        consistency(&nodes, 4, 3),
        Err(TreeError::Backwards { old: 4, new: 3 })
    );
    assert_eq!(
        root_at(&nodes, 6),
        Err(TreeError::Missing { level: 1, index: 2 })
    );
    assert_eq!(
        verify_inclusion(&root, 0, 0, &[], &root),
        Err(ProofError::NoSuchLeaf { index: 0, size: 0 })
    );
    assert_eq!(
        verify_consistency(2, 1, &root, &root, &[]),
        Err(ProofError::Backwards { old: 2, new: 1 })
    );
    let far = verify_inclusion(&root, u64::MAX - 1, u64::MAX, &[root; 70], &root);
    assert_eq!(far, Err(ProofError::Length { found: 70 }));
}

#[test]
fn a_frontier_reads_back_and_refuses_other_bytes() {
    let nodes = tree_of(70);
    let mut frontier = Frontier::new();
    for size in 0..70u64 {
        let bytes = frontier.to_bytes();
        assert_eq!(bytes.len() as u64, 8 + 32 * u64::from(size.count_ones()));
        let read = Frontier::from_bytes(&bytes).unwrap();
        assert_eq!(read, frontier);
        assert_eq!(read.root(), root_at(&nodes, size).unwrap());
        assert!(Frontier::from_bytes(&bytes[..bytes.len() - 1]).is_err());
        assert!(Frontier::from_bytes(&[bytes, vec![0; 32]].concat()).is_err());
        frontier.append(nodes.node(0, size).unwrap());
    }
    let huge = [(1u64 << 62).to_be_bytes().as_slice(), &[7; 32]].concat();
    assert!(Frontier::from_bytes(&huge).is_err());
}
