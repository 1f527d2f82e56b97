//! `ingest`.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use archive::{BatchRequest, BatchSummary, Facts, Outcome, RecordReport, Trouble};
use domain::Digest;
use entries::{Filing, NoTask};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use reading::{ReadOptions, TextReading};
use tokio::sync::watch;

use super::EXCEPTIONS;
use crate::args::{Common, Ingest};
use crate::environment;
use crate::fail::Failure;
use crate::output::{self, Paint};

pub async fn run(common: &Common, verb: &Ingest) -> Result<ExitCode, Failure> {
    let (actor, via) = environment::actor(common)?;
    let records = archive::plan(&verb.paths).map_err(|error| {
        Failure::from_error(
            &error,
            Some("check the path; nothing was taken in".to_owned()),
        )
    })?;
    let (archive, _) = environment::open(common).await?;
    let worker = if verb.unread {
        None
    } else {
        Some(environment::worker_command()?)
    };
    let options = ReadOptions {
        text: if verb.no_text {
            TextReading::Skip
        } else {
            TextReading::Recognise
        },
        ..ReadOptions::default()
    };
    let intake = archive.intake(worker, options).await?;

    for record in &records {
        let file = record
            .files
            .first()
            .map(|file| output::shown(&file.path))
            .unwrap_or_default();
        match &record.trouble {
            Some(Trouble::Sidecar(why)) => {
                output::warn(&format!("the sidecar {file} cannot be used: {why}"));
            }
            Some(Trouble::FileMissing(name)) => {
                let name = output::shown(Path::new(name));
                output::warn(&format!(
                    "a sidecar names {name}, which is not there (beside {file})"
                ));
            }
            Some(Trouble::NotAFile(_)) | None => {}
        }
    }
    let bar = progress(common, records.len() as u64);
    let stop = stop_on_interrupt(bar.clone());
    let request = BatchRequest {
        branch: verb.branch.clone(),
        actor,
        via,
        facts: Facts {
            client: verb.client.clone(),
            class: verb.class.clone(),
            flow: verb.flow.clone(),
            business_date: verb.business_date,
            ..Facts::default()
        },
        records,
    };
    let shown = bar.clone();
    let stopped = stop.clone();
    let run = intake
        .run(request, stop, move |report| {
            // Above the bar, so that lines and bar don't run into each other.
            shown.suspend(|| show(common, &report));
            shown.inc(1);
        })
        .await;
    bar.finish_and_clear();
    let summary = run.map_err(|error| Failure::from(archive::ArchiveError::from(error)))?;
    tell_summary(common, &summary, *stopped.borrow());
    drop(intake);
    archive.end().await;
    Ok(if *stopped.borrow() {
        ExitCode::FAILURE
    } else if summary.open + summary.excepted + summary.not_taken > 0 {
        ExitCode::from(EXCEPTIONS)
    } else {
        ExitCode::SUCCESS
    })
}

fn progress(common: &Common, records: u64) -> ProgressBar {
    let bar = ProgressBar::new(records);
    if common.quiet {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let template = "{wide_bar} {pos}/{len}  {per_sec}  {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

/// Turns true at the first interrupt: what is in work is finished, nothing new is begun.
fn stop_on_interrupt(bar: ProgressBar) -> watch::Receiver<bool> {
    let (tell, stop) = watch::channel(false);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            bar.suspend(|| eprintln!("stopping: what is in work is finished first"));
            let _nobody_listens = tell.send(true);
        }
        // The sender must stay, or waiting for it would end.
        std::future::pending::<()>().await;
    });
    stop
}

fn show(common: &Common, report: &RecordReport) {
    let paint = Paint::for_stdout();
    for (path, sha256) in &report.files {
        if common.json {
            output::line(&json(path, sha256.as_ref(), &report.outcome).to_string());
        } else {
            output::line(&plain(path, &report.outcome, paint));
        }
    }
}

fn json(path: &Path, sha256: Option<&Digest>, outcome: &Outcome) -> serde_json::Value {
    let file = path.display().to_string();
    match outcome {
        Outcome::Filed(taken, filing) => {
            let why = match filing {
                Some(Filing::Open { why }) => Some(*why),
                Some(Filing::Task { .. }) | None => None,
            };
            serde_json::json!({
                "file": file, "outcome": "filed", "record": taken.record, "sha256": sha256,
                "task": filing.as_ref().and_then(task), "reason": why,
                "hint": why.map(NoTask::hint), "entry": taken.entry, "already": taken.before,
            })
        }
        Outcome::Excepted(taken, refused) => serde_json::json!({
            "file": file, "outcome": "exception", "record": taken.record, "sha256": sha256,
            "reason": refused.code.as_str(), "page": refused.page, "hint": refused.code.hint(),
            "entry": taken.entry, "already": taken.before,
        }),
        Outcome::NotTaken { why } => serde_json::json!({
            "file": file, "outcome": "not-taken", "record": null, "sha256": sha256,
            "reason": "unreadable-file", "hint": why,
        }),
    }
}

/// The task that a record stands for.
fn task(filing: &Filing) -> Option<String> {
    match filing {
        Filing::Task { at, .. } => Some(format!("{}/{}", at.flow, at.task)),
        Filing::Open { .. } => None,
    }
}

fn plain(path: &Path, outcome: &Outcome, paint: Paint) -> String {
    let file = output::shown(path);
    let again = |before| if before { "  (already taken in)" } else { "" };
    match outcome {
        Outcome::Filed(taken, filing) => {
            let (word, what_for) = match filing {
                None => (paint.good("filed    "), String::new()),
                Some(filed @ Filing::Task { .. }) => {
                    let task = task(filed).unwrap_or_default();
                    (paint.good("filed    "), format!("  for task {task}"))
                }
                Some(Filing::Open { why }) => {
                    let told = format!("  {}: {}", why.as_str(), why.hint());
                    (paint.alert("no task  "), told)
                }
            };
            let again = again(taken.before);
            format!("{word}  {}  {file}{what_for}{again}", taken.record)
        }
        Outcome::Excepted(taken, refused) => {
            let page = refused
                .page
                .map(|page| format!(", page {page}"))
                .unwrap_or_default();
            format!(
                "{}  {}  {file}  {}{page}: {}{}",
                paint.alert("exception"),
                taken.record,
                refused.code.as_str(),
                refused.code.hint(),
                again(taken.before)
            )
        }
        Outcome::NotTaken { why } => {
            let why = output::shown(Path::new(why));
            format!("{}  {}  {why}", paint.bad("not taken"), " ".repeat(26))
        }
    }
}

fn tell_summary(common: &Common, summary: &BatchSummary, stopped: bool) {
    let BatchSummary {
        filed,
        open,
        excepted,
        known,
        not_taken,
        ..
    } = summary;
    let known = match known {
        0 => String::new(),
        known => format!(", {known} already taken in"),
    };
    let not_taken = match not_taken {
        0 => String::new(),
        files => format!(", {files} not taken: their files are where they were"),
    };
    let stopped = if stopped {
        "; stopped before the end"
    } else {
        ""
    };
    let open = match open {
        0 => String::new(),
        open => format!(" ({open} of them for no task: `vouchsafe exception` lists them)"),
    };
    let text = format!("{filed} filed{open}, {excepted} to exceptions{known}{not_taken}{stopped}");
    output::tell(common, &text);
}
