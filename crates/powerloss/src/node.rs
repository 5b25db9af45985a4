//! A file, a folder or a link, without its names.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use fuser::{FileAttr, FileType, INodeNo};

use crate::content::Content;

/// Bytes of a block in what `stat` answers.
const BLOCK_BYTES: u64 = 512;
/// Size of read and write that suits best, as `stat` answers it.
const SUITABLE_BYTES: u32 = 4096;

/// What a node holds.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    File(Content),
    Folder,
    Link(PathBuf),
    /// A socket or a pipe; the kernel does the rest.
    Special(FileType),
}

/// Who may do what with a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rights {
    pub(crate) mode: u16,
    pub(crate) user: u32,
    pub(crate) group: u32,
}

/// A file, a folder or a link. Rights and times are durable at once.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) rights: Rights,
    pub(crate) accessed: SystemTime,
    pub(crate) modified: SystemTime,
    /// Names that programs see.
    pub(crate) links: u32,
    /// References that the kernel holds.
    pub(crate) lookups: u64,
}

/// A time that tells changes apart, without a clock.
pub(crate) fn moment(tick: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(tick)).unwrap_or(SystemTime::UNIX_EPOCH)
}

impl Node {
    pub(crate) fn new(kind: Kind, rights: Rights, tick: u64) -> Self {
        let now = moment(tick);
        Self { kind, rights, accessed: now, modified: now, links: 0, lookups: 0 }
    }

    pub(crate) fn file_type(&self) -> FileType {
        match &self.kind {
            Kind::File(_) => FileType::RegularFile,
            Kind::Folder => FileType::Directory,
            Kind::Link(_) => FileType::Symlink,
            Kind::Special(kind) => *kind,
        }
    }

    pub(crate) fn attributes(&self, number: u64) -> FileAttr {
        let length = match &self.kind {
            Kind::File(content) => content.length(),
            Kind::Link(target) => target.as_os_str().len(),
            Kind::Folder | Kind::Special(_) => 0,
        };
        let size = u64::try_from(length).unwrap_or(u64::MAX);
        FileAttr {
            ino: INodeNo(number),
            size,
            blocks: size.div_ceil(BLOCK_BYTES),
            atime: self.accessed,
            mtime: self.modified,
            ctime: self.modified,
            crtime: self.modified,
            kind: self.file_type(),
            perm: self.rights.mode,
            nlink: self.links.max(1),
            uid: self.rights.user,
            gid: self.rights.group,
            rdev: 0,
            blksize: SUITABLE_BYTES,
            flags: 0,
        }
    }
}
