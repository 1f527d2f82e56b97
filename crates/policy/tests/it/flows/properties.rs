//! What holds for any flow, whoever asks what of it in which order: random people and random
//! commands, the same every time.

mod images;

use std::cell::Cell;
use std::collections::BTreeMap;

use domain::{BusinessDate, ClassCode, Digest, PersonId};
use policy::authority::{Assurance, Grant, Person, Signature};
use policy::case::Workflow as _;
use policy::flow::{
    APPROVER, Channel, Command, Event, Flow, FlowFacts, Found, Means, Missed, Origin, REQUESTER,
    Task, TaskStanding, Verified,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestCaseResult, TestRunner};

use super::{HQ, OTHER, OWN, TODAY, World, content, day, facts, grant, image, record, scan};
use super::{sharing::share, verification::verification};

/// Runs the same cases every time.
fn check<S: Strategy>(cases: u32, of: &S, property: impl Fn(S::Value) -> TestCaseResult) {
    let config = Config {
        cases,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(20_261_120),
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config).run(of, property).unwrap();
}

fn later_by(days: i64) -> BusinessDate {
    let date = day(TODAY).date().checked_add(jiff::Span::new().days(days));
    BusinessDate::new(date.unwrap())
}

const IDS: [&str; 7] = ["p0", "p1", "p2", "p3", "p4", "p5", "p6"];

/// Somebody of the branch mostly, with roles that may end.
fn grants() -> impl Strategy<Value = Vec<Grant>> {
    let role = prop_oneof![
        6 => Just("clerk"),
        1 => Just("archivist"),
        4 => Just("operations-head"),
        3 => Just("branch-head"),
        3 => Just("reviewer"),
        1 => Just("operations-department"),
        1 => Just("security-administrator"),
    ];
    let at = prop_oneof![9 => Just(OWN), 1 => Just(OTHER)];
    let to = prop_oneof![6 => Just(None), 1 => (0..40_i64).prop_map(Some)];
    let one = (role, at, to).prop_map(|(role, at, to)| {
        let of_hq = matches!(role, "operations-department" | "security-administrator");
        let mut grant = grant(role, if of_hq { HQ } else { at });
        grant.to = to.map(later_by);
        grant
    });
    prop::collection::vec(one, 1..4)
}

/// One who takes flows over from headquarters, two who ask for waivers and grant them, one who
/// scans and reviews, so that it does happen, and three of whom anything may be true.
fn people() -> impl Strategy<Value = Vec<Person>> {
    prop::collection::vec(grants(), IDS.len() - 4).prop_map(|others| {
        let importer = vec![grant("operations-department", HQ)];
        let clerk_and = |other: &str| vec![grant("clerk", OWN), grant(other, OWN)];
        let clerks = ["operations-head", "branch-head", "reviewer"].map(clerk_and);
        let all = std::iter::once(importer).chain(clerks).chain(others);
        let people = IDS.iter().zip(all).map(|(id, grants)| Person {
            id: id.parse().unwrap(),
            grants,
        });
        people.collect()
    })
}

fn any_facts() -> impl Strategy<Value = FlowFacts> {
    let business = prop::sample::select(
        &[
            "account-opening",
            "fund-business",
            "account-closing",
            "margin-trading",
        ][..],
    );
    let channel = prop_oneof![5 => Just(Channel::Counter), 1 => Just(Channel::Online)];
    let branch = prop_oneof![9 => Just(OWN), 1 => Just(OTHER)];
    let client = prop::sample::select(&["8800012345", "8800054321"][..]);
    (business, channel, branch, client).prop_map(|(business, channel, branch, client)| FlowFacts {
        branch: branch.parse().unwrap(),
        client: client.parse().unwrap(),
        channel,
        ..facts(business)
    })
}

fn class() -> impl Strategy<Value = ClassCode> {
    let classes = [
        "id-copy",
        "fund-voucher",
        "due-diligence",
        "order-record",
        "love-letter",
    ];
    prop::sample::select(classes.to_vec()).prop_map(|class| class.parse().unwrap())
}

fn reason() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => Just(" 错误生成 "),
        1 => Just(""),
        1 => Just("card 6222021234567890123"),
    ]
    .prop_map(str::to_owned)
}

/// What somebody asks; what is signed follows from the flow.
#[derive(Clone, Debug)]
enum What {
    Record(FlowFacts),
    Correct(FlowFacts),
    Cancel,
    Add(ClassCode, String),
    Adjust(u16, ClassCode, String),
    Ask(u16, String),
    Grant(u16, bool),
    Deny(u16, String),
    Scan(u16, u16),
    Pass(u16, bool),
    Return(u16, String),
    Share(u16),
    Verify(&'static str, Found, String),
}

fn what() -> impl Strategy<Value = What> {
    let number = || prop_oneof![8 => 1..4_u16, 1 => 0..12_u16];
    let as_asked = prop::bool::weighted(0.9);
    prop_oneof![
        1 => any_facts().prop_map(What::Record),
        2 => any_facts().prop_map(What::Correct),
        1 => Just(What::Cancel),
        4 => (class(), reason()).prop_map(|(class, reason)| What::Add(class, reason)),
        9 => (number(), class(), reason()).prop_map(|(n, class, why)| What::Adjust(n, class, why)),
        20 => (number(), reason()).prop_map(|(number, reason)| What::Ask(number, reason)),
        30 => (number(), as_asked).prop_map(|(number, as_asked)| What::Grant(number, as_asked)),
        2 => (number(), reason()).prop_map(|(number, reason)| What::Deny(number, reason)),
        // Few records, so that one is put where another task has it.
        20 => (number(), 1..8_u16).prop_map(|(number, record)| What::Scan(number, record)),
        16 => (number(), as_asked).prop_map(|(number, as_scanned)| What::Pass(number, as_scanned)),
        18 => (number(), reason()).prop_map(|(number, reason)| What::Return(number, reason)),
        5 => number().prop_map(What::Share),
        5 => (prop::sample::select(&IDS[..]), any_found(), reason()).prop_map(|(handler, found, why)| {
            What::Verify(handler, found, why)
        }),
    ]
}

fn command(flow: &Flow, what: What) -> Command {
    match what {
        What::Record(facts) => Command::Record(facts),
        What::Correct(facts) => Command::Correct(facts),
        What::Cancel => Command::Cancel,
        What::Add(class, reason) => Command::AddTask { class, reason },
        What::Adjust(number, class, reason) => Command::AdjustTask {
            number,
            class,
            reason,
        },
        What::Ask(number, reason) => {
            let content = content(flow, number);
            Command::AskWaiver {
                number,
                reason,
                content,
            }
        }
        What::Grant(number, as_asked) => {
            let other = Digest::of(b"something else");
            let content = if as_asked {
                content(flow, number)
            } else {
                other
            };
            Command::GrantWaiver { number, content }
        }
        What::Deny(number, reason) => Command::DenyWaiver { number, reason },
        What::Scan(number, n) => scan(number, record(n)),
        What::Pass(number, as_scanned) => {
            let held = flow.task(number).and_then(|task| task.standing.record());
            let other = Digest::of(b"something else");
            let content = held.map_or(other, |record| image(number, record));
            let content = if as_scanned { content } else { other };
            Command::PassReview { number, content }
        }
        What::Return(number, reason) => Command::ReturnReview { number, reason },
        What::Share(number) => share(flow, number),
        What::Verify(handler, found, reason) => verification(handler, found, &reason),
    }
}

/// Mostly a few days, so that what was signed still counts.
fn some_day() -> impl Strategy<Value = i64> {
    prop_oneof![3 => 10..13_i64, 1 => 0..36_i64]
}

/// One of those of whom it is known that they may, but for what they did themselves.
fn usual(what: &What, n: usize) -> usize {
    let all: &[usize] = match what {
        What::Record(_) | What::Correct(_) | What::Cancel => &[0],
        What::Add(..)
        | What::Adjust(..)
        | What::Ask(..)
        | What::Scan(..)
        | What::Share(_)
        | What::Verify(..) => &[1, 2, 3],
        What::Grant(..) | What::Deny(..) => &[1, 2],
        What::Pass(..) | What::Return(..) => &[3],
    };
    *all.iter().cycle().nth(n).unwrap()
}

/// Who asks what on which day: anybody, or mostly whoever may.
fn asked() -> impl Strategy<Value = (usize, i64, What)> {
    let is_usual = prop::bool::weighted(0.6);
    (0..IDS.len(), is_usual, some_day(), what()).prop_map(|(by, is_usual, on, what)| {
        let by = if is_usual { usual(&what, by) } else { by };
        (by, on, what)
    })
}

/// People, and who asks what on which day, after headquarters has recorded the flow.
fn histories() -> impl Strategy<Value = (Vec<Person>, Vec<(usize, i64, What)>)> {
    let first = any_facts().prop_map(|facts| (0, 0, What::Record(facts)));
    let rest = prop::collection::vec(asked(), 0..68);
    (people(), first, rest).prop_map(|(people, first, rest)| {
        let all = std::iter::once(first).chain(rest);
        (people, all.collect())
    })
}

/// A number stands for one document for ever, and what is at rest stays so (R07, R08, R27).
fn nothing_is_lost(before: &Flow, after: &Flow) -> TestCaseResult {
    prop_assert!(after.tasks.len() >= before.tasks.len());
    for (number, task) in before.numbered() {
        let there = after.task(number).unwrap();
        prop_assert_eq!((&there.class, there.origin), (&task.class, task.origin));
        if task.standing.is_at_rest() {
            prop_assert_eq!(&there.standing, &task.standing, "task {}", number);
        }
    }
    Ok(())
}

/// Whether somebody holds one of these roles at a branch on a day, and does not run the system.
fn holds(
    people: &[Person],
    id: &PersonId,
    (roles, branch): (&[&str], &str),
    on: BusinessDate,
) -> bool {
    let person = people.iter().find(|person| person.id == *id).unwrap();
    let held = || person.grants.iter().filter(|grant| grant.holds(on));
    let at = |grant: &Grant| {
        grant
            .branch
            .as_ref()
            .is_some_and(|at| at.as_str() == branch)
    };
    let role = |grant: &Grant| roles.contains(&grant.role.as_str());
    held().any(|grant| at(grant) && role(grant))
        && !held().any(|grant| grant.role.as_str() == "security-administrator")
}

/// Two different people hold their roles at the branch on the day of the second signature, and
/// both signed the same (R07, R22).
fn two_people(
    world: &World,
    branch: &str,
    first: &Signature,
    second: &Signature,
) -> TestCaseResult {
    prop_assert_ne!(&first.person, &second.person);
    let positions = (first.position.as_str(), second.position.as_str());
    prop_assert_eq!(positions, (REQUESTER, APPROVER));
    prop_assert_eq!(first.content, second.content);
    prop_assert!(first.day <= second.day && second.day == world.day);
    prop_assert!(
        second.day
            <= later_by(
                first
                    .day
                    .date()
                    .duration_since(day(TODAY).date())
                    .as_hours()
                    / 24
                    + 30
            )
    );
    let asking = (&["clerk", "archivist"][..], branch);
    let granting = (&["operations-head", "branch-head"][..], branch);
    prop_assert!(holds(&world.people, &first.person, asking, world.day));
    prop_assert!(holds(&world.people, &second.person, granting, world.day));
    Ok(())
}

#[test]
fn no_document_is_left_out_but_by_two_and_nothing_is_lost() {
    let (granted, cancelled) = (Cell::new(0_u32), Cell::new(0_u32));
    let (replaced, corrected) = (Cell::new(0_u32), Cell::new(0_u32));
    let count = |of: &Cell<u32>| of.set(of.get() + 1);
    let world = World::new();
    check(3_000, &histories(), |(people, asked)| {
        let mut world = World {
            people,
            ..world.clone()
        };
        let (mut flow, mut events) = (Flow::default(), Vec::new());
        let mut first: BTreeMap<u16, Signature> = BTreeMap::new();
        let mut waived: BTreeMap<u16, (Signature, Signature)> = BTreeMap::new();
        for (by, on, what) in asked {
            world.day = later_by(on);
            let branch = flow.facts.as_ref().map(|facts| facts.branch.to_string());
            let Ok(event) = world.decide(&flow, &command(&flow, what), IDS[by]) else {
                continue;
            };
            let before = flow.clone();
            flow = flow.apply(&event);
            nothing_is_lost(&before, &flow)?;
            prop_assert!(!before.cancelled, "{:?}", event);
            match &event {
                Event::WaiverAsked {
                    number, signature, ..
                } => {
                    first.insert(*number, signature.clone());
                }
                Event::WaiverGranted { number, signature } => {
                    let asked = first.remove(number).unwrap();
                    two_people(&world, &branch.unwrap(), &asked, signature)?;
                    waived.insert(*number, (asked, signature.clone()));
                    count(&granted);
                }
                Event::Cancelled { .. } => {
                    prop_assert!(flow.cancelled && flow.is_at_rest());
                    count(&cancelled);
                }
                Event::TaskAdjusted { .. } => count(&replaced),
                Event::Corrected { .. } => count(&corrected),
                Event::Recorded { .. }
                | Event::TaskAdded { .. }
                | Event::Shared { .. }
                | Event::Verified { .. }
                | Event::WaiverDenied { .. }
                | Event::Scanned { .. }
                | Event::ReviewPassed { .. }
                | Event::ReviewReturned { .. }
                | Event::Missed { .. } => (),
            }
            events.push(event);
            prop_assert_eq!(&Flow::replay(&events), &flow);
            // What is at rest, and by whom.
            for (number, task) in flow.numbered() {
                let by_two = waived.contains_key(&number);
                prop_assert_eq!(task.standing == TaskStanding::Waived, by_two);
                if let TaskStanding::Replaced { by } = task.standing {
                    prop_assert!(by > number && flow.task(by).unwrap().origin == Origin::Manual);
                }
                if flow.cancelled || flow.is_at_rest() {
                    prop_assert!(task.standing.is_at_rest());
                }
            }
        }
        Ok(())
    });
    // All of it has happened often, so that what is said above says something.
    let happened = [granted, cancelled, replaced, corrected].map(|of| of.get());
    assert!(happened.iter().all(|of| *of > 300), "{happened:?}");
}

/// What is not known to be a cancellation or a flow that came online leaves something owed, or
/// something that was decided (R25); and what somebody made by hand, only a cancellation takes
/// back (R27).
#[test]
fn no_flow_is_forgotten_by_a_correction() {
    let world = World::new();
    check(1_000, &histories(), |(people, asked)| {
        let mut world = World {
            people,
            ..world.clone()
        };
        let mut flow = Flow::default();
        for (by, on, what) in asked {
            world.day = later_by(on);
            let Ok(event) = world.decide(&flow, &command(&flow, what), IDS[by]) else {
                continue;
            };
            flow = flow.apply(&event);
            let by_hand = |task: &Task| task.origin == Origin::Manual;
            let withdrawn = |task: &Task| task.standing == TaskStanding::Withdrawn;
            if !flow.cancelled {
                prop_assert!(
                    !flow
                        .tasks
                        .iter()
                        .any(|task| by_hand(task) && withdrawn(task))
                );
                let channel = flow.facts.as_ref().map(|facts| facts.channel);
                let forgotten = flow.is_at_rest() && flow.tasks.iter().all(withdrawn);
                prop_assert!(!forgotten || channel == Some(Channel::Online));
            }
        }
        Ok(())
    });
}

// --- What only a forged ledger holds. ---

fn any_number() -> impl Strategy<Value = u16> {
    prop_oneof![12 => 0..8_u16, 1 => Just(u16::MAX), 1 => any::<u16>()]
}

fn any_signature() -> impl Strategy<Value = Signature> {
    let position = prop::sample::select(&[REQUESTER, APPROVER, "keeper", ""][..]);
    let over = prop::sample::select(&["one", "another"][..]);
    let person = prop::sample::select(&IDS[..]);
    (position, person, -40..40_i64, over).prop_map(|(position, person, on, over)| Signature {
        position: position.to_owned(),
        person: person.parse().unwrap(),
        day: later_by(on),
        content: Digest::of(over.as_bytes()),
        assurance: Assurance::Asserted,
    })
}

fn any_missed() -> impl Strategy<Value = Missed> {
    prop_oneof![Just(Missed::Capture), Just(Missed::Review)]
}

fn any_found() -> impl Strategy<Value = Found> {
    prop_oneof![Just(Found::InOrder), Just(Found::Defective)]
}

fn any_event() -> impl Strategy<Value = Event> {
    let numbers = || prop::collection::vec(any_number(), 0..6);
    let classes = || prop::collection::vec(class(), 0..4);
    prop_oneof![
        3 => (any_facts(), classes()).prop_map(|(facts, tasks)| Event::Recorded { facts, tasks }),
        2 => (any_facts(), numbers(), classes()).prop_map(|(facts, withdrawn, added)| {
            Event::Corrected { facts, withdrawn, added }
        }),
        1 => numbers().prop_map(|withdrawn| Event::Cancelled { withdrawn }),
        2 => (class(), reason()).prop_map(|(class, reason)| Event::TaskAdded { class, reason }),
        3 => (any_number(), class(), reason()).prop_map(|(number, class, reason)| {
            Event::TaskAdjusted { number, class, reason }
        }),
        3 => (any_number(), class(), reason(), any_signature()).prop_map(
            |(number, class, reason, signature)| {
                Event::WaiverAsked { number, class, reason, signature }
            }
        ),
        3 => (any_number(), any_signature()).prop_map(|(number, signature)| {
            Event::WaiverGranted { number, signature }
        }),
        2 => (any_number(), reason()).prop_map(|(number, reason)| {
            Event::WaiverDenied { number, reason }
        }),
        3 => (any_number(), 1..6_u16, any_signature()).prop_map(|(number, n, signature)| {
            Event::Scanned { number, record: record(n), signature }
        }),
        3 => (any_number(), any_signature()).prop_map(|(number, signature)| {
            Event::ReviewPassed { number, signature }
        }),
        2 => (any_number(), reason()).prop_map(|(number, reason)| {
            Event::ReviewReturned { number, reason }
        }),
        2 => (any_missed(), numbers()).prop_map(|(what, numbers)| Event::Missed { what, numbers }),
        3 => (any_number(), 1..6_u16, reason()).prop_map(|(number, n, reason)| {
            Event::Shared { number, record: record(n), valid_to: None, reason }
        }),
        1 => (any_found(), any_signature()).prop_map(|(found, signature)| {
            let means = [Means::Originals].into();
            Event::Verified { means, found, reason: None, signature }
        }),
    ]
}

/// A flow as nobody's steps make it.
fn any_flow() -> impl Strategy<Value = Flow> {
    let standing = prop_oneof![
        Just(TaskStanding::ToScan),
        any_signature().prop_map(|signature| TaskStanding::WaiverAsked { signature }),
        (1..6_u16, any_signature()).prop_map(|(n, signature)| {
            let record = record(n);
            TaskStanding::Scanned { record, signature }
        }),
        (1..6_u16, -40..40_i64, -40..40_i64).prop_map(|(n, scanned, reviewed)| {
            TaskStanding::Reviewed {
                record: record(n),
                scanned: later_by(scanned),
                reviewed: later_by(reviewed),
            }
        }),
        (1..6_u16).prop_map(|n| TaskStanding::Shared { record: record(n) }),
        Just(TaskStanding::Waived),
        any_number().prop_map(|by| TaskStanding::Replaced { by }),
        Just(TaskStanding::Withdrawn),
    ];
    let origin = prop_oneof![Just(Origin::Template), Just(Origin::Manual)];
    let task = (class(), origin, standing).prop_map(|(class, origin, standing)| Task {
        class,
        origin,
        standing,
    });
    let facts = prop::option::weighted(0.8, any_facts());
    let tasks = prop::collection::vec(task, 0..6);
    let missed = prop::collection::btree_set((any_number(), any_missed()), 0..4);
    let found = prop::option::of(any_found());
    (facts, any::<bool>(), tasks, missed, found).prop_map(
        |(facts, cancelled, tasks, missed, found)| Flow {
            cancelled: cancelled && facts.is_some(),
            facts,
            tasks,
            missed,
            verified: found.map(|found| Verified {
                means: [Means::Originals].into(),
                found,
                person: IDS[1].parse().unwrap(),
                day: day(TODAY),
            }),
        },
    )
}

/// Whatever stands in a ledger: no task is lost or un-rests, the state is what the events make,
/// and whatever is asked then is answered.
#[test]
fn nothing_that_a_ledger_says_brings_back_what_is_at_rest() {
    let forged = (
        prop_oneof![1 => Just(Flow::default()), 2 => any_flow()],
        prop::collection::vec(any_event(), 0..20),
        people(),
        prop::collection::vec(asked(), 0..6),
    );
    let (world, rested) = (World::new(), Cell::new(0_u32));
    check(4_000, &forged, |(began, events, people, asked)| {
        let mut flow = began.clone();
        for event in &events {
            let before = flow.clone();
            flow = flow.apply(event);
            nothing_is_lost(&before, &flow)?;
            images::turns(&before, event, &flow)?;
            prop_assert!(flow.cancelled || !before.cancelled, "{:?}", event);
            prop_assert!(flow.facts.is_some() || before.facts.is_none());
            let resting = before.tasks.iter().any(|task| task.standing.is_at_rest());
            rested.set(rested.get() + u32::from(resting));
        }
        let replayed = events.iter().fold(began.clone(), Flow::apply);
        prop_assert_eq!(&replayed, &flow);
        if began == Flow::default() {
            prop_assert_eq!(&Flow::replay(&events), &flow);
        }
        let mut world = World {
            people,
            ..world.clone()
        };
        for (by, on, what) in asked {
            world.day = later_by(on);
            let command = command(&flow, what);
            if let Ok(event) = world.decide(&flow, &command, IDS[by]) {
                let before = flow.clone();
                flow = flow.apply(&event);
                nothing_is_lost(&before, &flow)?;
                if command == Command::Cancel {
                    prop_assert!(flow.cancelled && flow.is_at_rest());
                }
            }
        }
        Ok(())
    });
    assert!(rested.get() > 10_000, "{}", rested.get());
}
