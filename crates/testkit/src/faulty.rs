//! An object store that fails on demand, around any other.
//!
//! A [`Breakage`] says which call fails (the n-th of these operations, under this prefix),
//! whether it fails once or for good, before or after it took effect, and how. Breakages may be
//! added while calls run; clones of a [`FaultyStore`] share them and the counts.
//!
//! ```
//! use std::sync::Arc;
//! use object_store::{ObjectStoreExt as _, memory::InMemory, path::Path};
//! use testkit::faulty::{Breakage, Fault, FaultyStore, Operation};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> object_store::Result<()> {
//! let store = FaultyStore::new(Arc::new(InMemory::new()));
//! // The second put under `log/` is done, but its answer never comes.
//! store.add(Breakage::of(Operation::Put).under("log").on_call(2).after_effect());
//! let (one, two) = (Path::from("log/one"), Path::from("log/two"));
//! store.put(&one, "1".into()).await?;
//! store.put(&two, "2".into()).await.unwrap_err();
//! assert_eq!(store.get(&two).await?.bytes().await?, "2");
//! assert_eq!(store.calls(Operation::Put), 2);
//! # Ok(()) }
//! ```
//!
//! A process that dies after its n-th write is two breakages:
//! `Breakage::of_any(WRITES).on_call(n).after_effect()` and
//! `Breakage::of_any(WRITES).on_call(n + 1).for_good()`.
//!
//! Listings may be stale ([`FaultyStore::list_stale`]), and bodies short ([`Fault::Short`]).
//!
//! It does not delay, does not tear what is stored and does not retry.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt as _};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
    UploadPart,
};

/// What is done to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// Storing a whole object, create-only or not.
    Put,
    /// Asking for an object or a range of one.
    Get,
    /// One piece of the body that a get answers with. Failing after effect means that the
    /// piece is lost.
    Body,
    /// Asking whether an object is there, and how large.
    Head,
    /// Deleting one object.
    Delete,
    /// Listing objects, with or without delimiter. Failing after effect means that the error
    /// comes after the last entry.
    List,
    /// Beginning an upload in parts.
    StartUpload,
    /// Sending a part.
    PutPart,
    /// Completing an upload: only now does the object appear.
    CompleteUpload,
    /// Giving an upload up.
    AbortUpload,
    /// Copying within the store.
    Copy,
}

/// The operations that change the store.
pub const WRITES: [Operation; 7] = [
    Operation::Put,
    Operation::Delete,
    Operation::StartUpload,
    Operation::PutPart,
    Operation::CompleteUpload,
    Operation::AbortUpload,
    Operation::Copy,
];

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// No answer in time; the caller cannot know what happened. A generic error around
    /// [`std::io::ErrorKind::TimedOut`].
    TimedOut,
    /// Service unavailable, "slow down" (503). A generic error.
    Unavailable,
    /// No room left. A generic error around [`std::io::ErrorKind::StorageFull`].
    DiskFull,
    /// There is no such object.
    NotFound,
    /// There is such an object already.
    AlreadyExists,
    /// A condition of the request does not hold.
    Precondition,
    /// The credentials do not allow it.
    PermissionDenied,
    /// Only of [`Operation::Body`]: this piece and all after it are missing, and nothing says so.
    Short,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    Before,
    After,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lasting {
    Once,
    ForGood,
}

/// Which call fails, and how. Calls are counted from the moment the breakage is added.
#[derive(Clone, Debug)]
pub struct Breakage {
    operations: BTreeSet<Operation>,
    under: Option<Path>,
    call: u64,
    moment: Moment,
    lasting: Lasting,
    fault: Fault,
    seen: u64,
}

impl Breakage {
    /// The next call of this operation times out without effect, once. The other methods
    /// change one of these.
    #[must_use]
    pub fn of(operation: Operation) -> Self {
        Self::of_any([operation])
    }

    /// The same for the next call of any of these operations, counted together.
    #[must_use]
    pub fn of_any(operations: impl IntoIterator<Item = Operation>) -> Self {
        Self {
            operations: operations.into_iter().collect(),
            under: None,
            call: 1,
            moment: Moment::Before,
            lasting: Lasting::Once,
            fault: Fault::TimedOut,
            seen: 0,
        }
    }

    /// Only calls at this path or below it count and fail. Whole segments are compared.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.under = Some(Path::from(prefix));
        self
    }

    /// The call that fails: 1 is the next one.
    #[must_use]
    pub fn on_call(mut self, number: u64) -> Self {
        self.call = number;
        self
    }

    /// The call is carried out, and fails nevertheless.
    #[must_use]
    pub fn after_effect(mut self) -> Self {
        self.moment = Moment::After;
        self
    }

    /// All calls from that one on fail.
    #[must_use]
    pub fn for_good(mut self) -> Self {
        self.lasting = Lasting::ForGood;
        self
    }

    /// How it fails.
    #[must_use]
    pub fn with(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }

    /// Counts the call if it is meant, and says whether it fails.
    fn meets(&mut self, operation: Operation, path: &Path) -> bool {
        let meant = self.operations.contains(&operation)
            && self
                .under
                .as_ref()
                .is_none_or(|under| path.prefix_matches(under));
        if !meant {
            return false;
        }
        self.seen += 1;
        match self.lasting {
            Lasting::Once => self.seen == self.call,
            Lasting::ForGood => self.seen >= self.call,
        }
    }
}

/// Why a call failed: because a test wanted it.
#[derive(Debug, thiserror::Error)]
#[error("injected fault: {fault:?} at {operation:?} of {path:?}")]
pub struct Injected {
    /// What was being done.
    pub operation: Operation,
    /// To which object or prefix.
    pub path: String,
    /// How it was to fail.
    pub fault: Fault,
}

#[derive(Debug, Default)]
struct State {
    breakages: Vec<Breakage>,
    calls: BTreeMap<Operation, u64>,
    failed: u64,
    /// What was stored since listings are stale; none while they are not.
    unlisted: Option<BTreeSet<Path>>,
}

/// What becomes of one call.
enum Fate {
    Done,
    FailsBefore(Error),
    FailsAfter(Error),
}

/// The store around another. Clones share breakages and counts.
#[derive(Clone, Debug)]
pub struct FaultyStore {
    inner: Arc<dyn ObjectStore>,
    state: Arc<Mutex<State>>,
}

impl FaultyStore {
    /// A store that does all that the inner one does, until a breakage is added.
    #[must_use]
    pub fn new(inner: Arc<dyn ObjectStore>) -> Self {
        Self {
            inner,
            state: Arc::default(),
        }
    }

    /// Adds a breakage. A call counts for all of them; the first that makes it fail decides how.
    pub fn add(&self, breakage: Breakage) {
        self.state().breakages.push(breakage);
    }

    /// From now on listings do not show what is stored anew.
    pub fn list_stale(&self) {
        self.state().unlisted.get_or_insert_default();
    }

    /// Takes all breakages away, and makes listings right. The counts stay.
    pub fn heal(&self) {
        let mut state = self.state();
        state.breakages.clear();
        state.unlisted = None;
    }

    /// How often an operation was asked for, failed ones too. Pieces of bodies are counted only
    /// in gets that began while a breakage of [`Operation::Body`] was there.
    #[must_use]
    pub fn calls(&self, operation: Operation) -> u64 {
        self.state().calls.get(&operation).copied().unwrap_or(0)
    }

    /// How many calls were made to fail.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.state().failed
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is whole between any two statements, so a poisoned lock does no harm.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn breaks_bodies(&self) -> bool {
        let mut breakages = self.state().breakages.clone().into_iter();
        breakages.any(|breakage| breakage.operations.contains(&Operation::Body))
    }

    /// Counts the call and decides.
    fn fate(&self, operation: Operation, path: &Path) -> Fate {
        let mut state = self.state();
        *state.calls.entry(operation).or_default() += 1;
        let mut decided = None;
        for breakage in &mut state.breakages {
            // All count, even when an earlier one has decided.
            let meets = breakage.meets(operation, path);
            if meets && decided.is_none() {
                decided = Some((breakage.moment, breakage.fault));
            }
        }
        let Some((moment, fault)) = decided else {
            return Fate::Done;
        };
        state.failed += 1;
        let error = error(Injected {
            operation,
            path: path.to_string(),
            fault,
        });
        match moment {
            Moment::Before => Fate::FailsBefore(error),
            Moment::After => Fate::FailsAfter(error),
        }
    }

    /// One call with one answer.
    async fn call<T>(
        &self,
        operation: Operation,
        path: &Path,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        match self.fate(operation, path) {
            Fate::Done => work.await,
            Fate::FailsBefore(error) => Err(error),
            Fate::FailsAfter(error) => work.await.and(Err(error)),
        }
    }

    fn note_stored(&self, path: &Path) {
        if let Some(unlisted) = &mut self.state().unlisted {
            unlisted.insert(path.clone());
        }
    }

    fn unlisted(&self) -> BTreeSet<Path> {
        self.state().unlisted.clone().unwrap_or_default()
    }

    /// The entries of a list without what is not listed yet.
    fn stale(
        &self,
        entries: BoxStream<'static, Result<ObjectMeta>>,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        let unlisted = self.unlisted();
        if unlisted.is_empty() {
            return entries;
        }
        let shown = move |entry: &Result<ObjectMeta>| match entry {
            Ok(meta) => !unlisted.contains(&meta.location),
            Err(_) => true,
        };
        entries
            .filter(move |entry| std::future::ready(shown(entry)))
            .boxed()
    }

    /// A list with delimiter, likewise; a folder is shown only if something listed is in it.
    async fn stale_folder(&self, whole: ListResult) -> Result<ListResult> {
        let unlisted = self.unlisted();
        if unlisted.is_empty() {
            return Ok(whole);
        }
        let mut common_prefixes = Vec::new();
        for folder in whole.common_prefixes {
            let mut entries = self.stale(self.inner.list(Some(&folder)));
            if entries.next().await.transpose()?.is_some() {
                common_prefixes.push(folder);
            }
        }
        let mut objects = whole.objects;
        objects.retain(|meta| !unlisted.contains(&meta.location));
        Ok(ListResult {
            common_prefixes,
            objects,
            ..whole
        })
    }

    /// A list: its entries, and the error in front of them or behind.
    fn listing(
        &self,
        prefix: Option<&Path>,
        entries: impl FnOnce() -> BoxStream<'static, Result<ObjectMeta>>,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        let path = prefix.cloned().unwrap_or_default();
        match self.fate(Operation::List, &path) {
            Fate::Done => self.stale(entries()),
            Fate::FailsBefore(error) => stream::once(async { Err(error) }).boxed(),
            Fate::FailsAfter(error) => self
                .stale(entries())
                .chain(stream::once(async { Err(error) }))
                .boxed(),
        }
    }
}

/// Whether a body was to end without a word.
fn is_short(error: &Error) -> bool {
    let Error::Generic { source, .. } = error else {
        return false;
    };
    let injected = source.downcast_ref::<Injected>();
    injected.is_some_and(|injected| injected.fault == Fault::Short)
}

fn error(injected: Injected) -> Error {
    let path = injected.path.clone();
    let io = |kind, injected| Box::new(std::io::Error::new(kind, injected));
    match injected.fault {
        Fault::TimedOut => Error::Generic {
            store: "Faulty",
            source: io(std::io::ErrorKind::TimedOut, injected),
        },
        Fault::DiskFull => Error::Generic {
            store: "Faulty",
            source: io(std::io::ErrorKind::StorageFull, injected),
        },
        Fault::Unavailable | Fault::Short => Error::Generic {
            store: "Faulty",
            source: Box::new(injected),
        },
        Fault::NotFound => Error::NotFound {
            path,
            source: Box::new(injected),
        },
        Fault::AlreadyExists => Error::AlreadyExists {
            path,
            source: Box::new(injected),
        },
        Fault::Precondition => Error::Precondition {
            path,
            source: Box::new(injected),
        },
        Fault::PermissionDenied => Error::PermissionDenied {
            path,
            source: Box::new(injected),
        },
    }
}

impl fmt::Display for FaultyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Faulty({})", self.inner)
    }
}

#[async_trait]
impl ObjectStore for FaultyStore {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<PutResult> {
        self.note_stored(location);
        let work = self.inner.put_opts(location, payload, opts);
        self.call(Operation::Put, location, work).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let work = self.inner.put_multipart_opts(location, opts);
        let inner = self.call(Operation::StartUpload, location, work).await?;
        Ok(Box::new(FaultyUpload {
            inner,
            path: location.clone(),
            store: self.clone(),
        }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let operation = if options.head {
            Operation::Head
        } else {
            Operation::Get
        };
        let work = self.inner.get_opts(location, options);
        let result = self.call(operation, location, work).await?;
        if operation == Operation::Head || !self.breaks_bodies() {
            return Ok(result);
        }
        let (meta, range) = (result.meta.clone(), result.range.clone());
        let (attributes, extensions) = (result.attributes.clone(), result.extensions.clone());
        let (store, path) = (self.clone(), location.clone());
        let body = result
            .into_stream()
            .map(move |piece| match store.fate(Operation::Body, &path) {
                Fate::Done => Some(piece),
                Fate::FailsBefore(error) | Fate::FailsAfter(error) => {
                    (!is_short(&error)).then_some(Err(error))
                }
            })
            .take_while(|piece| std::future::ready(piece.is_some()))
            .filter_map(std::future::ready);
        Ok(GetResult {
            payload: GetResultPayload::Stream(body.boxed()),
            meta,
            range,
            attributes,
            extensions,
        })
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let store = self.clone();
        locations
            .then(move |location| {
                let store = store.clone();
                async move {
                    let location = location?;
                    let one = stream::once({
                        let location = location.clone();
                        async { Ok(location) }
                    });
                    let work = async {
                        let mut deleted = store.inner.delete_stream(one.boxed());
                        deleted.next().await.unwrap_or(Ok(location.clone()))
                    };
                    store.call(Operation::Delete, &location, work).await
                }
            })
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.listing(prefix, || self.inner.list(prefix))
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.listing(prefix, || self.inner.list_with_offset(prefix, offset))
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let path = prefix.cloned().unwrap_or_default();
        let work = self.inner.list_with_delimiter(prefix);
        let whole = self.call(Operation::List, &path, work).await?;
        self.stale_folder(whole).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let work = self.inner.copy_opts(from, to, options);
        self.call(Operation::Copy, to, work).await
    }
}

#[derive(Debug)]
struct FaultyUpload {
    inner: Box<dyn MultipartUpload>,
    path: Path,
    store: FaultyStore,
}

#[async_trait]
impl MultipartUpload for FaultyUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        // The inner store orders parts by the order of these calls, so the fate is decided now
        // and a part that fails before its effect is not given to it at all.
        match self.store.fate(Operation::PutPart, &self.path) {
            Fate::Done => self.inner.put_part(data),
            Fate::FailsBefore(error) => Box::pin(async { Err(error) }),
            Fate::FailsAfter(error) => {
                let work = self.inner.put_part(data);
                Box::pin(async { work.await.and(Err(error)) })
            }
        }
    }

    async fn complete(&mut self) -> Result<PutResult> {
        self.store.note_stored(&self.path);
        let work = self.inner.complete();
        let call = self.store.call(Operation::CompleteUpload, &self.path, work);
        call.await
    }

    async fn abort(&mut self) -> Result<()> {
        let work = self.inner.abort();
        let call = self.store.call(Operation::AbortUpload, &self.path, work);
        call.await
    }
}
