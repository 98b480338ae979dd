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
        }
        assert_eq!(offsets.code_points(text.len()), text.chars().count());
        assert_eq!(Offsets::new("").code_points(0), 0);
    }
}
