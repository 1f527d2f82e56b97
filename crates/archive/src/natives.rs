//! Documents that are born electronic (原生电子资料, R03, R14, R15, R18): delivered by other systems
//! with a manifest, sealed and entered like any other, and never scanned.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use domain::{
    AccountNo, Actor, BranchCode, BusinessDate, ClassCode, ClientNo, Digest, FlowNo, Medium,
    RecordId, Via,
};
use entries::ExceptionCode;
use ingest::{BatchRequest, Facts, Native, Outcome, PlannedRecord, SourceFile};
use journal::Lookup;
use policy::native::{Delivered, may_deliver};
use policy::refusal::Refusal;
use reading::ReadOptions;
use tokio::sync::watch;

use crate::matching::may_take_over;
use crate::{Archive, ArchiveError};

/// What a system says of a document that it delivers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaidOfNative {
    /// Where its file lies.
    pub file: PathBuf,
    /// SHA-256 of the file.
    pub sha256: Digest,
    /// The system, by its code in the profile.
    pub source: String,
    /// Its key in that system.
    pub id: String,
    /// Its class.
    pub class: ClassCode,
    /// Whose it is.
    pub client: ClientNo,
    /// The branch that it belongs to.
    pub branch: BranchCode,
    /// The day of its business.
    pub business_date: BusinessDate,
    /// The flow that it belongs to, if one.
    pub flow: Option<FlowNo>,
    /// The account that it concerns, if one.
    pub account: Option<AccountNo>,
    /// What it is called, where it has a name of its own.
    pub document_name: Option<String>,
    /// When the client agreed that a third party gives it (R14).
    pub consent: Option<BusinessDate>,
}

/// What became of a document that was delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NativeOutcome {
    /// It is filed, durably; with a dry run it would be.
    Filed(Option<RecordId>),
    /// It had been delivered before.
    Known(Option<RecordId>),
    /// It is kept as an exception, durably.
    Excepted(RecordId, ExceptionCode),
    /// Its file cannot be taken: nothing was kept.
    NotTaken(String),
    /// It may not come from there.
    Refused(Refusal),
}

impl Archive {
    /// Takes over what other systems deliver, and says what became of each, in their order. What is
    /// there is left as it is; another document under the same id is an exception. With `dry_run`
    /// it is only decided, and no file is looked at. Each file is named once.
    ///
    /// # Errors
    /// Whoever acts may not, or it cannot be entered. What was entered before that stays.
    pub async fn import_natives(
        &self,
        said: &[SaidOfNative],
        (actor, via): (&Actor, &Via),
        dry_run: bool,
    ) -> Result<Vec<NativeOutcome>, ArchiveError> {
        let day = self.clock.now().china_day();
        let ruling = self.ruling_on(day).await?;
        let lookup = Lookup::of(self.catalog());
        let mut outcomes = Vec::with_capacity(said.len());
        let mut wanted: BTreeMap<&BranchCode, Vec<usize>> = BTreeMap::new();
        for (place, one) in said.iter().enumerate() {
            may_take_over(lookup, (&ruling, day), &one.branch, (actor, via))?;
            let delivered = Delivered {
                source: &one.source,
                class: &one.class,
                consent: one.consent,
            };
            let strange = match may_deliver(&ruling.profile, &delivered, day) {
                Err(refusal) => Some(refusal),
                Ok(()) => match self.strange_branch(&one.branch, one.business_date)? {
                    Some(refusal) => Some(refusal),
                    None => self.strange_client(&one.client)?,
                },
            };
            let known = lookup.delivered(&one.source, &one.id)?;
            outcomes.push(match (strange, known) {
                (Some(refusal), _) => NativeOutcome::Refused(refusal),
                (None, Some(known)) if known.sha256 == one.sha256 => {
                    NativeOutcome::Known(Some(known.record))
                }
                (None, _) => {
                    wanted.entry(&one.branch).or_default().push(place);
                    NativeOutcome::Filed(None)
                }
            });
        }
        if dry_run || wanted.is_empty() {
            return Ok(outcomes);
        }
        let intake = self.intake(None, ReadOptions::default()).await?;
        for (branch, places) in wanted {
            let planned = |place: &usize| said.get(*place).map(planned);
            let of_file: HashMap<&PathBuf, usize> = places
                .iter()
                .filter_map(|place| Some((&said.get(*place)?.file, *place)))
                .collect();
            let request = BatchRequest {
                branch: branch.clone(),
                actor: actor.clone(),
                via: via.clone(),
                facts: Facts::default(),
                records: places.iter().filter_map(planned).collect(),
            };
            let (_stop, go_on) = watch::channel(false);
            let run = intake.run(request, go_on, |report| {
                let path = report.files.first().map(|(path, _)| path);
                let place = path.and_then(|path| of_file.get(path).copied());
                if let Some(there) = place.and_then(|place| outcomes.get_mut(place)) {
                    *there = outcome(report.outcome);
                }
            });
            run.await?;
        }
        Ok(outcomes)
    }
}

fn planned(said: &SaidOfNative) -> PlannedRecord {
    let name = said.file.file_name().map(PathBuf::from);
    PlannedRecord {
        files: vec![SourceFile {
            path: said.file.clone(),
            name: name.unwrap_or_else(|| said.file.clone()),
        }],
        facts: Facts {
            client: Some(said.client.clone()),
            class: Some(said.class.clone()),
            flow: said.flow.clone(),
            business_date: Some(said.business_date),
            document_name: said.document_name.clone(),
            account: said.account.clone(),
            medium: Some(Medium::OnlineStore),
            origin_system: Some(said.source.clone()),
            origin_id: Some(said.id.clone()),
            ..Facts::default()
        },
        trouble: None,
        native: Some(Native {
            sha256: said.sha256,
            consent: said.consent,
        }),
    }
}

fn outcome(of: Outcome) -> NativeOutcome {
    match of {
        Outcome::Filed(taken, _) if taken.before => NativeOutcome::Known(Some(taken.record)),
        Outcome::Filed(taken, _) => NativeOutcome::Filed(Some(taken.record)),
        Outcome::Excepted(taken, refused) => NativeOutcome::Excepted(taken.record, refused.code),
        Outcome::NotTaken { why } => NativeOutcome::NotTaken(why),
    }
}
