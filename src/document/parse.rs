//! Finds the text of a document in its bytes.

use serde::Serialize;
use serde_json::{Map, Value};

use super::failure::{Failure, Flaw, Stage};
use super::fields::ArticleFields;
use super::raw::{Kind, Origin, Raw};
use super::{encoding, html, json, language};
use crate::digest::sha256;
use crate::isolation::{fail_point, isolated};

/// One article, decoded, with its text found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Document {
    /// Where it is.
    pub origin: Origin,
    /// The file name without its known extensions.
    pub stem: String,
    /// The article's own id.
    pub id: Option<String>,
    /// The article's title, inside or outside the text.
    pub headline: Option<String>,
    /// The title if it is not part of `text`: `None` if there is none or `text` begins with it.
    pub title: Option<String>,
    /// The text that all offsets refer to: the decoded file, the field `text` or the main content
    /// of a page.
    pub text: String,
    /// The article's URL.
    pub url: Option<String>,
    /// The date of publication, as the source writes it.
    pub published: Option<String>,
    /// The outlet that published it.
    pub outlet: Option<String>,
    /// ISO 639-3 code of the language, `None` if the text is too short or too mixed to detect it.
    pub language: Option<String>,
    /// Other fields of a JSON article.
    pub meta: Map<String, Value>,
    /// The SHA-256 of the document's bytes in lower-case hexadecimal: the document's identity.
    pub sha256: String,
    /// Whether mis-decoded characters were repaired in `text`.
    pub repaired: bool,
}

/// How documents are parsed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Keep documents that are not in English.
    pub any_language: bool,
    /// How a user of the program can keep them: the end of the reason for a document that is left
    /// out because of its language. By default it names the option above.
    pub language_hint: Option<&'static str>,
}

/// Decodes a document, finds its text and detects its language.
///
/// # Errors
///
/// [`Failure`] if the bytes are not text, the page or the JSON object contains no article, the text
/// is empty, or the text is not in English and [`Options::any_language`] is off.
pub fn parse(raw: Raw, options: &Options) -> Result<Document, Failure> {
    let sha256 = sha256(&raw.bytes);
    let parsed = isolated(|| {
        fail_point("parse", || String::from_utf8_lossy(&raw.bytes).into_owned());
        document(&raw, &sha256, options)
    });
    let panicked = |message| Err(Flaw::new(Stage::Parse, format!("internal error: {message}")));
    parsed.unwrap_or_else(panicked).map_err(|flaw| Failure {
        origin: raw.origin.clone(),
        stage: flaw.stage,
        reason: flaw.reason,
        input_sha256: Some(sha256.clone()),
    })
}

/// The document in the bytes, given their hash.
fn document(raw: &Raw, sha256: &str, options: &Options) -> Result<Document, Flaw> {
    let article = article(raw)?;
    let (text, repaired) = encoding::repair(article.text);
    let invisible = |c: char| c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}');
    if text.chars().all(invisible) {
        return Err(Flaw::new(Stage::Parse, "empty document"));
    }
    let language = language::check(&text, options.any_language, options.language_hint)?;
    let headline = article.title.and_then(tidy);
    let title = headline.clone().filter(|title| !begins_with(&text, title));
    Ok(Document {
        id: article.id,
        headline,
        title,
        text,
        url: article.url,
        published: article.published,
        outlet: article.outlet.and_then(tidy),
        language,
        meta: article.meta,
        sha256: sha256.to_owned(),
        repaired,
        origin: raw.origin.clone(),
        stem: raw.stem.clone(),
    })
}

/// The article in the bytes.
fn article(raw: &Raw) -> Result<ArticleFields, Flaw> {
    match raw.kind {
        Kind::Text => {
            Ok(ArticleFields { text: encoding::decode(&raw.bytes, None)?, ..ArticleFields::default() })
        }
        Kind::Html => {
            let label = encoding::declared(&raw.bytes);
            html::extract(&encoding::decode(&raw.bytes, label)?)
        }
        Kind::Json => json::article(&encoding::decode_json(&raw.bytes)?, raw.origin.line),
    }
}

/// A short metadata value, repaired and trimmed; `None` if nothing is left.
fn tidy(value: String) -> Option<String> {
    let (value, _) = encoding::repair(value);
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// Whether `text` begins with `title`, ignoring white space, case and the shape of quotes.
fn begins_with(text: &str, title: &str) -> bool {
    let fold = |c: char| match c {
        '‘' | '’' | '`' => '\'',
        '“' | '”' => '"',
        c => c.to_lowercase().next().unwrap_or(c),
    };
    let mut rest = text.trim_start_matches('\u{feff}').chars();
    for wanted in title.chars().filter(|c| !c.is_whitespace()).map(fold) {
        if rest.find(|c| !c.is_whitespace()).map(fold) != Some(wanted) {
            return false;
        }
    }
    // "Live" is not a title of a text that begins with "Liverpool".
    let whole_word = |c: char| !c.is_alphanumeric();
    title.ends_with(whole_word) || rest.next().is_none_or(whole_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(kind: Kind, bytes: impl AsRef<[u8]>) -> Raw {
        Raw {
            origin: Origin { path: "a.txt".to_owned(), line: (kind == Kind::Json).then_some(3) },
            stem: "a".to_owned(),
            kind,
            bytes: bytes.as_ref().to_vec(),
        }
    }

    fn parsed(kind: Kind, bytes: impl AsRef<[u8]>) -> Result<Document, Failure> {
        parse(raw(kind, bytes), &Options::default())
    }

    #[test]
    fn a_text_is_kept_to_the_last_byte() {
        let text = "\n Rain is forecast.\r\n\r\n\tFor all the week. \n";
        let document = parsed(Kind::Text, text).unwrap();
        assert_eq!(document.text, text);
        assert_eq!(document.title, None);
        assert!(!document.repaired);
    }

    #[test]
    fn the_identity_is_that_of_the_bytes() {
        let document = parsed(Kind::Text, "abc").unwrap();
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(document.sha256, sha256);
    }

    #[test]
    fn a_blank_document_is_a_failure_of_its_own() {
        for (kind, bytes) in
            [(Kind::Text, ""), (Kind::Text, " \r\n\u{feff}\u{a0}"), (Kind::Json, r#"{"text": " \n"}"#)]
        {
            let failure = parsed(kind, bytes).unwrap_err();
            assert_eq!(failure.reason, "empty document");
            assert!(failure.input_sha256.is_some());
        }
    }

    #[test]
    fn a_failure_names_the_file_and_the_line() {
        let failure = parsed(Kind::Json, b"{\"text\": \"caf\xe9\"}").unwrap_err();
        assert_eq!(failure.stage, Stage::Decode);
        assert!(failure.to_string().starts_with("a.txt:3: byte 0xE9 at offset 13"));
        let json = serde_json::to_value(&failure).unwrap();
        assert_eq!(json["path"], "a.txt");
        assert_eq!(json["line"], 3);
        assert_eq!(json["stage"], "decode");
    }

    #[test]
    fn a_title_that_the_text_begins_with_is_not_repeated() {
        for (title, text, outside) in [
            ("Port opens", "PORT\u{a0}OPENS\n\nThe port is open.", false),
            ("Mayor: ‘Open’", "Mayor: 'Open'\nThe port is open.", false),
            ("Port opens", "The port is open.", true),
            ("Live", "Liverpool won the game.", true),
            ("Port opens", "Port", true),
        ] {
            let json = serde_json::json!({ "title": title, "text": text }).to_string();
            let document = parsed(Kind::Json, json).unwrap();
            assert_eq!(document.headline.as_deref(), Some(title));
            assert_eq!(document.title.is_some(), outside, "{title}: {text}");
        }
    }

    #[test]
    fn repaired_text_says_so() {
        let document = parsed(Kind::Text, "We canâ€™t wait.").unwrap();
        assert_eq!(document.text, "We can’t wait.");
        assert!(document.repaired);
    }

    #[test]
    fn no_bytes_cause_a_panic() {
        let page = "<!DOCTYPE html><title>Port - Quay</title><meta charset=utf-8><script \
                    type='application/ld+json'>[{\"@type\":\"ArticleFields\",\"url\":\"x\"}]</script>\
                    <p>The port’s <b>walls</b>, he said<br><br>&amp; more<table><tr><td>1</table>";
        let json = r#"{"id": 1, "title": "Port", "text": "The port’s open, he said \u00e9.\n"}"#;
        let text = "“The port’s walls,” he said, “are naïve.” â€™ Ünal";
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let samples = [
            (Kind::Html, page.as_bytes()),
            (Kind::Json, json.as_bytes()),
            (Kind::Text, text.as_bytes()),
            (Kind::Text, &wide),
        ];
        // A small random number generator (xorshift) with a fixed seed, so that each run is the
        // same.
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut below = |limit: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % limit.max(1) as u64).unwrap_or_default()
        };
        for round in 0..2000 {
            let (kind, sample) = samples[round % samples.len()];
            let mut bytes = sample.to_vec();
            for _ in 0..=below(4) {
                let at = below(bytes.len());
                let pick = [0, b'<', b'"', 0x80, 0xff, b'{', b'\n', 0xe2][below(8)];
                match below(4) {
                    0 => bytes[at] = pick,
                    1 => bytes.insert(at, pick),
                    2 => bytes.truncate(at.max(1)),
                    _ => bytes.extend_from_within(at..),
                }
            }
            // It may be accepted or refused, but must not panic.
            let _ = parsed(kind, &bytes);
        }
    }
}
