//! Claims to clients (客户归属, R85): rows of who has a client, a small world looked at whole, and
//! what only a forged ledger holds.

use std::collections::BTreeSet;

use domain::{Digest, FondsId, PersonId};
use policy::authority::{Assurance, Person};
use policy::case::Workflow as _;
use policy::claim::{CLAIMANT, Claim, Command, Event, MANAGER, PROCEDURE, claim_statement};
use policy::refusal::{Refusal, RefusalCode};

use crate::everybody::{From, OTHER, OWN, REASON, TODAY, World, against, day, signed};
use RefusalCode::{NoReason, NotInRole, NotSigned, OtherBranch, SamePerson, WrongState};

/// Clerks who may claim; the last of them is the head of operations as well.
const CLAIMANTS: [&str; 3] = ["li", "wang", "clerk-and-head"];

#[rustfmt::skip]
const OTHERS: &[(&str, &[(&str, &str)])] = &[
    ("li", &[("clerk", OWN)]),
    ("wang", &[("clerk", OWN)]),
    ("clerk-and-head", &[("clerk", OWN), ("operations-head", OWN)]),
    ("clerk-here-and-head-elsewhere", &[("clerk", OWN), ("operations-head", OTHER)]),
];

fn world() -> World {
    World::new("securities", OTHERS)
}

fn content(claimant: &str) -> Digest {
    let client = "8800012345".parse().unwrap();
    let statement = claim_statement(
        FondsId::from_bytes([1; 16]),
        &client,
        &claimant.parse().unwrap(),
    );
    Digest::of(statement.as_bytes())
}

fn claim(by: &str) -> Command {
    let content = content(by);
    Command::Claim { content }
}

fn give(to: &str) -> Command {
    Command::Give {
        to: to.parse().unwrap(),
        reason: REASON.to_owned(),
    }
}

/// A step such as `li claims` or `branch-head.0012 gives wang`.
fn step(world: &World, state: &Claim, step: &str) -> Result<Event, Refusal> {
    let words: Vec<&str> = step.split(' ').collect();
    let (by, command) = match words.as_slice() {
        [by, "claims"] => (by, claim(by)),
        [by, "gives", to] => (by, give(to)),
        _ => unreachable!("{step}"),
    };
    world.decide(state, (PROCEDURE, &command), by)
}

fn after(world: &World, steps: &[&str]) -> Claim {
    steps.iter().fold(Claim::default(), |state, one| {
        let event = step(world, &state, one);
        state.apply(&event.unwrap_or_else(|why| unreachable!("{one}: {why}")))
    })
}

/// Requirement, what is done, and whose client it is then.
type History = (&'static str, &'static [&'static str], Option<&'static str>);

#[rustfmt::skip]
const HOLDERS: &[History] = &[
    ("R85", &[], None),
    // The order of recording decides, and not who they are.
    ("R85", &["li claims"], Some("li")),
    ("R85", &["li claims", "wang claims"], Some("li")),
    ("R85", &["wang claims", "li claims"], Some("wang")),
    ("R85", &["wang claims", "li claims", "clerk-and-head claims"], Some("wang")),
    // A manager says otherwise, and may say otherwise again; what was recorded stays.
    ("R85", &["li claims", "wang claims", "branch-head.0012 gives wang"], Some("wang")),
    ("R85", &["li claims", "wang claims", "operations-head.0012 gives wang"], Some("wang")),
    ("R85", &["li claims", "wang claims", "branch-head.0012 gives wang", "operations-head.0012 gives li"], Some("li")),
    // What a manager has decided no later claim undoes.
    ("R85", &["li claims", "wang claims", "branch-head.0012 gives wang", "clerk-and-head claims"], Some("wang")),
    // Somebody who has claimed may give, but not to themselves.
    ("R85", &["clerk-and-head claims", "li claims", "clerk-and-head gives li"], Some("li")),
];

#[test]
fn the_first_recorded_has_the_client_until_a_manager_says_otherwise() {
    let world = world();
    for (rule, steps, holder) in HOLDERS {
        let state = after(&world, steps);
        let found = state.holder().map(PersonId::as_str);
        assert_eq!(found, *holder, "{rule} {steps:?}");
        // Every claim is there, in the order in which it was recorded.
        let claimed = steps.iter().filter_map(|step| step.strip_suffix(" claims"));
        let claimed: Vec<&str> = claimed.collect();
        let found: Vec<&str> = state.claims.iter().map(|one| one.person.as_str()).collect();
        assert_eq!(found, claimed, "{rule} {steps:?}");
    }
}

/// What was done, what somebody asks then, and what refuses it, with the words of it.
type Refused = (
    &'static [&'static str],
    &'static str,
    RefusalCode,
    &'static str,
);

#[rustfmt::skip]
const REFUSED: &[Refused] = &[
    (&["li claims"], "li claims", WrongState, "R85"),
    (&["li claims", "wang claims"], "wang claims", WrongState, "R85"),
    (&["li claims", "wang claims", "branch-head.0012 gives wang"], "li claims", WrongState, "R85"),
    // There is nobody to give the client to, or it is theirs already.
    (&[], "branch-head.0012 gives li", WrongState, "R85"),
    (&["li claims"], "branch-head.0012 gives wang", WrongState, "R85"),
    (&["li claims"], "branch-head.0012 gives li", WrongState, "R85"),
    (&["li claims", "wang claims", "branch-head.0012 gives wang"], "branch-head.0012 gives wang", WrongState, "R85"),
    // No manager, or one of another branch.
    (&["li claims", "wang claims"], "li gives wang", NotInRole, "R85"),
    (&["li claims", "wang claims"], "wang gives wang", NotInRole, "R85"),
    (&["li claims", "wang claims"], "operations-department.hq gives wang", NotInRole, "R85"),
    (&["li claims", "wang claims"], "branch-head.0077 gives wang", OtherBranch, "R85"),
    (&["li claims", "wang claims"], "clerk-here-and-head-elsewhere gives wang", OtherBranch, "R85"),
    // No manager gives a client to themselves; that no text says.
    (&["li claims", "clerk-and-head claims"], "clerk-and-head gives clerk-and-head", SamePerson, "firm's setting"),
    // A client is claimed by the clerks of their branch.
    (&[], "branch-head.0012 claims", NotInRole, "R85"),
    (&[], "reviewer.0012 claims", NotInRole, "R85"),
    (&[], "clerk.0077 claims", OtherBranch, "R85"),
];

#[test]
fn what_cannot_be_done_says_why() {
    let world = world();
    for (steps, asked, code, says) in REFUSED {
        let refusal = step(&world, &after(&world, steps), asked).unwrap_err();
        let said = refusal.to_string();
        assert_eq!(refusal.code, *code, "{steps:?} {asked}: {said}");
        assert!(said.contains(says), "{steps:?} {asked}: {said}");
    }
}

// --- A small world, looked at whole. ---

/// Every claim that they can make in any order, and all that managers can say of them.
fn reachable(world: &World) -> Vec<Claim> {
    let mut all = vec![Claim::default()];
    let mut next = 0;
    while let Some(state) = all.get(next).cloned() {
        let claims = CLAIMANTS.map(|by| (by, claim(by)));
        let gives = CLAIMANTS.map(|to| ("branch-head.0012", give(to)));
        for (by, command) in claims.into_iter().chain(gives) {
            if let Ok(event) = world.decide(&state, (PROCEDURE, &command), by) {
                let after = state.clone().apply(&event);
                if !all.contains(&after) {
                    all.push(after);
                }
            }
        }
        next += 1;
    }
    all
}

fn has_claimed(state: &Claim, who: &str) -> bool {
    state.claims.iter().any(|one| one.person.as_str() == who)
}

/// Whose the client is, by the regulations: the manager's word, or the first that was recorded.
fn whose(state: &Claim) -> Option<&str> {
    let first = state.claims.first().map(|one| one.person.as_str());
    state.given.as_ref().map(PersonId::as_str).or(first)
}

/// Every reason against it. Who claims and who overrides no text says; the firm has settled it.
fn reasons(state: &Claim, asked: &Command, by: &Person) -> BTreeSet<RefusalCode> {
    let who = by.id.as_str();
    let (seat, possible) = match asked {
        Command::Claim { .. } => (
            against(by, &["clerk"], From::OwnBranch),
            !has_claimed(state, who),
        ),
        Command::Give { to, .. } => (
            against(by, &["operations-head", "branch-head"], From::OwnBranch),
            has_claimed(state, to.as_str()) && whose(state) != Some(to.as_str()),
        ),
    };
    let mut all: BTreeSet<RefusalCode> = seat.into_iter().collect();
    if !possible {
        all.insert(WrongState);
    }
    if matches!(asked, Command::Give { to, .. } if to.as_str() == who) {
        all.insert(SamePerson);
    }
    all
}

#[test]
fn everything_that_can_be_asked_is_answered_as_the_rules_say() {
    let world = world();
    let states = reachable(&world);
    // Up to three claims in any order; with more than one, a manager has spoken of any or of none.
    assert_eq!(states.len(), 1 + 3 + 6 * 3 + 6 * 4);
    let (mut accepted, mut wrong) = ([0, 0], Vec::new());
    for state in &states {
        for by in &world.people {
            let who = by.id.as_str();
            let asks_to_give = CLAIMANTS.iter().chain(&["nobody"]).map(|to| give(to));
            for asked in std::iter::once(claim(who)).chain(asks_to_give) {
                let expected = reasons(state, &asked, by);
                let found = world.decide(state, (PROCEDURE, &asked), who);
                let code = found.as_ref().err().map(|refusal| refusal.code);
                // Where two reasons hold, either will do.
                if !code.map_or(expected.is_empty(), |code| expected.contains(&code)) {
                    wrong.push(format!("{who} {asked:?} {state:?}: {code:?}, {expected:?}"));
                }
                let Ok(event) = found else {
                    continue;
                };
                let now = state.clone().apply(&event);
                match (asked, event) {
                    (Command::Claim { content }, Event::Claimed { signature }) => {
                        accepted[0] += 1;
                        assert_eq!(signature, signed(who, CLAIMANT, content));
                        assert_eq!(now.claims.last(), Some(&signature));
                        assert_eq!(now.given, state.given);
                        let same = now.claims.len() == state.claims.len() + 1;
                        assert!(same && now.claims.starts_with(&state.claims));
                        assert_eq!(whose(&now), whose(state).or(Some(who)));
                    }
                    (
                        Command::Give { to, .. },
                        Event::Given {
                            to: given,
                            reason,
                            signature,
                        },
                    ) => {
                        accepted[1] += 1;
                        assert_eq!((&given, reason.as_str()), (&to, REASON));
                        // Over what the claimant signed.
                        assert_eq!(signature, signed(who, MANAGER, content(to.as_str())));
                        assert_eq!(now.claims, state.claims);
                        assert_eq!(whose(&now), Some(to.as_str()));
                    }
                    (asked, event) => unreachable!("{asked:?} {event:?}"),
                }
                assert_eq!(now.holder().map(PersonId::as_str), whose(&now));
            }
        }
    }
    assert!(wrong.is_empty(), "found, and what holds: {wrong:#?}");
    assert!(accepted.iter().all(|n| *n > 100), "{accepted:?}");
}

/// A claim does not lapse, however long ago it was recorded and whoever has left since.
#[test]
fn an_old_claim_is_the_earlier_one() {
    let mut world = world();
    world.day = day("2020-01-02");
    let state = after(&world, &["li claims"]);
    world.day = day(TODAY);
    world.people.retain(|person| person.id.as_str() != "li");
    let event = step(&world, &state, "wang claims").unwrap();
    let state = state.apply(&event);
    assert_eq!(state.holder().unwrap().as_str(), "li");
    let event = step(&world, &state, "branch-head.0012 gives wang").unwrap();
    assert_eq!(state.apply(&event).holder().unwrap().as_str(), "wang");
}

#[test]
fn a_manager_gives_a_reason() {
    let world = world();
    let state = after(&world, &["li claims", "wang claims"]);
    for (reason, kept) in [
        (" 先行接洽 ", Some("先行接洽")),
        ("", None),
        ("\u{3000}", None),
        ("身份证110101199003077758", None),
    ] {
        let command = Command::Give {
            to: "wang".parse().unwrap(),
            reason: reason.to_owned(),
        };
        match (
            world.decide(&state, (PROCEDURE, &command), "branch-head.0012"),
            kept,
        ) {
            (Ok(Event::Given { reason, .. }), Some(kept)) => assert_eq!(reason, kept),
            (Err(refusal), None) => assert_eq!(refusal.code, NoReason),
            (found, _) => unreachable!("{reason:?}: {found:?}"),
        }
    }
}

#[test]
fn a_firm_may_ask_for_signed_claims() {
    let mut world = world();
    let state = after(&world, &["li claims"]);
    world.asks_for_signatures(PROCEDURE);
    for asked in ["wang claims", "branch-head.0012 gives wang"] {
        let claimed = after(&self::world(), &["li claims", "wang claims"]);
        let state = if asked.contains("gives") {
            &claimed
        } else {
            &state
        };
        let refusal = step(&world, state, asked).unwrap_err();
        assert_eq!(refusal.code, NotSigned, "{asked}");
        world.assurance = Assurance::Signed;
        assert!(step(&world, state, asked).is_ok(), "{asked}");
        world.assurance = Assurance::Asserted;
    }
}

#[test]
fn what_is_signed_names_archive_client_and_claimant() {
    let said = claim_statement(
        FondsId::from_bytes([1; 16]),
        &"8800012345".parse().unwrap(),
        &"li".parse().unwrap(),
    );
    assert_eq!(
        said,
        "vouchsafe-claim/1\n01010101010101010101010101010101\n8800012345\nli\n"
    );
}

// --- What only a forged ledger holds. ---

fn claimed(by: &str) -> Event {
    let signature = signed(by, CLAIMANT, content(by));
    Event::Claimed { signature }
}

fn given(to: &str, over: Digest) -> Event {
    Event::Given {
        to: to.parse().unwrap(),
        reason: REASON.to_owned(),
        signature: signed("branch-head.0012", MANAGER, over),
    }
}

/// What was done, and an event that does not fit it.
type Forged = (&'static [&'static str], fn() -> Event);

#[rustfmt::skip]
const LEFT_AS_IT_IS: &[Forged] = &[
    // A second claim of somebody does not make theirs a later one.
    (&["li claims"], || claimed("li")),
    (&["li claims", "wang claims"], || claimed("li")),
    (&["li claims", "wang claims", "branch-head.0012 gives wang"], || claimed("wang")),
    // Nobody claims the client, or not whoever is to have them.
    (&[], || given("li", content("li"))),
    (&["li claims"], || given("wang", content("wang"))),
    (&["li claims"], || given("wang", content("li"))),
    // It is theirs already.
    (&["li claims"], || given("li", content("li"))),
    (&["li claims", "wang claims", "branch-head.0012 gives wang"], || given("wang", content("wang"))),
    // Over another claim.
    (&["li claims", "wang claims"], || given("wang", content("li"))),
    (&["li claims", "wang claims"], || given("wang", Digest::of(b"forged"))),
];

#[test]
fn an_event_that_nobody_decided_changes_nothing() {
    let world = world();
    for (steps, event) in LEFT_AS_IT_IS {
        let before = after(&world, steps);
        let now = before.clone().apply(&event());
        assert_eq!(now, before, "{steps:?} {:?}", event());
    }
    // While the right ones do.
    let before = after(&world, &["li claims", "wang claims"]);
    let now = before.clone().apply(&given("wang", content("wang")));
    assert_ne!(now, before);
}
