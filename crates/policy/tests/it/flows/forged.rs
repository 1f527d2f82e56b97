//! What only a forged ledger holds: events that nobody decided, and flows that no steps make.

use domain::Digest;
use policy::authority::{Assurance, Signature};
use policy::case::Workflow as _;
use policy::flow::{Event, Flow};

use super::{REASON, TODAY, World, content, day, facts, told};

fn signed(person: &str, position: &str, content: &[u8]) -> Signature {
    Signature {
        position: position.to_owned(),
        person: person.parse().unwrap(),
        day: day(TODAY),
        content: Digest::of(content),
        assurance: Assurance::Asserted,
    }
}

fn added() -> Event {
    Event::TaskAdded {
        class: "due-diligence".parse().unwrap(),
        reason: REASON.to_owned(),
    }
}

fn adjusted(number: u16) -> Event {
    Event::TaskAdjusted {
        number,
        class: "due-diligence".parse().unwrap(),
        reason: REASON.to_owned(),
    }
}

fn asked(number: u16) -> Event {
    Event::WaiverAsked {
        number,
        class: "fund-voucher".parse().unwrap(),
        reason: REASON.to_owned(),
        signature: signed("clerk-elsewhere", "requester", b"forged"),
    }
}

/// Over the right content, but by whoever asked.
fn granted_alone() -> Event {
    let flow = World::new().after(&["record fund-business"]);
    let mut signature = signed("clerk", "approver", b"");
    signature.content = content(&flow, 1);
    let number = 1;
    Event::WaiverGranted { number, signature }
}

fn granted(number: u16) -> Event {
    Event::WaiverGranted {
        number,
        signature: signed("branch-head", "approver", b"forged"),
    }
}

fn denied(number: u16) -> Event {
    Event::WaiverDenied {
        number,
        reason: REASON.to_owned(),
    }
}

fn corrected() -> Event {
    Event::Corrected {
        facts: facts("account-closing"),
        withdrawn: vec![1, 0, 99, 1],
        added: vec!["asset-voucher".parse().unwrap()],
    }
}

fn recorded() -> Event {
    Event::Recorded {
        facts: facts("account-closing"),
        tasks: vec!["asset-voucher".parse().unwrap()],
    }
}

fn cancelled() -> Event {
    let withdrawn = vec![1, 2];
    Event::Cancelled { withdrawn }
}

/// What has happened, and an event that does not fit it.
type Row = (&'static [&'static str], fn() -> Event);

#[rustfmt::skip]
const LEFT_AS_IT_IS: &[Row] = &[
    (&["record fund-business"], recorded),
    (&["record fund-business", "cancel"], recorded),
    (&[], corrected),
    (&[], cancelled),
    // What is at rest stays so.
    (&["record fund-business", "waive 1"], || asked(1)),
    (&["record fund-business", "waive 1"], || denied(1)),
    (&["record fund-business", "adjust 1 due-diligence"], || granted(1)),
    (&["record fund-business", "adjust 1 due-diligence"], || asked(1)),
    (&["record fund-business", "cancel"], || granted(1)),
    (&["record fund-business", "cancel"], || denied(1)),
    (&["record fund-business", "cancel"], || asked(1)),
    // There is no such task.
    (&["record fund-business"], || asked(0)),
    (&["record fund-business"], || granted(0)),
    (&["record fund-business"], || granted(3)),
    (&["record fund-business"], || denied(u16::MAX)),
    // Nobody asked.
    (&["record fund-business"], || denied(1)),
];

fn is_left(rows: &[Row]) {
    let world = World::new();
    let mut changed = Vec::new();
    for (steps, event) in rows {
        let before = world.after(steps);
        let after = before.clone().apply(&event());
        if after != before {
            changed.push(format!("{steps:?} {:?}: {:?}", event(), told(&after)));
        }
    }
    assert!(changed.is_empty(), "{changed:#?}");
}

#[test]
fn an_event_that_does_not_fit_changes_nothing() {
    is_left(LEFT_AS_IT_IS);
}

/// [`policy::case::Workflow::apply`] says that these leave the flow as it is.
#[rustfmt::skip]
const DECIDED_BY_NOBODY: &[Row] = &[
    // R07, R22: one signature alone leaves no document out, nor do two by one person or over two
    // contents.
    (&["record fund-business"], || granted(1)),
    (&["record fund-business", "ask 1"], || granted(1)),
    (&["record fund-business", "ask 1"], granted_alone),
    // Asked for is asked for.
    (&["record fund-business", "ask 1"], || asked(1)),
    // The task is of another class.
    (&["record fund-business"], || asked(2)),
    // R25: there is no flow.
    (&[], added),
    (&[], || adjusted(1)),
    // R27: there is no wrong task that would be replaced.
    (&["record fund-business"], || adjusted(0)),
    (&["record fund-business"], || adjusted(3)),
    (&["record fund-business", "waive 1"], || adjusted(1)),
    (&["record fund-business", "ask 1"], || adjusted(1)),
    // It was cancelled.
    (&["record fund-business", "cancel"], added),
    (&["record fund-business", "cancel"], corrected),
    (&["record fund-business", "cancel"], || adjusted(1)),
];

#[test]
fn an_event_that_nobody_decided_changes_nothing() {
    is_left(DECIDED_BY_NOBODY);
}

/// Numbers end at 65,535, and a ledger that says more is looked at all the same.
#[test]
fn a_flow_of_more_tasks_than_numbers_is_no_surprise() {
    let event = Event::Recorded {
        facts: facts("fund-business"),
        tasks: vec!["id-copy".parse().unwrap(); 70_000],
    };
    let flow = Flow::replay(&[event]);
    assert!(flow.numbered().count() <= 70_000);
    assert!(flow.task(u16::MAX).is_some());
    assert!(World::new().step(&flow, "correct account-closing").is_ok());
}
