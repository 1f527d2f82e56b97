//! Waivers, which take two people (R07, R22), and the reasons that stand in the ledger for ever.

use policy::case::Workflow as _;
use policy::flow::{Command, Event, Flow, TaskStanding, waiver_statement};
use policy::refusal::RefusalCode;

use domain::{Digest, FondsId};

use super::{HQ, OTHER, REASON, TODAY, World, content, day, grant, said, task_id, told};
use RefusalCode::{
    NoReason, NotInRole, NotSigned, OtherBranch, OtherContent, RolesExclude, SamePerson,
    SignatureExpired, WrongState,
};

impl World {
    /// The last day of somebody's roles.
    pub(super) fn leaves(&mut self, id: &str, last: &str) {
        let person = self.people.iter_mut().find(|one| one.id.as_str() == id);
        for grant in &mut person.unwrap().grants {
            grant.to = Some(day(last));
        }
    }

    pub(super) fn moves(&mut self, id: &str) {
        let person = self.people.iter_mut().find(|one| one.id.as_str() == id);
        for grant in &mut person.unwrap().grants {
            grant.branch = OTHER.parse().ok();
        }
    }

    /// Somebody is made to run the system as well.
    pub(super) fn runs_the_system(&mut self, id: &str) {
        let person = self.people.iter_mut().find(|one| one.id.as_str() == id);
        let role = grant("security-administrator", HQ);
        person.unwrap().grants.push(role);
    }

    pub(super) fn is_unknown(&mut self, id: &str) {
        self.people.retain(|one| one.id.as_str() != id);
    }
}

/// Requirement; who asks on 2026-11-20; what changes meanwhile; who answers and when; what
/// refuses the grant, and what the denial.
type Row = (
    &'static str,
    &'static str,
    fn(&mut World),
    (&'static str, &'static str),
    Option<RefusalCode>,
    Option<RefusalCode>,
);

#[rustfmt::skip]
const WAIVERS: &[Row] = &[
    ("R22", "clerk", |_| (), ("branch-head", TODAY), None, None),
    ("R22", "clerk", |_| (), ("operations-head", TODAY), None, None),
    ("R22", "archivist", |_| (), ("branch-head", TODAY), None, None),
    ("R22", "clerk-and-head", |_| (), ("branch-head", TODAY), None, None),
    // The second person is another, whatever else they are.
    ("R07", "clerk-and-head", |_| (), ("clerk-and-head", TODAY), Some(SamePerson), Some(SamePerson)),
    ("R07", "clerk", |_| (), ("clerk-and-head", TODAY), None, None),
    ("R07", "clerk", |_| (), ("clerk", TODAY), Some(NotInRole), Some(NotInRole)),
    ("R07", "clerk", |_| (), ("archivist", TODAY), Some(NotInRole), Some(NotInRole)),
    ("R22", "clerk", |_| (), ("operations-head-elsewhere", TODAY), Some(OtherBranch), Some(OtherBranch)),
    // Roles are asked anew: what somebody asked who has left does not count, and can be denied.
    ("R07", "clerk", |world| world.leaves("clerk", "2026-11-23"), ("branch-head", "2026-11-23"), None, None),
    ("R07", "clerk", |world| world.leaves("clerk", "2026-11-23"), ("branch-head", "2026-11-24"), Some(SignatureExpired), None),
    ("R07", "clerk", |world| world.moves("clerk"), ("branch-head", TODAY), Some(SignatureExpired), None),
    ("R07", "clerk", |world| world.is_unknown("clerk"), ("branch-head", TODAY), Some(SignatureExpired), None),
    ("R07", "clerk", |world| world.leaves("branch-head", "2026-11-23"), ("branch-head", "2026-11-23"), None, None),
    ("R07", "clerk", |world| world.leaves("branch-head", "2026-11-23"), ("branch-head", "2026-11-24"), Some(NotInRole), Some(NotInRole)),
    ("R07", "clerk", |world| world.moves("branch-head"), ("branch-head", TODAY), Some(OtherBranch), Some(OtherBranch)),
    // Whoever runs the system decides about no document.
    ("R05", "clerk", |world| world.runs_the_system("clerk"), ("branch-head", TODAY), Some(SignatureExpired), None),
    ("R05", "clerk", |world| world.runs_the_system("branch-head"), ("branch-head", TODAY), Some(RolesExclude), Some(RolesExclude)),
    // The first signature counts for thirty days, and not before it was given.
    ("R22", "clerk", |_| (), ("branch-head", "2026-12-20"), None, None),
    ("R22", "clerk", |_| (), ("branch-head", "2026-12-21"), Some(SignatureExpired), None),
    ("R22", "clerk", |_| (), ("branch-head", "2026-11-19"), Some(SignatureExpired), None),
];

#[test]
fn a_waiver_takes_two_people_as_the_table_says() {
    for (n, (rule, asks, meanwhile, (answers, on), grant, deny)) in WAIVERS.iter().enumerate() {
        let mut world = World::new();
        let flow = world.after(&["record fund-business"]);
        let (_, ask) = said(&flow, "ask 2");
        let flow = flow
            .clone()
            .apply(&world.decide(&flow, &ask, asks).unwrap());
        assert_eq!(told(&flow), ["fund-voucher owed", "id-copy asked"]);
        meanwhile(&mut world);
        world.day = day(on);
        for (answer, expected, then) in [("grant 2", grant, "waived"), ("deny 2", deny, "owed")] {
            let (_, command) = said(&flow, answer);
            let found = world.decide(&flow, &command, answers);
            let code = found.as_ref().err().map(|refusal| refusal.code);
            assert_eq!(code, *expected, "{n}: {rule} {answer}: {found:?}");
            if let Ok(event) = found {
                let flow = flow.clone().apply(&event);
                assert_eq!(
                    told(&flow),
                    ["fund-voucher owed", &format!("id-copy {then}")]
                );
                // What is answered is answered once.
                for again in ["grant 2", "deny 2"] {
                    let refusal = World::new().step(&flow, again).unwrap_err();
                    assert_eq!(refusal.code, WrongState, "{n}");
                }
            }
        }
    }
}

/// What no text says is said to be the firm's (section 3, 0).
#[test]
fn that_the_second_person_is_another_is_the_firms_rule() {
    let world = World::new();
    let flow = world.after(&["record fund-business"]);
    let (_, ask) = said(&flow, "ask 2");
    let asked = world.decide(&flow, &ask, "clerk-and-head").unwrap();
    let flow = flow.apply(&asked);
    let (_, grant) = said(&flow, "grant 2");
    let refusal = world.decide(&flow, &grant, "clerk-and-head").unwrap_err();
    let refused = refusal.to_string();
    assert!(refused.contains("firm's setting"), "{refused}");
    assert!(refused.contains("has acted as requester"), "{refused}");
}

/// A firm may settle who the second person is, and not that there is none.
#[test]
fn no_profile_lets_one_person_leave_a_document_out() {
    let mut world = World::new();
    let waiver = world.profile.procedures.get_mut("waiver").unwrap();
    for position in &mut waiver.positions {
        position.differs_from.clear();
        position.firm_differs_from.clear();
    }
    let flow = world.after(&["record fund-business"]);
    let (_, ask) = said(&flow, "ask 2");
    let asked = world.decide(&flow, &ask, "clerk-and-head").unwrap();
    let flow = flow.apply(&asked);
    let (_, grant) = said(&flow, "grant 2");
    let refusal = world.decide(&flow, &grant, "clerk-and-head").unwrap_err();
    assert_eq!(refusal.code, SamePerson, "R07, R22: {refusal}");
    assert!(world.decide(&flow, &grant, "branch-head").is_ok());
}

/// Who may ask, where nobody has yet.
#[test]
fn who_may_ask_for_a_waiver() {
    for (by, expected) in [
        ("clerk", None),
        ("archivist", None),
        ("clerk-and-head", None),
        ("operations-head", Some(NotInRole)),
        ("branch-head", Some(NotInRole)),
        ("operations-department", Some(NotInRole)),
        ("security-administrator", Some(NotInRole)),
        ("clerk-elsewhere", Some(OtherBranch)),
    ] {
        let world = World::new();
        let flow = world.after(&["record fund-business"]);
        let (_, ask) = said(&flow, "ask 2");
        let found = world.decide(&flow, &ask, by);
        let code = found.as_ref().err().map(|refusal| refusal.code);
        assert_eq!(code, expected, "R22: {by}");
        let Ok(Event::WaiverAsked {
            number,
            class,
            reason,
            signature,
        }) = found
        else {
            continue;
        };
        assert_eq!(
            (number, class.as_str(), reason.as_str()),
            (2, "id-copy", REASON)
        );
        assert_eq!(
            (signature.person.as_str(), signature.position.as_str()),
            (by, "requester")
        );
        assert_eq!(
            (signature.day, signature.content),
            (day(TODAY), content(&flow, 2))
        );
    }
}

/// Whoever grants signs what the first one signed, and nothing that looks like it.
#[test]
fn another_content_is_not_granted() {
    let world = World::new();
    let flow = world.after(&["record fund-business", "ask 2"]);
    let fonds = FondsId::from_bytes([1; 16]);
    let (class, other) = ("id-copy".parse().unwrap(), "fund-voucher".parse().unwrap());
    let statements = [
        waiver_statement(FondsId::from_bytes([2; 16]), &task_id(2), &class, REASON),
        waiver_statement(fonds, &task_id(1), &class, REASON),
        waiver_statement(fonds, &task_id(2), &other, REASON),
        waiver_statement(fonds, &task_id(2), &class, "另有原因"),
        String::new(),
    ];
    let grant = |statement: &str| Command::GrantWaiver {
        number: 2,
        content: Digest::of(statement.as_bytes()),
    };
    for statement in &statements {
        let found = world.decide(&flow, &grant(statement), "branch-head");
        let refusal = found.unwrap_err();
        assert_eq!(refusal.code, OtherContent, "{statement}");
        let refused = refusal.to_string();
        assert!(
            refused.contains("R07") && refused.contains("R22"),
            "{refused}"
        );
    }
    let same = waiver_statement(fonds, &task_id(2), &class, REASON);
    assert!(world.decide(&flow, &grant(&same), "branch-head").is_ok());
}

/// A firm may ask for more than an asserted account.
#[test]
fn a_waiver_may_ask_for_keys() {
    use policy::authority::Assurance::Signed;
    let mut world = World::new();
    let recorded = world.after(&["record fund-business"]);
    let asked = world.after(&["record fund-business", "ask 2"]);
    let procedure = world.profile.procedures.get_mut("waiver").unwrap();
    procedure.assurance = Signed;
    for (flow, step) in [
        (&recorded, "ask 2"),
        (&asked, "grant 2"),
        (&asked, "deny 2"),
    ] {
        assert_eq!(
            world.step(flow, step).unwrap_err().code,
            NotSigned,
            "{step}"
        );
    }
    // What was merely asserted before does not count any more.
    world.assurance = Signed;
    let refusal = world.step(&asked, "grant 2").unwrap_err();
    assert_eq!(refusal.code, SignatureExpired);
    let signed = world.after(&["record fund-business", "waive 2"]);
    assert_eq!(told(&signed), ["fund-voucher owed", "id-copy waived"]);
}

/// An answer that came too late leaves the way open: denied, it is asked for anew.
#[test]
fn a_waiver_that_nobody_granted_in_time_can_be_asked_for_anew() {
    let mut world = World::new();
    let mut flow = world.after(&["record fund-business", "ask 2"]);
    world.day = day("2027-01-15");
    assert_eq!(
        world.step(&flow, "grant 2").unwrap_err().code,
        SignatureExpired
    );
    for step in ["deny 2", "ask 2", "grant 2"] {
        let event = world.step(&flow, step);
        flow = flow.apply(&event.unwrap_or_else(|why| unreachable!("{step}: {why}")));
    }
    assert_eq!(told(&flow), ["fund-voucher owed", "id-copy waived"]);
}

/// What it is, a reason, and what is kept of it, or nothing if it is refused.
type Reason = (&'static str, fn() -> String, Option<fn() -> String>);

#[rustfmt::skip]
const REASONS: &[Reason] = &[
    ("words", || "client had no original".to_owned(), Some(|| "client had no original".to_owned())),
    ("blanks around", || " \t客户未提供原件\u{3000}\n".to_owned(), Some(|| "客户未提供原件".to_owned())),
    ("one character", || "错".to_owned(), Some(|| "错".to_owned())),
    // R27: with a reason.
    ("nothing", String::new, None),
    ("blanks", || "  \t\n".to_owned(), None),
    ("wide blanks", || "\u{3000}\u{3000}".to_owned(), None),
    // Characters, and not bytes.
    ("200 characters", || "错".repeat(200), Some(|| "错".repeat(200))),
    ("200 and blanks around", || format!("  {}  ", "a".repeat(200)), Some(|| "a".repeat(200))),
    ("201 characters", || "错".repeat(201), None),
    // One line, and nothing that a terminal obeys.
    ("two lines", || "one\ntwo".to_owned(), None),
    ("a return", || "one\rtwo".to_owned(), None),
    ("a tab", || "one\ttwo".to_owned(), None),
    ("an escape", || "one\u{1b}[2Jtwo".to_owned(), None),
    ("a zero", || "one\u{0}two".to_owned(), None),
    ("a delete", || "one\u{7f}two".to_owned(), None),
    ("a next line", || "one\u{85}two".to_owned(), None),
    // It is kept in clear: no identity card (15 or 18 digits), no bank card.
    ("14 digits", || "流水 12345678901234".to_owned(), Some(|| "流水 12345678901234".to_owned())),
    ("15 digits", || "证件 123456789012345".to_owned(), None),
    ("18 digits", || "110101199003077758".to_owned(), None),
    ("17 digits and X", || "证件号码11010119900307775X有误".to_owned(), None),
    ("19 digits", || "卡6222021234567890123".to_owned(), None),
    ("19 digits in groups", || "卡 6222 0212 3456 7890 123".to_owned(), None),
    ("16 digits in groups", || "卡 6222-0212-3456-7890".to_owned(), None),
    ("two days", || "2026-11-20 2026-11-21 重复".to_owned(), Some(|| "2026-11-20 2026-11-21 重复".to_owned())),
    ("a task", || "见 20261120-000123 2".to_owned(), Some(|| "见 20261120-000123 2".to_owned())),
    ("14 digits twice", || "12345678901234 and 12345678901234".to_owned(), Some(|| "12345678901234 and 12345678901234".to_owned())),
    ("14 digits, then 15", || "12345678901234/123456789012345".to_owned(), None),
];

/// Every command that takes a reason, and the reason that its event keeps.
fn with_reason(world: &World, reason: &str) -> Vec<Result<String, RefusalCode>> {
    let recorded = world.after(&["record fund-business"]);
    let asked = world.after(&["record fund-business", "ask 2"]);
    let reason = || reason.to_owned();
    let class = || "due-diligence".parse().unwrap();
    let (number, content) = (2, content(&recorded, 2));
    let scanned = world.after(&["record fund-business", "scan 2"]);
    let commands: [(&Flow, &str, Command); 5] = [
        (
            &recorded,
            "clerk",
            Command::AddTask {
                class: class(),
                reason: reason(),
            },
        ),
        (
            &recorded,
            "clerk",
            Command::AdjustTask {
                number,
                class: class(),
                reason: reason(),
            },
        ),
        (
            &recorded,
            "clerk",
            Command::AskWaiver {
                number,
                reason: reason(),
                content,
            },
        ),
        (
            &asked,
            "branch-head",
            Command::DenyWaiver {
                number,
                reason: reason(),
            },
        ),
        (
            &scanned,
            "reviewer",
            Command::ReturnReview {
                number,
                reason: reason(),
            },
        ),
    ];
    let kept = |event| match event {
        Event::TaskAdded { reason, .. }
        | Event::TaskAdjusted { reason, .. }
        | Event::WaiverAsked { reason, .. }
        | Event::WaiverDenied { reason, .. }
        | Event::ReviewReturned { reason, .. } => reason,
        Event::Recorded { .. }
        | Event::Corrected { .. }
        | Event::Cancelled { .. }
        | Event::Shared { .. }
        | Event::Verified { .. }
        | Event::WaiverGranted { .. }
        | Event::Scanned { .. }
        | Event::ReviewPassed { .. }
        | Event::Missed { .. } => unreachable!("{event:?}"),
    };
    let decided = commands.iter().map(|(flow, by, command)| {
        let found = world.decide(flow, command, by);
        found.map(kept).map_err(|refusal| {
            let refused = refusal.to_string();
            assert!(refused.contains("R27"), "{refused}");
            refusal.code
        })
    });
    decided.collect()
}

#[test]
fn a_reason_is_one_short_line_that_names_no_document() {
    let world = World::new();
    for (what, reason, kept) in REASONS {
        let expected = kept.map_or(Err(NoReason), |kept| Ok(kept()));
        for (n, found) in with_reason(&world, &reason()).into_iter().enumerate() {
            assert_eq!(found, expected, "{what}: {n}");
        }
    }
}

/// Written as a Chinese keyboard writes them, they are the same digits.
#[test]
fn a_reason_names_no_document_in_wide_digits() {
    let world = World::new();
    for found in with_reason(&world, "证件１１０１０１１９９００３０７７７５８")
    {
        assert_eq!(found, Err(NoReason));
    }
}

/// A correction moves the flow away from whoever asked: their word does not count there.
#[test]
fn a_flow_that_moves_to_another_branch_takes_no_waiver_along() {
    let world = World::new();
    let flow = world.after(&["record fund-business", "ask 2", "correct branch 0077"]);
    assert!(matches!(
        flow.task(2).map(|task| &task.standing),
        Some(TaskStanding::WaiverAsked { .. })
    ));
    let (_, grant) = said(&flow, "grant 2");
    for (by, expected) in [
        ("branch-head", OtherBranch),
        ("operations-head-elsewhere", SignatureExpired),
    ] {
        let refusal = world.decide(&flow, &grant, by).unwrap_err();
        assert_eq!(refusal.code, expected, "{by}");
    }
    let (_, deny) = said(&flow, "deny 2");
    assert!(
        world
            .decide(&flow, &deny, "operations-head-elsewhere")
            .is_ok()
    );
}
