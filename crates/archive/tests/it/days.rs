//! Random days of a branch: scanned, reviewed, sent back, settled, reconciled, closed and late, in
//! whatever order. Whatever is done, nothing is lost between tasks and queue, a task that has ended
//! stays so, a day is closed as long as it is what was signed, and the ledger alone says all of it.

mod documents;
mod stands;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use archive::{
    Archive, ArchiveError, BatchRequest, BatchSummary, Explained, Facts, Outcome, Owed, OwedFilter,
    Queued, ReviewResult, SaidOfFlow, Settling, WaiverAnswer,
};
use domain::{BranchCode, FlowNo, RecordId};
use entries::{Filing, Granted, NoTask, PersonRecorded};
use policy::exception::Settlement;
use policy::flow::{Channel, FlowFacts, Missed, TaskId, TaskStanding};
use reading::ReadOptions;
use serde_json::json;
use tempfile::TempDir;
use testkit::seed::Rng;

use self::stands::{Place, Statements, flows_of, lists, owes_a_task, places, statements, waiting};
use crate::flows::by;
use crate::world::{Run, World, memory};

const BRANCHES: [&str; 2] = ["0012", "0031"];
/// By the clock of these tests both are over. An image of the first is late for its review, too.
const DAYS: [&str; 2] = ["2026-11-19", "2026-11-20"];
const TODAY: &str = "2026-11-23";
/// With four documents, two, and none that a template knows.
const TYPES: [&str; 3] = ["account-opening", "fund-business", "safe-deposit"];
const CLASSES: [&str; 4] = [
    "opening-application",
    "id-copy",
    "fund-voucher",
    "due-diligence",
];
/// The last is the account of nobody who is recorded.
const OPERATORS: [&str; 3] = ["li", "zhao", "temp"];
const FLOWS: u32 = 14;
const SEEDS: u64 = 8;
const ROUNDS: usize = 4;
const ACTS: usize = 30;

/// What a test knows by itself, to hold the archive against.
#[derive(Default)]
struct Known {
    said: BTreeMap<FlowNo, SaidOfFlow>,
    records: BTreeSet<RecordId>,
    contents: Vec<Vec<u8>>,
    reconciled: BTreeMap<(Place, String), Vec<String>>,
    closed: BTreeMap<Place, Statements>,
    missed: BTreeSet<(FlowNo, u16, Missed)>,
    ended: BTreeMap<TaskId, TaskStanding>,
    done: BTreeMap<&'static str, u32>,
}

async fn record_people(archive: &Archive) {
    let at = |role: &str| {
        BRANCHES.map(|branch| Granted {
            role: role.parse().unwrap(),
            branch: Some(branch.parse().unwrap()),
            from: "2026-01-01".parse().unwrap(),
            to: None,
        })
    };
    let headquarters = Granted {
        role: "operations-department".parse().unwrap(),
        branch: None,
        from: "2026-01-01".parse().unwrap(),
        to: None,
    };
    let (actor, via) = by("tester");
    for (person, account, grants) in [
        ("1001", "ops", vec![headquarters]),
        // Scans and reviews, never the same image.
        ("1002", "li", [at("clerk"), at("reviewer")].concat()),
        ("1003", "zhao", at("clerk").to_vec()),
        ("1004", "sun", at("reviewer").to_vec()),
        ("1005", "wang", at("operations-head").to_vec()),
    ] {
        let person = PersonRecorded {
            person: person.parse().unwrap(),
            accounts: vec![account.parse().unwrap()],
            grants,
        };
        archive
            .record_person(&person, (&actor, &via), false)
            .await
            .unwrap();
    }
}

/// Whether it was done; anything but a refusal ends the test.
fn is_done(done: Result<(), ArchiveError>) -> bool {
    match done {
        Ok(()) => true,
        Err(ArchiveError::Refused(_)) => false,
        Err(error) => panic!("{error:?}"),
    }
}

impl Known {
    fn said(&self, rng: &mut Rng, number: u32) -> SaidOfFlow {
        let flow: FlowNo = format!("L{number:04}").parse().unwrap();
        if let Some(before) = self.said.get(&flow).filter(|_| rng.below(4) > 0) {
            return before.clone();
        }
        SaidOfFlow {
            flow,
            facts: FlowFacts {
                branch: rng.pick(&BRANCHES).parse().unwrap(),
                business_date: rng.pick(&DAYS).parse().unwrap(),
                client: format!("88{:04}", rng.below(4)).parse().unwrap(),
                account: None,
                business: rng.pick(&TYPES).parse().unwrap(),
                operator: rng.pick(&OPERATORS).parse().unwrap(),
                channel: Channel::Counter,
            },
            cancelled: rng.below(10) == 0,
        }
    }

    /// The counter system's table, and that it says nothing new the second time.
    async fn import(&mut self, rng: &mut Rng, archive: &Archive) {
        let (actor, via) = by("ops");
        let mut table: BTreeMap<FlowNo, SaidOfFlow> = BTreeMap::new();
        for number in 0..FLOWS {
            let one = self.said(rng, number);
            let cancelled = self.said.get(&one.flow).is_some_and(|said| said.cancelled);
            if rng.below(3) > 0 && !cancelled {
                table.insert(one.flow.clone(), one);
            }
        }
        let said: Vec<SaidOfFlow> = table.values().cloned().collect();
        let by = (&actor, &via);
        archive.import_flows(&said, by, false).await.unwrap();
        self.said.extend(table);
        let (before, size) = (lists(archive).await, size(archive));
        archive.import_flows(&said, by, false).await.unwrap();
        assert_eq!((lists(archive).await, size), (before, self::size(archive)));
    }

    /// Files with what is said of each: mostly what the branch owes, and not always all of it.
    fn batch(&mut self, rng: &mut Rng, folder: &Path, owed: &[Owed]) {
        let mut records = Vec::new();
        for _ in 0..=rng.below(9) {
            let new = format!("voucher {}", self.contents.len()).into_bytes();
            let again = self.contents.get(rng.below(300) as usize);
            let bytes = again.cloned().unwrap_or(new);
            let name = format!("{}.bin", self.contents.len());
            std::fs::write(folder.join(&name), &bytes).unwrap();
            self.contents.push(bytes);
            let mut record = json!({"files": [&name]});
            let number = format!("L{:04}", rng.below(FLOWS + 2));
            let (mut flow, mut client, mut class) =
                (number, "880003".to_owned(), rng.pick(&CLASSES).to_owned());
            let place = rng.below(u32::try_from(owed.len()).unwrap()) as usize;
            if let Some(one) = owed.get(place).filter(|_| rng.below(5) > 0) {
                (flow, client) = (one.flow.to_string(), one.facts.client.to_string());
                class = one
                    .task
                    .as_ref()
                    .map_or(class, |(_, class, _)| class.to_string());
            }
            for (key, value, of) in [
                ("flow", flow, 5),
                ("client", client, 6),
                ("class", class, 6),
            ] {
                if rng.below(of) > 0 {
                    record[key] = json!(value);
                }
            }
            if rng.below(12) == 0 {
                record["files"] = json!([&name, "lost.bin"]);
            }
            records.push(record);
        }
        let sidecar = json!({"v": 1, "records": records});
        std::fs::write(folder.join("all.json"), sidecar.to_string()).unwrap();
    }

    /// A batch is taken in, and once more.
    async fn scan(&mut self, rng: &mut Rng, archive: &Archive) {
        let folder = TempDir::new().unwrap();
        let branch: BranchCode = rng.pick(&BRANCHES).parse().unwrap();
        let filter = OwedFilter {
            branch: Some(branch.clone()),
            ..OwedFilter::default()
        };
        let owed = archive.owed(&filter, TODAY.parse().unwrap()).await.unwrap();
        self.batch(rng, folder.path(), &owed);
        let account = rng.pick(&["li", "zhao"]);
        let before = lists(archive).await.flows;
        let (summary, outcomes) = take_in(archive, folder.path(), &branch, account).await;
        assert_eq!(summary.known + summary.not_taken, 0, "{summary:?}");
        assert_eq!(summary.filed + summary.excepted, outcomes.len() as u64);
        let mut open = 0;
        for outcome in &outcomes {
            let (record, filing) = match outcome {
                Outcome::Filed(taken, filing) => (taken.record, filing.as_ref()),
                Outcome::Excepted(taken, _) => (taken.record, None),
                Outcome::NotTaken { why } => panic!("{why}"),
            };
            // A branch of which no flow was ever told asks for no task.
            let queued = archive.exception(record).unwrap().is_some();
            if queued || filing.is_some() {
                assert!(self.records.insert(record), "a record twice");
            }
            match filing {
                Some(Filing::Task { at, .. }) => {
                    let task = before[&at.flow].task(at.task).unwrap();
                    assert_eq!(task.standing, TaskStanding::ToScan);
                    assert_eq!(at.sheet.branch, branch);
                    *self.done.entry("filed").or_default() += 1;
                }
                Some(Filing::Open { why }) => {
                    open += 1;
                    let repeats = archive.show(record).unwrap().body.repeats;
                    assert_eq!(*why == NoTask::Repeated, !repeats.is_empty());
                    *self.done.entry(why.as_str()).or_default() += 1;
                }
                None => {}
            }
        }
        assert_eq!(summary.open, open);
        let stands = lists(archive).await;
        let (again, _) = take_in(archive, folder.path(), &branch, account).await;
        let known = (again.known, again.filed, again.excepted, again.not_taken);
        assert_eq!(known, (outcomes.len() as u64, 0, 0, 0));
        assert_eq!(lists(archive).await, stands);
    }

    fn some_task(rng: &mut Rng) -> TaskId {
        TaskId {
            flow: format!("L{:04}", rng.below(FLOWS)).parse().unwrap(),
            number: u16::try_from(rng.below(4)).unwrap() + 1,
        }
    }

    /// Images pass, or are sent back, by another than whoever scanned.
    async fn review(&mut self, rng: &mut Rng, archive: &Archive) {
        let task = Self::some_task(rng);
        let account = rng.pick(&["sun", "li"]);
        let person = if account == "sun" { "1004" } else { "1002" };
        let flow = archive.flow(&task.flow).unwrap().unwrap_or_default();
        let scanned = match flow.task(task.number).map(|task| &task.standing) {
            Some(TaskStanding::Scanned { record, signature }) => Some((*record, signature)),
            Some(_) | None => None,
        };
        let may = scanned.is_some_and(|(_, signature)| signature.person.as_str() != person);
        let passes = rng.below(3) > 0;
        let result = if passes {
            ReviewResult::Passed
        } else {
            ReviewResult::Returned { reason: "不清" }
        };
        let (actor, via) = by(account);
        let done = archive.review(&task, result, (&actor, &via)).await;
        assert_eq!(is_done(done), may, "{task} by {account}: {scanned:?}");
        if may {
            let word = if passes { "passed" } else { "returned" };
            *self.done.entry(word).or_default() += 1;
        }
    }

    /// Something is said of a record that waits, or of one that does not.
    async fn settle(&mut self, rng: &mut Rng, archive: &Archive) {
        let queue: BTreeMap<RecordId, Queued> =
            archive.exceptions(None).unwrap().into_iter().collect();
        let one = |rng: &mut Rng, of: &mut dyn Iterator<Item = RecordId>| {
            let of: Vec<RecordId> = of.collect();
            of.get(rng.below(u32::try_from(of.len()).unwrap()) as usize)
                .copied()
        };
        let waits = rng.below(5) > 0;
        let found = if waits {
            one(rng, &mut queue.keys().copied())
        } else {
            one(rng, &mut self.records.iter().copied())
        };
        let Some(record) = found else { return };
        let queued = queue.get(&record);
        let why = queued.map(|queued| queued.why.as_str());
        let reason = "说明".to_owned();
        let (settling, may) = match rng.below(4) {
            0 | 1 => {
                let task = Self::some_task(rng);
                let flow = archive.flow(&task.flow).unwrap().unwrap_or_default();
                let standing = flow.task(task.number).map(|task| &task.standing);
                let at = flow.facts.as_ref().map(|facts| &facts.branch);
                let fits = standing == Some(&TaskStanding::ToScan)
                    && at == queued.map(|queued| &queued.branch)
                    && !flow.cancelled;
                let may = fits && !matches!(why, None | Some("file-missing" | "repeated"));
                (Settling::Assign { task, reason }, may)
            }
            2 if rng.below(2) == 0 => (
                Settling::Keep { reason },
                !matches!(why, None | Some("file-missing" | "returned")),
            ),
            2 => (Settling::Reject { reason }, why.is_some()),
            _ => {
                let Some(instead) = one(rng, &mut self.records.iter().copied()) else {
                    return;
                };
                let facts = archive.show(instead).unwrap().body.facts;
                let here = queued.is_some_and(|queued| queued.branch == facts.branch);
                let settled = archive.exception(instead).unwrap();
                let of_no_use = settled.is_some_and(|settled| {
                    let settlement = settled.exception.settlement;
                    !matches!(settlement, Some(Settlement::Assigned | Settlement::Kept))
                });
                let may = here && facts.exception.is_none() && !of_no_use;
                (Settling::Rescanned { instead }, may)
            }
        };
        let (actor, via) = by("zhao");
        let done = archive
            .settle(record, settling.clone(), (&actor, &via))
            .await;
        assert_eq!(is_done(done), may, "{record}, {why:?}: {settling:?}");
        if may {
            let word = match settling {
                Settling::Assign { .. } => "assigned",
                Settling::Keep { .. } => "kept",
                Settling::Reject { .. } => "rejected",
                Settling::Rescanned { .. } => "rescanned",
            };
            *self.done.entry(word).or_default() += 1;
        }
    }

    /// A document is left out by two people, or not.
    async fn waive(rng: &mut Rng, archive: &Archive) {
        let task = Self::some_task(rng);
        let (clerk, head) = (by("zhao"), by("wang"));
        is_done(
            archive
                .ask_waiver(&task, "已留存", (&clerk.0, &clerk.1))
                .await,
        );
        if rng.below(2) == 0 {
            let answer = WaiverAnswer::Granted;
            is_done(
                archive
                    .answer_waiver(&task, answer, (&head.0, &head.1))
                    .await,
            );
        }
    }

    /// Somebody answers for an account, or closes the day: whoever may, of all that stands open.
    async fn sign(&mut self, rng: &mut Rng, archive: &Archive) {
        let place = places().nth(rng.below(4) as usize).unwrap();
        let (branch, day) = (&place.0, place.1);
        let shown = archive.day(branch, day).unwrap();
        let statements = statements(archive, &place);
        let explained = Explained {
            one_by_one: Vec::new(),
            rest: (rng.below(4) > 0).then(|| "次日".to_owned()),
        };
        let says_why = explained.rest.is_some();
        let account = rng.pick(&["li", "zhao", "wang", "sun"]);
        let (actor, via) = by(account);
        if rng.below(3) > 0 {
            let operator = rng.pick(&OPERATORS);
            let key = (place.clone(), operator.to_owned());
            let may = statements.get(operator).is_some_and(|now| {
                let owner = operator == account || operator == "temp" && account != "sun";
                let missing = &shown.accounts[&operator.parse().unwrap()].missing;
                owner && self.reconciled.get(&key) != Some(now) && (says_why || missing.is_empty())
            });
            let operator = operator.parse().unwrap();
            let done = archive
                .reconcile((branch, day), &operator, explained, (&actor, &via))
                .await;
            assert_eq!(is_done(done), may, "{operator} by {account}: {shown:?}");
            if may {
                self.reconciled
                    .insert(key, statements[operator.as_str()].clone());
                *self.done.entry("reconciled").or_default() += 1;
            }
            return;
        }
        let queue: BTreeSet<RecordId> = waiting(archive, branch);
        let all = statements.iter().all(|(operator, now)| {
            self.reconciled.get(&(place.clone(), operator.clone())) == Some(now)
        });
        let may = account == "wang"
            && !statements.is_empty()
            && all
            && self.closed.get(&place) != Some(&statements)
            && (says_why || queue.is_empty());
        let done = archive
            .close_day((branch, day), explained, (&actor, &via))
            .await;
        assert_eq!(is_done(done), may, "{place:?} by {account}: {shown:?}");
        if may {
            self.closed.insert(place, statements);
            *self.done.entry("closed").or_default() += 1;
        }
    }

    /// What is late and was not told yet is told, once.
    async fn miss(&mut self, archive: &Archive) {
        let mut late = BTreeSet::new();
        for (number, flow) in flows_of(archive) {
            let mut tell = |task, what| late.insert((number.clone(), task, what));
            for (task, state) in flow.numbered() {
                match state.standing {
                    TaskStanding::ToScan | TaskStanding::WaiverAsked { .. } => {
                        tell(task, Missed::Capture);
                    }
                    // The next trading day after the second is today.
                    TaskStanding::Scanned { .. }
                        if flow.facts.as_ref().unwrap().business_date.to_string() == DAYS[0] =>
                    {
                        tell(task, Missed::Review);
                    }
                    TaskStanding::Scanned { .. }
                    | TaskStanding::Reviewed { .. }
                    | TaskStanding::Shared { .. }
                    | TaskStanding::Waived
                    | TaskStanding::Replaced { .. }
                    | TaskStanding::Withdrawn => {}
                }
            }
            if owes_a_task(&flow) {
                tell(0, Missed::Capture);
            }
        }
        let new = late.difference(&self.missed).count() as u64;
        let (actor, via) = by("ops");
        let today = TODAY.parse().unwrap();
        let told = archive.record_missed(today, (&actor, &via)).await.unwrap();
        assert_eq!(told, new);
        let again = archive.record_missed(today, (&actor, &via)).await.unwrap();
        assert_eq!(again, 0);
        self.missed.extend(late);
        *self.done.entry("missed").or_default() += u32::try_from(new).unwrap();
    }

    async fn act(&mut self, rng: &mut Rng, archive: &Archive) {
        match rng.below(19) {
            0..=5 => self.review(rng, archive).await,
            6..=9 => self.settle(rng, archive).await,
            10 => Self::waive(rng, archive).await,
            11 => self.miss(archive).await,
            12 | 13 => self.verify(rng, archive).await,
            14 => self.correct(rng, archive).await,
            _ => self.sign(rng, archive).await,
        }
    }
}

fn size(archive: &Archive) -> u64 {
    archive.catalog().head().unwrap().unwrap().size
}

async fn take_in(
    archive: &Archive,
    scans: &Path,
    branch: &BranchCode,
    account: &str,
) -> (BatchSummary, Vec<Outcome>) {
    let (actor, via) = by(account);
    let request = BatchRequest {
        branch: branch.clone(),
        actor,
        via,
        facts: Facts::default(),
        records: archive::plan(&[scans.to_owned()]).unwrap(),
    };
    let intake = archive.intake(None, ReadOptions::default()).await.unwrap();
    let (_tell, stop) = tokio::sync::watch::channel(false);
    let mut outcomes = Vec::new();
    let summary = intake
        .run(request, stop, |report| outcomes.push(report.outcome))
        .await
        .unwrap();
    (summary, outcomes)
}

#[tokio::test(start_paused = true)]
async fn whatever_a_day_brings_nothing_is_lost_or_done_twice() {
    let world = World::new().await;
    let mut done: BTreeMap<&str, u32> = BTreeMap::new();
    for seed in 0..SEEDS {
        let mut rng = Rng::new(seed);
        let store = memory(&world.objects).await;
        let run = Run::over(world.host(), store.clone());
        let (archive, _) = run.open().await.unwrap();
        record_people(&archive).await;
        let mut known = Known::default();
        for _ in 0..ROUNDS {
            known.import(&mut rng, &archive).await;
            for _ in 0..2 {
                known.scan(&mut rng, &archive).await;
            }
            for _ in 0..ACTS {
                known.act(&mut rng, &archive).await;
                known.demand_right(&archive).await;
            }
        }
        // Another host follows the same ledger from its beginning.
        let other = Run::over(world.host(), store);
        let (followed, _) = other.open().await.unwrap();
        assert_eq!(lists(&followed).await, lists(&archive).await, "seed {seed}");
        known.demand_right(&followed).await;
        known.miss(&followed).await;
        let report = run.check(&followed).await;
        assert!(report.findings.is_empty(), "seed {seed}: {report:#?}");
        followed.end().await;
        archive.end().await;
        for (what, times) in known.done {
            *done.entry(what).or_default() += times;
        }
    }
    // Else it would be luck that nothing was lost.
    for what in [
        "filed",
        "unmatched",
        "no-flow",
        "other-branch",
        "wrong-client",
        "no-such-task",
        "has-image",
        "ambiguous",
        "repeated",
        "passed",
        "returned",
        "assigned",
        "kept",
        "rejected",
        "rescanned",
        "reconciled",
        "closed",
        "missed",
        "in-order",
        "defective",
        "corrected",
    ] {
        assert!(
            done.get(what).is_some_and(|times| *times > 0),
            "{what} never: {done:?}"
        );
    }
}
