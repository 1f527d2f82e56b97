//! Doors for tests that feed the parsers of this crate with foreign bytes. They read what
//! otherwise lies inside sealed objects, where damage is caught before the parser sees it; but
//! whoever has the public keys can seal anything.

use crate::contents::Contents;
use crate::entry::Filing;
use crate::json::Json;
use crate::report::Draft;
use crate::ustar::{Member, Sink};
use crate::{bag, derived, ustar};

/// Judges a tar as the bag of a record, and as a derived object; says how many findings there
/// were, or none where it is no tar at all. `filing` is the body of `record.filed`.
#[must_use]
pub fn judge_tar(tar: &[u8], filing: &str) -> Option<usize> {
    let filing = Filing::parse(&Json::parse(filing.as_bytes()).ok()?).ok()?;
    let mut draft = Draft::default();
    let mut contents = Contents::new(bag::wants);
    ustar::walk(&mut &tar[..], &mut contents).ok()?;
    bag::judge("the bag", &filing, &contents, &mut draft);
    let mut contents = Contents::new(derived::wants);
    ustar::walk(&mut &tar[..], &mut contents).ok()?;
    derived::judge("the derived object", &contents, &mut draft);
    Some(draft.len())
}

/// Judges the bag in `tar` as if its tag file `name` had these bytes; says how many findings
/// there were, or none where `tar` is no tar. The heads and digests of a tar guard a tag file
/// from damage; this door goes past them.
#[must_use]
pub fn judge_tag_file(tar: &[u8], filing: &str, name: &str, bytes: &[u8]) -> Option<usize> {
    let filing = Filing::parse(&Json::parse(filing.as_bytes()).ok()?).ok()?;
    let mut exchanged = Exchanged {
        contents: Contents::new(bag::wants),
        name,
        bytes,
        is_current: false,
    };
    ustar::walk(&mut &tar[..], &mut exchanged).ok()?;
    let mut draft = Draft::default();
    bag::judge("the bag", &filing, &exchanged.contents, &mut draft);
    Some(draft.len())
}

/// The bytes of the tag file `name` of the bag in `tar`; none where it has no such file.
#[must_use]
pub fn tag_file(tar: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut contents = Contents::new(bag::wants);
    ustar::walk(&mut &tar[..], &mut contents).ok()?;
    let mut files = contents.files.iter();
    let (_, seen) = files.find(|(path, _)| is_inside(path, name))?;
    seen.whole().map(<[u8]>::to_vec)
}

/// Whether this is the file `name` of the one folder of a bag.
fn is_inside(path: &str, name: &str) -> bool {
    path.split_once('/').is_some_and(|(_, rest)| rest == name)
}

/// The contents of a bag, with other bytes in the place of one file's.
struct Exchanged<'a> {
    contents: Contents,
    name: &'a str,
    bytes: &'a [u8],
    is_current: bool,
}

impl Sink for Exchanged<'_> {
    fn begin(&mut self, mut member: Member) {
        self.is_current = is_inside(&member.path, self.name);
        if self.is_current {
            member.size_bytes = self.bytes.len() as u64;
        }
        self.contents.begin(member);
    }

    fn content(&mut self, bytes: &[u8]) {
        if !self.is_current {
            self.contents.content(bytes);
        }
    }

    fn end(&mut self) {
        if self.is_current {
            self.contents.content(self.bytes);
        }
        self.contents.end();
    }
}
