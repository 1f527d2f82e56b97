//! Intents: what this host is about to do in the store for an entry that is still to be made,
//! so that it is found again if the process ends in between.
//!
//! They are the one thing here that the ledger does not say, so they do not lie in the
//! database, which may be thrown away and made anew: each is an empty file in a folder beside
//! it. Where the folder is lost, the checker finds what was left.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::CatalogError;

/// Where intents are kept.
#[derive(Debug)]
pub(crate) enum Intents {
    /// In a folder.
    Folder(PathBuf),
    /// In memory, with the catalog.
    Memory(Mutex<BTreeSet<String>>),
}

impl Intents {
    pub(crate) fn in_memory() -> Self {
        Self::Memory(Mutex::default())
    }

    /// The intents in the catalog's folder.
    pub(crate) fn open(catalog: &Path) -> Result<Self, CatalogError> {
        let folder = catalog.join("intents");
        fs::create_dir_all(&folder)
            .and_then(|()| sync(&folder))
            .map_err(|source| failed("making", &folder, source))?;
        Ok(Self::Folder(folder))
    }

    /// Durable when it returns.
    pub(crate) fn put(&self, name: &str) -> Result<(), CatalogError> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(name);
                File::create(&path)
                    .and_then(|file| file.sync_all())
                    .and_then(|()| sync(folder))
                    .map_err(|source| failed("writing", &path, source))
            }
            Self::Memory(names) => {
                let mut names = names.lock().unwrap_or_else(PoisonError::into_inner);
                names.insert(name.to_owned());
                Ok(())
            }
        }
    }

    pub(crate) fn clear(&self, name: &str) -> Result<(), CatalogError> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(name);
                #[expect(clippy::disallowed_methods, reason = "the catalog's own folder")]
                let gone = fs::remove_file(&path);
                match gone {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                    other => other.map_err(|source| failed("removing", &path, source)),
                }
            }
            Self::Memory(names) => {
                let mut names = names.lock().unwrap_or_else(PoisonError::into_inner);
                names.remove(name);
                Ok(())
            }
        }
    }

    /// In order.
    pub(crate) fn all(&self) -> Result<Vec<String>, CatalogError> {
        match self {
            Self::Folder(folder) => {
                let read = || -> io::Result<Vec<String>> {
                    let mut names = Vec::new();
                    for entry in fs::read_dir(folder)? {
                        names.push(entry?.file_name().to_string_lossy().into_owned());
                    }
                    names.sort();
                    Ok(names)
                };
                read().map_err(|source| failed("reading", folder, source))
            }
            Self::Memory(names) => {
                let names = names.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(names.iter().cloned().collect())
            }
        }
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn failed(doing: &'static str, path: &Path, source: io::Error) -> CatalogError {
    CatalogError::Io {
        doing,
        path: path.to_path_buf(),
        source,
    }
}
