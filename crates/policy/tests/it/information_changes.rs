//! Changes of client information (客户资料修改, R86 to R91): what is asked for, row by row. Who asks and
//! who confirms is looked at whole in [`world`].

mod world;

use std::collections::BTreeSet;

use domain::{Digest, FlowNo, FondsId};
use policy::case::Workflow as _;
use policy::client::{ClientKind, FIELDS};
use policy::flow::{Channel, Event as FlowEvent, Flow, FlowFacts, Means, tasks_of};
use policy::information_change::{
    Application, BUSINESS, Change, ChangeGrounds, Command, Event, KEY_FIELDS, PROCEDURE, Signer,
    Target, change_statement,
};
use policy::refusal::{Refusal, RefusalCode};

use crate::everybody::{OWN, REASON, TODAY, World, day};
use RefusalCode::{NotSigned, OtherContent, WrongState};

const CLIENT: &str = "8800012345";
const FLOW: &str = "20261120-000123";

fn content() -> Digest {
    Digest::of(b"the card as it is to be")
}

/// A flow as the counter system tells of it, with the tasks of its template.
fn flow_of(world: &World, business: &str) -> Flow {
    let facts = FlowFacts {
        branch: OWN.parse().unwrap(),
        business_date: day(TODAY),
        client: CLIENT.parse().unwrap(),
        account: None,
        business: business.parse().unwrap(),
        operator: "li.na".parse().unwrap(),
        channel: Channel::Counter,
    };
    let tasks = tasks_of(&world.profile, &facts);
    Flow::replay(&[FlowEvent::Recorded { facts, tasks }])
}

/// A change of a telephone number, for which nothing is lacking.
fn application() -> Application {
    Application {
        client: CLIENT.parse().unwrap(),
        kind: ClientKind::Person,
        fields: ["phone".to_owned()].into(),
        identified: [Means::Originals].into(),
        signed: [Signer::Client].into(),
        sync: BTreeSet::new(),
        one_code_known: false,
        unconfirmed_relation: false,
    }
}

fn ask(application: Application) -> Command {
    Command::Ask {
        application: Box::new(application),
        content: content(),
    }
}

fn decide(
    world: &World,
    (change, flow): (&Change, &Flow),
    command: &Command,
    by: &str,
) -> Result<Event, Refusal> {
    let grounds = world.grounds(PROCEDURE);
    let client = CLIENT.parse().unwrap();
    let on = ChangeGrounds {
        grounds,
        flow,
        client: &client,
    };
    change.decide(command, world.acting(by), &on)
}

/// What a clerk is told who asks for it on a flow for which nothing is lacking.
fn asked(world: &World, application: Application) -> Result<Event, Refusal> {
    let flow = flow_of(world, BUSINESS);
    let command = ask(application);
    decide(world, (&Change::default(), &flow), &command, "clerk.0012")
}

fn demand(found: Result<Event, Refusal>, expected: Option<(RefusalCode, &str)>, what: &str) {
    match (found, expected) {
        (Ok(_), None) => {}
        (Err(refusal), Some((code, rule))) => {
            let said = refusal.to_string();
            assert_eq!(refusal.code, code, "{what}: {said}");
            assert!(said.contains(rule), "{what}: {said}");
        }
        (found, expected) => unreachable!("{what}: {found:?}, {expected:?}"),
    }
}

fn fields(it: &mut Application, fields: &[&str]) {
    it.fields = fields.iter().map(|field| (*field).to_owned()).collect();
}

fn signed(it: &mut Application, kind: ClientKind, signed: &[Signer]) {
    it.kind = kind;
    it.signed = signed.iter().copied().collect();
}

/// Requirement, what is other about the application, and what refuses it.
type Row = (&'static str, fn(&mut Application), Option<RefusalCode>);

use ClientKind::{Institution, Person, Product};
use Signer::{Agent, AppointedRepresentative, Client, LegalRepresentative, ManagingPartner, Seal};

#[rustfmt::skip]
const APPLICATIONS: &[Row] = &[
    ("R86", |_| (), None),
    ("R86", |it| fields(it, &["phone", "address", "occupation"]), None),
    ("R86", |it| fields(it, &[]), Some(OtherContent)),
    // Nothing that may be known of a client.
    ("R16", |it| fields(it, &["shoe_size"]), Some(OtherContent)),
    ("R16", |it| fields(it, &["phone", "Phone"]), Some(OtherContent)),
    ("R16", |it| fields(it, &[""]), Some(OtherContent)),

    // Whoever the client is, somebody has looked, before anything is changed.
    ("R87", |it| it.identified = [Means::PoliceCheck].into(), None),
    ("R87", |it| it.identified = [Means::IdReader].into(), None),
    ("R87", |it| it.identified = BTreeSet::new(), Some(OtherContent)),
    ("R87", |it| it.identified = [Means::Callback].into(), Some(OtherContent)),
    ("R87", |it| it.identified = [Means::Specimen, Means::CounterGuide].into(), Some(OtherContent)),
    // What tells who the client is, the state has been asked about.
    ("R87", |it| fields(it, &["name"]), Some(OtherContent)),
    ("R87", |it| fields(it, &["id_kind"]), Some(OtherContent)),
    ("R87", |it| fields(it, &["id_number"]), Some(OtherContent)),
    ("R87", |it| fields(it, &["phone", "id_number"]), Some(OtherContent)),
    ("R87", |it| { fields(it, &["name"]); it.identified = [Means::IdReader, Means::Originals, Means::Callback].into(); }, Some(OtherContent)),
    ("R87", |it| { fields(it, &["name", "id_number"]); it.identified.insert(Means::PoliceCheck); }, None),
    // Until when it is valid, and the portrait, are not who the client is.
    ("R87", |it| fields(it, &["id_valid_to", "portrait", "nationality"]), None),

    // A person in person.
    ("R88", |it| signed(it, Person, &[]), Some(NotSigned)),
    ("R88", |it| signed(it, Person, &[Agent]), Some(NotSigned)),
    ("R88", |it| signed(it, Person, &[Seal, LegalRepresentative, Agent]), Some(NotSigned)),
    // An institution by seal, legal representative and agent.
    ("R88", |it| signed(it, Institution, &[Seal, LegalRepresentative, Agent]), None),
    ("R88", |it| signed(it, Institution, &[LegalRepresentative, Agent]), Some(NotSigned)),
    ("R88", |it| signed(it, Institution, &[Seal, Agent]), Some(NotSigned)),
    ("R88", |it| signed(it, Institution, &[Seal, LegalRepresentative]), Some(NotSigned)),
    ("R88", |it| signed(it, Institution, &[Client]), Some(NotSigned)),
    ("R88", |it| signed(it, Institution, &[]), Some(NotSigned)),
    // A partnership by its managing partner, or whom that one has appointed.
    ("R88", |it| signed(it, Institution, &[Seal, ManagingPartner, Agent]), None),
    ("R88", |it| signed(it, Institution, &[Seal, AppointedRepresentative, Agent]), None),
    ("R88", |it| signed(it, Institution, &[ManagingPartner, AppointedRepresentative]), Some(NotSigned)),
    ("R88", |it| signed(it, Product, &[Seal, LegalRepresentative, Agent]), None),
    ("R88", |it| signed(it, Product, &[Client]), Some(NotSigned)),

    // ChinaClear has answered with the one-code information, or it is not sent there.
    ("R91", |it| it.sync = [Target::OneCode].into(), Some(OtherContent)),
    ("R91", |it| it.sync = Target::ALL.into(), Some(OtherContent)),
    ("R91", |it| { it.sync = Target::ALL.into(); it.one_code_known = true; }, None),
    ("R91", |it| it.sync = [Target::Shareholder, Target::Fund].into(), None),
    // No key information while a relation is unconfirmed.
    ("R91", |it| { fields(it, &["name"]); it.identified.insert(Means::PoliceCheck); it.unconfirmed_relation = true; }, Some(OtherContent)),
    ("R91", |it| it.unconfirmed_relation = true, None),
];

#[test]
fn an_application_is_taken_as_the_table_says() {
    let world = World::new("securities", &[]);
    for (n, (rule, change, code)) in APPLICATIONS.iter().enumerate() {
        let mut application = application();
        change(&mut application);
        let found = asked(&world, application);
        demand(found, code.map(|code| (code, *rule)), &format!("row {n}"));
    }
}

/// Requirement, what has become of the flow, and what refuses a change that rests on it.
type OfFlow = (&'static str, fn(&World) -> Flow, Option<RefusalCode>);

fn without(world: &World, class: &str) -> Flow {
    let mut flow = flow_of(world, BUSINESS);
    flow.tasks.retain(|task| task.class.as_str() != class);
    flow
}

fn cancelled(world: &World) -> Flow {
    let withdrawn = vec![1, 2, 3];
    flow_of(world, BUSINESS).apply(&FlowEvent::Cancelled { withdrawn })
}

/// The flow once it was corrected: to these facts, with nothing else owed.
fn corrected(world: &World, change: impl Fn(&mut FlowFacts), withdrawn: &[u16]) -> Flow {
    let flow = flow_of(world, BUSINESS);
    let mut facts = flow.facts.clone().unwrap();
    change(&mut facts);
    flow.apply(&FlowEvent::Corrected {
        facts,
        withdrawn: withdrawn.to_vec(),
        added: vec![],
    })
}

/// The flow with another task in the place of one.
fn adjusted(world: &World, number: u16) -> Flow {
    flow_of(world, BUSINESS).apply(&FlowEvent::TaskAdjusted {
        number,
        class: "due-diligence".parse().unwrap(),
        reason: REASON.to_owned(),
    })
}

fn of_another_client(world: &World) -> Flow {
    let other = |facts: &mut FlowFacts| facts.client = "8800054321".parse().unwrap();
    corrected(world, other, &[])
}

#[rustfmt::skip]
const FLOWS: &[OfFlow] = &[
    ("R86", |world| flow_of(world, BUSINESS), None),
    // A form of its own, that the counter system knows of.
    ("R86", |_| Flow::default(), Some(WrongState)),
    ("R86", cancelled, Some(WrongState)),
    ("R86", |world| flow_of(world, "fund-business"), Some(WrongState)),
    ("R86", |world| flow_of(world, "account-opening"), Some(WrongState)),
    ("R86", of_another_client, Some(WrongState)),
    // The form that asks for it, and the slip that confirms it, become tasks.
    ("R86", |world| without(world, "information-change"), Some(WrongState)),
    ("R90", |world| without(world, "confirmation-slip"), Some(WrongState)),
    // What the template also asks for is the flow's affair.
    ("R86", |world| without(world, "id-copy"), None),
    // A task that is not owed any more is none that the flow owes.
    ("R86", |world| adjusted(world, 1), Some(WrongState)),
    ("R90", |world| adjusted(world, 2), Some(WrongState)),
    ("R90", |world| corrected(world, |facts| facts.channel = Channel::Online, &[2, 3]), Some(WrongState)),
];

#[test]
fn a_change_rests_on_a_flow_as_the_table_says() {
    let world = World::new("securities", &[]);
    let found = |flow: &Flow| {
        let command = ask(application());
        decide(&world, (&Change::default(), flow), &command, "clerk.0012")
    };
    for (n, (rule, flow, code)) in FLOWS.iter().enumerate() {
        let what = format!("row {n}");
        let expected = code.map(|code| (code, *rule));
        demand(found(&flow(&world)), expected, &what);
    }
}

/// Each subset of those who may sign, by each kind of client (R88).
#[test]
fn every_set_of_signers_is_enough_or_not_by_the_kind_of_client() {
    let world = World::new("securities", &[]);
    let mut enough_of = Vec::new();
    for kind in ClientKind::ALL {
        let mut enough = 0;
        for bits in 0..1_u32 << Signer::ALL.len() {
            let all = Signer::ALL.iter().enumerate();
            let signed: BTreeSet<Signer> = all
                .filter(|(n, _)| bits & (1 << n) != 0)
                .map(|(_, one)| *one)
                .collect();
            let head = [
                LegalRepresentative,
                ManagingPartner,
                AppointedRepresentative,
            ];
            let right = match kind {
                Person => signed.contains(&Client),
                Institution | Product => {
                    signed.contains(&Seal)
                        && signed.contains(&Agent)
                        && head.iter().any(|one| signed.contains(one))
                }
            };
            let application = Application {
                kind,
                signed: signed.clone(),
                ..application()
            };
            let expected = (!right).then_some((NotSigned, "R88"));
            demand(
                asked(&world, application),
                expected,
                &format!("{kind:?} {signed:?}"),
            );
            enough += u32::from(right);
        }
        enough_of.push(enough);
    }
    // Half of all sets for a person; seal, agent and one of three heads for the others.
    assert_eq!(enough_of, [32, 14, 14]);
}

/// Each field by each way to identify a client, with each target, known or not.
#[test]
fn every_application_is_answered_as_the_rules_say() {
    let world = World::new("securities", &[]);
    let means = [
        Means::PoliceCheck,
        Means::IdReader,
        Means::Originals,
        Means::Callback,
    ];
    let mut accepted = 0;
    for field in FIELDS.iter().chain(&["shoe_size"]) {
        for bits in 0..1_u32 << 9 {
            let bit = |n: usize| bits & (1 << n) != 0;
            let identified: BTreeSet<Means> =
                (0..4).filter(|n| bit(*n)).map(|n| means[n]).collect();
            let sync: BTreeSet<Target> = (0..3)
                .filter(|n| bit(4 + *n))
                .map(|n| Target::ALL[n])
                .collect();
            let application = Application {
                fields: [(*field).to_owned()].into(),
                identified: identified.clone(),
                sync: sync.clone(),
                one_code_known: bit(7),
                unconfirmed_relation: bit(8),
                ..application()
            };
            let key = ["name", "id_kind", "id_number"].contains(field);
            assert_eq!(application.is_key(), key, "{field}");
            let mut reasons = BTreeSet::new();
            if *field == "shoe_size" {
                reasons.insert("R16");
            }
            let known = [Means::PoliceCheck, Means::IdReader, Means::Originals];
            let checked = identified.contains(&Means::PoliceCheck);
            if key && !checked || !known.iter().any(|one| identified.contains(one)) {
                reasons.insert("R87");
            }
            if sync.contains(&Target::OneCode) && !bit(7) || key && bit(8) {
                reasons.insert("R91");
            }
            let what = format!("{field} {identified:?} {sync:?} {bits:b}");
            match asked(&world, application) {
                Ok(_) => {
                    accepted += 1;
                    assert!(reasons.is_empty(), "{what}: {reasons:?}");
                }
                Err(refusal) => {
                    let said = refusal.to_string();
                    let named = reasons.iter().any(|rule| said.contains(rule));
                    assert!(named && refusal.code == OtherContent, "{what}: {said}");
                }
            }
        }
    }
    assert_eq!(KEY_FIELDS.len(), 3);
    // Seven of eight ways to identify, six of eight with a target that may be sent; 11 fields that
    // are not key in either case of a relation, and 3 with half the ways and no open relation.
    let targets = 8 * 2 - 4;
    assert_eq!(accepted, 11 * 14 * targets * 2 + 3 * 8 * targets);
}

#[test]
fn what_is_signed_names_archive_flow_client_fields_and_card() {
    let flow: FlowNo = FLOW.parse().unwrap();
    let fields = ["phone", "address"].map(str::to_owned).into();
    let said = change_statement(
        FondsId::from_bytes([1; 16]),
        &flow,
        &CLIENT.parse().unwrap(),
        (&fields, content()),
    );
    let card = content();
    assert_eq!(
        said,
        format!(
            "vouchsafe-information-change/1\n01010101010101010101010101010101\n20261120-000123\n8800012345\naddress,phone\n{card}\n"
        )
    );
    // No two words are one.
    let words: BTreeSet<&str> = Signer::ALL.map(Signer::as_str).into();
    assert_eq!(words.len(), Signer::ALL.len());
    let words: BTreeSet<&str> = Target::ALL.map(Target::as_str).into();
    assert_eq!(words.len(), Target::ALL.len());
}
