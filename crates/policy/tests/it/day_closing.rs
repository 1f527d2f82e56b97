//! A branch's day (日终勾对), looked at whole: two accounts of which one is nobody's, every state that
//! their day comes to, every command, by everybody, under every profile. What may be done stands in
//! tables, written from the regulations and not from the machine.

mod explained;
mod forged;
mod properties;

use std::collections::{BTreeMap, BTreeSet};

use domain::{BusinessDate, Digest, LoginName, RecordId};
use policy::authority::{Assurance, Branches, Grant, Person, Signature};
use policy::case::{Acting, Grounds, Workflow as _};
use policy::day_closing::{
    Account, Books, CLOSER, Command, DAY_CLOSING, Day, DayGrounds, Difference, Event, Explanation,
    RECONCILER, RECONCILIATION,
};
use policy::flow::TaskId;
use policy::profile::{EMBEDDED, Profile};
use policy::refusal::{Refusal, RefusalCode};

use crate::profiles::profile;

use RefusalCode::{
    AccountTaken, NotInRole, NotSigned, OtherBranch, OtherContent, RolesExclude, WrongState,
};

const OWN: &str = "0012";
const OTHER: &str = "0077";
/// Where headquarters' roles are held.
const HQ: &str = "";
const TODAY: &str = "2026-11-20";
const YESTERDAY: &str = "2026-11-19";
const REASON: &str = "客户次日补交";

/// The account of the clerk.
const THEIRS: &str = "li";
/// An account that is nobody's.
const NOBODYS: &str = "counter-7";
/// An account under which nothing was handled on the day.
const IDLE: &str = "zhao";

/// Why something may not be done.
type Why = Option<RefusalCode>;

type Row = (
    &'static str,
    &'static str,
    fn() -> (Day, Books),
    [bool; 2],
    bool,
);

/// The requirement that says so; the day: what was done of it, and what stands in the books now;
/// whether the clerk's account and nobody's can be reconciled then, and whether the day can be
/// closed.
#[rustfmt::skip]
const STATES: &[Row] = &[
    ("R26", "nothing", || after(&[], BOOKS), [true, true], false),
    ("R26", "theirs reconciled", || after(&[THEIRS], BOOKS), [false, true], false),
    ("R26", "nobody's reconciled", || after(&[NOBODYS], BOOKS), [true, false], false),
    ("R26", "all reconciled", || after(ALL, BOOKS), [false, false], true),
    // Signed is what was there: every flow of the day is answered for, the late ones too.
    ("R26", "all reconciled, theirs changed since", || after(ALL, [2, 1, 1]), [true, false], false),
    ("R26", "all reconciled, nobody's changed since", || after(ALL, [1, 2, 1]), [false, true], false),
    ("R26", "all reconciled, both changed since", || after(ALL, [2, 2, 1]), [true, true], false),
    ("R26", "all reconciled, more surplus since", || after(ALL, [1, 1, 2]), [false, false], true),
    ("R26", "closed", || after(CLOSED, BOOKS), [false, false], false),
    ("R26", "closed, theirs changed since", || after(CLOSED, [2, 1, 1]), [true, false], false),
    ("R26", "closed, nobody's changed since", || after(CLOSED, [1, 2, 1]), [false, true], false),
    ("R26", "closed, more surplus since", || after(CLOSED, [1, 1, 2]), [false, false], true),
    ("R26", "closed, no surplus any more", || after(CLOSED, [1, 1, 0]), [false, false], true),
    ("R26", "closed, reconciled anew after a change", || anew(CLOSED, &[THEIRS]), [false, false], true),
    ("R26", "closed anew after a change", || anew(CLOSED, CLOSE_ANEW), [false, false], false),
    // The last signature counts, and it is over what was there meanwhile.
    ("R26", "reconciled anew, and back", || (anew(ALL, &[THEIRS]).0, books(BOOKS)), [true, false], false),
];

/// Which statement of their account, of nobody's and of the surplus stands in the books.
type Stands = [u8; 3];

const BOOKS: Stands = [1, 1, 1];
const CHANGED: Stands = [2, 1, 1];
const ALL: &[&str] = &[THEIRS, NOBODYS];
const CLOSED: &[&str] = &[THEIRS, NOBODYS, "close"];
const CLOSE_ANEW: &[&str] = &[THEIRS, "close"];

type Who = (
    &'static str,
    &'static [(&'static str, &'static str)],
    Why,
    Why,
);

/// Who, the roles that they hold, what refuses whatever they reconcile and what refuses that they
/// close. That whoever handled it answers for it, R26; that the head of operations closes the day
/// the firm has settled.
#[rustfmt::skip]
const WHO: &[Who] = &[
    ("clerk", &[("clerk", OWN)], None, Some(NotInRole)),
    ("another-clerk", &[("clerk", OWN)], None, Some(NotInRole)),
    ("operations-head", &[("operations-head", OWN)], None, None),
    ("clerk-and-head", &[("clerk", OWN), ("operations-head", OWN)], None, None),
    ("clerk-and-reviewer", &[("clerk", OWN), ("reviewer", OWN)], None, Some(NotInRole)),
    ("clerk-of-two-branches", &[("clerk", OTHER), ("clerk", OWN)], None, Some(NotInRole)),
    ("clerk-elsewhere", &[("clerk", OTHER)], Some(OtherBranch), Some(NotInRole)),
    ("operations-head-elsewhere", &[("operations-head", OTHER)], Some(OtherBranch), Some(OtherBranch)),
    // Here a clerk, and the head elsewhere.
    ("clerk-and-head-elsewhere", &[("clerk", OWN), ("operations-head", OTHER)], None, Some(OtherBranch)),
    ("clerk-of-no-branch", &[("clerk", HQ)], Some(OtherBranch), Some(NotInRole)),
    ("reviewer", &[("reviewer", OWN)], Some(NotInRole), Some(NotInRole)),
    ("archivist", &[("archivist", OWN)], Some(NotInRole), Some(NotInRole)),
    ("branch-head", &[("branch-head", OWN)], Some(NotInRole), Some(NotInRole)),
    ("compliance-officer", &[("compliance-officer", OWN)], Some(NotInRole), Some(NotInRole)),
    ("operations-department", &[("operations-department", HQ)], Some(NotInRole), Some(NotInRole)),
    ("compliance-risk", &[("compliance-risk", HQ)], Some(NotInRole), Some(NotInRole)),
    ("internal-audit", &[("internal-audit", HQ)], Some(NotInRole), Some(NotInRole)),
    ("system-administrator", &[("system-administrator", HQ)], Some(NotInRole), Some(NotInRole)),
    ("security-administrator", &[("security-administrator", HQ)], Some(NotInRole), Some(NotInRole)),
    ("nobody", &[], Some(NotInRole), Some(NotInRole)),
    // R05, R75: whoever runs the system or looks at what was done does nothing of it.
    ("head-who-runs-the-system", &[("operations-head", OWN), ("system-administrator", HQ)], Some(RolesExclude), Some(RolesExclude)),
    ("head-who-audits", &[("operations-head", OWN), ("internal-audit", HQ)], Some(RolesExclude), Some(RolesExclude)),
];

fn day(text: &str) -> BusinessDate {
    text.parse().unwrap()
}

fn login(name: &str) -> LoginName {
    name.parse().unwrap()
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
    let (_, roles, ..) = WHO.iter().find(|row| row.0 == id).unwrap();
    person(id, roles)
}

fn task(flow: &str, number: u16) -> Difference {
    let flow = flow.parse().unwrap();
    Difference::Missing(TaskId { flow, number })
}

fn record(n: u8) -> Difference {
    Difference::Surplus(RecordId::from_bits(n.into()))
}

/// The day's books, as its accounts and its surplus stand.
fn books([theirs, nobodys, surplus]: Stands) -> Books {
    let account = |owner: Option<&str>, name: &str, n: u8, missing| Account {
        owner: owner.map(|owner| owner.parse().unwrap()),
        content: Digest::of(format!("{name} {n}").as_bytes()),
        missing,
    };
    // Two tasks, and a flow that nobody has made one of; then less is missing.
    let mut missing = BTreeSet::from([task("L1", 1), task("L1", 2), task("L2", 0)]);
    missing.retain(|_| theirs == 1);
    let of_nobody = BTreeSet::from([task("L3", nobodys.into())]);
    Books {
        accounts: BTreeMap::from([
            (
                login(THEIRS),
                account(Some("clerk"), THEIRS, theirs, missing),
            ),
            (login(NOBODYS), account(None, NOBODYS, nobodys, of_nobody)),
        ]),
        content: Digest::of(format!("day {theirs} {nobodys} {surplus}").as_bytes()),
        surplus: (0..surplus).map(record).collect(),
    }
}

/// One explanation of all of it; none of nothing.
fn explained(differences: &BTreeSet<Difference>) -> Vec<Explanation> {
    let one = Explanation {
        differences: differences.iter().cloned().collect(),
        reason: REASON.to_owned(),
    };
    let some = !differences.is_empty();
    some.then_some(one).into_iter().collect()
}

/// To reconcile an account, or to close: as it stands, and with everything explained.
fn command(word: &str, books: &Books) -> Command {
    if word == "close" {
        return Command::Close {
            content: books.content,
            explained: explained(&books.surplus),
        };
    }
    let operator = login(word);
    let account = books.accounts.get(&operator);
    let nothing = BTreeSet::new();
    Command::Reconcile {
        content: account.map_or_else(|| Digest::of(b""), |account| account.content),
        explained: explained(account.map_or(&nothing, |account| &account.missing)),
        operator,
    }
}

/// The rules and the day, at branch 0012.
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
        state: &Day,
        command: &Command,
        books: &Books,
        by: &Person,
    ) -> Result<Event, Refusal> {
        let procedure = match command {
            Command::Reconcile { .. } => RECONCILIATION,
            Command::Close { .. } => DAY_CLOSING,
        };
        let grounds = Grounds {
            profile: &self.profile,
            procedure: self.profile.procedures.get(procedure).unwrap(),
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
        state.decide(command, by, &DayGrounds { grounds, books })
    }
}

fn signature(position: &str, person: &str, content: Digest) -> Signature {
    Signature {
        position: position.to_owned(),
        person: person.parse().unwrap(),
        day: day(TODAY),
        content,
        assurance: Assurance::Asserted,
    }
}

/// What a command makes happen when somebody may.
fn done(word: &str, books: &Books, by: &str) -> Event {
    match command(word, books) {
        Command::Reconcile {
            operator,
            content,
            explained,
        } => Event::Reconciled {
            operator,
            signature: signature(RECONCILER, by, content),
            explained,
        },
        Command::Close { content, explained } => Event::Closed {
            signature: signature(CLOSER, by, content),
            explained,
        },
    }
}

/// As [`done`], by whoever may.
fn happened(word: &str, books: &Books) -> Event {
    let by = match word {
        THEIRS => "clerk",
        _ => "operations-head",
    };
    done(word, books, by)
}

/// Whether a row of [`STATES`] says that it can be done.
fn can(row: &Row, word: &str) -> bool {
    let (.., [theirs, nobodys], close) = row;
    match word {
        THEIRS => *theirs,
        NOBODYS => *nobodys,
        "close" => *close,
        _ => false,
    }
}

/// A day of which this was done, and how its books stand now.
fn after(words: &[&str], stands: Stands) -> (Day, Books) {
    let before = books(BOOKS);
    let events: Vec<Event> = words.iter().map(|word| happened(word, &before)).collect();
    (Day::replay(&events), books(stands))
}

/// A day of which this was done, then their account changed, and this was done.
fn anew(words: &[&str], again: &[&str]) -> (Day, Books) {
    let (day, changed) = after(words, CHANGED);
    let events: Vec<Event> = again.iter().map(|word| happened(word, &changed)).collect();
    (events.iter().fold(day, Day::apply), changed)
}

const WORDS: [&str; 4] = [THEIRS, NOBODYS, IDLE, "close"];

/// Every reason that the tables give against it.
fn against(row: &Row, word: &str, who: &Who) -> BTreeSet<RefusalCode> {
    let (id, _, reconcile, close) = who;
    let mine = *id == "clerk";
    let seat = if word == "close" { close } else { reconcile };
    // Whoever handled it answers for it, and nobody else.
    let taken = (word == THEIRS && !mine).then_some(AccountTaken);
    let state = (!can(row, word)).then_some(WrongState);
    seat.iter().copied().chain(taken).chain(state).collect()
}

#[test]
fn everything_that_can_be_asked_is_answered_as_the_tables_say() {
    let (mut asked, mut accepted, mut wrong) = (0, 0, BTreeMap::new());
    for (name, _) in EMBEDDED {
        let world = World::new(name);
        for row in STATES {
            let (rule, state_is, make, ..) = row;
            let (state, books) = make();
            for word in WORDS {
                for who in WHO {
                    asked += 1;
                    let (id, roles, ..) = who;
                    let against = against(row, word, who);
                    let command = command(word, &books);
                    let found = world.decide(&state, &command, &books, &person(id, roles));
                    let code = found.as_ref().err().map(|refusal| refusal.code);
                    // Where several reasons hold, any will do.
                    if !code.map_or(against.is_empty(), |code| against.contains(&code)) {
                        let what = format!("{name}: {id} {word}, {rule} {state_is}: {code:?}");
                        wrong.insert(what, against);
                    }
                    let Ok(event) = found else {
                        continue;
                    };
                    accepted += 1;
                    assert_eq!(event, done(word, &books, id), "{state_is}");
                    it_stands(&state, &event, &books);
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "found, and what the tables say: {wrong:#?}"
    );
    // In each profile: theirs in 6 states by one, nobody's in 5 by seven, closed in 5 by two.
    assert_eq!(accepted, EMBEDDED.len() * (6 + 5 * 7 + 5 * 2));
    assert_eq!(asked, EMBEDDED.len() * STATES.len() * 4 * WHO.len());
}

/// What was decided stands then, and nothing else has changed.
fn it_stands(before: &Day, event: &Event, books: &Books) {
    let after = before.clone().apply(event);
    let mut expected = before.clone();
    match event {
        Event::Reconciled {
            operator,
            signature,
            ..
        } => {
            let account = books.accounts.get(operator).unwrap();
            assert!(after.stands_reconciled(operator, account));
            assert!(!after.lacking(books).contains(&operator.as_str()));
            expected
                .reconciled
                .insert(operator.clone(), signature.clone());
        }
        Event::Closed { signature, .. } => {
            assert!(after.stands_closed(books));
            assert_eq!(after.lacking(books), [""; 0]);
            expected.closed = Some(signature.clone());
        }
    }
    assert_eq!(after, expected);
}

/// Each state is another one, and says itself what can be done with it.
#[test]
fn a_day_says_what_it_lacks() {
    for row in STATES {
        let (rule, what, make, ..) = row;
        let (state, books) = make();
        let of: Vec<&str> = [NOBODYS, THEIRS]
            .into_iter()
            .filter(|word| can(row, word))
            .collect();
        assert_eq!(state.lacking(&books), of, "{rule} {what}");
        if state.stands_closed(&books) {
            assert!(!can(row, "close"), "{rule} {what}");
        }
    }
    assert_eq!(Day::default(), Day::replay(&[]));
}

/// R26: the refusal names the accounts that lack, those and no others.
#[test]
fn what_cannot_be_closed_says_which_accounts_lack() {
    let world = World::new("securities");
    let head = somebody("operations-head");
    for row in STATES.iter().filter(|row| !can(row, "close")) {
        let (rule, what, make, ..) = row;
        let (state, books) = make();
        let close = command("close", &books);
        let refusal = world.decide(&state, &close, &books, &head).unwrap_err();
        let said = refusal.to_string();
        assert_eq!(refusal.code, WrongState, "{what}: {said}");
        assert!(said.contains(rule), "{what}: {said}");
        for word in ALL {
            assert_eq!(said.contains(word), can(row, word), "{what}: {said}");
        }
        if state.lacking(&books).is_empty() {
            assert!(said.contains("closed as it stands"), "{what}: {said}");
        }
    }
}

/// R26: the refusal names who answers for an account, and whose it is not to reconcile.
#[test]
fn what_another_handled_says_who_answers_for_it() {
    let world = World::new("securities");
    let (state, books) = after(&[], BOOKS);
    for id in ["another-clerk", "operations-head", "clerk-and-head"] {
        let reconcile = command(THEIRS, &books);
        let found = world.decide(&state, &reconcile, &books, &somebody(id));
        let refusal = found.unwrap_err();
        let said = refusal.to_string();
        assert_eq!(refusal.code, AccountTaken, "{said}");
        assert!(
            said.contains(&format!("{id} for the flows of {THEIRS}")),
            "{said}"
        );
        assert!(
            said.contains("clerk, who handled them") && said.contains("R26"),
            "{said}"
        );
    }
    let idle = command(IDLE, &books);
    let refusal = world.decide(&state, &idle, &books, &somebody("clerk"));
    let said = refusal.unwrap_err().to_string();
    assert!(
        said.contains(&format!("no flow of the day under {IDLE}")),
        "{said}"
    );
}

/// Signed is what whoever signs has before them, and not what has come meanwhile (R26).
#[test]
fn content_other_than_what_stands_is_refused() {
    let world = World::new("securities");
    let former = books(BOOKS);
    for (words, stands, word, by) in [
        (&[][..], CHANGED, THEIRS, "clerk"),
        (&[], [1, 2, 1], NOBODYS, "operations-head"),
        (ALL, [1, 1, 2], "close", "operations-head"),
        (ALL, CHANGED, "close", "operations-head"),
        (CLOSED, CHANGED, "close", "operations-head"),
    ] {
        let (state, books) = after(words, stands);
        let seen = command(word, &former);
        let refusal = world.decide(&state, &seen, &books, &somebody(by));
        let refusal = refusal.unwrap_err();
        let said = refusal.to_string();
        assert_eq!(refusal.code, OtherContent, "{word}: {said}");
        assert!(
            said.contains("R26") && said.contains("look at it again"),
            "{said}"
        );
    }
    // Another account's statement is none of this one.
    let mut other = command(NOBODYS, &former);
    if let Command::Reconcile { content, .. } = &mut other {
        *content = former.accounts[&login(THEIRS)].content;
    }
    let refusal = world.decide(&Day::default(), &other, &former, &somebody("clerk"));
    assert_eq!(refusal.unwrap_err().code, OtherContent);
}

/// A role is asked for on the day.
#[test]
fn whoever_has_left_reconciles_and_closes_nothing() {
    let world = World::new("securities");
    for (word, words) in [(NOBODYS, &[][..]), ("close", ALL)] {
        let (state, books) = after(words, BOOKS);
        for (to, from, expected) in [
            (Some(TODAY), "2020-01-01", None),
            (Some(YESTERDAY), "2020-01-01", Some(NotInRole)),
            (None, TODAY, None),
            (None, "2026-11-21", Some(NotInRole)),
        ] {
            let mut head = somebody("operations-head");
            head.grants[0].from = day(from);
            head.grants[0].to = to.map(day);
            let found = world.decide(&state, &command(word, &books), &books, &head);
            let code = found.err().map(|refusal| refusal.code);
            assert_eq!(code, expected, "{word} {from} {to:?}");
        }
    }
}

/// A firm may ask for more than an asserted account.
#[test]
fn a_firm_settles_how_well_whoever_signs_is_known() {
    for (name, _) in EMBEDDED {
        for (procedure, word, words) in [
            (RECONCILIATION, NOBODYS, &[][..]),
            (DAY_CLOSING, "close", ALL),
        ] {
            let mut world = World::new(name);
            let set = world.profile.procedures.get_mut(procedure).unwrap();
            set.assurance = Assurance::Signed;
            let (state, books) = after(words, BOOKS);
            let (command, head) = (command(word, &books), somebody("operations-head"));
            let found = world.decide(&state, &command, &books, &head);
            assert_eq!(found.unwrap_err().code, NotSigned, "{name} {word}");
            world.assurance = Assurance::Signed;
            let found = world.decide(&state, &command, &books, &head).unwrap();
            let (Event::Reconciled { signature, .. } | Event::Closed { signature, .. }) = found;
            assert_eq!(signature.assurance, Assurance::Signed);
        }
    }
}
