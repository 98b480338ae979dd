//! Word shapes: the capitalisation that an uncased vocabulary loses.

/// Shape of a word, used as token type id: 0 no capital, 1 initial, 2 all capitals, 3 any other
/// mix.
///
/// `training/common.py` has the same rule.
pub fn shape(word: &str) -> i32 {
    let upper = word.chars().filter(|c| c.is_uppercase()).count();
    if upper == 0 {
        0
    } else if upper > 1 && !word.chars().any(char::is_lowercase) {
        2
    } else if upper == 1 && word.chars().next().is_some_and(char::is_uppercase) {
        1
    } else {
        3
    }
}

#[cfg(test)]
mod tests {
    use super::shape;

    #[test]
    fn shapes_distinguish_lower_initial_all_and_mixed() {
        for (word, expected) in
            [("peace", 0), ("Delhi", 1), ("NATO", 2), ("U", 1), ("PoK", 3), ("iPhone", 3), ("G7", 1), ("", 0)]
        {
            assert_eq!(shape(word), expected, "{word}");
        }
    }
}
