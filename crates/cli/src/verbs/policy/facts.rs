//! Files of facts: their JSON, and what it means to the rules.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use ::policy::deadline::{Done, Duty, Extension};
use ::policy::retention::{Account, AccountEvent, Facts, Hold, Moment, Rendition, Start, Starts};
use domain::{BusinessDate, ClassCode};
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

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
    #[serde(default, deserialize_with = "each_once")]
    starts: Vec<(String, Option<BusinessDate>)>,
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
    /// Of a duty that comes more than once, which one: 30 is the reminder 30 days before.
    days_before: Option<u16>,
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
    /// Of a duty that comes more than once, which one.
    pub days_before: Option<u16>,
}

/// The documents of a file of facts. What contradicts itself there is refused: whichever of the
/// two were taken, a document could end by a mistake.
pub fn documents(path: &Path) -> Result<Vec<Document>, Failure> {
    let shape: DocumentsShape = read(path)?;
    let accounts: Vec<Account> = shape.accounts.into_iter().map(account).collect();
    let mut numbers = BTreeSet::new();
    for account in &accounts {
        if !numbers.insert(&account.number) {
            let found = format!("account {} stands there twice", account.number);
            return Err(wrong(
                path,
                &format!("{found}, expected its events in one place"),
            ));
        }
    }
    let known = Known {
        accounts: &accounts,
        complete: shape.accounts_complete,
    };
    let documents = shape.documents.into_iter();
    documents
        .map(|one| {
            let id = one.id.clone();
            document(one, known).map_err(|found| wrong(path, &format!("document {id}: {found}")))
        })
        .collect()
}

/// The accounts that a file knows.
#[derive(Clone, Copy)]
struct Known<'a> {
    accounts: &'a [Account],
    /// Whether there is no other.
    complete: bool,
}

fn document(shape: DocumentShape, known: Known<'_>) -> Result<Document, String> {
    let linked = shape.account.as_deref();
    let by_accounts = Starts::unknown().with_accounts(known.accounts, linked, known.complete);
    let mut starts = by_accounts.clone();
    for (word, on) in shape.starts {
        let start = Start::ALL.into_iter().find(|start| start.as_str() == word);
        let Some(start) = start else {
            let all = Start::ALL.map(Start::as_str).join(", ");
            return Err(format!("start {word:?}, expected {all}"));
        };
        let said = on.map_or(Moment::NotYet, Moment::On);
        if let Some(known) = contradicted(known, by_accounts.get(start), start, said) {
            return Err(format!(
                "{word} is said to be {}, and its accounts say {}: expected the two to agree (R41)",
                moment(said),
                moment(known)
            ));
        }
        starts = starts.with(start, said);
    }
    Ok(Document {
        id: shape.id,
        facts: Facts {
            class: shape.class,
            rendition: match shape.rendition {
                RenditionWord::Paper => Rendition::Paper,
                RenditionWord::Electronic => Rendition::Electronic,
            },
            starts,
            holds: shape.holds.into_iter().map(hold).collect(),
        },
    })
}

/// What the accounts say, where it is something else than what was said.
fn contradicted(
    known: Known<'_>,
    by_accounts: Moment,
    start: Start,
    said: Moment,
) -> Option<Moment> {
    if by_accounts != Moment::Unknown {
        return (by_accounts != said).then_some(by_accounts);
    }
    if start != Start::LastAccountClosed {
        return None;
    }
    // Not all accounts are known: the last was not closed before one of those that are.
    known
        .accounts
        .iter()
        .map(Account::closed)
        .find(|closed| match (closed, said) {
            (Moment::NotYet, Moment::On(_)) => true,
            (Moment::On(closed), Moment::On(said)) => said < *closed,
            _ => false,
        })
}

fn moment(moment: Moment) -> String {
    match moment {
        Moment::On(day) => day.to_string(),
        Moment::NotYet => "not yet".to_owned(),
        Moment::Unknown => "unknown".to_owned(),
    }
}

/// An object whose keys stand there once each. The usual reader takes the last of two.
fn each_once<'de, D, V>(from: D) -> Result<Vec<(String, V)>, D::Error>
where
    D: Deserializer<'de>,
    V: Deserialize<'de>,
{
    struct Keys<V>(std::marker::PhantomData<V>);

    impl<'de, V: Deserialize<'de>> Visitor<'de> for Keys<V> {
        type Value = Vec<(String, V)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
            let mut all: Self::Value = Vec::new();
            while let Some((key, value)) = map.next_entry::<String, V>()? {
                if all.iter().any(|(known, _)| *known == key) {
                    let twice = format_args!("{key:?} stands there twice, expected it once");
                    return Err(serde::de::Error::custom(twice));
                }
                all.push((key, value));
            }
            Ok(all)
        }
    }

    from.deserialize_map(Keys(std::marker::PhantomData))
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
                days_before: one.days_before,
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
