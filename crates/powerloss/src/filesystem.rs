//! The machine's disk as the kernel sees it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use fuser::{
    BsdFileFlags, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation,
    INodeNo, LockOwner, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory,
    ReplyEmpty, ReplyEntry, ReplyOpen, ReplyStatfs, ReplyWrite, Request, TimeOrNow, WriteFlags,
};

use crate::content::Content;
use crate::image::{FILE_BYTES_MAX, Image, Renaming};
use crate::machine::{Machine, Synced};
use crate::node::{Kind, Rights};

/// For how long the kernel may keep what it was told: nobody else changes it.
const KEPT: Duration = Duration::from_hours(1);
/// Bits of a mode that say what kind of node it is.
const KIND_BITS: u32 = 0o170_000;
/// Blocks that the disk says it has.
const BLOCKS: u64 = 1 << 22;
const BLOCK_BYTES: u32 = 4096;

/// `fallocate`: the length stays.
const KEEP_SIZE: i32 = 0x01;
/// `fallocate`: zeroes instead of what is there, the length stays.
const PUNCH_HOLE: i32 = 0x02;
/// `fallocate`: zeroes instead of what is there.
const ZERO_RANGE: i32 = 0x10;

/// Names in a folder as they were when a program began to list them.
type Listing = Vec<(u64, FileType, OsString)>;

/// One mount of a machine's disk, alive until the power is cut.
#[derive(Debug)]
pub(crate) struct MountedDisk {
    machine: Arc<Machine>,
    /// The machine's start that this mount belongs to.
    start: u64,
    listings: Mutex<(u64, BTreeMap<u64, Listing>)>,
}

impl MountedDisk {
    pub(crate) fn new(machine: Arc<Machine>) -> Self {
        let start = machine.start();
        Self { machine, start, listings: Mutex::default() }
    }

    fn look<T>(&self, look: impl FnOnce(&mut Image) -> Result<T, Errno>) -> Result<T, Errno> {
        self.machine.look(self.start, look)
    }

    fn change<T>(
        &self,
        name: &'static str,
        change: impl FnOnce(&mut Image) -> Result<T, Errno>,
    ) -> Result<T, Errno> {
        self.machine.change(self.start, name, change)
    }

    fn create_node(
        &self,
        call: &'static str,
        (folder, name): (INodeNo, &OsStr),
        kind: Kind,
        (request, mode): (&Request, u32),
    ) -> Result<FileAttr, Errno> {
        let mode = u16::try_from(mode & !KIND_BITS).unwrap_or(0);
        let rights = Rights { mode, user: request.uid(), group: request.gid() };
        self.change(call, |image| {
            let number = image.create(folder.0, name, kind, rights)?;
            image.entry(number)
        })
    }

    fn list(&self, folder: INodeNo) -> Result<Listing, Errno> {
        self.look(|image| {
            let mut listing = vec![
                (folder.0, FileType::Directory, ".".into()),
                (folder.0, FileType::Directory, "..".into()),
            ];
            for (name, number) in image.names(folder.0) {
                listing.push((number, image.node(number)?.file_type(), name.to_owned()));
            }
            Ok(listing)
        })
    }
}

fn answer_entry(reply: ReplyEntry, entry: Result<FileAttr, Errno>) {
    match entry {
        Ok(attributes) => reply.entry(&KEPT, &attributes, Generation(0)),
        Err(error) => reply.error(error),
    }
}

fn answer(reply: ReplyEmpty, done: Result<(), Errno>) {
    match done {
        Ok(()) => reply.ok(),
        Err(error) => reply.error(error),
    }
}

fn special(mode: u32) -> Result<Kind, Errno> {
    match mode & KIND_BITS {
        0o100_000 | 0 => Ok(Kind::File(Content::default())),
        0o010_000 => Ok(Kind::Special(FileType::NamedPipe)),
        0o140_000 => Ok(Kind::Special(FileType::Socket)),
        _ => Err(Errno::EPERM),
    }
}

fn time(set: TimeOrNow, now: SystemTime) -> SystemTime {
    match set {
        TimeOrNow::SpecificTime(time) => time,
        TimeOrNow::Now => now,
    }
}

fn low_bits(mode: u32) -> u16 {
    u16::try_from(mode & !KIND_BITS & 0xffff).unwrap_or(0)
}

impl Filesystem for MountedDisk {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let found = self.look(|image| {
            let number = image.find(parent.0, name)?;
            image.entry(number)
        });
        answer_entry(reply, found);
    }

    fn forget(&self, _: &Request, ino: INodeNo, nlookup: u64) {
        // A dead machine has forgotten everything.
        let _ = self.look(|image| {
            image.forget(ino.0, nlookup);
            Ok(())
        });
    }

    fn getattr(&self, _: &Request, ino: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match self.look(|image| image.attributes(ino.0)) {
            Ok(attributes) => reply.attr(&KEPT, &attributes),
            Err(error) => reply.error(error),
        }
    }

    fn setattr(
        &self,
        _: &Request,
        ino: INodeNo,
        mode: Option<u32>,
        uid: Option<u32>,
        gid: Option<u32>,
        size: Option<u64>,
        atime: Option<TimeOrNow>,
        mtime: Option<TimeOrNow>,
        _: Option<SystemTime>,
        _: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let resized = size
            .map_or(Ok(()), |size| self.change("truncate", |image| image.set_length(ino.0, size)));
        let altered = resized.and_then(|()| {
            self.look(|image| {
                let now = image.now();
                image.alter(ino.0, |node| {
                    node.rights.mode = mode.map_or(node.rights.mode, low_bits);
                    node.rights.user = uid.unwrap_or(node.rights.user);
                    node.rights.group = gid.unwrap_or(node.rights.group);
                    node.accessed = atime.map_or(node.accessed, |set| time(set, now));
                    node.modified = mtime.map_or(node.modified, |set| time(set, now));
                })?;
                image.attributes(ino.0)
            })
        });
        match altered {
            Ok(attributes) => reply.attr(&KEPT, &attributes),
            Err(error) => reply.error(error),
        }
    }

    fn readlink(&self, _: &Request, ino: INodeNo, reply: ReplyData) {
        let target = self.look(|image| match &image.node(ino.0)?.kind {
            Kind::Link(target) => Ok(target.clone()),
            Kind::File(_) | Kind::Folder | Kind::Special(_) => Err(Errno::EINVAL),
        });
        match target {
            Ok(target) => reply.data(target.as_os_str().as_bytes()),
            Err(error) => reply.error(error),
        }
    }

    fn mknod(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        _: u32,
        _: u32,
        reply: ReplyEntry,
    ) {
        let place = (parent, name);
        let created =
            special(mode).and_then(|kind| self.create_node("mknod", place, kind, (request, mode)));
        answer_entry(reply, created);
    }

    fn mkdir(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        _: u32,
        reply: ReplyEntry,
    ) {
        let created = self.create_node("mkdir", (parent, name), Kind::Folder, (request, mode));
        answer_entry(reply, created);
    }

    fn symlink(
        &self,
        request: &Request,
        parent: INodeNo,
        link_name: &OsStr,
        target: &Path,
        reply: ReplyEntry,
    ) {
        let kind = Kind::Link(target.to_owned());
        let created = self.create_node("symlink", (parent, link_name), kind, (request, 0o777));
        answer_entry(reply, created);
    }

    fn link(
        &self,
        _: &Request,
        ino: INodeNo,
        newparent: INodeNo,
        newname: &OsStr,
        reply: ReplyEntry,
    ) {
        let linked = self.change("link", |image| {
            image.link(ino.0, newparent.0, newname)?;
            image.entry(ino.0)
        });
        answer_entry(reply, linked);
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        answer(reply, self.change("unlink", |image| image.unlink(parent.0, name)));
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        answer(reply, self.change("rmdir", |image| image.unlink(parent.0, name)));
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        newparent: INodeNo,
        newname: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        let renaming = if flags.is_empty() {
            Renaming::Replace
        } else if flags == RenameFlags::RENAME_NOREPLACE {
            Renaming::Refuse
        } else if flags == RenameFlags::RENAME_EXCHANGE {
            Renaming::Exchange
        } else {
            return reply.error(Errno::EINVAL);
        };
        let (from, to) = ((parent.0, name), (newparent.0, newname));
        answer(reply, self.change("rename", |image| image.rename(from, to, renaming)));
    }

    fn open(&self, _: &Request, ino: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        match self.look(|image| image.node(ino.0).map(drop)) {
            Ok(()) => reply.opened(FileHandle(0), FopenFlags::FOPEN_KEEP_CACHE),
            Err(error) => reply.error(error),
        }
    }

    fn create(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        _: u32,
        _: i32,
        reply: ReplyCreate,
    ) {
        let kind = Kind::File(Content::default());
        match self.create_node("create", (parent, name), kind, (request, mode)) {
            Ok(created) => {
                let flags = FopenFlags::FOPEN_KEEP_CACHE;
                reply.created(&KEPT, &created, Generation(0), FileHandle(0), flags);
            }
            Err(error) => reply.error(error),
        }
    }

    fn read(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        match self.look(|image| image.read(ino.0, offset, size).map(<[u8]>::to_vec)) {
            Ok(bytes) => reply.data(&bytes),
            Err(error) => reply.error(error),
        }
    }

    fn write(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        match self.change("write", |image| image.write(ino.0, offset, data)) {
            Ok(()) => reply.written(u32::try_from(data.len()).unwrap_or(u32::MAX)),
            Err(error) => reply.error(error),
        }
    }

    fn fallocate(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        length: u64,
        mode: i32,
        reply: ReplyEmpty,
    ) {
        if mode & !(KEEP_SIZE | PUNCH_HOLE | ZERO_RANGE) != 0 {
            return reply.error(Errno::EOPNOTSUPP);
        }
        let end = offset.saturating_add(length);
        if end > FILE_BYTES_MAX {
            return reply.error(Errno::EFBIG);
        }
        let done = self.change("fallocate", |image| {
            let size = image.attributes(ino.0)?.size;
            if mode & (PUNCH_HOLE | ZERO_RANGE) != 0 {
                let zeroes = end.min(size).saturating_sub(offset);
                let zeroes = vec![0; usize::try_from(zeroes).unwrap_or(0)];
                if !zeroes.is_empty() {
                    image.write(ino.0, offset, &zeroes)?;
                }
            }
            if mode & KEEP_SIZE == 0 && end > size {
                image.set_length(ino.0, end)?;
            }
            Ok(())
        });
        answer(reply, done);
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        answer(reply, self.look(|_| Ok(())));
    }

    fn fsync(&self, _: &Request, ino: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        answer(reply, self.machine.sync(self.start, Synced::File, ino.0));
    }

    fn fsyncdir(&self, _: &Request, ino: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        answer(reply, self.machine.sync(self.start, Synced::Folder, ino.0));
    }

    fn opendir(&self, _: &Request, ino: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        match self.list(ino) {
            Ok(listing) => {
                let mut listings = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
                listings.0 = listings.0.saturating_add(1);
                let handle = listings.0;
                listings.1.insert(handle, listing);
                reply.opened(FileHandle(handle), FopenFlags::empty());
            }
            Err(error) => reply.error(error),
        }
    }

    fn readdir(
        &self,
        _: &Request,
        ino: INodeNo,
        fh: FileHandle,
        offset: u64,
        mut reply: ReplyDirectory,
    ) {
        let mut listings = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
        if offset == 0 {
            match self.list(ino) {
                Ok(listing) => drop(listings.1.insert(fh.0, listing)),
                Err(error) => return reply.error(error),
            }
        }
        let listing = listings.1.get(&fh.0).map(Vec::as_slice).unwrap_or_default();
        let skipped = usize::try_from(offset).unwrap_or(usize::MAX);
        for (place, (number, kind, name)) in (1_u64..).zip(listing).skip(skipped) {
            if reply.add(INodeNo(*number), place, *kind, name) {
                break;
            }
        }
        reply.ok();
    }

    fn releasedir(&self, _: &Request, _: INodeNo, fh: FileHandle, _: OpenFlags, reply: ReplyEmpty) {
        self.listings.lock().unwrap_or_else(PoisonError::into_inner).1.remove(&fh.0);
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        match self.look(|_| Ok(())) {
            Ok(()) => {
                reply.statfs(BLOCKS, BLOCKS, BLOCKS, BLOCKS, BLOCKS, BLOCK_BYTES, 255, BLOCK_BYTES);
            }
            Err(error) => reply.error(error),
        }
    }
}
