//! Files of facts: their JSON, and what it means to the rules.

use std::collections::BTreeMap;
use std::path::Path;

use ::policy::deadline::{Done, Duty, Extension};
use ::policy::retention::{Account, AccountEvent, Facts, Hold, Moment, Rendition, Start, Starts};
use domain::{BusinessDate, ClassCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::fail::Failure;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentsShape {
    #[serde(default)]
    accounts: Vec<AccountShape>,
    /// Whether these are all accounts of the client: one that is missing could be open.
    #[serde(default)]
    accounts_complete: bool,
    documents: Vec<DocumentShape>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountShape {
    number: String,
    events: Vec<EventShape>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventShape {
    on: BusinessDate,
    event: EventWord,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum EventWord {
    Opened,
    Closed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentShape {
    id: String,
    class: ClassCode,
    rendition: RenditionWord,
    /// The account that it belongs to; none for a document of the client as such.
    account: Option<String>,
    /// What happened, by the words of the profile; `null` for what has not happened.
    #[serde(default)]
    starts: BTreeMap<String, Option<BusinessDate>>,
    #[serde(default)]
    holds: Vec<HoldShape>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RenditionWord {
    Paper,
    Electronic,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HoldShape {
    matter: String,
    authority: String,
    placed: BusinessDate,
    released: Option<BusinessDate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DutiesShape {
    duties: Vec<DutyShape>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DutyShape {
    duty: String,
    started: BusinessDate,
    done: Option<BusinessDate>,
    extension: Option<ExtensionShape>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExtensionShape {
    until: BusinessDate,
    approved: bool,
}

/// One document of a file.
pub struct Document {
    /// What the file calls it.
    pub id: String,
    /// What is known of it.
    pub facts: Facts,
}

/// One duty of a file.
pub struct OneDuty {
    /// Which.
    pub duty: Duty,
    /// The day that started it.
    pub started: BusinessDate,
    /// When it was done.
    pub done: Done,
    /// More time that was asked for.
    pub extension: Option<Extension>,
}

/// The documents of a file of facts.
pub fn documents(path: &Path) -> Result<Vec<Document>, Failure> {
    let shape: DocumentsShape = read(path)?;
    let accounts: Vec<Account> = shape.accounts.into_iter().map(account).collect();
    let complete = shape.accounts_complete;
    shape
        .documents
        .into_iter()
        .map(|document| {
            let linked = document.account.as_deref();
            let mut starts = Starts::unknown().with_accounts(&accounts, linked, complete);
            for (word, on) in document.starts {
                let start = Start::ALL.into_iter().find(|start| start.as_str() == word);
                let Some(start) = start else {
                    let all = Start::ALL.map(Start::as_str).join(", ");
                    let found = format!("document {}: start {word:?}, expected {all}", document.id);
                    return Err(wrong(path, &found));
                };
                starts = starts.with(start, on.map_or(Moment::NotYet, Moment::On));
            }
            Ok(Document {
                id: document.id,
                facts: Facts {
                    class: document.class,
                    rendition: match document.rendition {
                        RenditionWord::Paper => Rendition::Paper,
                        RenditionWord::Electronic => Rendition::Electronic,
                    },
                    starts,
                    holds: document.holds.into_iter().map(hold).collect(),
                },
            })
        })
        .collect()
}

/// The duties of a file of facts.
pub fn duties(path: &Path) -> Result<Vec<OneDuty>, Failure> {
    let shape: DutiesShape = read(path)?;
    shape
        .duties
        .into_iter()
        .map(|one| {
            let duty = Duty::ALL.into_iter().find(|duty| duty.as_str() == one.duty);
            let Some(duty) = duty else {
                let all = Duty::ALL.map(Duty::as_str).join(", ");
                return Err(wrong(path, &format!("duty {:?}, expected {all}", one.duty)));
            };
            Ok(OneDuty {
                duty,
                started: one.started,
                done: one.done.map_or(Done::Open, Done::On),
                extension: one.extension.map(|extension| Extension {
                    until: extension.until,
                    approved: extension.approved,
                }),
            })
        })
        .collect()
}

fn account(shape: AccountShape) -> Account {
    let event = |word| match word {
        EventWord::Opened => AccountEvent::Opened,
        EventWord::Closed => AccountEvent::Closed,
    };
    let events = shape.events.into_iter();
    Account {
        number: shape.number,
        events: events.map(|one| (one.on, event(one.event))).collect(),
    }
}

fn hold(shape: HoldShape) -> Hold {
    Hold {
        matter: shape.matter,
        authority: shape.authority,
        placed: shape.placed,
        released: shape.released,
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let text = super::read(path)?;
    serde_json::from_str(&text).map_err(|error| wrong(path, &error.to_string()))
}

fn wrong(path: &Path, found: &str) -> Failure {
    let hint = "`vouchsafe policy explain --help` and `policy due --help` show the form";
    Failure::said(format!("{}: {found}", path.display()), hint)
}
