//! People (人员): who acts under which account, and which roles they hold.

use domain::{Actor, BusinessDate, PersonId, Via};
use entries::{Body, Draft, PersonRecorded};
use journal::{JournalError, Lookup};
use policy::authority::{Person, may_record};
use policy::basis::Basis;
use policy::profile::Profile;
use policy::refusal::{Refusal, RefusalCode};

use crate::cases::{known, person};
use crate::{Archive, ArchiveError};

/// What became of a person who was to be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonOutcome {
    /// Nothing was known of them.
    Recorded,
    /// Something else was known of them.
    Changed,
    /// All of it was known.
    Unchanged,
}

impl Archive {
    /// Everybody who was ever recorded, as they stand now, in the order of their ids.
    ///
    /// # Errors
    /// The catalog could not be read.
    pub fn people(&self) -> Result<Vec<PersonRecorded>, ArchiveError> {
        Ok(Lookup::of(self.catalog()).people()?)
    }

    /// Records what holds of a person from here on. With `dry_run` it is only decided whether
    /// that may be done.
    ///
    /// # Errors
    /// Whoever acts grants no roles; a role that the profile does not have; roles that exclude
    /// each other (R05); an account of somebody else. Or it cannot be entered.
    pub async fn record_person(
        &self,
        recorded: &PersonRecorded,
        (actor, via): (&Actor, &Via),
        dry_run: bool,
    ) -> Result<PersonOutcome, ArchiveError> {
        let before = Lookup::of(self.catalog()).person(&recorded.person)?;
        let outcome = match &before {
            None => PersonOutcome::Recorded,
            Some(before) if before == recorded => return Ok(PersonOutcome::Unchanged),
            Some(_) => PersonOutcome::Changed,
        };
        if dry_run {
            let (lookup, day) = (Lookup::of(self.catalog()), self.clock.now().china_day());
            let ruling = self.ruling_on(day).await?;
            decide(lookup, &ruling.profile, recorded, actor, day)?;
            return Ok(outcome);
        }
        let (recorded, actor, via) = (recorded.clone(), actor.clone(), via.clone());
        self.enter_by_rules(move |id, view, ruling, _| {
            let day = view.at().china_day();
            let by = decide(view.lookup(), &ruling.profile, &recorded, &actor, day)?;
            Ok(Draft {
                id,
                actor: by.map_or_else(|| actor.clone(), |by| known(&actor, &by, day)),
                via: via.clone(),
                body: Body::PersonRecorded(recorded.clone()),
                rules: ruling.name.clone(),
            })
        })
        .await?;
        Ok(outcome)
    }
}

/// Whoever acts, if they are anybody, once it is decided that they may.
fn decide(
    lookup: Lookup<'_>,
    profile: &Profile,
    recorded: &PersonRecorded,
    actor: &Actor,
    day: BusinessDate,
) -> Result<Option<Person>, JournalError> {
    let people: Vec<Person> = lookup.people()?.into_iter().map(person).collect();
    let owner = lookup.owner(&actor.account)?;
    let by = people.iter().find(|one| Some(&one.id) == owner.as_ref());
    let new = person(recorded.clone());
    may_record(profile, &people, by, &new, day).map_err(JournalError::refused)?;
    for account in &recorded.accounts {
        let owner: Option<PersonId> = lookup.owner(account)?;
        if let Some(owner) = owner.filter(|owner| *owner != recorded.person) {
            return Err(JournalError::refused(Refusal {
                code: RefusalCode::AccountTaken,
                basis: "R05".parse::<Basis>().into_iter().collect(),
                found: format!("{account}, an account of {owner}"),
                accepted: "accounts that were never another person's".to_owned(),
            }));
        }
    }
    Ok(by.cloned())
}
