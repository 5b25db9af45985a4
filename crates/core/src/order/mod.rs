//! Orders: placed, paid, shipped or at their pick-up point, received, settled; or cancelled, or expired.

mod adjust_price;
mod arrive;
mod cancel;
pub(crate) mod delivery;
mod expire;
mod mature;
pub(crate) mod moving;
pub(crate) mod pay;
mod pick_up;
pub(crate) mod place;
mod receive;
pub(crate) mod settle;
mod ship;
pub(crate) mod units;

pub use adjust_price::AdjustPrice;
pub use arrive::ArriveAtPickup;
pub use cancel::CancelOrder;
pub use expire::ExpireOrder;
pub use mature::MaturePayable;
pub use pay::RecordPayment;
pub(crate) use pick_up::hex;
pub use pick_up::{PickUpOrder, pickup_code_digest};
pub use place::{DiscountText, PlaceOrder};
pub use receive::ReceiveOrder;
pub use settle::SettleOrder;
pub use ship::ShipOrder;
