//! `tuanzhang new-key NAME FILE`: a key that signs checkpoints.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use tuanzhang_proof::SignerKey;

use crate::failure::{Failure, Outcome};
use crate::node::Node;

#[derive(Debug, Args)]
pub(crate) struct NewKey {
    /// The key's name, best a domain and path of yours, like liu.example/books; no space, no plus
    name: String,
    /// Where the private key goes: a file that doesn't exist yet, readable for you alone
    file: PathBuf,
}

impl NewKey {
    pub(crate) fn run(self, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
        let key = SignerKey::random(&self.name);
        let key = key.map_err(|error| Failure::input(format!("{}: {error}", self.name)))?;
        self.write(&key.to_private_text())?;
        let verifier = key.verifier().to_string();
        if json {
            let node = Node::Map(vec![("name", self.name.into()), ("verifier", verifier.into())]);
            writeln!(out, "{}", serde_json::to_string(&node)?)?;
        } else {
            writeln!(out, "{verifier}")?;
        }
        Ok(Outcome::Done)
    }

    /// Writes the private key; a file that exists is left alone.
    fn write(&self, text: &str) -> Result<(), Failure> {
        let failed = |error| Failure::file(&self.file, "make a key in", &error);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&self.file).map_err(failed)?;
        writeln!(file, "{text}").and_then(|()| file.sync_all()).map_err(failed)?;
        // The key is there after a power cut only once its folder says so.
        if cfg!(unix) {
            let folder = self.file.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = File::open(folder.unwrap_or(Path::new(".")));
            folder.and_then(|folder| folder.sync_all()).map_err(failed)?;
        }
        Ok(())
    }
}
