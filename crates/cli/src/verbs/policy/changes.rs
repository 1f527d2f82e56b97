//! Changes of rules: proposed by one person, confirmed by another.

use std::path::Path;

use ::policy::rule_change::{Change, End, Proposal, RuleChange};
use archive::{Archive, ArchiveError, RulesInForce};
use domain::{BusinessDate, CaseId};

use super::{profile_text, read};
use crate::args::Common;
use crate::args::policy::Ended;
use crate::environment::{self, today};
use crate::fail::Failure;
use crate::output;

/// What is done with an open archive; it is let go of whatever comes of it.
async fn with<T>(
    common: &Common,
    work: impl AsyncFnOnce(&Archive) -> Result<T, ArchiveError>,
) -> Result<T, Failure> {
    let (archive, _) = environment::open(common).await?;
    let done = work(&archive).await;
    archive.end().await;
    Ok(done?)
}

pub async fn propose(
    common: &Common,
    name: &str,
    from: Option<BusinessDate>,
) -> Result<(), Failure> {
    let (file, text) = profile_text(name)?;
    let from = from.unwrap_or_else(today);
    let (actor, via) = environment::actor(common)?;
    let by = (&actor, &via);
    let case = with(common, async |archive| {
        archive.propose_profile((&file, &text), from, by).await
    });
    tell_proposed(common, case.await?);
    Ok(())
}

pub async fn import(
    common: &Common,
    file: &Path,
    from: Option<BusinessDate>,
) -> Result<(), Failure> {
    let (name, text) = (file.display().to_string(), read(file)?);
    let from = from.unwrap_or_else(today);
    let (actor, via) = environment::actor(common)?;
    let by = (&actor, &via);
    let case = with(common, async |archive| {
        archive.propose_calendar((&name, &text), from, by).await
    });
    tell_proposed(common, case.await?);
    Ok(())
}

fn tell_proposed(common: &Common, case: CaseId) {
    if common.json {
        output::line(&serde_json::json!({ "case": case }).to_string());
    } else {
        output::line(&case.to_string());
        let next =
            format!("a second person confirms it: vouchsafe policy confirm {case} --as ACCOUNT");
        output::tell(common, &next);
    }
}

pub async fn confirm(common: &Common, case: CaseId) -> Result<(), Failure> {
    let (actor, via) = environment::actor(common)?;
    let state = with(common, async |archive| {
        archive.confirm_rules(case, (&actor, &via)).await?;
        archive.rule_change(case)
    });
    print(common, &state.await?);
    Ok(())
}

pub async fn reject(common: &Common, verb: &Ended) -> Result<(), Failure> {
    let (actor, via) = environment::actor(common)?;
    let state = with(common, async |archive| {
        let by = (&actor, &via);
        archive.reject_rules(verb.case, &verb.reason, by).await?;
        archive.rule_change(verb.case)
    });
    print(common, &state.await?);
    Ok(())
}

pub async fn withdraw(common: &Common, verb: &Ended) -> Result<(), Failure> {
    let (actor, via) = environment::actor(common)?;
    let state = with(common, async |archive| {
        let by = (&actor, &via);
        archive.withdraw_rules(verb.case, &verb.reason, by).await?;
        archive.rule_change(verb.case)
    });
    print(common, &state.await?);
    Ok(())
}

pub async fn list(common: &Common) -> Result<(), Failure> {
    let changes = with(common, async |archive| archive.rule_changes());
    for state in changes.await? {
        print(common, &state);
    }
    Ok(())
}

pub async fn text(common: &Common, case: CaseId) -> Result<(), Failure> {
    let text = with(common, async |archive| {
        match archive.rule_change(case)?.proposal() {
            Some(proposal) => archive.rule_text(proposal.change.text()).await,
            None => Err(ArchiveError::NoCase { case }),
        }
    });
    // As it is: the last line has its own end.
    let text = text.await?;
    output::line(text.strip_suffix('\n').unwrap_or(&text));
    Ok(())
}

pub async fn in_force(common: &Common, day: BusinessDate) -> Result<RulesInForce, Failure> {
    with(common, async |archive| archive.rules_in_force(day).await).await
}

pub async fn show(common: &Common, day: BusinessDate) -> Result<(), Failure> {
    let rules = in_force(common, day).await?;
    super::warn_of_horizon(&rules.calendars, day);
    let (first, last) = rules.calendars.horizon();
    let profile = rules.profile.as_ref().map(|(confirmed, profile)| {
        let name = format!("{}@{}", profile.name, profile.version);
        (
            name,
            confirmed.from,
            confirmed.case,
            confirmed.change.text(),
        )
    });
    if common.json {
        let profile = profile.map(|(name, from, case, text)| {
            serde_json::json!({"profile": name, "from": from, "case": case, "text": text})
        });
        let notices: Vec<_> = rules
            .notices
            .iter()
            .map(|one| serde_json::json!({"case": one.case, "from": one.from, "what": what(&one.change)}))
            .collect();
        let object = serde_json::json!({
            "on": day, "profile": profile, "notices": notices, "known_from": first, "known_to": last,
        });
        output::line(&object.to_string());
        return Ok(());
    }
    output::line(&match profile {
        Some((name, from, case, _)) => format!("profile    {name}, from {from} (case {case})"),
        None => "profile    none: the thresholds that are built in".to_owned(),
    });
    output::line(&format!("calendars  known from {first} to {last}"));
    for one in &rules.notices {
        output::line(&format!(
            "           {}, from {} (case {})",
            what(&one.change),
            one.from,
            one.case
        ));
    }
    Ok(())
}

fn what(change: &Change) -> String {
    match change {
        Change::Profile { name, version, .. } => format!("profile {name}@{version}"),
        Change::Calendar {
            first_year,
            last_year,
            ..
        } => format!("calendar {first_year} to {last_year}"),
    }
}

fn print(common: &Common, state: &RuleChange) {
    let Some(proposal) = state.proposal() else {
        return;
    };
    let signed: Vec<String> = signed(proposal);
    if common.json {
        let object = serde_json::json!({
            "case": proposal.case, "what": what(&proposal.change), "from": proposal.from,
            "text": proposal.change.text(), "standing": standing(state), "signed": signed,
            "reason": ended(state).map(|(_, reason)| reason),
        });
        output::line(&object.to_string());
        return;
    }
    let because = ended(state).map(|(by, reason)| format!(" by {by}: {reason}"));
    output::line(&format!(
        "{}  {}  from {}  {}{}  ({})",
        proposal.case,
        output::pad(&what(&proposal.change), 26),
        proposal.from,
        standing(state),
        because.unwrap_or_default(),
        signed.join(", ")
    ));
}

fn signed(proposal: &Proposal) -> Vec<String> {
    let signatures = proposal.signatures.iter();
    signatures
        .map(|one| format!("{} {} on {}", one.position, one.person, one.day))
        .collect()
}

const fn standing(state: &RuleChange) -> &'static str {
    match state {
        RuleChange::NotBegun => "not begun",
        RuleChange::Proposed(_) => "proposed",
        RuleChange::Ended(_, End::Confirmed) => "confirmed",
        RuleChange::Ended(_, End::Rejected { .. }) => "rejected",
        RuleChange::Ended(_, End::Withdrawn { .. }) => "withdrawn",
    }
}

/// Who ended it without a confirmation, and why.
fn ended(state: &RuleChange) -> Option<(&str, &str)> {
    match state {
        RuleChange::Ended(_, End::Rejected { by, reason } | End::Withdrawn { by, reason }) => {
            Some((by.as_str(), reason))
        }
        RuleChange::NotBegun | RuleChange::Proposed(_) | RuleChange::Ended(_, End::Confirmed) => {
            None
        }
    }
}
