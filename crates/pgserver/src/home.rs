//! The folder of a server, and the watcher that ends what lives there.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use rustix::process::Pid;
use tempfile::TempDir;

use crate::programs::Owner;

/// Reads which process is running, one number a line, 0 for none; at the end of its input, however
/// that comes about, it ends that process and removes the folder.
const WATCHER: &str = r#"
pid=0
while read -r line; do pid=$line; done
if [ "$pid" != 0 ]; then
  kill -"$2" "$pid"
  tries=0
  while kill -0 "$pid" && [ "$tries" -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
fi
rm -rf "$1"
"#;

/// A folder with a short name that goes when its test program does.
#[derive(Debug)]
pub(crate) struct Home {
    path: PathBuf,
    watcher: Child,
    told: Option<ChildStdin>,
}

impl Home {
    /// A new folder; `signal` is what a process that is left over is ended with.
    pub(crate) fn new(owner: Owner, signal: &str) -> io::Result<Self> {
        // A socket's path has at most 107 bytes: not below a long TMPDIR.
        let path = TempDir::with_prefix_in("tz-pg-", "/tmp")?.keep();
        fs::set_permissions(&path, Permissions::from_mode(0o755))?;
        owner.own(&path)?;
        let mut watcher = Command::new("sh");
        watcher.args(["-c", WATCHER, "watcher"]).arg(&path).arg(signal).current_dir("/");
        watcher.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let mut watcher = watcher.spawn()?;
        let told = watcher.stdin.take();
        Ok(Self { path, watcher, told })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Tells the watcher which process is running.
    pub(crate) fn tell(&mut self, running: Option<Pid>) -> io::Result<()> {
        let pid = running.map_or(0, |pid| pid.as_raw_nonzero().get());
        match &mut self.told {
            Some(told) => writeln!(told, "{pid}"),
            None => Ok(()),
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        drop(self.told.take());
        let _ = self.watcher.wait();
    }
}
