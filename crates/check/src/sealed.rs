//! Sealed objects: how entries name them, and what an age header looks like from outside.
//!
//! Nothing is decrypted here.

use domain::{Epoch, SealedName, SealedObject};

use crate::fonds::Recipients;
use crate::json::Json;

/// The largest header that is looked at, in bytes. A header of a few recipients has a few
/// hundred.
pub(crate) const HEADER_BYTES_MAX: u64 = 64 * 1024;

/// The keys that make a JSON object the name of a sealed object.
const KEYS: [&str; 5] = [
    "name",
    "epoch",
    "header_sha256",
    "payload_sha256",
    "payload_size_bytes",
];

/// What was found by looking through a body for sealed objects.
#[derive(Debug, Default)]
pub(crate) struct Named {
    /// Every sealed object that is named.
    pub(crate) objects: Vec<SealedObject>,
    /// What looks like one and cannot be read as one: the reason.
    pub(crate) malformed: Vec<String>,
}

impl Named {
    /// Looks at a value and at everything inside it.
    pub(crate) fn collect(&mut self, json: &Json) {
        if let Some(fields) = json.fields() {
            // One of the two digests is enough to show what was meant.
            let meant = json.get("header_sha256").is_some() || json.get("payload_sha256").is_some();
            if meant {
                match object(json) {
                    Ok(object) => self.objects.push(object),
                    Err(why) => self.malformed.push(why),
                }
            }
            for (_, value) in fields {
                self.collect(value);
            }
        }
        for item in json.list().unwrap_or_default() {
            self.collect(item);
        }
    }
}

/// Reads a sealed object out of a body.
pub(crate) fn object(json: &Json) -> Result<SealedObject, String> {
    let wrong = |key: &str| format!("`{key}` of a sealed object is missing or wrong");
    let epoch = json
        .whole_of("epoch")
        .and_then(|epoch| u32::try_from(epoch).ok())
        .ok_or_else(|| wrong("epoch"))?;
    let [name, _, header, payload, size] = KEYS;
    Ok(SealedObject {
        name: json.parsed::<SealedName>(name).ok_or_else(|| wrong(name))?,
        epoch: Epoch(epoch),
        header_sha256: json.parsed(header).ok_or_else(|| wrong(header))?,
        payload_sha256: json.parsed(payload).ok_or_else(|| wrong(payload))?,
        payload_size_bytes: json.whole_of(size).ok_or_else(|| wrong(size))?,
    })
}

/// Counts the X25519 stanzas of an age header, or says why it is none.
pub(crate) fn x25519_stanzas(header: &[u8]) -> Result<usize, &'static str> {
    let text = std::str::from_utf8(header).map_err(|_| "it is not text")?;
    let body = text
        .strip_suffix('\n')
        .ok_or("it does not end in a whole line")?;
    let mut lines = body.split('\n');
    if lines.next() != Some("age-encryption.org/v1") {
        return Err("it does not begin with the line of age version 1");
    }
    let mut stanzas = 0;
    let mut ended = false;
    for line in lines {
        if ended {
            return Err("something follows the line that begins with `--- `");
        }
        ended = line.starts_with("--- ");
        stanzas += usize::from(line.starts_with("-> X25519 "));
    }
    if ended {
        Ok(stanzas)
    } else {
        Err("it does not end in the line that begins with `--- `")
    }
}

/// For how many recipients of epoch 0 an object of this kind is sealed.
pub(crate) fn recipients_of(name: &SealedName, recipients: &Recipients) -> usize {
    use domain::SealedKind::{Bag, Card, Derived, Detail, Inbox};
    let masters = recipients.archive.len() + recipients.recovery.len();
    match name.kind() {
        Bag => masters,
        Derived | Card | Detail => masters + recipients.search.len(),
        Inbox => 1,
    }
}
