//! From the configuration's words to a store.

use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, S3ConditionalPut};
use object_store::prefix::PrefixStore;
use url::Url;

use crate::{Store, StoreError};

/// Settings of a store that do not stand in its URL: endpoint, region, credentials, by the
/// names of the usual variables (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
/// `AWS_ENDPOINT_URL`, `AWS_REGION`, …). Whoever reads the environment passes them in.
#[derive(Clone, Default)]
pub struct StoreOptions(Vec<(String, String)>);

impl StoreOptions {
    /// Keeps what an S3 client understands of these names and values.
    #[must_use]
    pub fn from_variables(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(
            variables
                .into_iter()
                .filter(|(name, _)| name.starts_with("AWS_"))
                .collect(),
        )
    }

    fn has_credentials(&self) -> bool {
        let mut names = self.0.iter().map(|(name, _)| name.as_str());
        names.any(|name| SOURCES_OF_CREDENTIALS.contains(&name))
    }
}

/// The variables that name where credentials come from. Without any of them the client would
/// ask the metadata service of a cloud machine, and nothing is asked that was not configured.
const SOURCES_OF_CREDENTIALS: [&str; 6] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_METADATA_ENDPOINT",
    "AWS_SKIP_SIGNATURE",
];

/// The configured store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is of a kind that is not known here.
    #[error("{url:?} is no store: expected a folder, a file:// URL or s3://BUCKET/PREFIX")]
    UnknownScheme {
        /// What was configured.
        url: String,
    },
    /// The settings for S3 do not make a client.
    #[error(
        "the S3 store {url} cannot be opened: check AWS_ENDPOINT_URL, AWS_REGION and the credentials"
    )]
    S3 {
        /// What was configured.
        url: String,
        /// What is wrong.
        #[source]
        source: object_store::Error,
    },
    /// No credentials were given.
    #[error(
        "the S3 store {url} needs credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or another source by its variable"
    )]
    NoCredentials {
        /// What was configured.
        url: String,
    },
    /// The folder cannot be opened.
    #[error(transparent)]
    Local(#[from] StoreError),
}

impl Store {
    /// Opens what a configuration names: a folder (relative to `base`), `file://…`, or
    /// `s3://bucket/prefix`.
    pub fn open(text: &str, base: &FsPath, options: &StoreOptions) -> Result<Self, OpenError> {
        let unknown = || OpenError::UnknownScheme {
            url: text.to_owned(),
        };
        if !text.contains("://") {
            return Ok(Self::local(&base.join(PathBuf::from(text)))?);
        }
        let url = Url::parse(text).map_err(|_| unknown())?;
        match url.scheme() {
            "file" => Ok(Self::local(&url.to_file_path().map_err(|()| unknown())?)?),
            "s3" if !options.has_credentials() => Err(OpenError::NoCredentials {
                url: text.to_owned(),
            }),
            "s3" => Self::s3(&url, options).map_err(|source| OpenError::S3 {
                url: text.to_owned(),
                source,
            }),
            _ => Err(unknown()),
        }
    }

    fn s3(url: &Url, options: &StoreOptions) -> object_store::Result<Self> {
        let mut builder = AmazonS3Builder::new()
            .with_url(url.as_str())
            .with_conditional_put(S3ConditionalPut::ETagMatch);
        for (name, value) in &options.0 {
            if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
                builder = builder.with_config(key, value);
            }
            // A store on this machine or in the same room often has no certificate.
            if name == "AWS_ENDPOINT_URL" && value.starts_with("http://") {
                builder = builder.with_allow_http(true);
            }
        }
        let s3 = builder.build()?;
        let name = format!("the store {url}");
        let prefix = url.path().trim_matches('/').to_owned();
        Ok(if prefix.is_empty() {
            Self::over(Arc::new(s3), name)
        } else {
            Self::over(Arc::new(PrefixStore::new(s3, prefix)), name)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_store_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let open = |text: &str| Store::open(text, folder.path(), &StoreOptions::default());
        assert!(matches!(
            open("ftp://host/x"),
            Err(OpenError::UnknownScheme { .. })
        ));
        assert!(matches!(
            open("http://"),
            Err(OpenError::UnknownScheme { .. })
        ));
        assert!(open("store").is_ok() && folder.path().join("store").is_dir());
        // The metadata service of a cloud machine is not asked on a guess.
        assert!(matches!(
            open("s3://bucket/some/prefix"),
            Err(OpenError::NoCredentials { .. })
        ));
        let key = [("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "y")];
        let key = StoreOptions::from_variables(key.map(|(n, v)| (n.to_owned(), v.to_owned())));
        assert!(Store::open("s3://bucket/some/prefix", folder.path(), &key).is_ok());
    }
}
