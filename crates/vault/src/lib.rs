//! The vault (密库): bytes in, sealed objects out, and back again.
//!
//! A sealed object is one [age](https://age-encryption.org/v1) file in two parts. Its header,
//! up to and with the line that begins with `--- `, lies in the store of the keys; the rest,
//! its payload, lies in the store of the blobs. Put together again they are a plain age file
//! that the stock `age` program opens:
//!
//! ```text
//! cat keys/0/3f/01J….bag.1 blobs/3f/01J….bag.1 | age -d -i archive.txt
//! ```
//!
//! Without its header no copy of a payload can be read by anybody, so the header is written
//! first, which reserves the name, and removed first.
//!
//! What this crate does not do. It does not know what the bytes mean. It does not know the
//! ledger: whoever seals enters the [`domain::SealedObject`] there, and whoever opens brings
//! it from there. It makes no key durable and reads no key file. It destroys nothing that was
//! filed: [`Vault::discard`] removes what a crash left behind and no entry names.

mod discard;
mod error;
pub mod foreign;
mod identity;
mod open;
mod recipients;
mod seal;
mod split;
mod stream;

use std::sync::Arc;

use domain::Epoch;
use store::Store;
use tokio::sync::Semaphore;

pub use age::secrecy::{ExposeSecret, SecretString};
pub use discard::{Discard, DiscardReason, Discarded};
pub use error::{Leftover, Measure, PayloadDifference, Remains, SealStreamError, VaultError};
pub use identity::{Identity, IdentityError};
pub use recipients::{Holder, Recipients};

use recipients::RecipientKeys;

/// How many objects are sealed at once, and how many opened. Each takes a blocking thread that
/// waits on the store, and the store needs such threads too: without a bound they could all
/// wait on each other. It bounds memory as well.
const STREAMS_AT_ONCE: usize = 16;

/// Seals and opens objects (密封、启封) in two stores, for the recipients of one key epoch.
///
/// Clones share everything and are cheap.
#[derive(Clone)]
pub struct Vault {
    keys: Store,
    blobs: Store,
    epoch: Epoch,
    recipients: Arc<RecipientKeys>,
    // Two bounds, not one: a writer that is being sealed may itself read what it opens.
    sealing: Arc<Semaphore>,
    opening: Arc<Semaphore>,
}

impl Vault {
    /// A vault that seals for `recipients` under `epoch`: headers go to `keys`, payloads to
    /// `blobs`. Objects of every epoch can be opened.
    ///
    /// # Errors
    /// [`VaultError::RecipientUnreadable`], [`VaultError::RecipientsMissing`] and
    /// [`VaultError::RecipientRepeated`]: an archive that lacks a recipient, or where one key
    /// stands for two holders, would seal for fewer or other people than it says.
    pub fn new(
        keys: Store,
        blobs: Store,
        epoch: Epoch,
        recipients: &Recipients,
    ) -> Result<Self, VaultError> {
        Ok(Self {
            keys,
            blobs,
            epoch,
            recipients: Arc::new(RecipientKeys::read(recipients)?),
            sealing: Arc::new(Semaphore::new(STREAMS_AT_ONCE)),
            opening: Arc::new(Semaphore::new(STREAMS_AT_ONCE)),
        })
    }
}
