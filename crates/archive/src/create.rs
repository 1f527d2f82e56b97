//! Creating an archive (建档).

use std::sync::Arc;

use domain::{Actor, Clock, Digest, Epoch, FondsId, RequestId, Via};
use entries::{BUILT_IN_RULES, Body, Draft, Fonds, FondsCreated, KeyRing};
use ledger::log::{Identity as LedgerIdentity, Ledger, Signers};
use ledger::note::SignerKey;
use store::{Creation, ProbeReport, Store, StoreOptions};
use vault::Identity;

use crate::folder::{Folder, Secret};
use crate::{Archive, ArchiveError, Config};

/// How many rounds the probe races in, where nobody asks for more.
pub const PROBE_ROUNDS: u32 = 24;

/// What a new archive is made of.
pub struct NewArchive {
    /// Its folder on this machine.
    pub folder: Folder,
    /// The organisation's name for it (全宗名称).
    pub name: String,
    /// Where its objects go: a folder, or a URL.
    pub store_url: String,
    /// Settings of the store that stand in no URL.
    pub store_options: StoreOptions,
    /// How many rounds the probe of the store races in: [`PROBE_ROUNDS`], or more for a store
    /// that breaks its promise only at times.
    pub probe_rounds: u32,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Who creates it.
    pub actor: Actor,
    /// By which door.
    pub via: Via,
}

/// What was made.
pub struct Created {
    /// The archive's description, as it stands in the store.
    pub fonds: Fonds,
    /// What the probe of the store found.
    pub probe: ProbeReport,
}

impl Archive {
    /// Makes an archive: store, secrets, configuration, first entry. Nothing that is there is
    /// overwritten.
    pub async fn create(new: NewArchive) -> Result<Created, ArchiveError> {
        let NewArchive {
            folder,
            name,
            store_url,
            store_options,
            probe_rounds,
            clock,
            actor,
            via,
        } = new;
        if folder.secrets_path().exists() && !folder.config_path().exists() {
            return Err(ArchiveError::Unconfigured {
                folder: folder.path().to_owned(),
            });
        }
        for path in [
            folder.config_path(),
            folder.secrets_path(),
            folder.catalog_path(),
        ] {
            if path.exists() {
                return Err(ArchiveError::Exists { path });
            }
        }
        store::make_folder(folder.path()).map_err(|source| ArchiveError::File {
            path: folder.path().to_owned(),
            doing: "made",
            source,
        })?;
        let store = Store::open(&store_url, folder.path(), &store_options)?;
        if store.size(FONDS_PATH).await?.is_some() {
            return Err(ArchiveError::StoreTaken {
                store: store.name().to_owned(),
            });
        }
        let probe = store.probe(probe_rounds, true).await?;

        let fonds_id = FondsId::from_bytes(random()?);
        let keys = Keys::generate(fonds_id)?;
        let fonds = keys.fonds(fonds_id, name, clock.as_ref());
        keys.write(&folder, clock.as_ref())?;
        write_config(&folder, &store_url)?;
        let bytes = fonds.to_bytes().map_err(|error| ArchiveError::Fonds {
            store: store.name().to_owned(),
            why: error.to_string(),
        })?;
        match store.create(FONDS_PATH, bytes.clone().into()).await? {
            Creation::Mine => {}
            Creation::Taken(_) => {
                return Err(ArchiveError::StoreTaken {
                    store: store.name().to_owned(),
                });
            }
        }
        begin(
            &store,
            &fonds,
            &bytes,
            &keys.signers(),
            clock.as_ref(),
            (actor, via),
            probe,
        )
        .await?;
        // Whatever probes there were before, the store is this archive's now.
        store.sweep_probes().await?;
        store.settle_all().await?;
        Ok(Created { fonds, probe })
    }
}

/// Where the description of the archive lies.
pub(crate) const FONDS_PATH: &str = "fonds.json";

/// Writes the first entry.
pub(crate) async fn begin(
    store: &Store,
    fonds: &Fonds,
    bytes: &[u8],
    signers: &Signers,
    clock: &dyn Clock,
    (actor, via): (Actor, Via),
    probe: ProbeReport,
) -> Result<(), ArchiveError> {
    let draft = Draft {
        id: RequestId::from_bits(u128::from_be_bytes(random()?)),
        actor,
        via,
        body: Body::FondsCreated(FondsCreated {
            fonds: fonds.fonds,
            fonds_sha256: Digest::of(bytes),
            format: Fonds::VERSION,
            program: format!("vouchsafe {}", env!("CARGO_PKG_VERSION")),
            probe_rounds: probe.rounds,
        }),
        rules: BUILT_IN_RULES.to_owned(),
    };
    let line = draft.line(clock.now())?;
    let identity = ledger_identity(fonds, bytes)?;
    let mut ledger = Ledger::new(store.clone(), identity, None);
    ledger.begin(&[line], signers).await?;
    Ok(())
}

/// Whom the ledger of this archive believes.
pub(crate) fn ledger_identity(fonds: &Fonds, bytes: &[u8]) -> Result<LedgerIdentity, ArchiveError> {
    Ok(LedgerIdentity {
        fonds: fonds.fonds,
        fonds_sha256: Digest::of(bytes),
        log_key: fonds.log.parse()?,
        writers: fonds
            .writers
            .iter()
            .map(|key| key.parse())
            .collect::<Result<_, _>>()?,
    })
}

/// The first epoch of keys.
pub(crate) const FIRST_EPOCH: Epoch = Epoch(0);

struct Keys {
    archive: Identity,
    recovery: Identity,
    search: Identity,
    intake: Identity,
    writer: SignerKey,
    log: SignerKey,
}

impl Keys {
    fn generate(fonds: FondsId) -> Result<Self, ArchiveError> {
        let host = u32::from_be_bytes(random()?);
        Ok(Self {
            archive: Identity::generate(),
            recovery: Identity::generate(),
            search: Identity::generate(),
            intake: Identity::generate(),
            writer: SignerKey::generate(&format!("writer-{host:08x}"))?,
            log: SignerKey::generate(&format!("vouchsafe/{fonds}"))?,
        })
    }

    fn fonds(&self, fonds: FondsId, name: String, clock: &dyn Clock) -> Fonds {
        Fonds {
            vouchsafe: Fonds::VERSION,
            fonds,
            name,
            created: clock.now(),
            recipients: KeyRing {
                archive: vec![self.archive.recipient()],
                recovery: vec![self.recovery.recipient()],
                search: vec![self.search.recipient()],
            },
            intake: self.intake.recipient(),
            log: self.log.verifier().to_string(),
            writers: vec![self.writer.verifier().to_string()],
        }
    }

    fn signers(&self) -> Signers {
        Signers {
            writer: self.writer.clone(),
            log: self.log.clone(),
        }
    }

    fn write(&self, folder: &Folder, clock: &dyn Clock) -> Result<(), ArchiveError> {
        folder.make_secrets()?;
        let now = clock.now();
        let identities = [
            (Secret::Archive, &self.archive),
            (Secret::Recovery, &self.recovery),
            (Secret::Search, &self.search),
            (Secret::Intake, &self.intake),
        ];
        for (secret, identity) in identities {
            folder.write_secret(secret, &identity.to_file_text(now))?;
        }
        for (secret, key) in [(Secret::Writer, &self.writer), (Secret::Log, &self.log)] {
            Folder::write_new(
                &folder.secret_path(secret),
                &format!("{}\n", key.to_secret_text()),
            )?;
        }
        Ok(())
    }
}

fn write_config(folder: &Folder, store_url: &str) -> Result<(), ArchiveError> {
    let path = folder.config_path();
    let config = toml::to_string(&Config::new(store_url)).map_err(|error| ArchiveError::File {
        path: path.clone(),
        doing: "written",
        source: std::io::Error::other(error),
    })?;
    Folder::write_new(&path, &format!("{CONFIG_HEAD}{config}"))
}

const CONFIG_HEAD: &str = "# The configuration of this archive on this machine. Every key and its default stand in\n# the README. Rules (classes, deadlines, retention) are not set here.\n\n";

pub(crate) fn random<const N: usize>() -> Result<[u8; N], ArchiveError> {
    let mut bytes = [0u8; N];
    getrandom::fill(&mut bytes).map_err(|_| ArchiveError::Random)?;
    Ok(bytes)
}
