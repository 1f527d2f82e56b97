//! The handle: reading and listing.

use std::path::Path as FsPath;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};

use crate::local::LocalRoot;
use crate::{Doing, StoreError};

/// An object store whose writes are durable when they return. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) inner: Arc<dyn ObjectStore>,
    pub(crate) name: Arc<str>,
    /// Set where objects are files of this machine, whose folders must be synced by hand.
    pub(crate) local: Option<LocalRoot>,
}

/// An object in a listing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// Its path.
    pub path: String,
    /// Its size.
    pub size_bytes: u64,
}

/// What lies directly under a prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Children {
    /// The last parts of the names of folders, sorted.
    pub folders: Vec<String>,
    /// The objects, sorted by path.
    pub objects: Vec<Listed>,
}

/// An object that is read piece by piece.
pub struct Chunks {
    size_bytes: u64,
    found_bytes: u64,
    stream: BoxStream<'static, object_store::Result<Bytes>>,
    store: Arc<str>,
    path: String,
}

impl Store {
    /// A store in a folder of this machine, which is made if it is not there. Every write is
    /// synced before it returns.
    pub fn local(root: &FsPath) -> Result<Self, StoreError> {
        let (inner, local) = LocalRoot::open(root)?;
        let name = format!("the store {}", root.display());
        Ok(Self {
            inner: Arc::new(inner),
            name: name.into(),
            local: Some(local),
        })
    }

    /// A store in memory, for tests and throw-away archives.
    #[must_use]
    pub fn memory() -> Self {
        Self::over(Arc::new(InMemory::new()), "a store in memory")
    }

    /// Any other object store; `name` is what error messages call it.
    #[must_use]
    pub fn over(inner: Arc<dyn ObjectStore>, name: impl Into<String>) -> Self {
        Self {
            inner,
            name: name.into().into(),
            local: None,
        }
    }

    /// This store with every call passing through `wrap` first: for wrappers that watch or
    /// disturb it. Local files stay synced.
    #[must_use]
    pub fn wrapped(&self, wrap: impl FnOnce(Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore>) -> Self {
        Self {
            inner: wrap(self.inner.clone()),
            name: self.name.clone(),
            local: self.local.clone(),
        }
    }

    /// What error messages call this store.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole object, or `None` if it is not there.
    pub async fn read(&self, path: &str, max_bytes: u64) -> Result<Option<Bytes>, StoreError> {
        let Some(mut chunks) = self.read_chunks(path).await? else {
            return Ok(None);
        };
        if chunks.size_bytes > max_bytes {
            return Err(StoreError::TooLarge {
                store: self.name.to_string(),
                path: path.to_owned(),
                size_bytes: chunks.size_bytes,
                max_bytes,
            });
        }
        let mut all = bytes::BytesMut::new();
        while let Some(chunk) = chunks.next().await? {
            all.extend_from_slice(&chunk);
        }
        Ok(Some(all.freeze()))
    }

    /// The object piece by piece, or `None` if it is not there.
    pub async fn read_chunks(&self, path: &str) -> Result<Option<Chunks>, StoreError> {
        match self.inner.get(&Self::path(path)?).await {
            Ok(found) => Ok(Some(Chunks {
                size_bytes: found.meta.size,
                found_bytes: 0,
                stream: found.into_stream(),
                store: self.name.clone(),
                path: path.to_owned(),
            })),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(source) => Err(StoreError::new(&self.name, path, Doing::Read, source)),
        }
    }

    /// The size of an object, or `None` if it is not there.
    pub async fn size(&self, path: &str) -> Result<Option<u64>, StoreError> {
        match self.inner.head(&Self::path(path)?).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(source) => Err(StoreError::new(&self.name, path, Doing::Look, source)),
        }
    }

    /// Every object under a prefix (whole folders only; empty for all), sorted by path.
    pub async fn list(&self, prefix: &str) -> Result<Vec<Listed>, StoreError> {
        let under = Self::path(prefix)?;
        let mut all: Vec<Listed> = self
            .inner
            .list(Some(&under))
            .map_ok(|meta| Listed {
                path: meta.location.to_string(),
                size_bytes: meta.size,
            })
            .try_collect()
            .await
            .map_err(|source| StoreError::new(&self.name, prefix, Doing::List, source))?;
        all.sort();
        Ok(all)
    }

    /// What lies directly under a prefix.
    pub async fn children(&self, prefix: &str) -> Result<Children, StoreError> {
        let under = Self::path(prefix)?;
        let found = match self.inner.list_with_delimiter(Some(&under)).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(Children::default()),
            Err(source) => return Err(StoreError::new(&self.name, prefix, Doing::List, source)),
        };
        let mut folders: Vec<String> = found
            .common_prefixes
            .iter()
            .filter_map(|folder| folder.filename().map(str::to_owned))
            .collect();
        folders.sort();
        let mut objects: Vec<Listed> = found
            .objects
            .into_iter()
            .map(|meta| Listed {
                path: meta.location.to_string(),
                size_bytes: meta.size,
            })
            .collect();
        objects.sort();
        Ok(Children { folders, objects })
    }

    pub(crate) fn path(path: &str) -> Result<Path, StoreError> {
        Path::parse(path).map_err(|_| StoreError::BadPath {
            path: path.to_owned(),
        })
    }
}

impl Chunks {
    /// The size of the whole object.
    #[must_use]
    pub const fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// The next piece; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        match self.stream.next().await {
            // A body that ends early without a word must not pass for the object.
            None if self.found_bytes == self.size_bytes => Ok(None),
            None => Err(StoreError::Short {
                store: self.store.to_string(),
                path: self.path.clone(),
                size_bytes: self.size_bytes,
                found_bytes: self.found_bytes,
            }),
            Some(Ok(chunk)) => {
                self.found_bytes += chunk.len() as u64;
                Ok(Some(chunk))
            }
            Some(Err(source)) => Err(StoreError::new(
                &self.store,
                &self.path,
                Doing::Read,
                source,
            )),
        }
    }
}
