//! Taking up the files of a record: bytes, digest, size, type.

use std::fs::File;
use std::io::Read;

use bytes::Bytes;
use domain::{Digest, MediaType};
use sha2::{Digest as _, Sha256};

use crate::bag::{BagFile, Content};
use crate::plan::{PlannedRecord, SourceFile, Trouble};

/// Files up to this size are held in memory and read; larger ones are kept unread.
pub const IN_MEMORY_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Reads a file once: small ones into memory, large ones through a hash.
pub fn take_up(file: &SourceFile) -> std::io::Result<BagFile> {
    // Before opening: a pipe would be waited for.
    let meta = std::fs::metadata(&file.path)?;
    if !meta.is_file() {
        return Err(std::io::Error::other("it is no plain file"));
    }
    let mut source = File::open(&file.path)?;
    if meta.len() <= IN_MEMORY_BYTES_MAX {
        let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or_default());
        // One more than the limit: a file that grew is not cut off unnoticed.
        (&mut source)
            .take(IN_MEMORY_BYTES_MAX + 1)
            .read_to_end(&mut bytes)?;
        if bytes.len() as u64 <= IN_MEMORY_BYTES_MAX {
            let bytes = Bytes::from(bytes);
            return Ok(BagFile {
                media_type: MediaType::detect(&bytes),
                sha256: Digest::of(&bytes),
                size_bytes: bytes.len() as u64,
                content: Content::Memory(bytes),
            });
        }
        source = File::open(&file.path)?;
    }
    let mut hasher = Sha256::new();
    let mut buffer = vec![0u8; 1 << 20];
    let (mut size_bytes, mut media_type) = (0u64, MediaType::Unknown);
    loop {
        let read = source.read(&mut buffer)?;
        let piece = buffer.get(..read).unwrap_or_default();
        if piece.is_empty() {
            break;
        }
        if size_bytes == 0 {
            media_type = MediaType::detect(piece);
        }
        hasher.update(piece);
        size_bytes += read as u64;
    }
    let content = Content::File(file.path.clone());
    Ok(BagFile {
        content,
        media_type,
        sha256: Digest::from(hasher),
        size_bytes,
    })
}

/// Takes up every file of a record.
///
/// # Errors
/// Why one cannot be read, with what to do; nothing of the record is taken then.
pub async fn take_up_all(planned: &PlannedRecord) -> Result<Vec<BagFile>, String> {
    if let (Some(Trouble::NotAFile(why)), Some(file)) = (&planned.trouble, planned.files.first()) {
        return Err(format!(
            "{} is not taken ({why}): give the file itself, or mend its permissions",
            file.path.display()
        ));
    }
    let mut files = Vec::with_capacity(planned.files.len());
    for file in planned.files.clone() {
        let path = file.path.display().to_string();
        let taken = tokio::task::spawn_blocking(move || take_up(&file)).await;
        let why = match taken {
            Ok(Ok(file)) => {
                files.push(file);
                continue;
            }
            Ok(Err(error)) => error.to_string(),
            Err(stopped) => stopped.to_string(),
        };
        return Err(format!(
            "{path} cannot be read ({why}): check the file and its permissions, then take it in again"
        ));
    }
    Ok(files)
}
