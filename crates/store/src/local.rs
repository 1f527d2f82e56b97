//! Local files: what `object_store` leaves to do.
//!
//! It syncs what it writes when told to; deletions it never syncs, and an upload that was cut
//! off leaves `name#1` beside the object, which its listings hide.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;

use object_store::local::LocalFileSystem;

use crate::folders::{Folders, make_folder, sync};
use crate::{Doing, Listed, Store, StoreError};

/// Where probes work.
pub(crate) const PROBE_FOLDER: &str = "probe";

/// The root folder of a local store.
#[derive(Clone, Debug)]
pub(crate) struct LocalRoot(Arc<Root>);

#[derive(Debug)]
struct Root {
    path: PathBuf,
    folders: Folders,
}

impl LocalRoot {
    pub(crate) fn open(root: &FsPath) -> Result<(LocalFileSystem, Self), StoreError> {
        let failed = |source: io::Error| StoreError::Local {
            store: format!("the store {}", root.display()),
            path: root.display().to_string(),
            doing: Doing::Create,
            source,
        };
        make_folder(root).map_err(failed)?;
        let root = root.canonicalize().map_err(failed)?;
        let files = LocalFileSystem::new_with_prefix(&root)
            .map_err(|source| {
                StoreError::new(
                    "local files",
                    &root.display().to_string(),
                    Doing::Create,
                    source,
                )
            })?
            .with_fsync(true);
        let root = Root {
            path: root,
            folders: Folders::default(),
        };
        Ok((files, Self(Arc::new(root))))
    }

    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.0.path.join(path)
    }

    pub(crate) fn path(&self) -> &FsPath {
        &self.0.path
    }

    pub(crate) fn folders(&self) -> &Folders {
        &self.0.folders
    }
}

/// What follows the `#` in the name of an upload.
fn is_upload_number(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

/// Removes the uploads beside an object that are chosen; says how many.
fn sweep_uploads(file: &FsPath, chosen: impl Fn(&FsPath) -> io::Result<bool>) -> io::Result<usize> {
    let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else {
        return Ok(0);
    };
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        other => other?,
    };
    let mut removed = 0;
    for entry in entries {
        let entry = entry?;
        let found = entry.file_name();
        let suffix = found
            .as_encoded_bytes()
            .strip_prefix(name.as_encoded_bytes())
            .and_then(|rest| rest.strip_prefix(b"#"));
        if !suffix.is_some_and(is_upload_number) {
            continue;
        }
        let gone = chosen(&entry.path()).and_then(|chosen| {
            if chosen {
                #[expect(clippy::disallowed_methods, reason = "this is its one home")]
                std::fs::remove_file(entry.path())?;
            }
            Ok(usize::from(chosen))
        });
        match gone {
            Ok(gone) => removed += gone,
            // An upload that is dropped removes its own.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    if removed > 0 {
        sync(folder)?;
    }
    Ok(removed)
}

impl Store {
    /// Makes an object that was found in its slot as durable as one that was just written: the
    /// write that put it there may have failed before its syncs.
    pub(crate) async fn settle(&self, path: &str) -> Result<(), StoreError> {
        self.on_local(path, Doing::Sync, |file| {
            sync(file)?;
            file.parent().map_or(Ok(()), sync)
        })
        .await?;
        self.settle_folders(path).await
    }

    /// Syncs the folder that named a deleted object.
    pub(crate) async fn settle_deletion(&self, path: &str) -> Result<(), StoreError> {
        self.on_local(path, Doing::Sync, |file| {
            match file.parent().map_or(Ok(()), sync) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                other => other,
            }
        })
        .await
        .map(drop)
    }

    /// Takes away the name that an object was written under, where that has stayed beside its own:
    /// the two are one file. Whatever else is being uploaded there is another, and is left alone.
    pub(crate) async fn sweep_second_name(&self, path: &str) -> Result<(), StoreError> {
        self.on_local(path, Doing::Delete, |file| {
            let object = file.symlink_metadata()?;
            if object.nlink() < 2 {
                return Ok(0);
            }
            sweep_uploads(file, |upload| {
                let upload = upload.symlink_metadata()?;
                Ok((upload.dev(), upload.ino()) == (object.dev(), object.ino()))
            })
        })
        .await
        .map(drop)
    }

    /// Removes what uploads of this object that were cut off left behind; says how many. On
    /// other than local stores nothing visible is left, and none is removed.
    ///
    /// Only for an object that nobody is writing: an upload under way looks the same.
    pub async fn sweep_staging(&self, path: &str) -> Result<usize, StoreError> {
        let swept = self.on_local(path, Doing::Delete, |file| {
            sweep_uploads(file, |_| Ok(true))
        });
        swept.await.map(Option::unwrap_or_default)
    }

    /// What uploads that were cut off left, which listings hide: `name#1` beside `name`, sorted
    /// by path. On other than local stores nothing of it is visible.
    ///
    /// An upload under way looks the same.
    pub async fn list_cut_off(&self) -> Result<Vec<Listed>, StoreError> {
        let found = self.on_local("", Doing::List, |root| {
            let (mut found, mut waiting) = (Vec::new(), vec![root.to_path_buf()]);
            while let Some(folder) = waiting.pop() {
                let entries = match std::fs::read_dir(&folder) {
                    // One that was removed meanwhile is empty.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    other => other?,
                };
                for entry in entries {
                    let entry = entry?;
                    let kind = entry.file_type()?;
                    if kind.is_dir() {
                        waiting.push(entry.path());
                        continue;
                    }
                    let name = entry.file_name();
                    let is_staging = name.to_str().and_then(|name| name.rsplit_once('#'));
                    let relative = entry.path();
                    let relative = relative.strip_prefix(root).unwrap_or(&relative);
                    if is_staging.is_some_and(|(_, number)| is_upload_number(number.as_bytes())) {
                        // One that was finished meanwhile is none.
                        let size_bytes = match entry.metadata() {
                            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                            other => other?.len(),
                        };
                        found.push(Listed {
                            path: relative.to_string_lossy().into_owned(),
                            size_bytes,
                        });
                    }
                }
            }
            found.sort();
            Ok(found)
        });
        found.await.map(Option::unwrap_or_default)
    }

    /// Removes what uploads that were cut off left beside objects that are there: nobody can
    /// still win those names. Says how many there were. Every folder is synced, for what a
    /// process that was killed had removed may not have been.
    pub async fn sweep_cut_off(&self) -> Result<usize, StoreError> {
        let mut removed = 0;
        self.on_local("", Doing::Sync, |root| {
            let mut waiting = vec![root.to_path_buf()];
            while let Some(folder) = waiting.pop() {
                for entry in std::fs::read_dir(&folder)? {
                    let entry = entry?;
                    if entry.file_type()?.is_dir() {
                        waiting.push(entry.path());
                    }
                }
                sync(&folder)?;
            }
            Ok(())
        })
        .await?;
        for listed in self.list_cut_off().await? {
            let object = listed.path.rsplit_once('#').map(|(object, _)| object);
            if let Some(object) = object
                && self.size(object).await?.is_some()
            {
                removed += self.sweep_staging(object).await?;
            }
        }
        Ok(removed)
    }

    /// Removes what probes left that were cut off.
    pub async fn sweep_probes(&self) -> Result<(), StoreError> {
        for listed in self.list(PROBE_FOLDER).await? {
            self.delete(&listed.path).await?;
        }
        self.on_local(PROBE_FOLDER, Doing::Delete, |folder| {
            #[expect(clippy::disallowed_methods, reason = "this is its one home")]
            let gone = std::fs::remove_dir_all(folder);
            match gone {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                other => {
                    other?;
                    folder.parent().map_or(Ok(()), sync)
                }
            }
        })
        .await
        .map(drop)
    }

    /// Runs `act` on the object's file, off the runtime's threads; `None` where objects are
    /// not files.
    pub(crate) async fn on_local<T: Send + 'static>(
        &self,
        path: &str,
        doing: Doing,
        act: impl FnOnce(&FsPath) -> io::Result<T> + Send + 'static,
    ) -> Result<Option<T>, StoreError> {
        let Some(root) = &self.local else {
            return Ok(None);
        };
        let file = root.file(path);
        let failed = |source| StoreError::Local {
            store: self.name().to_owned(),
            path: path.to_owned(),
            doing,
            source,
        };
        match tokio::task::spawn_blocking(move || act(&file)).await {
            Ok(done) => done.map(Some).map_err(failed),
            Err(stopped) => Err(failed(io::Error::other(stopped))),
        }
    }
}
