//! Which task a scanned document is for (匹配, R25): by its flow number, by one that was misread in
//! a character, or by its client. Numbers of clients and flows may be misread; whoever is
//! named otherwise is somebody else.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use catalog::Catalog;
use domain::{Actor, BranchCode, ClassCode, ClientNo, Digest, FlowNo, FondsId, Via};
use entries::{Filing, IdentifiedBy, MatchedBy, NoTask, RecordBody, SheetRef, TaskRef};
use ingest::{Filed, Identified, Proposal, Seen, Target, Tasks};
use journal::{JournalError, Lookup, View, signed};
use policy::case::Workflow as _;
use policy::flow::{
    Command, Event, FLOW_IMPORT, Flow, FlowFacts, IMAGE_REVIEW, IMPORTER, SCANNER, TaskId,
    TaskStanding, image_statement,
};
use policy::profile::Profile;
use policy::refusal::{Refusal, RefusalCode};

use crate::cases::{OtherRules, Ruling, Rulings, own, with_grounds};
use crate::rules::confirmed;
use crate::{Archive, ArchiveError};

/// In how many characters a number that was read may differ from the one that it is.
const MISREAD_MAX: usize = 1;
/// Of a title, one character in so many may be misread.
const TITLE_MISREAD: usize = 5;

/// What the branches of an archive owe.
pub(crate) struct OwedTasks {
    catalog: Arc<Catalog>,
    fonds: FondsId,
    rulings: Rulings,
    /// What says who may act; renewed when other rules come into force.
    ruling: RwLock<Ruling>,
}

impl OwedTasks {
    /// Of an archive, by the rules that are in force now.
    pub(crate) async fn of(archive: &Archive) -> Result<Self, ArchiveError> {
        // A catalog that has failed is opened again by the next entry; in its commit what is in
        // force is asked once more.
        let ruling = archive.ruling_at_hand().await?;
        Ok(Self {
            catalog: archive.catalog().clone(),
            fonds: archive.fonds.fonds,
            rulings: archive.rulings(),
            ruling: RwLock::new(ruling),
        })
    }

    fn ruling(&self) -> Ruling {
        let ruling = self.ruling.read();
        ruling.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Tasks for OwedTasks {
    fn demand_scanner(
        &self,
        view: &View<'_>,
        branch: &BranchCode,
        by: (&Actor, &Via),
    ) -> Result<(), JournalError> {
        let (lookup, day, ruling) = (view.lookup(), view.at().china_day(), self.ruling());
        if !lookup.has_flows(branch)? {
            return Ok(());
        }
        ruling.demand_in_force(&confirmed(lookup)?, day)?;
        let seat = (IMAGE_REVIEW, &own(branch));
        with_grounds(lookup, (&ruling, day), seat, by, |acting, grounds| {
            let nothing = Digest::of(b"");
            grounds.sign(SCANNER, acting, nothing, &[]).map(drop)
        })?;
        Ok(())
    }

    fn demand_deliverer(
        &self,
        view: &View<'_>,
        branch: &BranchCode,
        by: (&Actor, &Via),
    ) -> Result<(), JournalError> {
        let (lookup, day, ruling) = (view.lookup(), view.at().china_day(), self.ruling());
        ruling.demand_in_force(&confirmed(lookup)?, day)?;
        may_take_over(lookup, (&ruling, day), branch, by)
    }

    fn propose(&self, seen: &Seen<'_>) -> Result<Option<Proposal>, JournalError> {
        let lookup = Lookup::of(&self.catalog);
        if !lookup.has_flows(seen.branch)? {
            return Ok(None);
        }
        propose(lookup, &self.ruling().profile, seen).map(Some)
    }

    fn file(
        &self,
        view: &View<'_>,
        record: &RecordBody,
        proposal: &Proposal,
        (actor, via): (&Actor, &Via),
    ) -> Result<Filed, JournalError> {
        let (lookup, day, ruling) = (view.lookup(), view.at().china_day(), self.ruling());
        ruling.demand_in_force(&confirmed(lookup)?, day)?;
        let open = |why| Filed {
            filing: Filing::Open { why },
            actor: actor.clone(),
            rules: ruling.name.clone(),
        };
        if !record.repeats.is_empty() {
            return Ok(open(NoTask::Repeated));
        }
        let target = match proposal {
            Err(why) => return Ok(open(*why)),
            Ok(target) => target,
        };
        let Some((sheet, state)) = lookup.flow(&target.flow)? else {
            return Ok(open(NoTask::NoFlow));
        };
        let scan = Scan {
            sheet: &sheet,
            task: TaskId {
                flow: target.flow.clone(),
                number: target.task,
            },
            record: record.facts.record,
            bag: record.tagmanifest_sha256,
            fonds: self.fonds,
        };
        match scan.decide(lookup, (&ruling, day), &state, (actor, via)) {
            Ok((signature, actor)) => Ok(Filed {
                filing: Filing::Task {
                    at: scan.at(),
                    by: target.by,
                    signature: signed(&signature),
                },
                actor,
                rules: ruling.name.clone(),
            }),
            // Somebody was faster; or whoever scans may not any more. The image is kept.
            Err(JournalError::Refused(why)) => match why.downcast_ref::<Refusal>() {
                Some(refusal) if refusal.code == RefusalCode::WrongState => {
                    let task = state.task(target.task);
                    let is_there = task.is_some_and(|task| task.standing.record().is_some());
                    Ok(open(if is_there {
                        NoTask::HasImage
                    } else {
                        NoTask::NoSuchTask
                    }))
                }
                Some(_) => Ok(open(NoTask::NotPermitted)),
                None => Err(JournalError::Refused(why)),
            },
            Err(error) => Err(error),
        }
    }

    async fn renewed(&self, error: &JournalError) -> Result<bool, JournalError> {
        let JournalError::Refused(why) = error else {
            return Ok(false);
        };
        let Some(OtherRules(begun)) = why.downcast_ref() else {
            return Ok(false);
        };
        let ruling = self.rulings.ruling(begun.as_ref()).await;
        let ruling = ruling.map_err(JournalError::refused)?;
        *self.ruling.write().unwrap_or_else(PoisonError::into_inner) = ruling;
        Ok(true)
    }
}

/// An image that is to stand for a task.
pub(crate) struct Scan<'a> {
    pub(crate) sheet: &'a SheetRef,
    pub(crate) task: TaskId,
    pub(crate) record: domain::RecordId,
    /// SHA-256 of the manifest that covers its bytes.
    pub(crate) bag: Digest,
    pub(crate) fonds: FondsId,
}

impl Scan<'_> {
    /// The task by its place.
    pub(crate) fn at(&self) -> TaskRef {
        TaskRef {
            sheet: self.sheet.clone(),
            flow: self.task.flow.clone(),
            task: self.task.number,
        }
    }

    /// The signature of whoever answers for the image.
    pub(crate) fn decide(
        &self,
        lookup: Lookup<'_>,
        ruling: (&Ruling, domain::BusinessDate),
        state: &Flow,
        by: (&Actor, &Via),
    ) -> Result<(policy::authority::Signature, Actor), JournalError> {
        let statement = image_statement(self.fonds, &self.task, self.record, self.bag);
        let command = Command::Scan {
            number: self.task.number,
            record: self.record,
            content: Digest::of(statement.as_bytes()),
        };
        let seat = (IMAGE_REVIEW, &own(&self.sheet.branch));
        let (event, actor) = with_grounds(lookup, ruling, seat, by, |acting, grounds| {
            state.decide(&command, acting, &grounds)
        })?;
        match event {
            Event::Scanned { signature, .. } => Ok((signature, actor)),
            Event::Recorded { .. }
            | Event::Corrected { .. }
            | Event::Cancelled { .. }
            | Event::TaskAdded { .. }
            | Event::TaskAdjusted { .. }
            | Event::Shared { .. }
            | Event::Verified { .. }
            | Event::WaiverAsked { .. }
            | Event::WaiverGranted { .. }
            | Event::WaiverDenied { .. }
            | Event::ReviewPassed { .. }
            | Event::ReviewReturned { .. }
            | Event::Missed { .. } => Err(JournalError::Ended),
        }
    }
}

/// Whether somebody may take over for a branch what other systems say and deliver.
pub(crate) fn may_take_over(
    lookup: Lookup<'_>,
    ruling: (&Ruling, domain::BusinessDate),
    branch: &BranchCode,
    by: (&Actor, &Via),
) -> Result<(), JournalError> {
    let seat = (FLOW_IMPORT, &own(branch));
    with_grounds(lookup, ruling, seat, by, |acting, grounds| {
        let nothing = Digest::of(b"");
        grounds.sign(IMPORTER, acting, nothing, &[]).map(drop)
    })?;
    Ok(())
}

/// The task that a record is for.
fn propose(
    lookup: Lookup<'_>,
    profile: &Profile,
    seen: &Seen<'_>,
) -> Result<Proposal, JournalError> {
    let class = seen.class.cloned().or_else(|| titled(profile, &seen.top));
    let Identified {
        client, flow, by, ..
    } = seen.identified;
    let read = |by: Option<IdentifiedBy>| by == Some(IdentifiedBy::Text);
    if let Some(number) = flow {
        // Numbers follow one another: one that was misread is a neighbour's, so what was only read
        // takes the client's number too.
        if read(by.flow) && client.is_none() {
            return Ok(Err(NoTask::Unmatched));
        }
        if let Some((sheet, state)) = lookup.flow(number)? {
            if sheet.branch != *seen.branch {
                return Ok(Err(NoTask::OtherBranch));
            }
            let of = Candidate {
                flow: number,
                state: &state,
            };
            return Ok(of.target(
                client.as_ref(),
                read(by.client),
                class.as_ref(),
                MatchedBy::FlowNumber,
            ));
        }
        if !read(by.flow) {
            return Ok(Err(NoTask::NoFlow));
        }
        let near = |open: &FlowNo, _: &FlowFacts| is_misread(number.as_str(), open.as_str());
        let open = open_flows(lookup, seen.branch, near)?;
        return Ok(match open.as_slice() {
            [(flow, state)] => {
                let of = Candidate { flow, state };
                of.target(
                    client.as_ref(),
                    false,
                    class.as_ref(),
                    MatchedBy::FlowNumberNear,
                )
            }
            _ => Err(NoTask::NoFlow),
        });
    }
    let (Some(client), Some(class)) = (client, &class) else {
        return Ok(Err(NoTask::Unmatched));
    };
    let open = open_flows(lookup, seen.branch, |_, facts| facts.client == *client)?;
    let found: Vec<Target> = open
        .iter()
        .filter_map(|(flow, state)| {
            let of = Candidate { flow, state };
            of.target(Some(client), false, Some(class), MatchedBy::Client)
                .ok()
        })
        .collect();
    Ok(match <[Target; 1]>::try_from(found) {
        Ok([one]) => Ok(one),
        Err(none) if none.is_empty() => Err(NoTask::Unmatched),
        Err(_) => Err(NoTask::Ambiguous),
    })
}

/// The flows of a branch that owe something, of those that a condition lets through.
fn open_flows(
    lookup: Lookup<'_>,
    branch: &BranchCode,
    is_wanted: impl Fn(&FlowNo, &FlowFacts) -> bool,
) -> Result<Vec<(FlowNo, Flow)>, JournalError> {
    let mut open = Vec::new();
    for sheet in lookup.open_sheets(Some(branch))? {
        open.extend(
            lookup
                .open_flows(&sheet)?
                .into_iter()
                .filter(|(number, flow)| {
                    let facts = flow.facts.as_ref();
                    facts.is_some_and(|facts| is_wanted(number, facts))
                }),
        );
    }
    Ok(open)
}

/// A flow that a record may be for.
struct Candidate<'a> {
    flow: &'a FlowNo,
    state: &'a Flow,
}

impl Candidate<'_> {
    fn target(
        &self,
        client: Option<&ClientNo>,
        was_read: bool,
        class: Option<&ClassCode>,
        by: MatchedBy,
    ) -> Proposal {
        let Some(facts) = &self.state.facts else {
            return Err(NoTask::NoFlow);
        };
        let is_theirs = |client: &ClientNo| {
            *client == facts.client
                || was_read && is_misread(client.as_str(), facts.client.as_str())
        };
        if !client.is_none_or(is_theirs) {
            return Err(NoTask::WrongClient);
        }
        let open: Vec<(u16, &ClassCode)> = self
            .state
            .numbered()
            .filter(|(_, task)| task.standing == TaskStanding::ToScan)
            .map(|(number, task)| (number, &task.class))
            .collect();
        let task = match class {
            Some(class) => open.iter().find(|(_, owed)| *owed == class),
            // Of a flow that makes one document alone there is nothing to tell apart.
            None if self.state.tasks.len() == 1 => open.first(),
            None if open.is_empty() => None,
            None => return Err(NoTask::Ambiguous),
        };
        let (task, class) = task.ok_or_else(|| {
            let mut there = self
                .state
                .tasks
                .iter()
                .filter(|task| class == Some(&task.class));
            if there.any(|task| task.standing.record().is_some()) {
                NoTask::HasImage
            } else {
                NoTask::NoSuchTask
            }
        })?;
        Ok(Target {
            flow: self.flow.clone(),
            task: *task,
            by,
            client: facts.client.clone(),
            business_date: facts.business_date,
            class: (*class).clone(),
        })
    }
}

/// The class whose title stands at the top of a page: the longest, if one alone is.
fn titled(profile: &Profile, top: &[&str]) -> Option<ClassCode> {
    let lines: Vec<String> = top
        .iter()
        .map(|line| line.chars().filter(|one| !one.is_whitespace()).collect())
        .collect();
    let mut best: Option<(usize, &ClassCode)> = None;
    let mut is_tied = false;
    for class in profile.classes.values() {
        let titles = class.printed.iter().chain([&class.title.zh]);
        let there = titles.filter(|title| lines.iter().any(|line| is_titled(line, title)));
        let Some(length) = there.map(|title| title.chars().count()).max() else {
            continue;
        };
        match best {
            Some((longest, _)) if length < longest => {}
            Some((longest, _)) if length == longest => is_tied = true,
            Some(_) | None => (best, is_tied) = (Some((length, &class.code)), false),
        }
    }
    best.filter(|_| !is_tied).map(|(_, code)| code.clone())
}

fn is_titled(line: &str, title: &str) -> bool {
    let length = title.chars().count();
    line == title || strsim::levenshtein(line, title) <= length / TITLE_MISREAD
}

/// Whether a number was read that is another one but for a misread character.
fn is_misread(read: &str, is: &str) -> bool {
    read != is && strsim::levenshtein(read, is) <= MISREAD_MAX
}
