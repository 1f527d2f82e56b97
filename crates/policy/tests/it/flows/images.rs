//! Images: one for each task (R25), put there by the handling clerk on the day of the business
//! (R28), and looked at by somebody else by the day after (R29).

use domain::{Digest, FondsId};
use policy::authority::Assurance;
use policy::case::Workflow as _;
use policy::deadline::Duty;
use policy::flow::{
    Command, Event, Flow, Missed, REVIEWER, SCANNER, TaskId, TaskStanding, image_statement,
};
use policy::refusal::RefusalCode;

use super::{
    History, OTHER, REASON, TODAY, World, as_told, day, image, record, said, task_id, told,
};
use RefusalCode::{
    NotInRole, NotSigned, OtherBranch, OtherContent, RolesExclude, SamePerson, WrongState,
};

#[rustfmt::skip]
const HISTORIES: &[History] = &[
    ("R28", &["record fund-business", "scan 1"], &["fund-voucher scanned", "id-copy owed"], false),
    // What waits for its review is not at rest; all of it reviewed, the flow is.
    ("R29", &["record fund-business", "scan 1", "scan 2", "pass 1"], &["fund-voucher reviewed", "id-copy scanned"], false),
    ("R29", &["record fund-business", "scan 1", "scan 2", "pass 2", "pass 1"], &["fund-voucher reviewed", "id-copy reviewed"], true),
    ("R22", &["record fund-business", "scan 1", "waive 2", "pass 1"], &["fund-voucher reviewed", "id-copy waived"], true),
    // Sent back, it is owed as before: to be scanned again, put right or left out.
    ("R29", &["record fund-business", "scan 1", "return 1"], &["fund-voucher owed", "id-copy owed"], false),
    ("R29", &["record fund-business", "scan 1", "return 1", "scan 1 as 9", "pass 1"], &["fund-voucher reviewed", "id-copy owed"], false),
    ("R29", &["record fund-business", "scan 1", "return 1", "scan 1 as 9", "return 1"], &["fund-voucher owed", "id-copy owed"], false),
    ("R27", &["record fund-business", "scan 1", "return 1", "adjust 1 product-voucher", "scan 3"], &["fund-voucher replaced by 3", "id-copy owed", "product-voucher scanned"], false),
    ("R22", &["record fund-business", "scan 1", "return 1", "waive 1"], &["fund-voucher waived", "id-copy owed"], false),
    // A waiver that was denied, or a task that somebody made by hand, is scanned as any other.
    ("R22", &["record fund-business", "ask 2", "deny 2", "scan 2"], &["fund-voucher owed", "id-copy scanned"], false),
    ("R27", &["record margin-trading", "add id-copy", "scan 1", "pass 1"], &["id-copy reviewed"], true),

    // Of another type: the image of a document that is owed all the same stays where it is.
    ("R25", &["record account-closing", "scan 2", "correct fund-business"], &["asset-voucher withdrawn", "id-copy scanned", "fund-voucher owed"], false),
    ("R25", &["record account-closing", "scan 2", "pass 2", "correct fund-business"], &["asset-voucher withdrawn", "id-copy reviewed", "fund-voucher owed"], false),
    // That of one that is not owed any more loses its task, unless it was reviewed.
    ("R25", &["record account-closing", "scan 1", "correct fund-business"], &["asset-voucher withdrawn", "id-copy owed", "fund-voucher owed"], false),
    ("R25", &["record account-closing", "scan 1", "pass 1", "correct fund-business"], &["asset-voucher reviewed", "id-copy owed", "fund-voucher owed"], false),
    ("R15", &["record fund-business", "scan 1", "scan 2", "pass 2", "correct online"], &["fund-voucher withdrawn", "id-copy reviewed"], true),
    // What somebody made by hand stays, with its image.
    ("R27", &["record account-closing", "add due-diligence", "scan 3", "correct fund-business"], &["asset-voucher withdrawn", "id-copy owed", "due-diligence scanned", "fund-voucher owed"], false),
    ("R25", &["record fund-business", "scan 1", "scan 2", "pass 2", "cancel"], &["fund-voucher withdrawn", "id-copy reviewed"], true),
    // An image that lost its task serves the right one.
    ("R25", &["record account-closing", "scan 1", "correct fund-business", "scan 3 as 1"], &["asset-voucher withdrawn", "id-copy owed", "fund-voucher scanned"], false),
];

#[test]
fn images_stand_as_the_table_says() {
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
    // A task has one image: a second one is refused while the first is there, and after its review.
    ("R25", &["record fund-business", "scan 1"], "scan 1", WrongState),
    ("R25", &["record fund-business", "scan 1"], "scan 1 as 9", WrongState),
    ("R25", &["record fund-business", "scan 1", "pass 1"], "scan 1 as 9", WrongState),
    // An image has one task: that of another one is refused, reviewed or not.
    ("R25", &["record fund-business", "scan 1"], "scan 2 as 1", WrongState),
    ("R25", &["record fund-business", "scan 2"], "scan 1 as 2", WrongState),
    ("R25", &["record fund-business", "scan 1", "pass 1"], "scan 2 as 1", WrongState),
    ("R25", &["record fund-business", "scan 1", "pass 1", "add id-copy"], "scan 3 as 1", WrongState),
    // Nothing is owed there.
    ("R25", &[], "scan 1", WrongState),
    ("R25", &["record fund-business online"], "scan 1", WrongState),
    ("R25", &["record fund-business"], "scan 0", WrongState),
    ("R25", &["record fund-business"], "scan 3", WrongState),
    ("R25", &["record fund-business"], "scan 65535", WrongState),
    ("R25", &["record fund-business", "cancel"], "scan 1", WrongState),
    ("R27", &["record fund-business", "adjust 1 product-voucher"], "scan 1", WrongState),
    ("R25", &["record account-closing", "correct fund-business"], "scan 1", WrongState),
    ("R25", &["record fund-business", "waive 1"], "scan 1", WrongState),
    // Whoever asks that it be left out waits for the answer.
    ("R25", &["record fund-business", "ask 1"], "scan 1", WrongState),
    // No image waits for a review.
    ("R25", &[], "pass 1", WrongState),
    ("R25", &["record fund-business"], "pass 1", WrongState),
    ("R25", &["record fund-business"], "return 1", WrongState),
    ("R25", &["record fund-business", "scan 1"], "pass 2", WrongState),
    ("R25", &["record fund-business", "scan 1"], "return 0", WrongState),
    ("R25", &["record fund-business", "scan 1", "return 1"], "pass 1", WrongState),
    ("R25", &["record fund-business", "scan 1", "return 1"], "return 1", WrongState),
    ("R25", &["record fund-business", "scan 1", "cancel"], "pass 1", WrongState),
    ("R25", &["record fund-business", "scan 1", "cancel"], "return 1", WrongState),
    // What was found in order is not sent back.
    ("R25", &["record fund-business", "scan 1", "pass 1"], "return 1", WrongState),
    ("R25", &["record fund-business", "scan 1", "pass 1"], "pass 1", WrongState),
    // A document that is there is neither another one nor left out.
    ("R27", &["record fund-business", "scan 1"], "adjust 1 product-voucher", WrongState),
    ("R25", &["record fund-business", "scan 1"], "ask 1", WrongState),
    ("R25", &["record fund-business", "scan 1", "pass 1"], "ask 1", WrongState),
];

#[test]
fn what_cannot_be_done_with_an_image_says_why() {
    let world = World::new();
    for (rule, steps, asked, code) in REFUSED {
        let refusal = world.step(&world.after(steps), asked).unwrap_err();
        let said = refusal.to_string();
        assert_eq!(refusal.code, *code, "{steps:?} {asked}: {said}");
        assert!(said.contains(rule), "{steps:?} {asked}: {said}");
    }
    // Which record, and that it is taken.
    let refusal = world.step(
        &world.after(&["record fund-business", "scan 1"]),
        "scan 2 as 1",
    );
    let said = refusal.unwrap_err().to_string();
    let (which, why) = (record(1).to_string(), "another task");
    assert!(said.contains(&which) && said.contains(why), "{said}");
}

/// Whoever is refused reads how the task stands.
#[test]
fn what_cannot_be_done_says_how_the_task_stands() {
    let world = World::new();
    for (last, asked, stands) in [
        ("ask 2", "pass 1", "is to be scanned"),
        ("ask 1", "scan 1", "waits for its waiver"),
        ("scan 1", "scan 1", "waits for its review"),
        ("waive 1", "scan 1", "was waived"),
        ("adjust 1 product-voucher", "scan 1", "was replaced"),
        ("correct account-closing", "scan 1", "was withdrawn"),
    ] {
        let flow = world.after(&["record fund-business", last]);
        let refusal = world.step(&flow, asked).unwrap_err();
        let said = refusal.to_string();
        assert!(said.contains(&format!("task 1, which {stands}")), "{said}");
    }
    let reviewed = world.after(&["record fund-business", "scan 1", "pass 1"]);
    let refusal = world.step(&reviewed, "return 1").unwrap_err();
    let said = refusal.to_string();
    assert!(said.contains("task 1, which was reviewed"), "{said}");
}

/// Requirement, who scans, and what refuses it.
#[rustfmt::skip]
const SCANNERS: &[(&str, &str, Option<RefusalCode>)] = &[
    ("R28", "clerk", None),
    ("R28", "clerk-and-head", None),
    ("R28", "clerk-and-reviewer", None),
    // The clerk who handles the business, and that is one of the branch.
    ("R28", "clerk-elsewhere", Some(OtherBranch)),
    ("R28", "reviewer", Some(NotInRole)),
    ("R28", "reviewer-elsewhere", Some(NotInRole)),
    ("R28", "archivist", Some(NotInRole)),
    ("R28", "operations-head", Some(NotInRole)),
    ("R28", "branch-head", Some(NotInRole)),
    ("R28", "operations-department", Some(NotInRole)),
    ("R05", "security-administrator", Some(NotInRole)),
];

#[test]
fn whoever_handles_the_business_scans() {
    for (rule, by, expected) in SCANNERS {
        let world = World::new();
        let flow = world.after(&["record fund-business"]);
        let (_, scan) = said(&flow, "scan 2");
        let found = world.decide(&flow, &scan, by);
        let code = found.as_ref().err().map(|refusal| refusal.code);
        assert_eq!(code, *expected, "{rule}: {by}");
        let Ok(event) = found else {
            continue;
        };
        let Event::Scanned {
            number,
            record: put,
            signature,
        } = &event
        else {
            unreachable!("{event:?}")
        };
        assert_eq!((*number, *put), (2, record(2)));
        let signed = (signature.person.as_str(), signature.position.as_str());
        assert_eq!(signed, (*by, SCANNER));
        let signed = (signature.day, signature.content);
        assert_eq!(signed, (day(TODAY), image(2, record(2))));
        // It is found again by its record, and by no other.
        let flow = flow.apply(&event);
        assert!(flow.holds(record(2)) && !flow.holds(record(1)));
        assert_eq!(flow.records().collect::<Vec<_>>(), [record(2)]);
    }
}

/// Requirement; who scans on 2026-11-20; what changes meanwhile; who reviews and when; what
/// refuses that it passes, and what that it is sent back.
type Row = (
    &'static str,
    &'static str,
    fn(&mut World),
    (&'static str, &'static str),
    Option<RefusalCode>,
    Option<RefusalCode>,
);

#[rustfmt::skip]
const REVIEWS: &[Row] = &[
    ("R29", "clerk", |_| (), ("reviewer", TODAY), None, None),
    ("R29", "clerk-and-reviewer", |_| (), ("reviewer", TODAY), None, None),
    // Another person, whatever else they are.
    ("R29", "clerk", |_| (), ("clerk-and-reviewer", TODAY), None, None),
    ("R29", "clerk-and-reviewer", |_| (), ("clerk-and-reviewer", TODAY), Some(SamePerson), Some(SamePerson)),
    ("R29", "clerk-and-reviewer", |_| (), ("clerk-and-reviewer", "2026-11-23"), Some(SamePerson), Some(SamePerson)),
    // The review post of the branch, and nobody else.
    ("R29", "clerk", |_| (), ("clerk", TODAY), Some(NotInRole), Some(NotInRole)),
    ("R29", "clerk", |_| (), ("operations-head", TODAY), Some(NotInRole), Some(NotInRole)),
    ("R29", "clerk", |_| (), ("branch-head", TODAY), Some(NotInRole), Some(NotInRole)),
    ("R29", "clerk", |_| (), ("archivist", TODAY), Some(NotInRole), Some(NotInRole)),
    ("R29", "clerk", |_| (), ("reviewer-elsewhere", TODAY), Some(OtherBranch), Some(OtherBranch)),
    // Late it counts all the same: the days after T+1, and those after a first signature's seven.
    ("R29", "clerk", |_| (), ("reviewer", "2026-11-23"), None, None),
    ("R29", "clerk", |_| (), ("reviewer", "2026-11-24"), None, None),
    ("R29", "clerk", |_| (), ("reviewer", "2026-11-28"), None, None),
    ("R29", "clerk", |_| (), ("reviewer", "2027-11-20"), None, None),
    // That it was scanned is a fact, whatever has become of whoever did it.
    ("R29", "clerk", |world| world.leaves("clerk", "2026-11-20"), ("reviewer", "2026-11-23"), None, None),
    ("R29", "clerk", |world| world.moves("clerk"), ("reviewer", TODAY), None, None),
    ("R29", "clerk", |world| world.is_unknown("clerk"), ("reviewer", "2027-11-20"), None, None),
    ("R29", "clerk", |world| world.runs_the_system("clerk"), ("reviewer", TODAY), None, None),
    // Of whoever reviews, roles are asked on the day.
    ("R29", "clerk", |world| world.leaves("reviewer", "2026-11-23"), ("reviewer", "2026-11-23"), None, None),
    ("R29", "clerk", |world| world.leaves("reviewer", "2026-11-23"), ("reviewer", "2026-11-24"), Some(NotInRole), Some(NotInRole)),
    ("R29", "clerk", |world| world.moves("reviewer"), ("reviewer", TODAY), Some(OtherBranch), Some(OtherBranch)),
    ("R29", "clerk-and-reviewer", |world| world.moves("clerk-and-reviewer"), ("clerk-and-reviewer", TODAY), Some(OtherBranch), Some(OtherBranch)),
    // Whoever runs the system looks at no document.
    ("R05", "clerk", |_| (), ("security-administrator", TODAY), Some(NotInRole), Some(NotInRole)),
    ("R05", "clerk", |world| world.runs_the_system("reviewer"), ("reviewer", TODAY), Some(RolesExclude), Some(RolesExclude)),
];

#[test]
fn a_review_is_another_persons_as_the_table_says() {
    for (n, (rule, scans, meanwhile, (reviews, on), pass, send_back)) in REVIEWS.iter().enumerate()
    {
        let mut world = World::new();
        let flow = world.after(&["record fund-business"]);
        let (_, scan) = said(&flow, "scan 2");
        let scanned = world.decide(&flow, &scan, scans).unwrap();
        let flow = flow.apply(&scanned);
        meanwhile(&mut world);
        world.day = day(on);
        for (answer, expected, then) in [
            ("pass 2", pass, "reviewed"),
            ("return 2", send_back, "owed"),
        ] {
            let (_, command) = said(&flow, answer);
            let found = world.decide(&flow, &command, reviews);
            let code = found.as_ref().err().map(|refusal| refusal.code);
            assert_eq!(code, *expected, "{n}: {rule} {answer}: {found:?}");
            let Ok(event) = found else {
                continue;
            };
            let after = flow.clone().apply(&event);
            let then = format!("id-copy {then}");
            assert_eq!(told(&after), ["fund-voucher owed", &then]);
            if let Event::ReviewPassed { number, signature } = &event {
                let signed = (signature.person.as_str(), signature.position.as_str());
                assert_eq!((*number, signed), (2, (*reviews, REVIEWER)), "{n}");
                assert_eq!(signature.content, image(2, record(2)), "{n}");
                // Both days stay readable: that it was late is said, and not refused.
                let reviewed = TaskStanding::Reviewed {
                    record: record(2),
                    scanned: day(TODAY),
                    reviewed: day(on),
                };
                assert_eq!(after.task(2).unwrap().standing, reviewed, "{n}");
            }
            // One review for an image.
            for again in ["pass 2", "return 2"] {
                let refusal = World::new().step(&after, again).unwrap_err();
                assert_eq!(refusal.code, WrongState, "{n}");
            }
        }
    }
}

/// What no text says is said to be the firm's (section 3, 0); and as it is the firm's, another
/// firm may say otherwise.
#[test]
fn that_the_reviewer_is_another_is_the_firms_rule() {
    let mut world = World::new();
    let flow = world.after(&["record fund-business"]);
    let (_, scan) = said(&flow, "scan 2");
    let alone = "clerk-and-reviewer";
    let scanned = world.decide(&flow, &scan, alone).unwrap();
    let flow = flow.apply(&scanned);
    for answer in ["pass 2", "return 2"] {
        let (_, command) = said(&flow, answer);
        let refusal = world.decide(&flow, &command, alone).unwrap_err();
        let refused = refusal.to_string();
        assert!(refused.contains("firm's setting"), "{refused}");
        assert!(refused.contains("has acted as scanner"), "{refused}");
    }
    let review = world.profile.procedures.get_mut("image-review").unwrap();
    for position in &mut review.positions {
        position.differs_from.clear();
        position.firm_differs_from.clear();
    }
    for answer in ["pass 2", "return 2"] {
        let (_, command) = said(&flow, answer);
        assert!(world.decide(&flow, &command, alone).is_ok(), "{answer}");
    }
}

/// Whoever reviews signs what whoever scanned has signed, and nothing that looks like it.
#[test]
fn a_review_of_another_image_does_not_pass() {
    let world = World::new();
    let flow = world.after(&["record fund-business", "scan 1", "scan 2"]);
    let (fonds, bag) = (
        FondsId::from_bytes([1; 16]),
        Digest::of(record(2).to_string().as_bytes()),
    );
    let statements = [
        image_statement(FondsId::from_bytes([2; 16]), &task_id(2), record(2), bag),
        image_statement(fonds, &task_id(1), record(2), bag),
        image_statement(fonds, &task_id(2), record(1), bag),
        image_statement(fonds, &task_id(2), record(2), Digest::of(b"other bytes")),
        String::new(),
    ];
    let pass = |statement: &str| Command::PassReview {
        number: 2,
        content: Digest::of(statement.as_bytes()),
    };
    for statement in &statements {
        let found = world.decide(&flow, &pass(statement), "reviewer");
        let refusal = found.unwrap_err();
        assert_eq!(refusal.code, OtherContent, "R29: {statement}");
        assert!(refusal.to_string().contains("R29"), "{refusal}");
    }
    // Nor that of the other task.
    let other = Command::PassReview {
        number: 2,
        content: image(1, record(1)),
    };
    let refusal = world.decide(&flow, &other, "reviewer").unwrap_err();
    assert_eq!(refusal.code, OtherContent);
    // The one that was sent back is not there any more.
    let (_, before) = said(&flow, "pass 2");
    let again = world.further(flow.clone(), &["return 2", "scan 2 as 9"]);
    let refusal = world.decide(&again, &before, "reviewer").unwrap_err();
    assert_eq!(refusal.code, OtherContent);
    let same = image_statement(fonds, &task_id(2), record(2), bag);
    assert!(world.decide(&flow, &pass(&same), "reviewer").is_ok());
}

#[test]
fn what_is_signed_for_an_image_names_archive_task_record_and_bytes() {
    let fonds = FondsId::from_bytes([1; 16]);
    let bag = Digest::of(b"manifest");
    let task = TaskId {
        number: 7,
        ..task_id(1)
    };
    let said = image_statement(fonds, &task, record(1), bag);
    assert_eq!(
        said,
        "vouchsafe-image/1\n01010101010101010101010101010101\n20261120-000123/7\n\
         00000000000000000000000001\n\
         05b3abf2579a5eb66403cd78be557fd860633a1fe2103c7642030defe32c657f\n"
    );
}

/// A firm may ask for more than an asserted account; that it was scanned stays a fact.
#[test]
fn a_review_may_ask_for_keys() {
    let mut world = World::new();
    let recorded = world.after(&["record fund-business"]);
    let scanned = world.after(&["record fund-business", "scan 2"]);
    let procedure = world.profile.procedures.get_mut("image-review").unwrap();
    procedure.assurance = Assurance::Signed;
    for (flow, step) in [
        (&recorded, "scan 2"),
        (&scanned, "pass 2"),
        (&scanned, "return 2"),
    ] {
        let refusal = world.step(flow, step).unwrap_err();
        assert_eq!(refusal.code, NotSigned, "{step}");
    }
    world.assurance = Assurance::Signed;
    for (flow, step) in [
        (&recorded, "scan 2"),
        (&scanned, "pass 2"),
        (&scanned, "return 2"),
    ] {
        assert!(world.step(flow, step).is_ok(), "{step}");
    }
}

/// A correction moves the flow to another branch: its image goes along, and is reviewed there.
#[test]
fn an_image_moves_with_its_flow() {
    let world = World::new();
    let moved = format!("correct branch {OTHER}");
    let flow = world.after(&["record fund-business", "scan 2", &moved]);
    assert_eq!(told(&flow), ["fund-voucher owed", "id-copy scanned"]);
    for (step, by, expected) in [
        ("pass 2", "reviewer", Some(OtherBranch)),
        ("return 2", "reviewer", Some(OtherBranch)),
        ("pass 2", "reviewer-elsewhere", None),
        ("return 2", "reviewer-elsewhere", None),
        ("scan 1", "clerk", Some(OtherBranch)),
        ("scan 1", "clerk-elsewhere", None),
    ] {
        let (_, command) = said(&flow, step);
        let code = world.decide(&flow, &command, by);
        let code = code.err().map(|refusal| refusal.code);
        assert_eq!(code, expected, "{by} {step}");
    }
}

/// The reason for which an image is sent back is kept as it was written.
#[test]
fn what_is_sent_back_says_why() {
    let world = World::new();
    let flow = world.after(&["record fund-business", "scan 2"]);
    let event = world.step(&flow, "return 2").unwrap();
    let reason = REASON.to_owned();
    assert_eq!(event, Event::ReviewReturned { number: 2, reason });
}

/// Requirement; what was done; what is told then to be late, after what was told before: `capture`
/// and `review` among the steps; and the tasks that are newly late with their capture and with
/// their review, 0 being a flow that nobody made a task of.
type Late = (
    &'static str,
    &'static [&'static str],
    &'static [u16],
    &'static [u16],
);

#[rustfmt::skip]
const LATE: &[Late] = &[
    // Nothing was scanned on T.
    ("R28", &["record fund-business"], &[1, 2], &[]),
    ("R28", &["record fund-business", "scan 1"], &[2], &[1]),
    // Until a second person has said so, the document is owed.
    ("R22", &["record fund-business", "ask 1", "waive 2"], &[1], &[]),
    // Sent back, it is to be scanned, and not to be reviewed.
    ("R29", &["record fund-business", "scan 1", "return 1"], &[1, 2], &[]),
    ("R29", &["record fund-business", "scan 1", "scan 2"], &[], &[1, 2]),
    ("R29", &["record fund-business", "scan 1", "pass 1", "scan 2"], &[], &[2]),
    // What is at rest is not late.
    ("R29", &["record fund-business", "scan 1", "pass 1", "scan 2", "pass 2"], &[], &[]),
    ("R22", &["record fund-business", "waive 1", "waive 2"], &[], &[]),
    ("R27", &["record fund-business", "adjust 1 product-voucher"], &[2, 3], &[]),
    ("R25", &["record account-closing", "scan 1", "correct fund-business"], &[2, 3], &[]),
    ("R25", &["record fund-business", "scan 1", "cancel"], &[], &[]),
    // A flow that nobody made a task of is late itself (R25), unless it owes nothing.
    ("R25", &["record margin-trading"], &[0], &[]),
    ("R25", &["record fund-business", "correct margin-trading"], &[0], &[]),
    ("R25", &["record margin-trading", "add id-copy"], &[1], &[]),
    ("R25", &["record margin-trading", "cancel"], &[], &[]),
    ("R15", &["record fund-business online"], &[], &[]),
    // It is told once: of each task, and of each duty.
    ("R28", &["record fund-business", "capture"], &[], &[]),
    ("R28", &["record fund-business", "scan 1", "capture"], &[], &[1]),
    ("R29", &["record fund-business", "scan 1", "review"], &[2], &[]),
    ("R29", &["record fund-business", "capture", "scan 1"], &[], &[1]),
    ("R29", &["record fund-business", "capture", "scan 1", "review", "return 1"], &[], &[]),
    ("R29", &["record fund-business", "capture", "scan 1", "review", "return 1", "scan 1 as 9"], &[], &[]),
    ("R28", &["record fund-business", "capture", "add id-copy"], &[3], &[]),
    ("R25", &["record margin-trading", "capture"], &[], &[]),
    ("R25", &["record margin-trading", "capture", "add id-copy"], &[1], &[]),
];

/// What these steps make of a flow, where some of them tell what is late.
fn with_what_is_late(world: &World, steps: &[&str]) -> Flow {
    let mut flow = Flow::default();
    for step in steps {
        let what = match *step {
            "capture" => Missed::Capture,
            "review" => Missed::Review,
            _ => {
                flow = world.further(flow, &[step]);
                continue;
            }
        };
        let numbers = flow.newly_missed(what);
        assert!(!numbers.is_empty(), "{steps:?}: {step}");
        flow = flow.apply(&Event::Missed { what, numbers });
    }
    flow
}

#[test]
fn what_is_late_is_told_once() {
    let world = World::new();
    let mut wrong = Vec::new();
    for (rule, steps, capture, review) in LATE {
        let flow = with_what_is_late(&world, steps);
        let found = [Missed::Capture, Missed::Review].map(|what| flow.newly_missed(what));
        if found[0] != *capture || found[1] != *review {
            wrong.push(format!("{rule} {steps:?}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let duties = [Missed::Capture, Missed::Review].map(Missed::duty);
    assert_eq!(duties, [Duty::Capture, Duty::Review]);
}

/// A miss is remembered; nothing else of a flow changes by it, and nothing comes to rest.
#[test]
fn what_is_told_to_be_late_is_still_owed() {
    let world = World::new();
    let flow = world.after(&["record fund-business", "scan 1"]);
    let late = with_what_is_late(
        &world,
        &["record fund-business", "scan 1", "capture", "review"],
    );
    assert_eq!(told(&late), told(&flow));
    let missed = [(1, Missed::Review), (2, Missed::Capture)];
    assert_eq!(late.missed.iter().copied().collect::<Vec<_>>(), missed);
    let mut forgotten = late.clone();
    forgotten.missed.clear();
    assert_eq!(forgotten, flow);
    // It can be made up for, late as it is.
    let (_, pass) = said(&late, "pass 1");
    assert!(world.decide(&late, &pass, "reviewer").is_ok());
    assert!(world.step(&late, "scan 2").is_ok());
}
