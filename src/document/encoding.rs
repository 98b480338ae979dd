//! Decodes text if its encoding is certain, and repairs text that was mis-decoded earlier.

use std::io::{self, BufRead, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::failure::{Flaw, Stage};

const FIX: &str = "save the file as UTF-8";

/// Decodes a text or a page. `label` is the encoding that the page declares.
///
/// In this order: a byte order mark; UTF-8; UTF-16, recognised by its zero bytes; the declared
/// encoding; Windows-1252 if the bytes are plausible for it.
///
/// # Errors
///
/// [`Flaw`] if the bytes are not text or their encoding is uncertain.
pub(super) fn decode(bytes: &[u8], label: Option<&str>) -> Result<String, Flaw> {
    let text = characters(bytes, label)?;
    readable(&text)?;
    Ok(text)
}

/// Decodes JSON, which is UTF-8, or UTF-16 with a byte order mark.
///
/// # Errors
///
/// [`Flaw`] if it is neither.
pub(super) fn decode_json(bytes: &[u8]) -> Result<String, Flaw> {
    match marked(bytes) {
        Some(text) => text,
        None => utf_8(bytes).map(str::to_owned),
    }
}

/// The encoding that the first bytes of a page declare in a `meta` element.
pub(super) fn declared(bytes: &[u8]) -> Option<&str> {
    const NAME: &[u8] = b"charset";
    let head = &bytes[..bytes.len().min(4096)];
    let mut tags = head.split(|&byte| byte == b'<');
    tags.find_map(|tag| {
        if !tag.get(..4)?.eq_ignore_ascii_case(b"meta") {
            return None;
        }
        let found = |window: &[u8]| window.eq_ignore_ascii_case(NAME);
        let at = tag.windows(NAME.len()).position(found)?;
        let value = tag[at + NAME.len()..].trim_ascii_start();
        let value = value.strip_prefix(b"=")?.trim_ascii_start();
        let value = match value {
            [b'"' | b'\'', rest @ ..] => rest,
            rest => rest,
        };
        let end = value
            .iter()
            .position(|byte| !byte.is_ascii_alphanumeric() && !b"-_.:".contains(byte))
            .unwrap_or(value.len());
        str::from_utf8(&value[..end]).ok().filter(|label| !label.is_empty())
    })
}

fn characters(bytes: &[u8], label: Option<&str>) -> Result<String, Flaw> {
    if let Some(text) = marked(bytes) {
        return text;
    }
    if let Some(encoding) = zeros(bytes) {
        return exact(bytes, encoding);
    }
    let declared = label
        .map(|label| {
            // If the `meta` element of a page can be read, the page is not UTF-16, even if it says
            // so.
            let encoding = Encoding::for_label(label.as_bytes()).map(Encoding::output_encoding);
            encoding.ok_or_else(|| {
                let reason = format!("the page declares the unknown encoding {label:?}; {FIX}");
                Flaw::new(Stage::Decode, reason)
            })
        })
        .transpose();
    let broken = match utf_8(bytes) {
        // ISO-2022-JP is the only encoding whose bytes could be mistaken for ASCII.
        Ok(text) if !text.is_ascii() || !bytes.contains(&0x1b) => return Ok(text.to_owned()),
        Ok(text) => {
            return match declared {
                Ok(Some(encoding)) => exact(bytes, encoding),
                _ => Ok(text.to_owned()),
            };
        }
        Err(broken) => broken,
    };
    match declared? {
        // A page that only declares UTF-8 is treated like a text that declares nothing.
        Some(encoding) if encoding != UTF_8 && encoding != WINDOWS_1252 => exact(bytes, encoding),
        encoding => windows_1252(bytes, encoding == Some(WINDOWS_1252)).ok_or(broken),
    }
}

/// The text of bytes that begin with a byte order mark.
fn marked(bytes: &[u8]) -> Option<Result<String, Flaw>> {
    let (encoding, mark) = Encoding::for_bom(bytes)?;
    let rest = &bytes[mark..];
    Some(if encoding == UTF_8 { utf_8(rest).map(str::to_owned) } else { exact(rest, encoding) })
}

/// UTF-16 without a byte order mark, if the zero bytes of its ASCII characters leave no doubt.
fn zeros(bytes: &[u8]) -> Option<&'static Encoding> {
    let count = |odd| bytes.iter().skip(odd).step_by(2).filter(|&&byte| byte == 0).count();
    if bytes.len() < 4 || !bytes.len().is_multiple_of(2) || !bytes.contains(&0) {
        return None;
    }
    match (count(0), count(1)) {
        (0, low) if low * 4 > bytes.len() => Some(UTF_16LE),
        (high, 0) if high * 4 > bytes.len() => Some(UTF_16BE),
        _ => None,
    }
}

fn utf_8(bytes: &[u8]) -> Result<&str, Flaw> {
    str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let byte = bytes.get(at).copied().unwrap_or_default();
        let reason = format!("byte 0x{byte:02X} at offset {at} is not UTF-8; {FIX}");
        Flaw::new(Stage::Decode, reason)
    })
}

/// Decodes bytes that must all be valid.
fn exact(bytes: &[u8], encoding: &'static Encoding) -> Result<String, Flaw> {
    match encoding.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok(text.into_owned()),
        None => {
            let name = encoding.name();
            let reason = format!("the bytes are not the {name} that they seem to be; {FIX}");
            Err(Flaw::new(Stage::Decode, reason))
        }
    }
}

/// The text of bytes that are plausible Windows-1252: no byte that is undefined in it, no sign of
/// broken UTF-8, and few bytes beyond ASCII, which look like its quotes and dashes or which a
/// detector classifies as Windows-1252.
fn windows_1252(bytes: &[u8], declared: bool) -> Option<String> {
    let undefined = |byte: &u8| matches!(byte, 0 | 0x81 | 0x8d | 0x8f | 0x90 | 0x9d);
    if bytes.iter().any(undefined) {
        return None;
    }
    let (mut sequences, mut strays) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        sequences += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        strays += usize::from(!chunk.invalid().is_empty());
    }
    if sequences >= strays {
        return None;
    }
    let high = || bytes.iter().filter(|byte| !byte.is_ascii());
    let punctuation = |byte: &u8| {
        matches!(byte, 0x80 | 0x85 | 0x91..=0x97 | 0x99 | 0xa0 | 0xa3 | 0xa7 | 0xa9 | 0xab | 0xae)
            || matches!(byte, 0xb0 | 0xb7 | 0xbb..=0xbe)
    };
    let plausible = high().count() * 5 <= bytes.len()
        && (high().all(punctuation) || {
            let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
            detector.feed(bytes, true);
            detector.guess(None, Utf8Detection::Deny) == WINDOWS_1252
        });
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
    (declared || plausible).then(|| text.into_owned())
}

/// Refuses input that can be decoded but is not text.
fn readable(text: &str) -> Result<(), Flaw> {
    let control = |c: char| c < ' ' && !matches!(c, '\t' | '\n' | '\x0b' | '\x0c' | '\r');
    let controls = text.chars().filter(|&c| control(c)).count();
    let zero = text.find('\0');
    if zero.is_none() && controls <= 8 + text.len() / 500 {
        return Ok(());
    }
    let at = zero.or_else(|| text.find(control)).unwrap_or_default();
    let reason = format!("not text but binary data: a control character at offset {at}; {FIX}");
    Err(Flaw::new(Stage::Decode, reason))
}

/// Repairs UTF-8 that was once decoded as Windows-1252 (`â€™` for `’`), if that is certain, and
/// returns whether anything was changed.
pub(super) fn repair(text: String) -> (String, bool) {
    let mut text = text;
    let mut repaired = false;
    // Text may have been mis-decoded twice; more often is unlikely.
    for _ in 0..3 {
        match repair_once(&text) {
            Some(better) => text = better,
            None => break,
        }
        repaired = true;
    }
    (text, repaired)
}

fn repair_once(text: &str) -> Option<String> {
    let suspect = |c: char| ('\u{c2}'..='\u{f4}').contains(&c);
    if !text.contains(suspect) {
        return None;
    }
    // Counts of the characters beyond ASCII: certainly broken, probably broken, intact.
    let (mut certain, mut likely, mut sound) = (0, 0, 0);
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| !c.is_ascii()) {
        rest = &rest[start..];
        let length = match broken(rest) {
            Some((c, length)) => {
                certain += usize::from(hallmark(rest, c));
                likely += usize::from(rest.starts_with(['Â', 'Ã', 'â']));
                length
            }
            None => {
                sound += 1;
                rest.chars().next().map_or(1, char::len_utf8)
            }
        };
        rest = &rest[length..];
    }
    // Next to intact characters ("CAFÉ” after an intact quote) only the typical sequences are
    // certain, and combinations that no writer puts side by side.
    let all = sound == 0 && certain + likely > 0;
    if !all && certain == 0 {
        return None;
    }
    let mut better = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let found = broken(rest).filter(|&(c, _)| all || hallmark(rest, c) || latin(rest, c));
        let (c, length) = found.unwrap_or((first, first.len_utf8()));
        better.push(c);
        rest = &rest[length..];
    }
    Some(better)
}

/// Whether broken text at the start of `rest` has a shape that intact text never has: `â€` or `â‚`
/// and a third character, an emoji's `ðŸ`, or a byte order mark.
fn hallmark(rest: &str, c: char) -> bool {
    matches!(c, '\u{2000}'..='\u{20bf}' | '\u{1f000}'..='\u{1faff}' | '\u{feff}')
        && rest.starts_with(['â', 'ð', 'ï'])
}

/// Whether broken text at the start of `rest` is a Latin-1 character whose second half is not a
/// quote or dash.
fn latin(rest: &str, c: char) -> bool {
    rest.starts_with(['Â', 'Ã']) && matches!(c as u32 & 0x3f, 0x20..)
}

/// The original character of mis-decoded text at the start of `rest`, and the length of the
/// mis-decoded text.
fn broken(rest: &str) -> Option<(char, usize)> {
    let mut bytes = [0; 4];
    let mut length = 0;
    let mut wanted = 1;
    for (count, c) in rest.chars().take(4).enumerate() {
        if count == wanted {
            break;
        }
        bytes[count] = byte(c)?;
        wanted = match bytes[0] {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => return None,
        };
        length += c.len_utf8();
    }
    let c = str::from_utf8(&bytes[..wanted]).ok()?.chars().next()?;
    Some((c, length))
}

/// The byte beyond ASCII that Windows-1252 or Latin-1 decodes as `c`.
fn byte(c: char) -> Option<u8> {
    let byte = match c {
        '€' => 0x80,
        '‚' => 0x82,
        'ƒ' => 0x83,
        '„' => 0x84,
        '…' => 0x85,
        '†' => 0x86,
        '‡' => 0x87,
        'ˆ' => 0x88,
        '‰' => 0x89,
        'Š' => 0x8a,
        '‹' => 0x8b,
        'Œ' => 0x8c,
        'Ž' => 0x8e,
        '‘' => 0x91,
        '’' => 0x92,
        '“' => 0x93,
        '”' => 0x94,
        '•' => 0x95,
        '–' => 0x96,
        '—' => 0x97,
        '˜' => 0x98,
        '™' => 0x99,
        'š' => 0x9a,
        '›' => 0x9b,
        'œ' => 0x9c,
        'ž' => 0x9e,
        'Ÿ' => 0x9f,
        // In Latin-1 bytes and code points are equal.
        '\u{80}'..='\u{ff}' => return u8::try_from(c).ok(),
        _ => return None,
    };
    Some(byte)
}

/// Reads UTF-16 as UTF-8, so that a stream can be split into lines.
pub(super) struct Utf16Reader {
    input: Box<dyn BufRead + Send>,
    decoder: Decoder,
    /// UTF-8 bytes; those before `given` have been read.
    decoded: Vec<u8>,
    given: usize,
    ended: bool,
    malformed: bool,
}

impl Utf16Reader {
    /// The encoding of a stream that begins with a UTF-16 byte order mark.
    pub fn of(head: &[u8]) -> Option<&'static Encoding> {
        let (encoding, _) = Encoding::for_bom(head)?;
        (encoding != UTF_8).then_some(encoding)
    }

    /// Decodes `input`, without its byte order mark.
    pub fn new(input: Box<dyn BufRead + Send>, encoding: &'static Encoding) -> Self {
        Self {
            input,
            decoder: encoding.new_decoder_with_bom_removal(),
            decoded: Vec::new(),
            given: 0,
            ended: false,
            malformed: false,
        }
    }

    /// Decodes the next part of the input.
    fn fill(&mut self) -> io::Result<()> {
        if self.malformed {
            let reason = "a broken character of UTF-16";
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        let piece = self.input.fill_buf()?;
        let last = piece.is_empty();
        let room =
            self.decoder.max_utf8_buffer_length_without_replacement(piece.len()).unwrap_or(piece.len());
        self.decoded.resize(room.max(16), 0);
        let (result, read, written) =
            self.decoder.decode_to_utf8_without_replacement(piece, &mut self.decoded, last);
        self.input.consume(read);
        self.decoded.truncate(written);
        self.given = 0;
        match result {
            DecoderResult::InputEmpty => self.ended = last,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => self.malformed = true,
        }
        Ok(())
    }
}

impl Read for Utf16Reader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(out.len());
        out[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Utf16Reader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.given == self.decoded.len() && !self.ended {
            self.fill()?;
        }
        Ok(&self.decoded[self.given..])
    }

    fn consume(&mut self, count: usize) {
        self.given = (self.given + count).min(self.decoded.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(bytes: &[u8]) -> String {
        decode(bytes, None).unwrap_err().reason
    }

    fn utf_16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn a_byte_order_mark_is_not_part_of_the_text() {
        let le = utf_16("\u{feff}Café", u16::to_le_bytes);
        let be = utf_16("\u{feff}Café", u16::to_be_bytes);
        for bytes in ["\u{feff}Café".as_bytes(), &le, &be] {
            assert_eq!(decode(bytes, None).unwrap(), "Café");
            assert_eq!(decode_json(bytes).unwrap(), "Café");
        }
    }

    #[test]
    fn utf_16_without_a_mark_is_recognised_by_its_zeros() {
        let text = "The “port” is open.";
        assert_eq!(decode(&utf_16(text, u16::to_le_bytes), None).unwrap(), text);
        assert_eq!(decode(&utf_16(text, u16::to_be_bytes), None).unwrap(), text);
    }

    #[test]
    fn windows_1252_quotes_and_letters_are_decoded() {
        let decoded = decode(b"\x93We can\x92t wait,\x94 she said \x97 at last.", None).unwrap();
        assert_eq!(decoded, "“We can’t wait,” she said — at last.");
        let decoded = decode(b"A caf\xe9 owner in Z\xfcrich said that he would open.", None);
        assert_eq!(decoded.unwrap(), "A café owner in Zürich said that he would open.");
    }

    #[test]
    fn broken_utf_8_is_not_taken_for_windows_1252() {
        // Cut within the last character.
        let bytes = "“We can’t wait,” she said – at last”".as_bytes();
        let cut = &bytes[..bytes.len() - 1];
        assert!(reason(cut).contains(&format!("offset {}", bytes.len() - 3)));
        assert!(reason(cut).contains("save the file as UTF-8"));
    }

    #[test]
    fn bytes_that_no_text_has_are_refused_with_their_place() {
        assert!(reason(b"The port is open.\x81").contains("0x81 at offset 17"));
        assert!(reason(b"The port\0 is open.").contains("binary"));
        assert!(reason(&[7; 100]).contains("binary"));
        let cyrillic = b"\xcf\xee\xf0\xf2 \xee\xf2\xea\xf0\xfb\xf2 \xe2 \xef\xff\xf2\xed\xe8\xf6\xf3";
        assert!(reason(cyrillic).contains("UTF-8"));
    }

    #[test]
    fn a_page_s_declared_encoding_is_honoured_unless_it_is_utf_8_all_the_same() {
        let page = b"<meta http-equiv='Content-Type' content='text/html; charset=windows-1251'>\xcf";
        assert_eq!(declared(page), Some("windows-1251"));
        assert!(decode(page, declared(page)).unwrap().ends_with('П'));
        let page = "<META charset = \"windows-1251\"><p>Café".as_bytes();
        assert!(decode(page, declared(page)).unwrap().ends_with("Café"));
        assert!(decode(b"<p>caf\xe9", Some("no-such")).is_err());
        assert_eq!(decode(b"caf\xe9", Some("iso-8859-1")).unwrap(), "café");
        let text = b"A caf\xe9 owner in Z\xfcrich said that he would open.";
        assert!(decode(text, Some("utf-16")).is_ok_and(|text| text.contains("Zürich")));
        assert_eq!(declared(b"<meta charset"), None);
    }

    #[test]
    fn mojibake_is_repaired() {
        for (broken, sound) in [
            ("We canâ€™t wait", "We can’t wait"),
            ("a cafÃ© in ZÃ¼rich", "a café in Zürich"),
            ("Â£5 and 7Â\u{a0}pm", "£5 and 7\u{a0}pm"),
            ("We canâ\u{80}\u{99}t", "We can’t"),
            ("twice: itÃ¢â‚¬â„¢s", "twice: it’s"),
            ("“Soundâ€™s” quotes beside cafÃ©", "“Sound’s” quotes beside café"),
            ("rain ðŸŒ§ today", "rain 🌧 today"),
        ] {
            assert_eq!(repair(broken.to_owned()), (sound.to_owned(), true));
        }
    }

    #[test]
    fn intact_text_is_not_changed() {
        for text in [
            "“We can’t wait,” she said — at last…",
            "Émile in “CAFÉ” and “CLICHÉ”… naïve façade, São Paulo, Ångström",
            "“AMANHÔ, disse a ministra",
            "«É» Ünal’s Østergård – Łódź, Đoković",
            "नमस्ते â",
            "â€",
            "a lost byte: â€ and so on",
        ] {
            assert_eq!(repair(text.to_owned()), (text.to_owned(), false));
        }
    }

    #[test]
    fn a_stream_of_utf_16_keeps_all_it_holds() {
        let text = "{\"text\": \"ऊ “port” 🌧\"}\n".repeat(2000);
        let bytes = utf_16(&format!("\u{feff}{text}"), u16::to_le_bytes);
        let encoding = Utf16Reader::of(&bytes).unwrap();
        let mut reader = Utf16Reader::new(Box::new(io::Cursor::new(bytes)), encoding);
        let mut read = String::new();
        reader.read_to_string(&mut read).unwrap();
        assert_eq!(read, text);
    }

    #[test]
    fn a_stream_of_broken_utf_16_ends_in_an_error_after_the_valid_part() {
        let mut bytes = utf_16("\u{feff}sound\n", u16::to_le_bytes);
        bytes.extend([0x00, 0xd8, 0x41, 0x00]);
        let mut reader = Utf16Reader::new(Box::new(io::Cursor::new(bytes)), UTF_16LE);
        let mut line = String::new();
        assert_eq!(reader.read_line(&mut line).unwrap(), 6);
        assert!(reader.read_line(&mut line).is_err());
    }
}
