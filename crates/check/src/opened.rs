//! The bytes of one payload: hashed as they pass and, with an identity, decrypted and taken
//! apart in the same pass.
//!
//! Whatever the size of the object, a few pieces are in memory at a time. Plaintext never
//! leaves this pass: it is hashed, or read as the small description it is.

use std::io::{self, BufRead, Read};

use age::DecryptError;
use bytes::Bytes;
use domain::Digest;
use sha2::{Digest as _, Sha256};
use store::{Store, StoreError};
use tokio::sync::mpsc;

use crate::contents::Contents;
use crate::entry::Filing;
use crate::report::{Draft, Finding};
use crate::ustar::{self, Broken};
use crate::{Code, Identity, bag, derived};

/// How many pieces wait between the store and the pass.
const PIECES_WAITING: usize = 4;

/// What is done with a payload that is read.
pub(crate) enum Reading {
    /// Its bytes are hashed.
    Hash,
    /// They are also decrypted, and judged as what the object is.
    Open {
        header: Bytes,
        identity: Identity,
        sealed: Sealed,
    },
}

/// What a payload holds.
pub(crate) enum Sealed {
    /// A bag, and the entry that filed it.
    Bag(Box<Filing>),
    /// What was read from a record.
    Derived,
}

/// What was found in a payload that could be read to its end.
pub(crate) struct Outcome {
    pub(crate) sha256: Digest,
    pub(crate) size_bytes: u64,
    /// `None` where it was only hashed.
    pub(crate) opened: Option<Opened>,
}

/// How opening went.
pub(crate) enum Opened {
    /// No key of the identity fits.
    NoKey,
    /// It was opened or failed to open for another reason: the findings, if any.
    Judged(Draft),
}

/// Why a payload was not read to its end.
pub(crate) enum NotRead {
    /// It is not there.
    Missing,
    /// The store failed.
    Store(StoreError),
    /// The pass ended by itself: a defect of this program.
    Ended(tokio::task::JoinError),
}

/// Reads the payload at `path`.
pub(crate) async fn read(store: &Store, path: &str, reading: Reading) -> Result<Outcome, NotRead> {
    let mut chunks = store
        .read_chunks(path)
        .await
        .map_err(NotRead::Store)?
        .ok_or(NotRead::Missing)?;
    let (to_pass, from_store) = mpsc::channel(PIECES_WAITING);
    let place = path.to_owned();
    let pass = tokio::task::spawn_blocking(move || pass(Pieces::new(from_store), &place, reading));
    let mut failure = None;
    loop {
        match chunks.next().await {
            Ok(None) => break,
            Ok(Some(chunk)) => {
                if to_pass.send(chunk).await.is_err() {
                    break;
                }
            }
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    drop(to_pass);
    let outcome = pass.await.map_err(NotRead::Ended)?;
    // What the pass made of a beginning without its end says nothing about the object.
    failure.map_or(Ok(outcome), |error| Err(NotRead::Store(error)))
}

fn pass(mut pieces: Pieces, place: &str, reading: Reading) -> Outcome {
    let opened = match reading {
        Reading::Hash => None,
        Reading::Open {
            header,
            identity,
            sealed,
        } => Some(open(&mut pieces, place, &header, &identity, &sealed)),
    };
    let (sha256, size_bytes) = pieces.finish();
    Outcome {
        sha256,
        size_bytes,
        opened,
    }
}

fn open(
    pieces: &mut Pieces,
    place: &str,
    header: &[u8],
    identity: &Identity,
    sealed: &Sealed,
) -> Opened {
    let (unopened, malformed, wants): (_, _, fn(&str) -> bool) = match sealed {
        Sealed::Bag(_) => (Code::BagUnopened, Code::BagMalformed, bag::wants),
        Sealed::Derived => (
            Code::DerivedUnopened,
            Code::DerivedMalformed,
            derived::wants,
        ),
    };
    let mut draft = Draft::default();
    let mut find = |code, found: String, expected: &str| {
        draft.find(Finding::new(code, place, found, expected));
    };
    let decrypted = age::Decryptor::new_buffered(header.chain(pieces))
        .and_then(|decryptor| decryptor.decrypt(identity.keys()));
    let mut plain = match decrypted {
        Ok(plain) => plain,
        Err(DecryptError::NoMatchingKeys) => return Opened::NoKey,
        Err(error) => {
            find(unopened, error.to_string(), "an age file for this identity");
            return Opened::Judged(draft);
        }
    };
    let mut contents = Contents::new(wants);
    match ustar::walk(&mut plain, &mut contents) {
        Ok(()) => match sealed {
            Sealed::Bag(filing) => bag::judge(place, filing, &contents, &mut draft),
            Sealed::Derived => derived::judge(place, &contents, &mut draft),
        },
        Err(Broken::Read(error)) => {
            find(unopened, error.to_string(), "an age file that is whole");
        }
        Err(Broken::Form(why)) => find(malformed, why, "a tar as the stored form has it"),
    }
    Opened::Judged(draft)
}

/// The pieces of a payload as a reader, each hashed as it comes.
struct Pieces {
    from_store: mpsc::Receiver<Bytes>,
    current: Bytes,
    hasher: Sha256,
    size_bytes: u64,
}

impl Pieces {
    fn new(from_store: mpsc::Receiver<Bytes>) -> Self {
        Self {
            from_store,
            current: Bytes::new(),
            hasher: Sha256::new(),
            size_bytes: 0,
        }
    }

    /// Takes the next piece; false at the end.
    fn advance(&mut self) -> bool {
        while let Some(piece) = self.from_store.blocking_recv() {
            self.hasher.update(&piece);
            self.size_bytes += piece.len() as u64;
            self.current = piece;
            if !self.current.is_empty() {
                return true;
            }
        }
        false
    }

    /// Hashes what is left and answers digest and size of all.
    fn finish(mut self) -> (Digest, u64) {
        while self.advance() {}
        (self.hasher.into(), self.size_bytes)
    }
}

impl Read for Pieces {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let from = self.fill_buf()?;
        let most = from.len().min(to.len());
        if let (Some(from), Some(to)) = (from.get(..most), to.get_mut(..most)) {
            to.copy_from_slice(from);
        }
        self.consume(most);
        Ok(most)
    }
}

impl BufRead for Pieces {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.current.is_empty() {
            self.advance();
        }
        Ok(&self.current)
    }

    fn consume(&mut self, amount: usize) {
        let amount = amount.min(self.current.len());
        drop(self.current.split_to(amount));
    }
}
