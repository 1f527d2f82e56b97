//! `finding`.

use std::process::ExitCode;

use policy::finding::{Defect, Finding};
use serde_json::json;

use crate::args::Common;
use crate::args::finding::{FindingVerb, Findings};
use crate::environment;
use crate::fail::Failure;
use crate::output;

/// `finding`.
pub async fn run(common: &Common, verb: &Findings) -> Result<ExitCode, Failure> {
    let (archive, _) = environment::open(common).await?;
    let Some(what) = &verb.what else {
        let open = archive.open_findings(verb.branch.as_ref());
        archive.end().await;
        for (finding, state) in open? {
            show(common, &finding.to_string(), &state);
        }
        return Ok(ExitCode::SUCCESS);
    };
    let (actor, via) = environment::actor(common)?;
    let by = (&actor, &via);
    let done = match what {
        FindingVerb::Report {
            branch,
            about,
            what,
            owner,
            due,
        } => {
            let defect = Defect {
                branch: branch.clone(),
                about: about.clone(),
                what: what.clone(),
                owner: owner.clone(),
                due: *due,
            };
            let reported = archive.report_finding(defect, by).await;
            reported.map(|finding| (finding, "reported"))
        }
        FindingVerb::Mend { finding, how } => {
            let done = archive.mend_finding(*finding, how, by).await;
            done.map(|()| (*finding, "mended"))
        }
        FindingVerb::Dismiss { finding, reason } => {
            let done = archive.dismiss_finding(*finding, reason, by).await;
            done.map(|()| (*finding, "dismissed"))
        }
    };
    archive.end().await;
    let (finding, word) = done?;
    output::line(&if common.json {
        json!({"finding": finding, "outcome": word}).to_string()
    } else {
        format!("{finding}  {word}")
    });
    Ok(ExitCode::SUCCESS)
}

fn show(common: &Common, finding: &str, state: &Finding) {
    let Some((defect, by)) = &state.defect else {
        return;
    };
    let late = state.is_late(environment::today());
    output::line(&if common.json {
        json!({
            "finding": finding, "branch": defect.branch, "about": defect.about,
            "what": defect.what, "owner": defect.owner, "due": defect.due, "by": by,
            "late": late,
        })
        .to_string()
    } else {
        format!(
            "{finding}  due {}{}  branch {}  {}: {}  to be mended by {}",
            defect.due,
            if late { ", late" } else { "" },
            defect.branch,
            defect.about,
            defect.what,
            defect.owner
        )
    });
}
