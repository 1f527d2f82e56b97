//! Opening a record (调阅): the entry first, then the content.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use domain::{Actor, Digest, RecordId, RequestId, SealedName, SealedObject, Via};
use entries::{
    BUILT_IN_RULES, Body, Draft, Opened, Original, RecordBody, RecordOpened, Rendition, SealedShape,
};
use ingest::bag::data_name;
use sha2::{Digest as _, Sha256};
use vault::Identity;

use crate::create::random;
use crate::folder::Secret;
use crate::{Archive, ArchiveError, text};

/// The largest derived object that is opened: it is held in memory.
pub(crate) const DERIVED_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// What is wanted of a record, and where it should go.
pub struct Wanted {
    /// Which form of it.
    pub rendition: Rendition,
    /// A file, or a folder that is there: then the parts go into it under their own names.
    pub out: PathBuf,
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedFile {
    /// Where it is.
    pub path: PathBuf,
    /// SHA-256 of it.
    pub sha256: Digest,
    /// Its size.
    pub size_bytes: u64,
}

impl Archive {
    /// Opens a record into files. The entry is written before anything is decrypted; the files
    /// get their names only once everything in them was verified.
    pub async fn open_record(
        &self,
        record: RecordId,
        wanted: Wanted,
        actor: &Actor,
        via: &Via,
    ) -> Result<Vec<OpenedFile>, ArchiveError> {
        let row = self.show(record)?;
        let body = row.body;
        let object = check_wanted(&body, &wanted)?;
        let identity = self.folder.identity(Secret::Archive, "opening records")?;
        let opened = RecordOpened {
            record,
            branch: body.facts.branch.clone(),
            client: body.facts.client.clone(),
            opened: Opened {
                rendition: wanted.rendition,
                object: object.name.clone(),
            },
        };
        self.begin_writing()?;
        self.enter_opened(opened, actor, via).await?;
        match wanted.rendition {
            Rendition::Bag => self.open_bag(object, &identity, &wanted.out, record).await,
            Rendition::Original => {
                self.open_originals(object, &identity, &wanted.out, &body.originals)
                    .await
            }
            Rendition::Text | Rendition::Preview => {
                let parts = self.derived_parts(&object, &identity).await?;
                write_parts(record, &parts, &wanted)
            }
        }
    }

    async fn enter_opened(
        &self,
        opened: RecordOpened,
        actor: &Actor,
        via: &Via,
    ) -> Result<(), ArchiveError> {
        let draft = Draft {
            id: RequestId::from_bits(self.fresh_bits()?),
            actor: actor.clone(),
            via: via.clone(),
            body: Body::RecordOpened(opened),
            rules: BUILT_IN_RULES.to_owned(),
        };
        self.journal
            .enter(draft.id, move |_| Ok(draft.clone()))
            .await?;
        Ok(())
    }

    /// The bits of a new id: the time now, and random ones.
    pub(crate) fn fresh_bits(&self) -> Result<u128, ArchiveError> {
        let unix_ms = u64::try_from(self.clock.now().unix_ms()).unwrap_or_default();
        Ok(RequestId::from_parts(unix_ms, u128::from_be_bytes(random()?)).bits())
    }

    async fn open_bag(
        &self,
        object: SealedObject,
        identity: &Identity,
        out: &Path,
        record: RecordId,
    ) -> Result<Vec<OpenedFile>, ArchiveError> {
        let path = if out.is_dir() {
            out.join(format!("{record}.tar"))
        } else {
            out.to_owned()
        };
        let part = PartFile::create(path)?;
        let target = part.part.clone();
        let opened = self.vault.open_stream(&object, identity, part).await;
        let (_, part) = opened.map_err(|error| {
            if let vault::VaultError::SinkFailed { source, .. } = error {
                return ArchiveError::File {
                    path: target,
                    doing: "written",
                    source,
                };
            }
            ArchiveError::from(error)
        })?;
        Ok(vec![part.finish()?])
    }

    /// Streams the bag through a pipe into a tar reader, so that an original of any size is
    /// written with little memory and no other file.
    async fn open_originals(
        &self,
        object: SealedObject,
        identity: &Identity,
        out: &Path,
        originals: &[Original],
    ) -> Result<Vec<OpenedFile>, ArchiveError> {
        let name = object.name.clone();
        let folder = name
            .record()
            .map(|record| record.to_string())
            .unwrap_or_default();
        let targets: Vec<Target> = (1..)
            .zip(originals)
            .map(|(n, original)| {
                let data = data_name(n, original.media_type);
                let path = if out.is_dir() {
                    out.join(format!("{folder}-{}", data.trim_start_matches("data/")))
                } else {
                    out.to_owned()
                };
                (format!("{folder}/{data}"), path, original.sha256)
            })
            .collect();
        let (reader, writer) = io::pipe().map_err(|source| ArchiveError::File {
            path: out.to_owned(),
            doing: "written",
            source,
        })?;
        let reading = tokio::task::spawn_blocking(move || extract(reader, &targets));
        let opened = self.vault.open_stream(&object, identity, writer).await;
        // The writer's end is gone now, whatever happened, so the reader comes to an end.
        let opened = opened.map(drop);
        let parts = reading.await.map_err(|stopped| ArchiveError::Content {
            name: name.clone(),
            why: stopped.to_string(),
        })?;
        match (opened, parts) {
            // A reader that gave up is the cause of a sink that failed.
            (Ok(()) | Err(vault::VaultError::SinkFailed { .. }), Err(error)) => {
                Err(error.into_error(name))
            }
            (Err(error), _) => Err(error.into()),
            (Ok(()), Ok(parts)) => parts.into_iter().map(PartFile::finish).collect(),
        }
    }

    /// The members of a derived object.
    pub(crate) async fn derived_parts(
        &self,
        object: &SealedObject,
        identity: &Identity,
    ) -> Result<Vec<(String, Vec<u8>)>, ArchiveError> {
        let content = self.vault.open(object, identity, DERIVED_BYTES_MAX).await?;
        let members = || -> io::Result<Vec<(String, Vec<u8>)>> {
            let mut parts = Vec::new();
            for entry in tar::Archive::new(content.as_ref()).entries()? {
                let mut entry = entry?;
                let name = entry.path()?.display().to_string();
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes)?;
                parts.push((name, bytes));
            }
            Ok(parts)
        };
        members().map_err(|error| ArchiveError::Content {
            name: object.name.clone(),
            why: error.to_string(),
        })
    }
}

/// Whether the record has what is wanted, before anybody is said to have opened it.
fn check_wanted(body: &RecordBody, wanted: &Wanted) -> Result<SealedObject, ArchiveError> {
    let record = body.facts.record;
    let shape: Option<&SealedShape> = match wanted.rendition {
        Rendition::Bag => Some(&body.bag),
        Rendition::Original => {
            if body.originals.len() != 1 && !wanted.out.is_dir() {
                let files = body.originals.len();
                return Err(ArchiveError::SeveralFiles { record, files });
            }
            Some(&body.bag)
        }
        Rendition::Text | Rendition::Preview => body.derived.as_ref(),
    };
    shape
        .cloned()
        .map(SealedObject::from)
        .ok_or_else(|| ArchiveError::NotThere {
            record,
            wanted: wanted.rendition.as_str().to_owned(),
        })
}

/// Why originals could not be taken out of a bag.
enum ExtractError {
    File(ArchiveError),
    Content(String),
}

impl ExtractError {
    fn into_error(self, name: SealedName) -> ArchiveError {
        match self {
            Self::File(error) => error,
            Self::Content(why) => ArchiveError::Content { name, why },
        }
    }
}

/// A member of a bag, where it goes, and what it must be.
type Target = (String, PathBuf, Digest);

fn extract(mut source: io::PipeReader, targets: &[Target]) -> Result<Vec<PartFile>, ExtractError> {
    let broken = |error: io::Error| ExtractError::Content(error.to_string());
    let mut parts = Vec::new();
    let mut tar = tar::Archive::new(&mut source);
    for entry in tar.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let name = entry.path().map_err(broken)?.display().to_string();
        let Some((_, path, sha256)) = targets.iter().find(|(wanted, ..)| *wanted == name) else {
            continue;
        };
        let mut part = PartFile::create(path.clone()).map_err(ExtractError::File)?;
        let copied = io::copy(&mut entry, &mut part);
        copied.map_err(|source| ExtractError::File(part.failed(source)))?;
        if part.sha256() != *sha256 {
            return Err(ExtractError::Content(format!(
                "{name} is not the original that was filed"
            )));
        }
        parts.push(part);
    }
    if parts.len() != targets.len() {
        return Err(ExtractError::Content(
            "the bag lacks an original".to_owned(),
        ));
    }
    // To the end, so that whoever writes into the pipe comes to an end too.
    io::copy(&mut source, &mut io::sink()).map_err(broken)?;
    Ok(parts)
}

fn write_parts(
    record: RecordId,
    parts: &[(String, Vec<u8>)],
    wanted: &Wanted,
) -> Result<Vec<OpenedFile>, ArchiveError> {
    let none = || ArchiveError::NotThere {
        record,
        wanted: wanted.rendition.as_str().to_owned(),
    };
    let write = |path: PathBuf, bytes: &[u8]| {
        let mut part = PartFile::create(path)?;
        part.write_all(bytes)
            .map_err(|source| part.failed(source))?;
        part.finish()
    };
    if wanted.rendition == Rendition::Text {
        let pages = parts.iter().filter(|(name, _)| name.starts_with("alto/"));
        let pages: Vec<String> = pages
            .map(|(_, xml)| text::of_alto(&String::from_utf8_lossy(xml)))
            .collect();
        let path = if wanted.out.is_dir() {
            wanted.out.join(format!("{record}.txt"))
        } else {
            wanted.out.clone()
        };
        // A form feed between pages, as plain text has it.
        return Ok(vec![write(path, pages.join("\u{c}\n").as_bytes())?]);
    }
    let previews: Vec<_> = parts
        .iter()
        .filter_map(|(n, b)| Some((n.strip_prefix("preview/")?, b)))
        .collect();
    if previews.is_empty() {
        return Err(none());
    }
    if !wanted.out.is_dir() {
        // One name, one picture: the first page.
        let (_, first) = previews.first().ok_or_else(none)?;
        return Ok(vec![write(wanted.out.clone(), first)?]);
    }
    previews
        .into_iter()
        .map(|(name, bytes)| write(wanted.out.join(format!("{record}-{name}")), bytes))
        .collect()
}

/// A file under construction: `NAME.part` until it is finished; removed if it never is.
pub(crate) struct PartFile {
    file: File,
    path: PathBuf,
    part: PathBuf,
    hasher: Sha256,
    size_bytes: u64,
    finished: bool,
}

impl PartFile {
    /// Begins the file. Only its owner reads it.
    pub(crate) fn create(path: PathBuf) -> Result<Self, ArchiveError> {
        let mut name = path.clone().into_os_string();
        name.push(".part");
        let part = PathBuf::from(name);
        let opened = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&part);
        match opened {
            Ok(file) => Ok(Self {
                file,
                path,
                part,
                hasher: Sha256::new(),
                size_bytes: 0,
                finished: false,
            }),
            Err(source) => Err(ArchiveError::File {
                path: part,
                doing: "written",
                source,
            }),
        }
    }

    fn sha256(&self) -> Digest {
        Digest::from(self.hasher.clone())
    }

    fn failed(&self, source: io::Error) -> ArchiveError {
        ArchiveError::File {
            path: self.part.clone(),
            doing: "written",
            source,
        }
    }

    /// Gives the file its name.
    pub(crate) fn finish(mut self) -> Result<OpenedFile, ArchiveError> {
        let synced = self.file.sync_all();
        synced.map_err(|source| self.failed(source))?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the reader's own file, outside the store"
        )]
        let renamed = std::fs::rename(&self.part, &self.path);
        renamed.map_err(|source| self.failed(source))?;
        self.finished = true;
        let sha256 = self.sha256();
        Ok(OpenedFile {
            path: self.path.clone(),
            sha256,
            size_bytes: self.size_bytes,
        })
    }
}

impl Write for PartFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or_default());
        self.size_bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if !self.finished {
            #[expect(
                clippy::disallowed_methods,
                reason = "what was not verified must not stay"
            )]
            let removed = std::fs::remove_file(&self.part);
            if let Err(error) = removed {
                tracing::warn!(path = %self.part.display(), %error, "a part file stays");
            }
        }
    }
}
