//! Verification (资料审核与验证, R06, R14, R19): whether the documents of a business are true, accurate
//! and complete, said by another than whoever handled it.

use std::collections::BTreeSet;

use domain::{Digest, FondsId};
use policy::authority::Assurance;
use policy::case::Workflow as _;
use policy::flow::{Command, Event, Flow, Found, Means, Verified, verification_statement};
use policy::refusal::RefusalCode;

use super::{FLOW, REASON, TODAY, World, day, said, told};
use RefusalCode::{
    NoReason, NobodysAccount, NotInRole, NotSigned, OtherBranch, OtherContent, SamePerson,
    WrongState,
};

fn statement(means: &BTreeSet<Means>, found: Found) -> String {
    let flow = FLOW.parse().unwrap();
    verification_statement(FondsId::from_bytes([1; 16]), &flow, (means, found))
}

/// What a verification came to, of what somebody handled.
pub(super) fn verification(handler: &str, found: Found, reason: &str) -> Command {
    let means = [Means::CounterGuide, Means::Originals].into();
    let content = Digest::of(statement(&means, found).as_bytes());
    Command::Verify {
        means,
        found,
        reason: Some(reason.to_owned()),
        handler: Some(handler.parse().unwrap()),
        content,
    }
}

/// What a verification came to, of what the clerk handled.
pub(super) fn verify(found: &str) -> Command {
    let found = match found {
        "in-order" => Found::InOrder,
        "defective" => Found::Defective,
        _ => unreachable!("{found}"),
    };
    verification("clerk", found, REASON)
}

/// How the last verification came out; none while nobody has looked at what there is.
fn found(flow: &Flow) -> Option<&'static str> {
    flow.verified
        .as_ref()
        .map(|verified| verified.found.as_str())
}

/// Requirement, what is done, and how the documents were found then.
type Row = (&'static str, &'static [&'static str], Option<&'static str>);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("R19", &["record fund-business"], None),
    ("R19", &["record fund-business", "verify in-order"], Some("in-order")),
    // Something is wrong or missing: they are verified again, as often as it takes.
    ("R06", &["record fund-business", "verify defective"], Some("defective")),
    ("R06", &["record fund-business", "verify defective", "verify defective"], Some("defective")),
    ("R19", &["record fund-business", "verify defective", "verify in-order"], Some("in-order")),
    // Of whatever contact they come, known to headquarters or not, and by whichever way.
    ("R14", &["record account-opening", "verify in-order"], Some("in-order")),
    ("R14", &["record information-change", "verify in-order"], Some("in-order")),
    ("R14", &["record margin-trading", "verify in-order"], Some("in-order")),
    ("R14", &["record fund-business online", "verify in-order"], Some("in-order")),
    // Said of another business, or of another client, it was said of other documents.
    ("R19", &["record fund-business", "verify in-order", "correct account-closing"], None),
    ("R19", &["record fund-business", "verify in-order", "correct client 8800054321"], None),
    ("R19", &["record fund-business", "verify defective", "correct account-closing"], None),
    ("R19", &["record fund-business", "verify in-order", "correct account-closing", "verify in-order"], Some("in-order")),
    // It is not the review of the images, and neither waits for the other.
    ("R29", &["record fund-business", "verify in-order", "scan 1", "scan 2", "pass 1", "pass 2"], Some("in-order")),
    ("R29", &["record fund-business", "verify in-order", "scan 1", "return 1"], Some("in-order")),
    ("R29", &["record fund-business", "scan 1", "pass 1", "verify defective"], Some("defective")),
    ("R22", &["record fund-business", "waive 1", "verify in-order"], Some("in-order")),
    ("R24", &["record fund-business", "verify in-order", "share 2"], Some("in-order")),
    // What was found stays readable when nothing came of the business.
    ("R19", &["record fund-business", "verify in-order", "cancel"], Some("in-order")),
];

#[test]
fn documents_are_found_as_the_table_says() {
    let world = World::new();
    for (rule, steps, expected) in ROWS {
        let flow = world.after(steps);
        assert_eq!(found(&flow), *expected, "{rule} {steps:?}");
        let in_order = *expected == Some("in-order");
        assert_eq!(flow.is_in_order(), in_order, "{rule} {steps:?}");
        // What is owed is owed without it: the tasks stand as if nobody had looked.
        let others = steps.iter().filter(|step| !step.starts_with("verify"));
        let without = world.after(&others.copied().collect::<Vec<_>>());
        assert_eq!(told(&flow), told(&without), "{rule} {steps:?}");
        assert_eq!(flow.is_at_rest(), without.is_at_rest(), "{rule} {steps:?}");
    }
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
    ("R25", &[], "verify in-order", WrongState),
    ("R25", &[], "verify defective", WrongState),
    ("R25", &["record fund-business", "cancel"], "verify in-order", WrongState),
    ("R25", &["record fund-business", "verify defective", "cancel"], "verify in-order", WrongState),
    // In order is in order: nobody says otherwise of the same documents behind their back.
    ("R19", &["record fund-business", "verify in-order"], "verify in-order", WrongState),
    ("R19", &["record fund-business", "verify in-order"], "verify defective", WrongState),
    ("R19", &["record fund-business", "verify defective", "verify in-order"], "verify defective", WrongState),
];

#[test]
fn what_cannot_be_verified_says_why() {
    let world = World::new();
    for (rule, steps, asked, code) in REFUSED {
        let refusal = world.step(&world.after(steps), asked).unwrap_err();
        let said = refusal.to_string();
        assert_eq!(refusal.code, *code, "{steps:?} {asked}: {said}");
        assert!(said.contains(rule), "{steps:?} {asked}: {said}");
    }
}

/// Who verifies, who has handled the business, and what refuses it, with the words of it.
type Who = (
    &'static str,
    Option<&'static str>,
    Option<(RefusalCode, &'static str)>,
);

#[rustfmt::skip]
const WHO: &[Who] = &[
    ("reviewer", Some("clerk"), None),
    ("operations-head", Some("clerk"), None),
    ("clerk", Some("reviewer"), None),
    ("clerk-and-head", Some("clerk"), None),
    // Whoever handled it had the right at another branch, or has left: it is a fact all the same.
    ("reviewer", Some("clerk-elsewhere"), None),
    ("reviewer", Some("somebody-who-left"), None),
    // Another than whoever handled it; no text says so.
    ("clerk", Some("clerk"), Some((SamePerson, "firm's setting"))),
    ("reviewer", Some("reviewer"), Some((SamePerson, "firm's setting"))),
    ("clerk-and-head", Some("clerk-and-head"), Some((SamePerson, "firm's setting"))),
    ("clerk-and-reviewer", Some("clerk-and-reviewer"), Some((SamePerson, "firm's setting"))),
    // Of the counter, the review post or the head of operations, and of the branch.
    ("archivist", Some("clerk"), Some((NotInRole, "R19"))),
    ("branch-head", Some("clerk"), Some((NotInRole, "R19"))),
    ("operations-department", Some("clerk"), Some((NotInRole, "R19"))),
    ("security-administrator", Some("clerk"), Some((NotInRole, "R19"))),
    ("clerk-elsewhere", Some("clerk"), Some((OtherBranch, "R19"))),
    ("reviewer-elsewhere", Some("clerk"), Some((OtherBranch, "R19"))),
    ("operations-head-elsewhere", Some("clerk"), Some((OtherBranch, "R19"))),
    // Nobody can tell who it was: so nobody can tell that it was another.
    ("reviewer", None, Some((NobodysAccount, "R19"))),
];

#[test]
fn another_than_whoever_handled_it_verifies() {
    let world = World::new();
    let flow = world.after(&["record fund-business"]);
    for (by, handled, expected) in WHO {
        for what in ["in-order", "defective"] {
            let Command::Verify {
                means,
                found,
                reason,
                content,
                ..
            } = verify(what)
            else {
                unreachable!("what is asked is to verify")
            };
            let handler = handled.map(|id| id.parse().unwrap());
            let command = Command::Verify {
                means: means.clone(),
                found,
                reason,
                handler,
                content,
            };
            match (world.decide(&flow, &command, by), expected) {
                (Ok(event), None) => {
                    let after = flow.clone().apply(&event);
                    let verified = Verified {
                        means,
                        found,
                        person: by.parse().unwrap(),
                        day: day(TODAY),
                    };
                    assert_eq!(after.verified, Some(verified), "{by} {what}");
                }
                (Err(refusal), Some((code, says))) => {
                    let said = refusal.to_string();
                    assert_eq!(refusal.code, *code, "{by} {handled:?}: {said}");
                    assert!(said.contains(says), "{by} {handled:?}: {said}");
                }
                (found, _) => unreachable!("{by} {handled:?}: {found:?}"),
            }
        }
    }
}

/// By what they were verified is recorded (R19), and that is something (R06).
#[test]
fn a_verification_is_by_something() {
    let world = World::new();
    let flow = world.after(&["record fund-business"]);
    let by = |means: BTreeSet<Means>| {
        let found = Found::InOrder;
        let content = Digest::of(statement(&means, found).as_bytes());
        let command = Command::Verify {
            means,
            found,
            reason: None,
            handler: Some("clerk".parse().unwrap()),
            content,
        };
        world.decide(&flow, &command, "reviewer")
    };
    let refusal = by(BTreeSet::new()).unwrap_err();
    assert_eq!(refusal.code, OtherContent);
    for rule in ["R06", "R19"] {
        assert!(refusal.to_string().contains(rule), "{refusal}");
    }
    let mut words = BTreeSet::new();
    for one in Means::ALL {
        let event = by([one].into()).unwrap();
        let after = flow.clone().apply(&event);
        assert_eq!(after.verified.unwrap().means, [one].into());
        words.insert(one.as_str());
    }
    assert_eq!(words.len(), Means::ALL.len());
    // All of them together as well, each once.
    let all = by(Means::ALL.into()).unwrap();
    let after = flow.clone().apply(&all);
    assert_eq!(after.verified.unwrap().means.len(), Means::ALL.len());
}

/// What is wrong has to be said, in words that name no document; what is in order needs none.
#[test]
fn what_is_defective_takes_a_reason() {
    let world = World::new();
    let flow = world.after(&["record fund-business"]);
    for (text, kept) in [
        (Some(" 缺经办人签章 "), Ok(Some("缺经办人签章".to_owned()))),
        (None, Err(NoReason)),
        (Some(""), Err(NoReason)),
        (Some(" \u{3000}\t"), Err(NoReason)),
        (Some("卡 6222 0212 3456 7890 123"), Err(NoReason)),
        (Some("one\ntwo"), Err(NoReason)),
    ] {
        for (what, expected) in [("defective", kept), ("in-order", Ok(None))] {
            let Command::Verify {
                means,
                found,
                handler,
                content,
                ..
            } = verify(what)
            else {
                unreachable!("what is asked is to verify")
            };
            let command = Command::Verify {
                means,
                found,
                reason: text.map(str::to_owned),
                handler,
                content,
            };
            let found = match world.decide(&flow, &command, "reviewer") {
                Ok(Event::Verified { reason, .. }) => Ok(reason),
                Ok(event) => unreachable!("{event:?}"),
                Err(refusal) => Err(refusal.code),
            };
            assert_eq!(found, expected, "{what} {text:?}");
        }
    }
}

/// A firm may ask for more than an asserted account.
#[test]
fn a_firm_may_ask_for_a_signed_verification() {
    let mut world = World::new();
    let flow = world.after(&["record fund-business"]);
    let procedure = world.profile.procedures.get_mut(policy::flow::VERIFICATION);
    procedure.unwrap().assurance = Assurance::Signed;
    let (by, command) = said(&flow, "verify in-order");
    let refusal = world.decide(&flow, &command, by).unwrap_err();
    assert_eq!(refusal.code, NotSigned);
    world.assurance = Assurance::Signed;
    let event = world.decide(&flow, &command, by).unwrap();
    let Event::Verified { signature, .. } = event else {
        unreachable!("{event:?}")
    };
    assert_eq!(signature.assurance, Assurance::Signed);
    let means = [Means::CounterGuide, Means::Originals].into();
    let content = Digest::of(statement(&means, Found::InOrder).as_bytes());
    assert_eq!(
        (signature.position.as_str(), signature.content),
        ("verifier", content)
    );
}

#[test]
fn what_is_signed_names_archive_flow_means_and_result() {
    // In the order of the means, whoever named them first.
    let means = [Means::Specimen, Means::IdReader, Means::CounterGuide].into();
    assert_eq!(
        statement(&means, Found::Defective),
        "vouchsafe-verification/1\n01010101010101010101010101010101\n20261120-000123\ncounter-guide,id-reader,specimen\ndefective\n"
    );
    assert_eq!(
        statement(&[Means::Callback].into(), Found::InOrder),
        "vouchsafe-verification/1\n01010101010101010101010101010101\n20261120-000123\ncallback\nin-order\n"
    );
}
