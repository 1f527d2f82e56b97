//! The ledger in a store: appending, reading, racing, and stores that can't be trusted.

use std::collections::BTreeSet;

use bytes::Bytes;
use domain::commit_path;
use ledger::commit::{COMMIT_MAX_BYTES, CommitError};
use ledger::log::{Appended, CHECKPOINT_PATH, Head, HeadError, Ledger, LedgerError, Signers, Won};
use ledger::proof::EntryProof;
use ledger::tree::MemoryNodes;
use store::{Publication, Store};

use crate::liar::{Liar, Lie};
use crate::{identity, lines, log_key, reader, signers, writer};

/// A ledger that has begun in this store, written by writer 0.
pub async fn begun(store: &Store) -> Ledger {
    let mut ledger = reader(store);
    let begun = ledger.begin(&lines(&["genesis"]), &signers(0)).await;
    assert!(matches!(begun, Ok(Appended::Won(_))), "{begun:?}");
    ledger
}

/// A ledger of commits 0 to `last`, and the nodes of its tree.
pub async fn ledger_up_to(store: &Store, last: u64) -> (Ledger, MemoryNodes) {
    begun(store).await;
    let mut ledger = reader(store);
    let first = ledger.next().await.unwrap().unwrap();
    let mut nodes: MemoryNodes = first.leaves.into_iter().collect();
    ledger.survey(Some(&nodes)).await.unwrap();
    for number in 1..=last {
        let won = won(ledger
            .append(&lines(&[&format!("entry {number}")]), &signers(0))
            .await);
        won.committed
            .leaves
            .iter()
            .for_each(|leaf| nodes.append(*leaf));
    }
    (ledger, nodes)
}

pub fn won(appended: Result<Appended, LedgerError>) -> Won {
    match appended {
        Ok(Appended::Won(won)) => *won,
        other => panic!("not won: {other:?}"),
    }
}

#[tokio::test]
async fn what_is_appended_is_read_and_proven() {
    let folder = tempfile::tempdir().unwrap();
    for store in [Store::memory(), Store::local(folder.path()).unwrap()] {
        let mut ledger = begun(&store).await;
        let won = won(ledger.append(&lines(&["one", "two"]), &signers(1)).await);
        assert_eq!(won.published.unwrap(), Publication::Published);
        assert_eq!((won.committed.first, won.committed.size()), (1, 3));

        let mut other = reader(&store);
        let first = other.next().await.unwrap().unwrap();
        assert_eq!(first.lines, ["genesis"]);
        assert_eq!(first.note, None);
        let second = other.next().await.unwrap().unwrap();
        assert_eq!(second, won.committed);
        assert_eq!(other.next().await.unwrap(), None);
        assert_eq!(other.head(), ledger.head());
        assert_eq!(other.furthest().await.unwrap(), Some(1));

        let published = other.published_checkpoint().await.unwrap().unwrap();
        assert_eq!(published, won.checkpoint);
        assert_eq!(published.checkpoint().size, 3);
        let nodes: MemoryNodes = [first.leaves, second.leaves].concat().into_iter().collect();
        let proof = EntryProof::make(&nodes, "two", 2, &published).unwrap();
        let proven = proof.verify(log_key().verifier()).unwrap();
        assert_eq!((proven.entry.as_str(), proven.index), ("two", 2));
    }
}

#[tokio::test]
async fn each_header_carries_the_checkpoint_that_was_published_before() {
    let store = Store::memory();
    let (mut ledger, _) = ledger_up_to(&store, 3).await;
    let before = ledger.published_checkpoint().await.unwrap().unwrap();
    let next = won(ledger.append(&lines(&["next"]), &signers(2)).await);
    assert_eq!(next.committed.note.as_deref(), Some(before.note()));
}

#[tokio::test]
async fn a_head_reads_back_and_reading_goes_on_from_it() {
    let store = Store::memory();
    let (mut ledger, _) = ledger_up_to(&store, 5).await;
    let bytes = ledger.head().unwrap().to_bytes();
    let head = Head::from_bytes(&bytes).unwrap();
    assert_eq!(Some(&head), ledger.head());
    for end in 0..bytes.len() {
        assert!(Head::from_bytes(&bytes[..end]).is_err());
    }
    let other = [&[2], &bytes[1..]].concat();
    assert!(matches!(
        Head::from_bytes(&other),
        Err(HeadError::Shape { .. })
    ));

    let mut later = Ledger::new(store.clone(), identity(), Some(head));
    assert_eq!(later.next().await.unwrap(), None);
    won(ledger.append(&lines(&["more"]), &signers(0)).await);
    assert_eq!(later.next().await.unwrap().unwrap().lines, ["more"]);
    assert_eq!(later.head(), ledger.head());
}

#[tokio::test]
async fn who_is_behind_loses_reads_and_wins() {
    let store = Store::memory();
    let (mut slow, _) = ledger_up_to(&store, 1).await;
    let mut fast = reader(&store);
    while fast.next().await.unwrap().is_some() {}
    fast.survey(None).await.unwrap();
    won(fast.append(&lines(&["fast"]), &signers(1)).await);
    let late = lines(&["slow"]);
    assert!(matches!(
        slow.append(&late, &signers(0)).await,
        Ok(Appended::Lost)
    ));
    // Still lost: it has not read the winner's commit.
    assert!(matches!(
        slow.append(&late, &signers(0)).await,
        Ok(Appended::Lost)
    ));
    assert_eq!(slow.next().await.unwrap().unwrap().lines, ["fast"]);
    let won = won(slow.append(&late, &signers(0)).await);
    assert_eq!(won.committed.number, 3);
}

/// Four writers of fifty commits each, on one store and without a lock: every entry is there
/// once, in one order, and the published checkpoint is the last.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn four_writers_race_and_nothing_is_lost_or_twice() {
    let store = Store::memory();
    begun(&store).await;
    let racers: Vec<_> = (0..4u8)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                let (mut ledger, keys) = (reader(&store), signers(n));
                ledger.next().await.unwrap().unwrap();
                let mut lost = 0;
                for round in 0..50 {
                    let entry = lines(&[&format!("{n}.{round}.a"), &format!("{n}.{round}.b")]);
                    loop {
                        while ledger.next().await.unwrap().is_some() {}
                        if round == 0 {
                            // A checkpoint may be published of what this one has not read.
                            ledger.survey(None).await.unwrap();
                        }
                        match ledger.append(&entry, &keys).await {
                            Ok(Appended::Won(won)) => {
                                won.published.unwrap();
                                assert_eq!(won.committed.lines, entry);
                                break;
                            }
                            Ok(Appended::Lost) | Err(LedgerError::NotSurveyed) => lost += 1,
                            Err(error) => panic!("{error:?}"),
                        }
                        tokio::task::yield_now().await;
                    }
                }
                lost
            })
        })
        .collect();
    let lost: u32 = futures::future::join_all(racers)
        .await
        .into_iter()
        .map(Result::unwrap)
        .sum();
    assert!(lost > 0, "nobody met anybody: this was no race");

    let mut all = reader(&store);
    let (mut seen, mut order) = (BTreeSet::new(), Vec::new());
    while let Some(committed) = all.next().await.unwrap() {
        assert_eq!(committed.first, order.len() as u64);
        order.extend(committed.lines.clone());
        seen.extend(committed.lines);
    }
    assert_eq!(order.len(), 1 + 4 * 50 * 2);
    assert_eq!(seen.len(), order.len());
    assert_eq!(all.head().unwrap().commit(), 200);
    assert_eq!(all.furthest().await.unwrap(), Some(200));
    for n in 0..4 {
        // Each writer's own entries stand in the order in which it wrote them.
        let prefix = format!("{n}.");
        let own: Vec<_> = order
            .iter()
            .filter(|line| line.starts_with(&prefix))
            .collect();
        let expected: Vec<_> = (0..50)
            .flat_map(|round| [format!("{n}.{round}.a"), format!("{n}.{round}.b")])
            .collect();
        assert_eq!(own, expected.iter().collect::<Vec<_>>());
    }
    let published = all.published_checkpoint().await.unwrap().unwrap();
    assert_eq!(published.checkpoint().size, all.head().unwrap().size());
    assert_eq!(published.checkpoint().root, all.head().unwrap().root());
}

#[tokio::test]
async fn nothing_is_written_before_a_survey_or_without_a_beginning() {
    let store = Store::memory();
    let mut ledger = reader(&store);
    let entry = lines(&["entry"]);
    let early = ledger.append(&entry, &signers(0)).await;
    assert!(matches!(early, Err(LedgerError::NotBegun)));
    assert!(matches!(
        ledger.sign_checkpoint(&log_key()),
        Err(LedgerError::NotBegun)
    ));
    begun(&store).await;
    // Somebody else has begun it meanwhile.
    let late = ledger.begin(&entry, &signers(1)).await;
    assert!(matches!(late, Ok(Appended::Lost)), "{late:?}");
    ledger.next().await.unwrap().unwrap();
    let again = ledger.begin(&entry, &signers(1)).await;
    assert!(matches!(again, Err(LedgerError::Begun { number: 0 })));

    let mut later = Ledger::new(store.clone(), identity(), ledger.head().cloned());
    let unseen = later.append(&entry, &signers(0)).await;
    assert!(matches!(unseen, Err(LedgerError::NotSurveyed)));
    later.survey(None).await.unwrap();
    won(later.append(&entry, &signers(0)).await);
}

#[tokio::test]
async fn keys_that_readers_would_not_believe_write_nothing() {
    let store = Store::memory();
    let mut ledger = begun(&store).await;
    let entry = lines(&["entry"]);
    let stranger = Signers {
        writer: writer(9),
        log: log_key(),
    };
    let refused = ledger.append(&entry, &stranger).await;
    assert!(matches!(
        refused,
        Err(LedgerError::Unwritable {
            number: 1,
            source: CommitError::Writer { .. }
        })
    ));
    let other_log = Signers {
        writer: writer(0),
        log: writer(0),
    };
    let refused = ledger.append(&entry, &other_log).await;
    assert!(matches!(refused, Err(LedgerError::LogKey { .. })));
    assert_eq!(ledger.furthest().await.unwrap(), Some(0));

    // A writer and a log key that an entry has added.
    let new_log = writer(8);
    for known in [true, false] {
        let mut other = reader(&store);
        if known {
            other.trust_writer(writer(9).verifier().clone());
            other.trust_log_key(new_log.verifier().clone());
        }
        other.next().await.unwrap().unwrap();
        if known {
            other.survey(None).await.unwrap();
            let keys = Signers {
                writer: writer(9),
                log: new_log.clone(),
            };
            assert_eq!(won(other.append(&entry, &keys).await).committed.number, 1);
        } else {
            let refused = other.next().await;
            assert!(matches!(
                refused,
                Err(LedgerError::Commit { number: 1, .. })
            ));
            assert_eq!(other.head().unwrap().commit(), 0, "the head stays");
        }
    }
}

#[tokio::test]
async fn a_commit_that_does_not_belong_there_is_refused_and_named() {
    let store = Store::memory();
    let (ledger, _) = ledger_up_to(&store, 1).await;
    let first = store.read(&commit_path(0), 9_999).await.unwrap().unwrap();
    store.create(&commit_path(2), first).await.unwrap();
    let mut other = Ledger::new(store.clone(), identity(), ledger.head().cloned());
    assert!(matches!(
        other.next().await,
        Err(LedgerError::Commit {
            number: 2,
            source: CommitError::Field {
                field: "commit",
                expected: 2,
                found: 0
            }
        })
    ));
    let huge = Bytes::from(vec![b'x'; COMMIT_MAX_BYTES + 1]);
    store.delete(&commit_path(2)).await.unwrap();
    store.create(&commit_path(2), huge).await.unwrap();
    let refused = other.next().await;
    assert!(matches!(
        refused,
        Err(LedgerError::ReadCommit { number: 2, .. })
    ));
}

#[tokio::test]
async fn a_commit_that_does_not_read_back_does_not_count() {
    let (store, liar) = Liar::store();
    let (mut ledger, _) = ledger_up_to(&store, 1).await;
    let published = ledger.published_checkpoint().await.unwrap();
    let entry = lines(&["entry"]);
    liar.now(Lie::LosesCommits);
    let lost = ledger.append(&entry, &signers(0)).await;
    assert!(matches!(
        lost,
        Err(LedgerError::ReadBack {
            number: 2,
            found: None,
            ..
        })
    ));
    liar.now(Lie::HidesCommits);
    let hidden = ledger.append(&entry, &signers(0)).await;
    assert!(
        matches!(hidden, Err(LedgerError::ReadCommit { number: 2, .. })),
        "{hidden:?}"
    );
    liar.now(Lie::None);
    assert_eq!(ledger.head().unwrap().commit(), 1);
    assert_eq!(
        ledger.published_checkpoint().await.unwrap(),
        published,
        "nothing was signed"
    );
    // The last one is there after all: reading on finds it.
    assert_eq!(ledger.next().await.unwrap().unwrap().lines, entry);

    liar.now(Lie::ChangesCommits);
    let changed = ledger.append(&entry, &signers(0)).await;
    assert!(matches!(
        changed,
        Err(LedgerError::ReadBack {
            number: 3,
            found: Some(_),
            ..
        })
    ));
}

#[tokio::test]
async fn a_commit_stands_though_its_checkpoint_is_not_published() {
    let (store, liar) = Liar::store();
    let (mut ledger, _) = ledger_up_to(&store, 1).await;
    liar.now(Lie::RefusesCheckpoints);
    let unpublished = won(ledger.append(&lines(&["entry"]), &signers(0)).await);
    assert!(matches!(
        unpublished.published,
        Err(LedgerError::PublishCheckpoint(_))
    ));
    liar.now(Lie::None);
    let old = ledger.published_checkpoint().await.unwrap().unwrap();
    assert_eq!(old.checkpoint().size, 2);
    let published = ledger.publish_checkpoint(&log_key()).await.unwrap();
    assert_eq!(published, Publication::Published);
    let new = ledger.published_checkpoint().await.unwrap().unwrap();
    assert_eq!(new, unpublished.checkpoint);
}

#[tokio::test]
async fn a_checkpoint_never_goes_backwards_and_evidence_stays() {
    let store = Store::memory();
    let (mut ledger, _) = ledger_up_to(&store, 4).await;
    let newest = ledger.published_checkpoint().await.unwrap();
    let mut old = reader(&store);
    old.next().await.unwrap();
    let kept = old.publish_checkpoint(&log_key()).await.unwrap();
    assert_eq!(kept, Publication::Kept);
    assert_eq!(ledger.published_checkpoint().await.unwrap(), newest);

    store.delete(CHECKPOINT_PATH).await.unwrap();
    let junk = Bytes::from_static(b"not a checkpoint");
    store.create(CHECKPOINT_PATH, junk.clone()).await.unwrap();
    let refused = ledger.publish_checkpoint(&log_key()).await;
    assert!(matches!(refused, Err(LedgerError::CheckpointInvalid(_))));
    assert_eq!(
        store.read(CHECKPOINT_PATH, 99).await.unwrap().unwrap(),
        junk
    );
    let stopped = ledger.append(&lines(&["entry"]), &signers(0)).await;
    assert!(matches!(stopped, Err(LedgerError::NotSurveyed)));
}
