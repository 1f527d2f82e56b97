//! Which models are used. They are taken from the package index when the archive is set up, and
//! believed only if they are byte for byte the ones that were measured.

use std::path::{Path, PathBuf};

use domain::Digest;

use super::net::{Machine, Net};
use crate::ocr::EngineError;

/// A model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelFile {
    /// Its file.
    pub name: &'static str,
    /// SHA-256 of its bytes, in hex.
    pub sha256: &'static str,
}

impl ModelFile {
    /// Marks where text stands.
    pub const DETECTION: Self = Self {
        name: "PP-OCRv6_det_small.onnx",
        sha256: "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
    };
    /// Reads a line.
    pub const RECOGNITION: Self = Self {
        name: "PP-OCRv6_rec_small.onnx",
        sha256: "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
    };
    /// Tells a line that stands on its head.
    pub const DIRECTION: Self = Self {
        name: "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
        sha256: "e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c",
    };

    /// All that the engine needs.
    pub const ALL: [Self; 3] = [Self::DETECTION, Self::RECOGNITION, Self::DIRECTION];

    /// What is wrong with this model in a folder, if anything is.
    #[must_use]
    pub fn fault(&self, folder: &Path) -> Option<EngineError> {
        self.bytes(folder).err()
    }

    fn bytes(&self, folder: &Path) -> Result<Vec<u8>, EngineError> {
        let path = folder.join(self.name);
        let bytes = std::fs::read(&path).map_err(|source| EngineError::Model {
            path: path.clone(),
            found: source.to_string(),
        })?;
        let found = Digest::of(&bytes).to_string();
        if found != self.sha256 {
            return Err(EngineError::Model {
                path,
                found: format!("SHA-256 {found}, expected {}", self.sha256),
            });
        }
        Ok(bytes)
    }

    pub(super) fn load(&self, folder: &Path, machine: &Machine) -> Result<Net, EngineError> {
        let bytes = self.bytes(folder)?;
        machine.net(bytes).map_err(|found| EngineError::Model {
            path: self.path(folder),
            found,
        })
    }

    /// Where it lies in a folder.
    #[must_use]
    pub fn path(&self, folder: &Path) -> PathBuf {
        folder.join(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_file_is_not_the_model() {
        let folder = std::env::temp_dir();
        let absent = ModelFile {
            name: "no-such-model.onnx",
            sha256: "00",
        };
        let said = absent.fault(&folder).unwrap().to_string();
        assert!(said.contains("no-such-model.onnx cannot be used"), "{said}");
        // A file that is there on every machine, and is no model.
        let other = ModelFile {
            name: "passwd",
            sha256: ModelFile::DETECTION.sha256,
        };
        let said = other.fault(Path::new("/etc")).unwrap().to_string();
        assert!(said.contains("SHA-256"), "{said}");
        assert!(said.contains(ModelFile::DETECTION.sha256), "{said}");
    }
}
