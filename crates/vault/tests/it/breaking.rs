//! A store that does not allow certain calls, before or after it has obeyed them.

use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
    UploadPart,
};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Call {
    Put,
    Begin,
    Part,
    Complete,
    Abort,
    Get,
    /// The get succeeds and breaks off halfway.
    GetHalf,
    Delete,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moment {
    Before,
    /// The call had its effect, and the caller does not learn it.
    After,
}

#[derive(Clone, Debug)]
pub struct Fault {
    pub call: Call,
    pub moment: Moment,
    /// How the path begins.
    pub under: &'static str,
    /// How many calls fail.
    pub times: usize,
}

/// What fails next. Shared by all that pass through it.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Vec<Fault>>>);

impl Faults {
    pub fn set(&self, faults: &[Fault]) {
        *self.0.lock().unwrap() = faults.to_vec();
    }

    fn strike(&self, call: Call, moment: Moment, path: &Path) -> Result<()> {
        let mut faults = self.0.lock().unwrap();
        let fault = faults.iter_mut().find(|fault| {
            (fault.call, fault.moment) == (call, moment)
                && fault.times > 0
                && path.as_ref().starts_with(fault.under)
        });
        match fault {
            None => Ok(()),
            Some(fault) => {
                fault.times -= 1;
                // Of this kind, because the store does not repeat what is not allowed.
                let source = format!("{call:?} was told to fail").into();
                Err(Error::PermissionDenied {
                    path: path.to_string(),
                    source,
                })
            }
        }
    }
}

#[derive(Debug)]
pub struct Breaking {
    pub inner: Arc<dyn ObjectStore>,
    pub faults: Faults,
}

impl fmt::Display for Breaking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "breaking {}", self.inner)
    }
}

#[async_trait]
impl ObjectStore for Breaking {
    async fn put_opts(
        &self,
        at: &Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<PutResult> {
        self.faults.strike(Call::Put, Moment::Before, at)?;
        let put = self.inner.put_opts(at, payload, opts).await?;
        self.faults.strike(Call::Put, Moment::After, at)?;
        Ok(put)
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.faults.strike(Call::Begin, Moment::Before, at)?;
        let inner = self.inner.put_multipart_opts(at, opts).await?;
        Ok(Box::new(BreakingUpload {
            inner,
            at: at.clone(),
            faults: self.faults.clone(),
        }))
    }

    async fn get_opts(&self, at: &Path, options: GetOptions) -> Result<GetResult> {
        self.faults.strike(Call::Get, Moment::Before, at)?;
        let whole = !options.head;
        let got = self.inner.get_opts(at, options).await?;
        match whole.then(|| self.faults.strike(Call::GetHalf, Moment::Before, at)) {
            None | Some(Ok(())) => Ok(got),
            Some(Err(error)) => {
                let (meta, range) = (got.meta.clone(), got.range.clone());
                let (attributes, extensions) = (got.attributes.clone(), got.extensions.clone());
                let bytes = got.bytes().await?;
                let half = bytes.slice(..bytes.len() / 2);
                let stream = futures::stream::iter([Ok(half), Err(error)]).boxed();
                let payload = GetResultPayload::Stream(stream);
                Ok(GetResult {
                    payload,
                    meta,
                    range,
                    attributes,
                    extensions,
                })
            }
        }
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let faults = self.faults.clone();
        let allowed = locations.and_then(move |at| {
            let struck = faults
                .strike(Call::Delete, Moment::Before, &at)
                .map(|()| at);
            futures::future::ready(struck)
        });
        self.inner.delete_stream(allowed.boxed())
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

#[derive(Debug)]
struct BreakingUpload {
    inner: Box<dyn MultipartUpload>,
    at: Path,
    faults: Faults,
}

#[async_trait]
impl MultipartUpload for BreakingUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        match self.faults.strike(Call::Part, Moment::Before, &self.at) {
            Ok(()) => self.inner.put_part(data),
            Err(error) => Box::pin(futures::future::ready(Err(error))),
        }
    }

    async fn complete(&mut self) -> Result<PutResult> {
        self.faults
            .strike(Call::Complete, Moment::Before, &self.at)?;
        let done = self.inner.complete().await?;
        self.faults
            .strike(Call::Complete, Moment::After, &self.at)?;
        Ok(done)
    }

    async fn abort(&mut self) -> Result<()> {
        self.faults.strike(Call::Abort, Moment::Before, &self.at)?;
        self.inner.abort().await
    }
}
