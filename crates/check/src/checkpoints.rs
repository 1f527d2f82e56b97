//! What others know of the ledger, held against the ledger that is here: the published
//! checkpoint, checkpoints that somebody kept, and the catalog's head.

use crate::fonds::Fonds;
use crate::history::{History, tree_text};
use crate::note::Checkpoint;
use crate::report::{Draft, Finding};
use crate::{CatalogHead, Code, layout};

/// Whose checkpoint it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The one at `log/checkpoint`.
    Published,
    /// One that was given to compare with; counted from 1.
    Kept(usize),
}

impl Source {
    fn place(self) -> String {
        match self {
            Self::Published => layout::CHECKPOINT.to_owned(),
            Self::Kept(number) => format!("kept checkpoint {number}"),
        }
    }

    fn code(self, published: Code, kept: Code) -> Code {
        match self {
            Self::Published => published,
            Self::Kept(_) => kept,
        }
    }
}

/// Reads a checkpoint of this archive, or says why it is none.
pub(crate) fn read(
    source: Source,
    bytes: &[u8],
    fonds: Option<&Fonds>,
    draft: &mut Draft,
) -> Option<Checkpoint> {
    let mut find = |code, found: &str, expected: String| {
        draft.find(Finding::new(code, source.place(), found, expected));
        None
    };
    let malformed = source.code(Code::CheckpointMalformed, Code::KeptInvalid);
    let parsed = std::str::from_utf8(bytes)
        .map_err(|_| "it is not UTF-8")
        .and_then(Checkpoint::parse);
    let checkpoint = match parsed {
        Ok(checkpoint) => checkpoint,
        Err(why) => return find(malformed, why, "a signed checkpoint".to_owned()),
    };
    let Some(fonds) = fonds else {
        draft.skip(
            "signatures of checkpoints",
            "`fonds.json` is missing or malformed",
            1,
        );
        return Some(checkpoint);
    };
    if checkpoint.origin != fonds.origin() {
        return find(malformed, &checkpoint.origin, fonds.origin());
    }
    if !checkpoint.is_signed_by(&fonds.log) {
        let code = source.code(Code::CheckpointSignature, Code::KeptInvalid);
        let expected = format!("the signature of {}", fonds.log.label());
        return find(code, "no right signature by the log key", expected);
    }
    Some(checkpoint)
}

/// Holds a checkpoint against the ledger: it must be of a beginning of it.
pub(crate) fn compare(
    source: Source,
    checkpoint: &Checkpoint,
    history: &mut History<'_>,
    draft: &mut Draft,
) {
    let find = |code, expected: String| {
        let found = tree_text(checkpoint.size, &checkpoint.root);
        Finding::new(code, source.place(), found, expected)
    };
    match (history.root_at(checkpoint.size), history.size()) {
        (Some(root), _) if root != checkpoint.root => {
            let code = source.code(Code::CheckpointForked, Code::KeptForked);
            draft.find(find(code, tree_text(checkpoint.size, &root)));
        }
        (Some(_), Some(size)) if checkpoint.size < size && source == Source::Published => {
            draft.find(find(Code::CheckpointBehind, format!("{size} entries")));
        }
        (Some(_), _) => {}
        (None, Some(size)) => {
            history.whole = false;
            let code = source.code(Code::CheckpointAhead, Code::KeptAhead);
            draft.find(find(
                code,
                format!("at most {size} entries, as the ledger has"),
            ));
        }
        (None, None) => draft.skip(
            &source.place(),
            "a commit before its size is missing or damaged",
            1,
        ),
    }
}

/// Holds the catalog's head against the ledger.
pub(crate) fn compare_catalog(
    head: &CatalogHead,
    last: Option<u64>,
    history: &mut History<'_>,
    draft: &mut Draft,
) {
    const PLACE: &str = "catalog";
    let found = format!(
        "commit {} with {}, {} entries",
        head.commit, head.commit_sha256, head.size
    );
    let watched = &history.watched;
    match (last, watched.sha256) {
        (Some(last), None) if head.commit <= last => {
            let why = "the commit it applied last is missing or cannot be read";
            draft.skip("the catalog's head", why, 1);
        }
        (last, None) => {
            history.whole = false;
            let expected = last.map_or_else(
                || "nothing: the ledger has no commit".to_owned(),
                |last| format!("at most commit {last}"),
            );
            draft.find(Finding::new(Code::CatalogAhead, PLACE, found, expected));
        }
        (last, Some(sha256)) => {
            if sha256 != head.commit_sha256 || watched.size.is_some_and(|size| size != head.size) {
                let size = watched.size.map(|size| format!(", {size} entries"));
                let expected = format!("{sha256}{}", size.unwrap_or_default());
                draft.find(Finding::new(Code::CatalogForked, PLACE, found, expected));
            } else if Some(head.commit) < last {
                let expected = format!("commit {}", last.unwrap_or_default());
                draft.find(Finding::new(Code::CatalogBehind, PLACE, found, expected));
            }
        }
    }
}
