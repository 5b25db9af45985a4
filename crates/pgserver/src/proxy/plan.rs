//! Where a connection is to be cut, and what has passed so far.

use super::frames::Message;

/// A step of the protocol at which a connection is cut. Each connection's messages and bytes are counted from 1, from
/// the moment on at which the cut was asked for; the first that comes to the step is cut. A client's goodbye is not
/// counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// This message to the server, and what follows, is not delivered.
    BeforeRequest(u64),
    /// This message to the server is delivered, and no answer from then on.
    AfterRequest(u64),
    /// So many bytes to the server are delivered, and no answer from then on.
    AfterRequestBytes(u64),
    /// This message of the answer is not delivered.
    BeforeAnswer(u64),
    /// This message of the answer is the last that is delivered.
    AfterAnswer(u64),
    /// So many bytes of the answer are delivered.
    AfterAnswerBytes(u64),
}

/// What has passed the proxy on a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counted {
    /// Messages to the server.
    pub requests: u64,
    /// Bytes to the server.
    pub request_bytes: u64,
    /// Messages from the server.
    pub answers: u64,
    /// Bytes from the server.
    pub answer_bytes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    Cut(Step),
    Hold(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    ToServer,
    ToClient,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Pass,
    /// So many bytes pass, then the connection is cut.
    CutAfter(usize),
    /// It is kept, with what follows.
    Keep,
}

impl Counted {
    /// Counts a message, and says what becomes of it.
    pub(super) fn judge(
        &mut self,
        plan: Option<Plan>,
        direction: Direction,
        message: &Message,
    ) -> Fate {
        use Direction::{ToClient, ToServer};
        let size = message.bytes.len();
        let bytes = u64::try_from(size).unwrap_or(u64::MAX);
        let (messages, sum) = match direction {
            Direction::ToServer => (&mut self.requests, &mut self.request_bytes),
            Direction::ToClient => (&mut self.answers, &mut self.answer_bytes),
        };
        let before = *sum;
        *messages = messages.saturating_add(1);
        *sum = before.saturating_add(bytes);
        let here = |wanted: u64, fate: Fate| (wanted == *messages).then_some(fate);
        // A cut at a message's last byte is the one after the message.
        let within = |wanted: u64| {
            let passes = usize::try_from(wanted.checked_sub(before)?).ok()?;
            (passes < size).then_some(Fate::CutAfter(passes))
        };
        let step = match plan {
            None => return Fate::Pass,
            Some(Plan::Hold(at)) => {
                let held = (direction == ToServer).then(|| here(at, Fate::Keep));
                return held.flatten().unwrap_or(Fate::Pass);
            }
            Some(Plan::Cut(step)) => step,
        };
        let fate = match (step, direction) {
            (Step::BeforeRequest(at), ToServer) | (Step::BeforeAnswer(at), ToClient) => {
                here(at, Fate::CutAfter(0))
            }
            (Step::AfterRequest(at), ToServer) | (Step::AfterAnswer(at), ToClient) => {
                here(at, Fate::CutAfter(size))
            }
            (Step::AfterRequestBytes(at), ToServer) | (Step::AfterAnswerBytes(at), ToClient) => {
                within(at)
            }
            _ => None,
        };
        fate.unwrap_or(Fate::Pass)
    }
}
