//! What entries say that still holds: cases, people, changes of rules.
//!
//! Each is kept in the catalog as facts, made by [`facts_of`] from the entry's body alone.

use std::str::FromStr;

use catalog::{Catalog, CatalogError, Overlay};
use domain::{CaseId, LoginName, PersonId};
use entries::{Body, CaseStep, Event, PersonRecorded, RulesConfirmed};

use crate::JournalError;
use crate::error::unreadable;
use crate::index::Fact;

/// A key and what stands under it.
type Stored = (Vec<u8>, Vec<u8>);

const CASES: &str = "case/";
const PEOPLE: &str = "person/";
const ACCOUNTS: &str = "account/";
const RULES: &str = "rules/";

/// The facts of an entry that belongs to a case, tells of a person, or changes rules.
pub(crate) fn facts_of(body: &Body) -> Result<Vec<Fact>, JournalError> {
    let mut facts = Vec::new();
    if let Some(at) = body.case_step() {
        let value = format!("{}\n{}", body.event().as_str(), body.to_json()?);
        facts.push((step_key(at), Some(value.into_bytes())));
    }
    if let Body::PersonRecorded(person) = body {
        let key = format!("{PEOPLE}{}", person.person);
        facts.push((key.into_bytes(), Some(body.to_json()?.into_bytes())));
        for account in &person.accounts {
            let key = format!("{ACCOUNTS}{account}");
            let owner = person.person.as_str().as_bytes().to_vec();
            facts.push((key.into_bytes(), Some(owner)));
        }
    }
    if let Body::RulesConfirmed(confirmed) = body {
        let key = format!("{RULES}{:08}", confirmed.sequence);
        facts.push((key.into_bytes(), Some(body.to_json()?.into_bytes())));
    }
    Ok(facts)
}

fn step_key(at: CaseStep) -> Vec<u8> {
    // Fixed in width: the order of keys is that of steps.
    format!("{CASES}{}/{:08}", at.case, at.step).into_bytes()
}

/// Looks up what entries say that still holds.
#[derive(Clone, Copy)]
pub struct Lookup<'a> {
    catalog: &'a Catalog,
    /// What the current group has decided, over the catalog.
    overlay: Option<&'a Overlay>,
}

impl<'a> Lookup<'a> {
    /// In a catalog.
    #[must_use]
    pub const fn of(catalog: &'a Catalog) -> Self {
        Self {
            catalog,
            overlay: None,
        }
    }

    pub(crate) const fn over(catalog: &'a Catalog, overlay: &'a Overlay) -> Self {
        Self {
            catalog,
            overlay: Some(overlay),
        }
    }

    /// The entries of a case, in their order; none if there is no such case.
    pub fn case(self, case: CaseId) -> Result<Vec<Body>, JournalError> {
        let prefix = format!("{CASES}{case}/");
        self.with_prefix(&prefix)?
            .iter()
            .map(|(_, value)| step(value))
            .collect()
    }

    /// Every case, in the order of their ids, with its entries.
    pub fn cases(self) -> Result<Vec<(CaseId, Vec<Body>)>, JournalError> {
        let mut cases: Vec<(CaseId, Vec<Body>)> = Vec::new();
        for (key, value) in self.with_prefix(CASES)? {
            let id = part(&key, 1)?;
            let body = step(&value)?;
            match cases.last_mut().filter(|(last, _)| *last == id) {
                Some((_, steps)) => steps.push(body),
                None => cases.push((id, vec![body])),
            }
        }
        Ok(cases)
    }

    /// The person of an account, if it is anybody's.
    pub fn owner(self, account: &LoginName) -> Result<Option<PersonId>, JournalError> {
        let key = format!("{ACCOUNTS}{account}");
        let owner = self.fact(key.as_bytes())?;
        owner.map(|owner| parse(&owner)).transpose()
    }

    /// What was recorded last of a person, if anything was.
    pub fn person(self, person: &PersonId) -> Result<Option<PersonRecorded>, JournalError> {
        let key = format!("{PEOPLE}{person}");
        let recorded = self.fact(key.as_bytes())?;
        recorded.map(|json| recorded_person(&json)).transpose()
    }

    /// What was recorded last of each person, in the order of their ids.
    pub fn people(self) -> Result<Vec<PersonRecorded>, JournalError> {
        let facts = self.with_prefix(PEOPLE)?;
        facts
            .iter()
            .map(|(_, json)| recorded_person(json))
            .collect()
    }

    /// Every change of rules that was confirmed, in that order.
    pub fn confirmed_rules(self) -> Result<Vec<RulesConfirmed>, JournalError> {
        self.with_prefix(RULES)?
            .iter()
            .map(|(_, json)| {
                let Body::RulesConfirmed(confirmed) = body(Event::RulesConfirmed, json)? else {
                    return Err(unreadable("change of rules"));
                };
                Ok(confirmed)
            })
            .collect()
    }

    pub(crate) const fn catalog(self) -> &'a Catalog {
        self.catalog
    }

    pub(crate) fn fact(self, key: &[u8]) -> Result<Option<Vec<u8>>, CatalogError> {
        match self.overlay {
            Some(overlay) => overlay.fact(self.catalog, key),
            None => self.catalog.fact(key),
        }
    }

    /// Whether anything stands under a prefix, of what is never taken away.
    pub(crate) fn any_with_prefix(self, prefix: &str) -> Result<bool, CatalogError> {
        match self.overlay {
            Some(overlay) => overlay.has_fact_with_prefix(self.catalog, prefix.as_bytes()),
            None => self.catalog.has_fact_with_prefix(prefix.as_bytes()),
        }
    }

    pub(crate) fn with_prefix(self, prefix: &str) -> Result<Vec<Stored>, CatalogError> {
        match self.overlay {
            Some(overlay) => overlay.facts_with_prefix(self.catalog, prefix.as_bytes()),
            None => self.catalog.facts_with_prefix(prefix.as_bytes()),
        }
    }
}

fn step(value: &[u8]) -> Result<Body, JournalError> {
    let text = text(value)?;
    let (event, json) = text.split_once('\n').ok_or_else(|| unreadable("case"))?;
    let event = Event::from_name(event).ok_or_else(|| unreadable("case"))?;
    Ok(Body::from_json(event, json)?)
}

fn recorded_person(json: &[u8]) -> Result<PersonRecorded, JournalError> {
    let Body::PersonRecorded(person) = body(Event::PersonRecorded, json)? else {
        return Err(unreadable("person"));
    };
    Ok(person)
}

fn body(event: Event, json: &[u8]) -> Result<Body, JournalError> {
    Ok(Body::from_json(event, text(json)?)?)
}

/// The n-th part of a key between slashes.
fn part<T: FromStr>(key: &[u8], n: usize) -> Result<T, JournalError> {
    let part = text(key)?.split('/').nth(n).unwrap_or_default();
    parse(part.as_bytes())
}

fn parse<T: FromStr>(bytes: &[u8]) -> Result<T, JournalError> {
    text(bytes)?.parse().map_err(|_| unreadable("code"))
}

fn text(bytes: &[u8]) -> Result<&str, JournalError> {
    std::str::from_utf8(bytes).map_err(|_| unreadable("text"))
}
