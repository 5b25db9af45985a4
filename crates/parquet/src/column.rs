//! Values of one column, collected until a row group is full. About as many bytes as the values have.

use bytes::Bytes;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedColumnWriter;
use tuanzhang_core::{BuyerId, CampaignId, CostId, Money, OrderId, PartyId, RefundId, Time};
use uuid::Uuid;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A UUID, hyphenated, lower case.
    Id,
    /// A name, a word or a free text.
    Text,
    /// A place in a list, from 0.
    Place,
    /// A count.
    Count,
    /// A sum of money in minor units of the book's currency.
    Money,
    /// An instant, UTC.
    Time,
    /// A day of the book's zone.
    Day,
    /// Yes or no.
    Flag,
}

impl Kind {
    /// How it stands in Parquet.
    pub const fn parquet(self) -> &'static str {
        match self {
            Self::Id | Self::Text => "STRING",
            Self::Place => "INT32",
            Self::Count | Self::Money => "INT64",
            Self::Time => "TIMESTAMP(MICROS, UTC)",
            Self::Day => "DATE",
            Self::Flag => "BOOLEAN",
        }
    }
}

#[derive(Debug)]
enum Values {
    /// One text after the other, and where each ends.
    Text {
        bytes: Vec<u8>,
        ends: Vec<usize>,
    },
    Place(Vec<i32>),
    Number(Vec<i64>),
    Flag(Vec<bool>),
}

/// The values of one column of a row group.
#[derive(Debug)]
pub(crate) struct Buffer {
    /// 1 for each row with a value, 0 for each without; empty where the column has one in every row.
    present: Vec<i16>,
    values: Values,
}

impl Buffer {
    pub(crate) const fn new(kind: Kind) -> Self {
        let values = match kind {
            Kind::Id | Kind::Text => Values::Text { bytes: Vec::new(), ends: Vec::new() },
            Kind::Place | Kind::Day => Values::Place(Vec::new()),
            Kind::Count | Kind::Money | Kind::Time => Values::Number(Vec::new()),
            Kind::Flag => Values::Flag(Vec::new()),
        };
        Self { present: Vec::new(), values }
    }

    fn text(&mut self, text: &str) {
        if let Values::Text { bytes, ends } = &mut self.values {
            bytes.extend_from_slice(text.as_bytes());
            ends.push(bytes.len());
        }
    }

    fn number(&mut self, number: i64) {
        if let Values::Number(numbers) = &mut self.values {
            numbers.push(number);
        }
    }

    fn place(&mut self, place: i32) {
        if let Values::Place(places) = &mut self.values {
            places.push(place);
        }
    }

    fn flag(&mut self, flag: bool) {
        if let Values::Flag(flags) = &mut self.values {
            flags.push(flag);
        }
    }

    /// Writes what was collected, and begins anew.
    pub(crate) fn write(
        &mut self,
        to: &mut SerializedColumnWriter<'_>,
    ) -> Result<(), ParquetError> {
        let present = (!self.present.is_empty()).then_some(self.present.as_slice());
        match &mut self.values {
            Values::Text { bytes, ends } => {
                // Slices of one allocation: a text costs no allocation of its own.
                let all = Bytes::from(std::mem::take(bytes));
                let starts = std::iter::once(0).chain(ends.iter().copied());
                let texts: Vec<ByteArray> =
                    starts.zip(ends.iter()).map(|(from, to)| all.slice(from..*to).into()).collect();
                to.typed::<ByteArrayType>().write_batch(&texts, present, None)?;
                ends.clear();
            }
            Values::Place(places) => {
                to.typed::<Int32Type>().write_batch(places, present, None)?;
                places.clear();
            }
            Values::Number(numbers) => {
                to.typed::<Int64Type>().write_batch(numbers, present, None)?;
                numbers.clear();
            }
            Values::Flag(flags) => {
                to.typed::<BoolType>().write_batch(flags, present, None)?;
                flags.clear();
            }
        }
        self.present.clear();
        Ok(())
    }
}

/// What can stand in a column.
pub(crate) trait Field {
    const KIND: Kind;
    const OPTIONAL: bool = false;
    fn put(&self, to: &mut Buffer);
}

impl<T: Field> Field for Option<T> {
    const KIND: Kind = T::KIND;
    const OPTIONAL: bool = true;
    fn put(&self, to: &mut Buffer) {
        to.present.push(i16::from(self.is_some()));
        if let Some(value) = self {
            value.put(to);
        }
    }
}

impl Field for Uuid {
    const KIND: Kind = Kind::Id;
    fn put(&self, to: &mut Buffer) {
        to.text(self.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    }
}

macro_rules! id_fields {
    ($($id:ty),*) => {$(
        impl Field for $id {
            const KIND: Kind = Kind::Id;
            fn put(&self, to: &mut Buffer) {
                self.uuid().put(to);
            }
        }
    )*};
}
id_fields!(BuyerId, CampaignId, CostId, OrderId, PartyId, RefundId);

impl Field for &str {
    const KIND: Kind = Kind::Text;
    fn put(&self, to: &mut Buffer) {
        to.text(self);
    }
}

impl Field for i32 {
    const KIND: Kind = Kind::Place;
    fn put(&self, to: &mut Buffer) {
        to.place(*self);
    }
}

impl Field for i64 {
    const KIND: Kind = Kind::Count;
    fn put(&self, to: &mut Buffer) {
        to.number(*self);
    }
}

impl Field for Money {
    const KIND: Kind = Kind::Money;
    fn put(&self, to: &mut Buffer) {
        to.number(self.minor());
    }
}

impl Field for Time {
    const KIND: Kind = Kind::Time;
    fn put(&self, to: &mut Buffer) {
        to.number(self.micros());
    }
}

/// Days since 1970-01-01, in the book's zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Day(pub(crate) i32);

impl Field for Day {
    const KIND: Kind = Kind::Day;
    fn put(&self, to: &mut Buffer) {
        to.place(self.0);
    }
}

impl Field for bool {
    const KIND: Kind = Kind::Flag;
    fn put(&self, to: &mut Buffer) {
        to.flag(*self);
    }
}
