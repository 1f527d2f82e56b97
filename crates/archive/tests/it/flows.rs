//! Random days of the counter system: whatever it says, in whatever order and however often, is
//! taken over once; and the ledger alone says how each flow stands.

use std::collections::BTreeMap;

use archive::{Archive, ArchiveError, FlowOutcome, OwedFilter, SaidOfFlow, WaiverAnswer};
use domain::{Actor, BranchCode, BusinessDate, FlowNo, Via};
use entries::{Granted, PersonRecorded};
use policy::flow::{Channel, Flow, FlowFacts, TaskId};
use testkit::seed::Rng;

use crate::world::{Run, World, memory, via};

const BRANCHES: [&str; 3] = ["0012", "0031", "0035"];
const DAYS: [&str; 3] = ["2026-11-19", "2026-11-20", "2099-12-31"];
/// One of them no template knows.
const TYPES: [&str; 4] = [
    "account-opening",
    "fund-business",
    "account-closing",
    "safe-deposit",
];
const SEEDS: u64 = 12;

pub(crate) fn by(account: &str) -> (Actor, Via) {
    let actor = Actor {
        person: None,
        account: account.parse().unwrap(),
        roles: Vec::new(),
        branch: None,
    };
    (actor, via())
}

async fn record_people(archive: &Archive) {
    let grant = |role: &str, branch: Option<&str>| Granted {
        role: role.parse().unwrap(),
        branch: branch.map(|branch| branch.parse().unwrap()),
        from: "2026-01-01".parse().unwrap(),
        to: None,
    };
    let clerk = BRANCHES.map(|branch| grant("clerk", Some(branch)));
    let head = BRANCHES.map(|branch| grant("operations-head", Some(branch)));
    let (actor, via) = by("tester");
    for (person, account, grants) in [
        ("1001", "ops", vec![grant("operations-department", None)]),
        ("1002", "li", clerk.to_vec()),
        ("1003", "wang", head.to_vec()),
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

fn said(rng: &mut Rng, number: u32) -> SaidOfFlow {
    SaidOfFlow {
        flow: format!("L{number:04}").parse().unwrap(),
        facts: FlowFacts {
            branch: rng.pick(&BRANCHES).parse().unwrap(),
            business_date: rng.pick(&DAYS).parse().unwrap(),
            client: format!("88{:04}", rng.below(30)).parse().unwrap(),
            account: None,
            business: rng.pick(&TYPES).parse().unwrap(),
            operator: "li".parse().unwrap(),
            channel: if rng.below(8) == 0 {
                Channel::Online
            } else {
                Channel::Counter
            },
        },
        cancelled: rng.below(12) == 0,
    }
}

/// What the counter system says today: flows of which some were said before, each once.
fn table(rng: &mut Rng, said_before: &BTreeMap<FlowNo, SaidOfFlow>) -> Vec<SaidOfFlow> {
    let mut table: BTreeMap<FlowNo, SaidOfFlow> = BTreeMap::new();
    for _ in 0..rng.below(120) {
        let number = rng.below(300);
        let one = said(rng, number);
        // What is said of a flow mostly stays what it was.
        let before = said_before.get(&one.flow).filter(|_| rng.below(3) > 0);
        table.insert(one.flow.clone(), before.unwrap_or(&one).clone());
    }
    let mut table: Vec<SaidOfFlow> = table.into_values().collect();
    for at in (1..table.len()).rev() {
        table.swap(at, rng.below(u32::try_from(at).unwrap() + 1) as usize);
    }
    table
}

/// A hand at a task of some flow, refused or not.
async fn work(rng: &mut Rng, archive: &Archive, flows: &BTreeMap<FlowNo, SaidOfFlow>) {
    let Some(flow) = flows.keys().nth(rng.below(300) as usize) else {
        return;
    };
    let task = TaskId {
        flow: flow.clone(),
        number: u16::try_from(rng.below(5)).unwrap() + 1,
    };
    let (clerk, head) = (by("li"), by("wang"));
    let (clerk, head) = ((&clerk.0, &clerk.1), (&head.0, &head.1));
    let class = "due-diligence".parse().unwrap();
    let done = match rng.below(5) {
        0 => archive
            .add_task(flow, (&class, "补"), clerk)
            .await
            .map(drop),
        1 => archive
            .adjust_task(&task, (&class, "有误"), clerk)
            .await
            .map(drop),
        2 => archive.ask_waiver(&task, "已留存", clerk).await,
        3 => {
            archive
                .answer_waiver(&task, WaiverAnswer::Granted, head)
                .await
        }
        _ => {
            let denied = WaiverAnswer::Denied {
                reason: "已过期"
            };
            archive.answer_waiver(&task, denied, head).await
        }
    };
    assert!(
        matches!(done, Ok(()) | Err(ArchiveError::Refused(_))),
        "{done:?}"
    );
}

/// Every flow of every branch and day, as the archive has it.
fn all(archive: &Archive) -> BTreeMap<FlowNo, Flow> {
    let mut flows = BTreeMap::new();
    for branch in BRANCHES {
        for day in DAYS {
            let (branch, day): (BranchCode, BusinessDate) =
                (branch.parse().unwrap(), day.parse().unwrap());
            for (number, flow) in archive.flows(&branch, day).unwrap() {
                let facts = flow.facts.as_ref().unwrap();
                assert_eq!(
                    (&facts.branch, facts.business_date),
                    (&branch, day),
                    "{number}"
                );
                assert!(flows.insert(number, flow).is_none(), "a flow in two sheets");
            }
        }
    }
    flows
}

#[tokio::test(start_paused = true)]
async fn whatever_is_said_is_taken_over_once() {
    let world = World::new().await;
    for seed in 0..SEEDS {
        let mut rng = Rng::new(seed);
        let store = memory(&world.objects).await;
        let run = Run::over(world.host(), store.clone());
        let (archive, _) = run.open().await.unwrap();
        record_people(&archive).await;
        let (actor, via) = by("ops");
        // What holds of each flow by what was said: once cancelled it stays so.
        let mut holds: BTreeMap<FlowNo, SaidOfFlow> = BTreeMap::new();
        for _ in 0..6 {
            let table = table(&mut rng, &holds);
            let dry = archive
                .import_flows(&table, (&actor, &via), true)
                .await
                .unwrap();
            let outcomes = archive
                .import_flows(&table, (&actor, &via), false)
                .await
                .unwrap();
            for ((one, outcome), dry) in table.iter().zip(&outcomes).zip(&dry) {
                let context = format!("seed {seed}: {one:?}");
                let before = holds.get(&one.flow);
                let expected = match before {
                    None if one.cancelled => "cancelled",
                    None => "recorded",
                    Some(before) if before.cancelled && one.cancelled => "unchanged",
                    Some(before) if before.cancelled => "refused",
                    Some(_) if one.cancelled => "cancelled",
                    Some(before) if before.facts == one.facts => "unchanged",
                    Some(_) => "corrected",
                };
                let found = match outcome {
                    FlowOutcome::Recorded { .. } => "recorded",
                    FlowOutcome::Corrected { .. } => "corrected",
                    FlowOutcome::Cancelled { .. } => "cancelled",
                    FlowOutcome::Unchanged => "unchanged",
                    FlowOutcome::Refused(_) => "refused",
                };
                assert_eq!(found, expected, "{context}");
                // Of one that is new and cancelled it is said first that it is new.
                if before.is_some() {
                    assert_eq!(dry, outcome, "{context}");
                }
                if expected != "refused" {
                    let mut one = one.clone();
                    if let Some(before) = before.filter(|_| one.cancelled) {
                        one.facts = before.facts.clone();
                    }
                    holds.insert(one.flow.clone(), one);
                }
            }
            for _ in 0..20 {
                work(&mut rng, &archive, &holds).await;
            }
            let stands = all(&archive);
            let entries = archive.catalog().head().unwrap().unwrap().size;
            let again: Vec<SaidOfFlow> = holds.values().cloned().collect();
            let outcomes = archive
                .import_flows(&again, (&actor, &via), false)
                .await
                .unwrap();
            assert!(
                outcomes.iter().all(|one| *one == FlowOutcome::Unchanged),
                "seed {seed}"
            );
            assert_eq!(archive.catalog().head().unwrap().unwrap().size, entries);
            assert_eq!(all(&archive), stands);
            for (flow, one) in &holds {
                let stands = &stands[flow];
                assert_eq!(
                    stands.facts.as_ref(),
                    Some(&one.facts),
                    "seed {seed}, {flow}"
                );
                assert_eq!(stands.cancelled, one.cancelled, "seed {seed}, {flow}");
            }
            assert_eq!(stands.len(), holds.len());
        }
        what_is_owed_is_what_is_open(&archive).await;
        // Another host follows the same ledger from its beginning.
        let other = Run::over(world.host(), store);
        let (followed, _) = other.open().await.unwrap();
        assert_eq!(all(&followed), all(&archive), "seed {seed}");
        let report = run.check(&archive).await;
        assert!(report.findings.is_empty(), "seed {seed}: {report:#?}");
        followed.end().await;
        archive.end().await;
    }
}

/// Every open task of every flow stands on the list once, and nothing else.
async fn what_is_owed_is_what_is_open(archive: &Archive) {
    let mut expected: Vec<(FlowNo, Option<u16>)> = Vec::new();
    for (number, flow) in all(archive) {
        if flow.is_at_rest() {
            continue;
        }
        let open = flow
            .numbered()
            .filter(|(_, task)| !task.standing.is_at_rest());
        let open: Vec<Option<u16>> = open.map(|(n, _)| Some(n)).collect();
        let open = if open.is_empty() { vec![None] } else { open };
        expected.extend(open.into_iter().map(|task| (number.clone(), task)));
    }
    let day = "2026-11-23".parse().unwrap();
    let owed = archive.owed(&OwedFilter::default(), day).await.unwrap();
    let mut found: Vec<(FlowNo, Option<u16>)> = owed
        .iter()
        .map(|one| (one.flow.clone(), one.task.as_ref().map(|(n, ..)| *n)))
        .collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}
