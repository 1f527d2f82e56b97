//! `check`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use archive::{Archive, ArchiveError, Folder, Secret, Stores};
use catalog::CatalogError;
use check::{CatalogHead, Identity, Options, Report, Severity};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::args::{Check, Common};
use crate::environment;
use crate::fail::Failure;
use crate::output::{self, Paint};

/// How many objects are looked at together.
const CONCURRENCY: usize = 16;

pub async fn run(common: &Common, verb: &Check) -> Result<ExitCode, Failure> {
    let folder = Folder::new(&common.archive);
    // Opening compares the catalog. Whoever checks wants to see what is there, so nothing is
    // finished or undone; and an archive that cannot be opened is checked all the same.
    let opened = Archive::open_to_read(folder.clone(), environment::environment()).await;
    let (archive, stores, catalog) = match opened {
        Ok((archive, report)) => {
            output::tell_catalog(common, &report);
            output::tell_doubt(&report.standing);
            let head = archive.catalog().head().map_err(ArchiveError::from)?;
            let stores = archive.stores().clone();
            (Some(archive), stores, head)
        }
        Err(ArchiveError::Catalog(error @ CatalogError::InUse { .. })) => {
            output::warn(&format!("{error}: the catalog is not compared"));
            (None, stores(&folder)?, None)
        }
        Err(error @ (ArchiveError::NoArchive { .. } | ArchiveError::Config { .. })) => {
            return Err(error.into());
        }
        Err(error) => {
            output::warn(&format!(
                "the archive cannot be opened and is checked from its store alone: {error}"
            ));
            (None, stores(&folder)?, None)
        }
    };
    let options = Options {
        read_data: verb.read_data,
        identity: identity(&folder, verb)?,
        catalog: catalog.map(|head| CatalogHead {
            commit: head.commit,
            commit_sha256: head.commit_sha256,
            size: head.size,
        }),
        kept_checkpoints: verb
            .kept
            .iter()
            .map(|path| read(path))
            .collect::<Result<_, _>>()?,
        concurrency: CONCURRENCY,
    };
    let bar = bar(common);
    let shown = bar.clone();
    let checked = check::check(&stores.keys, &stores.blobs, &options, move |progress| {
        shown.set_length(progress.total);
        shown.set_position(progress.done);
    })
    .await;
    bar.finish_and_clear();
    let hint = "check [store] in vouchsafe.toml and that the store is reachable";
    let report = checked.map_err(|error| Failure::from_error(&error, Some(hint.to_owned())))?;
    if let Some(archive) = archive {
        archive.end().await;
    }
    if common.json {
        json(&report);
    } else {
        plain(&report);
    }
    Ok(if report.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn stores(folder: &Folder) -> Result<Stores, Failure> {
    let config = folder.config()?;
    Ok(Stores::open(
        folder,
        &config,
        &environment::environment().store_options,
    )?)
}

/// The identity that was named, or with `--read-data` the archive's own if it is there.
fn identity(folder: &Folder, verb: &Check) -> Result<Option<Identity>, Failure> {
    let path = match &verb.identity {
        Some(path) => path.clone(),
        None if verb.read_data => {
            let path = folder.secret_path(Secret::Archive);
            if !path.exists() {
                return Ok(None);
            }
            path
        }
        None => return Ok(None),
    };
    let parsed = Identity::from_file_text(&read(&path)?);
    parsed.map(Some).map_err(|error| {
        let hint = format!("{} must be an age identity file", path.display());
        Failure::from_error(&error, Some(hint))
    })
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::unreadable(path, &error))
}

fn bar(common: &Common) -> ProgressBar {
    let bar = ProgressBar::new(0);
    if common.quiet {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len}") {
        bar.set_style(style);
    }
    bar
}

fn plain(report: &Report) {
    let paint = Paint::for_stdout();
    let mut explained = BTreeSet::new();
    for finding in &report.findings {
        let severity = match finding.severity {
            Severity::Harm => paint.bad("harm"),
            Severity::Warning => paint.alert("warning"),
            Severity::LeftOver => paint.alert("left over"),
        };
        output::line(&format!("{severity}  {}  {}", finding.code, finding.place));
        // Once: damage seldom comes alone.
        if explained.insert(finding.code) {
            output::line(&format!("  means     {}", finding.code.meaning()));
        }
        output::line(&format!("  found     {}", finding.found));
        output::line(&format!("  expected  {}", finding.expected));
        output::line(&format!("  do        {}", finding.advice));
    }
    let counts = &report.counts;
    output::line(&format!(
        "checked      {} commits, {} entries, {} records, {} objects in the store",
        counts.commits, counts.entries, counts.records, counts.objects
    ));
    output::line(&format!(
        "compared     {} headers, {} payloads by SHA-256, {} by size alone",
        counts.headers_compared, counts.payloads_compared_by_hash, counts.payloads_compared_by_size
    ));
    output::line(&format!(
        "opened       {} bags valid, {} derived objects valid",
        counts.bags_valid, counts.derived_valid
    ));
    for missed in &report.not_checked {
        output::line(&format!(
            "not checked  {} ({}): {}",
            missed.what, missed.count, missed.why
        ));
    }
    output::line(&if report.is_clean() {
        paint.good("nothing was found")
    } else {
        paint.bad(&format!("{} findings", report.findings.len()))
    });
}

fn json(report: &Report) {
    for finding in &report.findings {
        let object = serde_json::json!({
            "code": finding.code.to_string(), "severity": finding.severity.to_string(),
            "meaning": finding.code.meaning(), "place": finding.place, "found": finding.found, "expected": finding.expected,
            "advice": finding.advice,
        });
        output::line(&object.to_string());
    }
    let counts = &report.counts;
    let not_checked: Vec<serde_json::Value> = report
        .not_checked
        .iter()
        .map(|missed| {
            serde_json::json!({"what": missed.what, "why": missed.why, "count": missed.count})
        })
        .collect();
    let object = serde_json::json!({
        "clean": report.is_clean(), "findings": report.findings.len(),
        "checked": {
            "commits": counts.commits, "entries": counts.entries, "records": counts.records,
            "objects": counts.objects, "headers_compared": counts.headers_compared,
            "payloads_compared_by_size": counts.payloads_compared_by_size,
            "payloads_compared_by_hash": counts.payloads_compared_by_hash,
            "bags_valid": counts.bags_valid, "derived_valid": counts.derived_valid,
            "bytes_read": counts.bytes_read,
        },
        "not_checked": not_checked,
    });
    output::line(&object.to_string());
}
