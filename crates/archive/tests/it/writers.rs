//! Several hosts on one store: whoever is faster, nothing is lost and nothing is there twice.

use std::sync::Arc;

use archive::ArchiveError;
use object_store::memory::InMemory;
use reading::ReadOptions;
use testkit::faulty::{Breakage, Operation};

use crate::world::{Run, Told, World, all_is_well, batch_of, memory, note, take_in};

fn hosts(world: &World, store: &Arc<InMemory>, count: usize) -> Vec<Run> {
    (0..count)
        .map(|_| Run::over(world.host(), store.clone()))
        .collect()
}

async fn files(world: &World) -> Arc<InMemory> {
    memory(&world.objects).await
}

/// The same folder on two machines: the second takes the batch of the first for one that a
/// crash left, as it must where the first is gone. The first is not gone, and goes on.
#[tokio::test(start_paused = true)]
async fn a_batch_that_another_ends_loses_nothing_that_was_told() {
    let world = World::new().await;
    let declared = archive::plan(std::slice::from_ref(&world.scans))
        .unwrap()
        .len();
    let mut interrupted = 0;
    for told_before in 0..=declared {
        let store = files(&world).await;
        let [first, second] = hosts(&world, &store, 2).try_into().ok().unwrap();
        let (archive, _) = first.open().await.unwrap();
        let intake = archive.intake(None, ReadOptions::default()).await.unwrap();
        let (_tell, stop) = tokio::sync::watch::channel(false);
        let mut told = Told::new();
        let (enough, begin) = tokio::sync::oneshot::channel();
        let mut enough = Some(enough);
        if told_before == 0 {
            enough.take().unwrap().send(()).unwrap();
        }
        let taking = intake.run(batch_of(&world.scans), stop, |report| {
            note(&report, &mut told);
            if told.len() >= told_before
                && let Some(enough) = enough.take()
            {
                // Its next commit has to be tried again, which gives the other time.
                first
                    .faulty
                    .add(Breakage::of(Operation::Put).under("ledger"));
                let _ = enough.send(());
            }
        });
        let intruding = async {
            let _ = begin.await;
            let (archive, report) = second.open().await.unwrap();
            archive.end().await;
            report.recovered.len()
        };
        let (taken, recovered) = tokio::join!(taking, intruding);
        match taken {
            Ok(_) => {}
            Err(error) => {
                interrupted += 1;
                assert_eq!(recovered, 1, "{error:?}");
                let error = ArchiveError::from(error);
                assert!(format!("{error:?}").contains("BatchNotOpen"), "{error:?}");
            }
        }
        drop(intake);
        archive.end().await;
        all_is_well(&world, &first, &told).await.unwrap();
    }
    assert!(interrupted > 0, "no batch was ended under its process");
}

#[tokio::test(start_paused = true)]
async fn many_hosts_at_once_lose_nothing() {
    let world = World::new().await;
    let store = files(&world).await;
    let hosts = hosts(&world, &store, 8);
    let mut open = Vec::new();
    for host in &hosts {
        open.push(host.open().await.unwrap().0);
    }
    let taken = futures::future::join_all(open.iter().map(|archive| async {
        let mut told = Told::new();
        take_in(archive, &world.scans, &mut told).await.unwrap();
        told
    }))
    .await;
    // The same files from eight hosts at once: each is told, all are told the same record.
    let first = taken.first().unwrap();
    assert!(!first.is_empty());
    for other in &taken {
        assert_eq!(other, first);
    }
    for archive in open {
        archive.end().await;
    }
    all_is_well(&world, hosts.first().unwrap(), first)
        .await
        .unwrap();
}
