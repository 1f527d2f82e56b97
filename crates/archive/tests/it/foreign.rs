//! Foreign bytes at every door: the seeds, changed in a thousand ways.

use testkit::mutate;
use testkit::seed::Rng;

use crate::targets::{DOORS, seeds};

fn feed(rounds: usize, seed: u64) {
    let mut rng = Rng::new(seed);
    for (name, door) in DOORS {
        let seeds = seeds().of(name);
        for seed in &seeds {
            door(seed);
        }
        for _ in 0..rounds {
            let mut one = || {
                let at = rng.below(u32::try_from(seeds.len()).unwrap());
                seeds.get(at as usize).unwrap()
            };
            let (mut bytes, other) = (one().clone(), one());
            mutate::bytes(&mut bytes, other, &mut rng);
            let answered = std::panic::catch_unwind(|| door(&bytes));
            assert!(
                answered.is_ok(),
                "{name}, seed {seed}: {:?}",
                bytes.escape_ascii().to_string()
            );
        }
    }
}

#[test]
fn no_bytes_make_a_parser_panic() {
    feed(1_500, 20_261_122);
}

#[test]
#[ignore = "minutes: tests/campaign foreign"]
fn no_bytes_make_a_parser_panic_for_long() {
    for seed in 1..=40 {
        feed(10_000, seed);
    }
    println!(
        "40 seeds, 10,000 rounds each, at {} doors: no panic",
        DOORS.len()
    );
}
