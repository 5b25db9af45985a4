//! A disk on which somebody reads in the middle of the writer's work.

use std::io;
use std::sync::{Arc, Mutex};

use tuanzhang_journal::disk::{Disk, DiskFile, Lock};
use tuanzhang_journal::simulation::SimulatedDisk;

use crate::reader::Reader;

/// The reader, and when it looks.
#[derive(Debug)]
pub(crate) struct Watch {
    when: Mutex<When>,
    reader: Mutex<Reader>,
}

/// It looks every so many calls of the writer.
#[derive(Clone, Copy, Debug)]
struct When {
    every: u64,
    left: u64,
}

impl Watch {
    pub(crate) fn new(reader: Reader, every: u64) -> Arc<Self> {
        let when = When { every, left: every };
        Arc::new(Self { when: Mutex::new(when), reader: Mutex::new(reader) })
    }

    /// Lets the reader look every so many calls of the writer, from now on.
    pub(crate) fn look_every(&self, calls: u64) {
        *self.when.lock().unwrap() = When { every: calls, left: calls };
    }

    pub(crate) fn reader<T>(&self, with: impl FnOnce(&mut Reader) -> T) -> T {
        with(&mut self.reader.lock().unwrap())
    }

    fn tick(&self) {
        let is_time = {
            let mut when = self.when.lock().unwrap();
            let left = when.left.checked_sub(1);
            when.left = left.unwrap_or(when.every);
            left.is_none()
        };
        if is_time {
            self.reader(Reader::look);
        }
    }
}

/// The writer's way to a disk.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) disk: SimulatedDisk,
    pub(crate) watch: Arc<Watch>,
}

#[derive(Debug)]
struct WatchedFile {
    file: Box<dyn DiskFile>,
    watch: Arc<Watch>,
}

impl Watched {
    fn disk(&self) -> &SimulatedDisk {
        self.watch.tick();
        &self.disk
    }

    fn file(&self, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        Box::new(WatchedFile { file, watch: Arc::clone(&self.watch) })
    }
}

impl Disk for Watched {
    fn place(&self) -> String {
        self.disk.place()
    }

    fn lock(&self) -> io::Result<Option<Box<dyn Lock>>> {
        self.disk().lock()
    }

    fn names(&self) -> io::Result<Vec<String>> {
        self.disk().names()
    }

    fn open(&self, name: &str) -> io::Result<Option<Box<dyn DiskFile>>> {
        Ok(self.disk().open(name)?.map(|file| self.file(file)))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        Ok(self.file(self.disk().create(name)?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk().rename(from, to)
    }

    fn is_locked(&self) -> io::Result<bool> {
        self.disk().is_locked()
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk().remove(name)
    }

    fn beside(&self, job: Box<dyn FnOnce() + Send>) {
        self.disk.beside(job);
    }

    fn readers(&self) -> usize {
        self.disk.readers()
    }

    fn sync_names(&self) -> io::Result<()> {
        self.disk().sync_names()
    }

    fn within(&self, name: &str) -> Arc<dyn Disk> {
        self.disk.within(name)
    }

    fn exists(&self) -> io::Result<bool> {
        self.disk().exists()
    }

    fn create_folder(&self) -> io::Result<()> {
        self.disk().create_folder()
    }
}

impl WatchedFile {
    fn file(&self) -> &dyn DiskFile {
        self.watch.tick();
        &*self.file
    }
}

impl DiskFile for WatchedFile {
    fn length(&self) -> io::Result<u64> {
        self.file().length()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file().read_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.file().write_at(bytes, offset)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.file().set_length(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.file().sync()
    }
}
