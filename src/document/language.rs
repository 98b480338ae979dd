//! Detects whether a text is in English.

use whatlang::{Lang, Script};

use super::failure::{Flaw, Stage};

/// Function words: about two fifths of the lower-case words of English prose, and less than a
/// tenth of those of any other language.
const FUNCTION_WORDS: [&str; 56] = [
    "a", "about", "after", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can", "for", "from",
    "had", "has", "have", "he", "her", "his", "i", "if", "in", "is", "it", "its", "more", "not", "of", "on",
    "or", "said", "she", "that", "the", "their", "there", "they", "this", "to", "was", "we", "were", "what",
    "when", "which", "who", "will", "with", "would", "you", "your", "than", "no", "so",
];
/// If at least this share of the words are function words, the text is English.
const ENGLISH_SHARE: f64 = 0.15;
/// If less than this share of many words are function words, the text is not English. Romanised
/// Hindi and Urdu, which no detector knows, stay below it.
const FOREIGN_SHARE: f64 = 0.04;
/// At least this many words count as many.
const MANY: usize = 30;
/// Fewer words, or letters of another script, than this are too few for a decision.
const FEW: usize = 8;
/// Bytes of each of the three samples of a text.
const PIECE: usize = 2000;

/// The ISO 639-3 code of a text's language, if it can be detected.
///
/// # Errors
///
/// [`Flaw`] if it is certainly not English and only English is wanted; `hint` says how to keep it.
pub(super) fn check(text: &str, any_language: bool, hint: Option<&str>) -> Result<Option<String>, Flaw> {
    let (found, reason) = match judge(text) {
        LanguageGuess::English => return Ok(Some(Lang::Eng.code().to_owned())),
        LanguageGuess::Unclear => return Ok(None),
        LanguageGuess::Other(language) => {
            let name = language.eng_name();
            let reason = format!("the text seems to be in {name}, not in English");
            (Some(language.code().to_owned()), reason)
        }
        LanguageGuess::Foreign => (None, "the text does not read as English".to_owned()),
    };
    if any_language {
        return Ok(found);
    }
    let hint = hint.unwrap_or("allow any language to keep it");
    let reason = format!("{reason}; {hint}");
    Err(Flaw::new(Stage::Language, reason))
}

enum LanguageGuess {
    English,
    Other(Lang),
    /// Not English, but of unknown language.
    Foreign,
    /// Too short or too mixed.
    Unclear,
}

fn judge(text: &str) -> LanguageGuess {
    let (mut words, mut function_words) = (0, 0);
    let mut prose = String::new();
    for piece in pieces(text) {
        for word in prose_words(piece) {
            words += 1;
            function_words += usize::from(FUNCTION_WORDS.contains(&word));
            prose.push_str(word);
            prose.push(' ');
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of a few hundred words")]
    let share = function_words as f64 / words.max(1) as f64;
    if words >= FEW && share >= ENGLISH_SHARE {
        return LanguageGuess::English;
    }
    let Some(info) = whatlang::detect(&prose) else {
        return LanguageGuess::Unclear;
    };
    let letters = prose.chars().filter(|c| c.is_alphabetic()).count();
    let latin = info.script() == Script::Latin;
    match info.lang() {
        _ if words < FEW && (latin || letters < FEW) => LanguageGuess::Unclear,
        Lang::Eng => LanguageGuess::English,
        // Text in another script is never English, even if its languages can't be told apart.
        language if !latin => LanguageGuess::Other(language),
        language if info.is_reliable() && share < ENGLISH_SHARE => LanguageGuess::Other(language),
        _ if words >= MANY && share < FOREIGN_SHARE => LanguageGuess::Foreign,
        _ => LanguageGuess::Unclear,
    }
}

/// The start, the middle and the end of a text, or all of a short one.
fn pieces(text: &str) -> Vec<&str> {
    if text.len() <= 3 * PIECE {
        return vec![text];
    }
    let middle = (text.len() - PIECE) / 2;
    [0, middle, text.len() - PIECE]
        .into_iter()
        .map(|start| {
            let end = text.floor_char_boundary(start + PIECE);
            &text[text.floor_char_boundary(start)..end]
        })
        .collect()
}

/// Words that do not begin with a capital: names are frequent in articles and belong to no
/// language. Addresses and handles are left out too.
fn prose_words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
        .filter(|token| !token.contains(['/', '@', '#', '_', '=']))
        .flat_map(|token| token.split(['-', '–', '—', '.', '…']))
        .map(|word| word.trim_matches(|c: char| !c.is_alphabetic()))
        .filter(|word| word.starts_with(|c: char| !c.is_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Result<Option<String>, String> {
        check(text, false, Some("the hint")).map_err(|flaw| flaw.reason)
    }

    #[test]
    fn short_english_texts_and_lists_of_names_are_kept() {
        for text in [
            "Ferry drill postponed after storm warning",
            "Anil Deshmukh, Farah Qureshi, Sanjana Iyer, Rukhsar Begum, Gurpreet Dhillon, Ishaan \
             Banerjee, Lakshmi Narasimhan, Yusuf Siddiqui, Kamala Venkataraman, Omprakash Yadav",
            "Tehsildar Chaudhary visits Rampur Mandi",
            "GOVERNMENT SAYS PORT WILL REOPEN ON MONDAY AFTER THREE DAYS OF STORM AND RAIN",
            "12 : 30\n14 : 05",
            "Goa",
        ] {
            assert!(code(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn english_full_of_foreign_names_is_english() {
        let text = "Pradhan of Bhagalpur, Shri Raghunath Mishra, told the Zila Parishad that the \
                    Jal Jeevan scheme was late, and Begum Nusrat Jahan of Murshidabad agreed.";
        assert_eq!(code(text), Ok(Some("eng".to_owned())));
    }

    #[test]
    fn other_languages_are_named_with_the_way_to_keep_them() {
        for (text, name) in [
            (
                "El puerto volverá a abrir el lunes después de tres días de lluvia, según dijo \
                 la alcaldesa, que pidió paciencia a los pescadores.",
                "Spanish",
            ),
            ("बंदरगाह तीन दिन की बारिश के बाद सोमवार को फिर से खुलेगा।", "Hindi"),
            ("بندرگاہ تین دن کی بارش کے بعد پیر کو دوبارہ کھل جائے گی۔", "Urdu"),
            ("港口将在三天的大雨之后于周一重新开放。", "Mandarin"),
        ] {
            let reason = code(text).expect_err(text);
            assert!(reason.contains(name) && reason.ends_with("; the hint"), "{reason}");
            assert!(check(text, true, None).unwrap().is_some());
        }
    }

    #[test]
    fn romanised_hindi_and_urdu_are_not_taken_for_english() {
        for text in [
            "Adhikari ne bataya ki bandargah somvar ko phir se khul jayega kyonki barish ab ruk \
             gayi hai aur jahaz apne safar par nikal sakte hain, lekin machhuaron ko abhi bhi \
             samundar mein jaane ki ijazat nahi di gayi hai.",
            "Wazir ne kaha ke bandargah peer ko dobara khol di jaye gi kyunke barish ab tham chuki \
             hai aur jahaz apna safar shuru kar sakte hain, magar mahigeeron ko abhi tak samandar \
             mein jane ki ijazat nahin mili.",
        ] {
            assert!(code(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_foreign_opening_does_not_hide_an_english_article() {
        let quote = "El puerto volverá a abrir el lunes después de tres días de lluvia. ";
        let rest = "The mayor said that the port will be open on Monday and that nobody was hurt. ";
        assert_eq!(code(&(quote.to_owned() + &rest.repeat(100))), Ok(Some("eng".to_owned())));
    }
}
