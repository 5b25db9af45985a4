//! What a stretch of frames comes to by itself: where they stand, and the hashes of their records.
//!
//! That is most of the work of believing frames, and needs nothing of what stands before them, so
//! segments are digested in parallel; comparing with positions and roots ([`crate::fold`]) is
//! done in order. Memory: 32 bytes a record, bounded by [`LEAVES_MAX`], for each thread a few such.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::sync::{Arc, Mutex};
use std::thread;

use tuanzhang_log::tree::leaf_hash;
use tuanzhang_log::{BookKey, Cause, Hash, ReadError};

use crate::format::{FrameHeader, segment_name};
use crate::frames::{Frames, Step};
use crate::journal::locked;
use crate::place::Spot;
use crate::segments::Segments;

/// Records after which a digest ends at the next frame.
const LEAVES_MAX: usize = 1 << 15;
/// Most threads that read: bounds the memory for digests, some 3 MiB each and three a thread.
const READERS_MAX: usize = 8;
/// Digests of one segment that wait to be taken.
const WAITING: usize = 2;

/// Frames of one segment, one behind the other.
#[derive(Debug)]
pub(crate) struct Digest {
    /// Each frame and where it starts.
    pub(crate) frames: Vec<(u64, FrameHeader)>,
    /// Hashes of the records of all of them.
    pub(crate) leaves: Vec<Hash>,
    /// Offset behind the last of them.
    pub(crate) end: u64,
    /// Why no further frame of this segment follows; `None` where a digest follows.
    pub(crate) stop: Option<Stop>,
}

/// How a walk ended, where nothing contradicts what was found before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// At the limit.
    End,
    /// Before it, where no whole frame stands, and why.
    Broken(&'static str),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::End => "the segment ends here",
            Self::Broken(why) => why,
        })
    }
}

/// A stretch that is to be digested.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    /// Number of the segment.
    pub(crate) number: u32,
    pub(crate) from: u64,
    /// Where it ends, if not at the end of the file.
    pub(crate) to: u64,
}

/// Digests stretches and takes the digests in order, until `take` refuses one. With more than one
/// reader the stretches are digested in threads of their own.
pub(crate) fn digest_all(
    stretches: &[Stretch],
    segments: &Segments,
    key: BookKey,
    readers: usize,
    take: &mut dyn FnMut(&Stretch, Digest) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let readers = readers.min(READERS_MAX).min(stretches.len());
    if readers <= 1 {
        return stretches.iter().try_for_each(|stretch| {
            digest(*stretch, segments, key, &mut |digest| take(stretch, digest))
        });
    }
    thread::scope(|scope| {
        let (hand_out, jobs) = mpsc::channel();
        let jobs = Arc::new(Mutex::new(jobs));
        let mut started = 0_usize;
        for _ in 0..readers {
            let jobs = Arc::clone(&jobs);
            let work = move || work(&jobs, segments, key);
            started = started.saturating_add(usize::from(
                thread::Builder::new().spawn_scoped(scope, work).is_ok(),
            ));
        }
        drop(jobs);
        if started == 0 {
            return digest_all(stretches, segments, key, 1, take);
        }
        in_order(stretches, &hand_out, started, take)
    })
}

/// Hands stretches out a few at a time, and takes their digests one stretch after the other.
fn in_order(
    stretches: &[Stretch],
    hand_out: &Sender<Job>,
    ahead: usize,
    take: &mut dyn FnMut(&Stretch, Digest) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let gone = || ReadError::Unavailable(Cause::new("a reading thread has ended"));
    let mut handed = Vec::new();
    let mut rest = stretches.iter();
    let mut hand = |coming: &mut Vec<Receiver<Digested>>| {
        rest.next().map_or(Ok(()), |stretch| {
            let (sender, receiver) = mpsc::sync_channel(WAITING);
            coming.push(receiver);
            hand_out.send((*stretch, sender)).map_err(|_| gone())
        })
    };
    for _ in 0..=ahead {
        hand(&mut handed)?;
    }
    for (number, stretch) in stretches.iter().enumerate() {
        loop {
            let digest = handed.get(number).and_then(|coming| coming.recv().ok());
            let digest = digest.ok_or_else(gone)??;
            let last = digest.stop.is_some();
            take(stretch, digest)?;
            if last {
                break;
            }
        }
        hand(&mut handed)?;
    }
    Ok(())
}

type Digested = Result<Digest, ReadError>;
type Job = (Stretch, SyncSender<Digested>);

/// Digests what is handed out, until nothing is any more or nobody wants it.
fn work(jobs: &Mutex<Receiver<Job>>, segments: &Segments, key: BookKey) {
    loop {
        let job = locked(jobs).recv();
        let Ok((stretch, sender)) = job else { return };
        let unwanted = || ReadError::Unavailable(Cause::new("not wanted any more"));
        let outcome = digest(stretch, segments, key, &mut |digest| {
            sender.send(Ok(digest)).map_err(|_| unwanted())
        });
        if let Err(error) = outcome {
            // When nobody waits for it, nobody wants to know.
            let _ = sender.send(Err(error));
        }
    }
}

/// Digests one stretch; the last digest says why it is the last.
pub(crate) fn digest(
    stretch: Stretch,
    segments: &Segments,
    key: BookKey,
    take: &mut dyn FnMut(Digest) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let (place, name) = (segments.place(), segment_name(stretch.number));
    let file = segments.get(stretch.number)?;
    let mut frames = Frames::new(&*file, key, stretch.from, stretch.to);
    loop {
        let mut digest =
            Digest { frames: Vec::new(), leaves: Vec::new(), end: frames.offset(), stop: None };
        while digest.leaves.len() < LEAVES_MAX {
            match frames.step().map_err(place.unreadable(&name))? {
                Step::Frame(offset, frame) => {
                    let visited = frame.visit(|_, record| {
                        digest.leaves.push(leaf_hash(record));
                        ControlFlow::Continue(())
                    });
                    let at = Spot { segment: stretch.number, offset };
                    let first = frame.header.first;
                    let all = visited.map_err(|what| place.damaged_from(at, first, what))?;
                    debug_assert!(all.is_continue(), "the visitor never breaks");
                    digest.frames.push((offset, frame.header));
                }
                Step::End => digest.stop = Some(Stop::End),
                Step::Broken(why) => digest.stop = Some(Stop::Broken(why)),
            }
            digest.end = frames.offset();
            if digest.stop.is_some() {
                return take(digest);
            }
        }
        take(digest)?;
    }
}
