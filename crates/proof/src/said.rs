//! Sentences in Chinese and English, with the values in them kept apart from the words.

use std::fmt;

/// A sentence in both languages. Values in it may be a stranger's text; who shows it sets them apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    chinese: &'static str,
    english: &'static str,
    values: Vec<Value>,
}

/// A value, in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    chinese: String,
    english: String,
}

/// A piece of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'s> {
    /// The sentence's own words.
    Words(&'s str),
    /// A value in it.
    Value(&'s str),
}

/// The same in both languages.
pub(crate) fn value(text: impl fmt::Display) -> Value {
    let text = text.to_string();
    Value { chinese: text.clone(), english: text }
}

/// One text for each language.
pub(crate) fn both((chinese, english): (&str, &str)) -> Value {
    Value { chinese: chinese.to_owned(), english: english.to_owned() }
}

impl Said {
    /// A sentence without a value, or with one for each `{}` in it, in their order in both languages.
    pub(crate) fn new(
        chinese: &'static str,
        english: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) -> Self {
        Self { chinese, english, values: values.into_iter().collect() }
    }

    /// In Chinese.
    pub fn chinese(&self) -> impl Iterator<Item = Piece<'_>> {
        pieces(self.chinese, self.values.iter().map(|value| value.chinese.as_str()))
    }

    /// In English.
    pub fn english(&self) -> impl Iterator<Item = Piece<'_>> {
        pieces(self.english, self.values.iter().map(|value| value.english.as_str()))
    }
}

fn pieces<'s>(
    words: &'s str,
    mut values: impl Iterator<Item = &'s str>,
) -> impl Iterator<Item = Piece<'s>> {
    let words = words.split("{}").enumerate().flat_map(move |(number, words)| {
        let value = if number == 0 { None } else { values.next() };
        [value.map(Piece::Value), Some(Piece::Words(words))]
    });
    words.flatten().filter(|piece| !matches!(piece, Piece::Words("")))
}

impl Piece<'_> {
    /// Its text.
    pub const fn text(&self) -> &str {
        match self {
            Self::Words(text) | Self::Value(text) => text,
        }
    }
}

impl fmt::Display for Said {
    /// Chinese, a line below it English.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chinese().try_for_each(|piece| f.write_str(piece.text()))?;
        f.write_str("\n")?;
        self.english().try_for_each(|piece| f.write_str(piece.text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_apart_from_the_words() {
        let said =
            Said::new("付 {} 到{}", "Paid {} to {}", [value("{}"), both(("微信", "wechat"))]);
        assert_eq!(said.to_string(), "付 {} 到微信\nPaid {} to wechat");
        let english: Vec<_> = said.english().collect();
        let [paid, to] = ["Paid ", " to "].map(Piece::Words);
        assert_eq!(english, [paid, Piece::Value("{}"), to, Piece::Value("wechat")]);
    }
}
