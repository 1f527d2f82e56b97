//! What every engine must do, as one function that runs on any of them.

use std::ops::ControlFlow;

use crate::kv::{Batch, Direction, Kv, KvError};

/// What an engine did wrong.
#[derive(Debug, thiserror::Error)]
pub enum Breach {
    /// It answered otherwise than it must.
    #[error("{rule}: expected {expected}, found {found}")]
    Wrong {
        /// The rule it broke.
        rule: &'static str,
        /// What it should have answered.
        expected: String,
        /// What it answered.
        found: String,
    },
    /// It failed.
    #[error("the engine failed")]
    Failed(#[from] KvError),
}

type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// Puts an empty engine through everything that the catalog relies on; for tests. It is left
/// with keys in it.
pub fn conforms(kv: &dyn Kv) -> Result<(), Breach> {
    an_absent_key_has_no_value(kv)?;
    a_batch_writes_and_removes_together(kv)?;
    the_last_word_on_a_key_counts(kv)?;
    keys_are_ordered_as_bytes(kv)?;
    scans_keep_to_their_range(kv)?;
    a_scan_breaks_off_when_told(kv)?;
    large_values_come_back_whole(kv)?;
    many_keys_are_all_found(kv)?;
    Ok(kv.flush()?)
}

fn same<T: PartialEq + std::fmt::Debug>(
    rule: &'static str,
    expected: &T,
    found: &T,
) -> Result<(), Breach> {
    if expected == found {
        return Ok(());
    }
    let short = |value: &T| format!("{value:?}").chars().take(200).collect();
    Err(Breach::Wrong {
        rule,
        expected: short(expected),
        found: short(found),
    })
}

fn put(kv: &dyn Kv, pairs: &[(&[u8], &[u8])]) -> Result<(), Breach> {
    let mut batch = Batch::default();
    for (key, value) in pairs {
        batch.put(key.to_vec(), value.to_vec());
    }
    Ok(kv.apply(batch)?)
}

fn all(kv: &dyn Kv, from: &[u8], to: &[u8], direction: Direction) -> Result<Pairs, Breach> {
    let mut pairs = Pairs::new();
    kv.scan(from, to, direction, &mut |key, value| {
        pairs.push((key.to_vec(), value.to_vec()));
        ControlFlow::Continue(())
    })?;
    Ok(pairs)
}

fn an_absent_key_has_no_value(kv: &dyn Kv) -> Result<(), Breach> {
    let rule = "an absent key has no value";
    same(rule, &None, &kv.get(b"absent")?)?;
    let pairs = all(kv, b"", b"\xff\xff", Direction::Forward)?;
    same("an empty engine has no keys", &Pairs::new(), &pairs)
}

fn a_batch_writes_and_removes_together(kv: &dyn Kv) -> Result<(), Breach> {
    put(kv, &[(b"b/1", b"one"), (b"b/2", b"")])?;
    let mut batch = Batch::default();
    batch.remove(b"b/1".to_vec());
    batch.put(b"b/3".to_vec(), b"three".to_vec());
    batch.remove(b"b/never".to_vec());
    kv.apply(batch)?;
    let rule = "a batch writes and removes together";
    same(rule, &None, &kv.get(b"b/1")?)?;
    same(rule, &Some(b"three".to_vec()), &kv.get(b"b/3")?)?;
    let rule = "an empty value is a value";
    same(rule, &Some(Vec::new()), &kv.get(b"b/2")?)?;
    kv.apply(Batch::default())?;
    Ok(())
}

fn the_last_word_on_a_key_counts(kv: &dyn Kv) -> Result<(), Breach> {
    let mut batch = Batch::default();
    batch.put(b"c/1".to_vec(), b"first".to_vec());
    batch.put(b"c/1".to_vec(), b"second".to_vec());
    batch.put(b"c/2".to_vec(), b"gone".to_vec());
    batch.remove(b"c/2".to_vec());
    kv.apply(batch)?;
    let rule = "the last word on a key counts";
    same(rule, &Some(b"second".to_vec()), &kv.get(b"c/1")?)?;
    same(rule, &None, &kv.get(b"c/2")?)?;
    put(kv, &[(b"c/1", b"third")])?;
    same(rule, &Some(b"third".to_vec()), &kv.get(b"c/1")?)
}

fn keys_are_ordered_as_bytes(kv: &dyn Kv) -> Result<(), Breach> {
    let ordered: [&[u8]; 6] = [
        b"d/",
        b"d/\x00",
        b"d/\x00\x00",
        b"d/\x01",
        b"d/a\xff",
        b"d/\xff",
    ];
    for key in ordered.iter().rev() {
        put(kv, &[(key, b"x")])?;
    }
    let expected: Pairs = ordered.map(|key| (key.to_vec(), b"x".to_vec())).to_vec();
    let found = all(kv, b"d/", b"d0", Direction::Forward)?;
    same("keys are ordered as bytes", &expected, &found)?;
    let mut found = all(kv, b"d/", b"d0", Direction::Reverse)?;
    found.reverse();
    same("backwards is forwards reversed", &expected, &found)
}

fn scans_keep_to_their_range(kv: &dyn Kv) -> Result<(), Breach> {
    put(kv, &[(b"e/1", b""), (b"e/2", b""), (b"e/3", b"")])?;
    let rule = "a scan has its first key and not its last";
    for direction in [Direction::Forward, Direction::Reverse] {
        let keys = |from, to| -> Result<Vec<Vec<u8>>, Breach> {
            let pairs = all(kv, from, to, direction)?;
            Ok(pairs.into_iter().map(|(key, _)| key).collect())
        };
        let mut expected = vec![b"e/1".to_vec(), b"e/2".to_vec()];
        if direction == Direction::Reverse {
            expected.reverse();
        }
        same(rule, &expected, &keys(b"e/1", b"e/3")?)?;
        same(rule, &vec![b"e/2".to_vec()], &keys(b"e/1\x00", b"e/3")?)?;
        let rule = "an empty or reversed range has no keys";
        same(rule, &Vec::new(), &keys(b"e/2", b"e/2")?)?;
        same(rule, &Vec::new(), &keys(b"e/3", b"e/1")?)?;
    }
    Ok(())
}

fn a_scan_breaks_off_when_told(kv: &dyn Kv) -> Result<(), Breach> {
    let mut seen = 0;
    kv.scan(b"e/", b"e0", Direction::Reverse, &mut |_, _| {
        seen += 1;
        ControlFlow::Break(())
    })?;
    same("a scan breaks off when told", &1, &seen)
}

fn large_values_come_back_whole(kv: &dyn Kv) -> Result<(), Breach> {
    for size in [511, 65_536, 1_000_000] {
        let value: Vec<u8> = (0u8..=250).cycle().take(size).collect();
        put(kv, &[(b"f/large", &value)])?;
        let found = kv.get(b"f/large")?;
        same("large values come back whole", &Some(value), &found)?;
    }
    Ok(())
}

fn many_keys_are_all_found(kv: &dyn Kv) -> Result<(), Breach> {
    const MANY: u32 = 3_000;
    for start in (0..MANY).step_by(100) {
        let mut batch = Batch::default();
        for n in start..start + 100 {
            // Spread, so that pages split in the middle and not at the end alone.
            let spread = n.wrapping_mul(2_654_435_761);
            let key = [b"g/".as_slice(), &spread.to_be_bytes()].concat();
            batch.put(key, n.to_be_bytes().to_vec());
        }
        kv.apply(batch)?;
    }
    let pairs = all(kv, b"g/", b"g0", Direction::Forward)?;
    same("many keys are all found", &(MANY as usize), &pairs.len())?;
    for (key, value) in pairs {
        same("a scan agrees with get", &Some(value), &kv.get(&key)?)?;
    }
    Ok(())
}
