//! How an archive must stand, whatever was done.

use std::collections::{BTreeMap, BTreeSet};

use archive::{Archive, BranchDay, Owed, OwedFilter, Queued};
use domain::{BranchCode, BusinessDate, FlowNo, RecordId};
use policy::deadline::Duty;
use policy::exception::Settlement;
use policy::flow::{Flow, TaskId, TaskStanding};

use super::{BRANCHES, DAYS, Known, TODAY};

/// What one day of one branch is.
pub(super) type Place = (BranchCode, BusinessDate);
/// Flows and tasks as they are signed, by the account under which they were handled.
pub(super) type Statements = BTreeMap<String, Vec<String>>;

/// All that an archive says, to be compared.
#[derive(Debug, PartialEq)]
pub(super) struct Lists {
    pub(super) flows: BTreeMap<FlowNo, Flow>,
    queue: Vec<(RecordId, Queued)>,
    owed: Vec<Owed>,
    days: Vec<BranchDay>,
}

pub(super) fn places() -> impl Iterator<Item = Place> {
    let place = |branch: &str, day: &str| (branch.parse().unwrap(), day.parse().unwrap());
    BRANCHES
        .into_iter()
        .flat_map(move |branch| DAYS.map(|day| place(branch, day)))
}

pub(super) fn flows_of(archive: &Archive) -> BTreeMap<FlowNo, Flow> {
    places()
        .flat_map(|(branch, day)| archive.flows(&branch, day).unwrap())
        .collect()
}

pub(super) async fn lists(archive: &Archive) -> Lists {
    let today = TODAY.parse().unwrap();
    Lists {
        flows: flows_of(archive),
        queue: archive.exceptions(None).unwrap(),
        owed: archive.owed(&OwedFilter::default(), today).await.unwrap(),
        days: places()
            .map(|(branch, day)| archive.day(&branch, day).unwrap())
            .collect(),
    }
}

impl Known {
    /// Holds of an archive in every moment.
    pub(super) async fn demand_right(&mut self, archive: &Archive) {
        let Lists {
            flows, queue, owed, ..
        } = lists(archive).await;
        let mut standing = BTreeSet::new();
        let mut open = Vec::new();
        for (number, flow) in &flows {
            for (n, task) in flow.numbered() {
                let id = TaskId {
                    flow: number.clone(),
                    number: n,
                };
                if let Some(record) = task.standing.record() {
                    assert!(standing.insert(record), "{record} stands for two tasks");
                }
                let ended = self.ended.get(&id).filter(|ended| **ended != task.standing);
                assert_eq!(ended, None, "{id} ended twice");
                if task.standing.is_at_rest() {
                    self.ended.insert(id, task.standing.clone());
                } else {
                    let scanned = matches!(task.standing, TaskStanding::Scanned { .. });
                    let duty = if scanned { Duty::Review } else { Duty::Capture };
                    open.push((number.clone(), Some(n), duty));
                }
            }
            if owes_a_task(flow) {
                open.push((number.clone(), None, Duty::Capture));
            }
        }
        let owed = owed.into_iter();
        let mut owed: Vec<_> = owed
            .map(|one| (one.flow, one.task.map(|(n, ..)| n), one.duty))
            .collect();
        owed.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        assert_eq!(owed, open);
        let queue: BTreeSet<RecordId> = queue.into_iter().map(|(record, _)| record).collect();
        for record in &self.records {
            let settled = archive.exception(*record).unwrap().and_then(|queued| {
                assert_eq!(queued.exception.is_waiting(), queue.contains(record));
                queued.exception.settlement
            });
            let settled = settled.is_some_and(|settled| settled != Settlement::Assigned);
            let there = [standing.contains(record), queue.contains(record), settled];
            let places = there.iter().filter(|there| **there).count();
            assert_eq!(places, 1, "{record} is lost: {there:?}");
        }
        assert!(
            standing
                .union(&queue)
                .all(|record| self.records.contains(record))
        );
        self.demand_signed(archive);
    }

    /// A day is reconciled and closed as long as it is what was signed.
    fn demand_signed(&self, archive: &Archive) {
        for place in places() {
            let day = archive.day(&place.0, place.1).unwrap();
            let statements = statements(archive, &place);
            let operators = day.accounts.keys().map(ToString::to_string);
            assert!(operators.eq(statements.keys().cloned()));
            let mut all_answered = true;
            for (operator, account) in &day.accounts {
                let key = (place.clone(), operator.to_string());
                let is = self.reconciled.get(&key) == statements.get(operator.as_str());
                assert_eq!(account.is_reconciled, is, "{key:?}");
                all_answered &= is;
            }
            let closed = self.closed.get(&place);
            assert_eq!(day.was_closed, closed.is_some());
            let is = closed == Some(&statements) && all_answered;
            assert_eq!(day.is_closed, is, "{place:?}");
        }
    }
}

/// A flow of which nobody has made a task that is still owed.
pub(super) fn owes_a_task(flow: &Flow) -> bool {
    let withdrawn = |task: &policy::flow::Task| task.standing == TaskStanding::Withdrawn;
    !flow.cancelled && flow.tasks.iter().all(withdrawn)
}

/// A branch's day as it is signed: that an image was reviewed changes nothing.
pub(super) fn statements(archive: &Archive, (branch, day): &Place) -> Statements {
    let mut statements = Statements::new();
    for (number, flow) in archive.flows(branch, *day).unwrap() {
        let operator = flow.facts.as_ref().unwrap().operator.to_string();
        let lines = statements.entry(operator).or_default();
        lines.push(format!("{number} {}", flow.cancelled));
        for (n, task) in flow.numbered() {
            let record = task.standing.record();
            let stands = match record {
                Some(_) => "is there",
                None => task.standing.as_str(),
            };
            lines.push(format!("{n} {} {stands} {record:?}", task.class));
        }
    }
    statements
}

pub(super) fn waiting(archive: &Archive, branch: &BranchCode) -> BTreeSet<RecordId> {
    let queue = archive.exceptions(Some(branch)).unwrap().into_iter();
    queue.map(|(record, _)| record).collect()
}
