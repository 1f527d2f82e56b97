//! One entry of the ledger: the envelope that all have in common, and the few bodies that
//! checking must understand.
//!
//! What an entry *means* is not judged here. An event that is not known is kept and named.

use domain::{BatchId, Digest, RecordId, RequestId, SealedName, SealedObject, Timestamp};

use crate::json::Json;
use crate::sealed;

/// The events whose meaning this checker knows.
pub(crate) const KNOWN_EVENTS: [&str; 47] = [
    "accounts.recorded",
    "act.interrupted",
    "batch.closed",
    "batch.interrupted",
    "batch.received",
    "branches.recorded",
    "change.asked",
    "change.confirmed",
    "change.rejected",
    "change.withdrawn",
    "client.claimed",
    "client.given",
    "clients.recorded",
    "day.closed",
    "day.reconciled",
    "deadline.missed",
    "finding.dismissed",
    "finding.mended",
    "finding.reported",
    "flow.cancelled",
    "flow.corrected",
    "flow.verified",
    "flows.recorded",
    "fonds.created",
    "person.recorded",
    "record.assigned",
    "record.corrected",
    "record.excepted",
    "record.filed",
    "record.kept",
    "record.opened",
    "record.rejected",
    "record.rescanned",
    "review.passed",
    "review.returned",
    "rules.confirmed",
    "rules.proposed",
    "rules.rejected",
    "rules.withdrawn",
    "task.added",
    "task.adjusted",
    "task.shared",
    "text.searched",
    "waiver.asked",
    "waiver.denied",
    "waiver.granted",
    "writer.added",
];

const ENVELOPE: [&str; 8] = ["v", "id", "at", "actor", "via", "event", "body", "rules"];

/// An entry, as far as it could be read.
#[derive(Debug)]
pub(crate) enum Entry {
    /// Version 1.
    One(Box<EntryOne>),
    /// Another version: only the objects it names can be looked for.
    Other { version: u64, json: Json },
}

/// An entry of version 1.
#[derive(Debug)]
pub(crate) struct EntryOne {
    pub(crate) id: RequestId,
    pub(crate) at: Timestamp,
    /// The person who acted, where one is known.
    pub(crate) person: Option<String>,
    pub(crate) event: String,
    pub(crate) body: Json,
    /// Keys of the envelope that version 1 does not have.
    pub(crate) unknown_keys: Vec<String>,
}

/// Why a line is no entry.
#[derive(Debug)]
pub(crate) enum NotEntry {
    /// It is not JSON that can be read in one way only.
    Json(String),
    /// Its envelope is not that of version 1.
    Envelope(String),
}

impl Entry {
    /// Reads one line.
    pub(crate) fn parse(line: &str) -> Result<Self, NotEntry> {
        let json = Json::parse(line.as_bytes()).map_err(NotEntry::Json)?;
        let wrong = |key: &str| NotEntry::Envelope(format!("`{key}` is missing or wrong"));
        let Some(fields) = json.fields() else {
            return Err(NotEntry::Envelope("it is not a JSON object".to_owned()));
        };
        let version = json.whole_of("v").ok_or_else(|| wrong("v"))?;
        if version != 1 {
            return Ok(Self::Other { version, json });
        }
        let unknown_keys = fields
            .iter()
            .map(|(key, _)| key.clone())
            .filter(|key| !ENVELOPE.contains(&key.as_str()))
            .collect();
        let id = json.parsed("id").ok_or_else(|| wrong("id"))?;
        let at = json.parsed("at").ok_or_else(|| wrong("at"))?;
        let actor = json.get("actor").filter(|actor| is_actor(actor));
        let actor = actor.ok_or_else(|| wrong("actor"))?;
        let person = actor.text_of("person").map(str::to_owned);
        let via_is_told = match json.get("via") {
            Some(Json::Text(via)) => !via.is_empty(),
            Some(Json::Object(_)) => true,
            _ => false,
        };
        if !via_is_told {
            return Err(wrong("via"));
        }
        let filled = |key: &str| json.text_of(key).filter(|text| !text.is_empty());
        let event = filled("event").ok_or_else(|| wrong("event"))?.to_owned();
        filled("rules").ok_or_else(|| wrong("rules"))?;
        let body = json
            .get("body")
            .filter(|body| body.fields().is_some())
            .ok_or_else(|| wrong("body"))?
            .clone();
        Ok(Self::One(Box::new(EntryOne {
            id,
            at,
            person,
            event,
            body,
            unknown_keys,
        })))
    }
}

/// Person and branch may be unknown (null); the account may not.
fn is_actor(actor: &Json) -> bool {
    let text_or_null = |key: &str| matches!(actor.get(key), Some(Json::Null | Json::Text(_)));
    text_or_null("person")
        && text_or_null("branch")
        && actor
            .text_of("account")
            .is_some_and(|account| !account.is_empty())
        && actor.texts_of("roles").is_some()
}

/// The body of `record.filed` and `record.excepted`, as far as checking needs it.
#[derive(Clone, Debug)]
pub(crate) struct Filing {
    pub(crate) record: RecordId,
    pub(crate) bag: SealedObject,
    pub(crate) derived: Option<SealedObject>,
    pub(crate) tagmanifest_sha256: Digest,
    pub(crate) originals: Vec<Original>,
}

/// One file that was taken in.
#[derive(Clone, Debug)]
pub(crate) struct Original {
    pub(crate) media_type: String,
    pub(crate) sha256: Digest,
    pub(crate) size_bytes: u64,
}

impl Filing {
    /// Reads the body.
    pub(crate) fn parse(body: &Json) -> Result<Self, String> {
        let wrong = |key: &str| format!("`{key}` is missing or wrong");
        let derived = match body.get("derived") {
            Some(Json::Null) => None,
            Some(other) => Some(sealed::object(other).map_err(|why| format!("`derived`: {why}"))?),
            None => return Err(wrong("derived")),
        };
        let bag = body.get("bag").ok_or_else(|| wrong("bag"))?;
        let originals = body
            .get("originals")
            .and_then(Json::list)
            .filter(|originals| !originals.is_empty())
            .ok_or_else(|| wrong("originals"))?
            .iter()
            .map(Original::parse)
            .collect::<Option<_>>()
            .ok_or_else(|| wrong("originals"))?;
        Ok(Self {
            record: body.parsed("record").ok_or_else(|| wrong("record"))?,
            bag: sealed::object(bag).map_err(|why| format!("`bag`: {why}"))?,
            derived,
            tagmanifest_sha256: body
                .parsed("tagmanifest_sha256")
                .ok_or_else(|| wrong("tagmanifest_sha256"))?,
            originals,
        })
    }
}

impl Original {
    fn parse(json: &Json) -> Option<Self> {
        Some(Self {
            media_type: json.text_of("media_type")?.to_owned(),
            sha256: json.parsed("sha256")?,
            size_bytes: json.whole_of("size_bytes")?,
        })
    }
}

/// The body of `batch.received`: which batch, and how many files it declared.
pub(crate) fn batch_received(body: &Json) -> Option<(BatchId, u64)> {
    Some((body.parsed("batch")?, body.whole_of("files")?))
}

/// The body of `fonds.created`: the digest of `fonds.json` that it fixes.
pub(crate) fn fonds_sha256(body: &Json) -> Option<Digest> {
    body.parsed("fonds_sha256")
}

/// The body of `act.interrupted` names the detail of its own request, and none else: only that
/// request can never be entered any more.
pub(crate) fn act_interrupted(entry: &EntryOne) -> Result<(), String> {
    let detail: Option<SealedName> = entry.body.parsed("detail");
    match detail.as_ref().and_then(SealedName::request) {
        Some(request) if request == entry.id => Ok(()),
        Some(_) => Err("`detail` is that of another request".to_owned()),
        None => Err("`detail` is missing or wrong".to_owned()),
    }
}

/// A body that lists things, each with these texts.
pub(crate) fn listed(body: &Json, list: &str, keys: &[&str]) -> Result<(), String> {
    let wrong = || format!("`{list}` is missing or wrong");
    let things = body.get(list).and_then(Json::list).ok_or_else(wrong)?;
    let whole = |thing: &Json| keys.iter().all(|key| thing.text_of(key).is_some());
    if things.is_empty() || !things.iter().all(whole) {
        return Err(wrong());
    }
    Ok(())
}

/// The body of `person.recorded`: an id, accounts, roles.
pub(crate) fn person_recorded(body: &Json) -> Result<(), String> {
    let grants = body.get("grants").and_then(Json::list).map(|grants| {
        let mut grants = grants.iter();
        grants.all(|grant| grant.text_of("role").is_some() && grant.text_of("from").is_some())
    });
    let whole = body.text_of("person").is_some()
        && body.texts_of("accounts").is_some()
        && grants == Some(true);
    whole
        .then_some(())
        .ok_or_else(|| "`person`, `accounts` or `grants` is missing or wrong".to_owned())
}

/// The bodies of `batch.interrupted` and `batch.closed`: which batch.
pub(crate) fn batch_ended(body: &Json) -> Option<BatchId> {
    body.parsed("batch")
}
