//! Who may act: roles that exclude each other, positions, persons, and what signatures count.

use domain::{BranchCode, BusinessDate, Digest};
use policy::authority::{
    Assurance, Branches, Grant, Person, Signature, check_roles, complete, counting, may_act,
    may_act_or_stand_in,
};
use policy::case::Grounds;
use policy::profile::{Procedure, Profile};
use policy::refusal::RefusalCode;

use crate::profiles::profile;

const OWN: &str = "0012";
const OTHER: &str = "0031";
/// What the signatures below are over.
const CONTENT: &[u8] = b"the list";
const DAY: &str = "2026-11-20";

fn day(text: &str) -> BusinessDate {
    text.parse().unwrap()
}

fn branches() -> Branches {
    Branches {
        own: OWN.parse().ok(),
        receiving: OTHER.parse().ok(),
    }
}

/// A person with roles, each `role@branch`, or `role` at headquarters.
fn person(id: &str, roles: &[&str]) -> Person {
    let grants = roles.iter().map(|text| {
        let (role, branch) = text.split_once('@').unzip();
        Grant {
            role: role.unwrap_or(text).parse().unwrap(),
            branch: branch.map(|code| code.parse::<BranchCode>().unwrap()),
            from: day("2020-01-01"),
            to: None,
        }
    });
    Person {
        id: id.parse().unwrap(),
        grants: grants.collect(),
    }
}

fn signed(position: &str, person: &str, on: &str) -> Signature {
    Signature {
        position: position.to_owned(),
        person: person.parse().unwrap(),
        day: day(on),
        content: Digest::of(CONTENT),
        assurance: Assurance::Asserted,
    }
}

/// Roles held together, and the requirement that keeps them apart, if one does.
#[rustfmt::skip]
const TOGETHER: &[(&[&str], Option<&str>)] = &[
    (&["clerk@0012", "reviewer@0012"], None),
    (&["archivist@0012", "clerk@0031"], None),
    (&["clerk@0012", "system-administrator"], Some("R05")),
    (&["branch-head@0012", "system-auditor"], Some("R05")),
    (&["operations-department", "security-administrator"], Some("R05")),
    (&["system-administrator", "security-administrator"], Some("R05")),
    (&["security-administrator", "system-auditor"], Some("R05")),
    (&["system-administrator", "system-auditor"], Some("R05")),
    (&["internal-audit", "system-auditor"], Some("R75")),
    (&["internal-audit", "clerk@0012"], Some("R75")),
    (&["internal-audit", "compliance-risk"], Some("R75")),
    (&["compliance-officer@0012", "compliance-risk"], None),
];

#[test]
fn roles_that_exclude_each_other_are_kept_apart() {
    let profile = profile("securities");
    for (roles, rule) in TOGETHER {
        let mut turned = roles.to_vec();
        turned.reverse();
        for roles in [roles.to_vec(), turned] {
            let found = check_roles(&profile, &person("p1", &roles), day(DAY));
            match (rule, found) {
                (None, Ok(())) => {}
                (Some(rule), Err(refusal)) => {
                    assert_eq!(refusal.code, RefusalCode::RolesExclude);
                    assert!(refusal.to_string().contains(rule), "{refusal}");
                }
                (rule, found) => unreachable!("{roles:?}: {rule:?}, found {found:?}"),
            }
        }
    }
    // One that has ended, or not begun, excludes nothing.
    let mut former = person("p1", &["clerk@0012", "system-administrator"]);
    former.grants[0].to = Some(day("2026-11-19"));
    assert!(check_roles(&profile, &former, day(DAY)).is_ok());
    assert!(check_roles(&profile, &former, day("2026-11-19")).is_err());
}

/// Requirement, procedure, who has acted before (position, person), position, roles of person `p1`, and the
/// code with the basis that refuses it.
type Row = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
    &'static [&'static str],
    Option<(RefusalCode, &'static str)>,
);

use RefusalCode::{
    NoSuchPosition, NotInRole, OtherBranch, PositionFull, RolesExclude, SamePerson, WrongState,
};

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // R21: giver and taker.
    ("R21", "intake-handover", &[], "giver", &["clerk@0012"], None),
    ("R21", "intake-handover", &[("giver", "p2")], "taker", &["archivist@0012"], None),
    ("R21", "intake-handover", &[("giver", "p1")], "taker", &["archivist@0012", "clerk@0012"], Some((SamePerson, "R21"))),
    ("R21", "intake-handover", &[("taker", "p1")], "giver", &["archivist@0012", "clerk@0012"], Some((SamePerson, "R21"))),
    ("R21", "intake-handover", &[], "taker", &["clerk@0012"], Some((NotInRole, "R21"))),
    ("R21", "intake-handover", &[], "taker", &["archivist@0031"], Some((OtherBranch, "R21"))),
    ("R21", "intake-handover", &[], "keeper", &["archivist@0012"], Some((NoSuchPosition, "R21"))),
    // R29 and R19: that they differ is the firm's setting.
    ("R29", "image-review", &[("scanner", "p1")], "reviewer", &["reviewer@0012"], Some((SamePerson, "(firm's setting)"))),
    ("R29", "image-review", &[("scanner", "p2")], "reviewer", &["reviewer@0012"], None),
    ("R19", "verification", &[("handler", "p1")], "verifier", &["clerk@0012"], Some((SamePerson, "(firm's setting)"))),
    ("R19", "verification", &[("handler", "p2")], "verifier", &["reviewer@0012"], None),
    ("R19", "verification", &[], "verifier", &["archivist@0012"], Some((NotInRole, "R19"))),
    // R06: documents are verified before they are recorded, by somebody who may.
    ("R06", "verification", &[], "handler", &["clerk@0012"], None),
    // R85: the manager's word against the order of claims, and not the claimant's own.
    ("R85", "claim-override", &[("claimant", "p1")], "manager", &["branch-head@0012"], Some((SamePerson, "(firm's setting)"))),
    ("R85", "claim-override", &[("claimant", "p2")], "manager", &["operations-head@0012"], None),
    // R89: maker and checker, by the text.
    ("R89", "information-change", &[("maker", "p1")], "checker", &["reviewer@0012"], Some((SamePerson, "R89"))),
    // R07, R22: a waiver takes a second person, and no text says so.
    ("R22", "waiver", &[("requester", "p1")], "approver", &["branch-head@0012"], Some((SamePerson, "(firm's setting)"))),
    ("R07", "waiver", &[("requester", "p2")], "approver", &["branch-head@0012"], None),
    // R04: two witnesses.
    ("R04", "witnessing", &[("witness", "p2")], "witness", &["clerk@0012"], None),
    ("R04", "witnessing", &[("witness", "p1")], "witness", &["clerk@0012"], Some((SamePerson, "R04"))),
    ("R04", "witnessing", &[("witness", "p2"), ("witness", "p3")], "witness", &["clerk@0012"], Some((PositionFull, "R04"))),
    // R58: either of two, and never the requester.
    ("R58", "branch-viewing", &[("requester", "p2")], "approver", &["compliance-officer@0012"], None),
    ("R58", "branch-viewing", &[("requester", "p1")], "approver", &["operations-head@0012"], Some((SamePerson, "(firm's setting)"))),
    ("R58", "branch-viewing", &[("requester", "p2")], "approver", &["branch-head@0012"], Some((NotInRole, "R58"))),
    ("R57", "branch-viewing", &[], "approver", &["compliance-officer@0012"], Some((WrongState, "R58"))),
    // R59: headquarters asks, the branch's head approves.
    ("R59", "hq-viewing", &[], "requester", &["hq-staff"], None),
    ("R59", "hq-viewing", &[], "requester", &["clerk@0012"], Some((NotInRole, "R59"))),
    ("R59", "hq-viewing", &[("requester", "p2")], "approver", &["branch-head@0031"], Some((OtherBranch, "R59"))),
    ("R64", "copying", &[("requester", "p2")], "approver", &["operations-head@0012"], Some((NotInRole, "R64"))),
    // R62: two officers.
    ("R62", "judicial-assistance", &[("officer", "p2")], "officer", &["authority-officer@0012"], None),
    ("R62", "judicial-assistance", &[("officer", "p1")], "officer", &["authority-officer@0012"], Some((SamePerson, "R62"))),
    ("R62", "judicial-assistance", &[("officer", "p2")], "compliance", &["compliance-officer@0012"], Some((WrongState, "R62"))),
    ("R62", "judicial-assistance", &[("officer", "p2"), ("officer", "p3")], "compliance", &["compliance-officer@0012"], None),
    ("R62", "judicial-assistance", &[("officer", "p2"), ("officer", "p3"), ("handler", "p1")], "compliance", &["compliance-officer@0012"], Some((SamePerson, "(firm's setting)"))),
    // R65, R66: nobody twice, both units present.
    ("R65", "destruction", &[("applicant", "p2")], "operations-opinion", &["operations-department"], None),
    ("R65", "destruction", &[("operations-opinion", "p1")], "decision", &["risk-committee"], Some((SamePerson, "R65"))),
    // Opinions after the application, the decision after both of them, the watch after it.
    ("R65", "destruction", &[], "compliance-opinion", &["compliance-risk"], Some((WrongState, "R65"))),
    ("R65", "destruction", &[("applicant", "p2")], "decision", &["risk-committee"], Some((WrongState, "R65"))),
    ("R65", "destruction", &[("applicant", "p2"), ("operations-opinion", "p3")], "decision", &["risk-committee"], Some((WrongState, "R65"))),
    ("R65", "destruction", &[("applicant", "p2"), ("operations-opinion", "p3"), ("compliance-opinion", "p4")], "decision", &["risk-committee"], None),
    ("R66", "destruction", &[("applicant", "p2"), ("operations-opinion", "p3"), ("compliance-opinion", "p4")], "branch-supervisor", &["clerk@0012"], Some((WrongState, "R66"))),
    // That a supervisor is not the applicant is the firm's; that there are two is the text's.
    ("R66", "destruction", &[("applicant", "p1")], "branch-supervisor", &["archivist@0012"], Some((SamePerson, "(firm's setting)"))),
    ("R66", "destruction", &[("applicant", "p1")], "operations-supervisor", &["operations-department"], Some((SamePerson, "(firm's setting)"))),
    ("R66", "destruction", &[("branch-supervisor", "p1")], "operations-supervisor", &["operations-department"], Some((SamePerson, "(R66)"))),
    ("R66", "destruction", &[("applicant", "p2")], "branch-supervisor", &["archivist@0031"], Some((OtherBranch, "R66"))),
    ("R66", "destruction", &[("decision", "p3"), ("branch-supervisor", "p2")], "operations-supervisor", &["operations-department"], None),
    ("R66", "destruction", &[], "operations-supervisor", &["archivist@0012"], Some((NotInRole, "R66"))),
    ("R66", "destruction", &[], "operations-supervisor", &["system-administrator"], Some((NotInRole, "R66"))),
    ("R66", "destruction", &[], "operations-supervisor", &["system-administrator", "operations-department"], Some((RolesExclude, "R05"))),
    // R70: the receiver is of the receiving branch.
    ("R70", "transfer", &[("sender", "p2")], "receiver", &["archivist@0031"], None),
    ("R70", "transfer", &[("sender", "p2")], "receiver", &["archivist@0012"], Some((OtherBranch, "R70"))),
    ("R70", "transfer", &[("sender", "p1")], "receiver", &["archivist@0031"], Some((SamePerson, "(R70, R71)"))),
    // What the heads differ by is the firm's.
    ("R70", "transfer", &[("sender", "p1")], "sending-head", &["branch-head@0012"], Some((SamePerson, "(firm's setting)"))),
    ("R70", "transfer", &[("sender", "p2"), ("receiver", "p1")], "receiving-head", &["branch-head@0031"], Some((SamePerson, "(firm's setting)"))),
    ("R71", "transfer", &[], "receiver", &["archivist@0031"], Some((WrongState, "R71"))),
    // R112: A, B and the archivist are three.
    ("R112", "project-handover", &[("role-a", "p2"), ("role-b", "p1")], "archivist", &["archivist@0012"], Some((SamePerson, "R112"))),
    ("R112", "project-handover", &[("role-a", "p1")], "role-b", &["clerk@0012"], Some((SamePerson, "R112"))),
    // R23, R31, R77: proposed by operations, confirmed by another, and the firm says by another.
    ("R77", "rule-change", &[], "proposer", &["operations-department"], None),
    ("R77", "rule-change", &[("proposer", "p1")], "confirmer", &["operations-department"], Some((SamePerson, "(firm's setting)"))),
    ("R77", "rule-change", &[("proposer", "p2")], "confirmer", &["compliance-risk"], None),
    ("R23", "rule-change", &[], "proposer", &["branch-head@0012"], Some((NotInRole, "R23"))),
    ("R31", "rule-change", &[], "proposer", &["system-administrator"], Some((NotInRole, "R31"))),
    ("R102", "leaver-wipe", &[("wiper", "p1")], "wiper", &["clerk@0012"], Some((SamePerson, "R102"))),
];

#[test]
fn each_position_is_filled_as_the_table_says() {
    let profile = profile("securities");
    let mut wrong = Vec::new();
    for (n, (rule, procedure, acted, position, roles, refused)) in ROWS.iter().enumerate() {
        let procedure = &profile.procedures[*procedure];
        let of_position = procedure
            .positions
            .iter()
            .filter(|one| one.code == *position);
        let mut rests_on = of_position
            .flat_map(|one| &one.basis)
            .chain(&procedure.basis);
        let rests = rests_on.any(|basis| basis.to_string() == *rule);
        assert!(
            rests,
            "{n}: {} {position} does not rest on {rule}",
            procedure.code
        );
        let acted: Vec<Signature> = acted
            .iter()
            .map(|(position, by)| signed(position, by, DAY))
            .collect();
        let person = person("p1", roles);
        let act = (*position, &person);
        let found = may_act(&profile, procedure, act, &branches(), &acted, day(DAY));
        let agrees = match (refused, &found) {
            (None, Ok(())) => true,
            (Some((code, basis)), Err(refusal)) => {
                refusal.code == *code && refusal.to_string().contains(basis)
            }
            _ => false,
        };
        if !agrees {
            wrong.push(format!(
                "{n}: {} {position} {roles:?}: {found:?}",
                procedure.code
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// R05, R75: whatever a position names, who runs the system or audits never fills it.
#[test]
fn who_handles_no_documents_fills_no_position() {
    let profile = profile("securities");
    let mut procedure = profile.procedures["destruction"].clone();
    for (rule, role) in [("R05", "system-administrator"), ("R75", "internal-audit")] {
        procedure.positions[3].roles.push(role.parse().unwrap());
        let person = person("p1", &[role]);
        let act = ("decision", &person);
        let found = may_act(&profile, &procedure, act, &branches(), &[], day(DAY));
        assert_eq!(found.unwrap_err().code, NotInRole, "{rule} {role}");
    }
    // Nothing is complete with no position (R65).
    procedure.positions.clear();
    assert!(!complete(&procedure, &[]));
}

/// R58: the other of the two approves what one of them asks for, and the branch head where both
/// are barred.
#[test]
fn the_branch_head_stands_in_where_both_are_barred() {
    let profile = profile("securities");
    let procedure = &profile.procedures["branch-viewing"];
    let both = &["operations-head@0012", "compliance-officer@0012"][..];
    for (rule, others, requester, head_of, refused) in [
        // One person holds both roles, and asks.
        ("R58", vec![("p2", both)], "p2", "0012", None),
        // There is another who can.
        (
            "R58",
            vec![("p2", both), ("p3", &["compliance-officer@0012"])],
            "p2",
            "0012",
            Some(NotInRole),
        ),
        ("R58", vec![("p2", both)], "p3", "0012", Some(NotInRole)),
        // The head asks, or is another branch's.
        ("R58", vec![("p2", both)], "p1", "0012", Some(NotInRole)),
        ("R58", vec![("p2", both)], "p2", "0031", Some(NotInRole)),
    ] {
        let head = person("p1", &[format!("branch-head@{head_of}").as_str()]);
        let mut people: Vec<Person> = others.iter().map(|(id, roles)| person(id, roles)).collect();
        people.push(head.clone());
        let branches = branches();
        let grounds = Grounds {
            profile: &profile,
            procedure,
            people: &people,
            branches: &branches,
            day: day(DAY),
        };
        let acted = [signed("requester", requester, DAY)];
        let found = may_act_or_stand_in(&grounds, ("approver", &head), &acted);
        let code = found.err().map(|refusal| refusal.code);
        assert_eq!(code, refused, "{rule} {others:?} {requester} {head_of}");
    }
}

/// A signature is worth what its giver is today.
#[test]
fn what_was_signed_counts_while_its_giver_may_sign() {
    let profile = profile("securities");
    let procedure = &profile.procedures["rule-change"];
    let given = [
        signed("proposer", "p1", "2026-11-01"),
        signed("confirmer", "p2", "2026-11-10"),
    ];
    let people = |second: Person| vec![person("p1", &["operations-department"]), second];
    let second = person("p2", &["compliance-risk"]);
    let branches = branches();
    let counted = |profile: &Profile, people: &[Person], on: &str| {
        let grounds = Grounds {
            profile,
            procedure,
            people: &people,
            branches: &branches,
            day: day(on),
        };
        let found = counting(&grounds, &given, Digest::of(CONTENT));
        (found.len(), complete(procedure, &found))
    };
    let all = people(second.clone());
    assert_eq!(counted(&profile, &all, "2026-11-20"), (2, true));
    // Thirty days after it was given, and no longer.
    assert_eq!(counted(&profile, &all, "2026-12-01"), (2, true));
    // What came after it does not count without it either: it must be given anew.
    assert_eq!(counted(&profile, &all, "2026-12-02"), (0, false));
    // Before it was given it is not there.
    assert_eq!(counted(&profile, &all, "2026-11-09"), (1, false));
    // The role lost, the person gone, or one person behind both.
    let mut former = second.clone();
    former.grants[0].to = Some(day("2026-11-15"));
    assert_eq!(counted(&profile, &people(former), "2026-11-20"), (1, false));
    assert_eq!(counted(&profile, &all[..1], "2026-11-20"), (1, false));
    let twice = [given[0].clone(), signed("confirmer", "p1", "2026-11-10")];
    let at = |people| Grounds {
        profile: &profile,
        procedure,
        people,
        branches: &branches,
        day: day("2026-11-20"),
    };
    let found = counting(&at(&all), &twice, Digest::of(CONTENT));
    assert!(!complete(procedure, &found));
    // A signature over something else, or by somebody who is not known well enough.
    let found = counting(&at(&all), &given, Digest::of(b"another list"));
    assert_eq!(found, Vec::<&Signature>::new());
    let strict = Procedure {
        assurance: Assurance::Signed,
        ..procedure.clone()
    };
    let grounds = Grounds {
        procedure: &strict,
        ..at(&all)
    };
    let found = counting(&grounds, &given, Digest::of(CONTENT));
    assert_eq!(found, Vec::<&Signature>::new());
}
