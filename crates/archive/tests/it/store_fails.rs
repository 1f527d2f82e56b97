//! Every call to the store fails, once or for good, before or after it took effect, in every
//! way: nothing acknowledged is lost, nothing is there twice, nothing is half there, and once
//! the store is well again everything goes on.

use testkit::faulty::{Breakage, Fault, Operation};

use crate::world::{Told, World, all_is_well, work};

const OPERATIONS: [Operation; 10] = [
    Operation::Put,
    Operation::Get,
    Operation::Body,
    Operation::Head,
    Operation::Delete,
    Operation::List,
    Operation::StartUpload,
    Operation::PutPart,
    Operation::CompleteUpload,
    Operation::AbortUpload,
];

/// How an operation may fail. A store that says "not there" or "there already" of something
/// else lies, and no client can see through that; it says so of a create that went through.
fn faults(operation: Operation) -> Vec<(Fault, bool)> {
    let mut faults = Vec::new();
    for fault in [
        Fault::TimedOut,
        Fault::Unavailable,
        Fault::DiskFull,
        Fault::PermissionDenied,
    ] {
        faults.extend([(fault, false), (fault, true)]);
    }
    if operation == Operation::Put {
        faults.extend([(Fault::AlreadyExists, true), (Fault::Precondition, true)]);
    }
    if operation == Operation::Body {
        faults.push((Fault::Short, false));
    }
    faults
}

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is varied by itself")]
struct Trouble {
    operation: Operation,
    call: u64,
    fault: Fault,
    after_effect: bool,
    for_good: bool,
    /// The listings are stale as well.
    stale: bool,
    /// The process goes on when the store is well again; else another one begins.
    same_process: bool,
}

impl Trouble {
    fn breakage(&self) -> Breakage {
        let breakage = Breakage::of(self.operation)
            .on_call(self.call)
            .with(self.fault);
        let breakage = if self.after_effect {
            breakage.after_effect()
        } else {
            breakage
        };
        if self.for_good {
            breakage.for_good()
        } else {
            breakage
        }
    }
}

/// How often each operation is called on a good day.
async fn calls(world: &World) -> Vec<(Operation, u64)> {
    let run = world.run().await;
    // Bodies are counted only while one of them may break.
    run.faulty
        .add(Breakage::of(Operation::Body).on_call(u64::MAX));
    run.day(world, &mut Told::new()).await.unwrap();
    OPERATIONS
        .map(|operation| (operation, run.faulty.calls(operation)))
        .into()
}

async fn troubles(world: &World) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    for (operation, calls) in calls(world).await {
        for call in 1..=calls {
            for (fault, after_effect) in faults(operation) {
                for bits in 0..8 {
                    troubles.push(Trouble {
                        operation,
                        call,
                        fault,
                        after_effect,
                        for_good: bits & 1 != 0,
                        stale: bits & 2 != 0,
                        same_process: bits & 4 != 0,
                    });
                }
            }
        }
    }
    troubles
}

async fn survives(world: &World, trouble: Trouble) {
    let run = world.run().await;
    let mut told = Told::new();
    if trouble.same_process {
        let (archive, _) = run.open().await.unwrap();
        if trouble.stale {
            run.faulty.list_stale();
        }
        run.faulty.add(trouble.breakage());
        let _failed = work(&archive, run.host.path(), world, &mut told).await;
        run.faulty.heal();
        work(&archive, run.host.path(), world, &mut told)
            .await
            .unwrap_or_else(|error| panic!("{trouble:?}: does not go on: {error:?}"));
        archive.end().await;
    } else {
        if trouble.stale {
            run.faulty.list_stale();
        }
        run.faulty.add(trouble.breakage());
        let _failed = run.day(world, &mut told).await;
        run.faulty.heal();
    }

    if let Err(found) = all_is_well(world, &run, &told).await {
        panic!("{trouble:?}: {found}");
    }
}

// The pauses between repetitions pass at once.
#[tokio::test(start_paused = true)]
async fn some_calls_fail() {
    let world = World::new().await;
    let all = troubles(&world).await;
    // A prime step meets every operation, fault and moment in turn.
    for trouble in all.iter().step_by(23) {
        survives(&world, *trouble).await;
    }
}

// The pauses between repetitions pass at once.
#[tokio::test(start_paused = true)]
#[ignore = "minutes: tests/campaign store-calls"]
async fn every_call_fails() {
    let world = World::new().await;
    let all = troubles(&world).await;
    for trouble in &all {
        survives(&world, *trouble).await;
    }
    println!("{} ways for a call to fail, none lost anything", all.len());
}
