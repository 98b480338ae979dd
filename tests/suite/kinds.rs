//! Small tokenizers that work like those of BERT, XLM-R, DeBERTa, RoBERTa, ModernBERT and BART.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// Whole words in the vocabularies; all other words are split into characters or bytes.
const WORDS: [&str; 10] =
    ["India", "Pakistan", "New", "Delhi", "Doha", "Islam", "abad", "offer", "नेपाल", "中国"];

/// Characters in the vocabularies besides ASCII; the dove only where characters are not split into
/// bytes.
const CHARACTERS: &str = "“”’…–।的北京🕊";

/// How a text is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// BERT's normalizer, pre-tokenizer and WordPiece.
    WordPiece,
    /// Unigrams with the space as a token's first character, as in DeBERTa-v2 and v3; bytes for
    /// unknown characters.
    Metaspace,
    /// The same after a split at white space, as in XLM-R.
    SplitMetaspace,
    /// Byte pair encoding with the space as a token's first byte.
    Bytes { trim: bool, prefix: bool },
}

/// The special tokens around a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Around {
    /// One special token on either side; two between the texts of a pair.
    Template,
    /// RoBERTa's own, which trims the offsets of tokens.
    Roberta,
    /// No special tokens.
    Nothing,
}

/// Each kind, with the name of a model that has it.
pub const KINDS: [(&str, Cut, Around); 9] = [
    ("bert", Cut::WordPiece, Around::Template),
    ("deberta-v3", Cut::Metaspace, Around::Template),
    ("xlm-roberta", Cut::SplitMetaspace, Around::Template),
    ("roberta", Cut::Bytes { trim: true, prefix: false }, Around::Roberta),
    ("bart", Cut::Bytes { trim: true, prefix: true }, Around::Roberta),
    ("deberta", Cut::Bytes { trim: false, prefix: false }, Around::Template),
    ("modernbert", Cut::Bytes { trim: false, prefix: true }, Around::Template),
    ("bare unigrams", Cut::Metaspace, Around::Nothing),
    ("bare bytes", Cut::Bytes { trim: true, prefix: false }, Around::Nothing),
];

const SPECIAL: [&str; 3] = ["<unk>", "<s>", "</s>"];

/// The `tokenizer.json` of a kind, and its tokens in the order of their ids.
pub fn tokenizer(cut: Cut, around: Around) -> (Value, Vec<String>) {
    let mut vocabulary: Vec<String> = SPECIAL.map(str::to_owned).into();
    let (normalizer, pre_tokenizer, model) = match cut {
        Cut::WordPiece => word_piece_vocabulary(&mut vocabulary),
        Cut::Metaspace | Cut::SplitMetaspace => unigrams(&mut vocabulary, cut == Cut::Metaspace),
        Cut::Bytes { trim, prefix } => byte_pairs(&mut vocabulary, trim, prefix),
    };
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "decoder": null,
        "normalizer": normalizer, "pre_tokenizer": pre_tokenizer, "model": model,
        "post_processor": post_processor(cut, around),
    });
    (tokenizer, vocabulary)
}

/// The known word that a token equals or, for bytes, begins with; otherwise the token itself.
pub fn spelled(token: &str) -> String {
    let plain = token.trim_start_matches("##").trim_start_matches(['▁', 'Ġ']).to_lowercase();
    match plain.as_str() {
        "<0xf0>" | "ð" => "🕊".to_owned(),
        nepal if nepal.starts_with("à¤") => "नेपाल".to_owned(),
        _ => WORDS.iter().find(|word| bare(word) == plain).map_or(plain, |word| (*word).to_owned()),
    }
}

fn word_piece_vocabulary(vocabulary: &mut Vec<String>) -> (Value, Value, Value) {
    let starts = WORDS.iter().map(|word| bare(word)).chain(characters().map(|c| c.to_string()));
    let starts: BTreeSet<String> = starts.collect();
    vocabulary.extend(starts.iter().cloned());
    vocabulary.extend(starts.iter().map(|start| format!("##{start}")));
    let normalizer = json!({
        "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
        "lowercase": true,
    });
    let model = json!({
        "type": "WordPiece", "vocab": ids(vocabulary), "unk_token": "<unk>", "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 1000,
    });
    (normalizer, json!({"type": "BertPreTokenizer"}), model)
}

fn unigrams(vocabulary: &mut Vec<String>, bytes: bool) -> (Value, Value, Value) {
    let known: BTreeSet<char> = characters().filter(|c| !bytes || *c != '🕊').chain(['▁']).collect();
    vocabulary.extend(known.iter().map(char::to_string));
    let short = vocabulary.len();
    vocabulary.extend(WORDS.iter().flat_map(|word| [format!("▁{word}"), (*word).to_owned()]));
    vocabulary.extend((0..256).filter(|_| bytes).map(|byte| format!("<0x{byte:02X}>")));
    let score = |at: usize| if at < short { -9.0 } else { -5.0 };
    let vocabulary: Vec<Value> =
        vocabulary.iter().enumerate().map(|(at, token)| json!([token, score(at)])).collect();
    let metaspace =
        json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true});
    let pre_tokenizer = if bytes {
        metaspace
    } else {
        json!({"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, metaspace]})
    };
    let model = json!({"type": "Unigram", "unk_id": 0, "vocab": vocabulary, "byte_fallback": bytes});
    (json!({"type": "NFKC"}), pre_tokenizer, model)
}

fn byte_pairs(vocabulary: &mut Vec<String>, trim: bool, prefix: bool) -> (Value, Value, Value) {
    vocabulary.extend((0..=255).map(|byte| byte_character(byte).to_string()));
    // With the space first: earlier merges have priority.
    let words = WORDS.iter().map(|word| format!(" {word}"));
    let words = words.chain(WORDS.iter().map(|word| (*word).to_owned()));
    let mut merges: Vec<[String; 2]> = Vec::new();
    for word in words {
        let mut start = String::new();
        for next in byte_level(&word).chars() {
            if !start.is_empty() {
                let merge = [start.clone(), next.to_string()];
                if !merges.contains(&merge) {
                    vocabulary.push(merge.concat());
                    merges.push(merge);
                }
            }
            start.push(next);
        }
    }
    let pre_tokenizer =
        json!({"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": trim, "use_regex": true});
    let model = json!({
        "type": "BPE", "vocab": ids(vocabulary), "merges": merges, "dropout": null, "unk_token": null,
        "continuing_subword_prefix": null, "end_of_word_suffix": null, "fuse_unk": false,
        "byte_fallback": false,
    });
    (Value::Null, pre_tokenizer, model)
}

fn post_processor(cut: Cut, around: Around) -> Value {
    let special = |id: &str| json!({"SpecialToken": {"id": id, "type_id": 0}});
    let text = |name: &str| json!({"Sequence": {"id": name, "type_id": 0}});
    let named = |id: usize| json!({"id": SPECIAL[id], "ids": [id], "tokens": [SPECIAL[id]]});
    match (around, cut) {
        (Around::Template, _) => json!({
            "type": "TemplateProcessing",
            "single": [special("<s>"), text("A"), special("</s>")],
            "pair": [special("<s>"), text("A"), special("</s>"), special("</s>"), text("B"), special("</s>")],
            "special_tokens": {"<s>": named(1), "</s>": named(2)},
        }),
        (Around::Roberta, Cut::Bytes { trim, prefix }) => json!({
            "type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 1], "trim_offsets": trim,
            "add_prefix_space": prefix,
        }),
        _ => Value::Null,
    }
}

fn characters() -> impl Iterator<Item = char> {
    ('!'..='~').chain(CHARACTERS.chars()).chain(WORDS.iter().flat_map(|word| word.chars()))
}

/// A word after BERT's normalizer: without case and, in this vocabulary, one mark.
fn bare(word: &str) -> String {
    word.to_lowercase().replace('े', "")
}

fn ids(vocabulary: &[String]) -> Value {
    vocabulary.iter().enumerate().map(|(id, token)| (token.clone(), json!(id))).collect()
}

/// The character that represents a byte in byte-level vocabularies (Radford et al., 2019).
fn byte_character(byte: u8) -> char {
    let plain = |b: u8| matches!(b, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    let others = (0..byte).filter(|b| !plain(*b)).count() as u32;
    if plain(byte) { char::from(byte) } else { char::from_u32(256 + others).expect("a character") }
}

fn byte_level(text: &str) -> String {
    text.bytes().map(byte_character).collect()
}
