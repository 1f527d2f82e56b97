//! Catalogs that this program did not write.

use archive::{Archive, ArchiveError, CatalogNote, RecordFilter};
use catalog::kv::{Batch, Kv as _, SledKv};
use catalog::layout::{FORMAT_TEXT, FORMATS_BEFORE};
use domain::commit_path;

use crate::world::{Run, World};

const FORMAT_BEFORE: &str = FORMATS_BEFORE[1];

/// Makes the catalog of a host one of the format before. Its head is the same in both.
fn make_older(run: &Run) {
    let database = run.host.path().join("catalog/db");
    let kv = SledKv::open(&database, 1 << 20, 500).unwrap();
    let mut batch = Batch::default();
    batch.put(vec![0], FORMAT_BEFORE.as_bytes().to_vec());
    kv.apply(batch).unwrap();
}

fn list(archive: &Archive) -> Vec<String> {
    let page = archive.list(&RecordFilter::default(), None, 50).unwrap();
    page.rows.into_iter().map(|row| row.body_json).collect()
}

#[tokio::test]
async fn a_catalog_of_an_older_format_is_kept_and_made_anew() {
    assert_ne!(FORMAT_TEXT, FORMAT_BEFORE);
    let world = World::new().await;
    let run = world.run().await;
    let (archive, _) = run.open().await.unwrap();
    let listed = list(&archive);
    archive.end().await;
    make_older(&run);

    let (archive, report) = run.open().await.unwrap();
    let Some(CatalogNote::Rebuilt { why, aside }) = report.catalog else {
        panic!("{report:?}");
    };
    assert!(
        why.contains(FORMAT_BEFORE) && why.contains(FORMAT_TEXT),
        "{why}"
    );
    assert!(aside.join("db").is_file());
    assert_eq!(list(&archive), listed);
    archive.end().await;
    let (_, report) = run.open().await.unwrap();
    assert_eq!((report.catalog, report.replayed_commits), (None, 0));
}

/// The newest commit is gone with its checkpoint; only the catalog still knows it.
#[tokio::test]
async fn a_catalog_of_an_older_format_that_is_ahead_is_evidence() {
    let world = World::new().await;
    let run = world.run().await;
    let (archive, _) = run.open().await.unwrap();
    let newest = archive.catalog().head().unwrap().unwrap().commit;
    archive.end().await;
    make_older(&run);
    for path in [commit_path(newest), "log/checkpoint".to_owned()] {
        run.store().delete(&path).await.unwrap();
    }
    for _ in 0..2 {
        let refused = run.open().await.err().unwrap();
        assert!(
            matches!(refused, ArchiveError::CatalogIsEvidence { .. }),
            "{refused:?}"
        );
    }
    assert!(run.host.path().join("catalog/db/db").is_file());
}
