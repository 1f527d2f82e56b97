//! The archive's folder on this machine: configuration, secrets, catalog.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use ledger::note::SignerKey;
use vault::{ExposeSecret as _, Identity, SecretString};

use crate::{ArchiveError, Config};

/// A key that lies in `secrets/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// Opens records. An age identity.
    Archive,
    /// Opens records when the archive's identity is lost. An age identity.
    Recovery,
    /// Opens what was read from records. An age identity.
    Search,
    /// Opens the inbox; request ids are made with it. An age identity.
    Intake,
    /// Signs this host's commits. A signed-note key.
    Writer,
    /// Signs checkpoints. A signed-note key.
    Log,
}

impl Secret {
    /// Its file in `secrets/`.
    #[must_use]
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Archive => "archive.txt",
            Self::Recovery => "recovery.txt",
            Self::Search => "search.txt",
            Self::Intake => "intake.txt",
            Self::Writer => "writer.key",
            Self::Log => "log.key",
        }
    }
}

/// The archive's folder.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder at this path, which need not be there yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The configuration file.
    #[must_use]
    pub fn config_path(&self) -> PathBuf {
        self.0.join("vouchsafe.toml")
    }

    /// The catalog's folder.
    #[must_use]
    pub fn catalog_path(&self) -> PathBuf {
        self.0.join("catalog")
    }

    /// Where a secret lies.
    #[must_use]
    pub fn secret_path(&self, secret: Secret) -> PathBuf {
        self.secrets_path().join(secret.file_name())
    }

    /// The folder of the secrets.
    #[must_use]
    pub fn secrets_path(&self) -> PathBuf {
        self.0.join("secrets")
    }

    /// Reads the configuration.
    pub fn config(&self) -> Result<Config, ArchiveError> {
        let path = self.config_path();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let folder = self.0.clone();
                return Err(if self.secrets_path().exists() {
                    ArchiveError::Unconfigured { folder }
                } else {
                    ArchiveError::NoArchive { folder }
                });
            }
            Err(source) => {
                return Err(ArchiveError::File {
                    path,
                    doing: "read",
                    source,
                });
            }
        };
        let config: Config = toml::from_str(&text).map_err(|source| ArchiveError::Config {
            path: path.clone(),
            source,
        })?;
        if config.version != Config::VERSION {
            return Err(ArchiveError::ConfigVersion {
                path,
                found: config.version,
            });
        }
        Ok(config)
    }

    /// The text of a secret, if it is there.
    fn secret(&self, secret: Secret) -> Result<Option<String>, ArchiveError> {
        let path = self.secret_path(secret);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(ArchiveError::File {
                path,
                doing: "read",
                source,
            }),
        }
    }

    /// An age identity; `needed_for` says what cannot be done without it.
    pub fn identity(
        &self,
        secret: Secret,
        needed_for: &'static str,
    ) -> Result<Identity, ArchiveError> {
        let path = self.secret_path(secret);
        let Some(text) = self.secret(secret)? else {
            return Err(ArchiveError::SecretMissing { path, needed_for });
        };
        Identity::from_file_text(&text).map_err(|error| ArchiveError::SecretUnreadable {
            path,
            why: error.to_string(),
        })
    }

    /// The secret line of the intake identity, to derive request ids from.
    pub(crate) fn intake_secret(&self) -> Result<String, ArchiveError> {
        let path = self.secret_path(Secret::Intake);
        let needed_for = "taking files in";
        self.identity(Secret::Intake, needed_for)?;
        let text = self.secret(Secret::Intake)?.unwrap_or_default();
        text.lines()
            .map(str::trim)
            .find(|line| !line.is_empty() && !line.starts_with('#'))
            .map(str::to_owned)
            .ok_or(ArchiveError::SecretMissing { path, needed_for })
    }

    /// A signing key, if it is there.
    pub(crate) fn signer(&self, secret: Secret) -> Result<Option<SignerKey>, ArchiveError> {
        let Some(text) = self.secret(secret)? else {
            return Ok(None);
        };
        text.trim()
            .parse()
            .map(Some)
            .map_err(
                |error: ledger::note::KeyError| ArchiveError::SecretUnreadable {
                    path: self.secret_path(secret),
                    why: error.to_string(),
                },
            )
    }

    /// Makes the folder of the secrets, which must not be there.
    pub(crate) fn make_secrets(&self) -> Result<(), ArchiveError> {
        let failed = |path: PathBuf| {
            move |source| ArchiveError::File {
                path,
                doing: "made",
                source,
            }
        };
        std::fs::create_dir_all(&self.0).map_err(failed(self.0.clone()))?;
        let path = self.secrets_path();
        let made = std::fs::DirBuilder::new().mode(0o700).create(&path);
        match made {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                Err(ArchiveError::Exists { path })
            }
            Err(source) => Err(failed(path)(source)),
        }
    }

    /// Writes a new secret, durably.
    pub(crate) fn write_secret(
        &self,
        secret: Secret,
        text: &SecretString,
    ) -> Result<(), ArchiveError> {
        Self::write_new(&self.secret_path(secret), text.expose_secret())
    }

    /// Writes a new file that only its owner reads, durably.
    pub(crate) fn write_new(path: &Path, text: &str) -> Result<(), ArchiveError> {
        let write = || -> std::io::Result<()> {
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            path.parent()
                .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
        };
        write().map_err(|source| {
            let path = path.to_owned();
            if source.kind() == std::io::ErrorKind::AlreadyExists {
                ArchiveError::Exists { path }
            } else {
                ArchiveError::File {
                    path,
                    doing: "written",
                    source,
                }
            }
        })
    }
}
