//! Catalogs that this program did not write.

use archive::{Archive, CatalogNote, RecordFilter};
use catalog::kv::{Batch, Kv as _, SledKv};
use catalog::layout::FORMAT_TEXT;

use crate::world::World;

const FORMAT_BEFORE: &str = "vouchsafe catalog 1";

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
    let database = run.host.path().join("catalog/db");
    let kv = SledKv::open(&database, 1 << 20, 500).unwrap();
    let mut batch = Batch::default();
    batch.put(vec![0], FORMAT_BEFORE.as_bytes().to_vec());
    kv.apply(batch).unwrap();
    drop(kv);

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
