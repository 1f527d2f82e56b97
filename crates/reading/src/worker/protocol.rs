//! Frames between parent and child: a JSON message and some blobs.
//!
//! A frame is the length of the message (u32), the number of blobs (u32), the length of each
//! blob (u64), all big-endian; then the message, then the blobs. The parent believes nothing
//! that a child says about lengths beyond the bounds here.

use std::io::{self, Read, Write};

use domain::MediaType;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::confine::{Confinement, ConfinementPolicy};
use crate::limits::Limits;
use crate::ocr::{EngineIdentity, EngineSetup};
use crate::page::{Page, ReadOptions};
use crate::unreadable::{ReadFailure, Unreadable};

/// The longest message, in bytes. What a page has beside its blobs takes some kilobytes.
pub(super) const MESSAGE_BYTES_MAX: u32 = 4 * 1024 * 1024;
/// The most blobs.
const BLOBS_MAX: u32 = 4;

/// What the parent says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "kebab-case")]
pub(super) enum Request {
    /// First and once: how to set up.
    Setup {
        limits: Limits,
        policy: ConfinementPolicy,
        engine: EngineSetup,
    },
    /// Read the file that follows as a blob.
    Read { options: ReadOptions },
}

/// What the child says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "kebab-case")]
pub(super) enum Answer {
    /// Set up and locked in.
    Ready {
        engine: EngineIdentity,
        confinement: Confinement,
    },
    /// Not set up; it ends after this.
    Refused { why: Unreadable },
    /// The file has so many pages.
    Opened {
        media_type: MediaType,
        page_count: u32,
    },
    /// A page; ALTO, text and preview follow as blobs.
    Page { page: Box<Page> },
    /// All pages were answered.
    Done,
    /// The file, or this page of it, cannot be read.
    Failed { failure: ReadFailure },
}

/// A frame in memory.
pub(super) struct Frame {
    pub(super) message: Vec<u8>,
    pub(super) blobs: Vec<Vec<u8>>,
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// The frame's head and message; the blobs are written after it as they are.
pub(super) fn head<M: Serialize>(message: &M, blobs: &[&[u8]]) -> io::Result<Vec<u8>> {
    let message = serde_json::to_vec(message)?;
    let mut bytes = Vec::with_capacity(8 + blobs.len() * 8 + message.len());
    let length = u32::try_from(message.len()).map_err(|_| invalid("message too long"))?;
    let count = u32::try_from(blobs.len()).map_err(|_| invalid("too many blobs"))?;
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(&count.to_be_bytes());
    for blob in blobs {
        bytes.extend_from_slice(&(blob.len() as u64).to_be_bytes());
    }
    bytes.extend_from_slice(&message);
    Ok(bytes)
}

/// Lengths of the message and of how many blobs, from the first eight bytes.
pub(super) fn lengths(head: [u8; 8]) -> io::Result<(u32, u32)> {
    let [m0, m1, m2, m3, b0, b1, b2, b3] = head;
    let message = u32::from_be_bytes([m0, m1, m2, m3]);
    let blobs = u32::from_be_bytes([b0, b1, b2, b3]);
    if message > MESSAGE_BYTES_MAX || blobs > BLOBS_MAX {
        return Err(invalid("a frame beyond its bounds"));
    }
    Ok((message, blobs))
}

impl Frame {
    /// The message of a frame.
    pub(super) fn parse<M: DeserializeOwned>(&self) -> io::Result<M> {
        Ok(serde_json::from_slice(&self.message)?)
    }
}

/// Writes a frame, on the child's side.
pub(super) fn write<M: Serialize>(
    out: &mut impl Write,
    message: &M,
    blobs: &[&[u8]],
) -> io::Result<()> {
    out.write_all(&head(message, blobs)?)?;
    for blob in blobs {
        out.write_all(blob)?;
    }
    out.flush()
}

/// Reads a frame, on the child's side; none at the end of the stream.
pub(super) fn read(input: &mut impl Read, blob_bytes_max: u64) -> io::Result<Option<Frame>> {
    let mut start = [0u8; 8];
    match input.read(&mut start)? {
        0 => return Ok(None),
        got => input.read_exact(start.get_mut(got..).unwrap_or_default())?,
    }
    let (message_length, blob_count) = lengths(start)?;
    let mut blob_lengths = Vec::new();
    for _ in 0..blob_count {
        let mut length = [0u8; 8];
        input.read_exact(&mut length)?;
        let length = u64::from_be_bytes(length);
        if length > blob_bytes_max {
            return Err(invalid("a blob beyond its bounds"));
        }
        blob_lengths.push(length);
    }
    let message = exactly(input, u64::from(message_length))?;
    let blobs = blob_lengths
        .into_iter()
        .map(|length| exactly(input, length))
        .collect::<io::Result<_>>()?;
    Ok(Some(Frame { message, blobs }))
}

fn exactly(input: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // Grows with what arrives, so that a length alone takes no memory.
    input.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length {
        Ok(bytes)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}
