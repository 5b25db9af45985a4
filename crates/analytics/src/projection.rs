//! The one idea behind every figure.

use tuanzhang_core::{Event, Head};

/// A fold of events: state that starts empty and only adds.
///
/// Applied to each event of each record in order, from position 1; where it stopped it can go on.
pub trait Projection {
    /// Adds one event of the record with this head.
    fn apply(&mut self, head: &Head, event: &Event);
}
