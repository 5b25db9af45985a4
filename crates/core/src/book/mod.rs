//! The book: its state, the path of a command through it, and the fold of its records.

pub(crate) mod apply;
mod campaigns;
pub(crate) mod decide;
mod due;
mod facade;
pub(crate) mod form;
mod from_record;
mod open;
mod orders;
mod overlay;
mod refunds;
mod seal;
mod state;
mod table;

pub use apply::{Inconsistent, apply, apply_alone};
pub use campaigns::*;
pub use decide::{Decision, Known, decide, difference};
pub use from_record::NotACommand;
pub use open::{ChannelLimitsText, OpenBook};
pub use orders::*;
pub use overlay::{Copies, Overlay};
pub use refunds::*;
pub use seal::SealPeriod;
pub use state::{Book, Entity, Read, State, Touched};
pub use table::Table;
