//! Header and payload, put together, are what the stock `age` program opens.

use std::io::{ErrorKind, Write as _};
use std::process::{Command, Stdio};

use domain::{Epoch, SealedName, Timestamp};
use vault::ExposeSecret as _;

use crate::{World, content, names, read};

#[tokio::test]
async fn the_age_program_opens_what_was_sealed() {
    match Command::new("age").arg("--version").output() {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("SKIPPED: there is no `age` program here");
            return;
        }
        Err(error) => panic!("{error}"),
    }
    let world = World::local();
    let folder = tempfile::tempdir().unwrap();
    for (seed, name) in (0..).zip(names()) {
        let identity = match name.kind() {
            domain::SealedKind::Bag => &world.holders.archive,
            domain::SealedKind::Derived => &world.holders.recovery,
            domain::SealedKind::Card | domain::SealedKind::Detail => &world.holders.search,
            domain::SealedKind::Inbox => &world.holders.intake,
        };
        let identity_file = folder.path().join(format!("{name}.txt"));
        let text = identity.to_file_text(Timestamp::from_unix_ms(0));
        std::fs::write(&identity_file, text.expose_secret()).unwrap();
        for size_bytes in [0, 65_536, 9 << 20] {
            let sealed = content(size_bytes, seed);
            world.vault.seal(&name, sealed.clone()).await.unwrap();
            assert!(age(&world, &name, &identity_file).await == sealed, "{name}");
            for path in [name.header_path(Epoch(0)), name.payload_path()] {
                world.blobs.delete(&path).await.unwrap();
            }
        }
    }
}

async fn age(world: &World, name: &SealedName, identity_file: &std::path::Path) -> Vec<u8> {
    let header = read(&world.keys, &name.header_path(Epoch(0))).await;
    let payload = read(&world.blobs, &name.payload_path()).await;
    let mut child = Command::new("age")
        .arg("--decrypt")
        .arg("--identity")
        .arg(identity_file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let feeding = std::thread::spawn(move || {
        input.write_all(&header)?;
        input.write_all(&payload)
    });
    let output = child.wait_with_output().unwrap();
    feeding.join().unwrap().unwrap();
    assert!(output.status.success());
    output.stdout
}
