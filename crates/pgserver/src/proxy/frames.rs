//! PostgreSQL's messages, whole: a sign for the kind, the length, the rest.

use std::io::{self, Read};

/// Bytes that one message may have here.
const MESSAGE_BYTES_MAX: usize = 1 << 30;
const TLS_REQUEST: u32 = 80_877_103;
const GSS_REQUEST: u32 = 80_877_104;

/// A message as it goes over the wire.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) kind: Kind,
    pub(super) bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The first message, which has no sign; cancel requests too.
    Startup,
    /// May the connection be encrypted? Answered with one byte.
    Encryption,
    Tagged(u8),
}

impl Kind {
    /// After it the client waits for an answer: a query, or the end of a pipeline.
    pub(super) fn asks_for_an_answer(self) -> bool {
        matches!(self, Self::Startup | Self::Encryption | Self::Tagged(b'S' | b'Q' | b'X'))
    }
}

fn length(bytes: [u8; 4]) -> io::Result<usize> {
    let length = usize::try_from(u32::from_be_bytes(bytes)).map_err(io::Error::other)?;
    match length {
        4..=MESSAGE_BYTES_MAX => Ok(length),
        _ => Err(io::Error::other("not PostgreSQL's protocol")),
    }
}

fn read_rest(from: &mut impl Read, start: Vec<u8>, length_at: usize) -> io::Result<Vec<u8>> {
    let mut size = [0; 4];
    from.read_exact(&mut size)?;
    let rest = length(size)?.saturating_sub(size.len());
    let mut bytes = start;
    bytes.extend_from_slice(&size);
    let whole = length_at.saturating_add(size.len()).saturating_add(rest);
    bytes.resize(whole, 0);
    if let Some(rest) = bytes.get_mut(length_at.saturating_add(size.len())..) {
        from.read_exact(rest)?;
    }
    Ok(bytes)
}

/// The next message of a connection that has been opened.
pub(super) fn message(from: &mut impl Read) -> io::Result<Message> {
    let mut sign = [0];
    from.read_exact(&mut sign)?;
    let [sign] = sign;
    Ok(Message { kind: Kind::Tagged(sign), bytes: read_rest(from, vec![sign], 1)? })
}

/// A message before the connection has been opened.
pub(super) fn first_message(from: &mut impl Read) -> io::Result<Message> {
    let bytes = read_rest(from, Vec::new(), 0)?;
    let code = bytes.get(4..8).and_then(|code| code.try_into().ok()).map(u32::from_be_bytes);
    let kind = match code {
        Some(TLS_REQUEST | GSS_REQUEST) => Kind::Encryption,
        _ => Kind::Startup,
    };
    Ok(Message { kind, bytes })
}

/// The code and text of an error message.
pub(super) fn error_text(message: &Message) -> Option<String> {
    if message.kind != Kind::Tagged(b'E') {
        return None;
    }
    let fields = message.bytes.get(5..)?.split(|byte| *byte == 0);
    let wanted = fields.filter_map(|field| match field.split_first()? {
        (b'C' | b'M', text) => Some(String::from_utf8_lossy(text).into_owned()),
        _ => None,
    });
    Some(wanted.collect::<Vec<_>>().join(" "))
}
