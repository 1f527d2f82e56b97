//! What is done about clients: claims to them (R85), and changes of what is known of them by two
//! people (R86 to R92).

use std::collections::{BTreeMap, BTreeSet};

use catalog::{Dimension, Query, Term};
use domain::{Actor, BranchCode, ClientNo, Digest, FlowNo, PersonId, RequestId, Via};
use entries::{
    Body, ChangeAsked, ChangeConfirmed, ChangeEnded, ClientClaimed, ClientGiven, ClientRecorded,
    Draft, Entry, Event as Told,
};
use journal::{ChangeOf, JournalError, Lookup, signed};
use policy::case::Workflow as _;
use policy::claim::{self, Claim, claim_statement};
use policy::flow::Means;
use policy::information_change::{
    self as change, Application, ChangeGrounds, Command, Event, Signer, Target, change_statement,
};
use policy::refusal::{Refusal, RefusalCode};

use serde::Deserialize;

use crate::cases::{own, with_grounds};
use crate::reference::{SaidOfClient, recorded};
use crate::{Archive, ArchiveError, Secret};

/// A change of client information that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedChange {
    /// The client as they are to be known: the whole card.
    pub card: SaidOfClient,
    /// What of it is other than before.
    pub fields: BTreeSet<String>,
    /// By what the client was identified (R87).
    pub identified: BTreeSet<Means>,
    /// Who has signed the application (R88).
    pub signed: BTreeSet<Signer>,
    /// Where it is sent (R91).
    pub sync: BTreeSet<Target>,
    /// Whether `ChinaClear` has answered with the client's one-code information (R91).
    pub one_code_known: bool,
    /// Whether a relation of the client's accounts is still unconfirmed (R91).
    pub unconfirmed_relation: bool,
}

/// What becomes of a change that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeAnswer {
    /// It holds.
    Confirmed,
    /// A second person says no.
    Rejected {
        /// Why.
        reason: String,
    },
    /// Whoever asked for it takes it back.
    Withdrawn {
        /// Why.
        reason: String,
    },
}

/// The cards of one entry, at most: an entry names some hundred clients.
const CARDS_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// A client's card, as far as a change is about it.
#[derive(Deserialize)]
struct Card {
    fields: BTreeMap<String, String>,
}

fn refused(found: String, accepted: &str, rule: &str) -> JournalError {
    let code = RefusalCode::WrongState;
    JournalError::refused(Refusal::new(code, &[rule], found, accepted))
}

/// The branch of a client who is recorded.
fn branch_of(lookup: Lookup<'_>, client: &ClientNo) -> Result<BranchCode, JournalError> {
    match lookup.client(client)? {
        Some(known) => Ok(known.branch),
        None => Err(refused(
            format!("client {client}, who is not recorded"),
            "a client who is; `vouchsafe import clients`",
            "R85",
        )),
    }
}

impl Archive {
    /// Who claims a client, in the order in which it was recorded.
    ///
    /// # Errors
    /// The catalog could not be read.
    pub fn claim(&self, client: &ClientNo) -> Result<Claim, ArchiveError> {
        Ok(Lookup::of(self.catalog()).claim(client)?)
    }

    /// Claims a client for whoever acts. Says who has them: the first whose claim was recorded.
    ///
    /// # Errors
    /// Whoever acts may not, or has claimed them already, or it cannot be entered.
    pub async fn claim_client(
        &self,
        client: &ClientNo,
        by: (&Actor, &Via),
    ) -> Result<Claim, ArchiveError> {
        let fonds = self.fonds.fonds;
        let about = client.clone();
        let ask = move |person: &PersonId| {
            let statement = claim_statement(fonds, &about, person);
            claim::Command::Claim {
                content: Digest::of(statement.as_bytes()),
            }
        };
        self.act_on_claim(client, ask, by).await
    }

    /// Gives a client to somebody whose claim was recorded later (R85).
    ///
    /// # Errors
    /// Whoever acts is no manager of the branch, nobody of that id claims the client, or it cannot
    /// be entered.
    pub async fn give_client(
        &self,
        client: &ClientNo,
        (to, reason): (&PersonId, &str),
        by: (&Actor, &Via),
    ) -> Result<Claim, ArchiveError> {
        let (to, reason) = (to.clone(), reason.to_owned());
        let ask = move |_: &PersonId| claim::Command::Give {
            to: to.clone(),
            reason: reason.clone(),
        };
        self.act_on_claim(client, ask, by).await
    }

    async fn act_on_claim(
        &self,
        client: &ClientNo,
        ask: impl Fn(&PersonId) -> claim::Command + Clone + Send + 'static,
        (actor, via): (&Actor, &Via),
    ) -> Result<Claim, ArchiveError> {
        let (client, actor, via) = (client.clone(), actor.clone(), via.clone());
        self.enter_and_tell(move |id, view, ruling| {
            let (lookup, day) = (view.lookup(), view.at().china_day());
            let branch = branch_of(lookup, &client)?;
            let state = lookup.claim(&client)?;
            let seat = (claim::PROCEDURE, &own(&branch));
            let by = (&actor, &via);
            let (event, known) =
                with_grounds(lookup, (ruling, day), seat, by, |acting, grounds| {
                    state.decide(&ask(&acting.person.id), acting, &grounds)
                })?;
            let now = state.apply(&event);
            let client = client.clone();
            let draft = Draft {
                id,
                actor: known,
                via: via.clone(),
                body: match event {
                    claim::Event::Claimed { signature } => Body::ClientClaimed(ClientClaimed {
                        client,
                        branch,
                        signature: signed(&signature),
                    }),
                    claim::Event::Given {
                        to,
                        reason,
                        signature,
                    } => Body::ClientGiven(ClientGiven {
                        client,
                        branch,
                        to,
                        reason,
                        signature: signed(&signature),
                    }),
                },
                rules: ruling.name.clone(),
            };
            Ok((draft, now))
        })
        .await
    }

    /// The change of client information that rests on a flow, if one does.
    ///
    /// # Errors
    /// The catalog could not be read.
    pub fn change(&self, flow: &FlowNo) -> Result<Option<ChangeOf>, ArchiveError> {
        Ok(Lookup::of(self.catalog()).change(flow)?)
    }

    /// The changes that wait for a second person, of one branch or of all.
    ///
    /// # Errors
    /// The catalog could not be read.
    pub fn changes_waiting(
        &self,
        branch: Option<&BranchCode>,
    ) -> Result<Vec<ChangeOf>, ArchiveError> {
        Ok(Lookup::of(self.catalog()).changes_waiting(branch)?)
    }

    /// Submits a change of client information. The card as it is to be is sealed; it holds once a
    /// second person has confirmed it.
    ///
    /// # Errors
    /// Whoever acts may not, the application lacks something, or it cannot be entered.
    pub async fn ask_change(
        &self,
        flow: &FlowNo,
        asked: AskedChange,
        (actor, via): (&Actor, &Via),
    ) -> Result<(), ArchiveError> {
        let (now, card) = recorded(&self.index_key()?, &asked.card);
        let before = self.client(&now.client)?;
        let Some(before) = before else {
            return Err(refused(
                format!("client {}, who is not recorded", now.client),
                "a client who is; `vouchsafe import clients`",
                "R86",
            )
            .into());
        };
        let was = before.card_hmac;
        let (content, command) = {
            let what = (&asked.fields, now.card_hmac);
            let statement = change_statement(self.fonds.fonds, flow, &now.client, what);
            let content = Digest::of(statement.as_bytes());
            let application = Box::new(Application {
                client: now.client.clone(),
                kind: asked.card.kind,
                fields: asked.fields.clone(),
                identified: asked.identified.clone(),
                signed: asked.signed.clone(),
                sync: asked.sync.clone(),
                one_code_known: asked.one_code_known,
                unconfirmed_relation: asked.unconfirmed_relation,
            });
            let command = Command::Ask {
                application,
                content,
            };
            (content, command)
        };
        let id = RequestId::from_bits(self.fresh_bits()?);
        // Nothing is sealed for whoever may not.
        let day = self.clock.now().china_day();
        let ruling = self.ruling_on(day).await?;
        let lookup = Lookup::of(self.catalog());
        decide_change(lookup, (&ruling, day), flow, (&command, (actor, via)))?;
        let changed = self.changed_fields(&before, &asked.card).await?;
        if changed != asked.fields {
            let said = |fields: &BTreeSet<String>| {
                let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
                fields.join(", ")
            };
            let found = if changed.is_empty() {
                "a card that is as it was".to_owned()
            } else {
                format!("a card that is another in {}", said(&changed))
            };
            let accepted = format!(
                "one that is another in what was named: {}",
                said(&asked.fields)
            );
            return Err(refused(found, &accepted, "R86").into());
        }
        let card = self.seal_detail(id, card.as_bytes()).await?;
        let (flow, actor, via) = (flow.clone(), actor.clone(), via.clone());
        self.decide_detailed(id, move |view, ruling| {
            let (lookup, day) = (view.lookup(), view.at().china_day());
            let by = (&actor, &via);
            let decided = decide_change(lookup, (ruling, day), &flow, (&command, by))?;
            let Event::Asked { signature } = decided.event else {
                return Err(JournalError::Ended);
            };
            debug_assert_eq!(signature.content, content);
            let words = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect();
            Ok(Draft {
                id,
                actor: decided.actor,
                via: via.clone(),
                body: Body::ChangeAsked(ChangeAsked {
                    sheet: decided.sheet,
                    flow: flow.clone(),
                    fields: asked.fields.iter().cloned().collect(),
                    identified: words(asked.identified.iter().map(|one| one.as_str()).collect()),
                    signed: words(asked.signed.iter().map(|one| one.as_str()).collect()),
                    sync: words(asked.sync.iter().map(|one| one.as_str()).collect()),
                    was,
                    now: now.clone(),
                    card: card.clone(),
                    signature: signed(&signature),
                }),
                rules: ruling.name.clone(),
            })
        })
        .await
    }

    /// What of a card is other than on the one that holds. Who the client is at all is no change of
    /// information: branch and kind come from the account system.
    async fn changed_fields(
        &self,
        before: &ClientRecorded,
        now: &SaidOfClient,
    ) -> Result<BTreeSet<String>, ArchiveError> {
        if before.branch != now.branch || before.kind != now.kind.as_str() {
            let found = format!("branch {}, {}", now.branch, now.kind.as_str());
            let accepted = format!(
                "branch {}, {}; `vouchsafe import clients` takes another over",
                before.branch, before.kind
            );
            return Err(refused(found, &accepted, "R86").into());
        }
        let was = self.card_fields(before).await?;
        let names = was.keys().chain(now.fields.keys());
        let other = names.filter(|name| was.get(*name) != now.fields.get(*name));
        Ok(other.cloned().collect())
    }

    /// What stands on the sealed card of a client that holds.
    async fn card_fields(
        &self,
        client: &ClientRecorded,
    ) -> Result<BTreeMap<String, String>, ArchiveError> {
        let events = [Told::ClientsRecorded, Told::ChangeConfirmed];
        let events = events.map(|event| Term::new(Dimension::Event, event.as_str()));
        let page = self.catalog().query(&Query {
            all: vec![Term::new(Dimension::Client, client.client.as_str())],
            any: vec![events.to_vec()],
            limit: 1,
            ..Query::default()
        })?;
        let entry = page.rows.first().map(|row| Entry::parse(&row.line));
        let body = entry.transpose()?.map(|entry| entry.body()).transpose()?;
        let cards = match body.flatten() {
            Some(Body::ClientsRecorded(body)) => Some(body.cards),
            Some(Body::ChangeConfirmed(body)) => {
                self.change(&body.flow)?.map(|known| known.asked.card)
            }
            _ => None,
        };
        let damaged = |name: domain::SealedName| ArchiveError::Content {
            name,
            why: format!("the card of client {} is not in it", client.client),
        };
        let Some(cards) = cards else {
            let found = format!("client {}, of whom no card is sealed", client.client);
            let accepted = "a client who was imported; `vouchsafe import clients`";
            return Err(refused(found, accepted, "R86").into());
        };
        let object = cards.object.into();
        let identity =
            (self.folder).identity(Secret::Archive, "comparing what is known of clients")?;
        let opened = self.vault.open(&object, &identity, CARDS_BYTES_MAX).await?;
        let key = self.index_key()?;
        // A salt of 32 bytes, and a card a line.
        let lines = opened.get(32..).unwrap_or_default();
        let lines = String::from_utf8_lossy(lines);
        let mut cards = lines.split_inclusive('\n');
        let card = cards
            .find(|card| key.hash("card", card) == client.card_hmac)
            .ok_or_else(|| damaged(object.name.clone()))?;
        let card: Card = serde_json::from_str(card).map_err(|_| damaged(object.name.clone()))?;
        Ok(card.fields)
    }

    /// Says what becomes of a change that was asked for.
    ///
    /// # Errors
    /// Whoever acts may not, no change waits, or it cannot be entered.
    pub async fn answer_change(
        &self,
        flow: &FlowNo,
        answer: &ChangeAnswer,
        (actor, via): (&Actor, &Via),
    ) -> Result<(), ArchiveError> {
        let known = self.change(flow)?;
        let asked = known.as_ref().and_then(|known| known.change.asked.as_ref());
        let content = asked.map_or_else(|| Digest::of(b""), |(asked, _)| asked.content);
        let command = match answer {
            ChangeAnswer::Confirmed => Command::Confirm { content },
            ChangeAnswer::Rejected { reason } => Command::Reject {
                reason: reason.clone(),
            },
            ChangeAnswer::Withdrawn { reason } => Command::Withdraw {
                reason: reason.clone(),
            },
        };
        let (flow, actor, via) = (flow.clone(), actor.clone(), via.clone());
        self.enter_and_tell(move |id, view, ruling| {
            let (lookup, day) = (view.lookup(), view.at().china_day());
            let by = (&actor, &via);
            let decided = decide_change(lookup, (ruling, day), &flow, (&command, by))?;
            let client = lookup.change(&flow)?.map(|known| known.asked.now.client);
            let client = client.ok_or(JournalError::Ended)?;
            let ended = |reason: &String| ChangeEnded {
                flow: flow.clone(),
                client: client.clone(),
                branch: decided.sheet.branch.clone(),
                by: decided.person.clone(),
                reason: reason.clone(),
            };
            let body = match &decided.event {
                Event::Confirmed { signature } => Body::ChangeConfirmed(ChangeConfirmed {
                    flow: flow.clone(),
                    client: client.clone(),
                    branch: decided.sheet.branch.clone(),
                    signature: signed(signature),
                }),
                Event::Rejected { reason } => Body::ChangeRejected(ended(reason)),
                Event::Withdrawn { reason } => Body::ChangeWithdrawn(ended(reason)),
                Event::Asked { .. } => return Err(JournalError::Ended),
            };
            let draft = Draft {
                id,
                actor: decided.actor.clone(),
                via: via.clone(),
                body,
                rules: ruling.name.clone(),
            };
            Ok((draft, ()))
        })
        .await
    }
}

/// What was decided about a change.
struct Decided {
    event: Event,
    person: PersonId,
    actor: Actor,
    sheet: entries::SheetRef,
}

fn decide_change(
    lookup: Lookup<'_>,
    ruling: (&crate::cases::Ruling, domain::BusinessDate),
    flow: &FlowNo,
    (command, by): (&Command, (&Actor, &Via)),
) -> Result<Decided, JournalError> {
    let Some((sheet, on)) = lookup.flow(flow)? else {
        let found = format!("flow {flow}, of which nothing was said");
        let accepted = "a flow that was taken over from the counter system";
        return Err(refused(found, accepted, "R86"));
    };
    let known = lookup.change(flow)?;
    let client = match (command, &known) {
        (Command::Ask { application, .. }, _) => &application.client,
        (_, Some(known)) => &known.asked.now.client,
        // The machine says that nothing was asked for.
        (_, None) => match &on.facts {
            Some(facts) => &facts.client,
            None => return Err(JournalError::Ended),
        },
    };
    let state = known.as_ref().map(|known| known.change.clone());
    let state = state.unwrap_or_default();
    let seat = (change::PROCEDURE, &own(&sheet.branch));
    let ((event, person), actor) = with_grounds(lookup, ruling, seat, by, |acting, grounds| {
        let on = ChangeGrounds {
            grounds,
            flow: &on,
            client,
        };
        let event = state.decide(command, acting, &on)?;
        Ok((event, acting.person.id.clone()))
    })?;
    if let (Event::Confirmed { .. }, Some(known)) = (&event, &known) {
        demand_card(lookup, &known.asked)?;
    }
    Ok(Decided {
        event,
        person,
        actor,
        sheet,
    })
}

/// A change holds only for the card that it was made from: another one would be undone by it.
fn demand_card(lookup: Lookup<'_>, asked: &ChangeAsked) -> Result<(), JournalError> {
    let client = &asked.now.client;
    let card = lookup.client(client)?.map(|known| known.card_hmac);
    if card == Some(asked.was) {
        return Ok(());
    }
    Err(refused(
        format!("client {client}, of whom something else is known since it was submitted"),
        "a change of what holds; reject this one, and let it be submitted again",
        "R89",
    ))
}
