//! Which ONNX Runtime is used. It comes from the package index, as the models do, and is believed
//! only if it is byte for byte the one that was measured: it is code, and it is loaded before the
//! worker locks itself in.
//!
//! Not every version will do. 1.31 measures its users: before it can be told not to, it starts a
//! thread of its own and a database in the user's home, and it can speak over the network. This
//! one has no threads but ours and does not import what opens a connection.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use domain::Digest;
use ort::environment::Environment;
use sha2::{Digest as _, Sha256};

use crate::ocr::EngineError;

/// The library ONNX Runtime.
pub struct Library;

/// A process has one, for good.
static LOADED: Mutex<Option<Environment>> = Mutex::new(None);

impl Library {
    /// Its file, where no other one is named.
    pub const NAME: &'static str = "libonnxruntime.so";
    /// Its version.
    pub const VERSION: &'static str = "1.27.0";

    /// SHA-256 of its bytes on this processor, in hex; none where there is none for it.
    pub const SHA256: Option<&'static str> = if cfg!(target_arch = "x86_64") {
        Some("b5c9d4f124d24707f514dad926dc181820807178855df1c528e3addb2dd0e6f7")
    } else if cfg!(target_arch = "aarch64") {
        Some("9275ef52956228686ae47b0219f67476a1148505084bdc5571e7bf1bf69b11f2")
    } else {
        None
    };

    /// What is wrong with the library at a path, if anything is.
    #[must_use]
    pub fn fault(path: &Path) -> Option<String> {
        let Some(expected) = Self::SHA256 else {
            return Some("there is none for this processor".to_owned());
        };
        match digest(path) {
            Ok(found) if found == expected => None,
            Ok(found) => Some(format!(
                "SHA-256 {found}, expected {expected}, which is version {}",
                Self::VERSION
            )),
            Err(error) => Some(error.to_string()),
        }
    }

    /// What to do where it is missing.
    #[must_use]
    pub fn remedy(path: &Path) -> String {
        let folder = path.parent().unwrap_or(Path::new("."));
        format!(
            "deploy/onnxruntime {} fetches it; runtime = \"rten\" needs none, and takes more time",
            folder.display()
        )
    }

    /// Loads it.
    pub(super) fn load(path: &Path) -> Result<Environment, EngineError> {
        let unusable = |found: String| EngineError::Library {
            path: path.to_owned(),
            found,
        };
        if let Some(fault) = Self::fault(path) {
            return Err(unusable(fault));
        }
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(environment) = &*loaded {
            return Ok(environment.clone());
        }
        // A relative path would be looked for beside the program.
        let absolute: PathBuf = std::path::absolute(path).map_err(|e| unusable(e.to_string()))?;
        let environment = ort::init_from(absolute)
            .map_err(|error| unusable(error.to_string()))?
            .with_telemetry(false)
            // Its own way to say something asks for the local time, which the confinement
            // forbids; and it could say what stands on a page.
            .with_logger(Arc::new(|_, _, _, _, _| {}))
            .build()
            .map_err(|error| unusable(error.to_string()))?;
        *loaded = Some(environment.clone());
        Ok(environment)
    }
}

/// The digest of a file that need not be held in memory for it.
fn digest(path: &Path) -> io::Result<String> {
    let mut file = BufReader::with_capacity(1 << 16, File::open(path)?);
    let mut hasher = Sha256::new();
    loop {
        let bytes = file.fill_buf()?;
        if bytes.is_empty() {
            return Ok(Digest::from(hasher).to_string());
        }
        hasher.update(bytes);
        let count = bytes.len();
        file.consume(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_file_is_not_the_library() {
        let said = Library::load(Path::new("/no/such/folder/libonnxruntime.so"));
        let said = said.err().unwrap().to_string();
        for part in [
            "the OCR runtime /no/such/folder/libonnxruntime.so cannot be used",
            "No such file",
            "deploy/onnxruntime /no/such/folder fetches it",
        ] {
            assert!(said.contains(part), "{said}");
        }
        // A file that is there on every machine, and is no library.
        let said = Library::load(Path::new("/etc/passwd"));
        let said = said.err().unwrap().to_string();
        assert!(said.contains("SHA-256"), "{said}");
        assert!(said.contains(Library::SHA256.unwrap()), "{said}");
    }
}
