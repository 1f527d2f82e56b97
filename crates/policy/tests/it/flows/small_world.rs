//! A small world, looked at whole: every command about every task, by everybody, in every state
//! that a flow of two documents comes to in a few steps. What may be done stands in two tables,
//! by how things are and by who acts, written from the regulations and not from the machine.

use std::collections::{BTreeMap, BTreeSet};

use policy::case::Workflow as _;
use policy::flow::{Command, Event, Flow, Found, TaskStanding};
use policy::refusal::RefusalCode::{
    self, NotInRole, OtherBranch, OtherContent, SamePerson, WrongState,
};

use super::sharing::kept_record;
use super::{TODAY, World, content, day, image, record, said};

/// How many steps a flow takes.
const STEPS: usize = 6;
/// More tasks than these are not made by hand.
const TASKS: usize = 4;
/// What it owes by no template, so that it never is the class of the wrong task.
const ANOTHER: &str = "handover-register";

/// Requirement, how the flow or the task in question stands, and what can be done then.
#[rustfmt::skip]
const POSSIBLE: &[(&str, &str, &[&str])] = &[
    // Without a flow there is no task.
    ("R25", "nothing was said", &["record"]),
    // A flow is recorded once; a task is added beside whatever there is (R27).
    // What is kept already serves it (R24). The documents are verified however each of them
    // stands, until they were found in order (R19).
    ("R27", "to scan", &["correct", "cancel", "add", "verify", "adjust", "ask", "scan", "share"]),
    // Until the second person has answered, the document is neither replaced nor asked for twice.
    ("R22", "asked", &["correct", "cancel", "add", "verify", "grant", "deny"]),
    // One image for a task (R25), which waits for its review; a document that is there is neither
    // another one nor left out.
    ("R29", "scanned", &["correct", "cancel", "add", "verify", "pass", "return"]),
    // What is at rest stays so, and the original is kept.
    ("R25", "reviewed", &["correct", "cancel", "add", "verify"]),
    ("R24", "shared", &["correct", "cancel", "add", "verify"]),
    ("R07", "waived", &["correct", "cancel", "add", "verify"]),
    ("R27", "replaced", &["correct", "cancel", "add", "verify"]),
    ("R27", "withdrawn", &["correct", "cancel", "add", "verify"]),
    ("R25", "no such task", &["correct", "cancel", "add", "verify"]),
    // Nothing came of it: there is no document to speak of.
    ("R25", "cancelled", &[]),
];

const COMMANDS: [&str; 13] = [
    "record", "correct", "cancel", "add", "adjust", "ask", "grant", "deny", "scan", "pass",
    "return", "share", "verify",
];

/// Why somebody may not.
type Why = Option<RefusalCode>;

const MAY: Why = None;
const ROLE: Why = Some(NotInRole);
const ELSEWHERE: Why = Some(OtherBranch);
/// The clerk has handled the business.
const HANDLED: Why = Some(SamePerson);

/// Who: as whoever takes flows over and whoever corrects them (the firm's settings), handles them
/// (R27: the handling clerk), asks for a waiver and answers one (R07, R22; who does, the firm has
/// set), scans (R28: the handling clerk) and reviews (R29), and verifies what the clerk has handled
/// (R19).
#[rustfmt::skip]
const WHO: &[(&str, [Why; 8])] = &[
    ("clerk", [MAY, ROLE, MAY, MAY, ROLE, MAY, ROLE, HANDLED]),
    ("clerk-elsewhere", [ELSEWHERE, ROLE, ELSEWHERE, ELSEWHERE, ROLE, ELSEWHERE, ROLE, ELSEWHERE]),
    ("operations-head", [MAY, MAY, ROLE, ROLE, MAY, ROLE, ROLE, MAY]),
    ("operations-head-elsewhere", [ELSEWHERE, ELSEWHERE, ROLE, ROLE, ELSEWHERE, ROLE, ROLE, ELSEWHERE]),
    ("branch-head", [ROLE, ROLE, ROLE, ROLE, MAY, ROLE, ROLE, ROLE]),
    // Headquarters sets what is owed (R23), and handles and decides nothing at the branch.
    ("operations-department", [MAY, MAY, ROLE, ROLE, ROLE, ROLE, ROLE, ROLE]),
    ("archivist", [ROLE, ROLE, ROLE, MAY, ROLE, ROLE, ROLE, ROLE]),
    ("reviewer", [ROLE, ROLE, ROLE, ROLE, ROLE, ROLE, MAY, MAY]),
    ("reviewer-elsewhere", [ROLE, ROLE, ROLE, ROLE, ROLE, ROLE, ELSEWHERE, ELSEWHERE]),
    // R05: whoever runs the system does nothing of it.
    ("security-administrator", [ROLE, ROLE, ROLE, ROLE, ROLE, ROLE, ROLE, ROLE]),
    // Clerk and head of operations at once; but never for what they asked themselves.
    ("clerk-and-head", [MAY, MAY, MAY, MAY, MAY, MAY, ROLE, MAY]),
    // Clerk and reviewer at once; but never of what they scanned themselves.
    ("clerk-and-reviewer", [MAY, ROLE, MAY, MAY, ROLE, MAY, MAY, MAY]),
];

/// What the table says of somebody who asks for something.
fn against_who(word: &str, who: &str) -> Why {
    let (
        _,
        [
            imports,
            corrects,
            handles,
            asks,
            answers,
            scans,
            reviews,
            verifies,
        ],
    ) = WHO.iter().find(|row| row.0 == who).unwrap();
    *match word {
        "record" => imports,
        "correct" | "cancel" => corrects,
        "add" | "adjust" | "share" => handles,
        "verify" => verifies,
        "ask" => asks,
        "grant" | "deny" => answers,
        "scan" => scans,
        "pass" | "return" => reviews,
        _ => unreachable!("{word}"),
    }
}

/// How the task in question stands, in the words of the table.
fn state(flow: &Flow, number: u16) -> &'static str {
    if flow.facts.is_none() {
        return "nothing was said";
    }
    if flow.cancelled {
        return "cancelled";
    }
    match flow.task(number).map(|task| &task.standing) {
        None => "no such task",
        Some(TaskStanding::ToScan) => "to scan",
        Some(TaskStanding::WaiverAsked { .. }) => "asked",
        Some(TaskStanding::Scanned { .. }) => "scanned",
        Some(TaskStanding::Reviewed { .. }) => "reviewed",
        Some(TaskStanding::Shared { .. }) => "shared",
        Some(TaskStanding::Waived) => "waived",
        Some(TaskStanding::Replaced { .. }) => "replaced",
        Some(TaskStanding::Withdrawn) => "withdrawn",
    }
}

fn command(flow: &Flow, word: &str, number: u16) -> Command {
    let step = match word {
        "record" => "record fund-business".to_owned(),
        "correct" => "correct client 8800099999".to_owned(),
        "cancel" => "cancel".to_owned(),
        "verify" => "verify in-order".to_owned(),
        "add" => format!("add {ANOTHER}"),
        "adjust" => format!("adjust {number} {ANOTHER}"),
        _ => format!("{word} {number}"),
    };
    said(flow, &step).1
}

/// Every reason that the tables give against it.
fn against(flow: &Flow, (word, number): (&str, u16), who: &str) -> BTreeSet<RefusalCode> {
    let mut reasons = BTreeSet::new();
    let state = state(flow, number);
    let (_, _, possible) = POSSIBLE.iter().find(|row| row.1 == state).unwrap();
    if !possible.contains(&word) {
        reasons.insert(WrongState);
    }
    reasons.extend(against_who(word, who));
    // Every template shares copies of identity documents, and nothing else.
    let class = flow.task(number).map(|task| task.class.as_str());
    if word == "share" && class.is_some_and(|class| class != "id-copy") {
        reasons.insert(OtherContent);
    }
    let found = flow.verified.as_ref().map(|verified| verified.found);
    if word == "verify" && found == Some(Found::InOrder) {
        reasons.insert(WrongState);
    }
    let first = match (word, flow.task(number).map(|task| &task.standing)) {
        ("grant" | "deny", Some(TaskStanding::WaiverAsked { signature }))
        | ("pass" | "return", Some(TaskStanding::Scanned { signature, .. })) => Some(signature),
        _ => None,
    };
    if first.is_some_and(|first| first.person.as_str() == who) {
        reasons.insert(SamePerson);
    }
    reasons
}

/// Every flow that so many steps make, each once.
fn reachable(world: &World) -> Vec<Flow> {
    let mut seen = BTreeSet::from([format!("{:?}", Flow::default())]);
    let mut all = vec![Flow::default()];
    let mut newest = all.clone();
    for _ in 0..STEPS {
        let mut next = Vec::new();
        for flow in &newest {
            for (by, command) in steps(flow) {
                let Ok(event) = world.decide(flow, &command, by) else {
                    continue;
                };
                let after = flow.clone().apply(&event);
                if after.tasks.len() <= TASKS && seen.insert(format!("{after:?}")) {
                    next.push(after);
                }
            }
        }
        all.extend(next.iter().cloned());
        newest = next;
    }
    all
}

/// What takes a flow further, by people who may.
fn steps(flow: &Flow) -> Vec<(&'static str, Command)> {
    let mut steps: Vec<String> = [
        "record fund-business",
        "correct account-closing",
        "correct fund-business",
        "cancel",
        "add other-archive",
        "verify in-order",
        "verify defective",
    ]
    .map(str::to_owned)
    .to_vec();
    for (number, _) in flow.numbered() {
        steps.push(format!("adjust {number} due-diligence"));
        steps.push(format!("ask {number}"));
        steps.push(format!("grant {number}"));
        steps.push(format!("deny {number}"));
        steps.push(format!("scan {number}"));
        steps.push(format!("pass {number}"));
        steps.push(format!("return {number}"));
        steps.push(format!("share {number}"));
    }
    let mut all: Vec<_> = steps.iter().map(|step| said(flow, step)).collect();
    for (number, _) in flow.numbered() {
        // Whoever could grant may ask as well, and whoever could review may scan.
        all.push(("clerk-and-head", said(flow, &format!("ask {number}")).1));
        all.push((
            "clerk-and-reviewer",
            said(flow, &format!("scan {number}")).1,
        ));
    }
    all
}

/// What an event that was let through makes of the task in question.
fn demand_effect(before: &Flow, (word, number): (&str, u16), by: &str, event: &Event) {
    let after = before.clone().apply(event);
    let standing = after.task(number).map(|task| &task.standing);
    let right = match word {
        "record" => after.tasks.len() == 2 && after.facts.is_some(),
        "correct" => after.tasks == before.tasks && after.facts != before.facts,
        "cancel" => after.cancelled && after.is_at_rest(),
        "add" => after.tasks.len() == before.tasks.len() + 1,
        // Nothing of what is owed follows from it: intake does not wait for it.
        "verify" => {
            let verified = after.verified.as_ref();
            let so = verified.is_some_and(|one| one.person.as_str() == by && one.day == day(TODAY));
            so && after.is_in_order() && after.tasks == before.tasks
        }
        "share" => {
            let record = kept_record(number);
            standing == Some(&TaskStanding::Shared { record }) && !after.holds(record)
        }
        "adjust" => {
            let last = u16::try_from(after.tasks.len()).unwrap();
            let by = after.task(last).unwrap();
            standing == Some(&TaskStanding::Replaced { by: last }) && by.class.as_str() == ANOTHER
        }
        "ask" => match standing {
            Some(TaskStanding::WaiverAsked { signature }) => {
                signature.person.as_str() == by && signature.content == content(before, number)
            }
            _ => false,
        },
        "grant" => standing == Some(&TaskStanding::Waived),
        "deny" | "return" => standing == Some(&TaskStanding::ToScan),
        "scan" => match standing {
            Some(TaskStanding::Scanned {
                record: held,
                signature,
            }) => {
                let signed = (signature.person.as_str(), signature.content);
                *held == record(number) && signed == (by, image(number, *held))
            }
            _ => false,
        },
        "pass" => {
            let reviewed = TaskStanding::Reviewed {
                record: record(number),
                scanned: day(TODAY),
                reviewed: day(TODAY),
            };
            standing == Some(&reviewed)
        }
        _ => unreachable!("{word}"),
    };
    assert!(right, "{by} {word} {number}: {before:?} {after:?}");
    // A correction, or a document more, takes a verification back, and nothing else does.
    let adds = ["correct", "add", "adjust"].contains(&word);
    let taken = adds && after.verified.is_none();
    assert!(word == "verify" || taken || after.verified == before.verified);
    // Nothing else has changed: there is no silent deletion (R27).
    for (other, task) in before.numbered() {
        let there = after.task(other).unwrap();
        let same = *there == *task || other == number || word == "cancel";
        assert!(
            same && there.class == task.class,
            "{by} {word} {number}: {other}"
        );
    }
}

#[test]
fn everything_that_can_be_asked_is_answered_as_the_tables_say() {
    let world = World::new();
    let flows = reachable(&world);
    let (mut asked, mut wrong) = (0_u32, BTreeMap::new());
    let mut accepted: BTreeSet<(&str, &str, &str)> = BTreeSet::new();
    for flow in &flows {
        let tasks = u16::try_from(flow.tasks.len()).unwrap();
        for number in 0..=tasks + 1 {
            let state = state(flow, number);
            for word in COMMANDS {
                let command = command(flow, word, number);
                for (who, ..) in WHO {
                    asked += 1;
                    let against = against(flow, (word, number), who);
                    let found = world.decide(flow, &command, who);
                    let code = found.as_ref().err().map(|refusal| refusal.code);
                    // Where two reasons hold, either will do.
                    let right = match code {
                        None => against.is_empty(),
                        Some(code) => against.contains(&code),
                    };
                    if let Ok(event) = found
                        && right
                    {
                        accepted.insert((state, word, who));
                        demand_effect(flow, (word, number), who, &event);
                    } else if !right {
                        let what = format!("{who} {word}, {state}: {code:?}");
                        wrong.entry(what).or_insert(against);
                    }
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "found, and what the tables say: {wrong:#?}"
    );
    assert!(
        flows.len() > 500 && asked > 100_000,
        "{} {asked}",
        flows.len()
    );
    // Each row was come to, and what it says can be done was done by everybody who may.
    for (rule, state, possible) in POSSIBLE {
        for word in *possible {
            for (who, ..) in WHO {
                let may = against_who(word, who).is_none();
                let done = accepted.contains(&(*state, *word, *who));
                assert_eq!(done, may, "{rule}: {who} {word}, {state}");
            }
        }
    }
}

/// Whatever a flow has come to: cancelled, it owes nothing.
#[test]
fn a_flow_can_be_cancelled_wherever_it_stands() {
    let world = World::new();
    let mut cancelled = 0;
    for flow in reachable(&world) {
        let open = flow.facts.is_some() && !flow.cancelled;
        let Ok(event) = world.step(&flow, "cancel") else {
            assert!(!open, "{flow:?}");
            continue;
        };
        assert!(open, "{flow:?}");
        let after = flow.clone().apply(&event);
        assert!(after.cancelled && after.is_at_rest(), "{after:?}");
        for ((_, before), (_, task)) in flow.numbered().zip(after.numbered()) {
            // What two people decided stays as they decided it.
            let kept = before.standing.is_at_rest() && task == before;
            let let_go = !before.standing.is_at_rest() && task.standing == TaskStanding::Withdrawn;
            assert!(kept || let_go, "{before:?} {task:?}");
        }
        cancelled += 1;
    }
    assert!(cancelled > 100, "{cancelled}");
}
