//! Every parser that meets bytes from outside, behind one door each: whatever the bytes, there
//! is an answer and no panic, and what is accepted is what the writer would have written.
//!
//! The same functions run under mutation in `foreign.rs`, and under a coverage-guided fuzzer in
//! `tests/fuzz`. The seeds come from the archive in `fixtures/formats/v1`.

use std::path::PathBuf;
use std::sync::OnceLock;

use domain::Digest;
use entries::Fonds;
use ledger::commit::{Place, Trust};
use ledger::note::{Note, VerifierKey};
use ledger::proof::EntryProof;
use ledger::tree::{Frontier, MemoryNodes};

/// A door, by name.
pub type Door = (&'static str, fn(&[u8]));

pub const DOORS: [Door; 11] = [
    ("commit", commit),
    ("entry", entry),
    ("fonds", fonds),
    ("note", note),
    ("proof", proof),
    ("sidecar", sidecar),
    ("configuration", configuration),
    ("age", age),
    ("identity", identity),
    ("tar", tar),
    ("bagit", bagit),
];

/// The tag files of a bag (RFC 8493).
const TAG_FILES: [&str; 5] = [
    "bagit.txt",
    "bag-info.txt",
    "metadata/record.json",
    "manifest-sha256.txt",
    "tagmanifest-sha256.txt",
];

/// The archive that the seeds are taken from.
pub struct Seeds {
    folder: PathBuf,
    fonds: Fonds,
    fonds_bytes: Vec<u8>,
    log: VerifierKey,
    writer: VerifierKey,
    identity: vault::Identity,
    /// The body of the first `record.filed`.
    filing: String,
    /// An age file that holds the bag of that record.
    age: Vec<u8>,
    /// That bag, and its tag files in the order of [`TAG_FILES`].
    bag: Vec<u8>,
    tag_files: Vec<Vec<u8>>,
}

fn read(path: impl AsRef<std::path::Path>) -> Vec<u8> {
    let path = path.as_ref();
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn commits(folder: &std::path::Path) -> impl Iterator<Item = Vec<u8>> {
    let folder = folder.to_owned();
    (0..)
        .map(move |number| folder.join("store").join(domain::commit_path(number)))
        .take_while(|path| path.exists())
        .map(read)
}

/// The entries of a commit.
fn lines(commit: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(commit).unwrap();
    let mut lines: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
    lines.pop();
    lines
}

pub fn seeds() -> &'static Seeds {
    static SEEDS: OnceLock<Seeds> = OnceLock::new();
    SEEDS.get_or_init(|| {
        let folder = testkit::fixtures().join("formats/v1");
        let fonds_bytes = read(folder.join("store/fonds.json"));
        let fonds = Fonds::from_bytes(&fonds_bytes).unwrap();
        let identity = String::from_utf8(read(folder.join("secrets/archive.txt"))).unwrap();
        let filed = commits(&folder)
            .flat_map(|commit| lines(&commit))
            .map(|line| serde_json::from_str::<serde_json::Value>(&line).unwrap())
            .find(|entry| entry["event"] == "record.filed")
            .unwrap();
        let name: domain::SealedName = filed
            .pointer("/body/bag/name")
            .unwrap()
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let header = read(
            folder
                .join("store")
                .join(name.header_path(domain::Epoch(0))),
        );
        let payload = read(folder.join("store").join(name.payload_path()));
        let age = [header, payload].concat();
        let identity = vault::Identity::from_file_text(&identity).unwrap();
        let bag = vault::foreign::open_file(&age, 4096, &identity).unwrap();
        Seeds {
            log: fonds.log.parse().unwrap(),
            writer: fonds.writers.first().unwrap().parse().unwrap(),
            filing: filed.get("body").unwrap().to_string(),
            tag_files: TAG_FILES
                .map(|name| check::foreign::tag_file(&bag, name).unwrap())
                .to_vec(),
            bag,
            age,
            identity,
            fonds,
            fonds_bytes,
            folder,
        }
    })
}

impl Seeds {
    /// What a door is fed with first.
    pub fn of(&self, door: &str) -> Vec<Vec<u8>> {
        match door {
            "commit" => commits(&self.folder).collect(),
            "entry" => commits(&self.folder)
                .flat_map(|commit| lines(&commit))
                .map(String::into_bytes)
                .collect(),
            "fonds" => vec![self.fonds_bytes.clone()],
            "note" => vec![read(self.folder.join("store/log/checkpoint"))],
            "proof" => vec![self.a_proof()],
            "sidecar" => vec![
                read(testkit::fixtures().join("vouchers/sidecar/agreement.json")),
                br#"{"client": "8800012345", "business_date": "2026-11-20"}"#.to_vec(),
            ],
            "configuration" => vec![
                read(self.folder.join("vouchsafe.toml")),
                b"version = 1\n[store]\nurl = \"s3://b/p\"\n[clock]\nahead_days_max = 3\n".to_vec(),
            ],
            "age" => vec![self.age.clone()],
            "identity" => vec![read(self.folder.join("secrets/archive.txt"))],
            "tar" => vec![self.bag.clone()],
            "bagit" => self.tag_files.clone(),
            other => panic!("there is no door {other:?}"),
        }
    }

    /// A proof of the first entry, under the published checkpoint.
    fn a_proof(&self) -> Vec<u8> {
        let note = read(self.folder.join("store/log/checkpoint"));
        let note = String::from_utf8(note).unwrap();
        let log = std::slice::from_ref(&self.log);
        let signed = ledger::checkpoint::SignedCheckpoint::open(&note, log, None).unwrap();
        let all: Vec<String> = commits(&self.folder)
            .flat_map(|commit| lines(&commit))
            .collect();
        let nodes: MemoryNodes = all
            .iter()
            .map(|line| ledger::tree::leaf_hash(line.as_bytes()))
            .collect();
        let proof = EntryProof::make(&nodes, all.first().unwrap(), 0, &signed).unwrap();
        proof.to_string().into_bytes()
    }
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn commit(bytes: &[u8]) {
    let seeds = seeds();
    let before = Frontier::new();
    let place = Place {
        fonds: seeds.fonds.fonds,
        number: 0,
        prev: Digest::of(&seeds.fonds_bytes),
        before: &before,
    };
    let trust = Trust {
        log_keys: vec![seeds.log.clone()],
        writers: vec![seeds.writer.clone()],
    };
    if ledger::commit::read(bytes, &place, &trust).is_ok() {
        // Only the writer can sign another one, and it has signed one alone.
        assert_eq!(commits(&seeds.folder).next().unwrap(), bytes);
    }
}

fn entry(bytes: &[u8]) {
    if let Some(Ok(entry)) = text(bytes).map(entries::Entry::parse) {
        let _ = entry.body();
    }
}

fn fonds(bytes: &[u8]) {
    if let Ok(fonds) = Fonds::from_bytes(bytes) {
        assert_eq!(fonds.to_bytes().unwrap(), bytes, "another spelling of it");
    }
}

fn note(bytes: &[u8]) {
    if let Some(Ok(note)) = text(bytes).map(str::parse::<Note>) {
        assert_eq!(note.to_string().as_bytes(), bytes, "another spelling of it");
        let _ = note.verify(std::slice::from_ref(&seeds().log));
    }
}

fn proof(bytes: &[u8]) {
    if let Some(Ok(proof)) = text(bytes).map(str::parse::<EntryProof>) {
        assert_eq!(
            proof.to_string().as_bytes(),
            bytes,
            "another spelling of it"
        );
        if proof.verify(&seeds().log).is_ok() {
            assert_eq!(seeds().a_proof(), bytes, "proven, and it is another");
        }
    }
}

fn sidecar(bytes: &[u8]) {
    let _ = ingest::sidecar::Sidecar::parse(bytes);
}

fn configuration(bytes: &[u8]) {
    if let Some(text) = text(bytes) {
        let _ = toml::from_str::<archive::Config>(text);
    }
}

/// An age file, cut where header and payload part; the size of the pieces changes nothing.
fn age(bytes: &[u8]) {
    let identity = &seeds().identity;
    let at_once = vault::foreign::open_file(bytes, usize::MAX, identity);
    let pieces = vault::foreign::open_file(bytes, 7, identity);
    assert_eq!(at_once, pieces);
    if let Some(content) = at_once {
        let whole = vault::foreign::open_file(&seeds().age, usize::MAX, identity);
        assert_eq!(Some(content), whole, "it opens, and is another");
    }
}

fn identity(bytes: &[u8]) {
    if let Some(text) = text(bytes) {
        let _ = vault::Identity::from_file_text(text);
    }
}

fn tar(bytes: &[u8]) {
    let _ = check::foreign::judge_tar(bytes, &seeds().filing);
}

/// In the place of each tag file. The manifests cover one another, and the entry the last.
fn bagit(bytes: &[u8]) {
    let seeds = seeds();
    for (name, original) in TAG_FILES.iter().zip(&seeds.tag_files) {
        let findings = check::foreign::judge_tag_file(&seeds.bag, &seeds.filing, name, bytes);
        let is_sound = findings.unwrap() == 0;
        assert_eq!(is_sound, original == bytes, "{name}");
    }
}
