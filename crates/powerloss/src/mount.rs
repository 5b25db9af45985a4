//! Mounting and, whatever happens, unmounting.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fuser::{BackgroundSession, Config, MountOption, SessionACL};

use crate::filesystem::MountedDisk;

/// Name under which the mounts stand in `/proc/self/mountinfo`.
const NAME: &str = "tuanzhang-powerloss";
/// The kernel's error for a mount whose program has died.
const NOT_CONNECTED: i32 = 107;

/// A mounted disk; dropping it unmounts it, also while a test panics.
///
/// End the programs that use it first: a mount in use is only detached, and goes when they do.
#[derive(Debug)]
pub struct Mounted {
    at: PathBuf,
    session: Option<BackgroundSession>,
}

impl Mounted {
    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        &self.at
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let ended = self.session.take().map(BackgroundSession::umount_and_join);
        if !matches!(ended, Some(Ok(()))) {
            detach(&self.at);
        }
    }
}

pub(crate) fn mount(disk: MountedDisk, at: &Path) -> io::Result<Mounted> {
    detach_dead();
    let mut config = Config::default();
    config.mount_options =
        vec![MountOption::FSName(NAME.to_owned()), MountOption::DefaultPermissions];
    // Others may not look in without the administrator's leave.
    let is_root = fs::metadata("/proc/self")?.uid() == 0;
    config.acl = if is_root { SessionACL::All } else { SessionACL::Owner };
    let session = fuser::spawn_mount(disk, at, &config)?;
    Ok(Mounted { at: at.to_owned(), session: Some(session) })
}

/// Detaches what killed runs have left mounted.
fn detach_dead() {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    for line in mounts.lines() {
        let Some((mount, system)) = line.split_once(" - ") else { continue };
        let mut system = system.split(' ').skip(1);
        let Some(at) = mount.split(' ').nth(4).filter(|_| system.next() == Some(NAME)) else {
            continue;
        };
        // The kernel answers a `stat` from memory; a listing it has to ask for.
        let dead = fs::read_dir(at).is_err_and(|error| error.raw_os_error() == Some(NOT_CONNECTED));
        if dead {
            detach(Path::new(at));
        }
    }
}

fn detach(at: &Path) {
    for (program, option) in [("umount", "-l"), ("fusermount3", "-uz")] {
        let mut command = Command::new(program);
        command.arg(option).arg(at).stdin(Stdio::null()).stdout(Stdio::null());
        if command.stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
            return;
        }
    }
}
