//! The framing of Git's protocol: lines with their length in four hexadecimal digits, and bands
//! that multiplex data and messages. See gitprotocol-common(5) and gitprotocol-pack(5).

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// Most bytes of payload in one packet.
const MAX_PAYLOAD: usize = 65_516;

/// Ends a section.
pub(crate) const FLUSH: &[u8] = b"0000";

/// One packet as it was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Packet {
    /// A line, its trailing newline taken off.
    Line(Vec<u8>),
    /// The end of a section.
    Flush,
}

/// Reads one packet; `None` where the stream ends before one.
///
/// # Errors
/// `InvalidData` for a malformed length, `UnexpectedEof` inside a packet.
pub(crate) async fn read<R: AsyncRead + Unpin>(from: &mut R) -> io::Result<Option<Packet>> {
    let mut digits = [0; 4];
    if from.read(&mut digits[..1]).await? == 0 {
        return Ok(None);
    }
    from.read_exact(&mut digits[1..]).await?;
    let length = std::str::from_utf8(&digits)
        .ok()
        .filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))
        .and_then(|text| usize::from_str_radix(text, 16).ok());
    let payload = match length {
        Some(0) => return Ok(Some(Packet::Flush)),
        Some(length) if (4..=MAX_PAYLOAD + 4).contains(&length) => length - 4,
        _ => {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a malformed packet length"));
        }
    };
    let mut line = vec![0; payload];
    from.read_exact(&mut line).await?;
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    Ok(Some(Packet::Line(line)))
}

/// Appends `payload` as packets, split where it is too long for one.
pub(crate) fn write(to: &mut Vec<u8>, payload: &[u8]) {
    for part in payload.chunks(MAX_PAYLOAD) {
        to.extend_from_slice(format!("{:04x}", part.len() + 4).as_bytes());
        to.extend_from_slice(part);
    }
}

/// Appends `payload` on a band: 1 is data, 2 is a message for the user.
pub(crate) fn write_band(to: &mut Vec<u8>, band: u8, payload: &[u8]) {
    for part in payload.chunks(MAX_PAYLOAD - 1) {
        to.extend_from_slice(format!("{:04x}", part.len() + 5).as_bytes());
        to.push(band);
        to.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn reads_what_was_written_and_refuses_odd_lengths() {
        let mut bytes = Vec::new();
        write(&mut bytes, b"hello\n");
        bytes.extend_from_slice(FLUSH);
        let mut from = bytes.as_slice();
        assert_eq!(read(&mut from).await.unwrap(), Some(Packet::Line(b"hello".to_vec())));
        assert_eq!(read(&mut from).await.unwrap(), Some(Packet::Flush));
        assert_eq!(read(&mut from).await.unwrap(), None);
        for bad in ["0001", "0003", "fff5", "+123x", "00zz", "-001"] {
            assert!(read(&mut bad.as_bytes()).await.is_err(), "{bad}");
        }
        assert!(read(&mut &b"0010short"[..]).await.is_err());
    }

    #[test]
    fn long_payloads_are_split() {
        let mut bytes = Vec::new();
        write_band(&mut bytes, 2, &vec![b'x'; 65_516]);
        assert_eq!(&bytes[..5], b"fff0\x02");
        assert_eq!(&bytes[65_520..], b"0006\x02x");
    }
}
