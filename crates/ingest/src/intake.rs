//! One record: from its files to its entry.

use std::sync::Arc;

use bytes::Bytes;
use domain::{
    Actor, BatchId, BranchCode, ClassCode, Clock, Digest, FondsId, RecordId, RequestId, SealedName,
    SealedObject, Via,
};
use entries::{
    BUILT_IN_RULES, Body, Draft, Entry, ExceptionCode, Original, RecordBody, RecordFacts, Refused,
};
use journal::{BatchStanding, Entered, Journal, JournalError, View};
use reading::fields::template::Templates;
use reading::worker::Pool;
use reading::{Document, ReadFailure, ReadOptions, Unreadable};
use vault::{Discard, DiscardReason, SealStreamError, Vault};

use crate::bag::{self, BagContent, BagError, BagFile, Content};
use crate::error::IngestError;
use crate::identify::{Identified, Said, identify};
use crate::material;
use crate::metadata::Description;
use crate::outcome::{Outcome, RecordReport, Taken};
use crate::plan::{PlannedRecord, Trouble};
use crate::request::RequestKey;
use crate::sidecar::Facts;
use crate::tasks::{Proposal, Seen, Tasks};
use crate::{derived, native, record_id, verdict};

/// So many lines at the top of a page are looked at for what it is called.
const TOP_LINES: usize = 12;

/// What intake works with.
pub struct IntakeSetup {
    /// Where entries go.
    pub journal: Journal,
    /// Where records are sealed.
    pub vault: Vault,
    /// Who reads pages; `None` keeps them unread.
    pub pool: Option<Pool>,
    /// What is asked of pages; which fields are looked for follows from the class.
    pub read_options: ReadOptions,
    /// Which fields each class has.
    pub templates: Templates,
    /// The key of request ids.
    pub request_key: RequestKey,
    /// The fonds.
    pub fonds: FondsId,
    /// Its name, for the bags.
    pub fonds_name: String,
    /// This host's writer key, by its id: whose batches it recovers.
    pub writer: String,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Who knows which task a record is for; without them none is asked for.
    pub tasks: Option<Arc<dyn Tasks>>,
}

/// Takes files in.
#[derive(Clone)]
pub struct Intake {
    pub(crate) setup: Arc<IntakeSetup>,
}

/// What is the same for all records of a batch.
pub(crate) struct Delivery {
    pub batch: BatchId,
    pub branch: BranchCode,
    pub actor: Actor,
    pub via: Via,
    pub flags: Facts,
}

/// The files of a record with what was read from them.
struct Material {
    files: Vec<BagFile>,
    documents: Vec<Document>,
    failure: Option<(u32, ReadFailure)>,
}

impl Intake {
    /// An intake.
    #[must_use]
    pub fn new(setup: IntakeSetup) -> Self {
        Self {
            setup: Arc::new(setup),
        }
    }

    /// Takes one record in: number `n` (from 0) of its batch.
    pub(crate) async fn take(
        &self,
        delivery: Arc<Delivery>,
        n: u64,
        planned: PlannedRecord,
    ) -> Result<RecordReport, IngestError> {
        let mut report = RecordReport {
            files: planned
                .files
                .iter()
                .map(|file| (file.path.clone(), None))
                .collect(),
            outcome: Outcome::NotTaken { why: String::new() },
        };
        let files = match material::take_up_all(&planned).await {
            Ok(files) => files,
            Err(why) => {
                report.outcome = Outcome::NotTaken { why };
                return Ok(report);
            }
        };
        for (shown, file) in report.files.iter_mut().zip(&files) {
            shown.1 = Some(file.sha256);
        }
        if let Some(why) = native::not_as_declared(&planned, &files) {
            report.outcome = Outcome::NotTaken { why };
            return Ok(report);
        }
        let request = self.request(&delivery, &planned, &files);
        let known = match self.known(request)? {
            Some(known) => Some(known),
            None => self.delivered_before(&planned)?,
        };
        report.outcome = match known {
            Some(known) => known,
            None => self.file(&delivery, n, planned, files, request).await?,
        };
        Ok(report)
    }

    fn request(
        &self,
        delivery: &Delivery,
        planned: &PlannedRecord,
        files: &[BagFile],
    ) -> RequestId {
        let said = format!("{:?}", (&delivery.flags, &planned.facts, &planned.trouble));
        let named = planned
            .files
            .iter()
            .zip(files)
            .map(|(f, b)| (f.name.as_path(), b.sha256));
        self.setup.request_key.id(&delivery.branch, &said, named)
    }

    /// The outcome that the ledger has for this request.
    fn known(&self, request: RequestId) -> Result<Option<Outcome>, IngestError> {
        let catalog = self.setup.journal.catalog();
        let found = catalog
            .by_request(&request.to_string())
            .map_err(journal::JournalError::from)?;
        found.map(|entry| self.stored(entry)).transpose()
    }

    pub(crate) fn stored(&self, entry: u64) -> Result<Outcome, IngestError> {
        let catalog = self.setup.journal.catalog();
        let line = catalog
            .entry(entry)
            .map_err(journal::JournalError::from)?
            .unwrap_or_default();
        let body = Entry::parse(&line).and_then(|entry| entry.body());
        match body.map_err(journal::JournalError::from)? {
            Some(Body::RecordFiled(body) | Body::RecordExcepted(body)) => {
                let taken = Taken {
                    record: body.facts.record,
                    entry,
                    before: true,
                };
                Ok(match body.facts.exception {
                    None => Outcome::Filed(taken, body.filing),
                    Some(refused) => Outcome::Excepted(taken, refused),
                })
            }
            // Request ids of records are made of their files alone.
            _ => Ok(Outcome::NotTaken {
                why: format!("entry {entry} has its request id"),
            }),
        }
    }

    async fn file(
        &self,
        delivery: &Arc<Delivery>,
        n: u64,
        planned: PlannedRecord,
        files: Vec<BagFile>,
        request: RequestId,
    ) -> Result<Outcome, IngestError> {
        let is_native = planned.native.is_some();
        let material = self.read(delivery, &planned, files).await?;
        let record = record_id(delivery.batch, n);
        let (facts, proposal) = self.facts(delivery, record, &planned, &material)?;
        let sealed = self.seal(&facts, &planned, material).await;
        let body = match sealed {
            Ok(body) => body,
            Err(Unsealed::File(why)) => {
                // The vault has removed what it began; the bag's partner may stand.
                self.discard(record).await?;
                return Ok(Outcome::NotTaken { why });
            }
            Err(Unsealed::Stop(error)) => return Err(error),
        };
        self.enter(delivery, request, (body, proposal, is_native))
            .await
    }

    async fn read(
        &self,
        delivery: &Delivery,
        planned: &PlannedRecord,
        files: Vec<BagFile>,
    ) -> Result<Material, IngestError> {
        let mut material = Material {
            files,
            documents: Vec::new(),
            failure: None,
        };
        let Some(pool) = &self.setup.pool else {
            return Ok(material);
        };
        // What is born electronic is what it is: no page of it is looked at.
        if matches!(planned.trouble, Some(Trouble::Sidecar(_))) || planned.native.is_some() {
            return Ok(material);
        }
        let said = delivery.flags.clone().or(&planned.facts);
        let options = ReadOptions {
            template: (self.setup.templates).of(said.class.as_ref().map(ClassCode::as_str)),
            ..self.setup.read_options.clone()
        };
        for (original, file) in (1..).zip(&material.files) {
            let read = match &file.content {
                Content::Memory(bytes) => pool.read(bytes.clone(), &options).await,
                Content::File(_) => Err(ReadFailure::file(Unreadable::TooLarge {
                    found_bytes: file.size_bytes,
                    max_bytes: material::IN_MEMORY_BYTES_MAX,
                })),
            };
            match read {
                Ok(document) => material.documents.push(document),
                Err(ReadFailure {
                    why: why @ (Unreadable::NotConfined { .. } | Unreadable::NoWorker { .. }),
                    ..
                }) => {
                    return Err(IngestError::Reading {
                        why: why.to_string(),
                        hint: why.hint(),
                    });
                }
                Err(failure) => {
                    material.failure = Some((original, failure));
                    break;
                }
            }
        }
        Ok(material)
    }

    fn facts(
        &self,
        delivery: &Delivery,
        record: RecordId,
        planned: &PlannedRecord,
        material: &Material,
    ) -> Result<(RecordFacts, Option<Proposal>), IngestError> {
        let fields: Vec<_> = material
            .documents
            .iter()
            .flat_map(Document::fields)
            .collect();
        let said = Said {
            flags: &delivery.flags,
            sidecar: &planned.facts,
        };
        let mut identified = identify(&said, &fields);
        let mut said = delivery.flags.clone().or(&planned.facts);
        let unfit = self.refusal(planned, material);
        let proposal = match &self.setup.tasks {
            Some(tasks) if unfit.is_none() && planned.native.is_none() => tasks.propose(&Seen {
                branch: &delivery.branch,
                identified: &identified,
                class: said.class.as_ref(),
                top: top(&material.documents),
            })?,
            Some(_) | None => None,
        };
        if let Some(Ok(target)) = &proposal {
            identified.take_over(target);
            said.class = Some(target.class.clone());
        }
        let Identified {
            client,
            flow,
            business_date,
            by,
            exception,
        } = identified;
        let pages: usize = material
            .documents
            .iter()
            .map(|document| document.pages.len())
            .sum();
        let read_all = material.documents.len() == material.files.len() && pages > 0;
        let facts = RecordFacts {
            record,
            batch: delivery.batch,
            client: client.into(),
            class: said.class.into(),
            flow: flow.into(),
            business_date: business_date.into(),
            branch: delivery.branch.clone(),
            pages: u32::try_from(pages).ok().filter(|_| read_all).into(),
            document_name: said.document_name.into(),
            account: said.account.into(),
            medium: said.medium.into(),
            carrier: said.carrier.into(),
            rendition_of: said.rendition_of.into(),
            origin_system: said.origin_system.into(),
            origin_id: said.origin_id.into(),
            // The branch that collected a document answers for it (R13).
            responsible_branch: said
                .responsible_branch
                .or_else(|| Some(delivery.branch.clone()))
                .into(),
            responsible_person: said.responsible_person.into(),
            sensitivity: said.sensitivity.into(),
            consent: planned.native.as_ref().and_then(|native| native.consent),
            identified_by: by,
            exception: unfit.or(exception),
        };
        Ok((facts, proposal))
    }

    /// Why the record cannot be filed, before anybody asks whose it is.
    fn refusal(&self, planned: &PlannedRecord, material: &Material) -> Option<Refused> {
        let file = |code| Refused {
            code,
            original: None,
            page: None,
        };
        match &planned.trouble {
            Some(Trouble::Sidecar(_)) => return Some(file(ExceptionCode::SidecarDamaged)),
            Some(Trouble::FileMissing(_)) => return Some(file(ExceptionCode::FileMissing)),
            Some(Trouble::NotAFile(_)) | None => {}
        }
        if let Some((original, failure)) = &material.failure {
            return Some(Refused {
                code: verdict::code_of(&failure.why),
                original: Some(*original),
                page: failure.page,
            });
        }
        verdict::obstacle(&material.documents, &self.setup.read_options)
    }

    async fn seal(
        &self,
        facts: &RecordFacts,
        planned: &PlannedRecord,
        material: Material,
    ) -> Result<RecordBody, Unsealed> {
        let at = self.setup.clock.now();
        let Material {
            files,
            documents,
            failure,
        } = material;
        let failure = failure.map(|(_, failure)| failure);
        let originals: Vec<Original> = files
            .iter()
            .map(|file| Original {
                media_type: file.media_type,
                sha256: file.sha256,
                size_bytes: file.size_bytes,
            })
            .collect();
        let merged = derived::merge(documents);
        let description = Description {
            fonds: self.setup.fonds,
            filed_at: at,
            facts,
            originals: &originals,
            planned,
            document: merged.as_ref().map(|(document, _)| document),
            failure: failure.as_ref(),
        };
        let bag = BagContent {
            record: facts.record,
            filed_at: at,
            files,
            record_json: description.to_json().map_err(IngestError::from)?,
            source_organization: self.setup.fonds_name.clone(),
        };
        let reading = merged
            .as_ref()
            .map(|(document, _)| verdict::summary(document));
        let parameters = self.setup.read_options.parameters.clone();
        let derived = async {
            let Some((document, pages)) = merged else {
                return Ok(None);
            };
            let mut tar = Vec::new();
            derived::write(&document, &pages, &parameters, at, &mut tar)
                .map_err(|error| Unsealed::Stop(IngestError::Json(serde_json::Error::io(error))))?;
            let name = SealedName::derived(facts.record, 1);
            let sealed = self.setup.vault.seal(&name, Bytes::from(tar)).await;
            Ok(Some(sealed.map_err(IngestError::from)?))
        };
        let (bag, derived) = tokio::join!(self.seal_bag(bag), derived);
        let ((bag, tagmanifest_sha256), derived) = match (bag, derived) {
            (Ok(bag), Ok(derived)) => (bag, derived),
            // A store that fails stops the batch, whatever else is wrong with this file.
            (_, Err(stop)) | (Err(stop), _) => return Err(stop),
        };
        Ok(RecordBody {
            facts: facts.clone(),
            originals,
            repeats: Vec::new(),
            filing: None,
            tagmanifest_sha256,
            bag: bag.into(),
            derived: derived.map(Into::into),
            reading,
        })
    }

    async fn seal_bag(&self, bag: BagContent) -> Result<(SealedObject, Digest), Unsealed> {
        let name = SealedName::bag(bag.record, 1);
        let sealed = self
            .setup
            .vault
            .seal_stream(&name, move |out| bag::write(&bag, out))
            .await;
        sealed.map_err(|error| match error {
            SealStreamError::Vault(error) => Unsealed::Stop(error.into()),
            SealStreamError::Writer {
                source: source @ (BagError::Changed { .. } | BagError::Unreadable { .. }),
                ..
            } => Unsealed::File(source.to_string()),
            SealStreamError::Writer {
                source: BagError::Write(source),
                ..
            } => Unsealed::Stop(IngestError::Json(serde_json::Error::io(source))),
        })
    }

    async fn enter(
        &self,
        delivery: &Arc<Delivery>,
        request: RequestId,
        (body, proposal, is_native): (RecordBody, Option<Proposal>, bool),
    ) -> Result<Outcome, IngestError> {
        let (record, refused) = (body.facts.record, body.facts.exception.clone());
        let entered = loop {
            let (decided_for, body) = (delivery.clone(), body.clone());
            let tasks = self.setup.tasks.clone().zip(proposal.clone());
            let entered = self.setup.journal.enter(request, move |view| {
                let body = if is_native {
                    native::told_apart(view, body.clone())?
                } else {
                    body.clone()
                };
                draft(view, &decided_for, (request, &body), tasks.as_ref())
            });
            let entered = entered.await;
            if let (Err(error), Some(tasks)) = (&entered, &self.setup.tasks)
                && !error.may_be_entered()
                && tasks.renewed(error).await?
            {
                continue;
            }
            break entered;
        };
        match entered {
            Ok(Entered::New { index, .. }) => {
                let taken = Taken {
                    record,
                    entry: index,
                    before: false,
                };
                Ok(match (refused, &proposal) {
                    (Some(refused), _) => Outcome::Excepted(taken, refused),
                    (None, None) if !is_native => Outcome::Filed(taken, None),
                    // What for, or whether another was delivered, was decided in the commit.
                    (None, Some(_) | None) => match self.stored(index)? {
                        Outcome::Filed(_, filing) => Outcome::Filed(taken, filing),
                        Outcome::Excepted(_, refused) => Outcome::Excepted(taken, refused),
                        other @ Outcome::NotTaken { .. } => other,
                    },
                })
            }
            Ok(Entered::Known { index }) => {
                // Somebody else took the same files in meanwhile: these seals are nobody's.
                self.discard(record).await?;
                self.stored(index)
            }
            // Where it may be entered, its objects stay; recovery reads the ledger and decides.
            Err(error) if error.may_be_entered() => Err(error.into()),
            Err(error) => {
                self.discard(record).await?;
                Err(error.into())
            }
        }
    }

    /// Removes what was sealed for a record that the ledger does not have; says how many
    /// objects there were.
    pub(crate) async fn discard(&self, record: RecordId) -> Result<u64, IngestError> {
        let mut removed = 0;
        for name in [SealedName::bag(record, 1), SealedName::derived(record, 1)] {
            let warrant = Discard::new(name, [], DiscardReason::InterruptedBatch);
            let discarded = self.setup.vault.discard(warrant).await?;
            let there = !discarded.headers.is_empty()
                || discarded.payload == store::Deletion::Deleted
                || discarded.partial_uploads > 0;
            removed += u64::from(there);
        }
        Ok(removed)
    }
}

/// The entry of a record, as it is decided in the commit.
fn draft(
    view: &View<'_>,
    delivery: &Delivery,
    (request, body): (RequestId, &RecordBody),
    tasks: Option<&(Arc<dyn Tasks>, Proposal)>,
) -> Result<Draft, JournalError> {
    // Whoever found the batch cut off may have removed what was sealed for it.
    view.demand_batch(delivery.batch, BatchStanding::Open)?;
    let mut body = body.clone();
    for original in &body.originals {
        body.repeats.extend(view.holders(original.sha256)?);
    }
    body.repeats.sort();
    body.repeats.dedup();
    let (mut actor, mut rules) = (delivery.actor.clone(), BUILT_IN_RULES.to_owned());
    if let (Some((tasks, proposal)), None) = (tasks, &body.facts.exception) {
        let filed = tasks.file(view, &body, proposal, (&delivery.actor, &delivery.via))?;
        body.filing = Some(filed.filing);
        (actor, rules) = (filed.actor, filed.rules);
    }
    Ok(Draft {
        id: request,
        actor,
        via: delivery.via.clone(),
        body: match body.facts.exception {
            None => Body::RecordFiled(body),
            Some(_) => Body::RecordExcepted(body),
        },
        rules,
    })
}

/// The lines at the top of a record's first page.
fn top(documents: &[Document]) -> Vec<&str> {
    let page = documents
        .first()
        .and_then(|document| document.pages.first());
    page.map(|page| page.text.lines().take(TOP_LINES).collect())
        .unwrap_or_default()
}

/// Why a record was not sealed.
enum Unsealed {
    /// Its file is to blame.
    File(String),
    /// The store is.
    Stop(IngestError),
}

impl From<IngestError> for Unsealed {
    fn from(error: IngestError) -> Self {
        Self::Stop(error)
    }
}
