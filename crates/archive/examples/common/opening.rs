//! An archive for measuring, and its journal.

use std::path::Path;
use std::sync::Arc;

use archive::{Archive, Folder, NewArchive};
use catalog::{Catalog, Settings};
use domain::{Actor, Clock, Digest, Timestamp, Via};
use entries::Fonds;
use journal::{Journal, Options};
use ledger::log::{Identity, Signers};
use store::{Store, StoreOptions};

/// The clock of the system.
pub struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        Timestamp::from_unix_ms(i64::try_from(since.as_millis()).unwrap())
    }
}

/// Whoever acts in a measurement.
pub fn actor(account: &str) -> Actor {
    Actor {
        person: None,
        account: account.parse().unwrap(),
        roles: Vec::new(),
        branch: None,
    }
}

/// A new archive in this folder, over this store.
pub async fn create(folder: &Path, store_url: &str, options: StoreOptions, clock: Arc<dyn Clock>) {
    Archive::create(NewArchive {
        folder: Folder::new(folder),
        name: "measured".to_owned(),
        store_url: store_url.to_owned(),
        store_options: options,
        probe_rounds: archive::PROBE_ROUNDS,
        clock,
        actor: actor("measure"),
        via: Via::System,
    })
    .await
    .unwrap();
}

/// The journal of an archive, with a catalog of one's own choice.
pub async fn journal(
    folder: &Path,
    catalog: &Path,
    options: &StoreOptions,
    clock: Arc<dyn Clock>,
) -> Journal {
    let folder = Folder::new(folder);
    let config = folder.config().unwrap();
    let store = Store::open(&config.store.url, folder.path(), options).unwrap();
    let bytes = store.read("fonds.json", 1 << 20).await.unwrap().unwrap();
    let fonds = Fonds::from_bytes(&bytes).unwrap();
    let key = |name: &str| std::fs::read_to_string(folder.secrets_path().join(name)).unwrap();
    let opened = Journal::open(Options {
        store,
        identity: Identity {
            fonds: fonds.fonds,
            fonds_sha256: Digest::of(&bytes),
            log_key: fonds.log.parse().unwrap(),
            writers: vec![fonds.writers[0].parse().unwrap()],
        },
        signers: Some(Signers {
            writer: key("writer.key").trim().parse().unwrap(),
            log: key("log.key").trim().parse().unwrap(),
        }),
        catalog: Arc::new(Catalog::open(catalog, &Settings::default()).unwrap()),
        clock,
        clock_ahead_days_max: config.clock.ahead_days_max,
    })
    .await
    .unwrap();
    opened.journal
}
