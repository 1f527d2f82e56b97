//! Acts whose words are sealed before their entries, cut off in between: either the entry
//! stands and the words open, or neither is there and neither can come any more.

use archive::{Archive, ArchiveError, AuditFilter, RecordFilter};
use domain::commit_path;
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _, PutMode};
use testkit::faulty::{Breakage, Operation};

use crate::world::{Run, World, actor, memory, via};

async fn search(archive: &Archive) -> Result<(), ArchiveError> {
    let by = (&actor(), &via());
    archive
        .search("客户", &RecordFilter::default(), 10, by, |_| {})
        .await
}

fn count(archive: &Archive, event: &str) -> usize {
    let filter = AuditFilter {
        event: Some(event.to_owned()),
        ..AuditFilter::default()
    };
    archive.audit(&filter, None, 10).unwrap().rows.len()
}

async fn all_is_well(run: &Run, archive: &Archive) {
    let report = run.check(archive).await;
    assert!(report.findings.is_empty(), "{report:#?}");
}

/// The store holds the commit back until the process is gone and the next one has ended its
/// act. What was discarded then must not be named.
#[tokio::test(start_paused = true)]
async fn an_entry_that_comes_late_finds_its_act_ended() {
    let world = World::new().await;
    let store = memory(&world.objects).await;
    let run = Run::over(world.host(), store.clone());
    let (archive, _) = run.open().await.unwrap();
    let next = archive.catalog().head().unwrap().unwrap().commit + 1;
    run.faulty.add(
        Breakage::of(Operation::Put)
            .under("ledger")
            .after_effect()
            .for_good(),
    );
    run.faulty
        .add(Breakage::of(Operation::Get).under("ledger").for_good());
    search(&archive).await.unwrap_err();
    archive.end().await;
    run.faulty.heal();
    let path = Path::parse(commit_path(next)).unwrap();
    let late = store.get(&path).await.unwrap().bytes().await.unwrap();
    store.delete(&path).await.unwrap();

    let (archive, _) = run.open().await.unwrap();
    assert_eq!(count(&archive, "act.interrupted"), 1);
    store
        .put_opts(&path, late.into(), PutMode::Create.into())
        .await
        .expect_err("the number is taken");
    archive.end().await;
    let (archive, _) = run.open().await.unwrap();
    assert_eq!(count(&archive, "text.searched"), 0);
    all_is_well(&run, &archive).await;
    search(&archive).await.unwrap();
    all_is_well(&run, &archive).await;
    archive.end().await;
}

/// The entry had come after all: it stands, and so do its words.
#[tokio::test(start_paused = true)]
async fn an_entry_whose_answer_was_lost_keeps_its_words() {
    let world = World::new().await;
    let run = world.run().await;
    let (archive, _) = run.open().await.unwrap();
    run.faulty.add(
        Breakage::of(Operation::Put)
            .under("ledger")
            .after_effect()
            .for_good(),
    );
    run.faulty
        .add(Breakage::of(Operation::Get).under("ledger").for_good());
    search(&archive).await.unwrap_err();
    archive.end().await;
    run.faulty.heal();
    let (archive, _) = run.open().await.unwrap();
    assert_eq!(count(&archive, "act.interrupted"), 0);
    assert_eq!(count(&archive, "text.searched"), 1);
    all_is_well(&run, &archive).await;
    archive.end().await;
}

/// The same folder on two machines: the second takes the act of the first for one that a crash
/// left. The first is not gone, and must not take the other's entry for its own.
#[tokio::test(start_paused = true)]
async fn an_act_that_another_has_ended_shows_nothing() {
    let world = World::new().await;
    let store = memory(&world.objects).await;
    let [first, second] = [(); 2].map(|()| Run::over(world.host(), store.clone()));
    let (archive, _) = first.open().await.unwrap();
    // The first must try its commit again, and the second is faster.
    first
        .faulty
        .add(Breakage::of(Operation::Put).under("ledger"));
    let intents = |run: &Run| run.host.path().join("catalog/intents");
    let ending = async {
        let detail = loop {
            let mut names = std::fs::read_dir(intents(&first))
                .unwrap()
                .map(|entry| entry.unwrap().file_name());
            if let Some(name) = names.find(|name| name.to_str().unwrap().contains(".detail.")) {
                break name;
            }
            tokio::task::yield_now().await;
        };
        std::fs::create_dir_all(intents(&second)).unwrap();
        std::fs::write(intents(&second).join(detail), "").unwrap();
        second.open().await.unwrap().0.end().await;
    };
    let (searched, ()) = tokio::join!(search(&archive), ending);
    assert!(
        matches!(searched, Err(ArchiveError::ActInterrupted)),
        "{searched:?}"
    );
    assert_eq!(count(&archive, "act.interrupted"), 1);
    assert_eq!(count(&archive, "text.searched"), 0);
    archive.end().await;
    let (archive, _) = first.open().await.unwrap();
    all_is_well(&first, &archive).await;
    archive.end().await;
}
