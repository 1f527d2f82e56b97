//! Exceptions (异常件), looked at whole: every command, in every state that a record comes to, by
//! everybody, under every profile. What may be done stands in two tables, by what is wrong with the
//! record and by who acts, written from the regulations and not from the machine.

use std::collections::{BTreeMap, BTreeSet};

use domain::{BusinessDate, RecordId};
use policy::authority::{Assurance, Branches, Grant, Person};
use policy::case::{Acting, Grounds, Workflow as _};
use policy::exception::{Command, Event, Exception, PROCEDURE, Settlement, Trouble};
use policy::profile::{EMBEDDED, Profile};
use policy::refusal::{Refusal, RefusalCode};

use crate::profiles::profile;

use RefusalCode::{NoReason, NotInRole, NotSigned, OtherBranch, RolesExclude, WrongState};
use Trouble::{Image, Repeated, Returned, Whose, Withdrawn};

const OWN: &str = "0012";
const OTHER: &str = "0077";
/// Where headquarters' roles are held.
const HQ: &str = "";
const TODAY: &str = "2026-11-20";
const YESTERDAY: &str = "2026-11-19";
const REASON: &str = "与流水核对后确认";

/// Why something may not be done.
type Why = Option<RefusalCode>;

/// What is wrong; the command; the requirement that says whether it can be done, and whether.
#[rustfmt::skip]
const POSSIBLE: &[(Trouble, &str, &str, bool)] = &[
    // An image that is not scanned as its class demands serves no task and is not kept in place of
    // one that is: it is scanned again, or it is of no use.
    (Image, "assign", "R31", false),
    (Image, "assign", "R32", false),
    (Image, "keep", "R31", false),
    (Image, "keep", "R32", false),
    (Image, "reject", "R31", true),
    (Image, "rescanned", "R32", true),
    // In order, and nobody can tell what it is for: somebody says it, or it is the client's and of
    // no business.
    (Whose, "assign", "R25", true),
    (Whose, "keep", "R20", true),
    (Whose, "reject", "R25", true),
    (Whose, "rescanned", "R25", true),
    // Another record has its bytes: one image stands for one task.
    (Repeated, "assign", "R25", false),
    (Repeated, "keep", "R20", true),
    (Repeated, "reject", "R25", true),
    (Repeated, "rescanned", "R25", true),
    // Its task is not owed any more; it may be another one's.
    (Withdrawn, "assign", "R25", true),
    (Withdrawn, "keep", "R20", true),
    (Withdrawn, "reject", "R25", true),
    (Withdrawn, "rescanned", "R25", true),
    // Its review found it wanting: a task may have it again, where the review was wrong or it was
    // the wrong task, but it is not kept in place of the scan that is owed.
    (Returned, "assign", "R29", true),
    (Returned, "keep", "R29", false),
    (Returned, "reject", "R29", true),
    (Returned, "rescanned", "R29", true),
];

const COMMANDS: [&str; 4] = ["assign", "keep", "reject", "rescanned"];

type Who = (&'static str, &'static [(&'static str, &'static str)], Why);

/// Who, the roles that they hold, and what refuses whatever they ask. That it is a clerk or the
/// head of operations the firm has settled; that it is somebody of the branch which has the paper,
/// R25 and R13.
#[rustfmt::skip]
const WHO: &[Who] = &[
    ("clerk", &[("clerk", OWN)], None),
    ("operations-head", &[("operations-head", OWN)], None),
    ("clerk-and-head", &[("clerk", OWN), ("operations-head", OWN)], None),
    ("clerk-and-reviewer", &[("clerk", OWN), ("reviewer", OWN)], None),
    ("clerk-of-two-branches", &[("clerk", OTHER), ("clerk", OWN)], None),
    ("clerk-elsewhere", &[("clerk", OTHER)], Some(OtherBranch)),
    ("operations-head-elsewhere", &[("operations-head", OTHER)], Some(OtherBranch)),
    ("clerk-of-no-branch", &[("clerk", HQ)], Some(OtherBranch)),
    // Here something else, and a clerk elsewhere.
    ("archivist-and-clerk-elsewhere", &[("archivist", OWN), ("clerk", OTHER)], Some(OtherBranch)),
    ("reviewer", &[("reviewer", OWN)], Some(NotInRole)),
    ("archivist", &[("archivist", OWN)], Some(NotInRole)),
    ("branch-head", &[("branch-head", OWN)], Some(NotInRole)),
    ("compliance-officer", &[("compliance-officer", OWN)], Some(NotInRole)),
    ("operations-department", &[("operations-department", HQ)], Some(NotInRole)),
    ("compliance-risk", &[("compliance-risk", HQ)], Some(NotInRole)),
    ("hq-staff", &[("hq-staff", HQ)], Some(NotInRole)),
    ("internal-audit", &[("internal-audit", HQ)], Some(NotInRole)),
    ("system-administrator", &[("system-administrator", HQ)], Some(NotInRole)),
    ("security-administrator", &[("security-administrator", HQ)], Some(NotInRole)),
    ("nobody", &[], Some(NotInRole)),
    // R05, R75: whoever runs the system or looks at what was done does nothing of it.
    ("clerk-who-runs-the-system", &[("clerk", OWN), ("system-administrator", HQ)], Some(RolesExclude)),
    ("clerk-who-audits", &[("clerk", OWN), ("internal-audit", HQ)], Some(RolesExclude)),
];

fn day(text: &str) -> BusinessDate {
    text.parse().unwrap()
}

fn person(id: &str, roles: &[(&str, &str)]) -> Person {
    let grant = |(role, branch): &(&str, &str)| Grant {
        role: role.parse().unwrap(),
        branch: (*branch != HQ).then(|| branch.parse().unwrap()),
        from: day("2020-01-01"),
        to: None,
    };
    Person {
        id: id.parse().unwrap(),
        grants: roles.iter().map(grant).collect(),
    }
}

fn somebody(id: &str) -> Person {
    let (_, roles, _) = WHO.iter().find(|row| row.0 == id).unwrap();
    person(id, roles)
}

/// The rules and the day; the record waits at branch 0012.
struct World {
    profile: Profile,
    day: BusinessDate,
    assurance: Assurance,
}

impl World {
    fn new(name: &str) -> Self {
        Self {
            profile: profile(name),
            day: day(TODAY),
            assurance: Assurance::Asserted,
        }
    }

    fn decide(
        &self,
        exception: Exception,
        command: &Command,
        by: &Person,
    ) -> Result<Event, Refusal> {
        let grounds = Grounds {
            profile: &self.profile,
            procedure: self.profile.procedures.get(PROCEDURE).unwrap(),
            people: &std::slice::from_ref(by),
            branches: &Branches {
                own: Some(OWN.parse().unwrap()),
                receiving: None,
            },
            day: self.day,
        };
        let by = Acting {
            person: by,
            assurance: self.assurance,
        };
        exception.decide(command, by, &grounds)
    }
}

fn instead() -> RecordId {
    RecordId::from_bits(9)
}

fn command(word: &str, reason: &str) -> Command {
    let reason = reason.to_owned();
    match word {
        "assign" => Command::Assign { reason },
        "keep" => Command::Keep { reason },
        "reject" => Command::Reject { reason },
        "rescanned" => {
            let instead = instead();
            Command::Rescanned { instead }
        }
        _ => unreachable!("{word}"),
    }
}

/// What a command makes of an exception that waits, and the reason that is kept.
fn settled(word: &str) -> (Settlement, Option<String>) {
    let reason = Some(REASON.to_owned());
    match word {
        "assign" => (Settlement::Assigned, reason),
        "keep" => (Settlement::Kept, reason),
        "reject" => (Settlement::Rejected, reason),
        "rescanned" => {
            let instead = instead();
            (Settlement::Rescanned { instead }, None)
        }
        _ => unreachable!("{word}"),
    }
}

fn raised(trouble: Trouble) -> Event {
    Event::Raised { trouble }
}

fn settles(word: &str) -> Event {
    let (settlement, reason) = settled(word);
    Event::Settled { settlement, reason }
}

fn waits(trouble: Trouble) -> Exception {
    Exception {
        trouble: Some(trouble),
        settlement: None,
    }
}

/// Whether the table says that it can be done with a record that waits.
fn can(trouble: Trouble, word: &str) -> bool {
    let mut rows = POSSIBLE
        .iter()
        .filter(|row| (row.0, row.1) == (trouble, word));
    rows.next().unwrap().3
}

/// Never one; waiting, for each thing that may be wrong; and settled, in each way that it can be.
fn states() -> Vec<Exception> {
    let mut all = vec![Exception::default()];
    for trouble in Trouble::ALL {
        all.push(Exception::replay(&[raised(trouble)]));
        let words = COMMANDS.iter().filter(|word| can(trouble, word));
        all.extend(words.map(|word| Exception::replay(&[raised(trouble), settles(word)])));
    }
    all
}

/// Every reason that the tables give against it.
fn against(state: Exception, word: &str, who: Why) -> BTreeSet<RefusalCode> {
    let possible = match (state.trouble, state.settlement) {
        (Some(trouble), None) => can(trouble, word),
        // What nobody waits for, or what was settled, is not settled again.
        (None, _) | (_, Some(_)) => false,
    };
    let state = (!possible).then_some(WrongState);
    state.into_iter().chain(who).collect()
}

#[test]
fn everything_that_can_be_asked_is_answered_as_the_tables_say() {
    let (mut asked, mut accepted, mut wrong) = (0, 0, BTreeMap::new());
    for (name, _) in EMBEDDED {
        let world = World::new(name);
        for state in states() {
            for word in COMMANDS {
                for (who, roles, why) in WHO {
                    asked += 1;
                    let against = against(state, word, *why);
                    let by = person(who, roles);
                    let found = world.decide(state, &command(word, REASON), &by);
                    let code = found.as_ref().err().map(|refusal| refusal.code);
                    // Where two reasons hold, either will do.
                    let right = code.map_or(against.is_empty(), |code| against.contains(&code));
                    if !right {
                        let what = format!("{name}: {who} {word}, {state:?}: {code:?}");
                        wrong.insert(what, against);
                    }
                    let Ok(event) = found else {
                        continue;
                    };
                    accepted += 1;
                    assert_eq!(event, settles(word));
                    let after = state.apply(&event);
                    let then = Exception {
                        trouble: state.trouble,
                        settlement: Some(settled(word).0),
                    };
                    assert_eq!(after, then, "{who} {word}, {state:?}");
                    assert!(!after.is_waiting() && state.is_waiting());
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "found, and what the tables say: {wrong:#?}"
    );
    // In each profile: what waits in five ways can be settled in sixteen, by five people.
    assert_eq!(accepted, EMBEDDED.len() * 16 * 5);
    assert_eq!(asked, EMBEDDED.len() * 22 * 4 * WHO.len());
}

/// What cannot be done names the requirement, and what is wrong; what can be done, that is no
/// secret.
#[test]
fn what_cannot_be_done_says_why() {
    let world = World::new("securities");
    let clerk = somebody("clerk");
    for (trouble, word, rule, can) in POSSIBLE {
        let found = world.decide(waits(*trouble), &command(word, REASON), &clerk);
        assert_eq!(found.is_ok(), *can, "{rule}: {trouble:?} {word}");
        if let Err(refusal) = found {
            let said = refusal.to_string();
            assert_eq!(refusal.code, WrongState, "{said}");
            assert!(said.contains(rule), "{trouble:?} {word}: {said}");
            assert!(said.contains(trouble.as_str()), "{said}");
            assert!(said.contains("a new scan"), "{said}");
        }
        let may = match *word {
            "assign" => trouble.may_be_assigned(),
            "keep" => trouble.may_be_kept(),
            _ => true,
        };
        assert_eq!(may, *can, "{rule}: {trouble:?} {word}");
    }
    // Each command has a row for each thing that may be wrong.
    let rows: BTreeSet<_> = POSSIBLE.iter().map(|row| (row.0, row.1)).collect();
    assert_eq!(rows.len(), Trouble::ALL.len() * COMMANDS.len());
    // And each of them is told apart.
    let said: BTreeSet<_> = Trouble::ALL.map(Trouble::as_str).into_iter().collect();
    assert_eq!(said.len(), Trouble::ALL.len());
}

/// What does not wait says how it stands.
#[test]
fn what_does_not_wait_says_how_it_stands() {
    let world = World::new("securities");
    let clerk = somebody("clerk");
    for (events, says) in [
        (vec![], "no exception"),
        (vec![raised(Whose), settles("assign")], "matched by hand"),
        (vec![raised(Whose), settles("keep")], "kept without a task"),
        (vec![raised(Whose), settles("reject")], "rejected"),
        (vec![raised(Whose), settles("rescanned")], "scanned again"),
    ] {
        let state = Exception::replay(&events);
        for word in COMMANDS {
            let found = world.decide(state, &command(word, REASON), &clerk);
            let refusal = found.unwrap_err();
            let said = refusal.to_string();
            assert_eq!(refusal.code, WrongState, "{said}");
            assert!(said.contains(says) && said.contains("R25"), "{said}");
        }
    }
}

/// What it is, a reason, and whether it is one.
type Reason = (&'static str, fn() -> String, bool);

#[rustfmt::skip]
const REASONS: &[Reason] = &[
    ("words", || " 与流水核对后确认\n".to_owned(), true),
    ("none", String::new, false),
    ("blanks", || " \u{3000}\t".to_owned(), false),
    ("200 characters", || "错".repeat(200), true),
    ("201 characters", || "错".repeat(201), false),
    ("two lines", || "one\ntwo".to_owned(), false),
    // It is kept in clear: no identity card, no bank card.
    ("18 digits", || "证件110101199003077758".to_owned(), false),
    ("19 digits in groups", || "卡 6222 0212 3456 7890 123".to_owned(), false),
    ("a flow and its task", || "见 20261120-000123/2".to_owned(), true),
];

#[test]
fn what_is_settled_by_hand_takes_a_reason() {
    let world = World::new("securities");
    let head = somebody("operations-head");
    for (what, reason, is_one) in REASONS {
        for word in ["assign", "keep", "reject"] {
            let found = world.decide(waits(Whose), &command(word, &reason()), &head);
            let expected = if *is_one {
                let (settlement, _) = settled(word);
                let reason = Some(reason().trim().to_owned());
                Ok(Event::Settled { settlement, reason })
            } else {
                Err(NoReason)
            };
            let found = found.map_err(|refusal| refusal.code);
            assert_eq!(found, expected, "{what}: {word}");
        }
    }
}

/// A record that lost its task waits again, whatever became of it before (R25).
#[test]
fn what_was_settled_may_wait_again() {
    let world = World::new("securities");
    let clerk = somebody("clerk");
    let before = states().into_iter().filter(|state| !state.is_waiting());
    for state in before {
        for trouble in Trouble::ALL {
            let again = state.apply(&raised(trouble));
            assert_eq!(again, waits(trouble), "{state:?}");
            assert!(again.is_waiting(), "{state:?}");
            for word in COMMANDS {
                let found = world.decide(again, &command(word, REASON), &clerk);
                assert_eq!(found.is_ok(), can(trouble, word), "{state:?} {trouble:?}");
            }
        }
    }
}

/// A role is asked for on the day.
#[test]
fn whoever_has_left_settles_nothing() {
    let world = World::new("securities");
    let reject = command("reject", REASON);
    for (to, from, expected) in [
        (Some(TODAY), "2020-01-01", None),
        (Some(YESTERDAY), "2020-01-01", Some(NotInRole)),
        (None, TODAY, None),
        (None, "2026-11-21", Some(NotInRole)),
    ] {
        let mut clerk = somebody("clerk");
        clerk.grants[0].from = day(from);
        clerk.grants[0].to = to.map(day);
        let found = world.decide(waits(Whose), &reject, &clerk);
        let code = found.err().map(|refusal| refusal.code);
        assert_eq!(code, expected, "{from} {to:?}");
    }
}

/// A firm may ask for more than an asserted account; that it is a clerk or the head of operations
/// is said to be its own setting as well.
#[test]
fn a_firm_settles_who_settles() {
    for (name, _) in EMBEDDED {
        let mut world = World::new(name);
        let reject = command("reject", REASON);
        let refusal = world.decide(waits(Whose), &reject, &somebody("archivist"));
        let said = refusal.unwrap_err().to_string();
        assert!(said.contains("firm's setting"), "{name}: {said}");
        let procedure = world.profile.procedures.get_mut(PROCEDURE).unwrap();
        procedure.assurance = Assurance::Signed;
        let clerk = somebody("clerk");
        let refusal = world.decide(waits(Whose), &reject, &clerk).unwrap_err();
        assert_eq!(refusal.code, NotSigned, "{name}");
        world.assurance = Assurance::Signed;
        assert!(world.decide(waits(Whose), &reject, &clerk).is_ok());
    }
}

// --- What only a forged ledger holds. ---

/// What has happened, and an event that does not fit it.
type Forged = (fn() -> Vec<Event>, fn() -> Event);

#[rustfmt::skip]
const LEFT_AS_IT_IS: &[Forged] = &[
    // It never was one.
    (Vec::new, || settles("assign")),
    (Vec::new, || settles("keep")),
    (Vec::new, || settles("reject")),
    (Vec::new, || settles("rescanned")),
    // What is settled stays so.
    (|| vec![raised(Whose), settles("reject")], || settles("assign")),
    (|| vec![raised(Whose), settles("assign")], || settles("reject")),
    (|| vec![raised(Withdrawn), settles("keep")], || settles("rescanned")),
    (|| vec![raised(Repeated), settles("rescanned")], || settles("keep")),
    // What is wrong with it is said once, and does not become less.
    (|| vec![raised(Image)], || raised(Whose)),
    (|| vec![raised(Repeated)], || raised(Withdrawn)),
    (|| vec![raised(Whose)], || raised(Image)),
    (|| vec![raised(Returned)], || raised(Whose)),
    // Sent back, it is not kept as it is.
    (|| vec![raised(Returned)], || settles("keep")),
];

#[test]
fn an_event_that_does_not_fit_changes_nothing() {
    for (events, event) in LEFT_AS_IT_IS {
        let before = Exception::replay(&events());
        let after = before.apply(&event());
        assert_eq!(after, before, "{:?} {:?}", events(), event());
    }
}

/// [`policy::case::Workflow::apply`] says that these leave it as it is: no image that is not in
/// order comes to serve a task (R31, R32), and no repeated one another task (R25).
#[test]
fn an_event_that_nobody_decided_changes_nothing() {
    for (trouble, word, _, can) in POSSIBLE {
        let (before, event) = (waits(*trouble), settles(word));
        let same = before.apply(&event) == before;
        assert_eq!(same, !can, "{trouble:?} {word}");
    }
}

/// Whatever stands in a ledger, in whichever order: a record waits from the first time that
/// something is wrong until it is settled, and no longer.
#[test]
fn a_record_waits_until_it_is_settled_and_no_longer() {
    let raises = Trouble::ALL.map(raised);
    // What can be done whatever is wrong.
    let settles = ["reject", "rescanned"].map(settles);
    let all: Vec<Event> = raises.into_iter().chain(settles).collect();
    let mut told: Vec<Vec<&Event>> = vec![Vec::new()];
    for _ in 0..5 {
        let longer = told.iter().flat_map(|events| {
            let and = |event| events.iter().copied().chain([event]).collect();
            all.iter().map(and)
        });
        told = longer.collect();
        for events in &told {
            let mut expected = Exception::default();
            let mut waits = false;
            for event in events {
                match event {
                    Event::Raised { trouble } if !waits => {
                        waits = true;
                        expected.trouble = Some(*trouble);
                        expected.settlement = None;
                    }
                    Event::Settled { settlement, .. } if waits => {
                        waits = false;
                        expected.settlement = Some(*settlement);
                    }
                    Event::Raised { .. } | Event::Settled { .. } => (),
                }
            }
            let state = Exception::replay(events.iter().copied());
            assert_eq!(state, expected, "{events:?}");
            assert_eq!(state.is_waiting(), waits, "{events:?}");
        }
    }
    assert_eq!(told.len(), 7 * 7 * 7 * 7 * 7);
}
