//! What the stores hold, by name and size, and which of it no entry names.
//!
//! Of uploads that were cut off only those to local files can be seen: other stores keep them
//! to themselves.

use domain::{Digest, SealedKind, SealedName};
use store::{Listed, Store, StoreError};

use crate::known::Known;
use crate::layout::{self, Slot};
use crate::report::{Draft, Finding};
use crate::{Code, history::History};

/// The objects of both stores.
pub(crate) struct Listing {
    blobs: Vec<Listed>,
    /// `None` where headers lie in the same store as everything else.
    keys: Option<Vec<Listed>>,
    /// Halves of uploads that were cut off, in both stores.
    cut_off: Vec<Listed>,
}

impl Listing {
    /// Lists both stores.
    pub(crate) async fn read(keys: &Store, blobs: &Store) -> Result<Self, StoreError> {
        let all = blobs.list("").await?;
        let headers = keys.list("").await?;
        // The two handles may lead to one store. It is one if what does not belong among
        // headers is there in both.
        let is_one = headers.iter().any(|listed| {
            let slot = layout::slot(&listed.path);
            matches!(slot, Slot::Fonds | Slot::Commit(_)) && size_in(&all, &listed.path).is_some()
        });
        let mut cut_off = blobs.list_cut_off().await?;
        if !is_one {
            cut_off.extend(keys.list_cut_off().await?);
        }
        Ok(Self {
            blobs: all,
            keys: (!is_one).then_some(headers),
            cut_off,
        })
    }

    /// How many objects there are.
    pub(crate) fn len(&self) -> u64 {
        let keys = self.keys.as_ref().map_or(0, Vec::len);
        (self.blobs.len() + keys) as u64
    }

    /// The size of an object in the store of headers.
    pub(crate) fn keys_size(&self, path: &str) -> Option<u64> {
        size_in(self.keys.as_ref().unwrap_or(&self.blobs), path)
    }

    /// The size of an object in the store of everything else.
    pub(crate) fn blobs_size(&self, path: &str) -> Option<u64> {
        size_in(&self.blobs, path)
    }

    /// The digests that evidence is stored under.
    pub(crate) fn evidence(&self) -> Vec<Digest> {
        let slots = self.blobs.iter().map(|listed| layout::slot(&listed.path));
        slots
            .filter_map(|slot| match slot {
                Slot::Evidence(digest) => Some(digest),
                Slot::Fonds
                | Slot::Commit(_)
                | Slot::Checkpoint
                | Slot::Header(..)
                | Slot::Payload(_)
                | Slot::Stray => None,
            })
            .collect()
    }

    /// Tells of everything that no entry names.
    pub(crate) fn judge(&self, history: &History<'_>, draft: &mut Draft) {
        for listed in &self.cut_off {
            draft.find(Finding::new(
                Code::CutOffUpload,
                &listed.path,
                format!("{} bytes of an upload that was cut off", listed.size_bytes),
                "nothing",
            ));
        }
        for listed in &self.blobs {
            let slot = layout::slot(&listed.path);
            if self.keys.is_some() && matches!(slot, Slot::Header(..)) {
                draft.find(Finding::new(
                    Code::HeaderMisplaced,
                    &listed.path,
                    "a header in the store of payloads",
                    "headers in their own store only",
                ));
            } else {
                judge_one(&listed.path, &slot, history, draft);
            }
        }
        for listed in self.keys.iter().flatten() {
            let slot = layout::slot(&listed.path);
            if matches!(slot, Slot::Header(..)) {
                judge_one(&listed.path, &slot, history, draft);
            } else {
                draft.find(Finding::new(
                    Code::Stray,
                    &listed.path,
                    "an object in the store of headers that is no header",
                    "headers only",
                ));
            }
        }
    }
}

fn size_in(sorted: &[Listed], path: &str) -> Option<u64> {
    let at = sorted
        .binary_search_by(|listed| listed.path.as_str().cmp(path))
        .ok()?;
    sorted.get(at).map(|listed| listed.size_bytes)
}

fn judge_one(path: &str, slot: &Slot, history: &History<'_>, draft: &mut Draft) {
    let claimed = |name: &SealedName| history.known.objects.get(name);
    match slot {
        Slot::Fonds | Slot::Commit(_) | Slot::Checkpoint | Slot::Evidence(_) => {}
        Slot::Stray => draft.find(Finding::new(
            Code::Stray,
            path,
            "an object that no archive has",
            "the paths of the stored form only",
        )),
        Slot::Header(epoch, name) => {
            let is_named = claimed(name).is_some_and(|claimed| claimed.header(*epoch).is_some());
            judge_sealed(path, name, is_named, history, draft);
        }
        Slot::Payload(name) => {
            judge_sealed(path, name, claimed(name).is_some(), history, draft);
        }
    }
}

fn judge_sealed(
    path: &str,
    name: &SealedName,
    is_named: bool,
    history: &History<'_>,
    draft: &mut Draft,
) {
    let batch = match name.kind() {
        SealedKind::Inbox => history.known.batch_of(name),
        SealedKind::Bag | SealedKind::Derived | SealedKind::Card | SealedKind::Detail => None,
    };
    match batch {
        Some(batch) if batch.closed => {
            let expected = "nothing: the batch is closed";
            let found = "a page that is still in the inbox";
            draft.find(Finding::new(Code::InboxLeftOver, path, found, expected));
            return;
        }
        Some(_) if !is_named => {
            let why = "no entry names their digests";
            draft.skip("pages in the inbox, of open batches", why, 1);
            return;
        }
        Some(_) | None => {}
    }
    if is_named {
        return;
    }
    let found = "an object that no entry names";
    if !history.whole {
        draft.find(Finding::new(
            Code::UnnamedObject,
            path,
            found,
            "an entry that names it",
        ));
        return;
    }
    let finding = Finding::new(Code::LeftOver, path, found, "nothing");
    let open = open_batches(&history.known);
    draft.find(if open.is_empty() {
        finding
    } else {
        finding.advising(format!(
            "A batch is open ({open}), so this may be its work in progress. If nothing is \
             running, open the archive once: it removes left-overs of its own interrupted \
             batches. Then check again."
        ))
    });
}

/// The first few open batches, as text.
fn open_batches(known: &Known) -> String {
    const SHOWN: usize = 3;
    let mut open = known.batches.iter().filter(|(_, batch)| !batch.closed);
    let shown: Vec<String> = open
        .by_ref()
        .take(SHOWN)
        .map(|(id, _)| id.to_string())
        .collect();
    let more = if open.next().is_some() { ", …" } else { "" };
    shown.join(", ") + more
}
