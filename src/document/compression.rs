//! Decompresses gzip and Zstandard, recognised by their first bytes.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

/// How many bytes of a stream are searched for one that is not white space.
const MAX_HEAD: usize = 64 << 10;

/// A stream after decompression, with its first bytes.
pub(super) struct PlainStream {
    /// The first bytes; they are only white space if the whole stream is empty or blank.
    pub head: Vec<u8>,
    /// The whole stream, including `head`.
    pub body: Box<dyn BufRead + Send>,
}

/// Examines the start of `input`, and decompresses it if it is gzip or Zstandard.
///
/// # Errors
///
/// The I/O error of reading the first bytes.
pub(super) fn open(input: impl Read + Send + 'static) -> io::Result<PlainStream> {
    let plain = peek(Box::new(BufReader::new(input)))?;
    if plain.head.starts_with(&[0x1f, 0x8b]) {
        peek(Box::new(BufReader::new(MultiGzDecoder::new(plain.body))))
    } else if plain.head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        let decoder = zstd::Decoder::with_buffer(plain.body)?;
        peek(Box::new(BufReader::new(decoder)))
    } else {
        Ok(plain)
    }
}

/// Reads the first bytes of a stream and puts them back.
fn peek(mut body: Box<dyn BufRead + Send>) -> io::Result<PlainStream> {
    let mut head = Vec::new();
    // Four bytes identify the compression; do not wait for more from a slow pipe.
    while head.len() < 4 || head.len() < MAX_HEAD && head.trim_ascii().is_empty() {
        let chunk = match body.fill_buf() {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if head.is_empty() => return Err(error),
            Err(error) => {
                // A decoder may not repeat its error, so it is stored and returned after the head.
                body = Box::new(BufReader::new(Broken(Some(error))));
                break;
            }
        };
        if chunk.is_empty() {
            break;
        }
        let taken = chunk.len();
        head.extend_from_slice(chunk);
        body.consume(taken);
    }
    let body = Box::new(Cursor::new(head.clone()).chain(body));
    Ok(PlainStream { head, body })
}

/// A stream that returns one error.
struct Broken(Option<io::Error>);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        open(Cursor::new(bytes))?.body.read_to_end(&mut out)?;
        Ok(out)
    }

    #[test]
    fn all_members_of_a_gzip_file_are_read() {
        let bytes = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(unpacked(bytes).unwrap(), b"one two");
    }

    #[test]
    fn all_frames_of_a_zstandard_file_are_read() {
        let frame = |bytes: &[u8]| zstd::encode_all(bytes, 1).unwrap();
        let bytes = [frame(b"one "), frame(b"two")].concat();
        assert_eq!(unpacked(bytes).unwrap(), b"one two");
    }

    #[test]
    fn a_cut_stream_ends_in_an_error() {
        let text: Vec<u8> = (0..5000u32).flat_map(|n| (n * n).to_le_bytes()).collect();
        for mut bytes in [gzip(&text), zstd::encode_all(&text[..], 1).unwrap()] {
            bytes.truncate(bytes.len() - 7);
            assert!(unpacked(bytes).is_err());
        }
    }

    #[test]
    fn a_stream_cut_within_its_head_ends_in_an_error() {
        let mut bytes = gzip(b"Rain is forecast.");
        bytes.truncate(bytes.len() - 3);
        assert!(unpacked(bytes).is_err());
    }

    #[test]
    fn a_stream_shorter_than_any_mark_is_kept() {
        for bytes in [&b""[..], b"a", b"\x1f", b"  "] {
            assert_eq!(unpacked(bytes.to_vec()).unwrap(), bytes);
        }
    }
}
