//! Opening what is not as it was sealed.

use std::io::{self, Write};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use domain::{Digest, Epoch, SealedName, SealedObject};
use vault::{Identity, Measure, VaultError};

use crate::{LIMIT_BYTES, World, content, read, record, replace};

const MIB: usize = 1024 * 1024;

/// A sink that remembers whether anything came.
#[derive(Default)]
struct Came(u64);

impl Write for Came {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens in both ways, which must fail in the same way.
async fn refused(world: &World, object: &SealedObject, identity: &Identity) -> VaultError {
    let whole = world
        .vault
        .open(object, identity, LIMIT_BYTES)
        .await
        .unwrap_err();
    let Err(streamed) = world
        .vault
        .open_stream(object, identity, Came::default())
        .await
    else {
        panic!("the stream opened")
    };
    assert_eq!(whole.to_string(), streamed.to_string());
    whole
}

/// Every way to damage bytes that a size or a digest must notice.
fn damages(whole: &[u8]) -> Vec<Vec<u8>> {
    let flipped = |at: usize| {
        let mut bytes = whole.to_vec();
        bytes[at] ^= 1;
        bytes
    };
    vec![
        flipped(0),
        flipped(whole.len() / 2),
        flipped(whole.len() - 1),
        whole[..whole.len() - 1].to_vec(),
        whole[1..].to_vec(),
        Vec::new(),
        [whole, b"\n"].concat(),
        [b"\n", whole].concat(),
    ]
}

#[tokio::test]
async fn each_part_must_be_what_was_sealed() {
    for world in World::both() {
        // Syncing large files again and again tells nothing new.
        let large = if world.folder.is_some() {
            70_000
        } else {
            9 * MIB
        };
        for (generation, size_bytes) in (1..).zip([0, 1000, large]) {
            let name = SealedName::bag(record(1), generation);
            let object = world
                .vault
                .seal(&name, content(size_bytes, 1))
                .await
                .unwrap();
            let archive = &world.holders.archive;

            let path = name.header_path(Epoch(0));
            let header = read(&world.keys, &path).await;
            for damaged in damages(&header) {
                let found_now = Digest::of(&damaged);
                replace(&world.keys, &path, damaged).await;
                let error = refused(&world, &object, archive).await;
                let VaultError::HeaderDiffers {
                    path: at,
                    expected,
                    found,
                } = error
                else {
                    panic!("{error}")
                };
                assert_eq!(
                    (at, expected, found),
                    (path.clone(), object.header_sha256, found_now)
                );
            }
            world.keys.delete(&path).await.unwrap();
            let error = refused(&world, &object, archive).await;
            assert!(matches!(error, VaultError::HeaderMissing { path: at } if at == path));
            replace(&world.keys, &path, header).await;

            let path = name.payload_path();
            let payload = read(&world.blobs, &path).await;
            for damaged in damages(&payload) {
                let found_now = Measure {
                    size_bytes: damaged.len() as u64,
                    sha256: Digest::of(&damaged),
                };
                replace(&world.blobs, &path, damaged).await;
                let error = refused(&world, &object, archive).await;
                let VaultError::PayloadDiffers(difference) = error else {
                    panic!("{error}")
                };
                assert_eq!((&difference.path, difference.found), (&path, found_now));
                assert_eq!(difference.expected.sha256, object.payload_sha256);
            }
            world.blobs.delete(&path).await.unwrap();
            let error = refused(&world, &object, archive).await;
            assert!(matches!(error, VaultError::PayloadMissing { path: at } if at == path));
            replace(&world.blobs, &path, payload).await;

            assert_eq!(world.open(&object, archive).await, content(size_bytes, 1));
        }
    }
}

#[tokio::test]
async fn parts_of_two_objects_do_not_mix() {
    let world = World::memory();
    let archive = &world.holders.archive;
    let names = [SealedName::bag(record(1), 1), SealedName::bag(record(2), 1)];
    let [one, two] = [
        world.vault.seal(&names[0], content(1000, 1)).await.unwrap(),
        world.vault.seal(&names[1], content(1000, 2)).await.unwrap(),
    ];
    assert_eq!(one.payload_size_bytes, two.payload_size_bytes);

    let paths = [names[0].payload_path(), names[1].payload_path()];
    let payloads = [
        read(&world.blobs, &paths[0]).await,
        read(&world.blobs, &paths[1]).await,
    ];
    replace(&world.blobs, &paths[0], payloads[1].clone()).await;
    replace(&world.blobs, &paths[1], payloads[0].clone()).await;
    for object in [&one, &two] {
        let error = refused(&world, object, archive).await;
        assert!(matches!(error, VaultError::PayloadDiffers(_)), "{error}");
    }
    // Even if somebody swapped the record of it too: the header does not fit the payload.
    let swapped = SealedObject {
        payload_sha256: two.payload_sha256,
        ..one.clone()
    };
    let error = refused(&world, &swapped, archive).await;
    assert!(matches!(error, VaultError::Undecryptable { .. }), "{error}");

    replace(&world.blobs, &paths[0], payloads[0].clone()).await;
    let paths = [
        names[0].header_path(Epoch(0)),
        names[1].header_path(Epoch(0)),
    ];
    let headers = [
        read(&world.keys, &paths[0]).await,
        read(&world.keys, &paths[1]).await,
    ];
    replace(&world.keys, &paths[0], headers[1].clone()).await;
    let error = refused(&world, &one, archive).await;
    assert!(matches!(error, VaultError::HeaderDiffers { .. }), "{error}");
    replace(&world.keys, &paths[0], headers[0].clone()).await;
    assert_eq!(world.open(&one, archive).await, content(1000, 1));
}

/// Digests that agree do not make an age file: what was never one is an error, not a panic.
#[tokio::test]
async fn what_is_no_age_file_cannot_be_decrypted() {
    let world = World::memory();
    let name = SealedName::bag(record(1), 1);
    let object = world.vault.seal(&name, content(1000, 1)).await.unwrap();
    let (header_path, payload_path) = (name.header_path(Epoch(0)), name.payload_path());
    let header = read(&world.keys, &header_path).await;
    let payload = read(&world.blobs, &payload_path).await;
    for (damaged_header, damaged_payload) in [
        (Vec::new(), payload.clone()),
        (vec![b'\n'; 3_000_000], payload.clone()),
        (b"age-encryption.org/v2\n--- x\n".to_vec(), payload.clone()),
        (header[..header.len() - 1].to_vec(), payload.clone()),
        (header.clone(), Vec::new()),
        (header.clone(), payload[..16].to_vec()),
        (header.clone(), payload[..900].to_vec()),
        (header.clone(), [&payload[..], b"x"].concat()),
    ] {
        let forged = SealedObject {
            header_sha256: Digest::of(&damaged_header),
            payload_sha256: Digest::of(&damaged_payload),
            payload_size_bytes: damaged_payload.len() as u64,
            ..object.clone()
        };
        replace(&world.keys, &header_path, damaged_header).await;
        replace(&world.blobs, &payload_path, damaged_payload).await;
        let error = refused(&world, &forged, &world.holders.archive).await;
        assert!(matches!(error, VaultError::Undecryptable { .. }), "{error}");
    }
}

#[tokio::test]
async fn another_identity_opens_nothing() {
    let world = World::memory();
    let name = SealedName::bag(record(1), 1);
    let object = world.vault.seal(&name, content(9 * MIB, 1)).await.unwrap();
    let stranger = Identity::generate();
    let error = refused(&world, &object, &stranger).await;
    assert!(matches!(error, VaultError::WrongIdentity { .. }), "{error}");
    let archive = &world.holders.archive;
    for (limit_bytes, fits) in [(9 * MIB as u64, true), (9 * MIB as u64 - 1, false)] {
        match world.vault.open(&object, archive, limit_bytes).await {
            Ok(_) => assert!(fits),
            Err(VaultError::TooLarge { size_bytes, .. }) => {
                assert!(!fits && size_bytes == 9 * MIB as u64);
            }
            Err(other) => panic!("{other}"),
        }
    }
}

/// Changes the end of a file when the first bytes of the beginning arrive.
struct Meddler {
    file: PathBuf,
    came: u64,
}

impl Write for Meddler {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.came == 0 {
            let file = std::fs::File::options().write(true).open(&self.file)?;
            let size_bytes = file.metadata()?.len();
            file.write_all_at(b"!", size_bytes - 1)?;
        }
        self.came += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_payload_that_changes_between_the_passes_is_noticed() {
    let world = World::local();
    let name = SealedName::bag(record(1), 1);
    let object = world.vault.seal(&name, content(20 * MIB, 1)).await.unwrap();
    let file = world
        .folder
        .as_ref()
        .unwrap()
        .path()
        .join(name.payload_path());
    let sink = Meddler { file, came: 0 };
    let opening = world
        .vault
        .open_stream(&object, &world.holders.archive, sink);
    let error = opening.await.err().unwrap();
    assert!(matches!(error, VaultError::Undecryptable { .. }), "{error}");
}

struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_sink_that_fails_is_named_as_such() {
    let world = World::local();
    let name = SealedName::bag(record(1), 1);
    let object = world.vault.seal(&name, content(9 * MIB, 1)).await.unwrap();
    let opening = world
        .vault
        .open_stream(&object, &world.holders.archive, Full);
    let error = opening.await.err().unwrap();
    let VaultError::SinkFailed { source, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(source.kind(), io::ErrorKind::StorageFull);
}
