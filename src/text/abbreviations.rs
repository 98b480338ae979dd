//! Words that keep their full stop without ending a sentence.

/// What a full stop after a word means for the sentence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Abbreviation {
    /// The sentence always continues: "Mr.", "vs.", "e.g.".
    Open,
    /// The sentence continues if a digit follows: "No. 5", "Rs. 500".
    BeforeNumber,
    /// The sentence may end or continue: "Inc.", "U.S.", "p.m.".
    Either,
}

/// Titles and ranks; they start with a capital in text, so "col." and "gen." are not matched.
const TITLES: &[&str] = &[
    "adm", "amb", "asst", "atty", "brig", "capt", "cdr", "cmdr", "col", "comdr", "cmdt", "cpl", "dr", "drs",
    "engr", "fr", "gen", "gov", "hon", "insp", "justice", "lieut", "lt", "maj", "messrs", "mme", "mlle",
    "mr", "mrs", "ms", "msgr", "mt", "mx", "pfc", "pres", "prof", "pvt", "rear", "ref", "rep", "reps", "ret",
    "rev", "sec", "sen", "sens", "sgt", "smt", "sr", "st", "ste", "sub", "supt", "vice", "wg",
];

/// The sentence always continues, in either case.
const OPEN: &[&str] = &[
    "approx", "c", "ca", "cf", "e.g", "eg", "esp", "i.e", "ie", "incl", "resp", "retd", "v", "viz", "vs",
    "w.r.t",
];

/// Followed by a number; otherwise they are words or end a sentence.
const BEFORE_NUMBER: &[&str] = &[
    "art", "arts", "ch", "chap", "cl", "eq", "fig", "figs", "inr", "lac", "no", "nos", "nr", "op", "p", "pg",
    "pkr", "pp", "para", "pt", "re", "rs", "sect", "ser", "usd", "vol", "vols",
];

/// The sentence may end; written with a capital.
const EITHER_CAPITAL: &[&str] = &[
    "apr", "ariz", "assn", "assoc", "aug", "ave", "blvd", "bros", "calif", "cie", "co", "colo", "conn",
    "corp", "dec", "dept", "dist", "esq", "feb", "fla", "fri", "ft", "hwy", "ill", "inc", "jan", "jr", "jul",
    "jun", "kan", "ltd", "mar", "mass", "md", "mich", "minn", "miss", "mon", "mont", "neb", "nev", "nov",
    "oct", "okla", "ont", "ore", "penn", "ph.d", "phd", "pty", "pvt", "rd", "sat", "sep", "sept", "spc",
    "sun", "tenn", "tex", "thu", "thur", "thurs", "tue", "tues", "univ", "va", "wash", "wed", "wis", "wyo",
];

/// The sentence may end, in either case.
const EITHER: &[&str] = &[
    "a.k.a", "a.m", "al", "am", "b.c", "dept", "est", "etc", "govt", "hrs", "km", "min", "mins", "misc",
    "p.m", "p.s", "sq", "tel",
];

/// Words that begin sentences far more often than they follow an abbreviation.
const STARTERS: &[&str] = &[
    "a",
    "according",
    "after",
    "all",
    "also",
    "although",
    "an",
    "and",
    "another",
    "any",
    "as",
    "at",
    "because",
    "before",
    "both",
    "but",
    "by",
    "despite",
    "during",
    "each",
    "earlier",
    "even",
    "for",
    "from",
    "further",
    "given",
    "he",
    "her",
    "here",
    "his",
    "how",
    "however",
    "i",
    "if",
    "in",
    "instead",
    "it",
    "its",
    "just",
    "last",
    "later",
    "like",
    "many",
    "meanwhile",
    "moreover",
    "most",
    "my",
    "nevertheless",
    "no",
    "not",
    "now",
    "on",
    "once",
    "one",
    "only",
    "or",
    "other",
    "our",
    "over",
    "perhaps",
    "please",
    "she",
    "since",
    "so",
    "some",
    "still",
    "such",
    "that",
    "the",
    "their",
    "then",
    "there",
    "therefore",
    "these",
    "they",
    "this",
    "those",
    "though",
    "through",
    "thus",
    "to",
    "today",
    "under",
    "until",
    "upon",
    "we",
    "what",
    "when",
    "where",
    "whether",
    "which",
    "while",
    "who",
    "why",
    "with",
    "yes",
    "yet",
    "you",
    "your",
    "it's",
    "i'm",
    "i've",
    "he's",
    "she's",
    "that's",
    "there's",
    "we're",
    "they're",
];

/// Time zones and days that continue after "a.m." and "p.m.".
const AFTER_CLOCK: &[&str] = &[
    "aest",
    "bst",
    "cdt",
    "cest",
    "cet",
    "cst",
    "eastern",
    "edt",
    "est",
    "et",
    "friday",
    "gmt",
    "gst",
    "ist",
    "local",
    "mdt",
    "monday",
    "msk",
    "mst",
    "pacific",
    "pdt",
    "pkt",
    "pst",
    "pt",
    "saturday",
    "sunday",
    "thursday",
    "tuesday",
    "utc",
    "wednesday",
];

/// The kind of abbreviation that `word` is, given without its last full stop, or `None`.
pub(super) fn kind(word: &str) -> Option<Abbreviation> {
    let capital = word.chars().next().is_some_and(char::is_uppercase);
    let lower = word.to_lowercase();
    let has = |list: &[&str]| list.contains(&lower.as_str());
    if has(OPEN) || capital && has(TITLES) {
        Some(Abbreviation::Open)
    } else if has(BEFORE_NUMBER) {
        Some(Abbreviation::BeforeNumber)
    } else if has(EITHER) || capital && has(EITHER_CAPITAL) || is_dotted(word) {
        Some(Abbreviation::Either)
    } else {
        None
    }
}

/// Whether `word` begins sentences so often that after an abbreviation it is a new sentence.
pub(super) fn is_starter(word: &str) -> bool {
    let lower = word.to_lowercase().replace('’', "'");
    STARTERS.contains(&lower.as_str())
}

/// Whether `word` is the "a.m" or "p.m" of a time.
pub(super) fn is_clock(word: &str) -> bool {
    matches!(word.to_lowercase().as_str(), "a.m" | "p.m" | "am" | "pm")
}

/// Whether `word` continues a time: "9 p.m. Monday", "5 a.m. ET".
pub(super) fn follows_clock(word: &str) -> bool {
    AFTER_CLOCK.contains(&word.to_lowercase().as_str())
}

/// Single letters between full stops: "U.S", "D.C", also in "Indo-U.S".
fn is_dotted(word: &str) -> bool {
    let word = word.rsplit('-').next().unwrap_or(word);
    let mut letters = 0;
    word.split('.').all(|part| {
        letters += 1;
        let mut chars = part.chars();
        chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none()
    }) && letters >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_need_a_capital() {
        assert_eq!(kind("Gen"), Some(Abbreviation::Open));
        assert_eq!(kind("gen"), None);
    }

    #[test]
    fn dotted_letters_are_abbreviations_also_after_a_hyphen() {
        for word in ["U.S", "D.C", "Indo-U.S", "p.m"] {
            assert_eq!(kind(word), Some(Abbreviation::Either), "{word}");
        }
        assert_eq!(kind("border"), None);
    }
}
