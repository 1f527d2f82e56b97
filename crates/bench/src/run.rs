//! One engine with its steps over a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use reading::fields::template::Templates;
use reading::ocr::EngineSetup;
use reading::page::TextReading;
use reading::prepare::Steps;
use reading::worker::{ConfinementPolicy, Pool, PoolConfig, PoolError, WorkerCommand};
use reading::{Document, Limits, ReadFailure, ReadOptions};

use crate::score::{self, FieldScore, Score};
use crate::truth::Truth;

/// What is measured.
#[derive(Clone)]
pub struct Setting {
    /// Its name in the results.
    pub name: String,
    /// The engines.
    pub engine: EngineSetup,
    /// The steps before reading.
    pub steps: Steps,
    /// How many files are read at once.
    pub workers: NonZeroUsize,
    /// Which fields are looked for.
    pub templates: Templates,
    /// Whether each field is as sure as it was measured; else as the engine says.
    pub calibrated: bool,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The setting's name.
    pub name: String,
    /// What read.
    pub engine: String,
    /// By colour, and of every other way in which files were drawn: way and value.
    pub by: BTreeMap<(String, String), Score>,
    /// All files.
    pub all: Score,
    /// Each file with its fields.
    pub files: Vec<FileScore>,
    /// The most memory that a worker held, in MiB.
    pub peak_mib: u64,
    /// Wall seconds of all.
    pub wall_seconds: f64,
    /// Files that were read although they are broken, and the other way round.
    pub surprises: Vec<String>,
}

/// What came of one file.
#[derive(Clone, Debug)]
pub struct FileScore {
    /// Its name.
    pub file: String,
    /// What was counted.
    pub score: Score,
    /// Its fields.
    pub fields: Vec<FieldScore>,
}

/// What keeps a folder from being measured.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// No worker can be started.
    #[error("no page can be read with {setting}")]
    Pool {
        /// The setting.
        setting: String,
        /// Why.
        #[source]
        source: PoolError,
    },
    /// An image is not there.
    #[error("{file} cannot be read")]
    File {
        /// Which one.
        file: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Reads every file and holds it against its truth. `told` hears of each file when it was read.
pub async fn measure(
    folder: &Path,
    truths: &[Truth],
    setting: &Setting,
    worker: WorkerCommand,
    mut told: impl FnMut(&FileScore, Option<&Document>, Option<&ReadFailure>),
) -> Result<Measured, RunError> {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is a benchmark, and decides nothing"
    )]
    let start = std::time::Instant::now();
    let pool = Pool::start(PoolConfig {
        command: worker,
        workers: setting.workers,
        limits: Limits::default(),
        policy: ConfinementPolicy::default(),
        engine: setting.engine.clone(),
    })
    .await
    .map_err(|source| RunError::Pool {
        setting: setting.name.clone(),
        source,
    })?;
    let pool = Arc::new(pool);
    let identity = pool.engine();
    let engine = format!("{} {}", identity.name, identity.version);
    let mut measured = Measured {
        name: setting.name.clone(),
        engine,
        by: BTreeMap::new(),
        all: Score::default(),
        files: Vec::new(),
        peak_mib: 0,
        wall_seconds: 0.0,
        surprises: Vec::new(),
    };
    let mut waiting = truths.iter();
    let mut reading = tokio::task::JoinSet::new();
    let mut before = Workers::now();
    loop {
        while reading.len() < setting.workers.get()
            && let Some(truth) = waiting.next()
        {
            let path = folder.join(&truth.file);
            let bytes = std::fs::read(&path).map_err(|source| RunError::File {
                file: path.display().to_string(),
                source,
            })?;
            let options = ReadOptions {
                text: TextReading::Recognise,
                steps: setting.steps.clone(),
                template: setting.templates.of(truth.class.as_deref()),
                calibrated: setting.calibrated,
                ..ReadOptions::default()
            };
            let pool = pool.clone();
            let truth = truth.clone();
            reading.spawn(async move {
                let read = pool.read(bytes.into(), &options).await;
                (truth, read)
            });
        }
        let Some(ended) = reading.join_next().await else {
            break;
        };
        let Ok((truth, read)) = ended else { continue };
        let after = Workers::now();
        let seconds = after.seconds - before.seconds;
        measured.peak_mib = measured.peak_mib.max(after.peak_mib);
        before = after;
        let file = truth.file.display().to_string();
        if truth.is_broken() {
            if read.is_ok() {
                measured
                    .surprises
                    .push(format!("{file} is broken and was read"));
            }
            continue;
        }
        let (document, failure) = match read {
            Ok(document) => (Some(document), None),
            Err(failure) => (None, Some(failure)),
        };
        if let Some(failure) = &failure {
            measured.surprises.push(format!("{file}: {failure}"));
        }
        let (score, fields) = score::of(&truth, document.as_ref(), seconds);
        for key in kinds(&truth) {
            measured.by.entry(key).or_default().add(&score);
        }
        measured.all.add(&score);
        let one = FileScore {
            file,
            score,
            fields,
        };
        told(&one, document.as_ref(), failure.as_ref());
        measured.files.push(one);
    }
    measured.files.sort_by(|a, b| a.file.cmp(&b.file));
    measured.wall_seconds = start.elapsed().as_secs_f64();
    Ok(measured)
}

/// By what a file is counted.
fn kinds(truth: &Truth) -> BTreeSet<(String, String)> {
    let mut kinds = BTreeSet::from([("colour".to_owned(), truth.colour.clone())]);
    if truth.dpi > 0 {
        kinds.insert(("dpi".to_owned(), truth.dpi.to_string()));
    }
    for (way, value) in &truth.drawn {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        kinds.insert((way.clone(), value));
    }
    kinds
}

/// What this process's children, the workers, have used so far.
#[derive(Clone, Copy, Debug, Default)]
struct Workers {
    seconds: f64,
    peak_mib: u64,
}

impl Workers {
    fn now() -> Self {
        let read = |path: String| std::fs::read_to_string(path).unwrap_or_default();
        let threads = std::fs::read_dir("/proc/self/task")
            .into_iter()
            .flatten()
            .flatten();
        let children: String = threads
            .map(|thread| read(format!("{}/children", thread.path().display())))
            .collect();
        let mut all = Self::default();
        for child in children.split_whitespace() {
            all.seconds += processor_seconds(&read(format!("/proc/{child}/stat")));
            let status = read(format!("/proc/{child}/status"));
            let peak_kib = status
                .lines()
                .find_map(|line| line.strip_prefix("VmHWM:"))
                .and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok())
                .unwrap_or_default();
            all.peak_mib = all.peak_mib.max(peak_kib / 1024);
        }
        all
    }
}

/// User and system time of a process, from its `stat`: the numbers behind the name in brackets.
fn processor_seconds(stat: &str) -> f64 {
    let numbers = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = numbers
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum();
    // A hundred ticks a second on every Linux that runs the workers.
    ticks / 100.0
}
