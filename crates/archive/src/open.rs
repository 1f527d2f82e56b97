//! Opening an archive: doubt is settled first, then what a crash left is finished or undone.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use catalog::{Catalog, CatalogError, HeadRecord, Settings};
use domain::{Actor, Clock, Digest, LoginName, Via, commit_path};
use entries::Fonds;
use ingest::{Intake, Recovered, RequestKey};
use journal::{Journal, Opened, Options, Standing};
use ledger::commit::COMMIT_MAX_BYTES;
use ledger::log::{Identity as LedgerIdentity, Ledger, Signers};
use reading::ReadOptions;
use reading::fields::template::Known;
use reading::worker::{ConfinementPolicy, Pool, PoolConfig, WorkerCommand};
use store::{Creation, ProbeReport, Store, StoreOptions};
use vault::{Recipients, Vault};

use crate::cases::Rulings;
use crate::create::{FIRST_EPOCH, FONDS_PATH, begin, ledger_identity};
use crate::folder::{Folder, Secret};
use crate::matching::OwedTasks;
use crate::{ArchiveError, Config};

/// The largest `fonds.json` that is read.
const FONDS_BYTES_MAX: u64 = 1024 * 1024;
/// The intent that stands while a process writes: one that is there at opening says that the
/// last one did not come to its end.
pub(crate) const WRITING: &str = "writing";
/// Who acts when the archive itself does.
const SYSTEM_ACCOUNT: &str = "vouchsafe";

/// What the archive is given by whoever runs it.
#[derive(Clone)]
pub struct Environment {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Settings of stores that stand in no URL.
    pub store_options: StoreOptions,
}

/// The stores of an archive.
#[derive(Clone, Debug)]
pub struct Stores {
    /// Headers.
    pub keys: Store,
    /// Everything else.
    pub blobs: Store,
}

impl Stores {
    fn of(folder: &Folder, environment: &Environment) -> Result<Self, ArchiveError> {
        Self::open(folder, &folder.config()?, &environment.store_options)
    }

    /// Opens what the configuration names.
    pub fn open(
        folder: &Folder,
        config: &Config,
        options: &StoreOptions,
    ) -> Result<Self, ArchiveError> {
        let blobs = Store::open(&config.store.url, folder.path(), options)?;
        let keys = match &config.store.keys_url {
            Some(url) => Store::open(url, folder.path(), options)?,
            None => blobs.clone(),
        };
        Ok(Self { keys, blobs })
    }
}

/// What opening found out about the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CatalogNote {
    /// It could not be used and was moved aside; a new one was made from the ledger.
    Rebuilt {
        /// What was wrong with it.
        why: String,
        /// Where it is now.
        aside: PathBuf,
    },
}

/// What opening brought.
#[derive(Clone, Debug)]
pub struct OpenReport {
    /// About the catalog, if there is anything to tell.
    pub catalog: Option<CatalogNote>,
    /// Whether the catalog knew nothing: it is new, or its database was lost.
    pub catalog_was_empty: bool,
    /// How many commits the catalog was behind.
    pub replayed_commits: u64,
    /// Whether the newest checkpoint had to be published again.
    pub republished: bool,
    /// Batches that a crash had left open.
    pub recovered: Vec<Recovered>,
    /// Whether this process writes.
    pub standing: Standing,
}

/// An open archive.
pub struct Archive {
    pub(crate) folder: Folder,
    pub(crate) config: Config,
    pub(crate) fonds: Fonds,
    pub(crate) rulings: Rulings,
    pub(crate) stores: Stores,
    pub(crate) identity: LedgerIdentity,
    pub(crate) journal: Journal,
    pub(crate) vault: Vault,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) standing: Standing,
    writer: Option<String>,
    /// Whether [`WRITING`] is noted.
    writing: AtomicBool,
}

impl Archive {
    /// Opens the archive in a folder. `fonds.json` is created again and must be refused; the
    /// catalog follows the ledger, and one that cannot be read is moved aside and made anew;
    /// batches that a crash of this host left open are finished or undone.
    pub async fn open(
        folder: Folder,
        environment: Environment,
    ) -> Result<(Self, OpenReport), ArchiveError> {
        let stores = Stores::of(&folder, &environment)?;
        Self::open_over(folder, stores, environment).await
    }

    /// [`Archive::open`] with stores that are open already, whatever the configuration names.
    pub async fn open_over(
        folder: Folder,
        stores: Stores,
        environment: Environment,
    ) -> Result<(Self, OpenReport), ArchiveError> {
        let signers = signers(&folder)?;
        Self::open_as(folder, stores, environment, signers).await
    }

    /// Opens the archive to look at it as it stands: nothing is written to its store, what a
    /// crash left is neither finished nor undone, and nothing can be entered. Only the catalog
    /// follows the ledger.
    pub async fn open_to_read(
        folder: Folder,
        environment: Environment,
    ) -> Result<(Self, OpenReport), ArchiveError> {
        let stores = Stores::of(&folder, &environment)?;
        Self::open_as(folder, stores, environment, None).await
    }

    async fn open_as(
        folder: Folder,
        stores: Stores,
        environment: Environment,
        signers: Option<Signers>,
    ) -> Result<(Self, OpenReport), ArchiveError> {
        let config = folder.config()?;
        let (fonds, bytes) = read_fonds(&stores.blobs).await?;
        if signers.is_some() {
            demand_taken(&stores.blobs, &bytes).await?;
        }
        let identity = ledger_identity(&fonds, &bytes)?;
        let writer = signers
            .as_ref()
            .map(|signers| signers.writer.verifier().id());
        if let Some(signers) = &signers {
            finish_creation(&stores, &fonds, &bytes, signers, &identity, &environment).await?;
        }
        let mut step = OpenStep {
            folder: &folder,
            config: &config,
            blobs: &stores.blobs,
            note: None,
        };
        let catalog = step.catalog().await?;
        let options = |catalog: Arc<Catalog>| Options {
            store: stores.blobs.clone(),
            identity: identity.clone(),
            signers: signers.clone(),
            catalog,
            clock: environment.clock.clone(),
            clock_ahead_days_max: config.clock.ahead_days_max,
        };
        let opened = match Journal::open(options(catalog)).await {
            Err(journal::JournalError::Catalog(error))
                if matches!(*error, CatalogError::Unreadable { .. }) =>
            {
                let catalog = step.anew(&error)?;
                Journal::open(options(catalog)).await?
            }
            other => other?,
        };
        let note = step.note;
        let Opened {
            journal,
            standing,
            catalog_was_empty,
            replayed_commits,
            republished,
        } = opened;
        let vault = vault(&stores, &fonds)?;
        let archive = Self {
            folder,
            config,
            fonds,
            rulings: Rulings::new(stores.blobs.clone()),
            stores,
            identity,
            journal,
            vault,
            clock: environment.clock,
            standing: standing.clone(),
            writer,
            writing: AtomicBool::new(false),
        };
        let recovered = match &standing {
            Standing::Sound => {
                let unclean = archive.was_cut_off()?;
                let recovered = archive.recover().await?;
                // An act that cannot be ended now, for want of room or for a wrong clock, is not
                // in anybody's way: its intent stays, and the next opening tries again.
                if let Err(error) = archive.end_interrupted_acts(&system_actor()?).await {
                    tracing::warn!(
                        because = &error as &(dyn std::error::Error + 'static),
                        "acts that a crash cut off are not ended yet"
                    );
                }
                if unclean {
                    archive.begin_writing()?;
                    archive.sweep_cut_off().await?;
                }
                recovered
            }
            Standing::ReadOnly | Standing::Stopped(_) => Vec::new(),
        };
        let report = OpenReport {
            catalog: note,
            catalog_was_empty,
            replayed_commits,
            republished,
            recovered,
            standing,
        };
        Ok((archive, report))
    }

    async fn recover(&self) -> Result<Vec<Recovered>, ArchiveError> {
        if journal::OpenBatch::all(self.journal.catalog())?.is_empty() {
            return Ok(Vec::new());
        }
        self.begin_writing()?;
        // Removing what is nobody's needs no key of intake.
        let intake =
            self.intake_with(None, RequestKey::derive(b""), ReadOptions::default(), None)?;
        Ok(intake.recover(&system_actor()?).await?)
    }

    /// Notes, before the first write, that this process writes.
    pub(crate) fn begin_writing(&self) -> Result<(), ArchiveError> {
        if !self.writing.load(Relaxed) {
            self.catalog().put_intent(WRITING)?;
            self.writing.store(true, Relaxed);
        }
        Ok(())
    }

    /// Whether the last process that wrote here was cut off.
    fn was_cut_off(&self) -> Result<bool, ArchiveError> {
        Ok(self.catalog().intents()?.iter().any(|i| i == WRITING))
    }

    /// Removes what uploads that were cut off left: beside objects that are there, and of the
    /// next commit, whose writer, should there be one on another host, writes it again.
    async fn sweep_cut_off(&self) -> Result<(), ArchiveError> {
        let next = self.catalog().head()?.map_or(0, |head| head.commit + 1);
        self.stores.blobs.sweep_cut_off().await?;
        self.stores.blobs.sweep_staging(&commit_path(next)).await?;
        if self.config.store.keys_url.is_some() {
            self.stores.keys.sweep_cut_off().await?;
        }
        Ok(())
    }

    /// An intake that reads pages with workers started as `worker`; without one, files are
    /// kept unread.
    pub async fn intake(
        &self,
        worker: Option<WorkerCommand>,
        options: ReadOptions,
    ) -> Result<Intake, ArchiveError> {
        let key = RequestKey::derive(self.folder.intake_secret()?.as_bytes());
        if self.standing == Standing::Sound {
            self.begin_writing()?;
        }
        let pool = match worker {
            None => None,
            Some(command) => Some(Pool::start(self.pool_config(command)).await?),
        };
        let tasks = OwedTasks::of(self).await?;
        self.intake_with(pool, key, options, Some(Arc::new(tasks)))
    }

    fn intake_with(
        &self,
        pool: Option<Pool>,
        request_key: RequestKey,
        read_options: ReadOptions,
        tasks: Option<Arc<dyn ingest::Tasks>>,
    ) -> Result<Intake, ArchiveError> {
        let mut templates = self.config.reading.templates(self.folder.path())?;
        // What the archive knows of branches, a misread one is held against.
        let branches = self.branches().unwrap_or_default();
        let names = branches
            .iter()
            .map(|one| (one.branch.as_str(), one.name.as_str()));
        match Known::of_branches(names) {
            Ok(known) => templates.know(&known),
            // Codes that do not stand on vouchers so are no help, and no harm.
            Err(error) => tracing::warn!(%error, "branches are read without the register"),
        }
        Ok(Intake::new(ingest::IntakeSetup {
            journal: self.journal.clone(),
            vault: vault(&self.stores, &self.fonds)?,
            pool,
            read_options: ReadOptions {
                steps: self.config.reading.steps(),
                ..read_options
            },
            templates,
            request_key,
            fonds: self.fonds.fonds,
            fonds_name: self.fonds.name.clone(),
            writer: self.writer.clone().unwrap_or_default(),
            clock: self.clock.clone(),
            tasks,
        }))
    }

    fn pool_config(&self, command: WorkerCommand) -> PoolConfig {
        let reading = &self.config.reading;
        let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        PoolConfig {
            command,
            workers: NonZeroUsize::new(reading.workers).unwrap_or(cores),
            limits: reading::Limits::default(),
            policy: if reading.accept_weak_confinement {
                ConfinementPolicy::AcceptNone
            } else {
                ConfinementPolicy::Required
            },
            engine: reading.engine_setup(self.folder.path()),
        }
    }

    /// What the archive is.
    #[must_use]
    pub const fn fonds(&self) -> &Fonds {
        &self.fonds
    }

    /// Whether anything can be entered, before something is sealed for an entry.
    pub(crate) fn demand_writing(&self) -> Result<(), ArchiveError> {
        match &self.standing {
            Standing::Sound => Ok(()),
            Standing::ReadOnly => Err(journal::JournalError::NoKeys.into()),
            Standing::Stopped(findings) => {
                let findings = findings.join("; ");
                Err(journal::JournalError::Stopped { findings }.into())
            }
        }
    }

    /// Its stores, for the checker.
    #[must_use]
    pub const fn stores(&self) -> &Stores {
        &self.stores
    }

    /// Its catalog, for the checker.
    #[must_use]
    pub const fn catalog(&self) -> &Arc<Catalog> {
        self.journal.catalog()
    }

    /// Makes the catalog anew from the ledger. The old one is moved aside. One that knows
    /// commits which the ledger does not have is evidence, and stays.
    pub async fn rebuild(
        folder: Folder,
        environment: Environment,
    ) -> Result<(Self, OpenReport), ArchiveError> {
        // A catalog that opens is compared with the ledger before it is given up.
        let (archive, report) = Self::open(folder.clone(), environment.clone()).await?;
        match &report.standing {
            Standing::Stopped(_) => {
                return Err(ArchiveError::CatalogIsEvidence {
                    folder: folder.catalog_path(),
                });
            }
            Standing::ReadOnly | Standing::Sound => {}
        }
        if report.catalog.is_some() {
            return Ok((archive, report));
        }
        archive.end().await;
        let aside = Catalog::move_aside(&folder.catalog_path(), "rebuild")?;
        let (archive, mut report) = Self::open(folder, environment).await?;
        report.catalog = Some(CatalogNote::Rebuilt {
            why: "it was asked for".to_owned(),
            aside,
        });
        Ok((archive, report))
    }

    /// Lets go of everything, and returns once the catalog can be opened by another.
    pub async fn end(self) {
        let catalog = self.journal.catalog().clone();
        if self.writing.load(Relaxed) {
            let settled = async {
                self.stores.blobs.settle_all().await?;
                self.stores.keys.settle_all().await?;
                catalog.clear_intent(WRITING)?;
                catalog.sync()?;
                Ok::<(), ArchiveError>(())
            };
            if let Err(error) = settled.await {
                tracing::debug!(%error, "the next opening sweeps what uploads left");
            }
        }
        drop(self);
        // The committer holds the catalog until it has seen that no handle is left.
        while Arc::strong_count(&catalog) > 1 {
            tokio::task::yield_now().await;
        }
    }
}

struct OpenStep<'a> {
    folder: &'a Folder,
    config: &'a Config,
    blobs: &'a Store,
    note: Option<CatalogNote>,
}

impl OpenStep<'_> {
    fn settings(&self) -> Settings {
        Settings {
            cache_bytes: self.config.catalog.cache_mib.max(1) * 1024 * 1024,
            ..Settings::default()
        }
    }

    async fn catalog(&mut self) -> Result<Arc<Catalog>, ArchiveError> {
        match Catalog::open(&self.folder.catalog_path(), &self.settings()) {
            Ok(catalog) => begun(catalog),
            Err(error @ CatalogError::Unreadable { .. }) => self.anew(&error),
            Err(CatalogError::OtherFormat { found, head }) => {
                if let Some(head) = &head {
                    self.demand_commit(head).await?;
                }
                self.anew(&CatalogError::OtherFormat { found, head })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Refuses to put a catalog away whose newest commit the ledger does not have. One of this
    /// format is compared once it is open; one of another never is again.
    async fn demand_commit(&self, head: &HeadRecord) -> Result<(), ArchiveError> {
        let path = commit_path(head.commit);
        let commit = self.blobs.read(&path, COMMIT_MAX_BYTES as u64).await?;
        if commit.is_some_and(|bytes| Digest::of(&bytes) == head.commit_sha256) {
            return Ok(());
        }
        Err(ArchiveError::CatalogIsEvidence {
            folder: self.folder.catalog_path(),
        })
    }

    fn anew(&mut self, error: &CatalogError) -> Result<Arc<Catalog>, ArchiveError> {
        let path = self.folder.catalog_path();
        let aside = Catalog::move_aside(&path, "unreadable")?;
        self.note = Some(CatalogNote::Rebuilt {
            why: error.to_string(),
            aside,
        });
        begun(Catalog::open(&path, &self.settings())?)
    }
}

/// A catalog that knows nothing cannot tell how the last process ended. Whoever opens to read
/// fills it and does not sweep, so that is noted for the next.
fn begun(catalog: Catalog) -> Result<Arc<Catalog>, ArchiveError> {
    if catalog.head()?.is_none() {
        catalog.put_intent(WRITING)?;
    }
    Ok(Arc::new(catalog))
}

fn vault(stores: &Stores, fonds: &Fonds) -> Result<Vault, ArchiveError> {
    let recipients = Recipients {
        archive: fonds.recipients.archive.clone(),
        recovery: fonds.recipients.recovery.clone(),
        search: fonds.recipients.search.clone(),
        intake: fonds.intake.clone(),
    };
    Ok(Vault::new(
        stores.keys.clone(),
        stores.blobs.clone(),
        FIRST_EPOCH,
        &recipients,
    )?)
}

fn signers(folder: &Folder) -> Result<Option<Signers>, ArchiveError> {
    let writer = folder.signer(Secret::Writer)?;
    let log = folder.signer(Secret::Log)?;
    Ok(writer.zip(log).map(|(writer, log)| Signers { writer, log }))
}

async fn read_fonds(store: &Store) -> Result<(Fonds, Vec<u8>), ArchiveError> {
    let name = || store.name().to_owned();
    let Some(bytes) = store.read(FONDS_PATH, FONDS_BYTES_MAX).await? else {
        return Err(ArchiveError::NoFonds { store: name() });
    };
    let fonds = Fonds::from_bytes(&bytes).map_err(|error| ArchiveError::Fonds {
        store: name(),
        why: error.to_string(),
    })?;
    Ok((fonds, bytes.to_vec()))
}

/// Refuses a store that lets `fonds.json` be created again: it would let a commit be
/// overwritten.
async fn demand_taken(store: &Store, fonds: &[u8]) -> Result<(), ArchiveError> {
    let other = bytes::Bytes::from_static(b"this must be refused\n");
    match store.create(FONDS_PATH, other).await? {
        Creation::Taken(there) if there == fonds => {
            // An opening that was cut off leaves this very upload, and before any note of it.
            store.sweep_staging(FONDS_PATH).await?;
            Ok(())
        }
        Creation::Taken(_) | Creation::Mine => Err(ArchiveError::FondsOverwritten {
            store: store.name().to_owned(),
        }),
    }
}

/// A creation that was cut off before the first entry: finished here, but only where nothing
/// speaks of an older ledger.
async fn finish_creation(
    stores: &Stores,
    fonds: &Fonds,
    bytes: &[u8],
    signers: &Signers,
    identity: &LedgerIdentity,
    environment: &Environment,
) -> Result<(), ArchiveError> {
    let ledger = Ledger::new(stores.blobs.clone(), identity.clone(), None);
    if ledger.furthest().await?.is_some() {
        return Ok(());
    }
    let objects = [
        stores.keys.children("keys").await?,
        stores.blobs.children("blobs").await?,
        stores.blobs.children("log").await?,
    ];
    if objects
        .iter()
        .any(|found| !found.folders.is_empty() || !found.objects.is_empty())
    {
        // Left to the survey, which will say what is missing.
        return Ok(());
    }
    let by = (system_actor()?, Via::System);
    let probe = ProbeReport { rounds: 0 };
    begin(
        &stores.blobs,
        fonds,
        bytes,
        signers,
        environment.clock.as_ref(),
        by,
        probe,
    )
    .await
}

fn system_actor() -> Result<Actor, ArchiveError> {
    let account: LoginName = SYSTEM_ACCOUNT.parse()?;
    Ok(Actor {
        person: None,
        account,
        roles: Vec::new(),
        branch: None,
    })
}
