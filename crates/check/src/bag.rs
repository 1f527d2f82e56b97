//! A bag judged by RFC 8493 (`BagIt`), by the stored form, and by what the ledger says was
//! filed.
//!
//! The files have passed already: here are their digests and the small ones that describe
//! the rest. What a page shows is not looked at.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Digest, MediaType};

use crate::Code;
use crate::contents::{Contents, Seen};
use crate::entry::{Filing, Original};
use crate::json::Json;
use crate::report::{Draft, Finding};

const DECLARATION: &str = "bagit.txt";
const INFO: &str = "bag-info.txt";
const RECORD: &str = "metadata/record.json";
const MANIFEST: &str = "manifest-sha256.txt";
const TAGMANIFEST: &str = "tagmanifest-sha256.txt";
const DATA: &str = "data/";

/// Everything in a bag but the originals and the tagmanifest itself.
const TAG_FILES: [&str; 4] = [DECLARATION, INFO, RECORD, MANIFEST];

/// The two lines of `bagit.txt`, in the versions of `BagIt` that say the same.
const DECLARATIONS: [&[u8]; 2] = [
    b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
    b"BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n",
];

/// Whether the bytes of a file in a bag are read: those that describe the originals.
pub(crate) fn wants(path: &str) -> bool {
    let inside = path.split_once('/').map_or(path, |(_, inside)| inside);
    TAG_FILES.contains(&inside) || inside == TAGMANIFEST
}

/// Judges what was found in the bag at `place`.
pub(crate) fn judge(place: &str, filing: &Filing, contents: &Contents, draft: &mut Draft) {
    let record = filing.record.to_string();
    let mut bag = Bag {
        place,
        files: BTreeMap::new(),
        draft,
    };
    let mut tops = BTreeSet::new();
    for (path, seen) in &contents.files {
        let (top, inside) = path.split_once('/').unwrap_or(("", path));
        tops.insert(top);
        bag.files.insert(inside, seen);
    }
    let folders = contents.folders.iter();
    tops.extend(folders.map(|path| path.split('/').next().unwrap_or(path)));
    if tops.len() != 1 || !tops.contains(record.as_str()) {
        let tops: Vec<&str> = tops.into_iter().collect();
        bag.find(
            Code::BagFolder,
            format!("{tops:?}"),
            format!("one folder {record:?}"),
        );
    }
    for path in &contents.repeated {
        bag.find(
            Code::BagMalformed,
            format!("{path} twice"),
            "every file once",
        );
    }
    bag.judge_form();
    bag.judge_declaration();
    bag.judge_manifest();
    bag.judge_tagmanifest(filing.tagmanifest_sha256);
    bag.judge_record(&record);
    bag.judge_originals(&filing.originals);
}

struct Bag<'a> {
    place: &'a str,
    /// By their path inside the folder.
    files: BTreeMap<&'a str, &'a Seen>,
    draft: &'a mut Draft,
}

impl Bag<'_> {
    fn find(&mut self, code: Code, found: impl Into<String>, expected: impl Into<String>) {
        let finding = Finding::new(code, self.place, found, expected);
        self.draft.find(finding);
    }

    /// Owner, mode, time and order: fixed so that two writers make one bag.
    fn judge_form(&mut self) {
        let odd = self.files.iter().find(|(_, seen)| {
            let member = &seen.member;
            (member.uid, member.gid, member.mode & 0o7777) != (0, 0, 0o644)
        });
        if let Some((path, seen)) = odd {
            let member = &seen.member;
            let found = format!(
                "{path} of {}:{} with mode {:o}",
                member.uid, member.gid, member.mode
            );
            self.find(Code::BagForm, found, "0:0 and mode 644 throughout");
        }
        let times: BTreeSet<u64> = self.files.values().map(|seen| seen.member.mtime).collect();
        if times.len() > 1 {
            let found = format!("{} different times", times.len());
            self.find(Code::BagForm, found, "the time of filing throughout");
        }
        let position = |path: &str| self.files.get(path).map(|seen| seen.position);
        let last_data = self
            .files
            .iter()
            .filter(|(path, _)| path.starts_with(DATA))
            .map(|(_, seen)| seen.position)
            .max();
        let first_manifest = position(MANIFEST).min(position(TAGMANIFEST));
        if let (Some(data), Some(manifest)) = (last_data, first_manifest)
            && manifest < data
        {
            self.find(
                Code::BagForm,
                "a manifest before data",
                "data before manifests",
            );
        }
    }

    fn judge_declaration(&mut self) {
        let declaration = self.files.get(DECLARATION).and_then(|seen| seen.whole());
        if !declaration.is_some_and(|text| DECLARATIONS.contains(&text)) {
            let found = describe(DECLARATION, declaration);
            self.find(Code::BagDeclaration, found, "the two lines of BagIt 1.0");
        }
        let info = self.files.get(INFO).and_then(|seen| seen.whole());
        let Some(labels) = info.and_then(labels) else {
            let found = describe(INFO, info);
            self.find(Code::BagDeclaration, found, "lines `Label: value`");
            return;
        };
        let data = self.files.iter().filter(|(path, _)| path.starts_with(DATA));
        let (octets, count) = data.fold((0u64, 0u64), |(octets, count), (_, seen)| {
            (octets + seen.member.size_bytes, count + 1)
        });
        let oxum = format!("{octets}.{count}");
        for (label, value) in labels {
            if label == "Payload-Oxum" && value != oxum {
                let found = format!("Payload-Oxum: {value}");
                self.find(Code::BagDeclaration, found, oxum.clone());
            }
        }
    }

    fn judge_manifest(&mut self) {
        let Some(manifest) = self.manifest(MANIFEST, Code::BagManifest) else {
            return;
        };
        let outside = manifest.keys().find(|path| !path.starts_with(DATA));
        if let Some(path) = outside {
            self.find(
                Code::BagManifest,
                format!("{path} in the manifest"),
                "data only",
            );
        }
        let data: BTreeSet<String> = self
            .files
            .keys()
            .filter(|path| path.starts_with(DATA))
            .map(|path| (*path).to_owned())
            .collect();
        self.compare(Code::BagManifest, MANIFEST, &manifest, &data);
    }

    fn judge_tagmanifest(&mut self, filed: Digest) {
        if let Some(seen) = self.files.get(TAGMANIFEST)
            && seen.sha256 != filed
        {
            let found = format!("{TAGMANIFEST} with {}", seen.sha256);
            self.find(
                Code::BagForeign,
                found,
                format!("{filed}, as the entry states"),
            );
        }
        let Some(manifest) = self.manifest(TAGMANIFEST, Code::BagTagmanifest) else {
            return;
        };
        let tags: BTreeSet<String> = self
            .files
            .keys()
            .filter(|path| !path.starts_with(DATA) && **path != TAGMANIFEST)
            .map(|path| (*path).to_owned())
            .chain(TAG_FILES.map(str::to_owned))
            .collect();
        self.compare(Code::BagTagmanifest, TAGMANIFEST, &manifest, &tags);
        for path in tags {
            if !TAG_FILES.contains(&path.as_str()) {
                self.find(Code::BagUnknownFile, path, "the files of the stored form");
            }
        }
    }

    /// Reads a manifest, or says that it is missing or malformed.
    fn manifest(&mut self, path: &str, code: Code) -> Option<BTreeMap<String, Digest>> {
        let text = self.files.get(path).and_then(|seen| seen.whole());
        let lines = text.and_then(manifest_lines);
        if lines.is_none() {
            let found = describe(path, text);
            self.find(code, found, "lines of a digest and a path, each path once");
        }
        lines
    }

    /// Holds a manifest against the files: every one of `must` listed, every line true.
    fn compare(
        &mut self,
        code: Code,
        name: &str,
        manifest: &BTreeMap<String, Digest>,
        must: &BTreeSet<String>,
    ) {
        for path in must {
            if !manifest.contains_key(path) {
                self.find(
                    code,
                    format!("{path} not in {name}"),
                    "a line for every file",
                );
            }
        }
        for (path, digest) in manifest {
            match self.files.get(path.as_str()).map(|seen| seen.sha256) {
                None => self.find(
                    code,
                    format!("no {path}"),
                    format!("the file that {name} lists"),
                ),
                Some(actual) if actual != *digest => {
                    let expected = format!("{digest}, as {name} states");
                    self.find(code, format!("{path} with {actual}"), expected);
                }
                Some(_) => {}
            }
        }
    }

    fn judge_record(&mut self, record: &str) {
        let text = self.files.get(RECORD).and_then(|seen| seen.whole());
        let parsed = text.map(Json::parse);
        match parsed {
            None => {
                let found = describe(RECORD, text);
                self.find(Code::BagRecord, found, "a JSON object");
            }
            Some(Err(why)) => {
                self.find(Code::BagRecord, format!("{RECORD}: {why}"), "a JSON object");
            }
            Some(Ok(json)) if json.fields().is_none() => {
                self.find(
                    Code::BagRecord,
                    format!("{RECORD}: another value"),
                    "a JSON object",
                );
            }
            Some(Ok(json)) => {
                let said = json.get("record").and_then(Json::text);
                if said.is_some_and(|said| said != record) {
                    let found = format!("{RECORD} of {}", said.unwrap_or_default());
                    self.find(Code::BagRecord, found, record);
                }
            }
        }
    }

    /// `data/0001.tif` is the first original, and so on, none left out and none over.
    fn judge_originals(&mut self, originals: &[Original]) {
        let data = self.files.iter().filter(|(path, _)| path.starts_with(DATA));
        let names: BTreeSet<String> = data.map(|(path, _)| (*path).to_owned()).collect();
        let mut expected_names = BTreeSet::new();
        for (number, original) in (1u32..).zip(originals) {
            let extension = original
                .media_type
                .parse()
                .map_or_else(|_| None, |known: MediaType| Some(known.extension()));
            let stem = format!("{DATA}{number:04}.");
            let name = names
                .iter()
                .find(|name| name.starts_with(&stem))
                .cloned()
                .unwrap_or_else(|| format!("{stem}{}", extension.unwrap_or("*")));
            self.judge_original(&name, extension, original);
            expected_names.insert(name);
        }
        for name in names.difference(&expected_names) {
            let found = format!("{name}, which the entry does not name");
            self.find(
                Code::BagOriginals,
                found,
                format!("{} originals", originals.len()),
            );
        }
    }

    fn judge_original(&mut self, name: &str, extension: Option<&str>, original: &Original) {
        let Some(seen) = self.files.get(name).copied() else {
            let expected = format!("the original {}", original.sha256);
            self.find(Code::BagOriginals, format!("no {name}"), expected);
            return;
        };
        if seen.sha256 != original.sha256 || seen.member.size_bytes != original.size_bytes {
            let found = format!(
                "{name} of {} bytes, {}",
                seen.member.size_bytes, seen.sha256
            );
            let expected = format!("{} bytes, {}", original.size_bytes, original.sha256);
            self.find(Code::BagOriginals, found, expected);
            return;
        }
        let detected = MediaType::detect(&seen.head);
        let is_named_right = name.ends_with(&format!(".{}", detected.extension()));
        if original.media_type != detected.as_str() || !is_named_right {
            let found = format!(
                "{name}, in the entry {} (extension {})",
                original.media_type,
                extension.unwrap_or("unknown")
            );
            let expected = format!("{detected}, as its first bytes show");
            self.find(Code::BagOriginals, found, expected);
        }
    }
}

fn describe(path: &str, bytes: Option<&[u8]>) -> String {
    match bytes {
        None => format!("no readable {path}"),
        Some(bytes) => format!("{path} of {} bytes in another form", bytes.len()),
    }
}

/// The lines of a manifest: a digest, blanks, a path. `None` if one is in another form or a
/// path comes twice.
fn manifest_lines(bytes: &[u8]) -> Option<BTreeMap<String, Digest>> {
    let text = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
    let mut lines = BTreeMap::new();
    for line in text.split('\n') {
        let (digest, path) = line.split_once([' ', '\t'])?;
        let path = path.trim_start_matches([' ', '\t']);
        let is_new = lines
            .insert(path.to_owned(), digest.parse().ok()?)
            .is_none();
        if path.is_empty() || !is_new {
            return None;
        }
    }
    Some(lines)
}

/// The labels of `bag-info.txt` with their values, continuation lines joined.
fn labels(bytes: &[u8]) -> Option<Vec<(String, String)>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut labels: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if line.starts_with([' ', '\t']) {
            let (_, value) = labels.last_mut()?;
            value.push(' ');
            value.push_str(line.trim());
        } else {
            let (label, value) = line.split_once(':')?;
            labels.push((label.to_owned(), value.trim().to_owned()));
        }
    }
    (!labels.is_empty()).then_some(labels)
}
