//! The journal: ledger and catalog kept in step, and commands decided between them.
//!
//! A command is decided against the catalog plus what the current group has decided
//! ([`View`]), becomes an entry, and goes with all others that wait into one commit (group
//! commit). Only when that commit is durable and was read back is the catalog advanced and
//! anybody answered: the catalog never runs ahead. A writer that loses the race for a number
//! reads the winner's commit, brings its catalog up to date and decides again.
//!
//! Invariants:
//! - one commit in flight at a time;
//! - a request id that the ledger knows is answered with its stored entry, never entered twice;
//! - every entry of a commit has the same time, which never goes back;
//! - after a finding that the ledger was cut or forked nothing is written ([`Standing`]);
//! - an unknown outcome is never an acknowledgement: [`JournalError::Unsettled`].
//!
//! What it does not do: it knows no vault and no page, holds no rule of its own, and gives no
//! way to remove an entry.

mod clients;
mod committer;
mod days;
mod described;
mod error;
mod findings;
mod index;
mod lookup;
mod nodes;
mod opening;
mod origins;
mod queue;
mod reference;
mod sheets;
mod view;

use std::sync::Arc;

use catalog::Catalog;
use domain::{RequestId, Timestamp};
use entries::Draft;
use tokio::sync::{mpsc, oneshot};

pub use clients::ChangeOf;
pub use described::{described, filed_with};
pub use error::JournalError;
pub use lookup::Lookup;
pub use nodes::CatalogNodes;
pub use opening::{Opened, Options, Standing};
pub use origins::Delivered;
pub use queue::{Queued, RETURNED, WITHDRAWN};
pub use sheets::{FlowPlace, Sheet, signature, signed, taken};
pub use view::{BatchStanding, OpenBatch, View};

/// How a command was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entered {
    /// It is entered now, durably.
    New {
        /// The entry's number in the ledger.
        index: u64,
        /// The entry's time.
        at: Timestamp,
    },
    /// The ledger knew the request: this is its entry.
    Known {
        /// The entry's number in the ledger.
        index: u64,
    },
}

impl Entered {
    /// The entry's number.
    #[must_use]
    pub const fn index(&self) -> u64 {
        match self {
            Self::New { index, .. } | Self::Known { index } => *index,
        }
    }
}

/// What decides a command. It is called again whenever another writer was faster, so it must
/// answer from the view alone.
pub(crate) type Decide = Box<dyn FnMut(&View<'_>) -> Result<Draft, JournalError> + Send>;

/// A command that waits for its commit.
pub(crate) struct Waiting {
    pub(crate) id: RequestId,
    pub(crate) decide: Decide,
    pub(crate) answer: oneshot::Sender<Result<Entered, JournalError>>,
}

/// The handle to a journal. Cheap to clone; the last one gone ends the committer.
#[derive(Clone)]
pub struct Journal {
    catalog: Arc<Catalog>,
    commands: mpsc::Sender<Waiting>,
}

impl Journal {
    /// The catalog, for queries. It is never ahead of the ledger.
    #[must_use]
    pub const fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// Enters what `decide` makes of the view, once, under this request's id.
    ///
    /// # Errors
    /// Nothing is entered, but for [`JournalError::Unsettled`], where it may be.
    pub async fn enter(
        &self,
        id: RequestId,
        decide: impl FnMut(&View<'_>) -> Result<Draft, JournalError> + Send + 'static,
    ) -> Result<Entered, JournalError> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting {
            id,
            decide: Box::new(decide),
            answer,
        };
        self.commands
            .send(waiting)
            .await
            .map_err(|_| JournalError::Ended)?;
        answered.await.unwrap_or(Err(JournalError::Ended))
    }
}
