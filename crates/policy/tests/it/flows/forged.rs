//! What only a forged ledger holds: events that nobody decided, and flows that no steps make.

use domain::Digest;
use policy::authority::{Assurance, Signature};
use policy::case::Workflow as _;
use policy::flow::{Event, Flow, Found, Means, Missed, VERIFIER};
use policy::refusal::RefusalCode;

use super::{REASON, TODAY, World, content, day, facts, image, record, told};

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

/// An image of a record, by the number of the task whose image it usually is.
fn scanned(number: u16, put: u16) -> Event {
    Event::Scanned {
        number,
        record: record(put),
        signature: signed("clerk-elsewhere", "scanner", b"forged"),
    }
}

fn passed(number: u16) -> Event {
    Event::ReviewPassed {
        number,
        signature: signed("reviewer", "reviewer", b"forged"),
    }
}

/// Over the image that a task usually has.
fn passed_over_the_image_of(other: u16, number: u16) -> Event {
    let mut signature = signed("reviewer", "reviewer", b"");
    signature.content = image(other, record(other));
    Event::ReviewPassed { number, signature }
}

fn returned(number: u16) -> Event {
    Event::ReviewReturned {
        number,
        reason: REASON.to_owned(),
    }
}

fn missed(what: Missed, numbers: &[u16]) -> Event {
    let numbers = numbers.to_vec();
    Event::Missed { what, numbers }
}

fn shared(number: u16) -> Event {
    Event::Shared {
        number,
        record: record(9),
        valid_to: None,
        reason: REASON.to_owned(),
    }
}

fn verified(found: Found) -> Event {
    Event::Verified {
        means: [Means::Originals].into(),
        found,
        reason: (found == Found::Defective).then(|| REASON.to_owned()),
        signature: signed("reviewer", VERIFIER, b"forged"),
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

/// R25, R29: an image stands where one is owed, for one task, and is reviewed as it was scanned.
#[rustfmt::skip]
const NO_SUCH_IMAGE: &[Row] = &[
    // Nothing is to be scanned there.
    (&[], || scanned(1, 9)),
    (&["record fund-business online"], || scanned(1, 9)),
    (&["record fund-business"], || scanned(0, 9)),
    (&["record fund-business"], || scanned(3, 9)),
    (&["record fund-business"], || scanned(u16::MAX, 9)),
    (&["record fund-business", "ask 1"], || scanned(1, 9)),
    (&["record fund-business", "waive 1"], || scanned(1, 9)),
    (&["record fund-business", "adjust 1 due-diligence"], || scanned(1, 9)),
    (&["record fund-business", "cancel"], || scanned(1, 9)),
    // There is an image already, reviewed or not; the same one again is none either.
    (&["record fund-business", "scan 1"], || scanned(1, 9)),
    (&["record fund-business", "scan 1"], || scanned(1, 1)),
    (&["record fund-business", "scan 1", "pass 1"], || scanned(1, 9)),
    // Another task has the record.
    (&["record fund-business", "scan 1"], || scanned(2, 1)),
    (&["record fund-business", "scan 1", "pass 1"], || scanned(2, 1)),
    // Of no image, or of another one.
    (&["record fund-business"], || passed_over_the_image_of(1, 1)),
    (&["record fund-business", "scan 1"], || passed(1)),
    (&["record fund-business", "scan 1"], || passed_over_the_image_of(1, 2)),
    (&["record fund-business", "scan 1", "scan 2"], || passed_over_the_image_of(2, 1)),
    (&["record fund-business", "scan 1"], || passed_over_the_image_of(1, 0)),
    // It is not there any more.
    (&["record fund-business", "scan 1", "return 1"], || passed_over_the_image_of(1, 1)),
    (&["record fund-business", "scan 1", "return 1", "scan 1 as 9"], || passed_over_the_image_of(1, 1)),
    (&["record fund-business", "scan 1", "cancel"], || passed_over_the_image_of(1, 1)),
    (&["record fund-business", "scan 1", "pass 1"], || passed_over_the_image_of(1, 1)),
    // Nothing is there to send back.
    (&[], || returned(1)),
    (&["record fund-business"], || returned(1)),
    (&["record fund-business", "ask 1"], || returned(1)),
    (&["record fund-business", "waive 1"], || returned(1)),
    (&["record fund-business", "scan 1"], || returned(2)),
    (&["record fund-business", "scan 1"], || returned(0)),
    (&["record fund-business", "scan 1", "return 1"], || returned(1)),
    (&["record fund-business", "scan 1", "cancel"], || returned(1)),
    (&["record fund-business", "scan 1", "pass 1"], || returned(1)),
    // A document that is there is neither another one nor left out.
    (&["record fund-business", "scan 1"], || adjusted(1)),
    (&["record fund-business", "scan 1"], || asked(1)),
    (&["record fund-business", "scan 1"], || granted(1)),
    (&["record fund-business", "scan 1"], || denied(1)),
    (&["record fund-business", "scan 1", "pass 1"], || adjusted(1)),
    (&["record fund-business", "scan 1", "pass 1"], || asked(1)),
    (&["record fund-business", "scan 1", "pass 1"], || granted(1)),
    (&["record fund-business", "scan 1", "pass 1"], || denied(1)),
];

#[test]
fn an_image_that_nobody_could_put_or_review_changes_nothing() {
    is_left(NO_SUCH_IMAGE);
}

/// R24, R25: what is kept serves what is to be scanned, and nothing else.
#[rustfmt::skip]
const NOTHING_TO_SERVE: &[Row] = &[
    (&[], || shared(1)),
    (&["record fund-business online"], || shared(1)),
    (&["record fund-business"], || shared(0)),
    (&["record fund-business"], || shared(3)),
    (&["record fund-business"], || shared(u16::MAX)),
    (&["record fund-business", "ask 2"], || shared(2)),
    (&["record fund-business", "waive 2"], || shared(2)),
    (&["record fund-business", "scan 2"], || shared(2)),
    (&["record fund-business", "scan 2", "pass 2"], || shared(2)),
    (&["record fund-business", "share 2"], || shared(2)),
    (&["record fund-business", "adjust 2 due-diligence"], || shared(2)),
    (&["record fund-business", "cancel"], || shared(2)),
    // And what is served is at rest.
    (&["record fund-business", "share 2"], || scanned(2, 9)),
    (&["record fund-business", "share 2"], || adjusted(2)),
    (&["record fund-business", "share 2"], || granted(2)),
    (&["record fund-business", "share 2"], || denied(2)),
    (&["record fund-business", "share 2"], || returned(2)),
    (&["record fund-business", "share 2"], || passed_over_the_image_of(2, 2)),
];

#[test]
fn what_is_not_to_be_scanned_is_not_served() {
    is_left(NOTHING_TO_SERVE);
}

/// R19: of no business nothing is verified, and what is in order stays so.
#[rustfmt::skip]
const NOTHING_TO_VERIFY: &[Row] = &[
    (&[], || verified(Found::InOrder)),
    (&[], || verified(Found::Defective)),
    (&["record fund-business", "cancel"], || verified(Found::InOrder)),
    (&["record fund-business", "verify defective", "cancel"], || verified(Found::InOrder)),
    (&["record fund-business", "verify in-order"], || verified(Found::Defective)),
    (&["record fund-business", "verify in-order"], || verified(Found::InOrder)),
];

#[test]
fn what_is_in_order_is_not_verified_again() {
    is_left(NOTHING_TO_VERIFY);
}

/// By nothing, or of something wrong that nobody has named.
#[test]
fn a_verification_of_which_something_lacks_is_left_out() {
    let flow = World::new().after(&["record fund-business"]);
    let signature = || signed("reviewer", VERIFIER, b"forged");
    for (means, found) in [
        (vec![], Found::InOrder),
        (vec![Means::Originals], Found::Defective),
    ] {
        let event = Event::Verified {
            means: means.into_iter().collect(),
            found,
            reason: None,
            signature: signature(),
        };
        assert_eq!(flow.clone().apply(&event), flow, "{event:?}");
    }
}

/// R28, R29: late is what is there; one number that is not there makes the whole of it untrue.
#[rustfmt::skip]
const LATE_WITHOUT_A_TASK: &[Row] = &[
    (&[], || missed(Missed::Capture, &[0])),
    (&[], || missed(Missed::Capture, &[1])),
    (&["record fund-business"], || missed(Missed::Capture, &[3])),
    (&["record fund-business"], || missed(Missed::Capture, &[1, 3])),
    (&["record fund-business"], || missed(Missed::Review, &[2, u16::MAX])),
    (&["record margin-trading"], || missed(Missed::Capture, &[0, 1])),
];

#[test]
fn what_is_not_there_is_not_late() {
    is_left(LATE_WITHOUT_A_TASK);
}

/// Whatever an event of a correction or a cancellation takes back, a reviewed image keeps its
/// task (R25).
#[test]
fn no_event_takes_back_what_was_reviewed() {
    let world = World::new();
    let reviewed = world.after(&["record fund-business", "scan 1", "pass 1"]);
    for event in [corrected(), cancelled()] {
        let after = reviewed.clone().apply(&event);
        assert_eq!(after.task(1), reviewed.task(1), "{event:?}");
        assert!(after.holds(record(1)), "{event:?}");
    }
}

/// A cancellation that took nothing back: nothing is scanned for a business that was none.
#[test]
fn a_cancelled_flow_takes_no_image() {
    let world = World::new();
    let cancelled = Event::Cancelled { withdrawn: vec![] };
    let flow = world.after(&["record fund-business"]).apply(&cancelled);
    assert!(flow.cancelled && !flow.is_at_rest());
    let refusal = world.step(&flow, "scan 1").unwrap_err();
    assert_eq!(refusal.code, RefusalCode::WrongState);
    assert_eq!(flow.clone().apply(&scanned(1, 1)), flow);
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
    // What is late of it is told once, of those that have a number.
    let numbers = flow.newly_missed(Missed::Capture);
    assert_eq!(numbers.len(), usize::from(u16::MAX));
    let flow = flow.apply(&missed(Missed::Capture, &numbers));
    assert_eq!(flow.newly_missed(Missed::Capture), []);
}
