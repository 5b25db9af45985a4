//! A file system in memory that knows what of it is durable.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;

use fuser::{Errno, FileAttr};

use crate::names::{Names, Naming};
use crate::node::{Kind, Node, Rights, moment};
use crate::random::Random;

/// Number of the topmost folder.
pub(crate) const ROOT: u64 = 1;
/// Longest file: a length beyond it is an error of the test, not a need.
pub(crate) const FILE_BYTES_MAX: u64 = 1 << 30;
/// Longest name.
const NAME_BYTES_MAX: usize = 255;

/// What a name that exists means for a rename.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renaming {
    /// It is replaced.
    Replace,
    /// It is an error.
    Refuse,
    /// The two change places.
    Exchange,
}

/// All files, folders and names.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    nodes: BTreeMap<u64, Node>,
    names: Names,
    naming: Naming,
    /// Number of the next node.
    next: u64,
    /// Grows with every change.
    tick: u64,
}

impl Image {
    pub(crate) fn new(naming: Naming) -> Self {
        let rights = Rights { mode: 0o777, user: 0, group: 0 };
        let nodes = BTreeMap::from([(ROOT, Node::new(Kind::Folder, rights, 0))]);
        Self { nodes, names: Names::default(), naming, next: ROOT.saturating_add(1), tick: 0 }
    }

    pub(crate) fn node(&self, number: u64) -> Result<&Node, Errno> {
        self.nodes.get(&number).ok_or(Errno::ENOENT)
    }

    fn node_mut(&mut self, number: u64) -> Result<&mut Node, Errno> {
        self.tick = self.tick.saturating_add(1);
        self.nodes.get_mut(&number).ok_or(Errno::ENOENT)
    }

    pub(crate) fn attributes(&self, number: u64) -> Result<FileAttr, Errno> {
        Ok(self.node(number)?.attributes(number))
    }

    /// What the kernel gets when it asks for a name: it holds the node until it forgets it.
    pub(crate) fn entry(&mut self, number: u64) -> Result<FileAttr, Errno> {
        let node = self.nodes.get_mut(&number).ok_or(Errno::ENOENT)?;
        node.lookups = node.lookups.saturating_add(1);
        Ok(node.attributes(number))
    }

    pub(crate) fn forget(&mut self, number: u64, times: u64) {
        if let Some(node) = self.nodes.get_mut(&number) {
            node.lookups = node.lookups.saturating_sub(times);
            self.drop_unneeded(number);
        }
    }

    /// Drops a node that no program, no name and no power loss can bring back.
    fn drop_unneeded(&mut self, number: u64) {
        let unseen = |node: &Node| node.lookups == 0 && node.links == 0;
        if number != ROOT
            && self.nodes.get(&number).is_some_and(unseen)
            && !self.names.may_need(number)
        {
            self.nodes.remove(&number);
        }
    }

    pub(crate) fn find(&self, folder: u64, name: &OsStr) -> Result<u64, Errno> {
        if name.len() > NAME_BYTES_MAX {
            return Err(Errno::ENAMETOOLONG);
        }
        self.names.get(folder, name).ok_or(Errno::ENOENT)
    }

    pub(crate) fn names(&self, folder: u64) -> impl Iterator<Item = (&OsStr, u64)> {
        self.names.of(folder)
    }

    fn is_free(&self, folder: u64, name: &OsStr) -> Result<(), Errno> {
        match self.find(folder, name) {
            Ok(_) => Err(Errno::EEXIST),
            Err(Errno::ENOENT) => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn create(
        &mut self,
        folder: u64,
        name: &OsStr,
        kind: Kind,
        rights: Rights,
    ) -> Result<u64, Errno> {
        self.is_free(folder, name)?;
        let number = self.next;
        self.next = self.next.saturating_add(1);
        self.nodes.insert(number, Node::new(kind, rights, self.tick));
        self.link(number, folder, name)?;
        Ok(number)
    }

    pub(crate) fn link(&mut self, number: u64, folder: u64, name: &OsStr) -> Result<(), Errno> {
        self.is_free(folder, name)?;
        let node = self.node_mut(number)?;
        node.links = node.links.saturating_add(1);
        self.names.set([(folder, name, Some(number))]);
        self.touch(folder);
        Ok(())
    }

    pub(crate) fn unlink(&mut self, folder: u64, name: &OsStr) -> Result<(), Errno> {
        let number = self.find(folder, name)?;
        self.may_go(number)?;
        self.names.set([(folder, name, None)]);
        self.unlinked(number);
        self.touch(folder);
        Ok(())
    }

    /// A folder with something in it may not go.
    fn may_go(&self, number: u64) -> Result<(), Errno> {
        if self.names.of(number).next().is_some() { Err(Errno::ENOTEMPTY) } else { Ok(()) }
    }

    fn unlinked(&mut self, number: u64) {
        if let Ok(node) = self.node_mut(number) {
            node.links = node.links.saturating_sub(1);
            self.drop_unneeded(number);
        }
    }

    pub(crate) fn rename(
        &mut self,
        from: (u64, &OsStr),
        to: (u64, &OsStr),
        renaming: Renaming,
    ) -> Result<(), Errno> {
        let number = self.find(from.0, from.1)?;
        let replaced = match self.find(to.0, to.1) {
            Ok(_) if renaming == Renaming::Refuse => return Err(Errno::EEXIST),
            Ok(replaced) => Some(replaced),
            Err(Errno::ENOENT) => None,
            Err(error) => return Err(error),
        };
        if replaced == Some(number) {
            return Ok(());
        }
        match (renaming, replaced) {
            (Renaming::Exchange, None) => return Err(Errno::ENOENT),
            (Renaming::Exchange, Some(other)) => {
                self.names.set([(from.0, from.1, Some(other)), (to.0, to.1, Some(number))]);
            }
            (Renaming::Replace | Renaming::Refuse, replaced) => {
                if let Some(replaced) = replaced {
                    self.may_go(replaced)?;
                }
                self.names.set([(from.0, from.1, None), (to.0, to.1, Some(number))]);
                if let Some(replaced) = replaced {
                    self.unlinked(replaced);
                }
            }
        }
        self.touch(from.0);
        self.touch(to.0);
        Ok(())
    }

    fn touch(&mut self, number: u64) {
        let now = moment(self.tick);
        if let Ok(node) = self.node_mut(number) {
            node.modified = now;
        }
    }

    pub(crate) fn read(&self, number: u64, offset: u64, length: u32) -> Result<&[u8], Errno> {
        match &self.node(number)?.kind {
            Kind::File(content) => Ok(content.read(
                usize::try_from(offset).unwrap_or(usize::MAX),
                usize::try_from(length).unwrap_or(usize::MAX),
            )),
            Kind::Folder => Err(Errno::EISDIR),
            Kind::Link(_) | Kind::Special(_) => Err(Errno::EINVAL),
        }
    }

    pub(crate) fn write(&mut self, number: u64, offset: u64, bytes: &[u8]) -> Result<(), Errno> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        within_limit(offset.saturating_add(length))?;
        let offset = within_limit(offset)?;
        self.touch(number);
        match &mut self.node_mut(number)?.kind {
            Kind::File(content) => content.write(offset, bytes),
            Kind::Folder | Kind::Link(_) | Kind::Special(_) => return Err(Errno::EINVAL),
        }
        Ok(())
    }

    pub(crate) fn set_length(&mut self, number: u64, length: u64) -> Result<(), Errno> {
        let length = within_limit(length)?;
        self.touch(number);
        match &mut self.node_mut(number)?.kind {
            Kind::File(content) => content.set_length(length),
            Kind::Folder | Kind::Link(_) | Kind::Special(_) => return Err(Errno::EINVAL),
        }
        Ok(())
    }

    /// Changes what isn't content: durable at once.
    pub(crate) fn alter(
        &mut self,
        number: u64,
        change: impl FnOnce(&mut Node),
    ) -> Result<(), Errno> {
        change(self.node_mut(number)?);
        Ok(())
    }

    /// A moment after all before.
    pub(crate) fn now(&self) -> std::time::SystemTime {
        moment(self.tick)
    }

    /// Makes the bytes and the length of a file durable, or the names in a folder.
    pub(crate) fn sync(&mut self, number: u64) -> Result<(), Errno> {
        let is_folder = match &mut self.node_mut(number)?.kind {
            Kind::File(content) => {
                content.sync();
                false
            }
            Kind::Folder => true,
            Kind::Link(_) | Kind::Special(_) => false,
        };
        match self.naming {
            Naming::Journaled => self.names.sync_all(),
            Naming::Strict if is_folder => self.names.sync(number),
            Naming::Strict => {}
        }
        Ok(())
    }

    /// Edits of files, and changes of names, that aren't durable.
    pub(crate) fn pending(&self) -> (usize, usize) {
        let edits = self.nodes.values().map(|node| match &node.kind {
            Kind::File(content) => content.pending(),
            Kind::Folder | Kind::Link(_) | Kind::Special(_) => 0,
        });
        (edits.fold(0, usize::saturating_add), self.names.pending())
    }

    /// Loses power, and starts again with what reached the disk.
    pub(crate) fn cut(&mut self, random: &mut Random) {
        self.names.cut(self.naming, random);
        for node in self.nodes.values_mut() {
            if let Kind::File(content) = &mut node.kind {
                content.cut(random);
            }
        }
        let mut links = BTreeMap::from([(ROOT, 1_u32)]);
        let mut folders = BTreeSet::from([ROOT]);
        let mut open = vec![ROOT];
        while let Some(folder) = open.pop() {
            for (_, number) in self.names.of(folder) {
                let count = links.entry(number).or_default();
                *count = count.saturating_add(1);
                let is_folder =
                    self.nodes.get(&number).is_some_and(|node| matches!(node.kind, Kind::Folder));
                if is_folder && folders.insert(number) {
                    open.push(number);
                }
            }
        }
        self.names.retain(|folder| folders.contains(&folder));
        self.nodes.retain(|number, _| links.contains_key(number));
        for (number, node) in &mut self.nodes {
            node.links = links.get(number).copied().unwrap_or(0);
            node.lookups = 0;
        }
    }
}

fn within_limit(length: u64) -> Result<usize, Errno> {
    if length > FILE_BYTES_MAX {
        return Err(Errno::EFBIG);
    }
    usize::try_from(length).map_err(|_| Errno::EFBIG)
}
