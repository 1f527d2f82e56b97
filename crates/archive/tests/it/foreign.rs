//! Foreign bytes at every door: the seeds, changed in a thousand ways.

use crate::targets::{DOORS, seeds};

/// What a text or number is at its limits.
const ODD: [&[u8]; 10] = [
    b"",
    b"\0",
    b"\n\n",
    b"-1",
    b"18446744073709551616",
    b"\xff\xff\xff\xff",
    "\u{2028}张".as_bytes(),
    b"\\u0000",
    b"{}[]\"",
    b"--- \n",
];

/// A generator that needs no crate: xorshift.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % bound.max(1)
    }
}

/// Changes some bytes: flipped, cut out, put in, doubled, or moved.
fn mutate(bytes: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len() + 1);
        let end = (at + dice.below(64)).min(bytes.len());
        match dice.below(7) {
            0 if at < bytes.len() => {
                let bit = 1 << dice.below(8);
                bytes
                    .get_mut(at..=at)
                    .unwrap()
                    .iter_mut()
                    .for_each(|b| *b ^= bit);
            }
            1 => drop(bytes.drain(at..end)),
            2 => bytes.truncate(at),
            3 => {
                let part = bytes.get(at..end).unwrap().to_vec();
                let to = dice.below(bytes.len() + 1);
                bytes.splice(to..to, part);
            }
            4 => {
                let from = dice.below(other.len() + 1);
                let part = other.get(from..(from + 40).min(other.len())).unwrap();
                bytes.splice(at..at, part.iter().copied());
            }
            5 => {
                let odd = *ODD.get(dice.below(ODD.len())).unwrap();
                bytes.splice(at..end, odd.iter().copied());
            }
            _ => {
                let digit = b'0' + u8::try_from(dice.below(10)).unwrap();
                let digits = bytes.iter_mut().skip(at).filter(|b| b.is_ascii_digit());
                digits.take(1).for_each(|b| *b = digit);
            }
        }
    }
}

fn feed(rounds: usize, seed: u64) {
    let mut dice = Dice(seed | 1);
    for (name, door) in DOORS {
        let seeds = seeds().of(name);
        for seed in &seeds {
            door(seed);
        }
        for _ in 0..rounds {
            let mut bytes = seeds.get(dice.below(seeds.len())).unwrap().clone();
            let other = seeds.get(dice.below(seeds.len())).unwrap();
            mutate(&mut bytes, other, &mut dice);
            let before = bytes.clone();
            let answered = std::panic::catch_unwind(|| door(&before));
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
