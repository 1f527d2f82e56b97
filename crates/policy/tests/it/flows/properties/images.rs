//! What holds for the images of any flow: each has one task and each task one of them (R25), is
//! reviewed by somebody else as it was scanned (R28, R29), and what is late is told once.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use domain::RecordId;
use policy::authority::Signature;
use policy::case::Workflow as _;
use policy::flow::{Event, Flow, Missed, REVIEWER, SCANNER, TaskStanding};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::{IDS, World, any_event, any_flow, check, command, histories, holds, later_by};

/// Whether an event may make this of a task. What has come to rest stands nowhere on the left: a
/// task ends once.
fn may_turn(event: &Event, from: &TaskStanding, to: &TaskStanding) -> bool {
    use TaskStanding::{
        Replaced, Reviewed, Scanned, Shared, ToScan, Waived, WaiverAsked, Withdrawn,
    };
    matches!(
        (event, from, to),
        (Event::Scanned { .. }, ToScan, Scanned { .. })
            | (Event::ReviewPassed { .. }, Scanned { .. }, Reviewed { .. })
            | (Event::ReviewReturned { .. }, Scanned { .. }, ToScan)
            | (Event::TaskAdjusted { .. }, ToScan, Replaced { .. })
            | (Event::Shared { .. }, ToScan, Shared { .. })
            | (Event::WaiverAsked { .. }, ToScan, WaiverAsked { .. })
            | (Event::WaiverGranted { .. }, WaiverAsked { .. }, Waived)
            | (Event::WaiverDenied { .. }, WaiverAsked { .. }, ToScan)
            | (
                Event::Corrected { .. } | Event::Cancelled { .. },
                ToScan | WaiverAsked { .. } | Scanned { .. },
                Withdrawn
            )
    )
}

/// The tasks of which an event is told; none for those of a correction or a cancellation.
fn told_of(event: &Event) -> Option<u16> {
    match event {
        Event::TaskAdjusted { number, .. }
        | Event::Shared { number, .. }
        | Event::WaiverAsked { number, .. }
        | Event::WaiverGranted { number, .. }
        | Event::WaiverDenied { number, .. }
        | Event::Scanned { number, .. }
        | Event::ReviewPassed { number, .. }
        | Event::ReviewReturned { number, .. } => Some(*number),
        Event::Recorded { .. }
        | Event::Corrected { .. }
        | Event::Cancelled { .. }
        | Event::TaskAdded { .. }
        | Event::Verified { .. }
        | Event::Missed { .. } => None,
    }
}

fn has_each_once(flow: &Flow) -> bool {
    let records: Vec<RecordId> = flow.records().collect();
    records.iter().collect::<BTreeSet<_>>().len() == records.len()
}

/// Each task goes on as it may, and none but the one that the event is told of; no record comes to
/// stand for two; and what was told to be late is not forgotten.
pub(super) fn turns(before: &Flow, event: &Event, after: &Flow) -> TestCaseResult {
    for (number, task) in before.numbered() {
        let there = after.task(number).unwrap();
        if there.standing != task.standing {
            let may = may_turn(event, &task.standing, &there.standing);
            prop_assert!(may, "{:?}: {:?} {:?}", event, task, there);
            prop_assert!(told_of(event).is_none_or(|told| told == number));
        }
        if let (TaskStanding::Scanned { record, signature }, Event::ReviewPassed { .. }) =
            (&task.standing, event)
            && there.standing != task.standing
        {
            prop_assert_eq!(there.standing.record(), Some(*record));
            let TaskStanding::Reviewed { scanned, .. } = there.standing else {
                unreachable!("{there:?}")
            };
            prop_assert_eq!(scanned, signature.day);
        }
    }
    prop_assert!(has_each_once(after) || !has_each_once(before));
    prop_assert!(after.missed.is_superset(&before.missed));
    let tells = matches!(event, Event::Missed { .. });
    prop_assert!(tells || after.missed == before.missed);
    prop_assert!(!tells || after.tasks == before.tasks);
    // What was found of the documents only a verification says; a correction, and a document more,
    // takes it back.
    let verifies = matches!(event, Event::Verified { .. });
    prop_assert!(!verifies || after.tasks == before.tasks);
    let adds = matches!(
        event,
        Event::Corrected { .. } | Event::TaskAdded { .. } | Event::TaskAdjusted { .. }
    );
    let taken = adds && after.verified.is_none();
    prop_assert!(verifies || taken || after.verified == before.verified);
    Ok(())
}

/// Whoever scans is a clerk of the branch on that day (R28); whoever reviews, of its review post,
/// and another person, who had the same image before them (R29).
fn as_the_rules_say(
    world: &World,
    branch: &str,
    scanned: &mut BTreeMap<u16, Signature>,
    event: &Event,
) -> TestCaseResult {
    match event {
        Event::Scanned {
            number, signature, ..
        } => {
            prop_assert_eq!(signature.position.as_str(), SCANNER);
            prop_assert_eq!(signature.day, world.day);
            let clerk = (&["clerk"][..], branch);
            prop_assert!(holds(&world.people, &signature.person, clerk, world.day));
            scanned.insert(*number, signature.clone());
        }
        Event::ReviewPassed { number, signature } => {
            let first = scanned.remove(number).unwrap();
            prop_assert_ne!(&first.person, &signature.person);
            prop_assert_eq!(first.content, signature.content);
            prop_assert_eq!(signature.position.as_str(), REVIEWER);
            prop_assert_eq!(signature.day, world.day);
            let reviewer = (&["reviewer"][..], branch);
            prop_assert!(holds(&world.people, &signature.person, reviewer, world.day));
        }
        Event::ReviewReturned { number, .. } => {
            prop_assert!(scanned.remove(number).is_some());
        }
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
        | Event::Missed { .. } => (),
    }
    Ok(())
}

/// How often something has happened, so that what is said of it says something.
#[derive(Default)]
struct Happened {
    scanned: Cell<u32>,
    passed: Cell<u32>,
    returned: Cell<u32>,
    withdrawn: Cell<u32>,
}

impl Happened {
    fn count(&self, before: &Flow, event: &Event, after: &Flow) {
        let add = |of: &Cell<u32>, n: usize| of.set(of.get() + u32::try_from(n).unwrap());
        match event {
            Event::Scanned { .. } => add(&self.scanned, 1),
            Event::ReviewPassed { .. } => add(&self.passed, 1),
            Event::ReviewReturned { .. } => add(&self.returned, 1),
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
            | Event::Missed { .. } => {
                let records = before.records().count() - after.records().count();
                add(&self.withdrawn, records);
            }
        }
    }
}

#[test]
fn every_image_has_one_task_and_two_people() {
    let (world, happened) = (World::new(), Happened::default());
    check(3_000, &histories(), |(people, asked)| {
        let mut world = World {
            people,
            ..world.clone()
        };
        let (mut flow, mut scanned) = (Flow::default(), BTreeMap::new());
        let mut latest = 0;
        for (by, on, what) in asked {
            // Nothing is reviewed before it was scanned.
            latest = on.max(latest);
            world.day = later_by(latest);
            let branch = flow.facts.as_ref().map(|facts| facts.branch.to_string());
            let Ok(event) = world.decide(&flow, &command(&flow, what), IDS[by]) else {
                continue;
            };
            let before = flow.clone();
            flow = flow.apply(&event);
            turns(&before, &event, &flow)?;
            prop_assert!(has_each_once(&flow));
            let branch = branch.unwrap_or_default();
            as_the_rules_say(&world, &branch, &mut scanned, &event)?;
            happened.count(&before, &event, &flow);
            // What is at rest with an image was reviewed, and what waits was scanned.
            for (number, task) in flow.numbered() {
                let signed = match &task.standing {
                    TaskStanding::Scanned { signature, .. } => Some(signature),
                    TaskStanding::ToScan
                    | TaskStanding::WaiverAsked { .. }
                    | TaskStanding::Reviewed { .. }
                    | TaskStanding::Shared { .. }
                    | TaskStanding::Waived
                    | TaskStanding::Replaced { .. }
                    | TaskStanding::Withdrawn => None,
                };
                if let Some(signed) = signed {
                    prop_assert_eq!(scanned.get(&number), Some(signed));
                }
            }
        }
        Ok(())
    });
    let happened = [
        happened.scanned,
        happened.passed,
        happened.returned,
        happened.withdrawn,
    ]
    .map(|of| of.get());
    assert!(happened.iter().all(|of| *of > 300), "{happened:?}");
}

/// What is told to be late is open and was not told before; all that is open is told; and what is
/// at rest is not late.
fn told_once(flow: &Flow, what: Missed) -> Result<Flow, TestCaseError> {
    let numbers = flow.newly_missed(what);
    let told = |number: u16| flow.missed.contains(&(number, what));
    for number in &numbers {
        prop_assert!(!told(*number), "{}", number);
        let at_rest = flow
            .task(*number)
            .is_some_and(|task| task.standing.is_at_rest());
        prop_assert!(!at_rest && (*number > 0 || !flow.is_at_rest()));
    }
    let mut open = 0;
    for (number, task) in flow.numbered() {
        let reviews = matches!(task.standing, TaskStanding::Scanned { .. });
        let owed = !task.standing.is_at_rest() && reviews == (what == Missed::Review);
        prop_assert_eq!(numbers.contains(&number), owed && !told(number));
        open += u32::from(!task.standing.is_at_rest());
    }
    // A flow that nobody made a task of is late itself, and only then.
    let known = flow.facts.is_some();
    let nothing = what == Missed::Capture && known && open == 0 && !flow.is_at_rest();
    prop_assert_eq!(numbers.contains(&0), nothing && !told(0));
    let event = Event::Missed { what, numbers };
    let after = flow.clone().apply(&event);
    prop_assert_eq!(after.newly_missed(what), Vec::<u16>::new());
    turns(flow, &event, &after)?;
    Ok(after)
}

#[test]
fn what_is_late_is_told_once_and_is_not_at_rest() {
    let (world, told) = (World::new(), Cell::new(0_usize));
    check(1_000, &histories(), |(people, asked)| {
        let mut world = World {
            people,
            ..world.clone()
        };
        let (mut flow, mut before) = (Flow::default(), BTreeSet::new());
        for (by, on, what) in asked {
            world.day = later_by(on);
            if let Ok(event) = world.decide(&flow, &command(&flow, what), IDS[by]) {
                flow = flow.apply(&event);
            }
            // Somebody looks on some days, and not on others.
            for (what, looks) in [(Missed::Capture, on > 10), (Missed::Review, on > 11)] {
                if looks {
                    for number in flow.newly_missed(what) {
                        prop_assert!(before.insert((number, what)));
                    }
                    flow = told_once(&flow, what)?;
                }
            }
            told.set(told.get() + flow.missed.len());
        }
        Ok(())
    });
    assert!(told.get() > 10_000, "{}", told.get());
}

/// However a flow has come to stand: what a forged ledger makes of it included.
#[test]
fn what_is_late_is_told_once_of_any_flow() {
    let forged = (any_flow(), prop::collection::vec(any_event(), 0..8));
    check(3_000, &forged, |(began, events)| {
        let flow = events.iter().fold(began, Flow::apply);
        let flow = told_once(&flow, Missed::Capture)?;
        told_once(&flow, Missed::Review)?;
        Ok(())
    });
}
