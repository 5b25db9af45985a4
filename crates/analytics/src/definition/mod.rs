//! The catalogue of figures: what each means, in English and in Chinese, to be printed beside it. One name, one
//! definition; a test compares it with docs/analytics.md.
//!
//! One file a family, and `tables.rs` for what a row of each table is. A text is complete by itself: it is read in a
//! list, away from the table.

mod boards;
mod buyers;
mod funnel;
mod group;
mod money;
mod sales;
mod tables;

pub(crate) use boards::*;
pub(crate) use buyers::*;
pub(crate) use funnel::*;
pub(crate) use group::*;
pub(crate) use money::*;
pub(crate) use sales::*;
pub use tables::HEADINGS;
pub(crate) use tables::*;

use crate::table::Column;

/// Defines columns: name, key, English name and meaning, Chinese name and meaning.
macro_rules! catalogue {
    ($all:ident: $($name:ident = $key:literal, $english:literal, $meaning:literal,
        $chinese:literal, $chinese_meaning:literal;)*) => {
        $(pub(crate) const $name: crate::table::Column = crate::table::Column {
            key: $key,
            english: $english,
            chinese: $chinese,
            meaning: $meaning,
            chinese_meaning: $chinese_meaning,
        };)*

        /// Every column of this family.
        pub(crate) const $all: &[crate::table::Column] = &[$($name),*];
    };
}
pub(crate) use catalogue;

const FAMILIES: [&[Column]; 6] =
    [sales::ALL_SALES, ALL_FUNNEL, ALL_BUYERS, ALL_BOARDS, ALL_MONEY, ALL_GROUP];

/// Every column that a report can have.
pub const DEFINITIONS: &[Column] = &joined();

const COUNT: usize = {
    let mut count = 0_usize;
    let mut families: &[&[Column]] = &FAMILIES;
    while let [family, others @ ..] = families {
        count = count.saturating_add(family.len());
        families = others;
    }
    count
};

const fn joined() -> [Column; COUNT] {
    let mut all = [BOOK; COUNT];
    let mut left: &mut [Column] = &mut all;
    let (mut families, mut columns): (&[&[Column]], &[Column]) = (&FAMILIES, &[]);
    while let [place, rest @ ..] = left {
        while let ([], [family, others @ ..]) = (columns, families) {
            (columns, families) = (family, others);
        }
        if let [column, more @ ..] = columns {
            *place = *column;
            columns = more;
        }
        left = rest;
    }
    all
}
