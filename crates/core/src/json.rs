//! JSON with money in major units: like `serde_json`, but every [`Money`], however deep, prints as a
//! string with the currency's decimals, `"94.50"`. Field order is kept; `serde_json`'s map sorts the
//! keys of a [`to_value`], unless its feature `preserve_order` is on.
//!
//! For people and other programs; stored bytes are another matter. One pass, nothing is copied but
//! the output.

use std::io::Write;

use serde::ser::{self, Error as _, Serialize, Serializer};

use crate::money::{Decimals, Money};

/// A value whose amounts print in major units; give it to any serde format.
///
/// ```
/// use tuanzhang_core::json::Major;
/// use tuanzhang_core::money::{Decimals, Money};
/// let jpy = Decimals::new(0).ok_or("0..=4")?;
/// let printed = serde_json::to_string_pretty(&Major::new(&Money::MAX, jpy))?;
/// assert_eq!(printed, "\"1000000000000000\"");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Major<'a, T: ?Sized> {
    value: &'a T,
    decimals: Decimals,
}

impl<'a, T: Serialize + ?Sized> Major<'a, T> {
    /// The value, printed with so many decimals.
    pub const fn new(value: &'a T, decimals: Decimals) -> Self {
        Self { value, decimals }
    }
}

impl<T: Serialize + ?Sized> Serialize for Major<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(Printer { to, decimals: self.decimals })
    }
}

/// The value as JSON on one line.
///
/// ```
/// use tuanzhang_core::json;
/// use tuanzhang_core::money::{Decimals, Money};
/// let cny = Decimals::new(2).ok_or("0..=4")?;
/// let price = Money::from_minor(9450)?;
/// assert_eq!(json::to_string(&("price", price, 3), cny)?, r#"["price","94.50",3]"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// What `serde_json` refuses: map keys that are no text.
pub fn to_string(
    value: &(impl Serialize + ?Sized),
    decimals: Decimals,
) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Major::new(value, decimals))
}

/// The value as a JSON tree.
///
/// # Errors
/// What `serde_json` refuses: map keys that are no text.
pub fn to_value(
    value: &(impl Serialize + ?Sized),
    decimals: Decimals,
) -> Result<serde_json::Value, serde_json::Error> {
    serde_json::to_value(Major::new(value, decimals))
}

/// Writes the value as JSON on one line, without a line end.
///
/// # Errors
/// What the writer refuses, and map keys that are no text.
pub fn to_writer(
    writer: impl Write,
    value: &(impl Serialize + ?Sized),
    decimals: Decimals,
) -> Result<(), serde_json::Error> {
    serde_json::to_writer(writer, &Major::new(value, decimals))
}

/// The name that `Money`'s derived `Serialize` gives; a test holds it.
const MONEY: &str = "Money";

/// A serializer, or one of its compounds, that prints money in major units.
struct Printer<S> {
    to: S,
    decimals: Decimals,
}

macro_rules! passed_through {
    ($($method:ident($($arg:ident: $type:ty),*);)*) => {$(
        fn $method(self, $($arg: $type),*) -> Result<S::Ok, S::Error> {
            self.to.$method($($arg),*)
        }
    )*};
}

macro_rules! wrapped {
    ($($method:ident($($arg:ident: $type:ty),*) -> $compound:ident;)*) => {$(
        fn $method(self, $($arg: $type),*) -> Result<Self::$compound, S::Error> {
            let to = self.to.$method($($arg),*)?;
            Ok(Printer { to, decimals: self.decimals })
        }
    )*};
}

impl<S: Serializer> Serializer for Printer<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Printer<S::SerializeSeq>;
    type SerializeTuple = Printer<S::SerializeTuple>;
    type SerializeTupleStruct = Printer<S::SerializeTupleStruct>;
    type SerializeTupleVariant = Printer<S::SerializeTupleVariant>;
    type SerializeMap = Printer<S::SerializeMap>;
    type SerializeStruct = Printer<S::SerializeStruct>;
    type SerializeStructVariant = Printer<S::SerializeStructVariant>;

    passed_through! {
        serialize_bool(value: bool);
        serialize_i8(value: i8);
        serialize_i16(value: i16);
        serialize_i32(value: i32);
        serialize_i64(value: i64);
        serialize_i128(value: i128);
        serialize_u8(value: u8);
        serialize_u16(value: u16);
        serialize_u32(value: u32);
        serialize_u64(value: u64);
        serialize_u128(value: u128);
        serialize_f32(value: f32);
        serialize_f64(value: f64);
        serialize_char(value: char);
        serialize_str(value: &str);
        serialize_bytes(value: &[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(name: &'static str);
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str);
    }

    wrapped! {
        serialize_seq(len: Option<usize>) -> SerializeSeq;
        serialize_tuple(len: usize) -> SerializeTuple;
        serialize_tuple_struct(name: &'static str, len: usize) -> SerializeTupleStruct;
        serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, len: usize)
            -> SerializeTupleVariant;
        serialize_map(len: Option<usize>) -> SerializeMap;
        serialize_struct(name: &'static str, len: usize) -> SerializeStruct;
        serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, len: usize)
            -> SerializeStructVariant;
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.to.serialize_some(&Major { value, decimals: self.decimals })
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        if name == MONEY {
            let minor = serde_json::to_value(value).map_err(S::Error::custom)?;
            if let Some(money) = minor.as_i64().and_then(|minor| Money::from_minor(minor).ok()) {
                return self.to.serialize_str(&money.display(self.decimals));
            }
        }
        self.to.serialize_newtype_struct(name, &Major { value, decimals: self.decimals })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let value = Major { value, decimals: self.decimals };
        self.to.serialize_newtype_variant(name, index, variant, &value)
    }

    fn collect_str<T: std::fmt::Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.to.collect_str(value)
    }

    fn is_human_readable(&self) -> bool {
        self.to.is_human_readable()
    }
}

macro_rules! elements {
    ($($trait:ident $method:ident,)*) => {$(
        impl<C: ser::$trait> ser::$trait for Printer<C> {
            type Ok = C::Ok;
            type Error = C::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
                self.to.$method(&Major { value, decimals: self.decimals })
            }

            fn end(self) -> Result<C::Ok, C::Error> {
                self.to.end()
            }
        }
    )*};
}

elements! {
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field,
}

macro_rules! fields {
    ($($trait:ident,)*) => {$(
        impl<C: ser::$trait> ser::$trait for Printer<C> {
            type Ok = C::Ok;
            type Error = C::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), C::Error> {
                self.to.serialize_field(key, &Major { value, decimals: self.decimals })
            }

            fn skip_field(&mut self, key: &'static str) -> Result<(), C::Error> {
                self.to.skip_field(key)
            }

            fn end(self) -> Result<C::Ok, C::Error> {
                self.to.end()
            }
        }
    )*};
}

fields! { SerializeStruct, SerializeStructVariant, }

impl<C: ser::SerializeMap> ser::SerializeMap for Printer<C> {
    type Ok = C::Ok;
    type Error = C::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), C::Error> {
        self.to.serialize_key(&Major { value: key, decimals: self.decimals })
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        self.to.serialize_value(&Major { value, decimals: self.decimals })
    }

    fn serialize_entry<K: Serialize + ?Sized, V: Serialize + ?Sized>(
        &mut self,
        key: &K,
        value: &V,
    ) -> Result<(), C::Error> {
        let (key, value) = (
            Major { value: key, decimals: self.decimals },
            Major { value, decimals: self.decimals },
        );
        self.to.serialize_entry(&key, &value)
    }

    fn end(self) -> Result<C::Ok, C::Error> {
        self.to.end()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use serde::Serialize;

    fn money(minor: i64) -> Money {
        Money::from_minor(minor).unwrap()
    }

    fn decimals(n: u8) -> Decimals {
        Decimals::new(n).unwrap()
    }

    /// One of each shape that serde knows, money in every place where it can stand.
    #[derive(Serialize)]
    struct Shapes {
        zebra: Money,
        apple: Option<Money>,
        none: Option<Money>,
        plain: i64,
        newtype: Newtype,
        tuple: Tuple,
        list: Vec<Money>,
        map: BTreeMap<&'static str, Money>,
        variants: Vec<Variant>,
    }

    #[derive(Serialize)]
    struct Newtype(Money);

    #[derive(Serialize)]
    struct Tuple(Money, u8);

    #[derive(Serialize)]
    enum Variant {
        Unit,
        Newtype(Money),
        Tuple(i8, Money),
        Struct { amount: Money, count: u64 },
    }

    fn shapes() -> Shapes {
        Shapes {
            zebra: money(-1),
            apple: Some(money(9450)),
            none: None,
            plain: 9450,
            newtype: Newtype(money(100)),
            tuple: Tuple(money(200), 2),
            list: vec![money(0), money(5)],
            map: BTreeMap::from([("wechat", money(1_000_000))]),
            variants: vec![
                Variant::Unit,
                Variant::Newtype(money(1)),
                Variant::Tuple(-1, money(2)),
                Variant::Struct { amount: money(3), count: 4 },
            ],
        }
    }

    #[test]
    fn money_prints_in_major_units_wherever_it_stands() {
        let expected = json!({
            "zebra": "-0.01",
            "apple": "94.50",
            "none": null,
            "plain": 9450,
            "newtype": "1.00",
            "tuple": ["2.00", 2],
            "list": ["0.00", "0.05"],
            "map": { "wechat": "10000.00" },
            "variants": [
                "Unit",
                { "Newtype": "0.01" },
                { "Tuple": [-1, "0.02"] },
                { "Struct": { "amount": "0.03", "count": 4 } },
            ],
        });
        assert_eq!(to_value(&shapes(), decimals(2)).unwrap(), expected);
        let text = to_string(&shapes(), decimals(2)).unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), expected);
        let mut written = Vec::new();
        to_writer(&mut written, &shapes(), decimals(2)).unwrap();
        assert_eq!(written, text.as_bytes());
    }

    #[test]
    fn fields_keep_their_order() {
        let text = to_string(&shapes(), decimals(2)).unwrap();
        assert!(text.starts_with(r#"{"zebra":"-0.01","apple":"94.50","none":null,"plain":9450,"#));
    }

    #[test]
    fn decimals_are_those_of_the_currency() {
        let printed = |n| to_string(&money(-12_345), decimals(n)).unwrap();
        assert_eq!(
            [0, 1, 2, 3, 4].map(printed),
            ["\"-12345\"", "\"-1234.5\"", "\"-123.45\"", "\"-12.345\"", "\"-1.2345\""]
        );
    }

    #[test]
    fn an_event_prints_its_amounts_and_nothing_else_changes() {
        use crate::event::{Event, PayoutRequested};
        use crate::id::{PartyId, PayoutId};
        let event = Event::from(PayoutRequested {
            payout: PayoutId::from_bytes([1; 16]),
            party: PartyId::from_bytes([2; 16]),
            amount: money(9450),
        });
        let expected = json!({ "payout_requested": {
            "payout": "01010101-0101-0101-0101-010101010101",
            "party": "02020202-0202-0202-0202-020202020202",
            "amount": "94.50",
        }});
        assert_eq!(to_value(&event, decimals(2)).unwrap(), expected);
    }
}
