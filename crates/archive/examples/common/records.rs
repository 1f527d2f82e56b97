//! Made-up records that grow without end: record `n` is the same however many there will be.
//!
//! They come in at [`RECORDS_A_DAY`], of 20 branches and 8 classes. Business was up to five
//! days before. A client comes back now and then: of a million records one in three has a
//! client of its own age, and the oldest clients have some forty.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use archive::Folder;
use domain::{
    BatchId, BusinessDate, Clock, Digest, Epoch, MediaType, RecordId, RequestId, SealedName,
    SealedObject, Timestamp, Via,
};
use entries::{
    BUILT_IN_RULES, Body, Draft, Identification, Known, Original, RecordBody, RecordFacts,
};
use futures::StreamExt as _;
use store::StoreOptions;

use crate::opening::{actor, journal};

/// How many records come in on one day.
pub const RECORDS_A_DAY: u64 = 2_000;
/// A day.
pub const DAY_MS: i64 = 86_400_000;
/// 2019-01-01.
const FIRST_MS: i64 = 1_546_300_800_000;
/// How many records wait for their entry at once: more than one commit takes.
const WAITING: usize = 2_048;
const BRANCHES: u64 = 20;
const CLASSES: u64 = 8;

/// When a record comes in.
pub fn at_ms(n: u64) -> i64 {
    FIRST_MS + i64::try_from(n).unwrap() * DAY_MS / i64::try_from(RECORDS_A_DAY).unwrap()
}

/// A number by chance, always the same for the same two.
pub fn mix(n: u64, salt: u64) -> u64 {
    let bytes = [n.to_be_bytes(), salt.to_be_bytes()].concat();
    let digest = Digest::of(&bytes);
    digest
        .as_bytes()
        .iter()
        .take(8)
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The id of a record.
pub fn record(n: u64) -> RecordId {
    RecordId::from_parts(at_ms(n).unsigned_abs(), u128::from(n))
}

/// Its client.
pub fn client(n: u64) -> String {
    format!("88{:08}", mix(n, 1) % (n / 3 + 1))
}

/// Its branch.
pub fn branch(n: u64) -> String {
    format!("{:04}", mix(n, 2) % BRANCHES)
}

/// Its class. The last class is never used in the first half of the branches.
pub fn class(n: u64) -> String {
    let all = mix(n, 2) % BRANCHES >= BRANCHES / 2;
    format!("class-{}", mix(n, 3) % (CLASSES - u64::from(!all)))
}

/// A branch and a class that are both frequent, and never together.
pub fn strangers(n: u64) -> (String, String) {
    let branch = format!("{:04}", n % (BRANCHES / 2));
    (branch, format!("class-{}", CLASSES - 1))
}

/// Its day of business.
pub fn day(n: u64) -> BusinessDate {
    let late = i64::try_from(mix(n, 4) % 5).unwrap() * DAY_MS;
    Timestamp::from_unix_ms(at_ms(n) - late).china_day()
}

/// The clock of a world in which the records come in day after day, however fast they are
/// entered.
pub struct Pace(AtomicI64);

impl Pace {
    /// At the moment of this record.
    pub fn at(n: u64) -> Self {
        Self(AtomicI64::new(at_ms(n)))
    }

    fn reach(&self, n: u64) {
        self.0.fetch_max(at_ms(n), Ordering::Relaxed);
    }
}

impl Clock for Pace {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(Ordering::Relaxed))
    }
}

/// Enters records as intake would, without their objects.
pub async fn fill(folder: &Path, range: Range<u64>) {
    let pace = Arc::new(Pace::at(range.start));
    let catalog = Folder::new(folder).catalog_path();
    let journal = journal(folder, &catalog, &StoreOptions::default(), pace.clone()).await;
    futures::stream::iter(range)
        .for_each_concurrent(WAITING, |n| {
            let (journal, pace) = (journal.clone(), pace.clone());
            async move {
                pace.reach(n);
                let draft = draft(n);
                let entered = journal.enter(draft.id, move |_| Ok(draft.clone()));
                entered.await.unwrap();
            }
        })
        .await;
    let catalog = journal.catalog().clone();
    catalog.sync().unwrap();
    drop(journal);
    while Arc::strong_count(&catalog) > 1 {
        tokio::task::yield_now().await;
    }
}

fn draft(n: u64) -> Draft {
    Draft {
        id: RequestId::from_parts(at_ms(n).unsigned_abs(), u128::from(mix(n, 5))),
        actor: actor(&format!("station-{}", branch(n))),
        via: Via::System,
        body: Body::RecordFiled(body(n)),
        rules: BUILT_IN_RULES.to_owned(),
    }
}

fn body(n: u64) -> RecordBody {
    let sealed = |name: SealedName| SealedObject {
        header_sha256: Digest::of(name.to_string().as_bytes()),
        payload_sha256: Digest::of(&n.to_be_bytes()),
        payload_size_bytes: 123_456,
        epoch: Epoch(0),
        name,
    };
    RecordBody {
        facts: RecordFacts {
            record: record(n),
            batch: BatchId::from_parts(at_ms(n).unsigned_abs(), u128::from(n / 500)),
            client: Known::Is(client(n).parse().unwrap()),
            class: Known::Is(class(n).parse().unwrap()),
            flow: Known::Is(
                format!("LS{}{n:08}", day(n))
                    .replace('-', "")
                    .parse()
                    .unwrap(),
            ),
            business_date: Known::Is(day(n)),
            branch: branch(n).parse().unwrap(),
            pages: Known::Is(1),
            document_name: Known::Unknown,
            account: Known::Unknown,
            medium: Known::Unknown,
            carrier: Known::Unknown,
            rendition_of: Known::Unknown,
            origin_system: Known::Unknown,
            origin_id: Known::Unknown,
            responsible_branch: Known::Unknown,
            responsible_person: Known::Unknown,
            sensitivity: Known::Unknown,
            consent: None,
            identified_by: Identification::default(),
            exception: None,
        },
        originals: vec![Original {
            media_type: MediaType::Jpeg,
            sha256: Digest::of(&n.to_le_bytes()),
            size_bytes: 120_000,
        }],
        repeats: Vec::new(),
        filing: None,
        tagmanifest_sha256: Digest::of(b"tagmanifest"),
        bag: sealed(SealedName::bag(record(n), 1)).into(),
        derived: Some(sealed(SealedName::derived(record(n), 1)).into()),
        reading: None,
    }
}
