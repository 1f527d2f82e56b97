//! A disk so small that it can be filled. Only root can mount one.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// What is scarce on a disk.
#[derive(Clone, Copy, Debug)]
pub enum Scarce {
    /// Bytes.
    Room,
    /// Names of files.
    Inodes,
}

/// A tmpfs of its own; gone when this is dropped.
pub struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// Mounts one.
    pub fn mount() -> Self {
        let disk = Self {
            folder: TempDir::new().unwrap(),
        };
        let options = "size=24m,nr_inodes=2000,mode=0755";
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(disk.path())
            .output()
            .unwrap();
        assert!(mounted.status.success(), "no small disk: {mounted:?}");
        disk
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes all there is.
    pub fn fill(&self, scarce: Scarce) {
        let filler = self.filler();
        fs::create_dir(&filler).unwrap();
        match scarce {
            Scarce::Room => {
                let mut file = File::create(filler.join("0")).unwrap();
                while file.write_all(&[0; 4096]).is_ok() {}
            }
            Scarce::Inodes => {
                let mut names = (0u32..).map(|n| filler.join(n.to_string()));
                while names.next().is_some_and(|name| File::create(name).is_ok()) {}
            }
        }
    }

    /// Gives back what [`Self::fill`] took.
    pub fn make_room(&self) {
        fs::remove_dir_all(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Where it was never mounted there is nothing to unmount.
        let _ = Command::new("umount").arg("-l").arg(self.path()).output();
    }
}
