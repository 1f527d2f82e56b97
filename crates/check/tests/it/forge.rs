//! A small writer of archives, in memory, and ways to have it write wrongly.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use age::secrecy::ExposeSecret as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use check::{CatalogHead, Identity, Options, Report};
use domain::Digest;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::Store;

pub const FONDS: &str = "0123456789abcdef0123456789abcdef";

/// An archive as its objects, and what writing it needs.
#[derive(Clone)]
pub struct Forge {
    pub objects: BTreeMap<String, Vec<u8>>,
    pub leaves: Vec<Vec<u8>>,
    pub commits: u64,
    pub writer: Key,
    pub log: Key,
    pub people: People,
    pub at: String,
    prev: String,
    pub ids: u128,
}

/// A signing key with a name.
#[derive(Clone)]
pub struct Key {
    name: &'static str,
    secret: SigningKey,
}

/// Who opens what.
#[derive(Clone)]
pub struct People {
    pub archive: age::x25519::Identity,
    pub recovery: age::x25519::Identity,
    pub search: age::x25519::Identity,
    pub intake: age::x25519::Identity,
}

/// Everything that a commit says beside its entries, to be changed before it is signed.
pub struct Parts {
    pub commit: u64,
    pub first: u64,
    pub count: u64,
    pub prev: String,
    pub writer: String,
    pub note: Option<String>,
    pub lines: Vec<String>,
    pub size: u64,
    pub root: String,
    /// What becomes of the text of the header, and of the trailer.
    pub header: fn(String) -> String,
    pub trailer: fn(String) -> String,
}

impl Key {
    pub fn new(name: &'static str, seed: u8) -> Self {
        let secret = SigningKey::from_bytes(&[seed; 32]);
        Self { name, secret }
    }

    fn id(&self) -> Vec<u8> {
        let public = self.secret.verifying_key();
        let mut hasher = Sha256::new();
        hasher.update(format!("{}\n\x01", self.name));
        hasher.update(public.as_bytes());
        hasher.finalize()[..4].to_vec()
    }

    pub fn label(&self) -> String {
        format!("{}+{}", self.name, hex::encode(self.id()))
    }

    pub fn verifier(&self) -> String {
        let mut data = vec![1];
        data.extend(self.secret.verifying_key().as_bytes());
        format!("{}+{}", self.label(), STANDARD.encode(data))
    }

    pub fn sign(&self, message: &str) -> String {
        STANDARD.encode(self.secret.sign(message.as_bytes()).to_bytes())
    }

    /// A checkpoint of any tree.
    pub fn note(&self, origin: &str, size: u64, root: &str) -> String {
        let text = format!("{origin}\n{size}\n{root}\n");
        let mut signature = self.id();
        signature.extend(self.secret.sign(text.as_bytes()).to_bytes());
        format!("{text}\n— {} {}\n", self.name, STANDARD.encode(signature))
    }
}

/// The root of a tree by the recursive definition of RFC 6962.
pub fn root(leaves: &[Vec<u8>]) -> String {
    STANDARD.encode(tree(leaves))
}

fn tree(leaves: &[Vec<u8>]) -> Vec<u8> {
    let hash = |parts: [&[u8]; 3]| Sha256::digest(parts.concat()).to_vec();
    match leaves {
        [] => Sha256::digest([]).to_vec(),
        [leaf] => hash([&[0], leaf, &[]]),
        more => {
            let split = more.len().next_power_of_two() / 2;
            let (left, right) = more.split_at(split);
            hash([&[1], &tree(left), &tree(right)])
        }
    }
}

pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

pub fn commit_path(number: u64) -> String {
    let (thousands, ones) = (number / 1000, number % 1000);
    format!("ledger/commits/x000/x000/x{thousands:03}/{ones:03}")
}

/// A ULID; which one does not matter.
pub fn ulid(number: u128) -> String {
    domain::RecordId::from_parts(1_790_000_000_000, number).to_string()
}

impl Forge {
    /// An archive with nothing but its `fonds.json`.
    pub fn empty() -> Self {
        let writer = Key::new("host-1", 1);
        let log = Key::new("log", 2);
        let people = People {
            archive: age::x25519::Identity::generate(),
            recovery: age::x25519::Identity::generate(),
            search: age::x25519::Identity::generate(),
            intake: age::x25519::Identity::generate(),
        };
        let public = |identity: &age::x25519::Identity| identity.to_public().to_string();
        let fonds = format!(
            r#"{{"vouchsafe":1,"fonds":"{FONDS}","name":"某某证券","created":"2026-11-23T01:14:07.120Z","recipients":{{"archive":["{}"],"recovery":["{}"],"search":["{}"]}},"intake":"{}","log":"{}","writers":["{}"]}}"#,
            public(&people.archive),
            public(&people.recovery),
            public(&people.search),
            public(&people.intake),
            log.verifier(),
            writer.verifier(),
        );
        Self {
            prev: sha256(fonds.as_bytes()),
            objects: BTreeMap::from([("fonds.json".to_owned(), fonds.into_bytes())]),
            leaves: Vec::new(),
            commits: 0,
            writer,
            log,
            people,
            at: "2026-11-23T01:14:08.000Z".to_owned(),
            ids: 0,
        }
    }

    /// Four commits: creation; a batch received; two records filed and one excepted; the
    /// batch closed and a record opened. The checkpoint is published.
    pub fn sample() -> Self {
        let mut forge = Self::empty();
        let created = forge.entry("fonds.created", &json!({"name": "某某证券"}));
        forge.commit(vec![created]);
        let batch = ulid(900);
        let received = json!({"batch": batch, "files": 3});
        let received = forge.entry("batch.received", &received);
        forge.commit(vec![received]);
        let filings = [
            forge.filing(1, &[b"II*\0 a voucher", b"\xff\xd8\xff a second page"]),
            forge.filing(2, &[b"%PDF-1.7 a form"]),
            forge.filing(3, &[b"damaged beyond telling"]),
        ];
        let lines = [
            ("record.filed", &filings[0]),
            ("record.filed", &filings[1]),
            ("record.excepted", &filings[2]),
        ]
        .map(|(event, body)| forge.entry(event, body));
        forge.commit(lines.into());
        let closed = forge.entry("batch.closed", &json!({"batch": batch}));
        let opened = forge.entry("record.opened", &json!({"record": ulid(1)}));
        forge.commit(vec![closed, opened]);
        forge.publish();
        forge
    }

    /// Three commits, with one record filed in the second.
    pub fn small() -> Self {
        let mut forge = Self::empty();
        let created = forge.entry("fonds.created", &json!({}));
        forge.commit(vec![created]);
        let filing = forge.filing(1, &[b"II*\0 a voucher"]);
        let filed = forge.entry("record.filed", &filing);
        forge.commit(vec![filed]);
        let opened = forge.entry("record.opened", &json!({"record": ulid(1)}));
        forge.commit(vec![opened]);
        forge.publish();
        forge
    }

    /// Commits one entry with this body and publishes.
    pub fn record(&mut self, event: &str, body: &Value) {
        let entry = self.entry(event, body);
        self.commit(vec![entry]);
        self.publish();
    }

    /// An entry of version 1, ready to be committed.
    pub fn entry(&mut self, event: &str, body: &Value) -> String {
        self.ids += 1;
        let id = ulid(1_000_000 + self.ids);
        format!(
            r#"{{"v":1,"id":"{id}","at":"{}","actor":{{"person":null,"account":"clerk","roles":["clerk"],"branch":"0001"}},"via":"local","event":"{event}","body":{body},"rules":"securities@2026.1"}}"#,
            self.at
        )
    }

    pub fn commit(&mut self, lines: Vec<String>) {
        self.commit_with(lines, |_| {});
    }

    /// A commit that `change` has had its way with before the writer signs it.
    pub fn commit_with(&mut self, lines: Vec<String>, change: impl FnOnce(&mut Parts)) {
        let first = self.leaves.len() as u64;
        let note = (first > 0).then(|| self.checkpoint());
        let mut leaves = self.leaves.clone();
        leaves.extend(lines.iter().map(|line| line.clone().into_bytes()));
        let mut parts = Parts {
            commit: self.commits,
            first,
            count: lines.len() as u64,
            prev: self.prev.clone(),
            writer: self.writer.label(),
            note,
            lines,
            size: leaves.len() as u64,
            root: root(&leaves),
            header: |line| line,
            trailer: |line| line,
        };
        change(&mut parts);
        let note = parts.note.as_deref().map_or(Value::Null, Value::from);
        let header = format!(
            r#"{{"commit":{},"first":{},"count":{},"prev":"{}","writer":"{}","note":{note}}}"#,
            parts.commit, parts.first, parts.count, parts.prev, parts.writer
        );
        let mut text = (parts.header)(header) + "\n";
        for line in &parts.lines {
            text.push_str(line);
            text.push('\n');
        }
        let signature = self.writer.sign(&format!(
            "vouchsafe-commit/1\n{FONDS}\n{}\n{}\n{}\n",
            sha256(text.as_bytes()),
            parts.size,
            parts.root
        ));
        let trailer = format!(
            r#"{{"size":{},"root":"{}","sig":"{signature}"}}"#,
            parts.size, parts.root
        );
        text.push_str(&(parts.trailer)(trailer));
        text.push('\n');
        self.prev = sha256(text.as_bytes());
        self.objects
            .insert(commit_path(self.commits), text.into_bytes());
        self.leaves = leaves;
        self.commits += 1;
    }

    /// The checkpoint of the ledger as it stands.
    pub fn checkpoint(&self) -> String {
        let origin = format!("vouchsafe/{FONDS}");
        self.log
            .note(&origin, self.leaves.len() as u64, &root(&self.leaves))
    }

    pub fn publish(&mut self) {
        let checkpoint = self.checkpoint().into_bytes();
        self.objects.insert("log/checkpoint".to_owned(), checkpoint);
    }

    /// What a catalog that has applied everything says.
    pub fn head(&self) -> CatalogHead {
        let commit = self.commits - 1;
        CatalogHead {
            commit,
            commit_sha256: Digest::of(&self.objects[&commit_path(commit)]),
            size: self.leaves.len() as u64,
        }
    }

    /// Seals bytes for whom its kind is sealed for; answers how an entry names the object.
    pub fn seal(&mut self, name: &str, plain: &[u8]) -> Value {
        let People {
            archive,
            recovery,
            search,
            intake,
        } = self.people.clone();
        let people = match name.split('.').nth(1).unwrap() {
            "bag" => vec![archive, recovery],
            "derived" | "card" | "detail" => vec![archive, recovery, search],
            _ => vec![intake],
        };
        self.seal_for(name, plain, &people)
    }

    /// Seals bytes for anybody.
    pub fn seal_for(
        &mut self,
        name: &str,
        plain: &[u8],
        people: &[age::x25519::Identity],
    ) -> Value {
        let recipients: Vec<_> = people
            .iter()
            .map(age::x25519::Identity::to_public)
            .collect();
        let recipients = recipients.iter().map(|one| one as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(recipients).unwrap();
        let mut sealed = Vec::new();
        let mut writer = encryptor.wrap_output(&mut sealed).unwrap();
        writer.write_all(plain).unwrap();
        writer.finish().unwrap();
        let mark = sealed.windows(5).position(|w| w == b"\n--- ").unwrap() + 1;
        let end = mark + sealed[mark..].iter().position(|b| *b == b'\n').unwrap() + 1;
        let payload = sealed.split_off(end);
        let object = json!({
            "name": name,
            "epoch": 0,
            "header_sha256": sha256(&sealed),
            "payload_sha256": sha256(&payload),
            "payload_size_bytes": payload.len(),
        });
        let (header_path, payload_path) = paths(name);
        self.objects.insert(header_path, sealed);
        self.objects.insert(payload_path, payload);
        object
    }

    /// Seals bag and derived object of record `number`; answers the body of its entry.
    pub fn filing(&mut self, number: u128, originals: &[&[u8]]) -> Value {
        let record = ulid(number);
        let files = bag_files(&record, originals);
        let derived = derived_files(originals.len());
        self.filing_of(&record, originals, &files, &derived)
    }

    /// The same from given files.
    pub fn filing_of(
        &mut self,
        record: &str,
        originals: &[&[u8]],
        bag: &Files,
        derived: &Files,
    ) -> Value {
        let tagmanifest = bag
            .iter()
            .find(|(path, _)| path.ends_with("/tagmanifest-sha256.txt"))
            .map_or_else(|| sha256(b""), |(_, bytes)| sha256(bytes));
        let bag = self.seal(&format!("{record}.bag.1"), &tar_of(bag));
        let derived = self.seal(&format!("{record}.derived.1"), &tar_of(derived));
        let originals: Vec<Value> = originals
            .iter()
            .map(|bytes| {
                json!({
                    "media_type": kind_of(bytes).0,
                    "sha256": sha256(bytes),
                    "size_bytes": bytes.len(),
                })
            })
            .collect();
        json!({
            "record": record,
            "client": "10086",
            "bag": bag,
            "derived": derived,
            "tagmanifest_sha256": tagmanifest,
            "originals": originals,
        })
    }

    pub fn remove(&mut self, path: &str) {
        assert!(self.objects.remove(path).is_some(), "{path}");
    }

    pub fn archive_identity(&self) -> Identity {
        identity_of(&self.people.archive)
    }

    /// Looking at everything there is to look at.
    pub fn everything(&self) -> Options {
        Options {
            read_data: true,
            identity: Some(self.archive_identity()),
            catalog: (self.commits > 0).then(|| self.head()),
            kept_checkpoints: vec![self.checkpoint()],
            concurrency: 4,
        }
    }
}

/// Looking at what can be looked at with nothing at hand.
pub fn plain() -> Options {
    Options {
        read_data: false,
        identity: None,
        catalog: None,
        kept_checkpoints: Vec::new(),
        concurrency: 4,
    }
}

/// The same, reading payloads.
pub fn reading() -> Options {
    Options {
        read_data: true,
        ..plain()
    }
}

pub fn identity_of(identity: &age::x25519::Identity) -> Identity {
    let text = format!(
        "# made in a test\n{}\n",
        identity.to_string().expose_secret()
    );
    Identity::from_file_text(&text).unwrap()
}

/// Where header and payload of a sealed object lie.
pub fn paths(name: &str) -> (String, String) {
    let (owner, rest) = name.split_once('.').unwrap();
    let folder = &sha256(owner.as_bytes())[..2];
    let top = if rest.contains('.') { "blobs" } else { "inbox" };
    (
        format!("keys/0/{folder}/{name}"),
        format!("{top}/{folder}/{name}"),
    )
}

/// Paths and contents, in the order of the tar.
pub type Files = Vec<(String, Vec<u8>)>;

fn kind_of(bytes: &[u8]) -> (&'static str, &'static str) {
    match bytes {
        [b'I', b'I', 42, 0, ..] => ("image/tiff", "tif"),
        [0xff, 0xd8, 0xff, ..] => ("image/jpeg", "jpg"),
        [b'%', b'P', b'D', b'F', b'-', ..] => ("application/pdf", "pdf"),
        _ => ("application/octet-stream", "bin"),
    }
}

/// The files of a right bag.
pub fn bag_files(record: &str, originals: &[&[u8]]) -> Files {
    let mut files: Files = Vec::new();
    let octets: usize = originals.iter().map(|bytes| bytes.len()).sum();
    let info = format!(
        "Bagging-Date: 2026-11-23\nExternal-Description: a voucher,\n  scanned\nPayload-Oxum: {octets}.{}\n",
        originals.len()
    );
    let declaration = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
    files.push(("bagit.txt".to_owned(), declaration.into()));
    files.push(("bag-info.txt".to_owned(), info.into()));
    for (number, bytes) in (1..).zip(originals) {
        let path = format!("data/{number:04}.{}", kind_of(bytes).1);
        files.push((path, bytes.to_vec()));
    }
    let description = json!({"record": record, "names": ["凭证一.tif"]});
    files.push((
        "metadata/record.json".to_owned(),
        description.to_string().into(),
    ));
    for (path, _) in &mut files {
        *path = format!("{record}/{path}");
    }
    remake_manifests(record, &mut files);
    files
}

/// Writes both manifests anew for the files as they are.
pub fn remake_manifests(record: &str, files: &mut Files) {
    files.retain(|(path, _)| !path.contains("manifest-sha256.txt"));
    for (name, is_data) in [
        ("manifest-sha256.txt", true),
        ("tagmanifest-sha256.txt", false),
    ] {
        let lines: Vec<String> = files
            .iter()
            .map(|(path, bytes)| (path.split_once('/').unwrap().1, bytes))
            .filter(|(path, _)| path.starts_with("data/") == is_data)
            .map(|(path, bytes)| format!("{}  {path}\n", sha256(bytes)))
            .collect();
        files.push((format!("{record}/{name}"), lines.concat().into()));
    }
}

/// The files of a right derived object.
pub fn derived_files(pages: usize) -> Files {
    let mut files: Files = Vec::new();
    for page in 1..=pages {
        let alto =
            "<?xml version=\"1.0\"?><alto xmlns=\"http://www.loc.gov/standards/alto/ns-v4#\"/>";
        files.push((format!("alto/{page:04}.xml"), alto.into()));
        files.push((
            format!("preview/{page:04}.webp"),
            b"RIFF\0\0\0\0WEBPVP8 ".to_vec(),
        ));
    }
    let findings: Vec<Value> = (0..pages).map(|_| json!({"dpi": 300})).collect();
    files.push(("fields.json".to_owned(), b"[]".to_vec()));
    files.push((
        "pages.json".to_owned(),
        Value::from(findings).to_string().into(),
    ));
    files
}

pub fn tar_of(files: &Files) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(1_795_396_447);
        header.set_uid(0);
        header.set_gid(0);
        tar.append_data(&mut header, path, bytes.as_slice())
            .unwrap();
    }
    tar.into_inner().unwrap()
}

pub async fn load(objects: &BTreeMap<String, Vec<u8>>) -> Store {
    let store = Store::memory();
    for (path, bytes) in objects {
        store.create(path, bytes.clone().into()).await.unwrap();
    }
    store
}

pub async fn check(objects: &BTreeMap<String, Vec<u8>>, options: &Options) -> Report {
    let store = load(objects).await;
    check::check(&store, &store, options, |_| {}).await.unwrap()
}

/// The codes of a report, each once.
pub fn codes(report: &Report) -> BTreeSet<&'static str> {
    report.findings.iter().map(|f| f.code.as_str()).collect()
}

/// Checks, and demands these codes and no others.
pub async fn expect(forge: &Forge, options: &Options, expected: &[&str]) -> Report {
    let report = check(&forge.objects, options).await;
    let expected: BTreeSet<&str> = expected.iter().copied().collect();
    assert_eq!(codes(&report), expected, "{:#?}", report.findings);
    report
}
