//! `review`.

use std::process::ExitCode;

use archive::{OwedFilter, ReviewResult};
use policy::deadline::Duty;
use policy::description::Description;
use serde_json::json;

use crate::args::Common;
use crate::args::capture::{Review, ReviewVerb, Right};
use crate::environment;
use crate::fail::Failure;
use crate::output;
use crate::verbs::flows;

/// `review`.
pub async fn run(common: &Common, verb: &Review) -> Result<ExitCode, Failure> {
    let (archive, _) = environment::open(common).await?;
    let Some(what) = &verb.what else {
        let filter = OwedFilter {
            branch: verb.branch.clone(),
            operator: None,
            duty: Some(Duty::Review),
        };
        let day = verb.on.unwrap_or_else(environment::today);
        let owed = archive.owed(&filter, day).await;
        archive.end().await;
        flows::list(common, &owed?);
        return Ok(ExitCode::SUCCESS);
    };
    let (actor, via) = environment::actor(common)?;
    let (task, result, word) = match what {
        ReviewVerb::Correct {
            record,
            right,
            reason,
        } => {
            let done = archive
                .correct_description(*record, description(right), reason, (&actor, &via))
                .await;
            archive.end().await;
            done?;
            output::line(&if common.json {
                json!({"record": record, "outcome": "corrected"}).to_string()
            } else {
                format!("{record}  corrected")
            });
            return Ok(ExitCode::SUCCESS);
        }
        ReviewVerb::Pass { task } => (task, ReviewResult::Passed, "passed"),
        ReviewVerb::Return { task, reason } => (
            task,
            ReviewResult::Returned { reason },
            "to be scanned again",
        ),
    };
    let done = archive.review(task, result, (&actor, &via)).await;
    archive.end().await;
    done?;
    output::line(&if common.json {
        json!({"task": task.to_string(), "outcome": word}).to_string()
    } else {
        format!("{task}  {word}")
    });
    Ok(ExitCode::SUCCESS)
}

fn description(right: &Right) -> Description {
    let right = right.clone();
    Description {
        client: right.client,
        class: right.class,
        flow: right.flow,
        business_date: right.business_date,
        account: right.account,
        document_name: right.document_name,
    }
}
