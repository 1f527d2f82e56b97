//! Bridges between the blocking side, where age works, and the async side, where stores do.
//! Each carries a few pieces at most, so whoever is faster waits.

use std::io::{self, BufRead, Read, Write};

use bytes::{Bytes, BytesMut};
use domain::Digest;
use sha2::{Digest as _, Sha256};
use store::{Store, StoreError};
use tokio::sync::mpsc;

use crate::error::Measure;
use crate::split::HeaderPart;

/// How large the pieces are that cross a bridge.
const PIECE_BYTES: usize = 512 * 1024;
/// How many pieces wait in a bridge.
const PIECES_WAITING: usize = 4;

/// Counts and hashes.
#[derive(Default)]
struct Meter {
    sha256: Sha256,
    size_bytes: u64,
}

impl Meter {
    fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.size_bytes += bytes.len() as u64;
    }

    fn measure(self) -> Measure {
        Measure {
            size_bytes: self.size_bytes,
            sha256: Digest::from(self.sha256),
        }
    }
}

/// Takes an age file, keeps its header, and sends its payload over in pieces, hashed. Only for
/// threads that may block.
pub(crate) struct PayloadWriter {
    header: HeaderPart,
    headers: std::sync::mpsc::Sender<Bytes>,
    piece: Vec<u8>,
    pieces: mpsc::Sender<Bytes>,
    meter: Meter,
}

/// What [`PayloadWriter`] sends: the header at once, the payload piece by piece.
pub(crate) struct Sent {
    pub(crate) header: std::sync::mpsc::Receiver<Bytes>,
    pub(crate) payload: mpsc::Receiver<Bytes>,
}

impl PayloadWriter {
    pub(crate) fn new() -> (Self, Sent) {
        let (headers, header) = std::sync::mpsc::channel();
        let (pieces, payload) = mpsc::channel(PIECES_WAITING);
        let writer = Self {
            header: HeaderPart::default(),
            headers,
            piece: Vec::new(),
            pieces,
            meter: Meter::default(),
        };
        (writer, Sent { header, payload })
    }

    /// Sends what has not been sent yet, and says what all of it was.
    pub(crate) fn finish(mut self) -> io::Result<Measure> {
        self.send()?;
        Ok(self.meter.measure())
    }

    fn send(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = Bytes::from(std::mem::take(&mut self.piece));
        self.meter.update(&piece);
        // The other side hangs up when the store has failed; it knows why.
        self.pieces
            .blocking_send(piece)
            .map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the store has given up"))
    }
}

impl Write for PayloadWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let awaited = self.header.complete().is_none();
        let payload = self.header.take(bytes);
        if awaited && let Some(header) = self.header.complete() {
            self.headers
                .send(Bytes::copy_from_slice(header))
                .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        }
        if self.piece.len() + payload.len() > PIECE_BYTES {
            self.send()?;
        }
        self.piece.extend_from_slice(payload);
        Ok(bytes.len())
    }

    /// Does nothing: what is sealed is durable when all of it is, not before.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An object as the blocking side reads it, hashed on its way.
pub(crate) struct ChunkReader {
    chunks: mpsc::Receiver<Chunk>,
    current: Bytes,
    meter: Meter,
}

enum Chunk {
    Read(Bytes),
    /// The store failed. The async side keeps the error; this only ends the reading, which
    /// must not look like the end of the object.
    Failed,
}

impl BufRead for ChunkReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.current.is_empty() {
            match self.chunks.blocking_recv() {
                Some(Chunk::Read(bytes)) => {
                    self.meter.update(&bytes);
                    self.current = bytes;
                }
                Some(Chunk::Failed) => return Err(io::Error::other("the store has given up")),
                None => break,
            }
        }
        Ok(&self.current)
    }

    fn consume(&mut self, amount: usize) {
        self.current = self.current.split_off(amount.min(self.current.len()));
    }
}

impl Read for ChunkReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

/// Why an object was not read.
pub(crate) enum ReadFailure {
    Store(StoreError),
    /// The work panicked, or was shut down.
    BrokenOff,
}

/// Reads an object through `work`, which runs on a blocking thread, and measures how much of
/// it `work` read. `None`: the object is not there, and `work` was not called.
pub(crate) async fn read_through<R: Send + 'static>(
    store: &Store,
    path: &str,
    work: impl FnOnce(&mut ChunkReader) -> R + Send + 'static,
) -> Result<Option<(R, Measure)>, ReadFailure> {
    let Some(mut object) = store.read_chunks(path).await.map_err(ReadFailure::Store)? else {
        return Ok(None);
    };
    let (sender, chunks) = mpsc::channel(PIECES_WAITING);
    let working = tokio::task::spawn_blocking(move || {
        let mut reader = ChunkReader {
            chunks,
            current: Bytes::new(),
            meter: Meter::default(),
        };
        let result = work(&mut reader);
        (result, reader.meter.measure())
    });
    let fed = feed(&mut object, sender).await;
    let worked = working.await;
    fed.map_err(ReadFailure::Store)?;
    worked.map(Some).map_err(|_| ReadFailure::BrokenOff)
}

/// Sends the object over in pieces of some size: local files come in 8 KiB, and waking the
/// other side for each costs more than decrypting it.
async fn feed(object: &mut store::Chunks, chunks: mpsc::Sender<Chunk>) -> Result<(), StoreError> {
    let mut gathered = BytesMut::new();
    loop {
        let at_end = match object.next().await {
            Ok(Some(bytes)) => {
                gathered.extend_from_slice(&bytes);
                false
            }
            Ok(None) => true,
            Err(error) => {
                // If the reader has gone already, nobody needs to be told.
                let _ = chunks.send(Chunk::Failed).await;
                return Err(error);
            }
        };
        if gathered.len() >= PIECE_BYTES || (at_end && !gathered.is_empty()) {
            let piece = Chunk::Read(gathered.split().freeze());
            // The reader has stopped reading; its result says why.
            if chunks.send(piece).await.is_err() {
                return Ok(());
            }
        }
        if at_end {
            return Ok(());
        }
    }
}

/// Reads to the end, for its measure alone. If the store fails, [`read_through`] says so.
pub(crate) fn drain(reader: &mut ChunkReader) {
    while let Ok(chunk) = reader.fill_buf() {
        let read = chunk.len();
        if read == 0 {
            return;
        }
        reader.consume(read);
    }
}

/// Keeps what it reads, but at most `keep_bytes_max`; reads to the end in any case. If the
/// store fails, [`read_through`] says so.
pub(crate) fn keep(reader: &mut ChunkReader, keep_bytes_max: u64) -> Vec<u8> {
    let mut kept = Vec::new();
    if reader.take(keep_bytes_max).read_to_end(&mut kept).is_ok() {
        drain(reader);
    }
    kept
}
