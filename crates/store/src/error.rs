//! What can go wrong at a store, by what a caller does about it.

use std::error::Error as _;
use std::fmt;
use std::io::ErrorKind;

/// What was being done when a store failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Creating an object.
    Create,
    /// Reading an object.
    Read,
    /// Asking whether an object is there.
    Look,
    /// Listing objects.
    List,
    /// Deleting an object.
    Delete,
    /// Publishing the newest form of an object.
    Publish,
    /// Making a write or a deletion durable.
    Sync,
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "write",
            Self::Read => "read",
            Self::Look => "look for",
            Self::List => "list",
            Self::Delete => "delete",
            Self::Publish => "publish",
            Self::Sync => "sync",
        })
    }
}

/// A store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no room: disk, inodes, quota or file-size limit. Nothing is acknowledged; the
    /// same call succeeds once there is room.
    #[error(
        "no room in {store} to {doing} {path}: free space, inodes or raise the limit, then repeat"
    )]
    Full {
        /// The store's name.
        store: String,
        /// The object.
        path: String,
        /// What was being done.
        doing: Doing,
        /// What the store said.
        #[source]
        source: object_store::Error,
    },
    /// The store refuses these credentials or this user.
    #[error(
        "{store} does not allow to {doing} {path}: check its credentials or the folder's owner and mode"
    )]
    Denied {
        /// The store's name.
        store: String,
        /// The object.
        path: String,
        /// What was being done.
        doing: Doing,
        /// What the store said.
        #[source]
        source: object_store::Error,
    },
    /// The store failed in another way, also after repeating.
    #[error("{store} failed to {doing} {path}")]
    Failed {
        /// The store's name.
        store: String,
        /// The object.
        path: String,
        /// What was being done.
        doing: Doing,
        /// What the store said.
        #[source]
        source: object_store::Error,
    },
    /// A local folder or file could not be synced or locked.
    #[error("{store} failed to {doing} {path}")]
    Local {
        /// The store's name.
        store: String,
        /// The object.
        path: String,
        /// What was being done.
        doing: Doing,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// The object is larger than the caller takes.
    #[error("{path} in {store} is {size_bytes} bytes, more than the {max_bytes} that are taken")]
    TooLarge {
        /// The store's name.
        store: String,
        /// The object.
        path: String,
        /// Its size.
        size_bytes: u64,
        /// The most that is taken.
        max_bytes: u64,
    },
    /// The store gave other than as many bytes as it says the object has, and no error.
    #[error(
        "{store} gave {found_bytes} of the {size_bytes} bytes of {path}: repeat; if it stays so, check the store"
    )]
    Short {
        /// The store's name.
        store: String,
        /// The object.
        path: String,
        /// Its size.
        size_bytes: u64,
        /// How many bytes came.
        found_bytes: u64,
    },
    /// The object was deleted and is still there.
    #[error("{path} was deleted from {store} and is still there: the store does not delete")]
    StillThere {
        /// The store's name.
        store: String,
        /// The object.
        path: String,
    },
    /// The store says that an object exists and then that it doesn't, again and again.
    #[error(
        "{store} says that {path} exists and cannot show it: its answers contradict each other"
    )]
    Contradiction {
        /// The store's name.
        store: String,
        /// The object.
        path: String,
    },
    /// The text cannot be the path of an object.
    #[error("{path:?} cannot be the path of an object")]
    BadPath {
        /// The text.
        path: String,
    },
}

impl StoreError {
    pub(crate) fn new(store: &str, path: &str, doing: Doing, source: object_store::Error) -> Self {
        let (store, path) = (store.to_owned(), path.to_owned());
        match io_kind(&source) {
            Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge) => {
                Self::Full {
                    store,
                    path,
                    doing,
                    source,
                }
            }
            Some(ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => Self::Denied {
                store,
                path,
                doing,
                source,
            },
            _ if matches!(
                source,
                object_store::Error::PermissionDenied { .. }
                    | object_store::Error::Unauthenticated { .. }
            ) =>
            {
                Self::Denied {
                    store,
                    path,
                    doing,
                    source,
                }
            }
            _ => Self::Failed {
                store,
                path,
                doing,
                source,
            },
        }
    }

    /// Whether writing again at once could help: false where there is no room or no right.
    pub(crate) const fn may_pass(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::Local { .. })
    }

    /// Whether there was no room.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        matches!(self, Self::Full { .. })
    }
}

/// The operating system's word, if one stands anywhere in the chain.
fn io_kind(error: &object_store::Error) -> Option<ErrorKind> {
    let mut next = error.source();
    while let Some(cause) = next {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            return Some(io.kind());
        }
        next = cause.source();
    }
    None
}
