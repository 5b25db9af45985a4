use serde::Serialize;

use crate::time::Time;

/// A period was sealed: nothing may be dated inside it, or before it, any more.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PeriodSealed {
    /// Its end, included in it.
    pub through: Time,
}
