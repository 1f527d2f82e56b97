//! Opening: every byte is compared with what was sealed before the first one is handed out.

use std::io::{self, BufRead, Read as _, Write};

use age::DecryptError;
use bytes::Bytes;
use domain::{SealedName, SealedObject};

use crate::error::{Measure, PayloadDifference};
use crate::stream::{ReadFailure, drain, keep, read_through};
use crate::{Identity, Remains, Vault, VaultError};

/// The largest header that is taken into memory. Each recipient takes some hundred bytes.
const HEADER_BYTES_MAX: u64 = 1024 * 1024;

/// What age adds to what is sealed (age-encryption.org/v1, "Payload"): a nonce, and a tag for
/// every 64 KiB begun.
const NONCE_BYTES: u64 = 16;
const TAG_BYTES: u64 = 16;
const CHUNK_BYTES: u64 = 64 * 1024;

/// How much is decrypted between two writes to the sink.
const BUFFER_BYTES: usize = 64 * 1024;

impl Vault {
    /// Opens an object that fits into memory: what was sealed, if all of it is as `object`
    /// says.
    ///
    /// `limit_bytes` is the most that may have been sealed.
    ///
    /// # Errors
    /// From [`VaultError::HeaderMissing`] on; nothing of the content comes out then.
    pub async fn open(
        &self,
        object: &SealedObject,
        identity: &Identity,
        limit_bytes: u64,
    ) -> Result<Bytes, VaultError> {
        let size_bytes = content_size_bytes(object.payload_size_bytes);
        if size_bytes > limit_bytes {
            let name = object.name.clone();
            return Err(VaultError::TooLarge {
                name,
                size_bytes,
                limit_bytes,
            });
        }
        let _turn = self.opening.acquire().await;
        let header = self.header(object).await?;
        let path = object.name.payload_path();
        let keep_bytes_max = object.payload_size_bytes;
        let read = read_through(&self.blobs, &path, move |r| keep(r, keep_bytes_max)).await;
        let payload = whole_payload(object, path.clone(), read)?;

        let identity = identity.clone();
        let decrypted = tokio::task::spawn_blocking(move || {
            let mut content = Vec::with_capacity(usize::try_from(size_bytes).unwrap_or_default());
            decrypt(&header, payload.as_slice(), &identity, &mut content)?;
            Ok(Bytes::from(content))
        });
        match decrypted.await {
            Ok(Ok(content)) => Ok(content),
            Ok(Err(failure)) => Err(Unopened::into_error(failure, object.name.clone())),
            Err(_panic) => Err(not_read(object, path, ReadFailure::BrokenOff)),
        }
    }

    /// Opens an object of any size, with little memory. Reads it twice: first all of it is
    /// compared with `object`, then it is decrypted and compared once more.
    ///
    /// `sink` is written to from a thread that may block, and is given back with the number of
    /// bytes it got. **Whatever it got must not be shown before this returns `Ok`**: what comes
    /// out is authenticated piece by piece, and that it is whole is known at the end alone.
    ///
    /// # Errors
    /// From [`VaultError::HeaderMissing`] on.
    pub async fn open_stream<W>(
        &self,
        object: &SealedObject,
        identity: &Identity,
        mut sink: W,
    ) -> Result<(u64, W), VaultError>
    where
        W: Write + Send + 'static,
    {
        let _turn = self.opening.acquire().await;
        let header = self.header(object).await?;
        let path = object.name.payload_path();
        let first = read_through(&self.blobs, &path, drain).await;
        whole_payload(object, path.clone(), first)?;

        let identity = identity.clone();
        let second = read_through(&self.blobs, &path, move |payload| {
            let decrypted = decrypt(&header, payload, &identity, &mut sink);
            decrypted.map(|size_bytes| (size_bytes, sink))
        })
        .await;
        // What the decryption says comes first: after an error the rest was not read.
        if let Ok(Some((Err(failure), _))) = second {
            return Err(failure.into_error(object.name.clone()));
        }
        whole_payload(object, path, second)?
            .map_err(|failure| failure.into_error(object.name.clone()))
    }

    /// The header, if it is the one that was sealed.
    async fn header(&self, object: &SealedObject) -> Result<Bytes, VaultError> {
        let path = object.name.header_path(object.epoch);
        let read = read_through(&self.keys, &path, |r| keep(r, HEADER_BYTES_MAX)).await;
        let (header, measure) = match read {
            Ok(Some(read)) => read,
            Ok(None) => return Err(VaultError::HeaderMissing { path }),
            Err(failure) => return Err(not_read(object, path, failure)),
        };
        if measure.sha256 != object.header_sha256 {
            let (expected, found) = (object.header_sha256, measure.sha256);
            return Err(VaultError::HeaderDiffers {
                path,
                expected,
                found,
            });
        }
        if measure.size_bytes > HEADER_BYTES_MAX {
            let (name, source) = (object.name.clone(), DecryptError::InvalidHeader);
            return Err(VaultError::Undecryptable { name, source });
        }
        Ok(Bytes::from(header))
    }
}

/// How much was sealed, if the payload is of this size; nothing if no payload is so small.
fn content_size_bytes(payload_size_bytes: u64) -> u64 {
    let chunks_bytes = payload_size_bytes.saturating_sub(NONCE_BYTES);
    let chunks = chunks_bytes.div_ceil(CHUNK_BYTES + TAG_BYTES);
    chunks_bytes.saturating_sub(chunks * TAG_BYTES)
}

/// What was read, if it was the payload that was sealed.
fn whole_payload<R>(
    object: &SealedObject,
    path: String,
    read: Result<Option<(R, Measure)>, ReadFailure>,
) -> Result<R, VaultError> {
    let (result, found) = match read {
        Ok(Some(read)) => read,
        Ok(None) => return Err(VaultError::PayloadMissing { path }),
        Err(failure) => return Err(not_read(object, path, failure)),
    };
    let expected = Measure {
        size_bytes: object.payload_size_bytes,
        sha256: object.payload_sha256,
    };
    if found != expected {
        let difference = PayloadDifference {
            path,
            expected,
            found,
        };
        return Err(VaultError::PayloadDiffers(Box::new(difference)));
    }
    Ok(result)
}

fn not_read(object: &SealedObject, path: String, failure: ReadFailure) -> VaultError {
    match failure {
        ReadFailure::Store(source) => VaultError::NotRead {
            path,
            source: Box::new(source),
        },
        ReadFailure::BrokenOff => VaultError::BrokenOff {
            name: object.name.clone(),
            remains: Remains::Nothing,
        },
    }
}

/// Why an object whose parts are as they were sealed was not opened.
pub(crate) enum Unopened {
    Age(DecryptError),
    Sink(io::Error),
}

impl Unopened {
    fn into_error(self, name: SealedName) -> VaultError {
        match self {
            Self::Age(DecryptError::NoMatchingKeys) => VaultError::WrongIdentity { name },
            Self::Age(source) => VaultError::Undecryptable { name, source },
            Self::Sink(source) => VaultError::SinkFailed { name, source },
        }
    }
}

/// Decrypts header and payload into `sink`, and says how much that was. Runs on a blocking
/// thread.
pub(crate) fn decrypt(
    header: &[u8],
    payload: impl BufRead,
    identity: &Identity,
    sink: &mut impl Write,
) -> Result<u64, Unopened> {
    let identity: &dyn age::Identity = identity.as_age();
    let mut content = age::Decryptor::new_buffered(header.chain(payload))
        .and_then(|file| file.decrypt(std::iter::once(identity)))
        .map_err(Unopened::Age)?;
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut size_bytes = 0;
    loop {
        let read = content
            .read(&mut buffer)
            .map_err(|error| Unopened::Age(error.into()))?;
        let Some(decrypted @ [_, ..]) = buffer.get(..read) else {
            break;
        };
        sink.write_all(decrypted).map_err(Unopened::Sink)?;
        size_bytes += read as u64;
    }
    sink.flush().map_err(Unopened::Sink)?;
    Ok(size_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_the_content_follows_from_the_size_of_the_payload() {
        for content in [0, 1, 65_535, 65_536, 65_537, 131_072, 131_073, 9_000_000u64] {
            let chunks = content.div_ceil(CHUNK_BYTES).max(1);
            let payload = NONCE_BYTES + content + chunks * TAG_BYTES;
            assert_eq!(content_size_bytes(payload), content);
        }
        assert_eq!(content_size_bytes(0), 0);
        assert_eq!(content_size_bytes(31), 0);
    }
}
