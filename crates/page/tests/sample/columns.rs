//! Columns of the sample, from the catalogue: a key has one meaning.

use tuanzhang_analytics::{Column, DEFINITIONS};

pub(crate) const FUNNEL: &[&str] = &[
    "pv",
    "uv",
    "buyers_without_visit",
    "visitors",
    "shortlisters",
    "placers",
    "payers",
    "placing_conversion",
    "paying_conversion",
    "place_to_pay",
];

pub(crate) const SALES: &[&str] = &[
    "gmv_placed",
    "placed_orders",
    "gmv_paid",
    "paid_orders",
    "anonymous_orders",
    "anonymous_paid",
    "refunds",
    "refunded",
    "refund_extras",
    "net_sales",
    "buyers",
    "repeat_buyers",
    "repeat_rate",
    "average_per_order",
    "average_per_buyer",
    "units",
];

pub(crate) const REFUNDS: &[&str] = &[
    "refund_rate_orders",
    "refund_rate_units",
    "refund_rate_amount",
    "return_shipping",
    "return_shipping_per_100_orders",
    "compensation",
];

/// The columns of these keys.
pub(crate) fn columns(keys: &[&str]) -> Vec<Column> {
    let find = |key: &&str| {
        DEFINITIONS.iter().find(|column| column.key == *key).unwrap_or_else(|| panic!("{key}"))
    };
    keys.iter().map(|key| *find(key)).collect()
}
