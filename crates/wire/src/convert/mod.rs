//! Core's values to stored ones and back. Encoding can't fail; decoding checks every range, name and
//! choice, and says which field is wrong.
//!
//! Both directions name every field and every choice, so that a new one in core doesn't compile until
//! a schema says how it stands in bytes.

mod account;
mod choices;
mod plain;
mod structs;

use std::borrow::Cow;

/// A core value that stands in stored bytes as a `W`; `'a` is the borrow of texts, of the value when
/// encoding and of the bytes when decoding.
pub(crate) trait Field<'a, W>: Sized {
    /// The stored value.
    fn to_wire(&'a self) -> W;

    /// The core value of a stored one.
    fn from_wire(wire: W) -> Result<Self, Bad>;
}

/// Why a stored value is none of core's.
#[derive(Debug)]
pub(crate) enum Bad {
    /// A field is out of range. Boxed: results travel by value on the hot path.
    Value(Box<BadField>),
    /// The book is above what this version knows.
    Level(u16),
}

#[derive(Debug)]
pub(crate) struct BadField {
    /// Where, from the event on: `lines[3].sku`.
    pub(crate) field: String,
    /// What is wrong with it.
    pub(crate) what: Cow<'static, str>,
}

impl Bad {
    pub(crate) fn value(what: impl Into<Cow<'static, str>>) -> Self {
        Self::Value(Box::new(BadField { field: String::new(), what: what.into() }))
    }

    /// The same fault, seen from the struct that has the field.
    pub(crate) fn within(mut self, field: &str) -> Self {
        if let Self::Value(bad) = &mut self {
            let dot = if bad.field.is_empty() || bad.field.starts_with('[') { "" } else { "." };
            bad.field = format!("{field}{dot}{}", bad.field);
        }
        self
    }
}
