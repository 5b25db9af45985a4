//! The book: its state, the path of a command through it, and the fold of its records.

pub(crate) mod apply;
pub(crate) mod decide;
mod facade;
pub(crate) mod form;
mod from_record;
mod open;
mod overlay;
mod state;
mod table;

pub use apply::{Inconsistent, apply};
pub use decide::{Decision, Known, decide, difference};
pub use from_record::NotACommand;
pub use open::{ChannelLimitsText, OpenBook};
pub use overlay::{Copies, Overlay};
pub use state::*;
pub use table::Table;
