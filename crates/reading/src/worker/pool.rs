//! The parent: keeps workers, gives each one file at a time, and ends those that take too long.
//!
//! Nothing a worker says is believed beyond its shape: a worker that was taken over by a file
//! can lie about that file and about later ones, so one that misbehaves in any way is replaced.
//! How much it may say is bounded, and so is what it may say of itself: that no worker can be
//! had, which stops a batch, is not its word. A file over which a used worker ends is read again
//! by a fresh one, so that no file pays for an earlier one; but a file on whose page the time ran
//! out has had its time.

use std::ffi::OsString;
use std::io;
use std::num::NonZeroUsize;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use domain::MediaType;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::confine::{Confinement, ConfinementPolicy};
use super::protocol::{self, Answer, Frame, Request};
use crate::decode::shortened;
use crate::limits::Limits;
use crate::ocr::EngineIdentity;
use crate::ocr::EngineSetup;
use crate::page::{Document, Page, ReadOptions};
use crate::unreadable::{ReadFailure, Unreadable};

/// How long a worker may take to load its engine and lock itself in.
const START_SECONDS_MAX: u64 = 60;
/// How often a worker that ends before it came up is started again: it may have been killed for
/// a lack of memory that passes, and no page is to blame.
const STARTS_MAX: u32 = 3;

/// How a worker process is started: this program itself, with its hidden verb.
#[derive(Clone, Debug)]
pub struct WorkerCommand {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
}

/// What a pool needs to know.
#[derive(Clone, Debug)]
pub struct PoolConfig {
    /// How workers are started.
    pub command: WorkerCommand,
    /// How many files are read at the same time.
    pub workers: NonZeroUsize,
    /// The bounds.
    pub limits: Limits,
    /// What happens where the kernel cannot confine.
    pub policy: ConfinementPolicy,
    /// The OCR engine.
    pub engine: EngineSetup,
}

/// A pool cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// The worker program cannot be run.
    #[error("the reading worker {program} cannot be started")]
    Spawn {
        /// The program.
        program: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The worker refused: the OCR data is missing, or it cannot be confined.
    #[error("{why}")]
    Refused {
        /// Why, with a hint.
        why: Unreadable,
    },
    /// The worker ended or said something that is no answer.
    #[error("the reading worker did not come up: {found}")]
    Silent {
        /// What was seen.
        found: String,
    },
}

impl From<PoolError> for Unreadable {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Refused { why } => why,
            PoolError::Spawn { program, source } => Self::NoWorker {
                found: format!("{}: {source}", program.display()),
            },
            PoolError::Silent { found } => Self::NoWorker { found },
        }
    }
}

/// Reading workers. Cheap to clone; the workers end with the last clone.
#[derive(Clone)]
pub struct Pool {
    inner: Arc<Inner>,
}

struct Inner {
    config: PoolConfig,
    places: Semaphore,
    idle: Mutex<Vec<Worker>>,
    engine: EngineIdentity,
    confinement: Confinement,
}

struct Worker {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    engine: EngineIdentity,
    confinement: Confinement,
}

impl Pool {
    /// Starts the first worker, so that what is missing is told now; the others start when they
    /// are needed. Must be called within a tokio runtime. A worker ends with the thread that
    /// started it, so that none outlives a parent that was killed; threads of a runtime live as
    /// long as the runtime.
    pub async fn start(config: PoolConfig) -> Result<Self, PoolError> {
        let first = Worker::start_again(&config).await?;
        Ok(Self {
            inner: Arc::new(Inner {
                places: Semaphore::new(config.workers.get()),
                engine: first.engine.clone(),
                confinement: first.confinement,
                idle: Mutex::new(vec![first]),
                config,
            }),
        })
    }

    /// The engine that the workers read with.
    #[must_use]
    pub fn engine(&self) -> &EngineIdentity {
        &self.inner.engine
    }

    /// How the first worker was confined.
    #[must_use]
    pub fn confinement(&self) -> Confinement {
        self.inner.confinement
    }

    /// How many files are read at the same time.
    #[must_use]
    pub fn workers(&self) -> NonZeroUsize {
        self.inner.config.workers
    }

    /// Reads one file, waiting for a free worker. Dropping the future ends that worker.
    pub async fn read(&self, bytes: Bytes, options: &ReadOptions) -> Result<Document, ReadFailure> {
        check_outside(&bytes, &self.inner.config.limits).map_err(ReadFailure::file)?;
        let _place = self.inner.places.acquire().await.map_err(|_| {
            ReadFailure::file(Unreadable::NoWorker {
                found: "the pool is closed".to_owned(),
            })
        })?;
        if let Some(used) = self.living_idle() {
            match self.read_with(used, &bytes, options).await {
                (Fitness::Fit | Fitness::OutOfTime, result) => return result,
                (Fitness::Unfit, _) => {}
            }
        }
        // What ended a used worker may have been an earlier file: a fresh one tells.
        let fresh = Worker::start_again(&self.inner.config)
            .await
            .map_err(|error| ReadFailure::file(error.into()))?;
        let (_, result) = self.read_with(fresh, &bytes, options).await;
        result
    }

    async fn read_with(
        &self,
        mut worker: Worker,
        bytes: &Bytes,
        options: &ReadOptions,
    ) -> (Fitness, Result<Document, ReadFailure>) {
        let limits = &self.inner.config.limits;
        let (fit, result) = worker.read(bytes, options, limits).await;
        match fit {
            Fitness::Fit => self.idle().push(worker),
            Fitness::Unfit | Fitness::OutOfTime => worker.end().await,
        }
        (fit, result)
    }

    /// An idle worker; one that ended while it was idle is dropped, and costs no page.
    fn living_idle(&self) -> Option<Worker> {
        let mut idle = self.idle();
        while let Some(mut worker) = idle.pop() {
            if matches!(worker.child.try_wait(), Ok(None)) {
                return Some(worker);
            }
        }
        None
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Worker>> {
        // A list of workers cannot be left half changed.
        self.inner
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// What can be told without looking inside.
fn check_outside(bytes: &Bytes, limits: &Limits) -> Result<(), Unreadable> {
    let found_bytes = bytes.len() as u64;
    if bytes.is_empty() {
        Err(Unreadable::Empty)
    } else if found_bytes > limits.file_bytes_max {
        Err(Unreadable::TooLarge {
            found_bytes,
            max_bytes: limits.file_bytes_max,
        })
    } else if MediaType::detect(bytes) == MediaType::Unknown {
        Err(Unreadable::UnknownType)
    } else {
        Ok(())
    }
}

/// Whether a worker may read another file.
#[derive(Clone, Copy)]
enum Fitness {
    Fit,
    Unfit,
    /// It may not, and the file is to blame: it was at one of its pages when the time ran out.
    OutOfTime,
}

/// Why no frame came.
enum NoFrame {
    TimedOut,
    Broken(io::Error),
}

impl Worker {
    async fn start_again(config: &PoolConfig) -> Result<Self, PoolError> {
        let mut starts = 1;
        loop {
            match Self::start(config).await {
                Err(PoolError::Silent { .. }) if starts < STARTS_MAX => starts += 1,
                other => return other,
            }
        }
    }

    async fn start(config: &PoolConfig) -> Result<Self, PoolError> {
        let mut child = Command::new(&config.command.program)
            .args(&config.command.args)
            .env_clear()
            // One engine a worker, one thread an engine; and no arenas for threads there are not.
            .env("OMP_THREAD_LIMIT", "1")
            .env("RTEN_NUM_THREADS", "1")
            .env("MALLOC_ARENA_MAX", "1")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| PoolError::Spawn {
                program: config.command.program.clone(),
                source,
            })?;
        let silent = |found: &str| PoolError::Silent {
            found: found.to_owned(),
        };
        let mut input = child.stdin.take().ok_or_else(|| silent("no input"))?;
        let mut output = child.stdout.take().ok_or_else(|| silent("no output"))?;
        let setup = Request::Setup {
            limits: config.limits.clone(),
            policy: config.policy,
            engine: config.engine.clone(),
        };
        let greeting = async {
            input.write_all(&protocol::head(&setup, &[])?).await?;
            input.flush().await?;
            let mut allowance = Allowance::of_a_greeting();
            let frame = read_frame(&mut output, &mut allowance).await?;
            frame.parse::<Answer>()
        };
        let answer = timeout(Duration::from_secs(START_SECONDS_MAX), greeting).await;
        match answer {
            Ok(Ok(Answer::Ready {
                engine,
                confinement,
            })) => Ok(Self {
                child,
                input,
                output,
                engine,
                confinement,
            }),
            Ok(Ok(Answer::Refused { why })) => Err(PoolError::Refused { why }),
            Ok(Ok(_)) => Err(silent("it said something else")),
            Ok(Err(error)) => Err(silent(&format!(
                "{error}; {}",
                ended(child.wait().await.ok())
            ))),
            Err(_) => Err(silent("it took too long")),
        }
    }

    async fn read(
        &mut self,
        bytes: &Bytes,
        options: &ReadOptions,
        limits: &Limits,
    ) -> (Fitness, Result<Document, ReadFailure>) {
        // The page that is being worked on; none while the file is looked at as a whole.
        let mut at = None;
        match self.pages(bytes, options, limits, &mut at).await {
            Ok(result) => (Fitness::Fit, result),
            Err(NoFrame::TimedOut) => {
                let why = Unreadable::TimedOut {
                    seconds_max: limits.page_seconds_max,
                };
                (out_of_time(at), Err(ReadFailure { page: at, why }))
            }
            Err(NoFrame::Broken(error)) => {
                let status = timeout(Duration::from_secs(1), self.child.wait()).await;
                let (fitness, found) = match status {
                    Ok(Ok(status)) if status.signal() == Some(libc::SIGXCPU) => {
                        (out_of_time(at), ended(Some(status)))
                    }
                    Ok(status) => (Fitness::Unfit, ended(status.ok())),
                    Err(_) => (Fitness::Unfit, error.to_string()),
                };
                let why = Unreadable::WorkerDied { found };
                (fitness, Err(ReadFailure { page: at, why }))
            }
        }
    }

    async fn pages(
        &mut self,
        bytes: &Bytes,
        options: &ReadOptions,
        limits: &Limits,
        at: &mut Option<u32>,
    ) -> Result<Result<Document, ReadFailure>, NoFrame> {
        let bound = Duration::from_secs(u64::from(limits.page_seconds_max));
        let mut allowance = Allowance::of_a_file(limits);
        let request = Request::Read {
            options: options.clone(),
        };
        let ask = async {
            self.input
                .write_all(&protocol::head(&request, &[bytes])?)
                .await?;
            self.input.write_all(bytes).await?;
            self.input.flush().await
        };
        within(bound, ask).await?;
        let mut opened: Option<(MediaType, u32)> = None;
        let mut pages: Vec<Page> = Vec::new();
        loop {
            let frame = within(bound, read_frame(&mut self.output, &mut allowance)).await?;
            match (frame.parse().map_err(NoFrame::Broken)?, opened) {
                (
                    Answer::Opened {
                        media_type,
                        page_count,
                    },
                    None,
                ) if (1..=limits.pages_max).contains(&page_count) => {
                    opened = Some((media_type, page_count));
                    *at = Some(1);
                }
                (Answer::Page { page }, Some((_, page_count)))
                    if Some(page.number) == *at && page.number <= page_count =>
                {
                    *at = page.number.checked_add(1);
                    pages.push(with_blobs(*page, frame).map_err(NoFrame::Broken)?);
                }
                (Answer::Done, Some((media_type, page_count)))
                    if pages.len() == page_count as usize =>
                {
                    return Ok(Ok(Document {
                        media_type,
                        pages,
                        engine: self.engine.clone(),
                        confinement: self.confinement,
                    }));
                }
                (Answer::Failed { failure }, _) => {
                    let page_possible = match opened {
                        // A TIFF is walked page by page before it is opened.
                        None => failure.page.is_none_or(|page| {
                            (1..=limits.pages_max.saturating_add(1)).contains(&page)
                        }),
                        Some(_) => failure.page.is_none() || failure.page == *at,
                    };
                    return believed(failure)
                        .filter(|_| page_possible)
                        .map(Err)
                        .ok_or_else(not_asked);
                }
                _ => return Err(not_asked()),
            }
        }
    }

    async fn end(mut self) {
        // Already dead is as good.
        let _ = self.child.kill().await;
    }
}

/// What to do with a worker whose time ran out here. Where it has not answered anything for this
/// file, an earlier one may have made it deaf.
const fn out_of_time(at: Option<u32>) -> Fitness {
    match at {
        Some(_) => Fitness::OutOfTime,
        None => Fitness::Unfit,
    }
}

fn not_asked() -> NoFrame {
    NoFrame::Broken(invalid("it answered what was not asked"))
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// What a worker may say of a file, its words made short; none where it speaks of itself.
fn believed(failure: ReadFailure) -> Option<ReadFailure> {
    let why = match failure.why {
        Unreadable::Damaged { found } => Unreadable::Damaged {
            found: shortened(&found),
        },
        Unreadable::Truncated { found } => Unreadable::Truncated {
            found: shortened(&found),
        },
        Unreadable::Unsupported { found } => Unreadable::Unsupported {
            found: shortened(&found),
        },
        of_the_file @ (Unreadable::Empty
        | Unreadable::UnknownType
        | Unreadable::Encrypted
        | Unreadable::NoPages
        | Unreadable::TooManyPages { .. }
        | Unreadable::TooManyPixels { .. }
        | Unreadable::TooLarge { .. }) => of_the_file,
        Unreadable::TimedOut { .. }
        | Unreadable::WorkerDied { .. }
        | Unreadable::NotConfined { .. }
        | Unreadable::NoWorker { .. } => return None,
    };
    Some(ReadFailure { why, ..failure })
}

async fn within<T>(
    bound: Duration,
    work: impl Future<Output = io::Result<T>>,
) -> Result<T, NoFrame> {
    match timeout(bound, work).await {
        Ok(done) => done.map_err(NoFrame::Broken),
        Err(_) => Err(NoFrame::TimedOut),
    }
}

fn with_blobs(page: Page, frame: Frame) -> io::Result<Page> {
    let mut blobs = frame.blobs.into_iter();
    let mut text = || {
        String::from_utf8(blobs.next().unwrap_or_default())
            .map_err(|_| invalid("text that is not UTF-8"))
    };
    Ok(Page {
        alto_xml: text()?,
        text: text()?,
        preview_webp: blobs.next().unwrap_or_default(),
        ..page
    })
}

/// How many bytes more a worker may say. Of messages it is less than of blobs: what is parsed
/// takes some times its length in memory.
struct Allowance {
    messages: u64,
    blobs: u64,
}

/// The part of an answer that messages may be. Five hundred pages have a hundred kilobytes each.
const MESSAGES_SHARE: u64 = 8;

impl Allowance {
    const fn of_a_greeting() -> Self {
        Self {
            messages: protocol::MESSAGE_BYTES_MAX as u64,
            blobs: 0,
        }
    }

    const fn of_a_file(limits: &Limits) -> Self {
        let messages = limits.answer_bytes_max / MESSAGES_SHARE;
        Self {
            messages,
            blobs: limits.answer_bytes_max - messages,
        }
    }

    fn spend_message(&mut self, bytes: u64) -> io::Result<()> {
        self.messages = less(self.messages, bytes)?;
        Ok(())
    }

    fn spend_blob(&mut self, bytes: u64) -> io::Result<()> {
        self.blobs = less(self.blobs, bytes)?;
        Ok(())
    }
}

fn less(left: u64, bytes: u64) -> io::Result<u64> {
    left.checked_sub(bytes)
        .ok_or_else(|| invalid("it answered more than it may"))
}

async fn read_frame(input: &mut ChildStdout, allowance: &mut Allowance) -> io::Result<Frame> {
    let mut start = [0u8; 8];
    input.read_exact(&mut start).await?;
    let (message_length, blob_count) = protocol::lengths(start)?;
    allowance.spend_message(u64::from(message_length))?;
    let mut blob_lengths = Vec::new();
    for _ in 0..blob_count {
        let length = input.read_u64().await?;
        allowance.spend_blob(length)?;
        blob_lengths.push(length);
    }
    let message = exactly(input, u64::from(message_length)).await?;
    let mut blobs = Vec::new();
    for length in blob_lengths {
        blobs.push(exactly(input, length).await?);
    }
    Ok(Frame { message, blobs })
}

async fn exactly(input: &mut ChildStdout, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(length).read_to_end(&mut bytes).await?;
    if bytes.len() as u64 == length {
        Ok(bytes)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

/// What an exit says.
fn ended(status: Option<ExitStatus>) -> String {
    match status.map(|status| (status.signal(), status.code())) {
        Some((Some(libc::SIGSYS), _)) => "stopped at a forbidden system call".to_owned(),
        Some((Some(libc::SIGABRT), _)) => "aborted, most likely out of memory or stack".to_owned(),
        Some((Some(libc::SIGXCPU), _)) => "out of processor time".to_owned(),
        Some((Some(signal), _)) => format!("ended by signal {signal}"),
        Some((None, Some(code))) => format!("ended with exit code {code}"),
        Some((None, None)) | None => "ended".to_owned(),
    }
}
