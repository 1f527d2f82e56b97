//! Coverage-guided foreign bytes, at the door that the variable `DOOR` names. The doors are
//! those of the mutation test. `DOOR=x SEEDS=folder` with no other argument writes the seeds.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

#[path = "../../../crates/archive/tests/it/targets.rs"]
mod targets;

fn door() -> fn(&[u8]) {
    static DOOR: OnceLock<fn(&[u8])> = OnceLock::new();
    *DOOR.get_or_init(|| {
        let name = std::env::var("DOOR").expect("DOOR names a parser");
        if let Some(folder) = std::env::var_os("SEEDS") {
            for (n, seed) in targets::seeds().of(&name).iter().enumerate() {
                let path = std::path::Path::new(&folder).join(format!("seed-{n}"));
                std::fs::write(path, seed).expect("the folder of seeds");
            }
        }
        let found = targets::DOORS.iter().find(|(door, _)| *door == name);
        found.expect("a door of that name").1
    })
}

fuzz_target!(|bytes: &[u8]| door()(bytes));
