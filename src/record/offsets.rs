//! Byte positions as code points.

/// Bytes between two counted places.
const STEP: usize = 256;

/// Counts the code points before any byte of a text without walking it from the start.
pub struct Offsets<'t> {
    text: &'t str,
    counts: Vec<usize>,
}

impl<'t> Offsets<'t> {
    pub fn new(text: &'t str) -> Self {
        let mut counts = vec![0];
        let mut count = 0;
        for chunk in text.as_bytes().chunks(STEP) {
            count += starts(chunk);
            counts.push(count);
        }
        Self { text, counts }
    }

    /// Code points that begin before byte `at`.
    pub fn code_points(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        let step = at / STEP;
        self.counts[step] + starts(&self.text.as_bytes()[step * STEP..at])
    }

    /// The text between two code points, if it has so many.
    pub fn slice(&self, start: usize, end: usize) -> Option<&'t str> {
        self.text.get(self.byte(start)?..self.byte(end)?)
    }

    /// The byte at which a code point begins; the end of the text for the one behind the last.
    fn byte(&self, code_point: usize) -> Option<usize> {
        // The last step before which no more code points begin: the one sought begins in it or at its end.
        let step = self.counts.partition_point(|count| *count <= code_point).saturating_sub(1);
        let from = (step * STEP).min(self.text.len());
        let rest = &self.text.as_bytes()[from..];
        let mut begins = (0..rest.len()).filter(|at| rest[*at] & 0xC0 != 0x80);
        match code_point - self.counts[step] {
            ahead if self.counts[step] + ahead == self.counts[self.counts.len() - 1] => Some(self.text.len()),
            ahead => begins.nth(ahead).map(|at| from + at),
        }
    }
}

/// How many code points begin in these bytes of UTF-8.
fn starts(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&b| b & 0xC0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_points_count_emoji_and_marks_as_python_does() {
        let text = "a‘é🇮🇳नि".repeat(200);
        let offsets = Offsets::new(&text);
        for (count, (byte, _)) in text.char_indices().enumerate() {
            assert_eq!(offsets.code_points(byte), count);
            assert_eq!(offsets.byte(count), Some(byte));
        }
        let count = text.chars().count();
        assert_eq!(offsets.byte(count), Some(text.len()));
        assert_eq!(offsets.byte(count + 1), None);
        assert_eq!(offsets.slice(2, 5), Some("é🇮🇳"));
        assert_eq!((offsets.slice(5, 2), Offsets::new("").slice(0, 0)), (None, Some("")));
        assert_eq!(offsets.code_points(text.len()), text.chars().count());
        assert_eq!(Offsets::new("").code_points(0), 0);
    }
}
