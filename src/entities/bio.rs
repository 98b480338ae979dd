//! BIO tags: decodes tag probabilities of words into entities.

use serde::{Deserialize, Serialize};

/// Entity types of CoNLL-2003 (Tjong Kim Sang & De Meulder, 2003).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Label {
    /// People.
    Per,
    /// Organisations.
    Org,
    /// Places.
    Loc,
    /// Nationalities, events, treaties, works.
    Misc,
}

impl std::fmt::Display for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Label::Per => "PER",
            Label::Org => "ORG",
            Label::Loc => "LOC",
            Label::Misc => "MISC",
        })
    }
}

/// One tag of the BIO scheme (Ramshaw & Marcus, 1995; IOB2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    Outside,
    Begin(Label),
    Inside(Label),
}

impl Tag {
    /// Reads a model's label such as `B-PER`.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "O" {
            return Some(Self::Outside);
        }
        let (position, kind) = text.split_once('-')?;
        let label = match kind {
            "PER" => Label::Per,
            "ORG" => Label::Org,
            "LOC" => Label::Loc,
            "MISC" => Label::Misc,
            _ => return None,
        };
        match position {
            "B" => Some(Self::Begin(label)),
            "I" => Some(Self::Inside(label)),
            _ => None,
        }
    }

    /// Whether this tag may follow `before`: `I-X` must follow `B-X` or `I-X`.
    fn may_follow(self, before: Self) -> bool {
        match self {
            Self::Inside(label) => before == Self::Begin(label) || before == Self::Inside(label),
            _ => true,
        }
    }
}

/// A run of words that is one entity; `score` is the mean probability of its words' tags.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub words: std::ops::Range<usize>,
    pub label: Label,
    pub score: f32,
}

/// The most probable tag sequence that is valid BIO (Viterbi, 1967), as entities.
///
/// `probabilities` has one row per word and one column per tag.
pub fn decode(probabilities: &[Vec<f32>], tags: &[Tag]) -> Vec<Run> {
    let mut scores: Vec<f64> = Vec::new();
    let mut back: Vec<Vec<usize>> = Vec::new();
    for (at, row) in probabilities.iter().enumerate() {
        let log = |t: usize| f64::from(row.get(t).copied().unwrap_or(0.0).max(1e-12)).ln();
        let mut next = Vec::with_capacity(tags.len());
        let mut from = Vec::with_capacity(tags.len());
        for (t, tag) in tags.iter().enumerate() {
            let best = (0..tags.len())
                .filter(|&b| at > 0 && tag.may_follow(tags[b]))
                .map(|b| (b, scores[b]))
                .reduce(|a, b| if b.1 > a.1 { b } else { a });
            let (source, so_far) = match best {
                Some(best) => best,
                None if at == 0 && tag.may_follow(Tag::Outside) => (0, 0.0),
                None => (0, f64::NEG_INFINITY),
            };
            next.push(so_far + log(t));
            from.push(source);
        }
        scores = next;
        back.push(from);
    }
    let mut path = vec![0; probabilities.len()];
    let mut tag = (0..scores.len()).reduce(|a, b| if scores[b] > scores[a] { b } else { a }).unwrap_or(0);
    for at in (0..path.len()).rev() {
        path[at] = tag;
        tag = back[at][tag];
    }
    runs(probabilities, tags, &path)
}

fn runs(probabilities: &[Vec<f32>], tags: &[Tag], path: &[usize]) -> Vec<Run> {
    let mut out: Vec<Run> = Vec::new();
    for (at, &t) in path.iter().enumerate() {
        let p = probabilities[at].get(t).copied().unwrap_or(0.0);
        match tags[t] {
            Tag::Outside => {}
            Tag::Begin(label) => out.push(Run { words: at..at + 1, label, score: p }),
            Tag::Inside(_) => {
                if let Some(run) = out.last_mut() {
                    run.words.end = at + 1;
                    run.score += p;
                }
            }
        }
    }
    for run in &mut out {
        run.score /= run.words.len() as f32;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAGS: [Tag; 5] = [
        Tag::Outside,
        Tag::Begin(Label::Per),
        Tag::Inside(Label::Per),
        Tag::Begin(Label::Loc),
        Tag::Inside(Label::Loc),
    ];

    fn labels(rows: &[[f32; 5]]) -> Vec<(std::ops::Range<usize>, Label)> {
        let rows: Vec<Vec<f32>> = rows.iter().map(|r| r.to_vec()).collect();
        decode(&rows, &TAGS).into_iter().map(|r| (r.words, r.label)).collect()
    }

    #[test]
    fn an_inside_without_a_beginning_is_repaired() {
        let rows = [[0.0, 0.3, 0.7, 0.0, 0.0], [0.0, 0.1, 0.9, 0.0, 0.0]];
        assert_eq!(labels(&rows), [(0..2, Label::Per)]);
    }

    #[test]
    fn an_entity_never_changes_its_label_midway() {
        let rows = [[0.0, 0.9, 0.0, 0.1, 0.0], [0.1, 0.0, 0.4, 0.0, 0.5]];
        assert_eq!(labels(&rows), [(0..2, Label::Per)]);
    }

    #[test]
    fn neighbours_with_two_beginnings_stay_two() {
        let rows = [[0.0, 0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0, 0.0]];
        assert_eq!(labels(&rows), [(0..1, Label::Loc), (1..2, Label::Loc)]);
    }

    #[test]
    fn empty_input_gives_empty_output() {
        assert!(decode(&[], &TAGS).is_empty());
    }
}
