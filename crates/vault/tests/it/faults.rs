//! Stores that fail at any step: nothing is acknowledged, and what is left is told.

use std::sync::Arc;

use domain::{Epoch, SealedName};
use store::Store;
use vault::{Discard, DiscardReason, Remains, SealStreamError, VaultError};

use crate::breaking::{Breaking, Call, Fault, Faults, Moment};
use crate::{LIMIT_BYTES, World, content, record};

const SMALL: usize = 1000;
const LARGE: usize = 20 << 20;

fn worlds() -> [(World, Faults); 2] {
    [World::memory(), World::local()].map(|plain| {
        let faults = Faults::default();
        let broken = |store: &Store| {
            let faults = faults.clone();
            store.wrapped(|inner| Arc::new(Breaking { inner, faults }))
        };
        let (keys, blobs) = (broken(&plain.keys), broken(&plain.blobs));
        (World::over(keys, blobs, plain.folder), faults)
    })
}

fn fault(call: Call, moment: Moment, under: &'static str, times: usize) -> Fault {
    Fault {
        call,
        moment,
        under,
        times,
    }
}

/// How a sealing of so many bytes fails: at which faults, at which part, and under which
/// folder something is told to be left, perhaps.
type Case = (usize, Vec<Fault>, &'static str, Option<&'static str>);

fn small() -> Vec<Case> {
    use Call::{Delete, Get, Put};
    use Moment::{After, Before};
    let put = |moment, under| fault(Put, moment, under, 1);
    let get = |under, times| fault(Get, Before, under, times);
    vec![
        (SMALL, vec![put(Before, "keys")], "header", None),
        // It was written; that it could not be read back was a passing trouble.
        (
            SMALL,
            vec![put(After, "keys"), get("keys", 1)],
            "header",
            None,
        ),
        (
            SMALL,
            vec![put(After, "keys"), get("keys", usize::MAX)],
            "header",
            Some("keys/"),
        ),
        (SMALL, vec![put(Before, "blobs")], "payload", None),
        (
            SMALL,
            vec![put(After, "blobs"), get("blobs", 1)],
            "payload",
            None,
        ),
        (
            SMALL,
            vec![put(After, "blobs"), get("blobs", usize::MAX)],
            "payload",
            Some("blobs/"),
        ),
        (
            SMALL,
            vec![put(Before, "blobs"), fault(Delete, Before, "keys", 1)],
            "payload",
            Some("keys/"),
        ),
    ]
}

fn large() -> Vec<Case> {
    use Call::{Abort, Begin, Complete, Part};
    use Moment::{After, Before};
    let one = |call, moment| fault(call, moment, "blobs", 1);
    vec![
        (LARGE, vec![one(Begin, Before)], "payload", None),
        (LARGE, vec![one(Part, Before)], "payload", None),
        (
            LARGE,
            vec![one(Part, Before), one(Abort, Before)],
            "payload",
            None,
        ),
        (LARGE, vec![one(Complete, Before)], "payload", None),
        // It appeared, and the store said that it failed.
        (LARGE, vec![one(Complete, After)], "payload", None),
    ]
}

#[tokio::test]
async fn a_sealing_that_fails_says_what_it_leaves() {
    let name = SealedName::bag(record(1), 1);
    for (size_bytes, faulty, part, left) in small().into_iter().chain(large()) {
        for (world, faults) in worlds() {
            faults.set(&faulty);
            let error = world
                .vault
                .seal(&name, content(size_bytes, 1))
                .await
                .unwrap_err();
            faults.set(&[]);
            let text = error.to_string();
            let (VaultError::HeaderNotStored { remains, .. }
            | VaultError::PayloadNotStored { remains, .. }) = error
            else {
                panic!("{faulty:?}: {text}")
            };
            assert!(
                text.starts_with(&format!("the {part} of {name}")),
                "{faulty:?}: {text}"
            );
            match remains {
                Remains::Nothing => {
                    assert_eq!(left, None, "{faulty:?}");
                    assert_eq!(world.all().await, Vec::<String>::new(), "{faulty:?}");
                }
                Remains::Perhaps(leftover) => {
                    let under = left.unwrap_or("nothing");
                    assert!(leftover.path.starts_with(under), "{faulty:?}: {text}");
                    assert!(text.contains(&leftover.path), "{text}");
                    let reason = DiscardReason::InterruptedBatch;
                    let warrant = Discard::new(name.clone(), [Epoch(0)], reason);
                    world.vault.discard(warrant).await.unwrap();
                }
            }
            // Whatever it was, the same name can be sealed now.
            let object = world.vault.seal(&name, content(10, 2)).await.unwrap();
            assert_eq!(
                world.open(&object, &world.holders.archive).await,
                content(10, 2)
            );
        }
    }
}

/// The sealing that failed may not be the one whose payload lies there.
#[tokio::test]
async fn in_doubt_a_payload_is_kept() {
    for (world, faults) in worlds() {
        let name = SealedName::bag(record(1), 1);
        crate::replace(&world.blobs, &name.payload_path(), &b"somebody else's"[..]).await;
        faults.set(&[fault(Call::Get, Moment::Before, "blobs", 1)]);
        let error = world
            .vault
            .seal(&name, content(SMALL, 1))
            .await
            .unwrap_err();
        let VaultError::PayloadNotStored {
            remains: Remains::Nothing,
            ..
        } = error
        else {
            panic!("{error}")
        };
        assert_eq!(
            crate::read(&world.blobs, &name.payload_path()).await,
            b"somebody else's"
        );
        assert_eq!(world.all().await.len(), 1);
    }
}

/// A writer learns nothing but that the pipe broke; the cause is the store.
#[tokio::test]
async fn the_stores_word_goes_before_the_writers() {
    for (world, faults) in worlds() {
        let name = SealedName::bag(record(1), 1);
        for swallow in [false, true] {
            faults.set(&[fault(Call::Part, Moment::Before, "blobs", 1)]);
            let sealing = world.vault.seal_stream(&name, move |out| {
                match out.write_all(&content(2 * LARGE, 1)) {
                    Err(_) if swallow => Ok(()),
                    written => written,
                }
            });
            let error = sealing.await.unwrap_err();
            let SealStreamError::Vault(VaultError::PayloadNotStored { .. }) = error else {
                panic!("{error}")
            };
            assert_eq!(world.all().await, Vec::<String>::new());
        }
    }
}

#[tokio::test]
async fn a_store_that_does_not_show_an_object_is_not_a_finding_about_it() {
    for (world, faults) in worlds() {
        for (generation, size_bytes) in (1..).zip([SMALL, LARGE]) {
            let name = SealedName::bag(record(1), generation);
            let object = world
                .vault
                .seal(&name, content(size_bytes, 1))
                .await
                .unwrap();
            for call in [Call::Get, Call::GetHalf] {
                for under in ["keys", "blobs"] {
                    let archive = &world.holders.archive;
                    let broken = [fault(call, Moment::Before, under, 1)];
                    faults.set(&broken);
                    let whole = world.vault.open(&object, archive, LIMIT_BYTES).await;
                    faults.set(&broken);
                    let streamed = world.vault.open_stream(&object, archive, Vec::new()).await;
                    for error in [whole.unwrap_err(), streamed.unwrap_err()] {
                        let VaultError::NotRead { path, .. } = error else {
                            panic!("{error}")
                        };
                        assert!(path.starts_with(under));
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_header_that_stays_keeps_its_payload() {
    for (world, faults) in worlds() {
        let name = SealedName::bag(record(1), 1);
        let object = world.vault.seal(&name, content(SMALL, 1)).await.unwrap();
        let warrant = || Discard::new(name.clone(), [Epoch(0)], DiscardReason::InterruptedBatch);
        faults.set(&[fault(Call::Delete, Moment::Before, "keys", 1)]);
        let error = world.vault.discard(warrant()).await.unwrap_err();
        let VaultError::NotRemoved { path, .. } = error else {
            panic!("{error}")
        };
        assert_eq!(path, name.header_path(Epoch(0)));
        assert_eq!(
            world.open(&object, &world.holders.archive).await,
            content(SMALL, 1)
        );
        let gone = world.vault.discard(warrant()).await.unwrap();
        assert_eq!(gone.headers, [Epoch(0)]);
    }
}
