//! Looking at an archive changes nothing in its store, and hides nothing from the next opening.

use std::path::{Path, PathBuf};

use archive::{Archive, Folder};
use journal::Standing;

use crate::world::{Run, World, environment};

/// A host whose store lies in its own folder, with what an upload leaves that was cut off.
fn on_disk(world: &World) -> (Run, [PathBuf; 2]) {
    let host = world.host();
    let store = host.path().join("store");
    for (path, bytes) in &world.objects {
        let path = store.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let commit = domain::commit_path(0);
    let left = ["fonds.json", &commit].map(|object| store.join(format!("{object}#7")));
    for path in &left {
        std::fs::write(path, "cut off").unwrap();
    }
    let memory = std::sync::Arc::default();
    (Run::over(host, memory), left)
}

#[tokio::test]
async fn whoever_looks_writes_nothing_and_leaves_the_sweeping_to_the_next() {
    let world = World::new().await;
    let (run, left) = on_disk(&world);
    let folder = Folder::new(run.host.path());
    let fonds = run.host.path().join("store/fonds.json");
    let at = |path: &Path| std::fs::metadata(path).unwrap().modified().unwrap();
    let stamps = || (at(&fonds), at(fonds.parent().unwrap()));
    let before = stamps();
    // The catalog is lost, and whoever looks makes it anew.
    let (archive, report) = Archive::open_to_read(folder.clone(), environment())
        .await
        .unwrap();
    assert_eq!(report.standing, Standing::ReadOnly);
    assert!(report.catalog_was_empty);
    archive.end().await;
    assert!(left.iter().all(|path| path.exists()));
    assert_eq!(stamps(), before);

    let (archive, report) = Archive::open(folder, environment()).await.unwrap();
    assert!(!report.catalog_was_empty);
    archive.end().await;
    assert!(left.iter().all(|path| !path.exists()), "{left:?}");
}
