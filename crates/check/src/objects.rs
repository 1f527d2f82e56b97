//! Sealed objects held against what entries claim of them: header, payload, and what is
//! inside.
//!
//! Many objects are looked at together; what is found is in no order here and is sorted at
//! the end.

use std::sync::Arc;

use bytes::Bytes;
use domain::{Epoch, SealedKind, SealedName};
use store::{Store, StoreError};
use tokio::task::JoinSet;

use crate::fonds::Recipients;
use crate::identity::{Claim, Identity};
use crate::known::{Claimed, Known};
use crate::listing::Listing;
use crate::opened::{self, NotRead, Opened, Reading, Sealed};
use crate::report::{Draft, Finding, Progress, Stage};
use crate::sealed::{HEADER_BYTES_MAX, recipients_of, x25519_stanzas};
use crate::{CheckError, Code, layout};

/// Where objects are looked for, and how closely they are looked at.
pub(crate) struct Scope {
    pub(crate) keys: Store,
    pub(crate) blobs: Store,
    pub(crate) read_data: bool,
    pub(crate) identity: Option<Identity>,
    pub(crate) recipients: Option<Recipients>,
    pub(crate) concurrency: usize,
}

/// One object to look at.
struct Job {
    name: SealedName,
    claimed: Claimed,
    /// What it holds, where that can be judged.
    sealed: Option<Sealed>,
    /// As the store lists it.
    listed_size: Option<u64>,
}

/// Looks at every object that entries claim.
pub(crate) async fn compare(
    scope: Scope,
    known: &Known,
    listing: &Listing,
    progress: &mut impl FnMut(Progress),
    draft: &mut Draft,
) -> Result<(), CheckError> {
    let total = known.objects.len() as u64;
    let scope = Arc::new(scope);
    let mut running = JoinSet::new();
    let mut done = 0;
    let mut count_one = || {
        done += 1;
        progress(Progress {
            stage: Stage::Objects,
            done,
            total,
        });
    };
    let mut objects = known.objects.iter();
    loop {
        while running.len() < scope.concurrency.max(1) {
            let Some((name, claimed)) = objects.next() else {
                break;
            };
            if let Some(job) = job(name, claimed, known, listing) {
                running.spawn(look(scope.clone(), job));
            } else {
                count_one();
            }
        }
        let Some(ended) = running.join_next().await else {
            return Ok(());
        };
        draft.merge(ended.map_err(|source| CheckError::Ended { source })?);
        count_one();
    }
}

/// What there is to do for an object; nothing for a page whose time in the inbox is over.
fn job(name: &SealedName, claimed: &Claimed, known: &Known, listing: &Listing) -> Option<Job> {
    let payload = layout::payload(name);
    if name.kind() == SealedKind::Inbox {
        // Pages leave the inbox when they are filed, header first. While both are there they
        // must be right; that one is gone is no loss that could be told from that.
        let in_closed_batch = known.batch_of(name).is_some_and(|batch| batch.closed);
        let headers = claimed.headers.iter();
        let header_is_there = headers
            .map(|(epoch, _)| layout::header(name, *epoch))
            .any(|path| listing.keys_size(&path).is_some());
        if in_closed_batch || !header_is_there {
            return None;
        }
    }
    let filing = name.record().and_then(|record| known.filings.get(&record));
    let sealed = match name.kind() {
        SealedKind::Bag => filing
            .filter(|filing| filing.bag.name == *name)
            .map(|filing| Sealed::Bag(Box::new(filing.clone()))),
        SealedKind::Derived => Some(Sealed::Derived),
        SealedKind::Card | SealedKind::Detail | SealedKind::Inbox => None,
    };
    Some(Job {
        name: name.clone(),
        claimed: claimed.clone(),
        sealed,
        listed_size: listing.blobs_size(&payload),
    })
}

async fn look(scope: Arc<Scope>, job: Job) -> Draft {
    let mut draft = Draft::default();
    draft.counts.sealed_objects = 1;
    let mut usable = None;
    for (epoch, sha256) in &job.claimed.headers {
        let path = layout::header(&job.name, *epoch);
        let found = scope.keys.read(&path, HEADER_BYTES_MAX).await;
        let header = match found {
            Ok(Some(header)) => header,
            Ok(None) => {
                let entry = job.claimed.entry;
                let expected = format!("the header that entry {entry} names");
                draft.find(Finding::new(Code::HeaderMissing, path, "nothing", expected));
                continue;
            }
            Err(StoreError::TooLarge { size_bytes, .. }) => {
                let found = format!("{size_bytes} bytes");
                let expected = "a header of at most 64 KiB";
                draft.find(Finding::new(Code::HeaderDiffers, path, found, expected));
                continue;
            }
            Err(error) => {
                draft.find(unreadable(path, &error));
                continue;
            }
        };
        draft.counts.bytes_read += header.len() as u64;
        let actual = domain::Digest::of(&header);
        if actual != *sha256 {
            let expected = sha256.to_string();
            draft.find(Finding::new(
                Code::HeaderDiffers,
                path,
                actual.to_string(),
                expected,
            ));
            continue;
        }
        draft.counts.headers_compared += 1;
        scope.judge_header(&job.name, *epoch, &path, &header, &mut draft);
        usable = Some((*epoch, header));
    }
    scope.look_at_payload(job, usable, &mut draft).await;
    draft
}

impl Scope {
    fn judge_header(
        &self,
        name: &SealedName,
        epoch: Epoch,
        path: &str,
        header: &[u8],
        draft: &mut Draft,
    ) {
        let stanzas = match x25519_stanzas(header) {
            Ok(stanzas) => stanzas,
            Err(why) => {
                draft.find(Finding::new(
                    Code::HeaderMalformed,
                    path,
                    why,
                    "an age header",
                ));
                return;
            }
        };
        match &self.recipients {
            Some(recipients) if epoch == Epoch(0) => {
                let expected = recipients_of(name, recipients);
                if stanzas != expected {
                    let found = format!("{stanzas} X25519 recipients");
                    let expected = expected.to_string();
                    draft.find(Finding::new(Code::HeaderRecipients, path, found, expected));
                }
            }
            Some(_) => draft.skip("number of recipients", "the header is of a later epoch", 1),
            None => draft.skip("number of recipients", "`fonds.json` gives none", 1),
        }
    }

    async fn look_at_payload(&self, job: Job, header: Option<(Epoch, Bytes)>, draft: &mut Draft) {
        let path = layout::payload(&job.name);
        let size = match job.listed_size {
            Some(size) => Some(size),
            // It may have come after the listing.
            None => match self.blobs.size(&path).await {
                Ok(size) => size,
                Err(error) => {
                    draft.find(unreadable(path, &error));
                    return;
                }
            },
        };
        let expected_size = job.claimed.payload_size_bytes;
        match size {
            None => {
                let expected = format!("the payload that entry {} names", job.claimed.entry);
                draft.find(Finding::new(
                    Code::PayloadMissing,
                    path,
                    "nothing",
                    expected,
                ));
                return;
            }
            Some(size) if size != expected_size => {
                let expected = format!("{expected_size} bytes");
                let found = format!("{size} bytes");
                draft.find(Finding::new(Code::PayloadSize, path, found, expected));
                return;
            }
            Some(_) => {}
        }
        let kind = job.name.kind();
        let expected = job.claimed.payload_sha256;
        let reading = self.reading(kind, job.sealed, header, draft);
        let epoch_zero = reading
            .as_ref()
            .is_some_and(|reading| reading.epoch == Epoch(0));
        let Some(reading) = reading.map(|planned| planned.reading) else {
            draft.counts.payloads_compared_by_size += 1;
            draft.skip("bytes of payloads", "only sizes were compared", 1);
            return;
        };
        let outcome = match opened::read(&self.blobs, &path, reading).await {
            Ok(outcome) => outcome,
            Err(NotRead::Missing) => {
                let expected = "the payload that was listed";
                draft.find(Finding::new(
                    Code::PayloadMissing,
                    path,
                    "nothing",
                    expected,
                ));
                return;
            }
            Err(NotRead::Store(error)) => {
                draft.find(unreadable(path, &error));
                return;
            }
            Err(NotRead::Ended(error)) => {
                draft.find(unreadable(path, &error));
                return;
            }
        };
        draft.counts.bytes_read += outcome.size_bytes;
        if outcome.sha256 != expected {
            let found = outcome.sha256.to_string();
            let expected = expected.to_string();
            draft.find(Finding::new(Code::PayloadDiffers, path, found, expected));
            return;
        }
        draft.counts.payloads_compared_by_hash += 1;
        if let Some(opened) = outcome.opened {
            self.settle_opened(kind, &path, opened, epoch_zero, draft);
        }
    }

    /// What is done with a payload of the right size; `None` if its bytes are not read.
    fn reading(
        &self,
        kind: SealedKind,
        sealed: Option<Sealed>,
        header: Option<(Epoch, Bytes)>,
        draft: &mut Draft,
    ) -> Option<Planned> {
        let hash = self.read_data.then_some(Planned {
            reading: Reading::Hash,
            epoch: Epoch(0),
        });
        let contents = contents_of(kind);
        let mut skip = |why: &str| draft.skip(contents, why, 1);
        let Some(identity) = &self.identity else {
            skip("no identity was given");
            return hash;
        };
        let Some(sealed) = sealed else {
            skip(match kind {
                SealedKind::Bag | SealedKind::Derived => "no entry says what must be in them",
                SealedKind::Card | SealedKind::Detail => "this checker does not know their form",
                SealedKind::Inbox => "only the intake identity opens them",
            });
            return hash;
        };
        let Some((epoch, header)) = header else {
            skip("their header is missing or differs");
            return hash;
        };
        let recipients = self.recipients.as_ref();
        let claim = recipients.map(|recipients| identity.claim(kind, recipients));
        if epoch == Epoch(0) && claim == Some(Claim::Other) {
            skip("the identity is not one that opens them");
            return hash;
        }
        Some(Planned {
            reading: Reading::Open {
                header,
                identity: identity.clone(),
                sealed,
            },
            epoch,
        })
    }

    fn settle_opened(
        &self,
        kind: SealedKind,
        path: &str,
        opened: Opened,
        epoch_zero: bool,
        draft: &mut Draft,
    ) {
        match opened {
            Opened::Judged(judged) => {
                if !judged.has_findings() {
                    let valid = u64::from(kind == SealedKind::Bag);
                    draft.counts.bags_valid += valid;
                    draft.counts.derived_valid += 1 - valid;
                }
                draft.merge(judged);
            }
            Opened::NoKey => {
                let claim = self
                    .identity
                    .as_ref()
                    .zip(self.recipients.as_ref())
                    .map(|(identity, recipients)| identity.claim(kind, recipients));
                if epoch_zero && claim == Some(Claim::Opens) {
                    let code = if kind == SealedKind::Bag {
                        Code::BagUnopened
                    } else {
                        Code::DerivedUnopened
                    };
                    let expected = "an object sealed for this identity, as `fonds.json` has it";
                    let found = "an object sealed for others";
                    draft.find(Finding::new(code, path, found, expected));
                } else {
                    draft.skip(contents_of(kind), "the identity does not open them", 1);
                }
            }
        }
    }
}

/// A reading, and the epoch of the header that it opens with.
struct Planned {
    reading: Reading,
    epoch: Epoch,
}

fn contents_of(kind: SealedKind) -> &'static str {
    match kind {
        SealedKind::Bag => "contents of bags",
        SealedKind::Derived => "contents of derived objects",
        SealedKind::Card => "contents of cards",
        SealedKind::Detail => "contents of details",
        SealedKind::Inbox => "contents of pages in the inbox",
    }
}

/// The finding for an object that the store could not give.
pub(crate) fn unreadable(path: impl Into<String>, error: &dyn std::error::Error) -> Finding {
    let mut found = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        found.push_str(": ");
        found.push_str(&cause.to_string());
        next = cause.source();
    }
    Finding::new(
        Code::UnreadableObject,
        path,
        found,
        "an object that can be read",
    )
}
