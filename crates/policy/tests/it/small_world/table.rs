//! Who fills which position, by the regulations and by the firm.

/// Where a role is held in the small world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Own,
    Receiving,
    Other,
    Headquarters,
}

pub(super) const PLACES: [Place; 4] = [Own, Receiving, Other, Headquarters];

pub(super) use Place::{Headquarters, Other, Own, Receiving};

/// Whose people a position takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Whom {
    /// Of the branch that the case is about.
    OwnBranch,
    /// Of the branch that receives.
    ReceivingBranch,
    /// Of headquarters.
    Hq,
    /// Of the branch that the case is about, or of headquarters.
    OwnOrHq,
    /// Of any branch or of headquarters, where the role is held.
    Anywhere,
    /// Not of the firm at all.
    Outside,
}

pub(super) use Whom::{Anywhere, Hq, Outside, OwnBranch, OwnOrHq, ReceivingBranch};

/// What keeps two positions apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rests {
    /// The regulations say so.
    Text,
    /// They do not: a default, so a refusal says "firm's setting".
    Firm,
}

pub(super) use Rests::{Firm, Text};

/// One position.
#[derive(Clone, Copy)]
pub(super) struct Row {
    /// The requirement, or `X10`.
    pub(super) rule: &'static str,
    pub(super) procedure: &'static str,
    pub(super) position: &'static str,
    /// Who fills it by the regulations.
    pub(super) by_text: &'static [&'static str],
    /// Who fills it because the firm says so where the regulations name nobody.
    pub(super) by_firm: &'static [&'static str],
    pub(super) from: Whom,
    /// How many different persons at least.
    pub(super) persons: u8,
    /// Earlier positions whose persons are others.
    pub(super) others: &'static [(&'static str, Rests)],
}

/// 营业部 and 总部, by where a role is held. Roles that stand in neither act in no case: whoever
/// runs the system (R05), and audit (R75).
pub(super) const OF_BRANCHES: [&str; 8] = [
    "clerk",
    "reviewer",
    "archivist",
    "operations-head",
    "compliance-officer",
    "branch-head",
    "account-manager",
    "authority-officer",
];

pub(super) const CLERK: &[&str] = &["clerk"];
pub(super) const REVIEWER: &[&str] = &["reviewer"];
pub(super) const ARCHIVIST: &[&str] = &["archivist"];
pub(super) const BRANCH_HEAD: &[&str] = &["branch-head"];
pub(super) const HEADS: &[&str] = &["operations-head", "branch-head"];
pub(super) const OPERATIONS: &[&str] = &["operations-department"];
pub(super) const COMPLIANCE: &[&str] = &["compliance-risk"];
pub(super) const NOBODY: &[&str] = &[];

#[rustfmt::skip]
pub(super) const IN_EVERY_PROFILE: &[Row] = &[
    // Set by the operations department; who confirms, the firm has settled.
    Row { rule: "R31", procedure: "rule-change", position: "proposer", by_text: OPERATIONS, by_firm: NOBODY, from: Hq, persons: 1, others: &[] },
    Row { rule: "R77", procedure: "rule-change", position: "confirmer", by_text: NOBODY, by_firm: &["operations-department", "compliance-risk"], from: Hq, persons: 1, others: &[("proposer", Firm)] },
    // Who takes flows over no text says; who adds a task the Measures do.
    Row { rule: "R03", procedure: "flow-import", position: "importer", by_text: NOBODY, by_firm: &["operations-department", "operations-head", "clerk"], from: OwnOrHq, persons: 1, others: &[] },
    Row { rule: "R03", procedure: "reference-import", position: "importer", by_text: NOBODY, by_firm: OPERATIONS, from: Hq, persons: 1, others: &[] },
    Row { rule: "R03", procedure: "flow-correction", position: "corrector", by_text: NOBODY, by_firm: &["operations-department", "operations-head"], from: OwnOrHq, persons: 1, others: &[] },
    // The handling clerk reconciles; for an account of nobody the operations head. Who closes the
    // day no text says.
    Row { rule: "R26", procedure: "reconciliation", position: "reconciler", by_text: CLERK, by_firm: &["operations-head"], from: OwnBranch, persons: 1, others: &[] },
    Row { rule: "R26", procedure: "day-closing", position: "closer", by_text: NOBODY, by_firm: &["operations-head"], from: OwnBranch, persons: 1, others: &[] },
    // An exception is settled at the branch that has the paper; by whom no text says.
    Row { rule: "R25", procedure: "exception-settling", position: "settler", by_text: NOBODY, by_firm: &["clerk", "operations-head"], from: OwnBranch, persons: 1, others: &[] },
    // The branch answers for what it collected; who puts a description right no text says.
    Row { rule: "R13", procedure: "record-correction", position: "corrector", by_text: NOBODY, by_firm: &["reviewer", "archivist", "operations-head"], from: OwnBranch, persons: 1, others: &[] },
    // Every channel; who may say that there is nothing to mend, the firm has settled.
    Row { rule: "R120", procedure: "finding", position: "reporter", by_text: &["clerk", "reviewer", "archivist", "operations-head", "compliance-officer", "branch-head", "operations-department", "compliance-risk", "hq-staff"], by_firm: NOBODY, from: Anywhere, persons: 1, others: &[] },
    Row { rule: "R120", procedure: "finding", position: "dismisser", by_text: NOBODY, by_firm: &["compliance-officer", "operations-department"], from: Anywhere, persons: 1, others: &[] },
    Row { rule: "R27", procedure: "task-change", position: "handler", by_text: CLERK, by_firm: NOBODY, from: OwnBranch, persons: 1, others: &[] },
    // Compliance or legal; that two people place a hold is the firm's.
    Row { rule: "R109", procedure: "hold", position: "requester", by_text: &["compliance-risk", "compliance-officer"], by_firm: NOBODY, from: Anywhere, persons: 1, others: &[] },
    Row { rule: "R109", procedure: "hold", position: "authority", by_text: COMPLIANCE, by_firm: NOBODY, from: Hq, persons: 1, others: &[("requester", Firm)] },
];

#[rustfmt::skip]
pub(super) const SECURITIES: &[Row] = &[
    // The handling clerk hands over to the archivist; giver = taker is forbidden.
    Row { rule: "R21", procedure: "intake-handover", position: "giver", by_text: CLERK, by_firm: NOBODY, from: OwnBranch, persons: 1, others: &[] },
    Row { rule: "R21", procedure: "intake-handover", position: "taker", by_text: ARCHIVIST, by_firm: NOBODY, from: OwnBranch, persons: 1, others: &[("giver", Text)] },
    // That verifier and handler differ is a default.
    Row { rule: "R19", procedure: "verification", position: "handler", by_text: CLERK, by_firm: NOBODY, from: OwnBranch, persons: 1, others: &[] },
    Row { rule: "R19", procedure: "verification", position: "verifier", by_text: &["clerk", "reviewer"], by_firm: &["operations-head"], from: OwnBranch, persons: 1, others: &[("handler", Firm)] },
    // The handling clerk scans (R28). That reviewer and clerk differ is a default.
    Row { rule: "R28", procedure: "image-review", position: "scanner", by_text: CLERK, by_firm: NOBODY, from: OwnBranch, persons: 1, others: &[] },
    Row { rule: "R29", procedure: "image-review", position: "reviewer", by_text: REVIEWER, by_firm: NOBODY, from: OwnBranch, persons: 1, others: &[("scanner", Firm)] },
    // Counter clerk and review post: two distinct persons, and review is at the branch.
    Row { rule: "R89", procedure: "information-change", position: "maker", by_text: CLERK, by_firm: NOBODY, from: OwnBranch, persons: 1, others: &[] },
    Row { rule: "R89", procedure: "information-change", position: "checker", by_text: REVIEWER, by_firm: NOBODY, from: OwnBranch, persons: 1, others: &[("maker", Text)] },
    // A recorded waiver; who asks and who grants it, nobody says.
    Row { rule: "R22", procedure: "waiver", position: "requester", by_text: NOBODY, by_firm: &["clerk", "archivist"], from: OwnBranch, persons: 1, others: &[] },
    Row { rule: "R07", procedure: "waiver", position: "approver", by_text: NOBODY, by_firm: HEADS, from: OwnBranch, persons: 1, others: &[("requester", Firm)] },
    // Two witnessing clerks.
    Row { rule: "R04", procedure: "witnessing", position: "witness", by_text: CLERK, by_firm: REVIEWER, from: OwnBranch, persons: 2, others: &[] },
    // Branch staff ask; the operations head or the compliance officer approves. That nobody
    // approves their own request is a default (§3.8).
    Row { rule: "R58", procedure: "branch-viewing", position: "requester", by_text: &["clerk", "reviewer", "archivist", "operations-head", "compliance-officer", "branch-head"], by_firm: NOBODY, from: OwnBranch, persons: 1, others: &[] },
    Row { rule: "R58", procedure: "branch-viewing", position: "approver", by_text: &["operations-head", "compliance-officer"], by_firm: NOBODY, from: OwnBranch, persons: 1, others: &[("requester", Firm)] },
    // Departments of headquarters ask; the head of the branch approves.
    Row { rule: "R59", procedure: "hq-viewing", position: "requester", by_text: &["hq-staff", "operations-department", "compliance-risk"], by_firm: NOBODY, from: Hq, persons: 1, others: &[] },
    Row { rule: "R59", procedure: "hq-viewing", position: "approver", by_text: BRANCH_HEAD, by_firm: NOBODY, from: OwnBranch, persons: 1, others: &[("requester", Firm)] },
    // Whoever views may ask for a copy: the branch's people (R58) and headquarters (R59).
    Row { rule: "R64", procedure: "copying", position: "requester", by_text: &["clerk", "reviewer", "archivist", "operations-head", "compliance-officer", "branch-head", "hq-staff", "operations-department", "compliance-risk"], by_firm: NOBODY, from: OwnOrHq, persons: 1, others: &[] },
    Row { rule: "R64", procedure: "copying", position: "approver", by_text: BRANCH_HEAD, by_firm: NOBODY, from: OwnBranch, persons: 1, others: &[("requester", Firm)] },
    // At least two officers of the authority; the branch and compliance answer them.
    Row { rule: "R62", procedure: "judicial-assistance", position: "officer", by_text: &["authority-officer"], by_firm: NOBODY, from: Outside, persons: 2, others: &[] },
    Row { rule: "R62", procedure: "judicial-assistance", position: "handler", by_text: NOBODY, by_firm: &["clerk", "archivist"], from: OwnBranch, persons: 1, others: &[("officer", Text)] },
    Row { rule: "R62", procedure: "judicial-assistance", position: "compliance", by_text: &["compliance-officer"], by_firm: NOBODY, from: OwnBranch, persons: 1, others: &[("officer", Text), ("handler", Firm)] },
    // The branch applies, two departments give opinions, the committee approves: four bodies.
    Row { rule: "R65", procedure: "destruction", position: "applicant", by_text: NOBODY, by_firm: &["archivist", "branch-head"], from: OwnBranch, persons: 1, others: &[] },
    Row { rule: "R65", procedure: "destruction", position: "operations-opinion", by_text: OPERATIONS, by_firm: NOBODY, from: Hq, persons: 1, others: &[("applicant", Text)] },
    Row { rule: "R65", procedure: "destruction", position: "compliance-opinion", by_text: COMPLIANCE, by_firm: NOBODY, from: Hq, persons: 1, others: &[("applicant", Text), ("operations-opinion", Text)] },
    Row { rule: "R65", procedure: "destruction", position: "decision", by_text: &["risk-committee"], by_firm: NOBODY, from: Hq, persons: 1, others: &[("applicant", Text), ("operations-opinion", Text), ("compliance-opinion", Text)] },
    // Two supervisors, one of each unit. That none of them applied is a default.
    Row { rule: "R66", procedure: "destruction", position: "branch-supervisor", by_text: &["clerk", "reviewer", "archivist", "operations-head", "compliance-officer", "branch-head"], by_firm: NOBODY, from: OwnBranch, persons: 1, others: &[("applicant", Firm)] },
    Row { rule: "R66", procedure: "destruction", position: "operations-supervisor", by_text: OPERATIONS, by_firm: NOBODY, from: Hq, persons: 1, others: &[("branch-supervisor", Text), ("applicant", Firm)] },
    // Both branches sign; who of each, the form proposes (handler and head of either side).
    Row { rule: "R70", procedure: "transfer", position: "sender", by_text: NOBODY, by_firm: ARCHIVIST, from: OwnBranch, persons: 1, others: &[] },
    Row { rule: "R70", procedure: "transfer", position: "sending-head", by_text: NOBODY, by_firm: BRANCH_HEAD, from: OwnBranch, persons: 1, others: &[("sender", Firm)] },
    Row { rule: "R71", procedure: "transfer", position: "receiver", by_text: NOBODY, by_firm: ARCHIVIST, from: ReceivingBranch, persons: 1, others: &[("sender", Text), ("sending-head", Firm)] },
    Row { rule: "R70", procedure: "transfer", position: "receiving-head", by_text: NOBODY, by_firm: BRANCH_HEAD, from: ReceivingBranch, persons: 1, others: &[("sender", Text), ("sending-head", Firm), ("receiver", Firm)] },
    // A, B and the archivist are three. Which posts A and B have, the firm says.
    Row { rule: "R112", procedure: "project-handover", position: "role-a", by_text: NOBODY, by_firm: CLERK, from: OwnBranch, persons: 1, others: &[] },
    Row { rule: "R113", procedure: "project-handover", position: "role-b", by_text: NOBODY, by_firm: &["clerk", "reviewer"], from: OwnBranch, persons: 1, others: &[("role-a", Text)] },
    Row { rule: "R112", procedure: "project-handover", position: "archivist", by_text: ARCHIVIST, by_firm: NOBODY, from: OwnBranch, persons: 1, others: &[("role-a", Text), ("role-b", Text)] },
    // An approver, of whom nothing else is said.
    Row { rule: "R114", procedure: "extension", position: "requester", by_text: NOBODY, by_firm: &["clerk", "reviewer"], from: OwnBranch, persons: 1, others: &[] },
    Row { rule: "R114", procedure: "extension", position: "approver", by_text: NOBODY, by_firm: HEADS, from: OwnBranch, persons: 1, others: &[("requester", Firm)] },
    // The manager may override.
    Row { rule: "R85", procedure: "claim-override", position: "claimant", by_text: NOBODY, by_firm: CLERK, from: OwnBranch, persons: 1, others: &[] },
    Row { rule: "R85", procedure: "claim-override", position: "manager", by_text: NOBODY, by_firm: HEADS, from: OwnBranch, persons: 1, others: &[("claimant", Firm)] },
    // Two persons on site.
    Row { rule: "R102", procedure: "leaver-wipe", position: "leaver", by_text: NOBODY, by_firm: &["clerk", "reviewer", "archivist"], from: OwnBranch, persons: 1, others: &[] },
    Row { rule: "R102", procedure: "leaver-wipe", position: "wiper", by_text: NOBODY, by_firm: &["clerk", "reviewer", "archivist", "operations-head"], from: OwnBranch, persons: 2, others: &[] },
];

#[rustfmt::skip]
pub(super) const BANK: &[Row] = &[
    Row { rule: "R21", procedure: "intake-handover", position: "giver", by_text: CLERK, by_firm: NOBODY, from: OwnBranch, persons: 1, others: &[] },
    Row { rule: "R21", procedure: "intake-handover", position: "taker", by_text: ARCHIVIST, by_firm: NOBODY, from: OwnBranch, persons: 1, others: &[("giver", Text)] },
    // A dedicated keeper; whoever borrows is registered.
    Row { rule: "R101", procedure: "lending", position: "borrower", by_text: NOBODY, by_firm: &["clerk", "reviewer", "account-manager"], from: OwnBranch, persons: 1, others: &[] },
    Row { rule: "R101", procedure: "lending", position: "keeper", by_text: ARCHIVIST, by_firm: NOBODY, from: OwnBranch, persons: 1, others: &[("borrower", Firm)] },
    // A review body admits.
    Row { rule: "R125", procedure: "admission", position: "applicant", by_text: NOBODY, by_firm: &["account-manager"], from: OwnBranch, persons: 1, others: &[] },
    Row { rule: "R125", procedure: "admission", position: "review", by_text: &["admission-body"], by_firm: NOBODY, from: Hq, persons: 1, others: &[("applicant", Firm)] },
    Row { rule: "R102", procedure: "leaver-wipe", position: "wiper", by_text: NOBODY, by_firm: &["clerk", "reviewer", "archivist", "account-manager"], from: OwnBranch, persons: 2, others: &[] },
];

/// Signed by the head of the unit, the heads and the handlers of archive and accounting; watched
/// by archive and accounting together, and by the systems' people where it is electronic.
#[rustfmt::skip]
pub(super) const ACCOUNTING: &[Row] = &[
    Row { rule: "X10", procedure: "accounting-destruction", position: "unit-head", by_text: &["unit-head"], by_firm: NOBODY, from: Hq, persons: 1, others: &[] },
    Row { rule: "X10", procedure: "accounting-destruction", position: "archive-head", by_text: &["archive-head"], by_firm: NOBODY, from: Hq, persons: 1, others: &[("unit-head", Firm)] },
    Row { rule: "X10", procedure: "accounting-destruction", position: "accounting-head", by_text: &["accounting-head"], by_firm: NOBODY, from: Hq, persons: 1, others: &[("unit-head", Firm), ("archive-head", Firm)] },
    Row { rule: "X10", procedure: "accounting-destruction", position: "archive-handler", by_text: &["archive-handler"], by_firm: NOBODY, from: Hq, persons: 1, others: &[("unit-head", Firm), ("archive-head", Firm), ("accounting-head", Firm)] },
    Row { rule: "X10", procedure: "accounting-destruction", position: "accounting-handler", by_text: &["accounting-handler"], by_firm: NOBODY, from: Hq, persons: 1, others: &[("unit-head", Firm), ("archive-head", Firm), ("accounting-head", Firm), ("archive-handler", Firm)] },
    Row { rule: "X10", procedure: "accounting-destruction", position: "archive-supervisor", by_text: &["archive-handler", "archive-head"], by_firm: NOBODY, from: Hq, persons: 1, others: &[] },
    Row { rule: "X10", procedure: "accounting-destruction", position: "accounting-supervisor", by_text: &["accounting-handler", "accounting-head"], by_firm: NOBODY, from: Hq, persons: 1, others: &[("archive-supervisor", Text)] },
];

#[rustfmt::skip]
pub(super) const OF_ELECTRONIC: Row =
    Row { rule: "X10", procedure: "electronic-accounting-destruction", position: "it-supervisor", by_text: &["it-supervisor"], by_firm: NOBODY, from: Hq, persons: 1, others: &[("archive-supervisor", Text), ("accounting-supervisor", Text)] };

/// What comes after what: who decides has before them what was asked for, and who watches
/// watches what was decided. What has no line here takes no turn.
#[rustfmt::skip]
pub(super) const ORDER: &[(&str, &str, &str, &[&str])] = &[
    ("R77", "rule-change", "confirmer", &["proposer"]),
    ("R109", "hold", "authority", &["requester"]),
    ("R21", "intake-handover", "taker", &["giver"]),
    ("R19", "verification", "verifier", &["handler"]),
    ("R29", "image-review", "reviewer", &["scanner"]),
    ("R89", "information-change", "checker", &["maker"]),
    ("R22", "waiver", "approver", &["requester"]),
    ("R58", "branch-viewing", "approver", &["requester"]),
    ("R59", "hq-viewing", "approver", &["requester"]),
    ("R64", "copying", "approver", &["requester"]),
    ("R62", "judicial-assistance", "handler", &["officer"]),
    ("R62", "judicial-assistance", "compliance", &["officer"]),
    ("R65", "destruction", "operations-opinion", &["applicant"]),
    ("R65", "destruction", "compliance-opinion", &["applicant"]),
    ("R65", "destruction", "decision", &["operations-opinion", "compliance-opinion"]),
    ("R66", "destruction", "branch-supervisor", &["decision"]),
    ("R66", "destruction", "operations-supervisor", &["decision"]),
    ("R70", "transfer", "sending-head", &["sender"]),
    ("R71", "transfer", "receiver", &["sender"]),
    ("R70", "transfer", "receiving-head", &["receiver"]),
    ("R113", "project-handover", "role-b", &["role-a"]),
    ("R113", "project-handover", "archivist", &["role-b"]),
    ("R114", "extension", "approver", &["requester"]),
    ("R85", "claim-override", "manager", &["claimant"]),
    ("R101", "lending", "keeper", &["borrower"]),
    ("R125", "admission", "review", &["applicant"]),
    ("X10", "accounting-destruction", "archive-supervisor", SIGNERS),
    ("X10", "accounting-destruction", "accounting-supervisor", SIGNERS),
    ("X10", "electronic-accounting-destruction", "archive-supervisor", SIGNERS),
    ("X10", "electronic-accounting-destruction", "accounting-supervisor", SIGNERS),
    ("X10", "electronic-accounting-destruction", "it-supervisor", SIGNERS),
];
pub(super) const SIGNERS: &[&str] = &[
    "unit-head",
    "archive-head",
    "accounting-head",
    "archive-handler",
    "accounting-handler",
];

/// Where a profile does not say yet what the regulations say. A line that is true no more
/// fails the test as well: it goes.
#[rustfmt::skip]
pub(super) const NOT_YET: &[&str] = &[];

/// Where a refusal does not say yet that only the firm keeps two people apart.
pub(super) const SAID_AS_TEXT: &[&str] = &[];

/// The rows of each embedded profile.
pub(super) fn tables() -> [(&'static str, Vec<Row>); 3] {
    let with = |rows: &[Row]| IN_EVERY_PROFILE.iter().chain(rows).copied().collect();
    let electronic = |row: &Row| Row {
        procedure: "electronic-accounting-destruction",
        ..*row
    };
    let mut accounting = ACCOUNTING.to_vec();
    accounting.extend(ACCOUNTING.iter().map(electronic));
    accounting.push(OF_ELECTRONIC);
    [
        ("securities", with(SECURITIES)),
        ("bank", with(BANK)),
        ("accounting", with(&accounting)),
    ]
}
