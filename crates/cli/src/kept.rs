//! Files that people keep beside a book: checkpoints, keys, receipts.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use tuanzhang_proof::{MakeError, NOTE_BYTES_MAX, RECEIPT_BYTES_MAX, SignedCheckpoint, SignerKey};

use crate::failure::{Failure, Outcome};
use crate::out_file::{self, Kind};

/// Reads a checkpoint; it may be signed.
pub(crate) fn checkpoint(path: &Path) -> Result<SignedCheckpoint, Failure> {
    let text = text(path, NOTE_BYTES_MAX)?;
    let parsed = SignedCheckpoint::parse(&text);
    parsed.map_err(|error| Failure::input(format!("{}: {error}", path.display())))
}

/// Reads a private key, which nobody else may be able to read.
pub(crate) fn signer(path: &Path) -> Result<SignerKey, Failure> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let about = fs::metadata(path).map_err(|error| Failure::file(path, "read", &error))?;
        if about.is_file() && about.permissions().mode() & 0o077 != 0 {
            return Err(Failure::input(format!(
                "{}: others than you can read or change this private key: chmod 600 it, and make a new one if \
                 somebody may have read it",
                path.display()
            )));
        }
    }
    let text = text(path, NOTE_BYTES_MAX)?;
    let parsed = text.trim_end().parse();
    parsed.map_err(|error| Failure::input(format!("{}: {error}", path.display())))
}

/// Reads a receipt or growth, `-` from standard input; one that is too large is not read to its end.
pub(crate) fn receipt(path: &Path) -> Result<Vec<u8>, Failure> {
    bytes(path, RECEIPT_BYTES_MAX)
}

fn text(path: &Path, limit: usize) -> Result<String, Failure> {
    String::from_utf8(bytes(path, limit)?)
        .map_err(|_| Failure::input(format!("{} is not UTF-8", path.display())))
}

/// All bytes of a file, or one more than the limit.
fn bytes(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let limit = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().take(limit).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    read.map_err(|error| Failure::file(path, "read", &error))?;
    Ok(bytes)
}

/// Writes a text to a file, or to standard output where none is named.
pub(crate) fn put(
    file: Option<&Path>,
    text: &str,
    out: &mut impl Write,
) -> Result<Outcome, Failure> {
    match file {
        Some(path) => {
            out_file::write(path, Kind::Other, text)?;
        }
        None => out.write_all(text.as_bytes())?,
    }
    Ok(Outcome::Done)
}

/// What to say where no receipt or growth could be made; that a book isn't the one of an older checkpoint is
/// what was asked, and found.
pub(crate) fn not_made(error: MakeError) -> Result<Outcome, Failure> {
    Err(match error {
        MakeError::NotContinued { .. } => {
            writeln!(io::stderr(), "tuanzhang: {error}")?;
            return Ok(Outcome::Found);
        }
        MakeError::Store(error) => error.into(),
        MakeError::Record { .. } => Failure::store(&error),
        MakeError::UnknownOrder { .. }
        | MakeError::TooLarge(_)
        | MakeError::OtherOrigin { .. }
        | MakeError::NoSuchSize { .. } => Failure::input(error.to_string()),
    })
}
