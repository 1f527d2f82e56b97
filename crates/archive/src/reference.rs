//! Reference data (基础数据): branches, clients and their accounts, taken over from the account
//! system (R03).
//!
//! What tells who a client is stands in a sealed card. The ledger and the catalog have the number,
//! a masked name, and keyed hashes by which a name or a document's number is found exactly.

use std::collections::BTreeMap;

use domain::{AccountNo, Actor, BranchCode, BusinessDate, ClientNo, Digest, RequestId, Via};
use entries::{
    AccountRecorded, AccountsRecorded, Body, BranchRecorded, BranchesRecorded, ClientRecorded,
    ClientsRecorded, Draft, REFERENCE_MAX,
};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use journal::{JournalError, Lookup};
use policy::client::{ClientKind, masked};
use policy::flow::FlowFacts;
use policy::refusal::{Refusal, RefusalCode};
use sha2::Sha256;

use crate::cases::{NO_BRANCH, Ruling, with_grounds};
use crate::{Archive, ArchiveError};

const PROCEDURE: &str = "reference-import";
const IMPORTER: &str = "importer";
/// What an entry may have of such things, and what one takes beside its name, at most.
const CHUNK_BYTES: usize = 56 * 1024;
const CLIENT_BYTES: usize = 340;
const PLAIN_BYTES: usize = 320;
/// The longest name, in bytes.
pub const NAME_BYTES_MAX: usize = 1024;

/// What became of something that was to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReferenceOutcome {
    /// It was not known.
    Recorded,
    /// Something else was known of it.
    Changed,
    /// All of it was known.
    Unchanged,
    /// It may not be taken over.
    Refused(Refusal),
}

impl ReferenceOutcome {
    fn of<T: PartialEq>(before: Option<&T>, now: &T) -> Self {
        match before {
            None => Self::Recorded,
            Some(before) if before == now => Self::Unchanged,
            Some(_) => Self::Changed,
        }
    }
}

/// What the account system says of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaidOfClient {
    /// The client number.
    pub client: ClientNo,
    /// The branch that the client belongs to.
    pub branch: BranchCode,
    /// Which kind.
    pub kind: ClientKind,
    /// What is known, by the names of [`policy::client::FIELDS`]; never empty.
    pub fields: BTreeMap<String, String>,
    /// Until when the identity document is valid.
    pub id_valid_to: Option<BusinessDate>,
}

/// The key that names and numbers are hashed under. Without it nobody can confirm a guess from
/// what stands in the ledger.
pub(crate) struct IndexKey([u8; 32]);

impl IndexKey {
    fn derive(secret: &[u8]) -> Self {
        let mut key = [0u8; 32];
        // 32 bytes are always within what HKDF can give.
        let derived =
            Hkdf::<Sha256>::new(None, secret).expand(b"vouchsafe client index/1", &mut key);
        debug_assert!(derived.is_ok());
        Self(key)
    }

    /// What a text is found by: without blanks, and whatever case its letters have.
    pub(crate) fn hash(&self, what: &str, text: &str) -> Digest {
        let plain: String = text.chars().filter(|one| !one.is_whitespace()).collect();
        // HMAC takes keys of every length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return Digest::of(b"");
        };
        mac.update(what.as_bytes());
        mac.update(b"\n");
        mac.update(plain.to_uppercase().as_bytes());
        Digest::from_bytes(mac.finalize().into_bytes().into())
    }
}

impl Archive {
    /// The branches, in the order of their numbers.
    ///
    /// # Errors
    /// The catalog could not be read.
    pub fn branches(&self) -> Result<Vec<BranchRecorded>, ArchiveError> {
        Ok(Lookup::of(self.catalog()).branches()?)
    }

    /// A client by their number.
    ///
    /// # Errors
    /// The catalog could not be read.
    pub fn client(&self, client: &ClientNo) -> Result<Option<ClientRecorded>, ArchiveError> {
        Ok(Lookup::of(self.catalog()).client(client)?)
    }

    /// The clients of exactly this name.
    ///
    /// # Errors
    /// The catalog or the key could not be read.
    pub fn clients_named(&self, name: &str) -> Result<Vec<ClientRecorded>, ArchiveError> {
        self.clients_by("name", name)
    }

    /// The clients whose identity document has exactly this number.
    ///
    /// # Errors
    /// As [`Archive::clients_named`].
    pub fn clients_of_id(&self, number: &str) -> Result<Vec<ClientRecorded>, ArchiveError> {
        self.clients_by("id", number)
    }

    fn clients_by(&self, what: &str, text: &str) -> Result<Vec<ClientRecorded>, ArchiveError> {
        // Who has no number is not found by none.
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        let hash = self.index_key()?.hash(what, text);
        Ok(Lookup::of(self.catalog()).clients_by(hash)?)
    }

    /// An account by its number.
    ///
    /// # Errors
    /// The catalog could not be read.
    pub fn client_account(
        &self,
        account: &AccountNo,
    ) -> Result<Option<AccountRecorded>, ArchiveError> {
        Ok(Lookup::of(self.catalog()).account(account)?)
    }

    /// The accounts of a client, in the order of their numbers.
    ///
    /// # Errors
    /// The catalog could not be read.
    pub fn accounts_of(&self, client: &ClientNo) -> Result<Vec<AccountRecorded>, ArchiveError> {
        Ok(Lookup::of(self.catalog()).accounts_of(client)?)
    }

    /// Takes branches over, and says what became of each, in their order.
    ///
    /// # Errors
    /// Whoever acts may not, or it cannot be entered. What was entered before that stays.
    pub async fn import_branches(
        &self,
        said: &[BranchRecorded],
        by: (&Actor, &Via),
        dry_run: bool,
    ) -> Result<Vec<ReferenceOutcome>, ArchiveError> {
        let known = |one: &BranchRecorded| Ok(Lookup::of(self.catalog()).branch(&one.branch)?);
        let body = |branches| Body::BranchesRecorded(BranchesRecorded { branches });
        let size = |one: &BranchRecorded| one.name.len() + PLAIN_BYTES;
        self.import_plain(said, (known, |_: &_| Ok(None)), (body, size), by, dry_run)
            .await
    }

    /// Takes accounts over, and says what became of each, in their order. Once clients are known
    /// at all, one of somebody else is refused.
    ///
    /// # Errors
    /// As [`Archive::import_branches`].
    pub async fn import_accounts(
        &self,
        said: &[AccountRecorded],
        by: (&Actor, &Via),
        dry_run: bool,
    ) -> Result<Vec<ReferenceOutcome>, ArchiveError> {
        let known = |one: &AccountRecorded| self.client_account(&one.account);
        let body = |accounts| Body::AccountsRecorded(AccountsRecorded { accounts });
        let strange = |one: &AccountRecorded| self.strange_client(&one.client);
        let known = (known, strange);
        self.import_plain(said, known, (body, |_: &_| PLAIN_BYTES), by, dry_run)
            .await
    }

    /// Takes clients over, and says what became of each, in their order. Their cards are sealed.
    ///
    /// # Errors
    /// As [`Archive::import_branches`].
    pub async fn import_clients(
        &self,
        said: &[SaidOfClient],
        by: (&Actor, &Via),
        dry_run: bool,
    ) -> Result<Vec<ReferenceOutcome>, ArchiveError> {
        self.demand_importer(by).await?;
        let key = self.index_key()?;
        let mut outcomes = Vec::with_capacity(said.len());
        let mut new: Vec<(ClientRecorded, String)> = Vec::new();
        for one in said {
            let (client, card) = recorded(&key, one);
            let before = self.client(&one.client)?;
            let outcome = ReferenceOutcome::of(before.as_ref(), &client);
            if outcome != ReferenceOutcome::Unchanged {
                new.push((client, card));
            }
            outcomes.push(outcome);
        }
        if dry_run {
            return Ok(outcomes);
        }
        for some in chunks(&new, |(client, _)| client_bytes(client)) {
            let id = RequestId::from_bits(self.fresh_bits()?);
            let cards: Vec<&str> = some.iter().map(|(_, card)| card.as_str()).collect();
            let cards = self.seal_detail(id, cards.concat().as_bytes()).await?;
            let clients = some.iter().map(|(client, _)| client.clone()).collect();
            let body = Body::ClientsRecorded(ClientsRecorded { clients, cards });
            let (actor, via) = (by.0.clone(), by.1.clone());
            self.decide_detailed(id, move |view, ruling| {
                let day = view.at().china_day();
                let actor = may_import(view.lookup(), (ruling, day), (&actor, &via))?;
                Ok(Draft {
                    id,
                    actor,
                    via: via.clone(),
                    body: body.clone(),
                    rules: ruling.name.clone(),
                })
            })
            .await?;
        }
        Ok(outcomes)
    }

    /// Takes over what holds nothing to be sealed.
    async fn import_plain<T: Clone + PartialEq + Send + Sync + 'static>(
        &self,
        said: &[T],
        (known, strange): (
            impl Fn(&T) -> Result<Option<T>, ArchiveError>,
            impl Fn(&T) -> Result<Option<Refusal>, ArchiveError>,
        ),
        (body, size): (impl Fn(Vec<T>) -> Body, impl Fn(&T) -> usize),
        by: (&Actor, &Via),
        dry_run: bool,
    ) -> Result<Vec<ReferenceOutcome>, ArchiveError> {
        self.demand_importer(by).await?;
        let mut outcomes = Vec::with_capacity(said.len());
        let mut new = Vec::new();
        for one in said {
            let outcome = ReferenceOutcome::of(known(one)?.as_ref(), one);
            if outcome == ReferenceOutcome::Unchanged {
                outcomes.push(outcome);
            } else if let Some(refusal) = strange(one)? {
                outcomes.push(ReferenceOutcome::Refused(refusal));
            } else {
                new.push(one.clone());
                outcomes.push(outcome);
            }
        }
        if dry_run {
            return Ok(outcomes);
        }
        for some in chunks(&new, size) {
            let body = body(some.to_vec());
            let (actor, via) = (by.0.clone(), by.1.clone());
            self.enter_and_tell(move |id, view, ruling| {
                let day = view.at().china_day();
                let actor = may_import(view.lookup(), (ruling, day), (&actor, &via))?;
                let draft = Draft {
                    id,
                    actor,
                    via: via.clone(),
                    body: body.clone(),
                    rules: ruling.name.clone(),
                };
                Ok((draft, ()))
            })
            .await?;
        }
        Ok(outcomes)
    }

    /// Refuses whoever may not import, before anything is sealed for them.
    async fn demand_importer(&self, by: (&Actor, &Via)) -> Result<(), ArchiveError> {
        let day = self.clock.now().china_day();
        let ruling = self.ruling_on(day).await?;
        may_import(Lookup::of(self.catalog()), (&ruling, day), by)?;
        Ok(())
    }

    pub(crate) fn index_key(&self) -> Result<IndexKey, ArchiveError> {
        Ok(IndexKey::derive(self.folder.intake_secret()?.as_bytes()))
    }

    /// Why the counter system cannot be right about a flow's branch or client: once branches, or
    /// clients, are known at all.
    pub(crate) fn strange_reference(
        &self,
        facts: &FlowFacts,
    ) -> Result<Option<Refusal>, ArchiveError> {
        let branch = self.strange_branch(&facts.branch, facts.business_date)?;
        match branch {
            Some(refusal) => Ok(Some(refusal)),
            None => self.strange_client(&facts.client),
        }
    }

    /// Why a branch cannot have done anything on a day, once branches are known at all.
    pub(crate) fn strange_branch(
        &self,
        branch: &BranchCode,
        day: BusinessDate,
    ) -> Result<Option<Refusal>, ArchiveError> {
        let lookup = Lookup::of(self.catalog());
        let refused = |found: String, accepted: &str| {
            let code = RefusalCode::WrongState;
            Ok(Some(Refusal::new(code, &["R03"], found, accepted)))
        };
        if lookup.has_branches()? {
            match lookup.branch(branch)? {
                None => {
                    let accepted = "a branch that is recorded; `vouchsafe import branches`";
                    return refused(format!("branch {branch}, which is not recorded"), accepted);
                }
                Some(known) if known.closed.is_some_and(|closed| closed <= day) => {
                    let successor = known
                        .successor
                        .map(|next| format!("; {next} took its place"));
                    let found = format!(
                        "branch {branch}, closed when {day} was{}",
                        successor.unwrap_or_default()
                    );
                    return refused(found, "a branch that was open on that day");
                }
                Some(_) => {}
            }
        }
        Ok(None)
    }

    /// Why nobody can be this client, once clients are known at all.
    pub(crate) fn strange_client(
        &self,
        client: &ClientNo,
    ) -> Result<Option<Refusal>, ArchiveError> {
        let lookup = Lookup::of(self.catalog());
        if !lookup.has_clients()? || lookup.client(client)?.is_some() {
            return Ok(None);
        }
        Ok(Some(Refusal::new(
            RefusalCode::WrongState,
            &["R03"],
            format!("client {client}, who is not recorded"),
            "a client who is recorded; `vouchsafe import clients`",
        )))
    }
}

/// What a client takes of an entry, at most.
fn client_bytes(client: &ClientRecorded) -> usize {
    let lacks: usize = client.lacks.iter().map(|name| name.len() + 3).sum();
    CLIENT_BYTES + client.client.as_str().len() + client.masked.len() + lacks
}

/// In parts that fit into an entry each.
fn chunks<T>(all: &[T], size: impl Fn(&T) -> usize) -> Vec<&[T]> {
    let mut chunks = Vec::new();
    let mut rest = all;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = rest.iter().take(REFERENCE_MAX).take_while(|one| {
            bytes += size(one);
            bytes <= CHUNK_BYTES
        });
        let (chunk, more) = rest.split_at(fits.count().max(1));
        chunks.push(chunk);
        rest = more;
    }
    chunks
}

/// Whoever acts, as the entry tells of them, once it is decided that they may.
fn may_import(
    lookup: Lookup<'_>,
    ruling: (&Ruling, BusinessDate),
    by: (&Actor, &Via),
) -> Result<Actor, JournalError> {
    let seat = (PROCEDURE, &NO_BRANCH);
    let ((), actor) = with_grounds(lookup, ruling, seat, by, |acting, grounds| {
        let nothing = Digest::of(b"");
        grounds.sign(IMPORTER, acting, nothing, &[]).map(drop)
    })?;
    Ok(actor)
}

/// A client as the ledger says it, and the line of their card.
pub(crate) fn recorded(key: &IndexKey, said: &SaidOfClient) -> (ClientRecorded, String) {
    let field = |name: &str| said.fields.get(name).map_or("", String::as_str);
    let card = serde_json::json!({
        "v": 1, "client": said.client, "branch": said.branch, "kind": said.kind,
        "fields": said.fields,
    });
    let card = format!("{card}\n");
    let lacks = said.kind.required().filter(|name| field(name).is_empty());
    let client = ClientRecorded {
        client: said.client.clone(),
        branch: said.branch.clone(),
        kind: said.kind.as_str().to_owned(),
        masked: masked(field("name")),
        id_valid_to: said.id_valid_to,
        lacks: lacks.map(str::to_owned).collect(),
        name_hmac: key.hash("name", field("name")),
        id_hmac: key.hash("id", field("id_number")),
        card_hmac: key.hash("card", &card),
    };
    (client, card)
}
