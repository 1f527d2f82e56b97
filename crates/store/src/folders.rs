//! Folders of local stores. A file that is synced, and whose folder is synced, is still lost in
//! a power cut if the folder's own name never was: another thread, an earlier attempt or a
//! process that was killed may have made it. So names are made durable up to the root, and only
//! what was synced is remembered. The first sync of a folder by a process makes all names
//! durable that are in it then; later ones are synced one by one, as they are made.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Doing, Store, StoreError};

/// What is known of the folders below a root.
#[derive(Debug, Default)]
pub(crate) struct Folders {
    /// Those whose names are durable.
    named: Mutex<BTreeSet<PathBuf>>,
    /// Those whose folders were all found, and their names synced, when they were first synced.
    listed: Mutex<BTreeSet<PathBuf>>,
    /// Those in which an upload's first name was removed after the last sync.
    touched: Mutex<BTreeSet<PathBuf>>,
}

fn locked(set: &Mutex<BTreeSet<PathBuf>>) -> MutexGuard<'_, BTreeSet<PathBuf>> {
    // A set is whole between any two statements.
    set.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Folders {
    /// The folders from the one of this file up to the root whose names may not be durable,
    /// outermost first.
    fn unnamed(&self, root: &Path, file: &Path) -> Vec<PathBuf> {
        let named = locked(&self.named);
        let mut chain: Vec<PathBuf> = file
            .ancestors()
            .skip(1)
            .take_while(|folder| *folder != root && folder.starts_with(root))
            .filter(|folder| !named.contains(*folder))
            .map(Path::to_path_buf)
            .collect();
        chain.reverse();
        chain
    }

    /// Makes the name of this folder durable.
    fn name(&self, folder: PathBuf) -> io::Result<()> {
        let Some(parent) = folder.parent() else {
            return Ok(());
        };
        let is_first = !locked(&self.listed).contains(parent);
        // Listed before the sync, which makes durable what was there before it.
        let found = if is_first {
            folders_in(parent)?
        } else {
            Vec::new()
        };
        sync(parent)?;
        if is_first {
            locked(&self.listed).insert(parent.to_path_buf());
        }
        let mut named = locked(&self.named);
        named.extend(found);
        named.insert(folder);
        Ok(())
    }
}

fn folders_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// Syncs a file or folder.
pub(crate) fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes a folder and whatever it lies in, durably: also where it was there already, for
/// whoever made it may not have come to the sync.
pub fn make_folder(path: &Path) -> io::Result<()> {
    let missing = path
        .ancestors()
        .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        .count();
    std::fs::create_dir_all(path)?;
    sync(path)?;
    // The path is made absolute only now that it is there.
    let path = path.canonicalize()?;
    for (n, folder) in path.ancestors().skip(1).enumerate() {
        if n > missing {
            break;
        }
        match sync(folder) {
            // A folder that may be passed and not read was not made by us.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => break,
            synced => synced?,
        }
    }
    Ok(())
}

impl Store {
    /// Makes the names of all folders of an object durable; to be called once the object has
    /// its own name. On other than local stores there is nothing to do.
    pub(crate) async fn settle_folders(&self, path: &str) -> Result<(), StoreError> {
        let Some(root) = &self.local else {
            return Ok(());
        };
        let file = root.file(path);
        if let Some(folder) = file.parent() {
            locked(&root.folders().touched).insert(folder.to_path_buf());
        }
        if root.folders().unnamed(root.path(), &file).is_empty() {
            return Ok(());
        }
        let root = root.clone();
        self.on_local(path, Doing::Sync, move |file| {
            for folder in root.folders().unnamed(root.path(), file) {
                root.folders().name(folder)?;
            }
            Ok(())
        })
        .await
        .map(drop)
    }

    /// Syncs every folder that was written to: what an upload was first called is removed after
    /// the sync of its object, and would be there again after a power cut.
    pub async fn settle_all(&self) -> Result<(), StoreError> {
        let Some(root) = self.local.clone() else {
            return Ok(());
        };
        self.on_local("", Doing::Sync, move |_| {
            let touched = std::mem::take(&mut *locked(&root.folders().touched));
            touched.iter().try_for_each(|folder| match sync(folder) {
                // A folder that was removed, as a probe's, names nothing any more.
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                synced => synced,
            })
        })
        .await
        .map(drop)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[tokio::test]
    async fn names_are_remembered_once_they_are_synced() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::local(folder.path()).unwrap();
        let root = store.local.clone().unwrap();
        let unnamed = |path: &str| root.folders().unnamed(root.path(), &root.file(path)).len();
        assert_eq!(unnamed("a/b/c"), 2);
        store.create("a/b/c", Bytes::new()).await.unwrap();
        assert_eq!((unnamed("a/b/c"), unnamed("a/d/e")), (0, 1));
        assert_eq!(locked(&root.folders().touched).len(), 1);
        store.settle_all().await.unwrap();
        assert!(locked(&root.folders().touched).is_empty());
        // Another process remembers nothing of it.
        let other_store = Store::local(folder.path()).unwrap();
        let other = other_store.local.clone().unwrap();
        let unnamed = |path: &str| other.folders().unnamed(other.path(), &other.file(path));
        let both = [other.path().join("a"), other.path().join("a/b")];
        assert_eq!(unnamed("a/b/c"), both);
        // Its first sync of a folder names all that are there, and none that come later.
        other_store.create("a/d/e", Bytes::new()).await.unwrap();
        assert!(unnamed("a/b/c").is_empty());
        std::fs::create_dir(folder.path().join("a/later")).unwrap();
        let later = [other.path().join("a/later")];
        assert_eq!(unnamed("a/later/f"), later);
        other_store.create("a/d/g", Bytes::new()).await.unwrap();
        assert_eq!(unnamed("a/later/f"), later);
    }

    #[test]
    fn a_folder_is_made_with_what_it_lies_in() {
        let base = tempfile::tempdir().unwrap();
        make_folder(&base.path().join("a/b/c")).unwrap();
        make_folder(&base.path().join("a/b/c")).unwrap();
        assert!(base.path().join("a/b/c").is_dir());
        File::create(base.path().join("file")).unwrap();
        make_folder(&base.path().join("file/below")).unwrap_err();
    }
}
