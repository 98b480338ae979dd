//! Ranges with a unit.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ops::Range;

use serde::{Serialize, Serializer};

/// Unit of a [`Span`]: bytes of a document's field (its title or its text).
#[derive(Debug, Clone, Copy)]
pub enum FieldBytes {}

/// Unit of a [`Span`]: bytes of a sentence as it is in its field.
#[derive(Debug, Clone, Copy)]
pub enum SentenceBytes {}

/// Unit of a [`Span`]: bytes of a sentence's normalized text, in which each run of white space is
/// one space.
#[derive(Debug, Clone, Copy)]
pub enum NormalizedBytes {}

/// Unit of a [`Span`]: Unicode code points of a document's field, the unit of records.
#[derive(Debug, Clone, Copy)]
pub enum CodePoints {}

/// A half-open range in the unit `U`, so that different units can't be mixed up.
pub struct Span<U> {
    /// The first unit.
    pub start: usize,
    /// The unit after the last one.
    pub end: usize,
    unit: PhantomData<fn() -> U>,
}

impl<U> Span<U> {
    /// A span of this range.
    pub fn new(range: Range<usize>) -> Self {
        Self { start: range.start, end: range.end, unit: PhantomData }
    }

    /// The range without its unit.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// Its length; 0 if the end is before the start.
    pub fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether its length is 0.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl Span<SentenceBytes> {
    /// The same span in the field, given the sentence's span `sentence` in it.
    pub fn in_field(self, sentence: Span<FieldBytes>) -> Span<FieldBytes> {
        Span::new(sentence.start + self.start..sentence.start + self.end)
    }
}

impl<U> Clone for Span<U> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<U> Copy for Span<U> {}

impl<U> PartialEq for Span<U> {
    fn eq(&self, other: &Self) -> bool {
        (self.start, self.end) == (other.start, other.end)
    }
}

impl<U> Eq for Span<U> {}

impl<U> Hash for Span<U> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.start, self.end).hash(state);
    }
}

impl<U> fmt::Debug for Span<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

impl<U> Serialize for Span<U> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.start, self.end).serialize(serializer)
    }
}
