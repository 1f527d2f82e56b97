//! Driving cases (流程): a workflow's state machine is `policy`'s; here its events become entries,
//! and entries its state.
//!
//! A new workflow says how its events stand in the ledger ([`Recorded`]) and gets the rest:
//! who acts, what is in force, and the decision, inside the group commit, against everything
//! that is decided before it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{
    Actor, BranchCode, BusinessDate, CaseId, Digest, PersonId, RequestId, Via, evidence_path,
};
use entries::{BUILT_IN_RULES, Body, CaseStep, Draft, PersonRecorded};
use journal::{Entered, JournalError, Lookup, View};
use policy::authority::{Assurance, Branches, Grant, People, Person};
use policy::case::{Acting, Grounds, Workflow};
use policy::profile::{EMBEDDED, Profile};
use policy::refusal::{Refusal, RefusalCode};
use policy::rule_change::{Confirmed, InForce};

use store::Store;

use crate::rules::confirmed;
use crate::{Archive, ArchiveError};

/// The largest text of a profile or a notice.
pub(crate) const TEXT_BYTES_MAX: u64 = 1024 * 1024;

/// The branches of a case of headquarters.
pub(crate) const NO_BRANCH: Branches = Branches {
    own: None,
    receiving: None,
};

/// The branches of what a branch does for itself.
pub(crate) fn own(branch: &BranchCode) -> Branches {
    Branches {
        own: Some(branch.clone()),
        receiving: None,
    }
}

/// A workflow whose events stand in the ledger.
pub(crate) trait Recorded: Workflow {
    /// Its procedure's code in the profiles.
    const PROCEDURE: &'static str;

    /// The event that an entry tells of, if it is one of this workflow's.
    fn event(body: &Body) -> Option<Self::Event>;

    /// The body of an event's entry.
    fn body(event: &Self::Event, at: CaseStep) -> Body;

    /// [`Workflow::decide`] with the grounds made of what is in force.
    ///
    /// # Errors
    /// Why it may not be done.
    fn decide_in(
        &self,
        command: &Self::Command,
        by: Acting<'_>,
        grounds: Grounds<'_>,
        confirmed: &[Confirmed],
    ) -> Result<Self::Event, Refusal>;
}

/// What says who may act: the profile that began last, or while none has begun the one that the
/// program brings along.
#[derive(Clone, Debug)]
pub(crate) struct Ruling {
    pub(crate) profile: Arc<Profile>,
    /// SHA-256 of its text; `None` for the program's own.
    text: Option<Digest>,
    /// How entries name it.
    pub(crate) name: String,
}

/// In the moment of the decision another profile says who may act; `None` if none has begun.
#[derive(Debug, thiserror::Error)]
#[error("other rules are in force in this moment")]
pub(crate) struct OtherRules(pub(crate) Option<Confirmed>);

impl Archive {
    /// Carries out what somebody asks of a case.
    pub(crate) async fn act<W>(
        &self,
        case: CaseId,
        command: &W::Command,
        (actor, via): (&Actor, &Via),
    ) -> Result<Entered, ArchiveError>
    where
        W: Recorded,
        W::Command: Clone + Send + 'static,
    {
        let (command, actor, via) = (command.clone(), actor.clone(), via.clone());
        self.enter_by_rules(move |id, view, ruling, confirmed| {
            let by = (&actor, &via);
            decide::<W>(view, (ruling, confirmed), (id, case), &command, by)
        })
        .await
    }

    /// Enters what is decided by the profile that says who may act in the moment of the commit,
    /// given that profile and every change of rules that was confirmed until then.
    pub(crate) async fn enter_by_rules<D>(&self, decide: D) -> Result<Entered, ArchiveError>
    where
        D: Fn(RequestId, &View<'_>, &Ruling, &[Confirmed]) -> Result<Draft, JournalError>,
        D: Clone + Send + 'static,
    {
        let id = RequestId::from_bits(self.fresh_bits()?);
        self.enter_under(id, move |view, ruling, confirmed| {
            decide(id, view, ruling, confirmed)
        })
        .await
    }

    /// As [`Archive::enter_by_rules`], under a request id that is known.
    pub(crate) async fn enter_under<D>(
        &self,
        id: RequestId,
        decide: D,
    ) -> Result<Entered, ArchiveError>
    where
        D: Fn(&View<'_>, &Ruling, &[Confirmed]) -> Result<Draft, JournalError>,
        D: Clone + Send + 'static,
    {
        self.demand_writing()?;
        self.begin_writing()?;
        let mut ruling = self.ruling_at_hand().await?;
        loop {
            let (by, decide) = (ruling.clone(), decide.clone());
            let entered = self.journal.enter(id, move |view| {
                let confirmed = confirmed(view.lookup())?;
                by.demand_in_force(&confirmed, view.at().china_day())?;
                decide(view, &by, &confirmed)
            });
            match entered.await {
                Ok(entered) => return Ok(entered),
                Err(JournalError::Refused(why)) => match why.downcast_ref() {
                    Some(OtherRules(begun)) => ruling = self.ruling(begun.as_ref()).await?,
                    None => return Err(JournalError::Refused(why).into()),
                },
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// As [`Archive::enter_by_rules`], and what else the decision came to.
    pub(crate) async fn enter_and_tell<T, D>(&self, decide: D) -> Result<T, ArchiveError>
    where
        D: Fn(RequestId, &View<'_>, &Ruling) -> Result<(Draft, T), JournalError>,
        D: Clone + Send + 'static,
        T: Send + 'static,
    {
        let told = Arc::new(Mutex::new(None));
        let tell = told.clone();
        self.enter_by_rules(move |id, view, ruling, _| {
            let (draft, told) = decide(id, view, ruling)?;
            // It may be decided anew; what is entered was decided last.
            *tell.lock().unwrap_or_else(PoisonError::into_inner) = Some(told);
            Ok(draft)
        })
        .await?;
        let told = told.lock().unwrap_or_else(PoisonError::into_inner).take();
        told.ok_or_else(|| JournalError::Ended.into())
    }

    /// What says who may act on a day.
    pub(crate) async fn ruling_on(&self, day: BusinessDate) -> Result<Ruling, ArchiveError> {
        let confirmed = confirmed(Lookup::of(self.catalog()))?;
        self.ruling(begun_last(&confirmed, day)).await
    }

    /// What says who may act by now; while that cannot be told, the program's own. In the commit
    /// it is asked again.
    pub(crate) async fn ruling_at_hand(&self) -> Result<Ruling, ArchiveError> {
        match self.ruling_on(self.clock.now().china_day()).await {
            Ok(ruling) => Ok(ruling),
            Err(_) => self.ruling(None).await,
        }
    }

    /// What says who may act, once this profile has begun.
    pub(crate) async fn ruling(&self, begun: Option<&Confirmed>) -> Result<Ruling, ArchiveError> {
        self.rulings().ruling(begun).await
    }

    pub(crate) fn rulings(&self) -> Rulings {
        self.rulings.clone()
    }
}

impl Ruling {
    /// Refuses to decide by this once other rules have begun.
    pub(crate) fn demand_in_force(
        &self,
        confirmed: &[Confirmed],
        day: BusinessDate,
    ) -> Result<(), JournalError> {
        let begun = begun_last(confirmed, day);
        if begun.map(|one| one.change.text()) == self.text {
            return Ok(());
        }
        Err(JournalError::refused(OtherRules(begun.cloned())))
    }
}

/// The profiles that were read, by the SHA-256 of their text; the program's own has none.
type Read = BTreeMap<Option<Digest>, Arc<Profile>>;

/// Where the texts of rules lie. A text is read and parsed once: every decision asks for it.
#[derive(Clone, Debug)]
pub(crate) struct Rulings {
    blobs: Store,
    read: Arc<Mutex<Read>>,
}

impl Rulings {
    pub(crate) fn new(blobs: Store) -> Self {
        Self {
            blobs,
            read: Arc::default(),
        }
    }

    /// What says who may act, once this profile has begun.
    pub(crate) async fn ruling(&self, begun: Option<&Confirmed>) -> Result<Ruling, ArchiveError> {
        let (profile, name) = if let Some(begun) = begun {
            let profile = self.profile(begun).await?;
            let name = format!("{}@{}", profile.name, profile.version);
            (profile, name)
        } else {
            (self.built_in()?, BUILT_IN_RULES.to_owned())
        };
        Ok(Ruling {
            profile,
            text: begun.map(|one| one.change.text()),
            name,
        })
    }

    pub(crate) async fn profile(
        &self,
        confirmed: &Confirmed,
    ) -> Result<Arc<Profile>, ArchiveError> {
        let text = confirmed.change.text();
        if let Some(profile) = self.read().get(&Some(text)) {
            return Ok(profile.clone());
        }
        let profile = Profile::parse(&text.to_string(), &self.text(text).await?)?;
        Ok(self.keep(Some(text), profile))
    }

    /// The profile that the program brings along.
    fn built_in(&self) -> Result<Arc<Profile>, ArchiveError> {
        if let Some(profile) = self.read().get(&None) {
            return Ok(profile.clone());
        }
        let [(file, text), ..] = EMBEDDED;
        Ok(self.keep(None, Profile::parse(file, text)?))
    }

    fn keep(&self, text: Option<Digest>, profile: Profile) -> Arc<Profile> {
        let profile = Arc::new(profile);
        self.read().insert(text, profile.clone());
        profile
    }

    fn read(&self) -> MutexGuard<'_, Read> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A text by its SHA-256.
    pub(crate) async fn text(&self, text: Digest) -> Result<String, ArchiveError> {
        let wrong = |why: &str| ArchiveError::RuleText {
            sha256: text,
            why: why.to_owned(),
        };
        let path = evidence_path(text);
        let found = self.blobs.read(&path, TEXT_BYTES_MAX).await?;
        let found = found.ok_or_else(|| wrong("is missing"))?;
        if Digest::of(&found) != text {
            return Err(wrong("has been changed"));
        }
        String::from_utf8(found.to_vec()).map_err(|_| wrong("is no text"))
    }
}

/// The profile that began last.
pub(crate) fn begun_last(confirmed: &[Confirmed], day: BusinessDate) -> Option<&Confirmed> {
    InForce { confirmed }.begun_last(day)
}

fn decide<W: Recorded>(
    view: &View<'_>,
    (ruling, confirmed): (&Ruling, &[Confirmed]),
    (id, case): (RequestId, CaseId),
    command: &W::Command,
    (actor, via): (&Actor, &Via),
) -> Result<Draft, JournalError> {
    let lookup = view.lookup();
    let steps = lookup.case(case)?;
    let events: Vec<W::Event> = steps.iter().filter_map(W::event).collect();
    let state = W::replay(&events);
    let day = view.at().china_day();
    let procedure = (W::PROCEDURE, &NO_BRANCH);
    let (event, actor) = with_grounds(lookup, (ruling, day), procedure, (actor, via), |by, on| {
        state.decide_in(command, by, on, confirmed)
    })?;
    let step = u32::try_from(steps.len()).unwrap_or(u32::MAX);
    Ok(Draft {
        id,
        actor,
        via: via.clone(),
        body: W::body(&event, CaseStep { case, step }),
        rules: ruling.name.clone(),
    })
}

/// Decides by the grounds of a procedure, about some branches, on a day. Answers with the actor as
/// the entry tells of them, too.
pub(crate) fn with_grounds<T>(
    lookup: Lookup<'_>,
    (ruling, day): (&Ruling, BusinessDate),
    (procedure, branches): (&str, &Branches),
    (actor, via): (&Actor, &Via),
    decide: impl FnOnce(Acting<'_>, Grounds<'_>) -> Result<T, Refusal>,
) -> Result<(T, Actor), JournalError> {
    let profile = &*ruling.profile;
    let procedure = profile.procedures.get(procedure).ok_or_else(|| {
        JournalError::refused(Refusal {
            code: RefusalCode::NoSuchPosition,
            basis: vec![policy::basis::Basis::FirmSetting],
            found: format!("{} without the procedure {procedure}", profile.name),
            accepted: "a profile that has it".to_owned(),
        })
    })?;
    let acts = who_acts(lookup, actor)?;
    let people = Roster {
        lookup,
        failed: RefCell::default(),
    };
    let by = Acting {
        person: &acts,
        assurance: assurance(via),
    };
    let grounds = Grounds {
        profile,
        procedure,
        people: &people,
        branches,
        day,
    };
    let decided = decide(by, grounds);
    // What was decided without those who could not be read is no decision.
    if let Some(error) = people.failed.take() {
        return Err(error);
    }
    let decided = decided.map_err(JournalError::refused)?;
    Ok((decided, known(actor, &acts, day)))
}

/// The people as they are recorded, each read when a decision asks for them.
struct Roster<'a> {
    lookup: Lookup<'a>,
    /// Why somebody could not be read.
    failed: RefCell<Option<JournalError>>,
}

impl Roster<'_> {
    fn noting<T>(&self, read: Result<T, JournalError>) -> Option<T> {
        read.map_err(|error| *self.failed.borrow_mut() = Some(error))
            .ok()
    }
}

impl fmt::Debug for Roster<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Roster").finish_non_exhaustive()
    }
}

impl People for Roster<'_> {
    fn person(&self, id: &PersonId) -> Option<Cow<'_, Person>> {
        let recorded = self.noting(self.lookup.person(id)).flatten();
        recorded.map(|recorded| Cow::Owned(person(recorded)))
    }

    fn has(&self, is_true: &mut dyn FnMut(&Person) -> bool) -> bool {
        let people = self.noting(self.lookup.people()).unwrap_or_default();
        people
            .into_iter()
            .any(|recorded| is_true(&person(recorded)))
    }
}

/// The person of the account that acts.
fn who_acts(lookup: Lookup<'_>, actor: &Actor) -> Result<Person, JournalError> {
    let account = &actor.account;
    let nobodys = |found: String| {
        JournalError::refused(Refusal {
            code: RefusalCode::NobodysAccount,
            basis: "R05".parse().into_iter().collect(),
            found,
            accepted: "an account of a person who is recorded".to_owned(),
        })
    };
    let owner = lookup.owner(account)?;
    let owner = owner.ok_or_else(|| nobodys(format!("{account}, an account of nobody")))?;
    let recorded = lookup.person(&owner)?;
    recorded
        .filter(|person| person.accounts.contains(account))
        .map(person)
        .ok_or_else(|| nobodys(format!("{account}, an account that {owner} has no more")))
}

/// The actor as the entry tells: with the person behind the account, and the roles that they
/// hold on the day.
pub(crate) fn known(actor: &Actor, person: &Person, day: BusinessDate) -> Actor {
    let held = person.grants.iter().filter(|grant| grant.holds(day));
    let mut roles: Vec<_> = held.clone().map(|grant| grant.role.clone()).collect();
    roles.sort();
    roles.dedup();
    // Somebody of one branch acts for it; whoever is of several, or of none, for none of them.
    let mut branches: Vec<_> = held.map(|grant| grant.branch.clone()).collect();
    branches.sort();
    branches.dedup();
    let branch = match branches.as_slice() {
        [one] => one.clone(),
        _ => None,
    };
    Actor {
        person: Some(person.id.clone()),
        account: actor.account.clone(),
        roles,
        branch,
    }
}

/// What `policy` knows of a person.
pub(crate) fn person(recorded: PersonRecorded) -> Person {
    let grants = recorded.grants.into_iter().map(|grant| Grant {
        role: grant.role,
        branch: grant.branch,
        from: grant.from,
        to: grant.to,
    });
    Person {
        id: recorded.person,
        grants: grants.collect(),
    }
}

/// How well a door tells who comes in by it.
const fn assurance(via: &Via) -> Assurance {
    match via {
        Via::Local { .. } | Via::System => Assurance::Asserted,
    }
}
