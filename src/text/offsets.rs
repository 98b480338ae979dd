//! Converts between bytes and code points of a field.

use super::span::{CodePoints, FieldBytes, Span};

/// Distance in bytes between two places with a stored count.
const STEP: usize = 256;

/// Converts between the bytes and the code points of a field, without scanning it from its start.
pub struct Offsets<'t> {
    text: &'t str,
    /// Number of code points that begin before each multiple of [`STEP`] bytes, and in the whole
    /// text.
    counts: Vec<usize>,
}

impl<'t> Offsets<'t> {
    /// Counts the code points of a field's text.
    pub fn new(text: &'t str) -> Self {
        let mut counts = vec![0];
        let mut count = 0;
        for chunk in text.as_bytes().chunks(STEP) {
            count += starts(chunk);
            counts.push(count);
        }
        Self { text, counts }
    }

    /// A byte span in code points: for each end, how many code points begin before it.
    /// Ends beyond the text are moved to its end.
    pub fn code_points(&self, bytes: Span<FieldBytes>) -> Span<CodePoints> {
        Span::new(self.code_point(bytes.start)..self.code_point(bytes.end))
    }

    /// A code point span in bytes, if the text is long enough.
    pub fn bytes(&self, code_points: Span<CodePoints>) -> Option<Span<FieldBytes>> {
        Some(Span::new(self.byte(code_points.start)?..self.byte(code_points.end)?))
    }

    /// The text between two code points, if it is long enough and they are in order.
    pub fn slice(&self, code_points: Span<CodePoints>) -> Option<&'t str> {
        self.text.get(self.bytes(code_points)?.range())
    }

    /// Number of code points that begin before byte `at`.
    fn code_point(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        let step = at / STEP;
        self.counts[step] + starts(&self.text.as_bytes()[step * STEP..at])
    }

    /// The byte at which a code point begins; the end of the text for the one after the last.
    fn byte(&self, code_point: usize) -> Option<usize> {
        // The last stored place before which at most this many code points begin: search from
        // there.
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

/// Number of code points that begin in these bytes of UTF-8.
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
            assert_eq!(offsets.code_point(byte), count);
            assert_eq!(offsets.byte(count), Some(byte));
        }
        let count = text.chars().count();
        assert_eq!(offsets.byte(count), Some(text.len()));
        assert_eq!(offsets.byte(count + 1), None);
        assert_eq!(offsets.slice(Span::new(2..5)), Some("é🇮🇳"));
        assert_eq!(offsets.code_points(Span::new(4..14)), Span::new(2..5));
        assert_eq!(offsets.bytes(Span::new(2..5)), Some(Span::new(4..14)));
        let backwards = std::ops::Range { start: 5, end: 2 };
        assert_eq!(offsets.slice(Span::new(backwards)), None);
        assert_eq!(Offsets::new("").slice(Span::new(0..0)), Some(""));
        assert_eq!(offsets.code_point(text.len()), text.chars().count());
        assert_eq!(Offsets::new("").code_point(0), 0);
    }
}
