//! The bag: one record as it is kept, a `BagIt` 1.0 bag (RFC 8493) in one ustar archive.
//!
//! One pass: the files are copied and hashed, the manifests follow. Whoever opens it needs tar
//! and a checksum program. Names in it are ASCII; the names that files came with stand in
//! `metadata/record.json`.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use domain::{Digest, MediaType, RecordId, Timestamp};
use sha2::{Digest as _, Sha256};
use tar::{EntryType, Header};

/// Above this size a member needs a pax header: ustar has eleven octal digits for it.
const USTAR_SIZE_MAX: u64 = 0o77_777_777_777;

/// Bytes to put into a bag.
#[derive(Clone, Debug)]
pub enum Content {
    /// In memory.
    Memory(Bytes),
    /// In a file, too large for memory.
    File(PathBuf),
}

/// An original to put into a bag.
#[derive(Clone, Debug)]
pub struct BagFile {
    /// Its bytes.
    pub content: Content,
    /// What they are.
    pub media_type: MediaType,
    /// SHA-256 of them, from the first reading.
    pub sha256: Digest,
    /// How many they are, from the first reading.
    pub size_bytes: u64,
}

/// What the bag of one record holds.
#[derive(Clone, Debug)]
pub struct BagContent {
    /// The record, which names the folder.
    pub record: RecordId,
    /// When it was filed, which is the time of every member.
    pub filed_at: Timestamp,
    /// The originals, in order.
    pub files: Vec<BagFile>,
    /// `metadata/record.json`.
    pub record_json: Vec<u8>,
    /// The organisation's name for the fonds, for `bag-info.txt`.
    pub source_organization: String,
}

/// The bag could not be written.
#[derive(Debug, thiserror::Error)]
pub enum BagError {
    /// A file is not what it was when it was first read: somebody is still writing it.
    #[error("{} changed while it was taken in: wait until it is written, then take it in again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A file could not be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// Whoever takes the bag stopped.
    #[error("the bag could not be written")]
    Write(#[source] io::Error),
}

/// The name of the `n`-th original (from 1) in the bag's `data/`.
#[must_use]
pub fn data_name(n: usize, media_type: MediaType) -> String {
    format!("data/{n:04}.{}", media_type.extension())
}

/// Writes the bag; returns SHA-256 of its tagmanifest.
pub fn write(bag: &BagContent, out: &mut dyn Write) -> Result<Digest, BagError> {
    let mut tar = tar::Builder::new(out);
    let folder = bag.record.to_string();
    let mtime = u64::try_from(bag.filed_at.unix_ms() / 1000).unwrap_or_default();
    let mut manifest = String::new();
    let mut data_bytes = 0u64;
    for (n, file) in (1..).zip(&bag.files) {
        let name = data_name(n, file.media_type);
        append_file(&mut tar, &format!("{folder}/{name}"), mtime, file)?;
        manifest.push_str(&manifest_line(file.sha256, &name));
        data_bytes += file.size_bytes;
    }
    let tags: [(&str, Vec<u8>); 4] = [
        (
            "bagit.txt",
            b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n".to_vec(),
        ),
        ("bag-info.txt", bag_info(bag, data_bytes).into_bytes()),
        ("metadata/record.json", bag.record_json.clone()),
        ("manifest-sha256.txt", manifest.into_bytes()),
    ];
    let mut tag_manifest = String::new();
    for (name, content) in &tags {
        append(&mut tar, &format!("{folder}/{name}"), mtime, content)?;
        tag_manifest.push_str(&manifest_line(Digest::of(content), name));
    }
    append(
        &mut tar,
        &format!("{folder}/tagmanifest-sha256.txt"),
        mtime,
        tag_manifest.as_bytes(),
    )?;
    tar.finish().map_err(BagError::Write)?;
    Ok(Digest::of(tag_manifest.as_bytes()))
}

fn manifest_line(sha256: Digest, name: &str) -> String {
    format!("{sha256}  {name}\n")
}

fn bag_info(bag: &BagContent, data_bytes: u64) -> String {
    // A line break in a name would begin a new field.
    let organization: String = bag
        .source_organization
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    format!(
        "Source-Organization: {organization}\nExternal-Identifier: {}\nBagging-Date: {}\nPayload-Oxum: {data_bytes}.{}\nBag-Software-Agent: vouchsafe\n",
        bag.record,
        bag.filed_at.china_day(),
        bag.files.len(),
    )
}

fn header(path: &str, size_bytes: u64, mtime: u64) -> Result<Header, BagError> {
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::Regular);
    header.set_path(path).map_err(BagError::Write)?;
    header.set_size(size_bytes);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(mtime);
    header.set_cksum();
    Ok(header)
}

fn append(
    tar: &mut tar::Builder<&mut dyn Write>,
    path: &str,
    mtime: u64,
    content: &[u8],
) -> Result<(), BagError> {
    let header = header(path, content.len() as u64, mtime)?;
    tar.append(&header, content).map_err(BagError::Write)
}

fn append_file(
    tar: &mut tar::Builder<&mut dyn Write>,
    path: &str,
    mtime: u64,
    file: &BagFile,
) -> Result<(), BagError> {
    if file.size_bytes > USTAR_SIZE_MAX {
        let size = file.size_bytes.to_string();
        tar.append_pax_extensions([("size", size.as_bytes())])
            .map_err(BagError::Write)?;
    }
    let header = header(path, file.size_bytes, mtime)?;
    match &file.content {
        Content::Memory(bytes) => tar.append(&header, bytes.as_ref()).map_err(BagError::Write),
        Content::File(source) => {
            let unreadable = |error| BagError::Unreadable {
                path: source.clone(),
                source: error,
            };
            let opened = File::open(source).map_err(unreadable)?;
            let mut watched = Watched {
                inner: opened,
                hasher: Sha256::new(),
                left_bytes: file.size_bytes,
                failed: None,
            };
            let appended = tar.append(&header, &mut watched);
            watched.judge(source, file)?;
            appended.map_err(BagError::Write)
        }
    }
}

/// Hands out exactly as many bytes as were announced, and remembers what they were.
struct Watched {
    inner: File,
    hasher: Sha256,
    left_bytes: u64,
    failed: Option<io::Error>,
}

impl Watched {
    fn judge(mut self, path: &Path, file: &BagFile) -> Result<(), BagError> {
        if let Some(source) = self.failed.take() {
            return Err(BagError::Unreadable {
                path: path.to_owned(),
                source,
            });
        }
        let grown = self.inner.read(&mut [0u8; 1]).is_ok_and(|more| more > 0);
        if grown || self.left_bytes > 0 || Digest::from(self.hasher) != file.sha256 {
            return Err(BagError::Changed {
                path: path.to_owned(),
            });
        }
        Ok(())
    }
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left_bytes)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let window = buffer.get_mut(..most).unwrap_or_default();
        if window.is_empty() {
            return Ok(0);
        }
        match self.inner.read(window) {
            // A file that has shrunk must not shift what follows it.
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                self.hasher.update(window.get(..read).unwrap_or_default());
                self.left_bytes -= read as u64;
                Ok(read)
            }
            Err(error) => {
                self.failed = Some(io::Error::new(error.kind(), error.to_string()));
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bag(content: Content, bytes: &[u8]) -> BagContent {
        BagContent {
            record: RecordId::from_bits(7),
            filed_at: Timestamp::from_unix_ms(1_795_000_000_000),
            files: vec![BagFile {
                content,
                media_type: MediaType::Tiff,
                sha256: Digest::of(bytes),
                size_bytes: bytes.len() as u64,
            }],
            record_json: b"{}".to_vec(),
            source_organization: "Firm\nEvil: yes".to_owned(),
        }
    }

    #[test]
    fn a_bag_is_a_plain_tar_with_data_before_manifests() {
        let bytes = b"original";
        let mut out = Vec::new();
        let bag = bag(Content::Memory(Bytes::from_static(bytes)), bytes);
        let tagmanifest = write(&bag, &mut out).unwrap();
        let mut names = Vec::new();
        let mut last = Vec::new();
        for entry in tar::Archive::new(out.as_slice()).entries().unwrap() {
            let mut entry = entry.unwrap();
            let header = entry.header().clone();
            assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
            assert_eq!(header.mode().unwrap(), 0o644);
            assert_eq!(header.mtime().unwrap(), 1_795_000_000);
            assert!(header.as_ustar().is_some());
            names.push(entry.path().unwrap().display().to_string());
            last.clear();
            entry.read_to_end(&mut last).unwrap();
        }
        let folder = bag.record.to_string();
        let expected = [
            "data/0001.tif",
            "bagit.txt",
            "bag-info.txt",
            "metadata/record.json",
            "manifest-sha256.txt",
            "tagmanifest-sha256.txt",
        ];
        assert_eq!(names, expected.map(|name| format!("{folder}/{name}")));
        assert_eq!(Digest::of(&last), tagmanifest);
        assert!(!String::from_utf8(out).unwrap().contains("\nEvil:"));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test makes its own files")]
    fn a_file_that_changes_underneath_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scan.tif");
        for now in ["shorter", "as it was, and longer", "as it wos"] {
            std::fs::write(&path, now).unwrap();
            let bag = bag(Content::File(path.clone()), b"as it was");
            let written = write(&bag, &mut Vec::new());
            assert!(
                matches!(written, Err(BagError::Changed { .. })),
                "{now}: {written:?}"
            );
        }
        std::fs::write(&path, "as it was").unwrap();
        write(&bag(Content::File(path), b"as it was"), &mut Vec::new()).unwrap();
    }
}
