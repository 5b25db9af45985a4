//! What a handle that appends remembers: how far each stream is sure, and which appends are in doubt.

use std::collections::HashMap;
use std::sync::Mutex;

use tuanzhang_log::{ReadError, TreeHead};

use crate::place::Place;
use crate::pool::locked;
use crate::rows::{Owner, STREAMS, Stream};

/// Streams that are remembered.
const HEADS_MAX: usize = 4_096;

/// Streams as they were when they were last made sure of: by an append of this handle that was answered, or
/// by a look, behind which a commit was waited for where a standby is promised. Others may have appended
/// since.
#[derive(Debug, Default)]
pub(crate) struct Heads(Mutex<HashMap<Owner, Known>>);

#[derive(Debug)]
struct Known {
    sure: TreeHead,
    /// To append behind without a look; `None` where the row may be another.
    stream: Option<Stream>,
}

impl Heads {
    /// Takes note of a stream that is sure; an older one is forgotten.
    pub(crate) fn remember(&self, stream: Stream) {
        let mut heads = locked(&self.0);
        if let Some(known) = heads.get_mut(&stream.owner) {
            let newest =
                |old: &Stream| (old.head.size, old.epoch) > (stream.head.size, stream.epoch);
            let older = known.sure.size > stream.head.size;
            if !older && !known.stream.as_ref().is_some_and(newest) {
                *known = Known { sure: stream.head, stream: Some(stream) };
            }
            return;
        }
        make_room(&mut heads);
        heads.insert(stream.owner, Known { sure: stream.head, stream: Some(stream) });
    }

    /// Takes note that a stream is sure so far.
    pub(crate) fn reach(&self, owner: Owner, sure: TreeHead) {
        let mut heads = locked(&self.0);
        match heads.get(&owner) {
            Some(known) if known.sure.size >= sure.size => return,
            Some(_) => {}
            None => make_room(&mut heads),
        }
        heads.insert(owner, Known { sure, stream: None });
    }

    /// The next append is to look at the row first. How far the stream is sure stays known.
    pub(crate) fn look_again(&self, owner: Owner) {
        if let Some(known) = locked(&self.0).get_mut(&owner) {
            known.stream = None;
        }
    }

    /// The stream, if an append behind this size needs no look.
    pub(crate) fn known(&self, owner: Owner, size: u64) -> Option<Stream> {
        let heads = locked(&self.0);
        let stream = heads.get(&owner)?.stream.as_ref();
        stream.filter(|stream| stream.head.size == size).cloned()
    }

    /// How far a stream is sure; nothing, where it isn't remembered.
    pub(crate) fn sure(&self, owner: Owner) -> TreeHead {
        locked(&self.0).get(&owner).map_or(TreeHead::EMPTY, |known| known.sure)
    }

    /// All that are remembered.
    pub(crate) fn all(&self) -> HashMap<Owner, TreeHead> {
        locked(&self.0).iter().map(|(owner, known)| (*owner, known.sure)).collect()
    }
}

fn make_room(heads: &mut HashMap<Owner, Known>) {
    if heads.len() >= HEADS_MAX {
        heads.clear();
    }
}

/// Says so if a stream isn't what this handle was once sure of, or that with more behind it. `before` is
/// to be asked for before the look whose head is `found`.
pub(crate) fn goes_on(
    place: &Place,
    owner: Owner,
    before: TreeHead,
    found: TreeHead,
) -> Result<(), ReadError> {
    if found.size > before.size || found == before {
        return Ok(());
    }
    Err(another(place, owner, before, found))
}

/// What is said of a history that doesn't have what was sure.
pub(crate) fn another(place: &Place, owner: Owner, before: TreeHead, found: TreeHead) -> ReadError {
    let what = format!(
        "the history is another than this handle has seen: {} records with root {} were sure, now it is {} \
         with root {}; an older copy was put back, or a standby without all records was promoted",
        before.size, before.root, found.size, found.root
    );
    place.damaged(STREAMS, owner, None, what)
}

/// A head that its own edge doesn't lead to is none to go on from.
pub(crate) fn check_edge(place: &Place, stream: &Stream) -> Result<(), ReadError> {
    if stream.edge.head() == stream.head {
        return Ok(());
    }
    let what = format!("root {} is stated, {} follows", stream.head.root, stream.edge.root());
    Err(place.damaged(STREAMS, stream.owner, None, what))
}

/// Streams with an append whose answer was lost, and of which it isn't known yet whether it is there.
#[derive(Debug, Default)]
pub(crate) struct Doubts(Mutex<Noted>);

#[derive(Debug, Default)]
struct Noted {
    newest: u64,
    of: HashMap<Owner, u64>,
}

impl Doubts {
    pub(crate) fn note(&self, owner: Owner) {
        let mut noted = locked(&self.0);
        noted.newest = noted.newest.saturating_add(1);
        let newest = noted.newest;
        noted.of.insert(owner, newest);
    }

    /// The newest doubt about a stream, to be given back when it has been made sure of.
    pub(crate) fn about(&self, owner: Owner) -> Option<u64> {
        locked(&self.0).of.get(&owner).copied()
    }

    /// Takes a doubt away; one that came after it stays.
    pub(crate) fn resolve(&self, owner: Owner, doubt: u64) {
        let mut noted = locked(&self.0);
        if noted.of.get(&owner) == Some(&doubt) {
            noted.of.remove(&owner);
        }
    }

    /// All streams that there is a doubt about.
    pub(crate) fn all(&self) -> Vec<Owner> {
        locked(&self.0).of.keys().copied().collect()
    }
}
