//! Where PostgreSQL's programs are, and as whom they run.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Folders where distributions put what is not in everybody's `PATH`.
const BESIDE_PATH: [&str; 2] = ["/usr/sbin", "/usr/local/sbin"];

/// The newest PostgreSQL's program of this name.
pub(crate) fn postgres(name: &str) -> Result<PathBuf, String> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            let path = entry.path().join("bin").join(name);
            path.is_file().then_some((version, path))
        })
        .collect();
    found.sort();
    match found.pop() {
        Some((_, path)) => Ok(path),
        None => in_path(name).map_err(|_| {
            format!("no `{name}` in /usr/lib/postgresql/*/bin or PATH (Debian: apt-get install postgresql)")
        }),
    }
}

/// A program of this name in `PATH` or beside it.
pub(crate) fn in_path(name: &str) -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(BESIDE_PATH.iter().map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
        .ok_or_else(|| format!("no `{name}` in PATH (Debian: apt-get install {name})"))
}

/// Whom the servers run as.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner {
    /// User and group to change to; `None`: as this process.
    ids: Option<(u32, u32)>,
}

impl Owner {
    /// The user `postgres` if this process is root, who may not run a server; else this process's own.
    pub(crate) fn find() -> Result<Self, String> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self { ids: None });
        }
        let users = fs::read_to_string("/etc/passwd").map_err(|error| error.to_string())?;
        let ids = users.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next() == Some("postgres")).then_some(())?;
            Some((fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
        });
        match ids {
            Some(ids) => Ok(Self { ids: Some(ids) }),
            None => Err("root may not run a server, and there is no user `postgres`".to_owned()),
        }
    }

    /// A program that will run as this user, in a process group of its own, without input.
    pub(crate) fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Some((user, group)) = self.ids {
            // The standard library gives up all other groups then.
            command.uid(user).gid(group);
        }
        command.current_dir("/").stdin(Stdio::null()).process_group(0);
        command.env("LC_ALL", "C").env_remove("PGDATA").env_remove("PGOPTIONS");
        command
    }

    /// Gives a file or folder to this user.
    pub(crate) fn own(self, path: &Path) -> io::Result<()> {
        match self.ids {
            Some((user, group)) => std::os::unix::fs::chown(path, Some(user), Some(group)),
            None => Ok(()),
        }
    }
}

/// Runs a program to its end.
///
/// # Errors
/// What it said, when it can't be run or doesn't end well.
pub(crate) fn run(command: &mut Command) -> io::Result<String> {
    let Output { status, stdout, stderr } = command.output()?;
    if status.success() {
        return Ok(String::from_utf8_lossy(&stdout).into_owned());
    }
    let program = command.get_program().to_string_lossy().into_owned();
    let said = String::from_utf8_lossy(&stderr);
    Err(io::Error::other(format!("{program}: {status}: {}", said.trim())))
}
