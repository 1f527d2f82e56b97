//! Doors for tests that feed the parsers of this crate with foreign bytes. They read what
//! otherwise lies inside sealed objects, where damage is caught before the parser sees it; but
//! whoever has the public keys can seal anything.

use crate::contents::Contents;
use crate::entry::Filing;
use crate::json::Json;
use crate::report::Draft;
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
