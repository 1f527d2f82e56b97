//! Sealing: header first, which reserves the name, then the payload.

use std::io::Write;

use age::EncryptError;
use age::stream::StreamWriter;
use bytes::{Bytes, BytesMut};
use domain::{Digest, SealedName, SealedObject};
use store::{Creation, LargeObject, Store, StoreError};
use tokio::sync::mpsc;

use crate::error::Measure;
use crate::recipients::RecipientKeys;
use crate::stream::{PayloadWriter, ReadFailure, Sent, drain, read_through};
use crate::{Remains, SealStreamError, Vault, VaultError};

/// Payloads up to this size are written with one call, which is create-only; larger ones in
/// parts, which no store makes create-only.
const ONE_WRITE_BYTES_MAX: usize = 8 * 1024 * 1024;

impl Vault {
    /// Seals bytes under a name that was never used.
    ///
    /// Both parts are durable when it returns. It is recorded nowhere: enter what it answers
    /// in the ledger. A future that is dropped leaves what a crash would.
    ///
    /// # Errors
    /// [`VaultError::NameTaken`], or that the object was not stored: then nothing of it is
    /// left, or the error says what may be.
    pub async fn seal(
        &self,
        name: &SealedName,
        content: impl Into<Bytes>,
    ) -> Result<SealedObject, VaultError> {
        let content = content.into();
        match self
            .seal_stream(name, move |out| out.write_all(&content))
            .await
        {
            Ok((object, ())) => Ok(object),
            Err(SealStreamError::Vault(error)) => Err(error),
            Err(SealStreamError::Writer {
                name,
                remains,
                source,
            }) => Err(VaultError::NotEncrypted {
                name,
                remains,
                source: source.into(),
            }),
        }
    }

    /// Seals what `write` writes, and passes on what it returns. Memory stays bounded (some
    /// 40 MiB) whatever the size.
    ///
    /// `write` runs on a thread that may block, once the name is reserved; it is not called if
    /// the name is taken. If it fails nothing is sealed. It may open objects of this vault, and
    /// must not wait for another sealing: only so many run at once.
    ///
    /// # Errors
    /// As for [`Vault::seal`], and [`SealStreamError::Writer`].
    pub async fn seal_stream<T, E>(
        &self,
        name: &SealedName,
        write: impl FnOnce(&mut dyn Write) -> Result<T, E> + Send + 'static,
    ) -> Result<(SealedObject, T), SealStreamError<E>>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        let _turn = self.sealing.acquire().await;
        let begun = self.begin(name).await?;
        let header_sha256 = Digest::of(&begun.header);
        self.reserve(name, begun.header.clone()).await?;

        let path = name.payload_path();
        match self.store_payload(&path, begun, write).await {
            Ok((measure, made)) => {
                let object = SealedObject {
                    name: name.clone(),
                    epoch: self.epoch,
                    header_sha256,
                    payload_sha256: measure.sha256,
                    payload_size_bytes: measure.size_bytes,
                };
                Ok((object, made))
            }
            Err(unsealed) => {
                let remains = self.undo(name, &unsealed).await;
                Err(unsealed.into_error(name.clone(), path, remains))
            }
        }
    }

    /// Makes keys and header; nothing is written yet.
    async fn begin(&self, name: &SealedName) -> Result<Begun, VaultError> {
        let (recipients, kind) = (self.recipients.clone(), name.kind());
        // A tenth of a millisecond for each recipient: not on the runtime's threads.
        let begun = tokio::task::spawn_blocking(move || Begun::new(&recipients, kind)).await;
        let name = name.clone();
        match begun {
            Ok(Ok(begun)) => Ok(begun),
            Ok(Err(source)) => Err(VaultError::NotEncrypted {
                name,
                remains: Remains::Nothing,
                source,
            }),
            Err(_panic) => Err(VaultError::BrokenOff {
                name,
                remains: Remains::Nothing,
            }),
        }
    }

    /// Writes the header: from here on the name is this sealing's.
    async fn reserve(&self, name: &SealedName, header: Bytes) -> Result<(), VaultError> {
        let path = name.header_path(self.epoch);
        let source = match self.keys.create(&path, header.clone()).await {
            Ok(Creation::Mine) => return Ok(()),
            Ok(Creation::Taken(_)) => {
                let (name, remains) = (name.clone(), Remains::Nothing);
                return Err(VaultError::NameTaken {
                    name,
                    path,
                    remains,
                });
            }
            Err(source) => source,
        };
        // The write may have arrived all the same. A header is random: equal bytes are mine.
        let mine = match self.keys.read(&path, header.len() as u64).await {
            Ok(found) => found == Some(header),
            Err(StoreError::TooLarge { .. }) => false,
            Err(error) => {
                let remains = Remains::perhaps(path, error);
                let (name, source) = (name.clone(), Box::new(source));
                return Err(VaultError::HeaderNotStored {
                    name,
                    remains,
                    source,
                });
            }
        };
        let removed = if mine {
            remove(&self.keys, path).await
        } else {
            Ok(())
        };
        let remains = removed.err().unwrap_or(Remains::Nothing);
        let (name, source) = (name.clone(), Box::new(source));
        Err(VaultError::HeaderNotStored {
            name,
            remains,
            source,
        })
    }

    /// Encrypts on a blocking thread, and stores what comes from there.
    async fn store_payload<T, E>(
        &self,
        path: &str,
        begun: Begun,
        write: impl FnOnce(&mut dyn Write) -> Result<T, E> + Send + 'static,
    ) -> Result<(Measure, T), Unsealed<E>>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        let Begun {
            encryptor, payload, ..
        } = begun;
        let encrypting = tokio::task::spawn_blocking(move || encrypt(encryptor, write));
        let gathered = gather(&self.blobs, path, payload).await;
        let encrypted = encrypting.await;
        // A store that fails hangs up on the writer, so its word is the cause.
        let gathered = gathered?;
        match encrypted {
            Ok(Ok((made, measure))) => {
                gathered.keep(&self.blobs, path, measure).await?;
                Ok((measure, made))
            }
            Ok(Err(unwritten)) => {
                gathered.give_up().await;
                Err(unwritten)
            }
            Err(_panic) => {
                gathered.give_up().await;
                Err(Unsealed::BrokenOff)
            }
        }
    }

    /// Removes the header that reserved the name, then what there may be of the payload.
    async fn undo(&self, name: &SealedName, unsealed: &Unsealed<impl Sized>) -> Remains {
        if let Err(left) = remove(&self.keys, name.header_path(self.epoch)).await {
            return left;
        }
        let perhaps = match unsealed {
            // Somebody else's, whatever it is.
            Unsealed::Unstored(Unstored::Taken) => return Remains::Nothing,
            Unsealed::Unstored(Unstored::Uncertain(_, measure)) => Some(*measure),
            Unsealed::Unstored(Unstored::NotThere(_))
            | Unsealed::Writer(_)
            | Unsealed::Encryption(_)
            | Unsealed::BrokenOff => None,
        };
        let path = name.payload_path();
        if let Err(error) = self.blobs.sweep_staging(&path).await {
            return Remains::perhaps(path, error);
        }
        let Some(measure) = perhaps else {
            return Remains::Nothing;
        };
        // In doubt a payload is kept: only the very bytes of this sealing are removed.
        match read_through(&self.blobs, &path, drain).await {
            Ok(Some(((), found))) if found == measure => remove(&self.blobs, path)
                .await
                .err()
                .unwrap_or(Remains::Nothing),
            Ok(_) | Err(ReadFailure::BrokenOff) => Remains::Nothing,
            Err(ReadFailure::Store(error)) => Remains::perhaps(path, error),
        }
    }
}

async fn remove(store: &Store, path: String) -> Result<(), Remains> {
    match store.delete(&path).await {
        Ok(_) => Ok(()),
        Err(error) => Err(Remains::perhaps(path, error)),
    }
}

/// An age file of which only the header, and the nonce of the payload, is made.
struct Begun {
    encryptor: StreamWriter<PayloadWriter>,
    header: Bytes,
    payload: mpsc::Receiver<Bytes>,
}

impl Begun {
    fn new(recipients: &RecipientKeys, kind: domain::SealedKind) -> Result<Self, EncryptError> {
        let (writer, Sent { header, payload }) = PayloadWriter::new();
        let encryptor =
            age::Encryptor::with_recipients(recipients.of(kind))?.wrap_output(writer)?;
        let header = header.try_recv().map_err(|_| {
            EncryptError::Io(std::io::Error::other(
                "age wrote a header without a last line",
            ))
        })?;
        Ok(Self {
            encryptor,
            header,
            payload,
        })
    }
}

/// Runs on a blocking thread.
fn encrypt<T, E>(
    mut encryptor: StreamWriter<PayloadWriter>,
    write: impl FnOnce(&mut dyn Write) -> Result<T, E>,
) -> Result<(T, Measure), Unsealed<E>> {
    let made = write(&mut encryptor).map_err(Unsealed::Writer)?;
    let measure = encryptor
        .finish()
        .and_then(PayloadWriter::finish)
        .map_err(Unsealed::Encryption)?;
    Ok((made, measure))
}

/// Why the payload was not stored.
enum Unstored {
    /// Another object lies there.
    Taken,
    /// The store failed before anything could appear.
    NotThere(StoreError),
    /// The store failed while this appeared, or did not.
    Uncertain(StoreError, Measure),
}

/// Why an object whose header was written was not sealed.
enum Unsealed<E> {
    Unstored(Unstored),
    Writer(E),
    Encryption(std::io::Error),
    /// The thread panicked, or was shut down.
    BrokenOff,
}

impl<E> From<Unstored> for Unsealed<E> {
    fn from(unstored: Unstored) -> Self {
        Self::Unstored(unstored)
    }
}

impl<E> Unsealed<E> {
    fn into_error(self, name: SealedName, path: String, remains: Remains) -> SealStreamError<E> {
        SealStreamError::Vault(match self {
            Self::Writer(source) => {
                return SealStreamError::Writer {
                    name,
                    remains,
                    source,
                };
            }
            Self::Unstored(Unstored::NotThere(source) | Unstored::Uncertain(source, _)) => {
                VaultError::PayloadNotStored {
                    name,
                    remains,
                    source: Box::new(source),
                }
            }
            Self::Unstored(Unstored::Taken) => VaultError::NameTaken {
                name,
                path,
                remains,
            },
            Self::Encryption(source) => VaultError::NotEncrypted {
                name,
                remains,
                source: source.into(),
            },
            Self::BrokenOff => VaultError::BrokenOff { name, remains },
        })
    }
}

/// A payload on its way into the store. Nothing of it is there before [`Gathered::keep`].
enum Gathered {
    Small(BytesMut),
    Large(LargeObject),
}

/// Takes the payload from the encrypting thread: into memory, or, when it grows, into parts
/// of an upload.
async fn gather(
    blobs: &Store,
    path: &str,
    mut payload: mpsc::Receiver<Bytes>,
) -> Result<Gathered, Unstored> {
    let mut gathered = Gathered::Small(BytesMut::new());
    while let Some(piece) = payload.recv().await {
        gathered = gathered.add(blobs, path, piece).await?;
    }
    Ok(gathered)
}

impl Gathered {
    async fn add(self, blobs: &Store, path: &str, piece: Bytes) -> Result<Self, Unstored> {
        match self {
            // Most payloads are one piece: it is kept as it is, not copied.
            Self::Small(bytes) if bytes.is_empty() && piece.len() <= ONE_WRITE_BYTES_MAX => {
                Ok(Self::Small(BytesMut::from(piece)))
            }
            Self::Small(mut bytes) if bytes.len() + piece.len() <= ONE_WRITE_BYTES_MAX => {
                bytes.extend_from_slice(&piece);
                Ok(Self::Small(bytes))
            }
            Self::Small(bytes) => {
                // Parts overwrite what is there. The header has reserved the name, so this can
                // only be a left-over, or a name used twice; still, look.
                if blobs
                    .size(path)
                    .await
                    .map_err(Unstored::NotThere)?
                    .is_some()
                {
                    return Err(Unstored::Taken);
                }
                let upload = blobs.create_large(path).await.map_err(Unstored::NotThere)?;
                let upload = add_part(upload, bytes.freeze()).await?;
                Ok(Self::Large(add_part(upload, piece).await?))
            }
            Self::Large(upload) => Ok(Self::Large(add_part(upload, piece).await?)),
        }
    }

    /// Makes the payload appear, durably.
    async fn keep(self, blobs: &Store, path: &str, measure: Measure) -> Result<(), Unstored> {
        let uncertain = |error| Unstored::Uncertain(error, measure);
        match self {
            Self::Small(bytes) => match blobs.create(path, bytes.freeze()).await {
                Ok(Creation::Mine) => Ok(()),
                Ok(Creation::Taken(_)) => Err(Unstored::Taken),
                Err(error) => Err(uncertain(error)),
            },
            Self::Large(upload) => upload.finish().await.map(drop).map_err(uncertain),
        }
    }

    async fn give_up(self) {
        if let Self::Large(upload) = self {
            abort(upload).await;
        }
    }
}

async fn add_part(mut upload: LargeObject, piece: Bytes) -> Result<LargeObject, Unstored> {
    match upload.write(piece).await {
        Ok(()) => Ok(upload),
        Err(error) => {
            abort(upload).await;
            Err(Unstored::NotThere(error))
        }
    }
}

/// An upload that is not finished never appears. If even this fails, local files are swept
/// once more when the header is removed; elsewhere the store expires it.
async fn abort(upload: LargeObject) {
    if let Err(error) = upload.abort().await {
        tracing::debug!(%error, "an upload was not aborted");
    }
}
