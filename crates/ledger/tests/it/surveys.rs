//! Shortened is not new: every way to cut or fork a ledger has its finding.

use bytes::Bytes;
use domain::{Digest, commit_path};
use ledger::checkpoint::{Checkpoint, CheckpointError, origin};
use ledger::log::{
    Appended, CHECKPOINT_PATH, CheckpointStanding, Finding, Ledger, LedgerError, Position,
};
use ledger::tree::{MemoryNodes, leaf_hash, root_at};
use store::Store;

use crate::ledgers::{ledger_up_to, won};
use crate::{fonds, identity, lines, log_key, reader, signers, writer};

async fn publish(store: &Store, size: u64, root: [u8; 32]) {
    let checkpoint = Checkpoint {
        origin: origin(fonds()),
        size,
        root,
    };
    put(store, checkpoint.sign(&log_key()).note().to_owned()).await;
}

async fn put(store: &Store, note: String) {
    store.delete(CHECKPOINT_PATH).await.unwrap();
    store
        .create(CHECKPOINT_PATH, Bytes::from(note))
        .await
        .unwrap();
}

/// The findings of a survey, after which nothing can be written.
async fn findings(ledger: &mut Ledger, nodes: &MemoryNodes) -> Vec<Finding> {
    let survey = ledger.survey(Some(nodes)).await.unwrap();
    assert!(!survey.findings.is_empty(), "{survey:?}");
    let stopped = ledger.append(&lines(&["entry"]), &signers(0)).await;
    assert!(
        matches!(stopped, Err(LedgerError::NotSurveyed)),
        "{stopped:?}"
    );
    for finding in &survey.findings {
        assert!(!finding.to_string().is_empty());
    }
    survey.findings
}

#[tokio::test]
async fn a_sound_ledger_is_level_or_read_on() {
    let store = Store::memory();
    let empty = reader(&store).survey(None).await.unwrap();
    assert_eq!(empty.position, Position::Level);
    assert_eq!(empty.checkpoint, CheckpointStanding::Absent);
    assert!(empty.findings.is_empty());

    let (mut ledger, nodes) = ledger_up_to(&store, 5).await;
    let level = ledger.survey(None).await.unwrap();
    assert_eq!(level.position, Position::Level);
    assert_eq!(level.checkpoint, CheckpointStanding::Prefix { size: 6 });
    assert!(level.findings.is_empty());

    let mut new = reader(&store);
    let survey = new.survey(None).await.unwrap();
    assert_eq!(survey.position, Position::Behind { commits: 6 });
    assert_eq!(
        survey.checkpoint,
        CheckpointStanding::NotCompared { size: 6 }
    );
    assert!(survey.findings.is_empty());
    // Not compared is not sound.
    new.next().await.unwrap();
    let early = new.append(&lines(&["x"]), &signers(0)).await;
    assert!(matches!(early, Err(LedgerError::NotSurveyed)));

    // A crash between a commit and its publication leaves an older checkpoint.
    publish(&store, 3, root_at(&nodes, 3).unwrap()).await;
    let blind = ledger.survey(None).await.unwrap();
    assert_eq!(
        blind.checkpoint,
        CheckpointStanding::NotCompared { size: 3 }
    );
    let early = ledger.append(&lines(&["x"]), &signers(0)).await;
    assert!(matches!(early, Err(LedgerError::NotSurveyed)));
    let older = ledger.survey(Some(&nodes)).await.unwrap();
    assert_eq!(older.checkpoint, CheckpointStanding::Prefix { size: 3 });
    won(ledger.append(&lines(&["x"]), &signers(0)).await);
}

#[tokio::test]
async fn a_cut_ledger_is_found_whatever_remains() {
    let store = Store::memory();
    let (mut ledger, nodes) = ledger_up_to(&store, 5).await;
    let head = ledger.head().unwrap().clone();
    let known = head.sha256();

    store.delete(&commit_path(5)).await.unwrap();
    let cut = [Finding::Shortened {
        known: 5,
        furthest: Some(4),
    }];
    assert_eq!(findings(&mut ledger, &nodes).await, cut);

    // A process without a catalog knows it by the published checkpoint.
    let mut new = reader(&store);
    while new.next().await.unwrap().is_some() {}
    let ahead = [Finding::CheckpointAhead { size: 6, known: 5 }];
    assert_eq!(findings(&mut new, &nodes).await, ahead);

    // Other bytes in the place of the last commit.
    store
        .create(&commit_path(5), Bytes::from_static(b"{}\n"))
        .await
        .unwrap();
    let found = Some(Digest::of(b"{}\n"));
    let replaced = [Finding::HeadDiffers {
        number: 5,
        known,
        found,
    }];
    assert_eq!(findings(&mut ledger, &nodes).await, replaced);

    // The last one that was read is gone, and there is one after it.
    store.delete(&commit_path(5)).await.unwrap();
    store
        .create(&commit_path(6), Bytes::from_static(b"{}\n"))
        .await
        .unwrap();
    let gone = [Finding::HeadDiffers {
        number: 5,
        known,
        found: None,
    }];
    assert_eq!(findings(&mut ledger, &nodes).await, gone);
    let gap = Finding::Gap {
        missing: 5,
        furthest: 6,
    };
    assert!(findings(&mut new, &nodes).await.contains(&gap));

    // All of it.
    for number in 0..=6 {
        store.delete(&commit_path(number)).await.unwrap();
    }
    let all = [Finding::Shortened {
        known: 5,
        furthest: None,
    }];
    assert_eq!(findings(&mut ledger, &nodes).await, all);
    let survey = ledger.survey(None).await.unwrap();
    assert_eq!(survey.position, Position::Ahead { commits: 6 });
    // A ledger that is cut to nothing can't begin again: its checkpoint is there.
    let begun = reader(&store)
        .begin(&lines(&["genesis"]), &signers(0))
        .await;
    let Err(LedgerError::Unsound { findings }) = begun else {
        panic!("{begun:?}");
    };
    assert_eq!(findings, [Finding::CheckpointAhead { size: 6, known: 0 }]);
}

#[tokio::test]
async fn a_gap_is_found_across_folders() {
    let store = Store::memory();
    let (mut ledger, nodes) = ledger_up_to(&store, 2).await;
    let far = |number| {
        let store = store.clone();
        async move {
            store
                .create(&commit_path(number), Bytes::from_static(b"{}\n"))
                .await
                .unwrap()
        }
    };
    for number in (3..=1002).chain([1_004]) {
        far(number).await;
    }
    assert_eq!(ledger.furthest().await.unwrap(), Some(1_004));
    let gap = [Finding::Gap {
        missing: 1_003,
        furthest: 1_004,
    }];
    assert_eq!(findings(&mut ledger, &nodes).await, gap);
    far(1_003).await;
    let whole = ledger.survey(Some(&nodes)).await.unwrap();
    assert_eq!(whole.position, Position::Behind { commits: 1_002 });
    assert!(whole.findings.is_empty());
    far(999_999_999_999).await;
    let gap = [Finding::Gap {
        missing: 1_005,
        furthest: 999_999_999_999,
    }];
    assert_eq!(findings(&mut ledger, &nodes).await, gap);
}

#[tokio::test]
async fn names_that_are_no_commits_do_not_mislead() {
    let store = Store::memory();
    let (ledger, _) = ledger_up_to(&store, 2).await;
    for name in [
        "ledger/commits/x000/x000/x000/0003",
        "ledger/commits/x000/x000/x000/003.part",
        "ledger/commits/x000/x000/x001/notes",
        "ledger/commits/x999/y000/x000/000",
        "ledger/commits/x999/000",
        "ledger/commits/zzz",
        "ledger/commits/x+01/x000/x000/000",
    ] {
        store.create(name, Bytes::from_static(b"?")).await.unwrap();
    }
    assert_eq!(ledger.furthest().await.unwrap(), Some(2));
    assert_eq!(reader(&Store::memory()).furthest().await.unwrap(), None);
}

#[tokio::test]
async fn a_forked_or_foreign_checkpoint_is_found() {
    let store = Store::memory();
    let (mut ledger, nodes) = ledger_up_to(&store, 5).await;
    let other = leaf_hash(b"another history");
    for size in [0, 1, 3, 6] {
        publish(&store, size, other).await;
        let forked = [Finding::CheckpointForked {
            size,
            ours: Digest::from_bytes(root_at(&nodes, size).unwrap()),
            published: Digest::from_bytes(other),
        }];
        assert_eq!(findings(&mut ledger, &nodes).await, forked);
    }
    // Found when publishing, too, and left as it is.
    let refused = ledger.publish_checkpoint(&log_key()).await;
    assert!(
        matches!(refused, Err(LedgerError::Forked { size: 6, .. })),
        "{refused:?}"
    );

    let mine = Checkpoint {
        origin: origin(fonds()),
        size: 6,
        root: root_at(&nodes, 6).unwrap(),
    };
    let elsewhere = Checkpoint {
        origin: "vouchsafe/other".to_owned(),
        ..mine.clone()
    };
    for note in [
        String::new(),
        "x".repeat(70_000),
        mine.clone().sign(&writer(0)).note().to_owned(),
        elsewhere.sign(&log_key()).note().to_owned(),
    ] {
        put(&store, note).await;
        let found = findings(&mut ledger, &nodes).await;
        assert!(
            matches!(found[..], [Finding::CheckpointInvalid { .. }]),
            "{found:?}"
        );
    }
    store.delete(CHECKPOINT_PATH).await.unwrap();
    store
        .create(CHECKPOINT_PATH, Bytes::from_static(b"\xff\n"))
        .await
        .unwrap();
    let found = findings(&mut ledger, &nodes).await;
    let [
        Finding::CheckpointInvalid {
            why: CheckpointError::Note(_),
        },
    ] = &found[..]
    else {
        panic!("{found:?}");
    };

    // With the right one back, writing goes on.
    put(&store, mine.sign(&log_key()).note().to_owned()).await;
    assert!(
        ledger
            .survey(Some(&nodes))
            .await
            .unwrap()
            .findings
            .is_empty()
    );
    won(ledger.append(&lines(&["entry"]), &signers(0)).await);
}

#[tokio::test]
async fn wrong_nodes_are_the_catalogs_fault_and_no_fork() {
    let store = Store::memory();
    let (mut ledger, nodes) = ledger_up_to(&store, 5).await;
    publish(&store, 3, root_at(&nodes, 3).unwrap()).await;
    let others: MemoryNodes = (0..6u8).map(|n| leaf_hash(&[n])).collect();
    let refused = ledger.survey(Some(&others)).await;
    assert!(matches!(refused, Err(LedgerError::NodesDiffer { size: 6 })));
    let few: MemoryNodes = (0..2u8).map(|n| leaf_hash(&[n])).collect();
    let refused = ledger.survey(Some(&few)).await;
    assert!(matches!(refused, Err(LedgerError::Nodes(_))));
}

/// A checkpoint that another writer publishes meanwhile is no finding.
#[tokio::test]
async fn who_is_behind_compares_once_it_has_read_on() {
    let store = Store::memory();
    let (ledger, _) = ledger_up_to(&store, 1).await;
    let mut late = Ledger::new(store.clone(), identity(), ledger.head().cloned());
    let (mut fast, mut nodes) = (ledger, MemoryNodes::default());
    won(fast.append(&lines(&["fast"]), &signers(1)).await);
    let survey = late.survey(None).await.unwrap();
    assert_eq!(survey.position, Position::Behind { commits: 1 });
    assert_eq!(
        survey.checkpoint,
        CheckpointStanding::NotCompared { size: 3 }
    );
    late.next().await.unwrap().unwrap();
    let mut all = reader(&store);
    while let Some(committed) = all.next().await.unwrap() {
        committed.leaves.iter().for_each(|leaf| nodes.append(*leaf));
    }
    assert!(late.survey(Some(&nodes)).await.unwrap().findings.is_empty());
    let level = late.append(&lines(&["late"]), &signers(0)).await;
    assert!(matches!(level, Ok(Appended::Won(_))));
}
