//! Which files there are, and which records they make.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use domain::{BusinessDate, Digest};

use crate::sidecar::{Facts, SIDECAR_BYTES_MAX, Sidecar};

/// A file to take in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its name as it is kept sealed: below the folder that was given.
    pub name: PathBuf,
}

/// One record to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedRecord {
    /// Its files, in order, never none. A file that a sidecar names and that is not there is
    /// left out; if none is there, the sidecar itself stands for them.
    pub files: Vec<SourceFile>,
    /// What a sidecar says about it.
    pub facts: Facts,
    /// What is wrong with it before anything was read.
    pub trouble: Option<Trouble>,
    /// What a system that delivers it says of it; none of what is scanned.
    pub native: Option<Native>,
}

/// What a system says of a document that it delivers as it was born (R03, R15).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Native {
    /// SHA-256 of its one file.
    pub sha256: Digest,
    /// When the client agreed that a third party gives it (R14).
    pub consent: Option<BusinessDate>,
}

/// What is wrong with a planned record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The sidecar cannot be read; the file of this record is the sidecar itself.
    Sidecar(String),
    /// Its sidecar names this file, which is not there.
    FileMissing(String),
    /// It cannot be read, or is a link, a pipe or a device: nothing of it is taken.
    NotAFile(String),
}

/// A path cannot be looked into.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// It is not there, or may not be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
}

/// Which records these paths make: each file one, unless a sidecar in its folder says which
/// belong together. Folders are looked into all the way down; what begins with a dot is passed
/// over. Sorted by name, with what cannot be taken at the end.
pub fn plan(paths: &[PathBuf]) -> Result<Vec<PlannedRecord>, PlanError> {
    let (mut files, mut others) = (BTreeMap::new(), Vec::new());
    for given in paths {
        let unreadable = |source| PlanError::Unreadable {
            path: given.clone(),
            source,
        };
        let meta = std::fs::metadata(given).map_err(unreadable)?;
        if meta.is_dir() {
            walk(given, Path::new(""), &mut files, &mut others);
        } else {
            let name = given.file_name().map(PathBuf::from).unwrap_or_default();
            files.insert(given.clone(), name);
        }
    }
    let mut records = group(files);
    records.extend(others);
    Ok(records)
}

/// Looks into a folder. What cannot be taken is named and not passed over: a page could be
/// missed.
fn walk(
    folder: &Path,
    below: &Path,
    files: &mut BTreeMap<PathBuf, PathBuf>,
    others: &mut Vec<PlannedRecord>,
) {
    let refused = |path: &Path, why: String| PlannedRecord {
        files: vec![SourceFile {
            path: path.to_owned(),
            name: below.to_owned(),
        }],
        facts: Facts::default(),
        trouble: Some(Trouble::NotAFile(why)),
        native: None,
    };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return others.push(refused(folder, error.to_string())),
    };
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                others.push(refused(folder, error.to_string()));
                continue;
            }
        };
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(&entry.path(), &below.join(&name), files, others),
            Ok(kind) if kind.is_file() => {
                files.insert(entry.path(), below.join(&name));
            }
            Ok(_) => others.push(refused(&entry.path(), "it is no plain file".to_owned())),
            Err(error) => others.push(refused(&entry.path(), error.to_string())),
        }
    }
}

fn group(mut files: BTreeMap<PathBuf, PathBuf>) -> Vec<PlannedRecord> {
    let sidecars: Vec<(PathBuf, PathBuf)> = files
        .iter()
        .filter(|(path, _)| {
            path.extension()
                .is_some_and(|e| e.eq_ignore_ascii_case("json"))
        })
        .map(|(path, name)| (path.clone(), name.clone()))
        .collect();
    let mut records = Vec::new();
    for (path, name) in sidecars {
        files.remove(&path);
        match read_sidecar(&path) {
            Ok(sidecar) => {
                let folder = (path.parent(), name.parent());
                for declared in sidecar.records {
                    let mut record = declare(declared.files, declared.facts, folder, &mut files);
                    // Of a record none of whose files is there, the sidecar is what is kept.
                    if record.files.is_empty() {
                        record.files.push(SourceFile {
                            path: path.clone(),
                            name: name.clone(),
                        });
                    }
                    records.push(record);
                }
            }
            Err(why) => records.push(PlannedRecord {
                files: vec![SourceFile { path, name }],
                facts: Facts::default(),
                trouble: Some(Trouble::Sidecar(why)),
                native: None,
            }),
        }
    }
    records.extend(files.into_iter().map(|(path, name)| PlannedRecord {
        files: vec![SourceFile { path, name }],
        facts: Facts::default(),
        trouble: None,
        native: None,
    }));
    records.sort_by(|a, b| first_name(a).cmp(&first_name(b)));
    records
}

fn first_name(record: &PlannedRecord) -> Option<&OsStr> {
    record.files.first().map(|file| file.name.as_os_str())
}

fn declare(
    names: Vec<String>,
    facts: Facts,
    (folder, below): (Option<&Path>, Option<&Path>),
    files: &mut BTreeMap<PathBuf, PathBuf>,
) -> PlannedRecord {
    let mut record = PlannedRecord {
        files: Vec::new(),
        facts,
        trouble: None,
        native: None,
    };
    for name in names {
        let path = folder.unwrap_or(Path::new("")).join(&name);
        let listed = files.remove(&path);
        if listed.is_some() || path.is_file() {
            let name = listed.unwrap_or_else(|| below.unwrap_or(Path::new("")).join(&name));
            record.files.push(SourceFile { path, name });
        } else {
            record.trouble.get_or_insert(Trouble::FileMissing(name));
        }
    }
    record
}

fn read_sidecar(path: &Path) -> Result<Sidecar, String> {
    let size_bytes = std::fs::metadata(path)
        .map_err(|error| error.to_string())?
        .len();
    if size_bytes > SIDECAR_BYTES_MAX {
        return Err(format!(
            "{size_bytes} bytes, expected at most {SIDECAR_BYTES_MAX}"
        ));
    }
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    Sidecar::parse(&bytes).map_err(|error| match std::error::Error::source(&error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "the test makes its own files")]
    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        folder
    }

    #[test]
    fn a_file_is_a_record_unless_a_sidecar_says_otherwise() {
        let sidecar = r#"{"v":1,"records":[{"files":["2.jpg","1.jpg"],"client":"88"},{"files":["gone.jpg"]}]}"#;
        let folder = folder(&[
            ("a.tif", "a"),
            (".hidden", "h"),
            ("day/1.jpg", "1"),
            ("day/2.jpg", "2"),
            ("day/3.jpg", "3"),
            ("day/day.json", sidecar),
            ("bad/x.json", "{"),
        ]);
        let records = plan(&[folder.path().to_owned()]).unwrap();
        let names: Vec<Vec<String>> = records
            .iter()
            .map(|r| {
                r.files
                    .iter()
                    .map(|f| f.name.display().to_string())
                    .collect()
            })
            .collect();
        assert_eq!(
            names,
            [
                vec!["a.tif".to_owned()],
                vec!["bad/x.json".to_owned()],
                vec!["day/2.jpg".to_owned(), "day/1.jpg".to_owned()],
                vec!["day/3.jpg".to_owned()],
                vec!["day/day.json".to_owned()],
            ]
        );
        assert_eq!(
            records[4].trouble,
            Some(Trouble::FileMissing("gone.jpg".to_owned()))
        );
        assert!(matches!(records[1].trouble, Some(Trouble::Sidecar(_))));
        assert_eq!(records[2].facts.client.as_ref().unwrap().as_str(), "88");
        assert!(plan(&[folder.path().join("none")]).is_err());
    }
}
