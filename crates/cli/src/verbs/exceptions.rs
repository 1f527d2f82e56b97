//! `exception`.

use std::process::ExitCode;

use archive::{Queued, Settling};
use domain::RecordId;
use entries::{ExceptionCode, NoTask};
use policy::exception::Settlement;
use serde_json::json;

use crate::args::Common;
use crate::args::capture::{ExceptionVerb, Exceptions};
use crate::environment;
use crate::fail::Failure;
use crate::output;

/// `exception`.
pub async fn run(common: &Common, verb: &Exceptions) -> Result<ExitCode, Failure> {
    let (archive, _) = environment::open(common).await?;
    let Some(what) = &verb.what else {
        let queue = archive.exceptions(verb.branch.as_ref());
        archive.end().await;
        for (record, queued) in queue? {
            output::line(&if common.json {
                json!({
                    "record": record, "branch": queued.branch, "why": queued.why,
                    "hint": hint(&queued.why),
                })
                .to_string()
            } else {
                format!(
                    "{record}  branch {}  {}: {}",
                    queued.branch,
                    queued.why,
                    hint(&queued.why)
                )
            });
        }
        return Ok(ExitCode::SUCCESS);
    };
    let (actor, via) = environment::actor(common)?;
    let (record, settling, word) = settling(what);
    let done = archive.settle(record, settling, (&actor, &via)).await;
    archive.end().await;
    done?;
    output::line(&if common.json {
        json!({"record": record, "outcome": word}).to_string()
    } else {
        format!("{record}  {word}")
    });
    Ok(ExitCode::SUCCESS)
}

fn settling(what: &ExceptionVerb) -> (RecordId, Settling, &'static str) {
    match what.clone() {
        ExceptionVerb::Assign {
            record,
            task,
            reason,
        } => (record, Settling::Assign { task, reason }, "matched"),
        ExceptionVerb::Keep { record, reason } => (record, Settling::Keep { reason }, "kept"),
        ExceptionVerb::Reject { record, reason } => {
            (record, Settling::Reject { reason }, "rejected")
        }
        ExceptionVerb::Rescanned { record, instead } => {
            (record, Settling::Rescanned { instead }, "scanned again")
        }
    }
}

/// What somebody should do about it.
fn hint(why: &str) -> &'static str {
    let intake = ExceptionCode::from_code(why).map(ExceptionCode::hint);
    let filing = NoTask::ALL.into_iter().find(|code| code.as_str() == why);
    // `unmatched` is a code of both; the queue means the one without a task.
    filing
        .map(NoTask::hint)
        .or(intake)
        .unwrap_or("its flow was corrected or cancelled: match it with another task, or keep it")
}

/// How a record stands as an exception.
pub fn standing(queued: &Queued) -> String {
    let settled = match queued.exception.settlement {
        None => "waits".to_owned(),
        Some(Settlement::Assigned) => "was matched by hand".to_owned(),
        Some(Settlement::Kept) => "is kept without a task".to_owned(),
        Some(Settlement::Rejected) => "was rejected".to_owned(),
        Some(Settlement::Rescanned { instead }) => format!("was scanned again as {instead}"),
    };
    format!("{}: {settled}", queued.why)
}
