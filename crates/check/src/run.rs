//! The check from its beginning to its end, in the order in which its rules run.

use std::collections::BTreeSet;

use bytes::Bytes;
use domain::Digest;
use futures::{StreamExt as _, stream};
use store::{Store, StoreError};

use crate::checkpoints::{self, Source};
use crate::commit::COMMIT_BYTES_MAX;
use crate::fonds::{Fonds, NotFonds};
use crate::history::History;
use crate::known::Known;
use crate::layout::{self, Slot};
use crate::listing::Listing;
use crate::note::Checkpoint;
use crate::objects::{self, Scope, unreadable};
use crate::opened::{self, NotRead, Reading};
use crate::report::{Draft, Finding, Progress, Report, Stage};
use crate::{CheckError, Code, Options};

/// The largest `fonds.json` or checkpoint that is read, in bytes.
const SMALL_BYTES_MAX: u64 = 1024 * 1024;

/// Checks an archive. `keys` holds the age headers and `blobs` everything else; both may be
/// handles of one store. Nothing is written.
pub async fn check(
    keys: &Store,
    blobs: &Store,
    options: &Options,
    mut progress: impl FnMut(Progress),
) -> Result<Report, CheckError> {
    let mut draft = Draft::default();
    // What moves is read before what it must not be ahead of: checkpoint, commits, objects.
    let published = read_published(blobs, &mut draft).await;
    let commits = list_commits(blobs).await?;
    let bytes = read_fonds(blobs, &commits, &mut draft).await?;
    let fonds = bytes
        .as_ref()
        .and_then(|bytes| judge_fonds(bytes, &mut draft));
    let fonds = fonds.as_ref();
    let others = others(&published, fonds, &commits, options, &mut draft);
    let mut history = History::new(
        fonds,
        bytes.as_ref().map(|bytes| Digest::of(bytes)),
        others.iter().map(|(_, checkpoint)| checkpoint.size),
        options.catalog.as_ref().map(|head| head.commit),
    );
    walk(
        blobs,
        &commits,
        options,
        &mut history,
        &mut progress,
        &mut draft,
    )
    .await;
    for (source, checkpoint) in &others {
        checkpoints::compare(*source, checkpoint, &mut history, &mut draft);
    }
    match &options.catalog {
        Some(head) => {
            let last = commits.last().map(|(number, _)| *number);
            checkpoints::compare_catalog(head, last, &mut history, &mut draft);
        }
        None => draft.skip("the catalog's head", "none was given", 1),
    }
    judge_batches(&history, &mut draft);

    let listing = Listing::read(keys, blobs)
        .await
        .map_err(|source| CheckError::List { source })?;
    draft.counts.objects = listing.len();
    draft.counts.records = history.known.filings.len() as u64;
    let scope = Scope {
        keys: keys.clone(),
        blobs: blobs.clone(),
        read_data: options.read_data,
        identity: options.identity.clone(),
        recipients: fonds.map(|fonds| fonds.recipients.clone()),
        concurrency: options.concurrency,
    };
    objects::compare(scope, &history.known, &listing, &mut progress, &mut draft).await?;
    listing.judge(&history, &mut draft);
    check_evidence(blobs, &listing, options, &mut progress, &mut draft).await;
    miss_texts(&history.known, &listing, &mut draft);
    Ok(draft.finish())
}

/// The numbers and sizes of the commits that are there, in order.
async fn list_commits(blobs: &Store) -> Result<Vec<(u64, u64)>, CheckError> {
    let listed = blobs
        .list(layout::COMMITS)
        .await
        .map_err(|source| CheckError::List { source })?;
    let commits = listed.iter().filter_map(|listed| {
        if let Slot::Commit(number) = layout::slot(&listed.path) {
            Some((number, listed.size_bytes))
        } else {
            None // told as stray when everything is listed
        }
    });
    Ok(commits.collect())
}

async fn read_fonds(
    blobs: &Store,
    commits: &[(u64, u64)],
    draft: &mut Draft,
) -> Result<Option<Bytes>, CheckError> {
    let one_spelling = "the one spelling of version 1";
    match blobs.read(layout::FONDS, SMALL_BYTES_MAX).await {
        Ok(Some(bytes)) => Ok(Some(bytes)),
        Ok(None) if commits.is_empty() => Err(CheckError::NotAnArchive {
            store: blobs.name().to_owned(),
        }),
        Ok(None) => {
            draft.find(Finding::new(
                Code::FondsMissing,
                layout::FONDS,
                "nothing",
                one_spelling,
            ));
            Ok(None)
        }
        Err(StoreError::TooLarge { size_bytes, .. }) => {
            let found = format!("{size_bytes} bytes");
            draft.find(Finding::new(
                Code::FondsMalformed,
                layout::FONDS,
                found,
                one_spelling,
            ));
            Ok(None)
        }
        Err(source) => Err(CheckError::Fonds { source }),
    }
}

fn judge_fonds(bytes: &[u8], draft: &mut Draft) -> Option<Fonds> {
    let (code, found) = match Fonds::parse(bytes) {
        Ok(fonds) => return Some(fonds),
        Err(NotFonds::Version(version)) => (Code::FondsVersion, format!("version {version}")),
        Err(NotFonds::Malformed(why)) => (Code::FondsMalformed, why),
    };
    draft.find(Finding::new(
        code,
        layout::FONDS,
        found,
        "the one spelling of version 1",
    ));
    None
}

/// The object at `log/checkpoint`.
enum Published {
    Bytes(Bytes),
    Missing,
    /// The store failed, which has been told.
    Unreadable,
}

async fn read_published(blobs: &Store, draft: &mut Draft) -> Published {
    match blobs.read(layout::CHECKPOINT, SMALL_BYTES_MAX).await {
        Ok(Some(bytes)) => Published::Bytes(bytes),
        Ok(None) => Published::Missing,
        Err(error) => {
            draft.find(unreadable(layout::CHECKPOINT, &error));
            Published::Unreadable
        }
    }
}

/// Every checkpoint that the ledger must continue.
fn others(
    published: &Published,
    fonds: Option<&Fonds>,
    commits: &[(u64, u64)],
    options: &Options,
    draft: &mut Draft,
) -> Vec<(Source, Checkpoint)> {
    let mut others = Vec::new();
    match published {
        Published::Bytes(bytes) => others.push((Source::Published, bytes.as_ref())),
        Published::Unreadable => {}
        Published::Missing if commits.is_empty() => {}
        Published::Missing => draft.find(Finding::new(
            Code::CheckpointMissing,
            layout::CHECKPOINT,
            "nothing",
            "a checkpoint",
        )),
    }
    if options.kept_checkpoints.is_empty() {
        draft.skip("checkpoints that others kept", "none were given", 1);
    }
    let kept = (1..).zip(&options.kept_checkpoints);
    others.extend(kept.map(|(number, text)| (Source::Kept(number), text.as_bytes())));
    others
        .into_iter()
        .filter_map(|(source, bytes)| {
            let checkpoint = checkpoints::read(source, bytes, fonds, draft)?;
            Some((source, checkpoint))
        })
        .collect()
}

/// Reads the commits, several at a time, and hands them on in their order.
async fn walk(
    blobs: &Store,
    commits: &[(u64, u64)],
    options: &Options,
    history: &mut History<'_>,
    progress: &mut impl FnMut(Progress),
    draft: &mut Draft,
) {
    let mut reads = stream::iter(commits)
        .map(|(number, size)| async move {
            let path = layout::commit(*number);
            (*number, *size, blobs.read(&path, COMMIT_BYTES_MAX).await)
        })
        .buffered(options.concurrency.max(1));
    let mut next = 0;
    let mut done = 0;
    while let Some((number, size, read)) = reads.next().await {
        if number > next {
            tell_gap(next, number, draft);
            history.lose();
        }
        next = number.saturating_add(1);
        let path = layout::commit(number);
        match read {
            Ok(Some(bytes)) => {
                draft.counts.bytes_read += bytes.len() as u64;
                history.take(number, &bytes, draft);
            }
            Ok(None) => {
                tell_gap(number, next, draft);
                history.lose();
            }
            Err(StoreError::TooLarge { .. }) => {
                let found = format!("{size} bytes");
                draft.find(Finding::new(
                    Code::CommitOverLimit,
                    path,
                    found,
                    "at most 4 MiB",
                ));
                history.lose();
            }
            Err(error) => {
                draft.find(unreadable(path, &error));
                history.lose();
            }
        }
        done += 1;
        progress(Progress {
            stage: Stage::Ledger,
            done,
            total: commits.len() as u64,
        });
    }
}

/// Commits from `first` up to and without `next` are not there.
fn tell_gap(first: u64, next: u64, draft: &mut Draft) {
    let last = next.saturating_sub(1);
    let found = if first == last {
        format!("no commit {first}")
    } else {
        format!("no commits {first} to {last}")
    };
    let place = layout::commit(first);
    draft.find(Finding::new(
        Code::CommitMissing,
        place,
        found,
        "commits without gaps",
    ));
}

fn judge_batches(history: &History<'_>, draft: &mut Draft) {
    for (id, batch) in &history.known.batches {
        if !batch.closed {
            draft.find(Finding::new(
                Code::BatchOpen,
                format!("entry {}", batch.received_in),
                format!(
                    "batch {id} of {} files, received and not closed",
                    batch.files
                ),
                "a later `batch.closed`",
            ));
        }
    }
}

/// The texts that entries name must be there.
fn miss_texts(known: &Known, listing: &Listing, draft: &mut Draft) {
    let there: BTreeSet<Digest> = listing.evidence().into_iter().collect();
    for (text, entry) in &known.cases.texts {
        if !there.contains(text) {
            draft.find(Finding::new(
                Code::EvidenceMissing,
                domain::evidence_path(*text),
                "nothing",
                format!("the text that entry {entry} names"),
            ));
        }
    }
}

/// Evidence must have the digest that it is named by. It is small, and always read.
async fn check_evidence(
    blobs: &Store,
    listing: &Listing,
    options: &Options,
    progress: &mut impl FnMut(Progress),
    draft: &mut Draft,
) {
    let digests = listing.evidence();
    let total = digests.len() as u64;
    let mut reads = stream::iter(digests)
        .map(|digest| async move {
            let path = domain::evidence_path(digest);
            let read = opened::read(blobs, &path, Reading::Hash).await;
            (digest, path, read)
        })
        .buffer_unordered(options.concurrency.max(1));
    let mut done = 0;
    while let Some((digest, path, read)) = reads.next().await {
        match read {
            Ok(outcome) => {
                draft.counts.bytes_read += outcome.size_bytes;
                if outcome.sha256 != digest {
                    let found = outcome.sha256.to_string();
                    let expected = digest.to_string();
                    draft.find(Finding::new(Code::EvidenceDiffers, path, found, expected));
                }
            }
            Err(NotRead::Missing) => {} // removed since it was listed
            Err(NotRead::Store(error)) => draft.find(unreadable(path, &error)),
            Err(NotRead::Ended(error)) => draft.find(unreadable(path, &error)),
        }
        done += 1;
        progress(Progress {
            stage: Stage::Evidence,
            done,
            total,
        });
    }
}
