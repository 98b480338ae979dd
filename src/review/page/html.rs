//! The page's HTML.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::data::{CHUNK, PageData};
use super::error::PageError;
use crate::config::Configuration;
use crate::record::Dataset;

const TEMPLATE: &str = include_str!("assets/page.html");
const STYLE: &str = include_str!("assets/style.css");

/// The parts of one script, each after those it uses.
const SCRIPTS: [&str; 10] = [
    include_str!("assets/base.js"),
    include_str!("assets/data.js"),
    include_str!("assets/decisions.js"),
    include_str!("assets/filters.js"),
    include_str!("assets/sentence.js"),
    include_str!("assets/editor.js"),
    include_str!("assets/overview.js"),
    include_str!("assets/article.js"),
    include_str!("assets/queue.js"),
    include_str!("assets/app.js"),
];

/// The page for a dataset. Its lists of topics and actors hold those of the configuration and any
/// others in the records. The same records and configuration make the same bytes.
///
/// # Errors
/// [`PageError::Empty`] if there is no sentence.
pub fn render(dataset: &Dataset, configuration: &Configuration) -> Result<String, PageError> {
    let data = PageData::new(dataset, configuration)?;
    let script = format!("(() => {{\n\"use strict\";\n{}}})();\n", SCRIPTS.concat());
    let mut blocks = String::new();
    let mut block = |id: &str, json: &str| {
        // In a script element only `<` can end it or begin a comment. JSON has it only in strings.
        let safe = json.replace('<', "\\u003c");
        // Writing to a string can't fail.
        let _ = writeln!(blocks, "<script type=\"application/json\" id=\"{id}\">{safe}</script>");
    };
    block("index", &serde_json::to_string(&data.index)?);
    for (number, articles) in data.articles.chunks(CHUNK).enumerate() {
        block(&format!("chunk-{number}"), &serde_json::to_string(articles)?);
    }
    let mut page = String::with_capacity(TEMPLATE.len() + STYLE.len() + script.len() + blocks.len());
    for (number, part) in TEMPLATE.split("{{").enumerate() {
        let (slot, rest) = if number == 0 { ("", part) } else { part.split_once("}}").unwrap_or(("", part)) };
        match slot {
            "style" => page.push_str(STYLE),
            "style-hash" => page.push_str(&source_hash(STYLE)),
            "script" => page.push_str(&script),
            "script-hash" => page.push_str(&source_hash(&script)),
            "data" => page.push_str(&blocks),
            _ => {}
        }
        page.push_str(rest);
    }
    Ok(page)
}

/// The source expression for an inline script or style in a content security policy: the base64 of
/// its SHA-256.
fn source_hash(text: &str) -> String {
    format!("'sha256-{}'", base64(&Sha256::digest(text)))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, at| bits << 8 | u32::from(three.get(at).copied().unwrap_or(0)));
        for digit in 0..4 {
            let at = (bits >> (18 - 6 * digit)) as usize & 63;
            out.push(if digit <= three.len() { char::from(DIGITS[at]) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (text, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
            ("\u{3ff}", "z78="),
        ] {
            assert_eq!(base64(text.as_bytes()), coded, "{text}");
        }
    }

    #[test]
    fn every_slot_of_the_template_is_filled() {
        let slots: Vec<&str> =
            TEMPLATE.split("{{").skip(1).filter_map(|part| Some(part.split_once("}}")?.0)).collect();
        assert_eq!(slots, ["script-hash", "style-hash", "style", "data", "script"]);
    }
}
