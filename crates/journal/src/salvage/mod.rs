//! All that can still be read of a damaged journal, whatever its head and its order say.
//!
//! Opening stops at the first wrong byte, since nothing may be served that nobody vouches for. This
//! goes on behind it: every whole frame of every segment is found by its magic and its checksum,
//! which hold the book's key; a frame with one flipped bit is put right, since its checksum says
//! which. Then the frames are put in order of their positions, and the tree says how far they are
//! what was written ([`Salvage::proven`]), which positions are missing, and which records were
//! altered by somebody who repaired the checksum.
//!
//! Nothing is written. Memory: one segment at a time, and 64 bytes a frame. A single flipped bit is
//! looked for with one step a bit of the frame.

mod remains;
mod repair;
mod scan;
mod sort;

use std::ops::{ControlFlow, RangeInclusive};
use std::path::Path;
use std::sync::Arc;

use tuanzhang_log::{BookKey, Damage, ReadError, TreeHead, Visitor};

use crate::disk::{Access, Disk, Folder};
use crate::format::{
    Frame, FrameHeader, HEAD, HEAD_BYTES, Head, HeadFault, Slot, VERSION, slot_offset,
};
use crate::journal::exists;
use crate::place::{Place, Spot};
use crate::segments::Segments;
use crate::{OpenError, disk};

pub use remains::Remains;

/// What can be read of a journal, and what can't. See the head of the module.
#[derive(Debug)]
pub struct Salvage {
    key: BookKey,
    segments: Segments,
    /// In order of position, none twice.
    frames: Vec<Saved>,
    proven: u64,
    /// By number; `None` where the slot can't be read.
    slots: [Option<Slot>; 2],
    missing: Vec<Missing>,
    repaired: Vec<Damage>,
    damages: Vec<Damage>,
    /// Bytes that are no whole frame, behind the last that is.
    tail: u64,
}

/// A frame that was found.
#[derive(Debug)]
struct Saved {
    at: Spot,
    header: FrameHeader,
    /// The one bit that has to be flipped in it.
    flip: Option<repair::Flip>,
}

impl Saved {
    fn last(&self) -> u64 {
        self.header.first.saturating_add(u64::from(self.header.count)).saturating_sub(1)
    }

    fn positions(&self) -> RangeInclusive<u64> {
        self.header.first..=self.last()
    }
}

/// Positions that hold no readable record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The first and the last of them.
    pub positions: RangeInclusive<u64>,
    /// Why, in a sentence.
    pub why: &'static str,
}

impl Missing {
    /// How many they are.
    pub fn count(&self) -> u64 {
        let (first, last) = (self.positions.start(), self.positions.end());
        last.saturating_sub(*first).saturating_add(1)
    }
}

/// The keys that the book may have, by the record that stands first, if one does.
pub type KeysOf<'k> = dyn Fn(Option<&[u8]>) -> Vec<BookKey> + 'k;

impl Salvage {
    /// Looks at the journal in a directory; changes nothing. Besides the key in the head those are tried
    /// that `keys_of` names; one is believed if frames then have the right checksum.
    ///
    /// ```
    /// use tuanzhang_journal::{Journal, Salvage};
    /// use tuanzhang_log::{BookKey, Store};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("liu");
    /// # let journal = Journal::at(&path)?;
    /// # journal.append(BookKey([1; 16]), 0, &[b"one"])?;
    /// # journal.append(BookKey([1; 16]), 1, &[b"two"])?;
    /// # journal.close()?;
    /// # let segment = path.join("00000001.seg");
    /// # let mut bytes = std::fs::read(&segment)?;
    /// # bytes[58] ^= 4;
    /// # std::fs::write(&segment, bytes)?;
    /// assert!(Journal::read_only(&path).is_err(), "a bit has flipped");
    /// let salvage = Salvage::at(&path, &|_| Vec::new())?;
    /// assert_eq!((salvage.records(), salvage.proven()), (2, 2));
    /// assert_eq!(salvage.repaired().len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `Missing`; `Unavailable`; `NeedsNewerVersion`; `Damaged` where no key finds a whole frame.
    pub fn at(path: impl AsRef<Path>, keys_of: &KeysOf<'_>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        exists(path)?;
        let disk: Arc<dyn Disk> = Arc::new(Folder::new(path, Access::Read));
        Self::on(&disk, keys_of)
    }

    /// Looks at the activity stream of the book in a directory; `None` where there is no folder of
    /// it. Its keys are the books' own.
    ///
    /// # Errors
    /// As [`Salvage::at`].
    pub fn activity_at(path: impl AsRef<Path>, book: BookKey) -> Result<Option<Self>, OpenError> {
        let folder = Folder::new(path.as_ref(), Access::Read).within(crate::activity::FOLDER);
        let place = Place(folder.place());
        let there = folder.exists().map_err(place.unreadable(""))?;
        if !there || folder.names().map_err(place.unreadable(""))?.is_empty() {
            return Ok(None);
        }
        Self::on(&folder, &|_| vec![book.of_activity()]).map(Some)
    }

    /// Looks at the journal on a disk of the caller's.
    ///
    /// # Errors
    /// As [`Salvage::at`].
    pub fn on(disk: &Arc<dyn Disk>, keys_of: &KeysOf<'_>) -> Result<Self, OpenError> {
        let place = Place(disk.place());
        let (head, bytes) = head_of(&**disk, &place)?;
        let segments = || Segments::new(Arc::clone(disk), place.clone());
        let first = scan::first_record(&segments());
        let mut keys: Vec<BookKey> = head.as_ref().ok().map(|head| head.key).into_iter().collect();
        keys.extend(keys_of(first.as_deref()));
        let (mut tried, mut last) = (Vec::new(), None);
        for key in keys {
            if tried.contains(&key) {
                continue;
            }
            tried.push(key);
            let mut salvage = Self {
                key,
                segments: segments(),
                frames: Vec::new(),
                proven: 0,
                slots: Head::slots_of(key, &bytes),
                missing: Vec::new(),
                repaired: Vec::new(),
                damages: Vec::new(),
                tail: 0,
            };
            salvage.look_at_head(&head);
            salvage.scan()?;
            let empty = salvage.frames.is_empty();
            if !empty || (head.is_ok() && salvage.acknowledged() == Some(0)) {
                salvage.sort()?;
                return Ok(salvage);
            }
            last = salvage.damages.pop();
        }
        let what = if tried.is_empty() {
            "it can't be read, and no first record names the book".to_owned()
        } else {
            let tried: Vec<_> = tried.iter().map(ToString::to_string).collect();
            let last = last.map_or_else(String::new, |damage| format!("; {damage}"));
            format!("no whole frame stands in any segment, by the key {}{last}", tried.join(" or "))
        };
        Err(place.damaged(HEAD, 0, what).into())
    }

    fn look_at_head(&mut self, head: &Result<Head, Damage>) {
        self.damages.extend(head.as_ref().err().cloned());
        for (number, slot) in [0, 1].into_iter().zip(self.slots) {
            if slot.is_none() {
                let what = "this head slot is not what was written";
                let damage = self.segments.place().damage(HEAD, slot_offset(number), what);
                self.damages.push(damage);
            }
        }
    }

    /// The book's key.
    pub const fn key(&self) -> BookKey {
        self.key
    }

    /// Number of records that can be read.
    pub fn records(&self) -> u64 {
        self.frames.iter().map(|saved| u64::from(saved.header.count)).sum()
    }

    /// The last position that can be read; 0 where none can.
    pub fn last(&self) -> u64 {
        self.frames.last().map_or(0, Saved::last)
    }

    /// The last position from 1 on without a gap; 0 where the first record is missing.
    pub fn unbroken(&self) -> u64 {
        let mut end = 0_u64;
        for saved in &self.frames {
            if saved.header.first != end.saturating_add(1) {
                break;
            }
            end = saved.last();
        }
        end
    }

    /// The position up to which the records are those that were written, beyond doubt: a later frame
    /// or a head slot states the root over them. Behind it there is each frame's own checksum.
    pub const fn proven(&self) -> u64 {
        self.proven
    }

    /// The last position that the head vouches for; `None` where no slot of it can be read, and then
    /// nobody can tell whether records are missing at the end.
    pub fn acknowledged(&self) -> Option<u64> {
        self.slots.iter().flatten().map(|slot| slot.head.size).max()
    }

    /// The head that the newest slot vouches for, where both slots can be read: of one alone nobody
    /// knows whether it is the newest. It may lag behind the last answers before a power loss.
    pub fn vouched(&self) -> Option<TreeHead> {
        let [first, second] = self.slots;
        let (first, second) = (first?, second?);
        Some(if first.sequence > second.sequence { first.head } else { second.head })
    }

    /// Bytes that are no whole frame, behind the last that is: an append that was never answered, or
    /// answered ones that are lost.
    pub const fn tail(&self) -> u64 {
        self.tail
    }

    /// Positions without a readable record, up to the last that is known of, ascending.
    pub fn missing(&self) -> &[Missing] {
        &self.missing
    }

    /// Frames with one flipped bit, which is put right in what is given out.
    pub fn repaired(&self) -> &[Damage] {
        &self.repaired
    }

    /// All else that is not as it was written, with its place.
    pub fn damages(&self) -> &[Damage] {
        &self.damages
    }

    /// Visits the records that can be read, in order of position, with gaps where they are missing.
    ///
    /// # Errors
    /// `Unavailable`, or `Damaged` where the files changed since they were looked at.
    pub fn visit(&self, visit: &mut Visitor<'_>) -> Result<(), ReadError> {
        for saved in &self.frames {
            let bytes = scan::frame_bytes(&self.segments, saved)?;
            let changed =
                || self.segments.place().damaged_at(saved.at, "the frame has changed meanwhile");
            let header = FrameHeader::parse(&bytes).ok_or_else(changed)?;
            let frame = Frame::parse(self.key, header, &bytes).ok_or_else(changed)?;
            match frame.visit(&mut *visit) {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) => return Ok(()),
                Err(what) => return Err(self.segments.place().damaged_at(saved.at, what)),
            }
        }
        Ok(())
    }
}

/// The head file, or what is wrong with it; and its bytes, as many as it should have.
fn head_of(disk: &dyn Disk, place: &Place) -> Result<(Result<Head, Damage>, Vec<u8>), OpenError> {
    let Some(file) = disk.open(HEAD).map_err(place.unreadable(HEAD))? else {
        return Ok((Err(place.damage(HEAD, 0, "the head file is missing")), Vec::new()));
    };
    let mut bytes = vec![0; HEAD_BYTES.saturating_add(1)];
    let read = match disk::read_full(&*file, &mut bytes, 0) {
        Ok(read) => read,
        Err(error) => {
            let damage = place.damage(HEAD, 0, format!("it can't be read: {error}"));
            return Ok((Err(damage), Vec::new()));
        }
    };
    bytes.truncate(read);
    let head = match Head::parse(&bytes) {
        Ok(head) => Ok(head),
        Err(HeadFault::Newer { found }) => {
            return Err(OpenError::NeedsNewerVersion { found, known: VERSION });
        }
        Err(HeadFault::Damaged { offset, what }) => Err(place.damage(HEAD, offset, what)),
    };
    // A length that is wrong doesn't make the blocks wrong that are there.
    bytes.resize(HEAD_BYTES, 0);
    Ok((head, bytes))
}
