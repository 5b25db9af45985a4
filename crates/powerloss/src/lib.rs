//! A file system for tests: what was synced survives a power loss, of the rest a seed decides.
//!
//! Programs run on it as on any disk, through the kernel (FUSE): killing a process loses no page
//! of the system's memory, so only this shows what a store has really made durable.
//!
#![cfg_attr(target_os = "linux", doc = "```no_run")]
#![cfg_attr(not(target_os = "linux"), doc = "```ignore")]
//! use tuanzhang_powerloss::{Disk, Options};
//!
//! # let folder = tempfile::tempdir()?;
//! let disk = Disk::new(Options::default());
//! let mounted = disk.mount(folder.path())?;
//! disk.cut_in(100); // in the 100th write, sync, rename, … from now
//! // … run a program on folder.path() until it fails, note what it promised, end it …
//! drop(mounted);
//! let cut = disk.restart(42);
//! println!("{cut:?}");
//! let mounted = disk.mount(folder.path())?;
//! // … run it again: all that it promised must be there …
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # What is durable
//! - Bytes and length of a file, when `fsync` or `fdatasync` of it has answered.
//! - Names (of creating, renaming, linking, unlinking), when `fsync` of their folder has; a rename
//!   between folders, when that of either has. [`Naming::Journaled`] is kinder, as ext4 and XFS are.
//! - Rights, owners and times at once: nothing here is about them.
//!
//! # What a power loss does with the rest
//! - Of each file, the edits since its last sync are all kept, all lost, or each write or each
//!   sector ([`SECTOR_BYTES`]) or page of each write is, so that writes come torn and reordered.
//!   A sector is never torn: of two writes to one, the later doesn't come without the earlier.
//!   The length is one that the file had since then.
//! - Of the changes of names, each is kept or lost whole, and lost if it builds on a lost one.
//! - A file whose name is lost is gone, whatever was synced of it; a folder with all in it.
//!
//! # Limits
//! Linux with `/dev/fuse`; as root, or with `fusermount3`. Everything is in memory: a file has up
//! to 1 GiB. Locks and memory maps are the kernel's own. `sync`, `syncfs` and `sync_file_range` make
//! nothing durable. There are no extended attributes and no devices.

#[cfg(target_os = "linux")]
mod content;
#[cfg(target_os = "linux")]
mod disk;
#[cfg(target_os = "linux")]
mod filesystem;
#[cfg(target_os = "linux")]
mod image;
#[cfg(target_os = "linux")]
mod machine;
#[cfg(target_os = "linux")]
mod mount;
#[cfg(target_os = "linux")]
mod names;
#[cfg(target_os = "linux")]
mod node;
mod random;

#[cfg(target_os = "linux")]
pub use content::SECTOR_BYTES;
#[cfg(target_os = "linux")]
pub use disk::Disk;
#[cfg(target_os = "linux")]
pub use machine::{Cut, Options, Syncs};
#[cfg(target_os = "linux")]
pub use mount::Mounted;
#[cfg(target_os = "linux")]
pub use names::Naming;
pub use random::Random;
