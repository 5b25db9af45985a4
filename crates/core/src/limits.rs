//! Limits of size, each with its unit in its name. `domain.md` §2.6, §11 *Sizes*. Amounts: [`crate::money::AMOUNT_MINOR_MAX`]; names and
//! texts: [`crate::text`]; an encoded record: the store's `RECORD_BYTES_MAX`.

/// Lines of an order.
pub const ORDER_LINES_MAX: usize = 2_000;
/// Refunds of one order, however they ended.
pub const ORDER_REFUNDS_MAX: usize = 10_000;
/// Items of a campaign.
pub const CAMPAIGN_ITEMS_MAX: usize = 10_000;
/// Units of one line or addition.
pub const QUANTITY_MAX: i64 = 1_000_000;
/// Days of any term.
pub const DAYS_MAX: i64 = 36_500;
/// Minutes to pay in: a hundred years.
pub const MINUTES_MAX: i64 = 52_560_000;
/// Units in stock at the start.
pub const STOCK_MAX: i64 = 1_000_000_000_000;
/// Buyers that a formation, or a presale, may ask for.
pub const FORMATION_BUYERS_MAX: i64 = 1_000_000_000;
/// Price tiers of one item.
pub const TIERS_MAX: usize = 100;
/// Shares of one split.
pub const SHARES_MAX: usize = 20;
/// Postings of one adjustment.
pub const POSTINGS_MAX: usize = 2_000;
