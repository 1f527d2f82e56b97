//! The ledger (台账): an append-only log of lines that nobody can quietly rewrite.
//!
//! Lines go in as *commits*, one object each, chained by SHA-256 and signed by the host that
//! wrote them. All lines together are the leaves of one RFC 6962 Merkle tree; a *checkpoint*
//! is a signed statement of that tree's size and root, and a *proof* shows to somebody who has
//! nothing but the log's public key that a line is in it.
//!
//! - [`tree`]: hashes, roots, inclusion and consistency (RFC 6962), pure.
//! - [`note`]: signed texts and their keys (C2SP signed-note), pure.
//! - [`checkpoint`]: signed tree heads (C2SP tlog-checkpoint), pure.
//! - [`proof`]: proof files for one entry (C2SP tlog-proof), pure.
//! - [`commit`]: the stored form of a commit, written and read strictly, pure.
//! - [`log`]: the ledger in a store: read, append, publish, survey.
//!
//! What is not here: the meaning of a line (to this crate it is a line of UTF-8), clocks, and
//! any verb that deletes. Who may write what, and when a damaged ledger may be written to
//! again, is decided above.

pub mod checkpoint;
pub mod commit;
pub mod log;
pub mod note;
pub mod proof;
pub mod tree;

mod spelling;
