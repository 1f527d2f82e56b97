//! Sharing (资料共用, R24): a document that is kept already serves a task of another business of the
//! same client, while it is unchanged and valid (R123) and its own review has passed it (R29).

use domain::RecordId;
use policy::case::Workflow as _;
use policy::flow::{Command, Event, Flow, KeptRecord, Missed, TaskStanding, title_of};
use policy::refusal::RefusalCode;
use policy::sharing::{Kept, Validity};

use super::{History, REASON, World, as_told, day, facts, record, said, scan, securities};
use RefusalCode::{NoReason, OtherContent, WrongDay, WrongState};

/// The record of the document that is to serve a task; no task of the flow has it.
pub(super) fn kept_record(number: u16) -> RecordId {
    RecordId::from_bits(1_000_000 + u128::from(number))
}

/// To let a document of the client serve a task: the right one, valid for good.
pub(super) fn share(flow: &Flow, number: u16) -> Command {
    let known = flow.facts.clone();
    let class = flow.task(number).map(|task| task.class.clone());
    let class = class.unwrap_or_else(|| "id-copy".parse().unwrap());
    let kept = KeptRecord {
        record: kept_record(number),
        in_order: true,
        kept: Kept {
            client: known.unwrap_or_else(|| facts("account-opening")).client,
            name: title_of(securities(), &class).to_owned(),
            class,
            validity: Validity::ForGood,
            unchanged: Some(true),
        },
    };
    Command::Share {
        number,
        kept: Box::new(kept),
        reason: REASON.to_owned(),
    }
}

#[rustfmt::skip]
const HISTORIES: &[History] = &[
    ("R24", &["record fund-business", "share 2"], &["fund-voucher owed", "id-copy shared"], false),
    // It is at rest as any other that is owed no more.
    ("R24", &["record fund-business", "scan 1", "pass 1", "share 2"], &["fund-voucher reviewed", "id-copy shared"], true),
    ("R24", &["record fund-business", "waive 1", "share 2"], &["fund-voucher waived", "id-copy shared"], true),
    // Sent back, or not left out, it is owed as before.
    ("R24", &["record fund-business", "scan 2", "return 2", "share 2"], &["fund-voucher owed", "id-copy shared"], false),
    ("R24", &["record fund-business", "ask 2", "deny 2", "share 2"], &["fund-voucher owed", "id-copy shared"], false),
    // What came online and has paper beside it, and what was made by hand.
    ("R27", &["record fund-business online", "add id-copy", "share 1"], &["id-copy shared"], true),
    ("R27", &["record fund-business", "adjust 1 id-copy", "share 3"], &["fund-voucher replaced by 3", "id-copy owed", "id-copy shared"], false),
    // Of another type, the document is owed all the same, and served.
    ("R25", &["record fund-business", "share 2", "correct account-closing"], &["fund-voucher withdrawn", "id-copy shared", "asset-voucher owed"], false),
    ("R25", &["record fund-business", "share 2", "cancel"], &["fund-voucher withdrawn", "id-copy shared"], true),
    // Another document for the same task by hand.
    ("R27", &["record fund-business", "share 2", "add id-copy", "scan 3"], &["fund-voucher owed", "id-copy shared", "id-copy scanned"], false),
];

#[test]
fn what_is_kept_stands_for_a_task_as_the_table_says() {
    as_told(HISTORIES);
}

/// Requirement, what was done, what somebody asks then, and what refuses it.
type Refused = (
    &'static str,
    &'static [&'static str],
    &'static str,
    RefusalCode,
);

#[rustfmt::skip]
const REFUSED: &[Refused] = &[
    // Nothing is to be scanned there.
    ("R25", &[], "share 1", WrongState),
    ("R25", &["record fund-business"], "share 0", WrongState),
    ("R25", &["record fund-business"], "share 3", WrongState),
    ("R25", &["record fund-business"], "share 65535", WrongState),
    ("R25", &["record fund-business online"], "share 1", WrongState),
    ("R25", &["record fund-business", "ask 2"], "share 2", WrongState),
    ("R25", &["record fund-business", "waive 2"], "share 2", WrongState),
    ("R25", &["record fund-business", "scan 2"], "share 2", WrongState),
    ("R25", &["record fund-business", "scan 2", "pass 2"], "share 2", WrongState),
    ("R25", &["record fund-business", "share 2"], "share 2", WrongState),
    ("R27", &["record fund-business", "adjust 2 due-diligence"], "share 2", WrongState),
    ("R25", &["record fund-business", "correct online"], "share 2", WrongState),
    ("R25", &["record fund-business", "cancel"], "share 2", WrongState),
    // The template of the business does not share it; or headquarters has set none.
    ("R23", &["record fund-business"], "share 1", OtherContent),
    ("R23", &["record fund-business", "add client-contract"], "share 3", OtherContent),
    ("R24", &["record margin-trading", "add id-copy"], "share 1", OtherContent),
    // It is at rest: neither another image, nor another class, nor left out, nor reviewed.
    ("R25", &["record fund-business", "share 2"], "scan 2", WrongState),
    ("R25", &["record fund-business", "share 2"], "adjust 2 due-diligence", WrongState),
    ("R25", &["record fund-business", "share 2"], "ask 2", WrongState),
    ("R25", &["record fund-business", "share 2"], "pass 2", WrongState),
    ("R25", &["record fund-business", "share 2"], "return 2", WrongState),
];

#[test]
fn what_cannot_be_shared_says_why() {
    let world = World::new();
    for (rule, steps, asked, code) in REFUSED {
        let refusal = world.step(&world.after(steps), asked).unwrap_err();
        let said = refusal.to_string();
        assert_eq!(refusal.code, *code, "{steps:?} {asked}: {said}");
        assert!(said.contains(rule), "{steps:?} {asked}: {said}");
    }
}

/// Requirement, what is other about the document that is kept, and what refuses it.
type Other = (&'static str, fn(&mut KeptRecord), Option<RefusalCode>);

fn until(kept: &mut KeptRecord, last: &str) {
    kept.kept.validity = Validity::Until(day(last));
}

#[rustfmt::skip]
const DOCUMENTS: &[Other] = &[
    ("R24", |_| (), None),
    // Of the same client, the same class and the same name.
    ("R24", |it| it.kept.client = "8800054321".parse().unwrap(), Some(OtherContent)),
    ("R24", |it| it.kept.class = "client-contract".parse().unwrap(), Some(OtherContent)),
    ("R24", |it| "护照复印件".clone_into(&mut it.kept.name), Some(OtherContent)),
    ("R24", |it| it.kept.name = String::new(), Some(OtherContent)),
    // Its last day counts, and the next one does not; what nobody knows is not valid.
    ("R123", |it| until(it, "2026-11-21"), None),
    ("R123", |it| until(it, "2026-11-20"), None),
    ("R123", |it| until(it, "2026-11-19"), Some(WrongDay)),
    ("R123", |it| it.kept.validity = Validity::Unknown, Some(WrongDay)),
    // Somebody has compared the document with the copy.
    ("R123", |it| it.kept.unchanged = Some(false), Some(OtherContent)),
    ("R123", |it| it.kept.unchanged = None, Some(OtherContent)),
    // What waits for its review may still be sent back.
    ("R29", |it| it.in_order = false, Some(WrongState)),
];

#[test]
fn only_the_same_document_serves_and_only_while_it_is_good() {
    let world = World::new();
    let flow = world.after(&["record fund-business"]);
    for (n, (rule, change, code)) in DOCUMENTS.iter().enumerate() {
        let Command::Share {
            number,
            mut kept,
            reason,
        } = share(&flow, 2)
        else {
            unreachable!("what is asked is to share")
        };
        change(&mut kept);
        let valid_to = match kept.kept.validity {
            Validity::Until(last) => Some(last),
            Validity::ForGood | Validity::Unknown => None,
        };
        let command = Command::Share {
            number,
            kept,
            reason,
        };
        match world.decide(&flow, &command, "clerk") {
            Ok(event) => {
                assert_eq!(*code, None, "{n} {rule}");
                // What is kept says until when, and why.
                let expected = Event::Shared {
                    number: 2,
                    record: kept_record(2),
                    valid_to,
                    reason: REASON.to_owned(),
                };
                assert_eq!(event, expected, "{n} {rule}");
            }
            Err(refusal) => {
                let said = refusal.to_string();
                assert_eq!(Some(refusal.code), *code, "{n}: {said}");
                assert!(said.contains(rule), "{n}: {said}");
            }
        }
    }
}

/// Corrected to another client, the flow is not served by what is the first one's.
#[test]
fn a_corrected_client_asks_for_a_document_of_their_own() {
    let world = World::new();
    let before = world.after(&["record fund-business"]);
    let of_the_first = share(&before, 2);
    let after = world.further(before, &["correct client 8800054321"]);
    let refusal = world.decide(&after, &of_the_first, "clerk").unwrap_err();
    assert_eq!(refusal.code, OtherContent);
    assert!(refusal.to_string().contains("R24"), "{refusal}");
    assert!(world.step(&after, "share 2").is_ok());
}

#[test]
fn what_is_shared_takes_a_reason_that_names_no_document() {
    let world = World::new();
    let flow = world.after(&["record fund-business"]);
    for (text, kept) in [
        (" 证件未变 ", Some("证件未变")),
        ("", None),
        (" \u{3000}", None),
        ("证件110101199003077758", None),
    ] {
        let Command::Share {
            number, kept: it, ..
        } = share(&flow, 2)
        else {
            unreachable!("what is asked is to share")
        };
        let command = Command::Share {
            number,
            kept: it,
            reason: text.to_owned(),
        };
        let found = world.decide(&flow, &command, "clerk");
        let found = found.map_err(|refusal| refusal.code);
        match (found, kept) {
            (Ok(Event::Shared { reason, .. }), Some(kept)) => assert_eq!(reason, kept),
            (found, kept) => assert_eq!((found.err(), kept), (Some(NoReason), None), "{text:?}"),
        }
    }
}

/// One image stands for one task (R25): the task that is served has none of its own, so that the
/// record stands where it stood and nowhere else.
#[test]
fn a_task_that_is_served_has_no_record_of_its_own_and_is_never_late() {
    let world = World::new();
    let flow = world.after(&["record fund-business", "share 2"]);
    let standing = &flow.task(2).unwrap().standing;
    let record_of_it = kept_record(2);
    assert_eq!(
        standing,
        &TaskStanding::Shared {
            record: record_of_it
        }
    );
    assert!(standing.is_at_rest());
    assert_eq!(standing.record(), None);
    assert_eq!(standing.as_str(), "is served by a document that was kept");
    assert!(!flow.holds(record_of_it));
    assert_eq!(flow.records().count(), 0);
    // Only the other one is late (R28, R29).
    assert_eq!(flow.newly_missed(Missed::Capture), [1]);
    assert_eq!(flow.newly_missed(Missed::Review), Vec::<u16>::new());
    // Nobody signs an image that another task has: there is nothing to review.
    let (_, pass) = said(&flow, "pass 2");
    assert_eq!(
        world.decide(&flow, &pass, "reviewer").unwrap_err().code,
        WrongState
    );
    // And the other task is scanned as before.
    let scanned = world.decide(&flow, &scan(1, record(1)), "clerk").unwrap();
    assert_eq!(flow.apply(&scanned).records().count(), 1);
}
