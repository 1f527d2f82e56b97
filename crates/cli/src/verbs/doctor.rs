//! `doctor`: what this machine offers to whoever reads pages, and what is missing.

use std::num::NonZeroUsize;
use std::process::ExitCode;

use archive::{Config, EngineChoice, Folder};
use reading::Limits;
use reading::ocr::EngineSetup;
use reading::ocr::paddle::Runtime;
use reading::ocr::paddle::library::Library;
use reading::ocr::paddle::models::ModelFile;
use reading::worker::{ConfinementPolicy, Pool, PoolConfig};

use crate::args::Common;
use crate::environment;
use crate::fail::Failure;
use crate::output;

/// One thing that was looked at.
struct Finding {
    what: &'static str,
    found: String,
    /// What to do about it, if anything.
    hint: Option<String>,
    /// Whether pages cannot be read without it.
    stops: bool,
}

pub async fn run(common: &Common) -> Result<ExitCode, Failure> {
    let folder = Folder::new(&common.archive);
    let (config, archive) = match folder.config() {
        Ok(config) => (config, common.archive.display().to_string()),
        Err(archive::ArchiveError::NoArchive { .. }) => (
            Config::new("store"),
            "none: the defaults are looked at".to_owned(),
        ),
        Err(error) => return Err(error.into()),
    };
    let mut findings = vec![Finding {
        what: "archive",
        found: archive,
        hint: None,
        stops: false,
    }];
    findings.push(models(&config, &folder));
    findings.extend(library(&config, &folder));
    findings.push(worker(&config, &folder).await?);
    let mut stopped = false;
    for finding in &findings {
        stopped |= finding.stops;
        if common.json {
            let object = serde_json::json!({
                "what": finding.what, "found": finding.found, "hint": finding.hint,
                "stops": finding.stops,
            });
            output::line(&object.to_string());
            continue;
        }
        output::line(&format!(
            "{}  {}",
            output::pad(finding.what, 10),
            finding.found
        ));
        if let Some(hint) = &finding.hint {
            output::line(&format!("{}  hint: {hint}", output::pad("", 10)));
        }
    }
    Ok(if stopped {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn models(config: &Config, folder: &Folder) -> Finding {
    let models = config.reading.models_folder(folder.path());
    let faults: Vec<String> = ModelFile::ALL
        .iter()
        .filter_map(|model| model.fault(&models))
        .map(|fault| fault.to_string())
        .collect();
    let wanted = config.reading.engine != EngineChoice::Tesseract;
    if faults.is_empty() {
        return Finding {
            what: "models",
            found: format!("{}: whole", models.display()),
            hint: None,
            stops: false,
        };
    }
    Finding {
        what: "models",
        found: faults.join("; "),
        hint: wanted.then(|| {
            format!(
                "deploy/models {} fetches them; without them Tesseract reads, which mistakes ten times as many characters",
                models.display()
            )
        }),
        stops: matches!(
            config.reading.engine,
            EngineChoice::Paddle | EngineChoice::Both
        ),
    }
}

/// The library that runs the models, where one is asked for.
fn library(config: &Config, folder: &Folder) -> Option<Finding> {
    let EngineSetup::Paddle(setup) = config.reading.engine_setup(folder.path()) else {
        return None;
    };
    let path = match setup.runtime {
        Runtime::Rten => return None,
        Runtime::Ort => setup.library(),
    };
    Some(match Library::fault(&path) {
        None => Finding {
            what: "runtime",
            found: format!("{}: onnxruntime {}", path.display(), Library::VERSION),
            hint: None,
            stops: false,
        },
        Some(fault) => Finding {
            what: "runtime",
            found: format!("{}: {fault}", path.display()),
            hint: Some(Library::remedy(&path)),
            stops: true,
        },
    })
}

/// Starts a worker as `ingest` does, and tells what came of it.
async fn worker(config: &Config, folder: &Folder) -> Result<Finding, Failure> {
    let pool = Pool::start(PoolConfig {
        command: environment::worker_command()?,
        workers: NonZeroUsize::MIN,
        limits: Limits::default(),
        policy: if config.reading.accept_weak_confinement {
            ConfinementPolicy::AcceptNone
        } else {
            ConfinementPolicy::Required
        },
        engine: config.reading.engine_setup(folder.path()),
    });
    Ok(match pool.await {
        Ok(pool) => {
            let (engine, confinement) = (pool.engine(), pool.confinement());
            Finding {
                what: "reading",
                found: format!(
                    "{} {}, {}; seccomp {}, landlock {}",
                    engine.name,
                    engine.version,
                    engine.data,
                    yes(confinement.seccomp),
                    yes(confinement.landlock)
                ),
                hint: None,
                stops: false,
            }
        }
        Err(error) => {
            let because = std::iter::successors(std::error::Error::source(&error), |e| e.source());
            let said = because.fold(error.to_string(), |said, cause| format!("{said}: {cause}"));
            Finding {
                what: "reading",
                found: said,
                hint: Some(
                    "install tesseract-ocr and tesseract-ocr-chi-sim, or fetch the models; without a reader files can be taken in with --unread".to_owned(),
                ),
                stops: true,
            }
        }
    })
}

const fn yes(there: bool) -> &'static str {
    if there { "yes" } else { "no" }
}
