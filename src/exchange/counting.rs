//! The units in which tools count offsets.

/// The unit of an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// Unicode code points, as in Python.
    CodePoints,
    /// UTF-16 code units, as in JavaScript.
    Utf16,
}

impl Counting {
    /// Converts a code point offset to this unit.
    pub fn out(self, text: &str, code_point: usize) -> usize {
        match self {
            Self::CodePoints => code_point,
            Self::Utf16 => text.chars().take(code_point).map(char::len_utf16).sum(),
        }
    }

    /// The code point that begins at an offset, or the number of code points at the text's end.
    pub fn back(self, text: &str, at: usize) -> Option<usize> {
        let byte = self.byte(text, at)?;
        Some(text.get(..byte)?.chars().count())
    }

    /// The byte of the character that begins at an offset, or the text's end.
    fn byte(self, text: &str, at: usize) -> Option<usize> {
        let mut place = 0;
        for (byte, c) in text.char_indices() {
            if place >= at {
                return (place == at).then_some(byte);
            }
            place += match self {
                Self::CodePoints => 1,
                Self::Utf16 => c.len_utf16(),
            };
        }
        (place == at).then_some(text.len())
    }

    /// Converts a tool's span to code points.
    ///
    /// # Errors
    /// What is wrong with it, and how to fix it.
    pub fn span(self, text: &str, start: usize, end: usize) -> Result<(usize, usize), String> {
        match (self.back(text, start), self.back(text, end)) {
            (Some(from), Some(to)) if from < to => Ok((from, to)),
            _ => Err(format!(
                "the entity {start}..{end} does not lie on characters of the sentence; mark it again in \
                 the tool"
            )),
        }
    }
}

/// The text between two code points, if it is long enough and they are in order.
pub fn slice(text: &str, start: usize, end: usize) -> Option<&str> {
    let byte = |code_point| Counting::CodePoints.byte(text, code_point);
    text.get(byte(start)?..byte(end)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_convert_both_ways_next_to_flags_emoji_marks_and_right_to_left_text() {
        let text = "🇮🇳 👨‍👩‍👧 e\u{301} नि پاکستان x";
        for counting in [Counting::CodePoints, Counting::Utf16] {
            for code_point in 0..=text.chars().count() {
                assert_eq!(counting.back(text, counting.out(text, code_point)), Some(code_point));
            }
        }
        assert_eq!(Counting::Utf16.out(text, 2), 4);
        assert_eq!(Counting::Utf16.back(text, 1), None, "within a surrogate pair");
        assert_eq!(Counting::CodePoints.back(text, 99), None);
        assert_eq!(Counting::Utf16.out(text, text.chars().count()), text.encode_utf16().count());
    }
}
