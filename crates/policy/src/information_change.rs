//! Changes of client information (客户资料修改, R86 to R92): asked for at the counter once the client
//! is identified and the forms are signed, and in force once a second person has said so.
//!
//! Each rests on a flow of its own, whose tasks are the application form (R86), the copy of the
//! identity document (R87) and the confirmation that the client signs (R90).

use std::collections::BTreeSet;

use domain::{ClientNo, Digest, FlowNo, FondsId};
use serde::{Deserialize, Serialize};

use crate::authority::Signature;
use crate::case::{Acting, Grounds, Workflow};
use crate::client::{ClientKind, FIELDS};
use crate::flow::{Flow, Means, Task, TaskStanding};
use crate::reason::demand_reason;
use crate::refusal::{Refusal, RefusalCode};

/// The procedure by which client information is changed.
pub const PROCEDURE: &str = "information-change";
/// The type of the business that a change rests on, and the class of its application form.
pub const BUSINESS: &str = "information-change";
/// The class of the slip by which the client confirms a change (R90).
pub const CONFIRMATION_SLIP: &str = "confirmation-slip";
/// The position of whoever submits a change.
pub const MAKER: &str = "maker";
/// The position of whoever confirms it.
pub const CHECKER: &str = "checker";

/// What tells who a client is: key information (关键信息).
pub const KEY_FIELDS: [&str; 3] = ["name", "id_kind", "id_number"];

/// Who has signed the application (R88).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signer {
    /// The client in person (本人签名).
    Client,
    /// The institution's seal (公章).
    Seal,
    /// The legal representative, by seal or hand (法定代表人).
    LegalRepresentative,
    /// The managing partner, or the head (执行事务合伙人或负责人).
    ManagingPartner,
    /// Whom a managing partner that is an institution has appointed (委派代表).
    AppointedRepresentative,
    /// The agent at the counter (经办代理人).
    Agent,
}

impl Signer {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::Client,
        Self::Seal,
        Self::LegalRepresentative,
        Self::ManagingPartner,
        Self::AppointedRepresentative,
        Self::Agent,
    ];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Seal => "seal",
            Self::LegalRepresentative => "legal-representative",
            Self::ManagingPartner => "managing-partner",
            Self::AppointedRepresentative => "appointed-representative",
            Self::Agent => "agent",
        }
    }
}

/// Where a change is sent (同步对象, R91).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// The one-code account at `ChinaClear` (一码通).
    OneCode,
    /// The shareholder accounts (股东账户).
    Shareholder,
    /// The fund accounts (基金账户).
    Fund,
}

impl Target {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::OneCode, Self::Shareholder, Self::Fund];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OneCode => "one-code",
            Self::Shareholder => "shareholder",
            Self::Fund => "fund",
        }
    }
}

/// What is said of a change when it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// The client.
    pub client: ClientNo,
    /// Which kind of client.
    pub kind: ClientKind,
    /// What changes, by the names of [`FIELDS`].
    pub fields: BTreeSet<String>,
    /// By what the client was identified, before anything else (R87).
    pub identified: BTreeSet<Means>,
    /// Who has signed the application (R88).
    pub signed: BTreeSet<Signer>,
    /// Where it is sent (R91); nowhere where it concerns the firm's own records alone.
    pub sync: BTreeSet<Target>,
    /// Whether `ChinaClear` has answered with the client's one-code information.
    pub one_code_known: bool,
    /// Whether a relation of the client's accounts is still unconfirmed (未确认).
    pub unconfirmed_relation: bool,
}

impl Application {
    /// Whether it changes who the client is.
    #[must_use]
    pub fn is_key(&self) -> bool {
        KEY_FIELDS.iter().any(|key| self.fields.contains(*key))
    }
}

/// How a change stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// A second person is to look at it.
    Asked,
    /// It holds.
    Confirmed,
    /// A second person has said no.
    Rejected,
    /// Whoever asked for it took it back.
    Withdrawn,
}

impl Standing {
    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A change of client information. The default is one that nobody asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Who submitted it, over its [`change_statement`], and how it stands.
    pub asked: Option<(Signature, Standing)>,
}

/// What somebody asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// To submit it.
    Ask {
        /// What is said of it.
        application: Box<Application>,
        /// SHA-256 of its [`change_statement`].
        content: Digest,
    },
    /// To let it hold.
    Confirm {
        /// SHA-256 of the statement that whoever confirms has before them.
        content: Digest,
    },
    /// To say no.
    Reject {
        /// Why.
        reason: String,
    },
    /// To take it back.
    Withdraw {
        /// Why.
        reason: String,
    },
}

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It was submitted.
    Asked {
        /// By whom.
        signature: Signature,
    },
    /// It holds.
    Confirmed {
        /// The second signature.
        signature: Signature,
    },
    /// A second person has said no.
    Rejected {
        /// Why.
        reason: String,
    },
    /// It was taken back.
    Withdrawn {
        /// Why.
        reason: String,
    },
}

/// What is signed for a change: these lines, in UTF-8, each ended by LF. `card` commits to the
/// client's card as it is to be.
#[must_use]
pub fn change_statement(
    fonds: FondsId,
    flow: &FlowNo,
    client: &ClientNo,
    (fields, card): (&BTreeSet<String>, Digest),
) -> String {
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    let fields = fields.join(",");
    format!("vouchsafe-information-change/1\n{fonds}\n{flow}\n{client}\n{fields}\n{card}\n")
}

/// What a change is decided by.
#[derive(Clone, Copy, Debug)]
pub struct ChangeGrounds<'a> {
    /// Who may act.
    pub grounds: Grounds<'a>,
    /// The flow that it rests on.
    pub flow: &'a Flow,
    /// The client whom it is about.
    pub client: &'a ClientNo,
}

impl Workflow for Change {
    type Command = Command;
    type Event = Event;
    type Grounds<'a> = ChangeGrounds<'a>;

    fn decide(
        &self,
        command: &Command,
        by: Acting<'_>,
        ChangeGrounds {
            grounds,
            flow,
            client,
        }: &ChangeGrounds<'_>,
    ) -> Result<Event, Refusal> {
        match command {
            Command::Ask {
                application,
                content,
            } => {
                let signature = grounds.sign(MAKER, by, *content, &[])?;
                if let Some((_, standing @ (Standing::Asked | Standing::Confirmed))) = &self.asked {
                    return Err(wrong_state(&["R89"], *standing, "a flow without a change"));
                }
                demand_flow(flow, &application.client)?;
                demand_application(application)?;
                Ok(Event::Asked { signature })
            }
            Command::Confirm { content } => {
                let asked = self.waiting()?;
                if asked.content != *content {
                    return Err(Refusal::new(
                        RefusalCode::OtherContent,
                        &["R89"],
                        format!("a confirmation of {content}"),
                        format!("one of the change that was asked for, {}", asked.content),
                    ));
                }
                let given = std::slice::from_ref(asked);
                let signature = grounds.sign(CHECKER, by, *content, given)?;
                // What it rests on may have been cancelled, or turned out to be another client's.
                demand_flow(flow, client)?;
                let both = [asked.clone(), signature.clone()];
                grounds.demand_complete(&both, *content)?;
                Ok(Event::Confirmed { signature })
            }
            Command::Reject { reason } => {
                let asked = self.waiting()?;
                grounds.sign(CHECKER, by, asked.content, std::slice::from_ref(asked))?;
                let reason = demand_reason(reason)?;
                Ok(Event::Rejected { reason })
            }
            Command::Withdraw { reason } => {
                let asked = self.waiting()?;
                if asked.person != by.person.id {
                    return Err(Refusal::new(
                        RefusalCode::SamePerson,
                        &["firm"],
                        format!("{}, who has not asked for it", by.person.id),
                        format!("{}, who has", asked.person),
                    ));
                }
                grounds.sign(MAKER, by, asked.content, &[])?;
                let reason = demand_reason(reason)?;
                Ok(Event::Withdrawn { reason })
            }
        }
    }

    fn apply(mut self, event: &Event) -> Self {
        let waits = self.waiting().ok().cloned();
        let next = match (event, waits) {
            (Event::Asked { signature }, None) => {
                let held = matches!(self.asked, Some((_, Standing::Confirmed)));
                (!held).then(|| (signature.clone(), Standing::Asked))
            }
            (Event::Confirmed { signature }, Some(asked)) => {
                let second = asked.person != signature.person && asked.content == signature.content;
                second.then_some((asked, Standing::Confirmed))
            }
            (Event::Rejected { .. }, Some(asked)) => Some((asked, Standing::Rejected)),
            (Event::Withdrawn { .. }, Some(asked)) => Some((asked, Standing::Withdrawn)),
            (Event::Asked { .. }, Some(_))
            | (Event::Confirmed { .. } | Event::Rejected { .. } | Event::Withdrawn { .. }, None) => {
                None
            }
        };
        if next.is_some() {
            self.asked = next;
        }
        self
    }
}

impl Change {
    /// Who asked for it, while it waits for the second person.
    fn waiting(&self) -> Result<&Signature, Refusal> {
        match &self.asked {
            Some((signature, Standing::Asked)) => Ok(signature),
            Some((_, standing)) => Err(wrong_state(&["R89"], *standing, "a change that waits")),
            None => Err(Refusal::new(
                RefusalCode::WrongState,
                &["R89"],
                "a flow without a change",
                "a change that waits",
            )),
        }
    }
}

fn wrong_state(basis: &[&str], standing: Standing, accepted: &str) -> Refusal {
    let found = format!("a change that was {}", standing.as_str());
    Refusal::new(RefusalCode::WrongState, basis, found, accepted)
}

/// A change rests on a flow of its own kind, of the same client, that owes the form that asks for
/// it (R86) and the slip that confirms it (R90).
fn demand_flow(flow: &Flow, client: &ClientNo) -> Result<(), Refusal> {
    let refused = |basis: &[&str], found: String, accepted: String| {
        let code = RefusalCode::WrongState;
        Err(Refusal::new(code, basis, found, accepted))
    };
    let facts = flow.facts.as_ref().filter(|_| !flow.cancelled);
    let Some(facts) = facts else {
        return refused(
            &["R86"],
            "a flow of which nothing was said, or that was cancelled".to_owned(),
            "a flow that was taken over from the counter system".to_owned(),
        );
    };
    if facts.business.as_str() != BUSINESS {
        let found = format!("a flow of type {}", facts.business);
        return refused(&["R86"], found, format!("one of type {BUSINESS}"));
    }
    if facts.client != *client {
        let found = format!("a flow of client {}", facts.client);
        return refused(&["R86"], found, format!("one of {client}"));
    }
    for (class, rule) in [(BUSINESS, "R86"), (CONFIRMATION_SLIP, "R90")] {
        // What was replaced or withdrawn is not owed.
        let owes = |task: &Task| match task.standing {
            TaskStanding::Replaced { .. } | TaskStanding::Withdrawn => false,
            TaskStanding::ToScan
            | TaskStanding::WaiverAsked { .. }
            | TaskStanding::Scanned { .. }
            | TaskStanding::Reviewed { .. }
            | TaskStanding::Shared { .. }
            | TaskStanding::Waived => task.class.as_str() == class,
        };
        if !flow.tasks.iter().any(owes) {
            return refused(
                &[rule],
                format!("a flow without a task for {class}"),
                format!("one that owes it; `vouchsafe task add FLOW {class}`"),
            );
        }
    }
    Ok(())
}

fn demand_application(application: &Application) -> Result<(), Refusal> {
    let refused = |basis: &[&str], found: String, accepted: &str| {
        let code = RefusalCode::OtherContent;
        Err(Refusal::new(code, basis, found, accepted))
    };
    let strange = |field: &&String| !FIELDS.contains(&field.as_str());
    if let Some(strange) = application.fields.iter().find(strange) {
        let accepted = "what may be known of a client";
        return refused(&["R16"], format!("{strange:?}"), accepted);
    }
    if application.fields.is_empty() {
        let found = "a change of nothing".to_owned();
        return refused(&["R86"], found, "what is to be changed");
    }
    let by_state = application.identified.contains(&Means::PoliceCheck);
    let by_reader = application.identified.contains(&Means::IdReader);
    let originals = application.identified.contains(&Means::Originals);
    if application.is_key() && !by_state {
        return refused(
            &["R87"],
            "a change of key information without the public-security check".to_owned(),
            "police-check, before anything is changed",
        );
    }
    if !(by_state || by_reader || originals) {
        return refused(
            &["R87"],
            "a client whom nobody has identified".to_owned(),
            "police-check, id-reader or originals, before anything is changed",
        );
    }
    demand_signers(application)?;
    if application.sync.contains(&Target::OneCode) && !application.one_code_known {
        return refused(
            &["R91"],
            "a change for ChinaClear, which has given no one-code information".to_owned(),
            "a change that is not sent there, or the information first",
        );
    }
    if application.is_key() && application.unconfirmed_relation {
        return refused(
            &["R91"],
            "a change of key information while a relation is unconfirmed".to_owned(),
            "the relation of the accounts confirmed first",
        );
    }
    Ok(())
}

/// Who must have signed, by the kind of client (R88). A partnership has a managing partner in the
/// place of a legal representative, and one that is an institution has appointed somebody.
fn demand_signers(application: &Application) -> Result<(), Refusal> {
    let has = |signer: Signer| application.signed.contains(&signer);
    let (enough, accepted) = match application.kind {
        ClientKind::Person => (has(Signer::Client), "the client in person"),
        ClientKind::Institution | ClientKind::Product => {
            let head = has(Signer::LegalRepresentative)
                || has(Signer::ManagingPartner)
                || has(Signer::AppointedRepresentative);
            let all = has(Signer::Seal) && head && has(Signer::Agent);
            (
                all,
                "seal, head (legal-representative, managing-partner or appointed-representative) and agent",
            )
        }
    };
    if enough {
        return Ok(());
    }
    let signed: Vec<&str> = application.signed.iter().map(|one| one.as_str()).collect();
    let found = if signed.is_empty() {
        "an application that nobody has signed".to_owned()
    } else {
        format!("an application signed by {}", signed.join(", "))
    };
    let code = RefusalCode::NotSigned;
    Err(Refusal::new(code, &["R88"], found, accepted))
}
