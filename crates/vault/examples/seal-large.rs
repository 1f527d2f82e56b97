//! Measures sealing and opening of one large object in a local store: speed, and memory over
//! idle.
//!
//! `cargo run --release -p vault --example seal-large -- 2048 [FOLDER]`: how many MiB, and
//! where the store is made (a temporary folder there; by default the system's).

use std::error::Error;
use std::io::{self, Write};
use std::time::Instant;

use domain::{Epoch, RecordId, SealedName};
use store::Store;
use vault::{Identity, Recipients, Vault};

const MIB: u64 = 1024 * 1024;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mib: u64 = arguments.next().as_deref().unwrap_or("2048").parse()?;
    let folder = match arguments.next() {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let (archive, recovery, search, intake) = (
        Identity::generate(),
        Identity::generate(),
        Identity::generate(),
        Identity::generate(),
    );
    let recipients = Recipients {
        archive: vec![archive.recipient()],
        recovery: vec![recovery.recipient()],
        search: vec![search.recipient()],
        intake: intake.recipient(),
    };
    let store = Store::local(folder.path())?;
    let vault = Vault::new(store.clone(), store, Epoch(0), &recipients)?;
    // Once before, so that idle is the idle of a program that has worked.
    vault
        .seal(&SealedName::bag(RecordId::from_bits(0), 1), vec![0; 1000])
        .await?;
    let idle_kib = memory_kib("VmRSS:")?;

    let block: Vec<u8> = (0..MIB)
        .map(|n| (n.wrapping_mul(n) >> 7).to_le_bytes()[0])
        .collect();
    let name = SealedName::bag(RecordId::from_bits(1), 1);
    let begun = now();
    let write = move |out: &mut dyn Write| -> io::Result<()> {
        (0..mib).try_for_each(|_| out.write_all(&block))
    };
    let (object, ()) = vault.seal_stream(&name, write).await?;
    report("sealed", mib, begun, idle_kib)?;

    let begun = now();
    let (opened_bytes, _) = vault.open_stream(&object, &archive, io::sink()).await?;
    report("opened", mib, begun, idle_kib)?;
    if opened_bytes != mib * MIB {
        return Err("what came out is not as large as what went in".into());
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "this measures")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn report(done: &str, mib: u64, begun: Instant, idle_kib: u64) -> Result<(), Box<dyn Error>> {
    let seconds = begun.elapsed().as_secs_f64();
    let peak_kib = memory_kib("VmHWM:")?;
    println!(
        "{done} {mib} MiB in {seconds:.1} s, {:.0} MiB/s; idle {} MiB, peak {} MiB, {} MiB over idle",
        mib as f64 / seconds,
        idle_kib / 1024,
        peak_kib / 1024,
        peak_kib.saturating_sub(idle_kib) / 1024,
    );
    Ok(())
}

/// A number of KiB from what Linux tells about this process.
fn memory_kib(field: &str) -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or("Linux does not tell")?.parse()?)
}
