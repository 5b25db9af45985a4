//! What a report is asked for.

use tuanzhang_core::{Money, PartyId};

use crate::calendar::{Period, Window};

/// Days, windows and comparisons of a report. [`Settings::default`] is a whole book with the usual days.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// The days that are counted. Cohorts, lifecycle and recency look at everything up to its last day,
    /// since a buyer's first order may lie before it.
    pub window: Window,
    /// What cohorts are grouped by.
    pub cohorts: Period,
    /// A buyer is new for so many days from the first paid order on.
    pub new_days: u32,
    /// Active with a paid order in so many days.
    pub active_days: u32,
    /// Sleeping up to so many days without a paid order; lost beyond.
    pub sleeping_days: u32,
    /// After how many days the repeat curve is looked at.
    pub repeat_days: Vec<u32>,
    /// Net sales that are to be reached in the window.
    pub target: Option<Money>,
    /// Two leaders, compared over the window.
    pub pk: Option<(PartyId, PartyId)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            window: Window::default(),
            cohorts: Period::Month,
            new_days: 30,
            active_days: 60,
            sleeping_days: 180,
            repeat_days: vec![7, 30, 60, 90, 180],
            target: None,
            pk: None,
        }
    }
}
