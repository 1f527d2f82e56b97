//! Objects too large to hold in memory.

use bytes::{Bytes, BytesMut};
use object_store::{MultipartUpload, ObjectStoreExt as _};

use crate::{Doing, Store, StoreError};

/// The size of a part of a large object. S3 takes 10,000 parts: 80 GB at this size.
pub const LARGE_PART_BYTES: usize = 8 * 1024 * 1024;

/// A large object being written, part by part. It is not there before [`finish`].
///
/// No store makes a multipart upload create-only: the name must be reserved by another object
/// (the age header) that is created first.
///
/// [`finish`]: LargeObject::finish
pub struct LargeObject {
    upload: Box<dyn MultipartUpload>,
    buffer: BytesMut,
    size_bytes: u64,
    store: Store,
    path: String,
}

impl Store {
    /// Begins a large object.
    pub async fn create_large(&self, path: &str) -> Result<LargeObject, StoreError> {
        let upload = self
            .inner
            .put_multipart(&Self::path(path)?)
            .await
            .map_err(|source| StoreError::new(self.name(), path, Doing::Create, source))?;
        Ok(LargeObject {
            upload,
            buffer: BytesMut::new(),
            size_bytes: 0,
            store: self.clone(),
            path: path.to_owned(),
        })
    }
}

impl LargeObject {
    /// Adds bytes at the end.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.size_bytes += bytes.len() as u64;
        self.buffer.extend_from_slice(&bytes);
        while self.buffer.len() >= LARGE_PART_BYTES {
            let part = self.buffer.split_to(LARGE_PART_BYTES).freeze();
            self.put(part).await?;
        }
        Ok(())
    }

    /// Makes the object appear, durably; says its size.
    pub async fn finish(mut self) -> Result<u64, StoreError> {
        let rest = self.buffer.split().freeze();
        if !rest.is_empty() || self.size_bytes == 0 {
            self.put(rest).await?;
        }
        match self.upload.complete().await {
            Ok(_) => {
                self.store.settle_folders(&self.path).await?;
                Ok(self.size_bytes)
            }
            Err(source) => Err(StoreError::new(
                self.store.name(),
                &self.path,
                Doing::Create,
                source,
            )),
        }
    }

    /// Gives up; what was uploaded is removed where the store allows it.
    pub async fn abort(mut self) -> Result<(), StoreError> {
        let gone = self.upload.abort().await;
        self.store.sweep_staging(&self.path).await?;
        gone.map_err(|source| StoreError::new(self.store.name(), &self.path, Doing::Delete, source))
    }

    async fn put(&mut self, part: Bytes) -> Result<(), StoreError> {
        self.upload
            .put_part(part.into())
            .await
            .map_err(|source| StoreError::new(self.store.name(), &self.path, Doing::Create, source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_large_object_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        for store in [Store::memory(), Store::local(folder.path()).unwrap()] {
            let mut large = store.create_large("big/one").await.unwrap();
            let piece = Bytes::from(vec![7u8; 3_000_000]);
            for _ in 0..7 {
                large.write(piece.clone()).await.unwrap();
            }
            assert_eq!(store.size("big/one").await.unwrap(), None);
            assert_eq!(large.finish().await.unwrap(), 21_000_000);
            let mut chunks = store.read_chunks("big/one").await.unwrap().unwrap();
            assert_eq!(chunks.size_bytes(), 21_000_000);
            let mut read = 0;
            while let Some(chunk) = chunks.next().await.unwrap() {
                assert!(chunk.iter().all(|b| *b == 7));
                read += chunk.len();
            }
            assert_eq!(read, 21_000_000);

            let mut given_up = store.create_large("big/two").await.unwrap();
            given_up.write(piece).await.unwrap();
            given_up.abort().await.unwrap();
            assert_eq!(store.size("big/two").await.unwrap(), None);
        }
        assert!(!folder.path().join("big/two#1").exists());
    }
}
