//! What the path of an object says it is. Paths are worked out here and not asked of the
//! crate that writes them, so that a writer that files under a wrong name is found.

use domain::{Digest, Epoch, SealedKind, SealedName};

/// Path of the object that says who the archive is.
pub(crate) const FONDS: &str = "fonds.json";
/// Folder of the commits.
pub(crate) const COMMITS: &str = "ledger/commits";
/// Path of the newest published checkpoint.
pub(crate) const CHECKPOINT: &str = "log/checkpoint";
/// Folder of the age headers.
pub(crate) const KEYS: &str = "keys";

/// What an object is, told from its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Fonds,
    Commit(u64),
    Checkpoint,
    Header(Epoch, SealedName),
    Payload(SealedName),
    Evidence(Digest),
    /// No object of an archive has such a path.
    Stray,
}

/// What the object at `path` is.
pub(crate) fn slot(path: &str) -> Slot {
    if path == FONDS {
        return Slot::Fonds;
    }
    if path == CHECKPOINT {
        return Slot::Checkpoint;
    }
    commit_number(path)
        .map(Slot::Commit)
        .or_else(|| sealed_or_evidence(path))
        .unwrap_or(Slot::Stray)
}

/// Path of commit `number`.
pub(crate) fn commit(number: u64) -> String {
    let digits = format!("{number:012}");
    let mut path = COMMITS.to_owned();
    let mut rest = digits.as_str();
    while let Some((group, after)) = rest.split_at_checked(3) {
        let mark = if after.is_empty() { "" } else { "x" };
        path.push('/');
        path.push_str(mark);
        path.push_str(group);
        rest = after;
    }
    path
}

/// Path of the header of a sealed object.
pub(crate) fn header(name: &SealedName, epoch: Epoch) -> String {
    format!("{KEYS}/{epoch}/{}/{name}", folder_of(&name.to_string()))
}

/// Path of the payload of a sealed object.
pub(crate) fn payload(name: &SealedName) -> String {
    let top = if name.kind() == SealedKind::Inbox {
        "inbox"
    } else {
        "blobs"
    };
    format!("{top}/{}/{name}", folder_of(&name.to_string()))
}

/// Record, batch or request id that a sealed name begins with.
pub(crate) fn owner(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// First byte, in hex, of SHA-256 of the id that the name begins with.
fn folder_of(name: &str) -> String {
    let digest = Digest::of(owner(name).as_bytes());
    let [first, ..] = digest.as_bytes();
    format!("{first:02x}")
}

fn commit_number(path: &str) -> Option<u64> {
    let digits: String = path
        .strip_prefix(COMMITS)?
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    let number = digits.parse().ok()?;
    (commit(number) == path).then_some(number)
}

fn sealed_or_evidence(path: &str) -> Option<Slot> {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["keys", epoch, _, name] => {
            let name: SealedName = name.parse().ok()?;
            let epoch = Epoch(epoch.parse().ok()?);
            (header(&name, epoch) == path).then_some(Slot::Header(epoch, name))
        }
        ["blobs" | "inbox", _, name] => {
            let name: SealedName = name.parse().ok()?;
            (payload(&name) == path).then_some(Slot::Payload(name))
        }
        ["evidence", folder, name] => {
            let digest: Digest = name.parse().ok()?;
            (name.get(..2) == Some(*folder)).then_some(Slot::Evidence(digest))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_lie_in_four_groups_of_three() {
        assert_eq!(commit(0), "ledger/commits/x000/x000/x000/000");
        assert_eq!(commit(1042), "ledger/commits/x000/x000/x001/042");
        assert_eq!(commit(123_456_789_012), "ledger/commits/x123/x456/x789/012");
        for number in [0, 1, 999, 1000, 1042, 999_999_999_999] {
            assert_eq!(slot(&commit(number)), Slot::Commit(number));
        }
    }

    #[test]
    fn what_no_archive_has_is_stray() {
        let name = "01JZ5M7Q9V3T8R2X4Y6A0B1C2D.bag.1";
        let folder = folder_of(name);
        let good = format!("blobs/{folder}/{name}");
        assert!(matches!(slot(&good), Slot::Payload(_)));
        let key = format!("keys/0/{folder}/{name}");
        assert!(matches!(slot(&key), Slot::Header(Epoch(0), _)));
        for stray in [
            "fonds.json/x",
            "ledger/commits/x000/x000/x000/00",
            "ledger/commits/x000/x000/x000/0000",
            "ledger/commits/000/x000/x000/000",
            "ledger/commits/x000/x000/x000/000~",
            "log/checkpoint.bak",
            &format!("inbox/{folder}/{name}"),
            &format!("blobs/zz/{name}"),
            &format!("keys/00/{folder}/{name}"),
            &format!("keys/+0/{folder}/{name}"),
            &good.replace(".bag.1", ".bag.01"),
            &good.replace(".bag.1", ".bag.1.part"),
            "evidence/00/00",
            "",
        ] {
            assert_eq!(slot(stray), Slot::Stray, "{stray}");
        }
    }
}
