//! The ledger from outside: reference vectors, other implementations, mutations, races.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that fails may panic"
)]

mod commits;
mod ledgers;
mod liar;
mod notes;
mod proofs;
mod surveys;
mod trees;

use domain::{Digest, FondsId};
use ledger::log::{Identity, Ledger, Signers};
use ledger::note::SignerKey;
use store::Store;

/// A generator with a fixed beginning (splitmix64), so that a failure repeats.
struct Dice(pub u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }
}

fn fonds() -> FondsId {
    "000102030405060708090a0b0c0d0e0f".parse().unwrap()
}

fn fonds_sha256() -> Digest {
    Digest::of(b"{\"vouchsafe\":1}\n")
}

fn log_key() -> SignerKey {
    SignerKey::from_seed(&ledger::checkpoint::origin(fonds()), &[2; 32]).unwrap()
}

fn writer(n: u8) -> SignerKey {
    SignerKey::from_seed(&format!("host-{n}.example"), &[0x10 + n; 32]).unwrap()
}

fn signers(n: u8) -> Signers {
    Signers {
        writer: writer(n),
        log: log_key(),
    }
}

/// The identity of a ledger with the writers 0 to 3.
fn identity() -> Identity {
    Identity {
        fonds: fonds(),
        fonds_sha256: fonds_sha256(),
        log_key: log_key().verifier().clone(),
        writers: (0..4).map(|n| writer(n).verifier().clone()).collect(),
    }
}

/// A new reader of the ledger in this store, at its beginning.
fn reader(store: &Store) -> Ledger {
    Ledger::new(store.clone(), identity(), None)
}

fn lines(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
