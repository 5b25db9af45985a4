//! Texts of others on a terminal: characters that no reader sees are written as what they are, `<U+202E>`, so that
//! no title turns a line around, hides a part of it or gives the terminal an order.

use std::io::{self, Write};

use tuanzhang_core::text;

/// Writes on, with what is hidden made visible; lines still end.
#[derive(Debug)]
pub(crate) struct Visible<W> {
    to: W,
    /// The beginning of a character whose rest has not come yet.
    begun: Vec<u8>,
}

impl<W: Write> Visible<W> {
    pub(crate) const fn new(to: W) -> Self {
        Self { to, begun: Vec::new() }
    }
}

impl<W: Write> Write for Visible<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.begun.extend_from_slice(bytes);
        for chunk in self.begun.utf8_chunks() {
            self.to.write_all(visible(chunk.valid()).as_bytes())?;
        }
        let rest = match std::str::from_utf8(&self.begun) {
            // What ends in the middle of a character waits; what is none is left out.
            Err(error) if error.error_len().is_none() => self.begun.split_off(error.valid_up_to()),
            Ok(_) | Err(_) => Vec::new(),
        };
        self.begun = rest;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// A text with what is hidden made visible; line breaks and tabs stay.
pub(crate) fn visible(text: &str) -> String {
    text::visible(text, &['\n', '\t'])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn what_is_hidden_is_seen_and_characters_cut_in_two_stay_whole() {
        let text = "茶 \u{202E}oN\u{1b}[31m\u{9b}\n余额\t1.00";
        let expected = "茶 <U+202E>oN<U+001B>[31m<U+009B>\n余额\t1.00";
        for size in 1..=text.len() {
            let mut out = Visible::new(Vec::new());
            for piece in text.as_bytes().chunks(size) {
                out.write_all(piece).unwrap();
            }
            assert_eq!(String::from_utf8(out.to).unwrap(), expected, "pieces of {size} bytes");
        }
    }
}
