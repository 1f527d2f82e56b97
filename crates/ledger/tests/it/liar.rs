//! A store that can't be trusted, over memory: it acknowledges and forgets, or fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use store::Store;

/// What it does wrong.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub enum Lie {
    /// Nothing.
    None,
    /// It acknowledges commits and does not keep them.
    LosesCommits,
    /// It acknowledges commits and keeps other bytes.
    ChangesCommits,
    /// It writes commits and can't read them.
    HidesCommits,
    /// It can't write checkpoints.
    RefusesCheckpoints,
}

#[derive(Debug)]
pub struct Liar {
    inner: InMemory,
    lie: AtomicU8,
}

impl Liar {
    pub fn store() -> (Store, Arc<Self>) {
        let liar = Arc::new(Self {
            inner: InMemory::new(),
            lie: AtomicU8::new(Lie::None as u8),
        });
        (Store::over(liar.clone(), "a liar"), liar)
    }

    pub fn now(&self, lie: Lie) {
        self.lie.store(lie as u8, Ordering::SeqCst);
    }

    fn does(&self, lie: Lie, path: &Path, under: &str) -> bool {
        self.lie.load(Ordering::SeqCst) == lie as u8 && path.as_ref().starts_with(under)
    }
}

impl std::fmt::Display for Liar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("liar")
    }
}

fn refused(path: &Path) -> object_store::Error {
    object_store::Error::PermissionDenied {
        path: path.to_string(),
        source: "refused".into(),
    }
}

#[async_trait]
impl ObjectStore for Liar {
    async fn put_opts(&self, at: &Path, data: PutPayload, how: PutOptions) -> Result<PutResult> {
        if self.does(Lie::RefusesCheckpoints, at, "log/") {
            return Err(refused(at));
        }
        if self.does(Lie::LosesCommits, at, "ledger/") {
            let aside = Path::from("aside");
            return self
                .inner
                .put_opts(&aside, data, PutOptions::default())
                .await;
        }
        if self.does(Lie::ChangesCommits, at, "ledger/") {
            return self.inner.put_opts(at, "{}".into(), how).await;
        }
        self.inner.put_opts(at, data, how).await
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        how: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(at, how).await
    }

    async fn get_opts(&self, at: &Path, how: GetOptions) -> Result<GetResult> {
        if self.does(Lie::HidesCommits, at, "ledger/") {
            return Err(refused(at));
        }
        self.inner.get_opts(at, how).await
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(paths)
    }

    fn list(&self, under: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(under)
    }

    async fn list_with_delimiter(&self, under: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(under).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, how: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, how).await
    }
}
