//! `fonds.json`: who this archive is, and whose keys speak for it.
//!
//! Read in its one spelling only: the keys in their order, compact, nothing after the last
//! brace but at most one LF. It never changes, so there is nothing to be lenient about; what
//! is added later (keys, writers, recipients) stands in ledger entries.

use domain::{FondsId, Timestamp};

use crate::json::{Json, quoted};
use crate::note::VerifierKey;

/// What `fonds.json` says, as far as checking needs it.
#[derive(Clone, Debug)]
pub(crate) struct Fonds {
    pub(crate) id: FondsId,
    /// age recipients, by what they may open.
    pub(crate) recipients: Recipients,
    pub(crate) log: VerifierKey,
    pub(crate) writers: Vec<VerifierKey>,
}

/// The age recipients of epoch 0.
#[derive(Clone, Debug)]
pub(crate) struct Recipients {
    pub(crate) archive: Vec<String>,
    pub(crate) recovery: Vec<String>,
    pub(crate) search: Vec<String>,
    pub(crate) intake: String,
}

/// Why the bytes are not a `fonds.json` of version 1.
#[derive(Debug, PartialEq)]
pub(crate) enum NotFonds {
    /// It says another version of the stored forms.
    Version(String),
    /// It is not in the one spelling of version 1.
    Malformed(String),
}

impl Fonds {
    /// Reads the whole object.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, NotFonds> {
        let malformed = |why: &str| NotFonds::Malformed(why.to_owned());
        let json = Json::parse(bytes).map_err(NotFonds::Malformed)?;
        match json.get("vouchsafe") {
            Some(Json::Whole(1)) => {}
            Some(Json::Whole(other)) => return Err(NotFonds::Version(other.to_string())),
            _ => return Err(malformed("it does not say which version it is")),
        }
        let id: FondsId = json
            .parsed("fonds")
            .ok_or_else(|| malformed("`fonds` is not 32 hex digits"))?;
        let name = json
            .text_of("name")
            .filter(|name| !name.trim().is_empty())
            .ok_or_else(|| malformed("`name` is not a text"))?;
        let created: Timestamp = json
            .parsed("created")
            .ok_or_else(|| malformed("`created` is not a moment"))?;
        let recipients = json
            .get("recipients")
            .ok_or_else(|| malformed("`recipients` is missing"))?;
        let group = |key: &str| {
            recipients
                .texts_of(key)
                .filter(|all| all.iter().all(|one| is_recipient(one)))
                .ok_or_else(|| malformed("a group of recipients is not a list of age1… texts"))
        };
        let recipients = Recipients {
            archive: group("archive")?,
            recovery: group("recovery")?,
            search: group("search")?,
            intake: json
                .text_of("intake")
                .filter(|one| is_recipient(one))
                .ok_or_else(|| malformed("`intake` is not an age1… text"))?
                .to_owned(),
        };
        if recipients.archive.is_empty() {
            return Err(malformed("nobody is a recipient of the archive"));
        }
        let log_text = json
            .text_of("log")
            .ok_or_else(|| malformed("`log` is not a text"))?;
        let writer_texts = json
            .texts_of("writers")
            .filter(|writers| !writers.is_empty())
            .ok_or_else(|| malformed("`writers` is not a list of keys"))?;

        let spelled = spelling(&id, name, created, &recipients, log_text, &writer_texts);
        let body = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        if body != spelled.as_bytes() {
            return Err(malformed(
                "it is not compact JSON with the keys of version 1 in their order",
            ));
        }
        let log = VerifierKey::parse(log_text).map_err(malformed)?;
        let writers = writer_texts
            .iter()
            .map(|text| VerifierKey::parse(text))
            .collect::<Result<_, _>>()
            .map_err(malformed)?;
        Ok(Self {
            id,
            recipients,
            log,
            writers,
        })
    }

    /// The origin line of this archive's checkpoints.
    pub(crate) fn origin(&self) -> String {
        format!("vouchsafe/{}", self.id)
    }
}

fn is_recipient(text: &str) -> bool {
    text.parse::<age::x25519::Recipient>().is_ok()
}

fn spelling(
    id: &FondsId,
    name: &str,
    created: Timestamp,
    recipients: &Recipients,
    log: &str,
    writers: &[String],
) -> String {
    format!(
        r#"{{"vouchsafe":1,"fonds":"{id}","name":{},"created":"{created}","recipients":{{"archive":{},"recovery":{},"search":{}}},"intake":{},"log":{},"writers":{}}}"#,
        quoted(name),
        list(&recipients.archive),
        list(&recipients.recovery),
        list(&recipients.search),
        quoted(&recipients.intake),
        quoted(log),
        list(writers),
    )
}

fn list(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", quoted.join(","))
}
