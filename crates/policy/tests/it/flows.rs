//! Flows and their scan tasks (R15, R22, R23, R25, R27) with their images (R28, R29), told in steps
//! such as `adjust 2 due-diligence`; who does such a step where the row does not say so stands in
//! [`said`].

mod forged;
mod images;
mod properties;
mod sharing;
mod small_world;
mod verification;
mod waivers;

use std::sync::OnceLock;

use domain::{BusinessDate, ClassCode, Digest, FlowNo, FondsId, RecordId};
use policy::authority::{Assurance, Branches, Grant, Person};
use policy::case::{Acting, Grounds, Workflow as _};
use policy::flow::{
    Channel, Command, Event, Flow, FlowFacts, Task, TaskId, TaskStanding, image_statement,
    tasks_of, template, waiver_statement,
};
use policy::profile::{EMBEDDED, Profile};
use policy::refusal::{Refusal, RefusalCode};

use crate::profiles::profile;

const OWN: &str = "0012";
const OTHER: &str = "0077";
/// Where headquarters' roles are held.
const HQ: &str = "";
const TODAY: &str = "2026-11-20";
const FLOW: &str = "20261120-000123";
const REASON: &str = "客户未提供原件";

/// Who is there, and the roles that they hold.
#[rustfmt::skip]
const PEOPLE: &[(&str, &[(&str, &str)])] = &[
    ("clerk", &[("clerk", OWN)]),
    ("clerk-elsewhere", &[("clerk", OTHER)]),
    ("operations-head", &[("operations-head", OWN)]),
    ("operations-head-elsewhere", &[("operations-head", OTHER)]),
    ("branch-head", &[("branch-head", OWN)]),
    ("operations-department", &[("operations-department", HQ)]),
    ("archivist", &[("archivist", OWN)]),
    ("reviewer", &[("reviewer", OWN)]),
    ("reviewer-elsewhere", &[("reviewer", OTHER)]),
    ("security-administrator", &[("security-administrator", HQ)]),
    ("clerk-and-head", &[("clerk", OWN), ("operations-head", OWN)]),
    ("clerk-and-reviewer", &[("clerk", OWN), ("reviewer", OWN)]),
];

fn day(text: &str) -> BusinessDate {
    text.parse().unwrap()
}

fn grant(role: &str, branch: &str) -> Grant {
    Grant {
        role: role.parse().unwrap(),
        branch: (branch != HQ).then(|| branch.parse().unwrap()),
        from: day("2020-01-01"),
        to: None,
    }
}

fn people() -> Vec<Person> {
    let person = |(id, roles): &(&str, &[(&str, &str)])| Person {
        id: id.parse().unwrap(),
        grants: roles.iter().map(|(role, at)| grant(role, at)).collect(),
    };
    PEOPLE.iter().map(person).collect()
}

/// Read once: thousands of cases ask for it.
fn securities() -> &'static Profile {
    static PROFILE: OnceLock<Profile> = OnceLock::new();
    PROFILE.get_or_init(|| profile("securities"))
}

/// The rules, the people and the day.
#[derive(Clone)]
struct World {
    profile: Profile,
    people: Vec<Person>,
    day: BusinessDate,
    assurance: Assurance,
}

impl World {
    fn new() -> Self {
        Self {
            profile: securities().clone(),
            people: people(),
            day: day(TODAY),
            assurance: Assurance::Asserted,
        }
    }

    /// Decides a command as it is driven: about the branch where the flow is known to stand.
    fn decide(&self, flow: &Flow, command: &Command, by: &str) -> Result<Event, Refusal> {
        let own = match (&flow.facts, command) {
            (Some(facts), _) | (None, Command::Record(facts)) => facts.branch.clone(),
            (None, _) => OWN.parse().unwrap(),
        };
        let grounds = Grounds {
            profile: &self.profile,
            procedure: self.profile.procedures.get(command.procedure()).unwrap(),
            people: &self.people,
            branches: &Branches {
                own: Some(own),
                receiving: None,
            },
            day: self.day,
        };
        let mut people = self.people.iter();
        let by = Acting {
            person: people.find(|person| person.id.as_str() == by).unwrap(),
            assurance: self.assurance,
        };
        flow.decide(command, by, &grounds)
    }

    /// A step, by whoever usually does it.
    fn step(&self, flow: &Flow, step: &str) -> Result<Event, Refusal> {
        let (by, command) = said(flow, step);
        self.decide(flow, &command, by)
    }

    /// What these steps make of a flow. `waive 2` is to ask and to grant.
    fn after(&self, steps: &[&str]) -> Flow {
        self.further(Flow::default(), steps)
    }

    fn further(&self, mut flow: Flow, steps: &[&str]) -> Flow {
        for step in steps {
            let both = step.strip_prefix("waive ");
            let steps = both.map_or_else(
                || vec![(*step).to_owned()],
                |task| vec![format!("ask {task}"), format!("grant {task}")],
            );
            for step in steps {
                let event = self.step(&flow, &step);
                flow = flow.apply(&event.unwrap_or_else(|why| unreachable!("{step}: {why}")));
            }
        }
        flow
    }
}

fn facts(business: &str) -> FlowFacts {
    FlowFacts {
        branch: OWN.parse().unwrap(),
        business_date: day(TODAY),
        client: "8800012345".parse().unwrap(),
        account: None,
        business: business.parse().unwrap(),
        operator: "li.na".parse().unwrap(),
        channel: Channel::Counter,
    }
}

fn task_id(number: u16) -> TaskId {
    TaskId {
        flow: FLOW.parse().unwrap(),
        number,
    }
}

/// What is signed for the waiver of a task.
fn content(flow: &Flow, number: u16) -> Digest {
    let class = flow.task(number).map(|task| &task.class);
    let statement = class.map_or_else(String::new, |class| {
        waiver_statement(
            FondsId::from_bytes([1; 16]),
            &task_id(number),
            class,
            REASON,
        )
    });
    Digest::of(statement.as_bytes())
}

/// The record of an image; unless a step says otherwise, each task has the one of its number.
fn record(n: u16) -> RecordId {
    RecordId::from_bits(u128::from(n))
}

/// What is signed for an image.
fn image(number: u16, record: RecordId) -> Digest {
    let bag = Digest::of(record.to_string().as_bytes());
    let statement = image_statement(FondsId::from_bytes([1; 16]), &task_id(number), record, bag);
    Digest::of(statement.as_bytes())
}

/// To put an image where one is owed.
fn scan(number: u16, record: RecordId) -> Command {
    let content = image(number, record);
    Command::Scan {
        number,
        record,
        content,
    }
}

/// What a step asks, and who usually asks it.
fn said(flow: &Flow, step: &str) -> (&'static str, Command) {
    let (imports, handles, approves) = ("operations-department", "clerk", "branch-head");
    let reviews = "reviewer";
    let number = |text: &str| text.parse::<u16>().unwrap();
    let reason = REASON.to_owned();
    let known = || {
        let known = flow.facts.clone();
        known.unwrap_or_else(|| facts("account-opening"))
    };
    let correct = |change: &dyn Fn(&mut FlowFacts)| {
        let mut facts = known();
        change(&mut facts);
        (imports, Command::Correct(facts))
    };
    let words: Vec<&str> = step.split(' ').collect();
    match words.as_slice() {
        ["record", business] => (imports, Command::Record(facts(business))),
        ["record", business, "online"] => {
            let channel = Channel::Online;
            let facts = facts(business);
            (imports, Command::Record(FlowFacts { channel, ..facts }))
        }
        ["correct", "nothing"] => correct(&|_| ()),
        ["correct", "online"] => correct(&|facts| facts.channel = Channel::Online),
        ["correct", "counter"] => correct(&|facts| facts.channel = Channel::Counter),
        ["correct", "client", client] => correct(&|facts| facts.client = client.parse().unwrap()),
        ["correct", "branch", branch] => correct(&|facts| facts.branch = branch.parse().unwrap()),
        ["correct", business] => correct(&|facts| facts.business = business.parse().unwrap()),
        ["cancel"] => (imports, Command::Cancel),
        ["add", class] => {
            let class = class.parse().unwrap();
            (handles, Command::AddTask { class, reason })
        }
        ["adjust", task, class] => {
            let (number, class) = (number(task), class.parse().unwrap());
            let adjust = Command::AdjustTask {
                number,
                class,
                reason,
            };
            (handles, adjust)
        }
        ["ask", task] => {
            let number = number(task);
            let content = content(flow, number);
            let ask = Command::AskWaiver {
                number,
                reason,
                content,
            };
            (handles, ask)
        }
        ["grant", task] => {
            let number = number(task);
            let content = content(flow, number);
            (approves, Command::GrantWaiver { number, content })
        }
        ["deny", task] => {
            let number = number(task);
            (approves, Command::DenyWaiver { number, reason })
        }
        ["scan", task] => (handles, scan(number(task), record(number(task)))),
        ["scan", task, "as", other] => (handles, scan(number(task), record(number(other)))),
        ["pass", task] => {
            let number = number(task);
            let held = flow.task(number).and_then(|task| task.standing.record());
            let content = image(number, held.unwrap_or_else(|| record(number)));
            (reviews, Command::PassReview { number, content })
        }
        ["return", task] => {
            let number = number(task);
            (reviews, Command::ReturnReview { number, reason })
        }
        ["share", task] => (handles, sharing::share(flow, number(task))),
        ["verify", found] => (reviews, verification::verify(found)),
        _ => unreachable!("{step}"),
    }
}

/// How the tasks of a flow stand, from number 1.
fn told(flow: &Flow) -> Vec<String> {
    let one = |task: &Task| match &task.standing {
        TaskStanding::ToScan => format!("{} owed", task.class),
        TaskStanding::WaiverAsked { .. } => format!("{} asked", task.class),
        TaskStanding::Scanned { .. } => format!("{} scanned", task.class),
        TaskStanding::Reviewed { .. } => format!("{} reviewed", task.class),
        TaskStanding::Shared { .. } => format!("{} shared", task.class),
        TaskStanding::Waived => format!("{} waived", task.class),
        TaskStanding::Replaced { by } => format!("{} replaced by {by}", task.class),
        TaskStanding::Withdrawn => format!("{} withdrawn", task.class),
    };
    flow.tasks.iter().map(one).collect()
}

/// Requirement, type of business, way, and the documents that are to be scanned.
#[rustfmt::skip]
const OWED: &[(&str, &str, Channel, &[&str])] = &[
    // What headquarters has set for each business.
    ("R23", "account-opening", Channel::Counter, &["opening-application", "id-copy", "client-contract", "risk-assessment"]),
    ("R23", "information-change", Channel::Counter, &["information-change", "confirmation-slip", "id-copy"]),
    ("R23", "agency-business", Channel::Counter, &["agency-voucher", "id-copy"]),
    ("R23", "fund-business", Channel::Counter, &["fund-voucher", "id-copy"]),
    ("R23", "custody-business", Channel::Counter, &["custody-voucher", "id-copy"]),
    ("R23", "account-closing", Channel::Counter, &["asset-voucher", "id-copy"]),
    // Headquarters has set nothing.
    ("R25", "margin-trading", Channel::Counter, &[]),
    // Taken in as they are, and never scanned.
    ("R15", "account-opening", Channel::Online, &[]),
    ("R15", "fund-business", Channel::Online, &[]),
    ("R15", "margin-trading", Channel::Online, &[]),
];

#[test]
fn a_business_owes_what_headquarters_has_set() {
    let world = World::new();
    for (rule, business, channel, owed) in OWED {
        let facts = FlowFacts {
            channel: *channel,
            ..facts(business)
        };
        let tasks = tasks_of(&world.profile, &facts);
        let found: Vec<&str> = tasks.iter().map(ClassCode::as_str).collect();
        assert_eq!(found, *owed, "{rule}: {business}");
        // What is recorded is that, and nothing of it is lost on the way (R07).
        let command = Command::Record(facts.clone());
        let event = world.decide(&Flow::default(), &command, "clerk").unwrap();
        let flow = Flow::replay(&[event]);
        assert_eq!(flow.facts, Some(facts));
        let owed: Vec<String> = owed.iter().map(|class| format!("{class} owed")).collect();
        assert_eq!(told(&flow), owed, "{rule}: {business}");
    }
    // Every business that has a template has a row.
    for template in &world.profile.templates {
        let mut rows = OWED.iter();
        let named =
            rows.any(|(rule, business, ..)| (*rule, *business) == ("R23", &template.business));
        assert!(named, "{}", template.business);
    }
}

/// A template may name what is born electronic, for the checklist; no task is made of it (R15).
#[test]
fn what_is_born_electronic_gets_no_task() {
    let mut world = World::new();
    for template in &mut world.profile.templates {
        template.tasks.insert(0, "order-record".parse().unwrap());
        template.tasks.push("witness-video".parse().unwrap());
    }
    let flow = world.after(&["record fund-business"]);
    assert_eq!(told(&flow), ["fund-voucher owed", "id-copy owed"]);
    let flow = world.after(&["record fund-business", "correct account-closing"]);
    assert_eq!(
        told(&flow),
        [
            "fund-voucher withdrawn",
            "id-copy owed",
            "asset-voucher owed"
        ]
    );
    // Of no class that the three profiles have, whatever a template names.
    for (name, _) in EMBEDDED {
        let mut profile = profile(name);
        let classes: Vec<_> = profile.classes.keys().cloned().collect();
        let mut known = World::new().profile.templates.remove(0);
        known.tasks.clone_from(&classes);
        profile.templates = vec![known];
        let facts = facts("account-opening");
        assert!(template(&profile, &facts.business).is_some());
        let tasks = tasks_of(&profile, &facts);
        for (code, class) in &profile.classes {
            assert_eq!(tasks.contains(code), !class.native, "{name} {code}");
        }
    }
}

/// Requirement, what is done, how the tasks stand then, and whether nothing is owed any more.
type History = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    bool,
);

#[rustfmt::skip]
const HISTORIES: &[History] = &[
    ("R23", &["record fund-business"], &["fund-voucher owed", "id-copy owed"], false),
    ("R15", &["record fund-business online"], &[], true),
    // A flow without a task is not forgotten, unless nothing came of it.
    ("R25", &["record margin-trading"], &[], false),
    ("R25", &["record margin-trading", "cancel"], &[], true),
    ("R25", &["record margin-trading", "add id-copy"], &["id-copy owed"], false),
    ("R25", &["record margin-trading", "add id-copy", "waive 1"], &["id-copy waived"], true),
    ("R25", &["record margin-trading", "correct fund-business"], &["fund-voucher owed", "id-copy owed"], false),

    // The type was wrong: what the right one does not need is not owed, what it needs is.
    ("R23", &["record account-opening", "correct fund-business"], &["opening-application withdrawn", "id-copy owed", "client-contract withdrawn", "risk-assessment withdrawn", "fund-voucher owed"], false),
    // Who it was or where makes no other documents.
    ("R23", &["record fund-business", "correct client 8800054321"], &["fund-voucher owed", "id-copy owed"], false),
    ("R23", &["record fund-business", "correct branch 0077"], &["fund-voucher owed", "id-copy owed"], false),
    // It came online, or did not.
    ("R15", &["record fund-business", "correct online"], &["fund-voucher withdrawn", "id-copy withdrawn"], true),
    ("R15", &["record fund-business online", "correct counter"], &["fund-voucher owed", "id-copy owed"], false),
    // Taken back, it is owed again, under a number of its own.
    ("R23", &["record fund-business", "correct account-closing", "correct fund-business"], &["fund-voucher withdrawn", "id-copy owed", "asset-voucher withdrawn", "fund-voucher owed"], false),
    ("R15", &["record fund-business", "correct online", "correct counter"], &["fund-voucher withdrawn", "id-copy withdrawn", "fund-voucher owed", "id-copy owed"], false),
    // What somebody added by hand stays, and serves where the right type asks for it.
    ("R27", &["record account-closing", "add due-diligence", "correct fund-business"], &["asset-voucher withdrawn", "id-copy owed", "due-diligence owed", "fund-voucher owed"], false),
    ("R27", &["record account-closing", "add fund-voucher", "correct fund-business"], &["asset-voucher withdrawn", "id-copy owed", "fund-voucher owed"], false),
    // What two people have left out stays so.
    ("R22", &["record account-closing", "waive 2", "correct fund-business"], &["asset-voucher withdrawn", "id-copy waived", "fund-voucher owed"], false),
    ("R22", &["record account-closing", "waive 1", "correct fund-business"], &["asset-voucher waived", "id-copy owed", "fund-voucher owed"], false),
    // What was asked still waits, unless it is not owed any more.
    ("R22", &["record account-closing", "ask 2", "correct fund-business"], &["asset-voucher withdrawn", "id-copy asked", "fund-voucher owed"], false),
    ("R22", &["record account-closing", "ask 1", "correct fund-business"], &["asset-voucher withdrawn", "id-copy owed", "fund-voucher owed"], false),
    // What was replaced stays so, and what took its place is owed.
    ("R27", &["record account-closing", "adjust 2 due-diligence", "correct fund-business"], &["asset-voucher withdrawn", "id-copy replaced by 3", "due-diligence owed", "fund-voucher owed"], false),

    // A cancelled flow owes nothing, and what was there is still to be read.
    ("R25", &["record fund-business", "cancel"], &["fund-voucher withdrawn", "id-copy withdrawn"], true),
    ("R27", &["record account-opening", "waive 1", "adjust 2 due-diligence", "ask 3", "add other-archive", "cancel"], &["opening-application waived", "id-copy replaced by 5", "client-contract withdrawn", "risk-assessment withdrawn", "due-diligence withdrawn", "other-archive withdrawn"], true),
    ("R25", &["record fund-business", "waive 1", "waive 2", "cancel"], &["fund-voucher waived", "id-copy waived"], true),

    // Two documents of one class are two tasks.
    ("R25", &["record fund-business", "add id-copy", "add id-copy"], &["fund-voucher owed", "id-copy owed", "id-copy owed", "id-copy owed"], false),
    ("R27", &["record fund-business online", "add id-copy"], &["id-copy owed"], false),
    // The wrong task is kept.
    ("R27", &["record fund-business", "adjust 1 product-voucher"], &["fund-voucher replaced by 3", "id-copy owed", "product-voucher owed"], false),
    ("R27", &["record fund-business", "adjust 1 product-voucher", "adjust 3 fund-voucher"], &["fund-voucher replaced by 3", "id-copy owed", "product-voucher replaced by 4", "fund-voucher owed"], false),

    // Asked for is still owed; refused, it is owed as before and may be asked for anew.
    ("R22", &["record fund-business", "ask 2"], &["fund-voucher owed", "id-copy asked"], false),
    ("R22", &["record fund-business", "ask 2", "deny 2"], &["fund-voucher owed", "id-copy owed"], false),
    ("R22", &["record fund-business", "ask 2", "deny 2", "waive 2"], &["fund-voucher owed", "id-copy waived"], false),
    ("R22", &["record fund-business", "ask 2", "deny 2", "adjust 2 due-diligence"], &["fund-voucher owed", "id-copy replaced by 3", "due-diligence owed"], false),
    // All of it at rest, and not one document before.
    ("R07", &["record fund-business", "waive 1", "waive 2"], &["fund-voucher waived", "id-copy waived"], true),
    ("R07", &["record fund-business", "waive 1", "ask 2"], &["fund-voucher waived", "id-copy asked"], false),
    ("R07", &["record fund-business", "waive 1", "adjust 2 due-diligence"], &["fund-voucher waived", "id-copy replaced by 3", "due-diligence owed"], false),
    ("R07", &["record fund-business", "waive 1", "adjust 2 due-diligence", "waive 3"], &["fund-voucher waived", "id-copy replaced by 3", "due-diligence waived"], true),
];

fn as_told(histories: &[History]) {
    let world = World::new();
    let mut wrong = Vec::new();
    for (rule, steps, tasks, at_rest) in histories {
        let flow = world.after(steps);
        let found = (told(&flow), flow.is_at_rest());
        if found.0 != *tasks || found.1 != *at_rest {
            wrong.push(format!("{rule} {steps:?}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn tasks_stand_as_the_table_says() {
    as_told(HISTORIES);
    assert!(!Flow::default().is_at_rest());
}

/// A type that no template knows, and the way online, ask for no document; nothing was cancelled
/// by that.
#[rustfmt::skip]
const CORRECTED_TO_NOTHING: &[History] = &[
    // What somebody added by hand stays.
    ("R27", &["record fund-business", "add due-diligence", "correct online"], &["fund-voucher withdrawn", "id-copy withdrawn", "due-diligence owed"], false),
    ("R27", &["record margin-trading", "add id-copy", "correct client 8800054321"], &["id-copy owed"], false),
    ("R27", &["record fund-business", "adjust 1 product-voucher", "correct margin-trading"], &["fund-voucher replaced by 3", "id-copy withdrawn", "product-voucher owed"], false),
    // No template knows it, and it has no task but what it never owed: it is not forgotten.
    ("R25", &["record fund-business", "correct margin-trading"], &["fund-voucher withdrawn", "id-copy withdrawn"], false),
];

#[test]
fn a_correction_that_asks_for_nothing_cancels_nothing() {
    as_told(CORRECTED_TO_NOTHING);
}

use RefusalCode::{OtherContent, WrongState};

/// What was done, what somebody asks then, what refuses it, and what the refusal rests on.
#[rustfmt::skip]
const REFUSED: &[(&[&str], &str, RefusalCode, &str)] = &[
    (&["record fund-business"], "record fund-business", WrongState, "R25"),
    (&["record fund-business"], "record account-closing", WrongState, "R25"),
    (&["record fund-business", "cancel"], "record fund-business", WrongState, "R25"),
    // Said again, it is no correction.
    (&["record fund-business"], "correct nothing", WrongState, "R25"),
    (&["record fund-business", "cancel"], "correct account-closing", WrongState, "R25"),
    // Never scanned, or of no category.
    (&["record fund-business"], "add order-record", OtherContent, "R15"),
    (&["record fund-business"], "add witness-video", OtherContent, "R15"),
    (&["record fund-business"], "adjust 1 execution-record", OtherContent, "R15"),
    (&["record fund-business"], "add love-letter", OtherContent, "R22"),
    (&["record fund-business"], "adjust 1 love-letter", OtherContent, "R23"),
    // It would be the same task.
    (&["record fund-business"], "adjust 1 fund-voucher", WrongState, "R27"),
    // There is no such task: they count from 1.
    (&["record fund-business"], "adjust 0 due-diligence", WrongState, "R25"),
    (&["record fund-business"], "adjust 3 due-diligence", WrongState, "R25"),
    (&["record fund-business"], "ask 0", WrongState, "R25"),
    (&["record fund-business"], "ask 65535", WrongState, "R25"),
    (&["record margin-trading"], "ask 1", WrongState, "R25"),
    (&["record fund-business", "ask 2"], "grant 1", WrongState, "R25"),
    (&["record fund-business", "ask 2"], "deny 1", WrongState, "R25"),
];

#[test]
fn what_cannot_be_done_says_why() {
    let world = World::new();
    for (steps, asked, code, rests_on) in REFUSED {
        let refusal = world.step(&world.after(steps), asked).unwrap_err();
        let said = refusal.to_string();
        assert_eq!(refusal.code, *code, "{steps:?} {asked}: {said}");
        assert!(said.contains(rests_on), "{steps:?} {asked}: {said}");
    }
}

/// A flow has room for 99 tasks; that no text says.
#[test]
fn a_flow_has_room_for_so_many_tasks() {
    let world = World::new();
    let mut flow = world.after(&["record margin-trading"]);
    for _ in 0..98 {
        let event = world.step(&flow, "add id-copy").unwrap();
        flow = flow.apply(&event);
    }
    assert!(world.step(&flow, "adjust 98 due-diligence").is_ok());
    let event = world.step(&flow, "add id-copy").unwrap();
    let flow = flow.apply(&event);
    assert_eq!(flow.tasks.len(), 99);
    for asked in ["add id-copy", "adjust 99 due-diligence"] {
        let refusal = world.step(&flow, asked).unwrap_err();
        assert_eq!(refusal.code, WrongState, "{asked}");
        assert!(refusal.to_string().contains("firm's setting"), "{refusal}");
    }
    // The last of them can still be left out.
    assert!(world.step(&flow, "ask 99").is_ok());
}

#[test]
fn a_task_is_named_by_flow_and_number() {
    for (text, flow, number) in [
        ("20261120-000123/2", "20261120-000123", 2),
        ("F/1", "F", 1),
        ("流水1/99", "流水1", 99),
        ("F/65535", "F", 65535),
    ] {
        let task: TaskId = text.parse().unwrap();
        let flow: FlowNo = flow.parse().unwrap();
        assert_eq!(task, TaskId { flow, number });
        assert_eq!(task.to_string(), text);
    }
    for wrong in [
        "", "/", "F", "F/", "/1", "F/0", "F/-1", "F/65536", "F/x", "F/1.0", "F/２", "F/1/2",
        "F//1", "F G/1", " F/1", "F/1 ", "F/ 1", "F\n/1", "F/1\n",
    ] {
        let error = wrong.parse::<TaskId>().unwrap_err();
        assert_eq!(error.found, wrong);
        let said = error.to_string();
        let (expected, found) = ("20261120-000123/2", format!("{wrong:?}"));
        assert!(said.contains(expected) && said.contains(&found), "{said}");
    }
    // What is said of a wrong text is short, and no character is cut.
    let long = "流".repeat(200).parse::<TaskId>().unwrap_err();
    assert_eq!(long.found, "流".repeat(80));
    // In the order of their numbers.
    assert!(task_id(2) < task_id(10));
}

/// As in a basis, so that one task is not two to whoever compares texts.
#[test]
fn a_task_has_one_spelling() {
    for wrong in ["F/+1", "F/01", "F/00001"] {
        assert!(wrong.parse::<TaskId>().is_err(), "{wrong}");
    }
}

#[test]
fn what_is_signed_names_archive_task_class_and_reason() {
    let fonds = FondsId::from_bytes([1; 16]);
    let class = "id-copy".parse().unwrap();
    let said = waiver_statement(fonds, &task_id(2), &class, " 客户未提供原件\n");
    assert_eq!(
        said,
        "vouchsafe-waiver/1\n01010101010101010101010101010101\n20261120-000123/2\nid-copy\n客户未提供原件\n"
    );
}
