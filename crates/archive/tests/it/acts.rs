//! Acts whose words are sealed before their entries, cut off in between: either the entry
//! stands and the words open, or neither is there and neither can come any more.

use archive::{Archive, ArchiveError, AuditFilter, RecordFilter};
use domain::commit_path;
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _, PutMode};
use testkit::faulty::{Breakage, Fault, Operation};

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

/// What this host has noted of acts.
fn intents(archive: &Archive) -> Vec<String> {
    let all = archive.catalog().intents().unwrap();
    all.into_iter().filter(|name| name != "writing").collect()
}

/// The commit goes in, and neither that nor anything of the ledger is told any more.
fn lose_the_answer(run: &Run) {
    let put = Breakage::of(Operation::Put).under("ledger");
    run.faulty.add(put.after_effect().for_good());
    let get = Breakage::of(Operation::Get).under("ledger");
    run.faulty.add(get.for_good());
}

/// The store has room for everything but commits.
fn refuse_commits(run: &Run) {
    let put = Breakage::of(Operation::Put).under("ledger");
    run.faulty.add(put.with(Fault::DiskFull).for_good());
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
    lose_the_answer(&run);
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
    lose_the_answer(&run);
    search(&archive).await.unwrap_err();
    archive.end().await;
    run.faulty.heal();
    let (archive, _) = run.open().await.unwrap();
    assert_eq!(count(&archive, "act.interrupted"), 0);
    assert_eq!(count(&archive, "text.searched"), 1);
    all_is_well(&run, &archive).await;
    archive.end().await;
}

/// What cannot be entered leaves nothing behind, so the next opening has nothing to end.
#[tokio::test(start_paused = true)]
async fn an_act_that_was_refused_leaves_nothing() {
    let world = World::new().await;
    let run = world.run().await;
    let (archive, _) = run.open().await.unwrap();
    let before = run.store().list("blobs").await.unwrap().len();
    refuse_commits(&run);
    let refused = search(&archive).await.unwrap_err();
    assert!(
        matches!(&refused, ArchiveError::Journal(error) if !error.may_be_entered()),
        "{refused:?}"
    );
    assert!(intents(&archive).is_empty());
    assert_eq!(run.store().list("blobs").await.unwrap().len(), before);
    run.faulty.heal();
    all_is_well(&run, &archive).await;
    archive.end().await;
}

/// An act that cannot be ended keeps nobody out of the archive.
#[tokio::test(start_paused = true)]
async fn an_act_that_cannot_be_ended_yet_waits_for_the_next_opening() {
    let world = World::new().await;
    let run = world.run().await;
    let (archive, _) = run.open().await.unwrap();
    let next = archive.catalog().head().unwrap().unwrap().commit + 1;
    lose_the_answer(&run);
    search(&archive).await.unwrap_err();
    archive.end().await;
    run.faulty.heal();
    let path = commit_path(next);
    run.store().delete(&path).await.unwrap();

    refuse_commits(&run);
    let (archive, _) = run.open().await.unwrap();
    let listed = archive.list(&RecordFilter::default(), None, 10).unwrap();
    assert!(!listed.rows.is_empty());
    assert_eq!(intents(&archive).len(), 1);
    archive.end().await;
    run.faulty.heal();

    let (archive, _) = run.open().await.unwrap();
    assert!(intents(&archive).is_empty());
    assert_eq!(count(&archive, "act.interrupted"), 1);
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
    let noted = |run: &Run| run.host.path().join("catalog/intents");
    let ending = async {
        let detail = loop {
            let mut names = std::fs::read_dir(noted(&first))
                .unwrap()
                .map(|entry| entry.unwrap().file_name());
            if let Some(name) = names.find(|name| name.to_str().unwrap().contains(".detail.")) {
                break name;
            }
            tokio::task::yield_now().await;
        };
        std::fs::create_dir_all(noted(&second)).unwrap();
        std::fs::write(noted(&second).join(detail), "").unwrap();
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
