//! What a tar holds, gathered while it passes: a digest of every file, and the bytes of the
//! small ones that will be read. Memory does not grow with the size of the files.

use std::collections::BTreeMap;

use domain::Digest;
use sha2::{Digest as _, Sha256};

use crate::ustar::{Member, Sink};

/// The most bytes that are kept of the files that will be read whole, together.
const KEPT_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The bytes that are kept of every file, to tell its type.
const HEAD_BYTES: usize = 1024;

/// A file of the tar.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) member: Member,
    /// How many files and folders stand before it.
    pub(crate) position: usize,
    pub(crate) sha256: Digest,
    /// Its first bytes, up to 1024.
    pub(crate) head: Vec<u8>,
    /// All its bytes, where they are wanted and not too many.
    whole: Option<Vec<u8>>,
}

impl Seen {
    /// All its bytes; `None` if they are more than were kept.
    pub(crate) fn whole(&self) -> Option<&[u8]> {
        self.whole.as_deref()
    }
}

/// All files of a tar, by their path.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) files: BTreeMap<String, Seen>,
    pub(crate) folders: Vec<String>,
    /// Paths that came more than once.
    pub(crate) repeated: Vec<String>,
    /// Whether the bytes of the file with this path are wanted.
    wants: fn(&str) -> bool,
    current: Option<Current>,
    position: usize,
    kept_bytes: usize,
}

#[derive(Debug)]
struct Current {
    member: Member,
    hasher: Sha256,
    head: Vec<u8>,
    whole: Option<Vec<u8>>,
}

impl Contents {
    /// Empty; `wants` says of a path whether the bytes of that file are wanted.
    pub(crate) fn new(wants: fn(&str) -> bool) -> Self {
        Self {
            files: BTreeMap::new(),
            folders: Vec::new(),
            repeated: Vec::new(),
            wants,
            current: None,
            position: 0,
            kept_bytes: 0,
        }
    }
}

impl Sink for Contents {
    fn begin(&mut self, member: Member) {
        let wanted = !member.is_folder && (self.wants)(&member.path);
        self.current = Some(Current {
            member,
            hasher: Sha256::new(),
            head: Vec::new(),
            whole: wanted.then(Vec::new),
        });
    }

    fn content(&mut self, bytes: &[u8]) {
        let Some(current) = self.current.as_mut() else {
            return;
        };
        current.hasher.update(bytes);
        let missing = HEAD_BYTES.saturating_sub(current.head.len());
        current.head.extend(bytes.iter().take(missing));
        if let Some(mut whole) = current.whole.take()
            && self.kept_bytes + bytes.len() <= KEPT_BYTES_MAX
        {
            self.kept_bytes += bytes.len();
            whole.extend_from_slice(bytes);
            current.whole = Some(whole);
        }
    }

    fn end(&mut self) {
        let Some(current) = self.current.take() else {
            return;
        };
        let position = self.position;
        self.position += 1;
        let path = current.member.path.clone();
        if current.member.is_folder {
            self.folders.push(path);
            return;
        }
        let seen = Seen {
            member: current.member,
            position,
            sha256: current.hasher.into(),
            head: current.head,
            whole: current.whole,
        };
        if self.files.insert(path.clone(), seen).is_some() {
            self.repeated.push(path);
        }
    }
}
