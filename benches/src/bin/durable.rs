//! `durable [DIR]`: records a second that are on the disk: a raw preallocated file, the journal, and the
//! ledger over the journal, taken turn by turn in one run so that their ratios hold on a noisy machine.
#![allow(clippy::print_stdout, reason = "a program for people")]
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![allow(
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "figures for people"
)]

use std::error::Error;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use tuanzhang_benches::{Step, lifecycle};
use tuanzhang_journal::Journal;
use tuanzhang_ledger::{Ledger, Options, Request};
use tuanzhang_log::{BookKey, Store};

const RECORD_BYTES: usize = 200;
/// Turns, and appends of each contestant in a turn.
const TURNS: usize = 10;
const KEY: BookKey = BookKey([7; 16]);

fn main() -> Result<(), Box<dyn Error>> {
    let scratch = match std::env::args_os().nth(1) {
        Some(dir) => tempfile::tempdir_in(dir)?,
        None => tempfile::tempdir()?,
    };
    println!(
        "| records an append | raw file /s | journal /s | of raw | ledger commands /s | of raw |"
    );
    println!("|---|---|---|---|---|---|");
    for (batch, appends) in [(1, 200), (256, 60), (1_000, 30)] {
        contest(scratch.path(), batch, appends)?;
    }
    Ok(())
}

fn contest(dir: &Path, batch: usize, appends: usize) -> Result<(), Box<dyn Error>> {
    let mut raw =
        Raw::preallocated(&dir.join(format!("raw-{batch}")), batch * appends * (TURNS + 1))?;
    let journal = Journal::at(dir.join(format!("journal-{batch}")))?;
    let ledger =
        Ledger::open(Journal::at(dir.join(format!("ledger-{batch}")))?, Options::default())?;
    let records = vec![vec![0x5a_u8; RECORD_BYTES]; batch];
    let records: Vec<&[u8]> = records.iter().map(Vec::as_slice).collect();
    let mut steps = lifecycle(u64::MAX);
    ledger.execute_many(&requests(steps.by_ref().take(6)))?;
    let mut spent = [Duration::ZERO; 3];
    let mut size = 0_u64;
    for _ in 0..TURNS {
        spent[0] += timed(|| (0..appends).try_for_each(|_| raw.append(&records)))?;
        spent[1] += timed(|| {
            (0..appends).try_for_each(|_| {
                size = journal.append(KEY, size, &records).map_err(std::io::Error::other)?.size;
                Ok(())
            })
        })?;
        let commands = requests(steps.by_ref().take(batch * appends));
        spent[2] += timed(|| {
            commands.chunks(batch).try_for_each(|chunk| {
                let answers = ledger.execute_many(chunk).map_err(std::io::Error::other)?;
                let refused = answers.into_iter().find_map(Result::err);
                refused.map_or(Ok(()), |why| Err(std::io::Error::other(why)))
            })
        })?;
    }
    let total = (batch * appends * TURNS) as f64;
    let [raw, journal, ledger] = spent.map(|spent| total / spent.as_secs_f64());
    println!(
        "| {batch} | {raw:.0} | {journal:.0} | {:.2} | {ledger:.0} | {:.2} |",
        journal / raw,
        ledger / raw
    );
    Ok(())
}

fn requests(steps: impl Iterator<Item = Step>) -> Vec<Request> {
    steps
        .map(|step| {
            let mut request = Request::new(step.actor, step.command);
            request.at = Some(step.at);
            request
        })
        .collect()
}

fn timed(run: impl FnOnce() -> std::io::Result<()>) -> std::io::Result<Duration> {
    let start = Instant::now();
    run()?;
    Ok(start.elapsed())
}

/// Length and checksum frames in a file of zeroes, one `fdatasync` an append.
struct Raw {
    file: File,
    buffer: Vec<u8>,
}

impl Raw {
    fn preallocated(path: &Path, records: usize) -> std::io::Result<Self> {
        let mut file = File::create(path)?;
        let zeroes = vec![0_u8; 1 << 20];
        for _ in 0..=(records * (RECORD_BYTES + 8)) >> 20 {
            file.write_all(&zeroes)?;
        }
        file.sync_all()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(Self { file, buffer: Vec::new() })
    }

    fn append(&mut self, records: &[&[u8]]) -> std::io::Result<()> {
        self.buffer.clear();
        for record in records {
            self.buffer.extend_from_slice(&u32::try_from(record.len()).unwrap_or(0).to_le_bytes());
            self.buffer.extend_from_slice(&crc32c::crc32c(record).to_le_bytes());
            self.buffer.extend_from_slice(record);
        }
        self.file.write_all(&self.buffer)?;
        self.file.sync_data()
    }
}
