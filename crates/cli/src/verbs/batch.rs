//! `batch`.

use std::process::ExitCode;

use archive::{Archive, BatchRow};
use entries::BatchEnd;
use serde_json::json;

use crate::args::Common;
use crate::args::capture::Batch;
use crate::environment;
use crate::fail::Failure;
use crate::output;

/// `batch`.
pub async fn run(common: &Common, verb: &Batch) -> Result<ExitCode, Failure> {
    let (archive, _) = environment::open(common).await?;
    let told = tell(common, &archive, verb);
    archive.end().await;
    told?;
    Ok(ExitCode::SUCCESS)
}

fn tell(common: &Common, archive: &Archive, verb: &Batch) -> Result<(), Failure> {
    let Some(batch) = verb.id else {
        for row in archive.batches(verb.branch.as_ref(), verb.limit)? {
            output::line(&if common.json {
                json(&row).to_string()
            } else {
                line(&row)
            });
        }
        return Ok(());
    };
    let row = archive.batch(batch)?.ok_or_else(|| no_batch(&batch))?;
    let now = archive.batch_records(batch)?;
    if common.json {
        let mut told = json(&row);
        let now = json!({
            "filed": now.filed, "for_task": now.for_task, "waiting": now.waiting,
            "settled": now.settled,
        });
        if let Some(told) = told.as_object_mut() {
            told.insert("now".to_owned(), now);
        }
        output::line(&told.to_string());
        return Ok(());
    }
    output::line(&line(&row));
    output::line(&format!(
        "  now: {} filed without tasks, {} for a task, {} exceptions that wait, {} settled",
        now.filed, now.for_task, now.waiting, now.settled
    ));
    Ok(())
}

fn no_batch(batch: &domain::BatchId) -> Failure {
    Failure::said(
        format!("there is no batch {batch}"),
        "`vouchsafe batch` lists them",
    )
}

fn json(row: &BatchRow) -> serde_json::Value {
    json!({
        "batch": row.received.batch, "at": row.at, "branch": row.received.branch,
        "files": row.received.files, "records": row.received.records, "closed": row.closed,
    })
}

fn line(row: &BatchRow) -> String {
    let end = match &row.closed {
        None => "open".to_owned(),
        Some(closed) => format!(
            "{} filed, {} exceptions, {} known before, {} not taken{}",
            closed.filed,
            closed.excepted,
            closed.known,
            closed.not_taken,
            match closed.end {
                BatchEnd::Complete => "",
                BatchEnd::Stopped => "; stopped before its end",
                BatchEnd::Recovered => "; cut off, and closed later",
            }
        ),
    };
    format!(
        "{}  {}  branch {}  {} files, {} records: {end}",
        row.received.batch,
        output::china_time(row.at),
        row.received.branch,
        row.received.files,
        row.received.records,
    )
}
