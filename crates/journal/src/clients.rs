//! What is done about clients: claims to them, and changes of what is known of them. Each state is
//! what `policy` makes of its entries.

use domain::{ClientNo, FlowNo};
use entries::{
    ChangeAsked, ChangeConfirmed, ChangeEnded, ClientClaimed, ClientGiven, ClientsRecorded,
};
use policy::case::Workflow;
use policy::claim::{self, Claim};
use policy::information_change::{self as change, Change, Standing};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::unreadable;
use crate::index::Fact;
use crate::sheets::Read;
use crate::{JournalError, Lookup, reference, signature};

const CLAIMS: &str = "claim/";
const CHANGES: &str = "change/";
/// The changes that wait for a second person, by branch.
const WAITING: &str = "change-waiting/";

/// A change of client information.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeOf {
    /// What was asked for.
    pub asked: ChangeAsked,
    /// How it stands.
    pub change: Change,
}

/// The state of a case in the catalog after an event.
pub(crate) fn after<W>(key: &[u8], event: &W::Event, read: Read<'_>) -> Result<W, JournalError>
where
    W: Workflow + DeserializeOwned,
{
    let stored = read(key)?;
    let state = stored.map_or_else(
        || Ok(W::default()),
        |bytes| serde_json::from_slice(&bytes).map_err(|_| unreadable("case")),
    )?;
    Ok(state.apply(event))
}

pub(crate) fn fact<T: Serialize>(key: Vec<u8>, state: &T) -> Result<Fact, JournalError> {
    let json = serde_json::to_vec(state).map_err(|_| unreadable("case"))?;
    Ok((key, Some(json)))
}

fn claim_key(client: &ClientNo) -> Vec<u8> {
    format!("{CLAIMS}{client}").into_bytes()
}

fn change_key(flow: &FlowNo) -> Vec<u8> {
    format!("{CHANGES}{flow}").into_bytes()
}

fn waiting_key(asked: &ChangeAsked) -> Vec<u8> {
    format!("{WAITING}{}/{}", asked.sheet.branch, asked.flow).into_bytes()
}

pub(crate) fn claimed(body: &ClientClaimed, read: Read<'_>) -> Result<Vec<Fact>, JournalError> {
    let signature = signature(&body.signature);
    claim_fact(&body.client, &claim::Event::Claimed { signature }, read)
}

pub(crate) fn given(body: &ClientGiven, read: Read<'_>) -> Result<Vec<Fact>, JournalError> {
    let event = claim::Event::Given {
        to: body.to.clone(),
        reason: body.reason.clone(),
        signature: signature(&body.signature),
    };
    claim_fact(&body.client, &event, read)
}

fn claim_fact(
    client: &ClientNo,
    event: &claim::Event,
    read: Read<'_>,
) -> Result<Vec<Fact>, JournalError> {
    let key = claim_key(client);
    let claim: Claim = after(&key, event, read)?;
    Ok(vec![fact(key, &claim)?])
}

pub(crate) fn asked(body: &ChangeAsked, read: Read<'_>) -> Result<Vec<Fact>, JournalError> {
    let signature = signature(&body.signature);
    let event = change::Event::Asked { signature };
    change_facts(&body.flow, &event, Some(body), read)
}

pub(crate) fn confirmed(body: &ChangeConfirmed, read: Read<'_>) -> Result<Vec<Fact>, JournalError> {
    let signature = signature(&body.signature);
    let event = change::Event::Confirmed { signature };
    change_facts(&body.flow, &event, None, read)
}

pub(crate) fn rejected(body: &ChangeEnded, read: Read<'_>) -> Result<Vec<Fact>, JournalError> {
    let reason = body.reason.clone();
    change_facts(&body.flow, &change::Event::Rejected { reason }, None, read)
}

pub(crate) fn withdrawn(body: &ChangeEnded, read: Read<'_>) -> Result<Vec<Fact>, JournalError> {
    let reason = body.reason.clone();
    change_facts(&body.flow, &change::Event::Withdrawn { reason }, None, read)
}

/// The facts that an event of a change makes; once it holds, the client is known as it says.
fn change_facts(
    flow: &FlowNo,
    event: &change::Event,
    asked: Option<&ChangeAsked>,
    read: Read<'_>,
) -> Result<Vec<Fact>, JournalError> {
    let key = change_key(flow);
    let stored = read(&key)?;
    let known: Option<ChangeOf> = stored
        .map(|bytes| serde_json::from_slice(&bytes).map_err(|_| unreadable("change")))
        .transpose()?;
    let before = known.as_ref().map(|known| known.change.clone());
    let now = before.clone().unwrap_or_default().apply(event);
    let asked = match (asked, known) {
        (Some(asked), _) if before.as_ref() != Some(&now) => asked.clone(),
        (_, Some(known)) => known.asked,
        // Ended, and never asked for: only a forged ledger says so.
        (_, None) => return Ok(Vec::new()),
    };
    let standing = now.asked.as_ref().map(|(_, standing)| *standing);
    let waits = (standing == Some(Standing::Asked)).then(Vec::new);
    let mut facts = vec![(waiting_key(&asked), waits)];
    if standing == Some(Standing::Confirmed) && before.as_ref() != Some(&now) {
        let held = ClientsRecorded {
            clients: vec![asked.now.clone()],
            cards: asked.card.clone(),
        };
        facts.extend(reference::clients(&held, read)?);
    }
    facts.push(fact(key, &ChangeOf { asked, change: now })?);
    Ok(facts)
}

impl Lookup<'_> {
    /// Who claims a client.
    pub fn claim(self, client: &ClientNo) -> Result<Claim, JournalError> {
        let stored = self.fact(&claim_key(client))?;
        stored.map_or_else(
            || Ok(Claim::default()),
            |bytes| serde_json::from_slice(&bytes).map_err(|_| unreadable("claim")),
        )
    }

    /// The change of client information that rests on a flow, if one does.
    pub fn change(self, flow: &FlowNo) -> Result<Option<ChangeOf>, JournalError> {
        let stored = self.fact(&change_key(flow))?;
        stored
            .map(|bytes| serde_json::from_slice(&bytes).map_err(|_| unreadable("change")))
            .transpose()
    }

    /// The changes that wait for a second person, of one branch or of all.
    pub fn changes_waiting(
        self,
        branch: Option<&domain::BranchCode>,
    ) -> Result<Vec<ChangeOf>, JournalError> {
        let prefix = branch.map_or_else(
            || WAITING.to_owned(),
            |branch| format!("{WAITING}{branch}/"),
        );
        let mut waiting = Vec::new();
        for (key, _) in self.with_prefix(&prefix)? {
            let flow = std::str::from_utf8(&key).ok();
            let flow = flow.and_then(|key| key.rsplit_once('/')?.1.parse().ok());
            let flow: FlowNo = flow.ok_or_else(|| unreadable("change"))?;
            waiting.extend(self.change(&flow)?);
        }
        Ok(waiting)
    }
}
