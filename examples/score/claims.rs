//! Claims, as the whole program finds them: stance, holder, source, flips, calibration.

use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;

use demarche::config::{Configuration, Topics};
use demarche::document::{self, Document, Kind, Options, Origin, Raw};
use demarche::evaluate::Count;
use demarche::extract::{Analysis, Extraction, Extractor};
use demarche::record::LabelledClaim;
use demarche::stance::{Aspect, Claim, Probabilities, Role, Status};
use demarche::text::Field;
use serde::{Deserialize, Serialize};

use super::count::{ratio, show};
use super::{Outcome, configuration, files, models, rows, workers};

/// A labelled claim.
#[derive(Deserialize, Clone)]
pub struct GoldClaim {
    #[serde(default)]
    pub topic: String,
    pub stance: String,
    pub holder: String,
    pub source: Option<String>,
}

impl From<&LabelledClaim> for GoldClaim {
    fn from(claim: &LabelledClaim) -> Self {
        let LabelledClaim { topic, stance, holder, source, .. } = claim.clone();
        Self { topic, stance, holder, source }
    }
}

/// A labelled line of an article.
pub struct Line {
    /// The article's field that it stands in.
    pub field: Field,
    /// Bytes of the field.
    pub range: Range<usize>,
    pub claims: Vec<GoldClaim>,
    pub hard: Vec<String>,
}

/// What the measures need, summed over articles.
#[derive(Default)]
pub struct Tally {
    stance: Count,
    holder: Count,
    source: Count,
    gate: Count,
    by_stance: std::collections::BTreeMap<String, Count>,
    by_hard: std::collections::BTreeMap<String, Count>,
    hard: usize,
    flips: usize,
    sentences: usize,
    pairs: usize,
    /// What became of each first-round question.
    answers: Vec<Answer>,
}

/// A first-round question, what the model said and whether it is so.
#[derive(Serialize)]
struct Answer {
    stance: String,
    /// How sure a claim of the most probable holder is.
    score: f64,
    probabilities: Probabilities,
    right: bool,
    roles: Vec<Part>,
}

/// An actor's roles in a stance, as the model says and as it is labelled.
#[derive(Serialize)]
struct Part {
    actor: String,
    holder: f64,
    source: f64,
    holds: bool,
    reports: bool,
    /// Whether the program takes this actor for a source at all.
    may_report: bool,
}

impl Tally {
    /// Counts an article's claims line by line.
    pub fn add(&mut self, extraction: &Extraction, lines: &[Line], configuration: &Configuration) {
        self.sentences += extraction.sentences.len();
        self.pairs += extraction.sentences.iter().map(|a| a.questions.len()).sum::<usize>();
        for line in lines {
            let within =
                |a: &&Analysis| a.sentence.field == line.field && line.range.contains(&a.sentence.span.start);
            let found: Vec<&Analysis> = extraction.sentences.iter().filter(within).collect();
            self.add_line(&found, line, configuration);
        }
    }

    fn add_line(&mut self, found: &[&Analysis], line: &Line, configuration: &Configuration) {
        let claims: Vec<&Claim> =
            found.iter().flat_map(|a| &a.claims).filter(|c| c.status == Status::Auto).collect();
        let gold: HashSet<_> = line.claims.iter().map(|c| format!("{}/{}", c.topic, c.stance)).collect();
        let guess: HashSet<_> = claims.iter().map(|c| format!("{}/{}", c.topic, c.stance)).collect();
        self.stance += Count::of(&guess, &gold);
        for key in guess.union(&gold) {
            let only = |set: &HashSet<String>| set.iter().filter(|k| *k == key).cloned().collect();
            *self.by_stance.entry(key.clone()).or_default() += Count::of(&only(&guess), &only(&gold));
        }
        for tag in &line.hard {
            *self.by_hard.entry(tag.clone()).or_default() += Count::of(&guess, &gold);
        }
        let full = |topic: &str, stance: &str, holder: &str| format!("{topic}/{stance}/{holder}");
        let gold_held = line.claims.iter().map(|c| full(&c.topic, &c.stance, &c.holder)).collect();
        let guess_held = claims.iter().map(|c| full(&c.topic, &c.stance, &c.holder)).collect();
        self.holder += Count::of(&guess_held, &gold_held);
        let told = |topic: &str, stance: &str, holder: &str, source: &Option<String>| {
            source.as_ref().map(|s| format!("{topic}/{stance}/{holder}<{s}"))
        };
        let gold_told =
            line.claims.iter().filter_map(|c| told(&c.topic, &c.stance, &c.holder, &c.source)).collect();
        // A source of a claim that is itself wrong is no wrong source; one of a claim not found is missed.
        let right = claims.iter().filter(|c| line.claims.iter().any(|g| same(g, c)));
        let guess_told = right.filter_map(|c| told(&c.topic, &c.stance, &c.holder, &c.source)).collect();
        self.source += Count::of(&guess_told, &gold_told);
        if !line.hard.is_empty() {
            self.hard += 1;
            let opposed = |c: &&Claim| {
                let of_topic = || line.claims.iter().filter(|g| g.topic == c.topic);
                let topic = configuration.topics.iter().find(|t| t.id == c.topic);
                let apart = |stance: &str| {
                    topic.is_some_and(|t| t.stances.iter().any(|s| s.id == stance && s.beside))
                };
                !apart(&c.stance)
                    && of_topic().any(|g| !apart(&g.stance))
                    && of_topic().all(|g| g.stance != c.stance)
            };
            self.flips += usize::from(claims.iter().any(opposed));
        }
        for topic in gold.iter().map(|key| key.split('/').next().unwrap_or("")).collect::<HashSet<_>>() {
            let index = configuration.topics.iter().position(|t| t.id == topic);
            let through = index.is_some_and(|i| found.iter().any(|a| a.reading.topics.contains(&i)));
            self.gate.gold += 1.0;
            self.gate.correct += if through { 1.0 } else { 0.0 };
        }
        if let [analysis] = found {
            for (question, answer) in analysis.questions.iter().zip(&analysis.answers) {
                if question.aspect == Aspect::Stance {
                    let topic = &configuration.topics[question.topic];
                    let key = format!("{}/{}", topic.id, topic.stances[question.stance].id);
                    let taken = line.claims.iter().filter(|c| format!("{}/{}", c.topic, c.stance) == key);
                    let taken: Vec<&GoldClaim> = taken.collect();
                    let part = |role: &Role| Part {
                        actor: role.actor.clone(),
                        holder: role.holder,
                        source: role.source,
                        holds: taken.iter().any(|c| c.holder == role.actor),
                        reports: taken.iter().any(|c| c.source.as_ref() == Some(&role.actor)),
                        may_report: analysis
                            .reading
                            .reporters(&configuration.actors)
                            .any(|r| r == role.actor),
                    };
                    self.answers.push(Answer {
                        score: answer.score(answer.roles.iter().map(|r| r.holder).fold(0.0, f64::max)),
                        right: !taken.is_empty(),
                        roles: answer.roles.iter().map(part).collect(),
                        probabilities: answer.probabilities,
                        stance: key,
                    });
                }
            }
        }
    }

    /// Prints the answers to the first round's questions, a line each, for calibration (`training/calibrate.py`).
    ///
    /// A temperature is fitted to answers without one: `config.json` of the model must not name any yet.
    pub fn dump(&self) -> Outcome {
        if models()?.nli.temperature != 1.0 {
            return Err(
                "the NLI model's config.json has a temperature; set it to 1 and pin the file again".into()
            );
        }
        for answer in &self.answers {
            println!("{}", serde_json::to_string(answer)?);
        }
        Ok(())
    }

    /// Prints the measures.
    pub fn show(&self) {
        for (key, count) in &self.by_stance {
            show(&format!("  {key}"), count);
        }
        for (tag, count) in &self.by_hard {
            show(&format!("  hard: {tag}"), count);
        }
        show("claims: topic+stance", &self.stance);
        show("claims: topic+stance+holder", &self.holder);
        show("claims: source", &self.source);
        println!(
            "polarity flips {:.4} ({} of {} hard sentences)",
            ratio(self.flips, self.hard),
            self.flips,
            self.hard
        );
        println!(
            "gate recall {:.4} ({} sentences and topics with claims)",
            self.gate.recall(),
            self.gate.gold
        );
        println!(
            "NLI pairs a sentence {:.2} ({} sentences)",
            ratio(self.pairs, self.sentences),
            self.sentences
        );
        println!("expected calibration error {:.4} ({} answers)", ece(&self.answers), self.answers.len());
    }
}

fn same(gold: &GoldClaim, claim: &Claim) -> bool {
    gold.topic == claim.topic && gold.stance == claim.stance && gold.holder == claim.holder
}

/// Expected calibration error over ten bins of equal width (Guo et al., 2017).
fn ece(answers: &[Answer]) -> f64 {
    let bin = |a: &Answer| ((a.score * 10.0) as usize).min(9);
    let gap = |b: usize| {
        let inside: Vec<_> = answers.iter().filter(|a| bin(a) == b).collect();
        let confident: f64 = inside.iter().map(|a| a.score).sum();
        let right = inside.iter().filter(|a| a.right).count() as f64;
        (confident - right).abs()
    };
    (0..10).map(gap).sum::<f64>() / answers.len().max(1) as f64
}

#[derive(Deserialize)]
struct Sentence {
    text: String,
    claims: Vec<GoldClaim>,
    hard: Vec<String>,
}

/// The project's own passages of a part, each as an article of a line a sentence.
pub fn own(folder: &Path, part: &str) -> Outcome {
    tally(&passages(folder, part)?, &configuration()?)?.show();
    Ok(())
}

/// What the model answered in the first round, a line a question.
pub fn answers(folder: &Path, part: &str) -> Outcome {
    tally(&passages(folder, part)?, &configuration()?)?.dump()
}

fn passages(folder: &Path, part: &str) -> Result<Vec<Vec<Sentence>>, Box<dyn std::error::Error>> {
    #[derive(Deserialize)]
    struct Passage {
        part: String,
        sentences: Vec<Sentence>,
    }
    let mut passages = Vec::new();
    for file in files(folder)? {
        let of_part = rows::<Passage>(&file)?.into_iter().filter(|p| p.part == part);
        passages.extend(of_part.map(|p| p.sentences));
    }
    Ok(passages)
}

/// Topics of a part that the model never saw, all asked of each sentence, without a gate.
pub fn unseen(folder: &Path, part: &str) -> Outcome {
    #[derive(Deserialize)]
    struct Topic {
        id: String,
        title: String,
        part: String,
        stances: Vec<Stance>,
        sentences: Vec<Sentence>,
    }
    #[derive(Deserialize)]
    struct Stance {
        id: String,
        hypotheses: Vec<String>,
    }
    let (mut toml, mut passages) = (String::new(), Vec::new());
    for file in files(folder)? {
        for topic in rows::<Topic>(&file)?.into_iter().filter(|t| t.part == part) {
            toml += &format!("[[topic]]\nid = {:?}\ntitle = {:?}\n", topic.id, topic.title);
            for stance in &topic.stances {
                toml += &format!(
                    "[[topic.stance]]\nid = {:?}\nhypothesis = {:?}\nthreshold = 0.5\nfloor = 0.35\n",
                    stance.id, stance.hypotheses[0]
                );
            }
            for mut sentence in topic.sentences {
                sentence.claims.iter_mut().for_each(|c| c.topic = topic.id.clone());
                passages.push(vec![sentence]);
            }
        }
    }
    tally(&passages, &Configuration { topics: Topics::from_toml(&toml)?, ..configuration()? })?.show();
    Ok(())
}

fn tally(
    passages: &[Vec<Sentence>],
    configuration: &Configuration,
) -> Result<Tally, Box<dyn std::error::Error>> {
    let models = models()?;
    let extractor = Extractor::new(&models, configuration, workers())?;
    let articles: Vec<(Document, Vec<Line>)> =
        passages.iter().map(|p| article(p)).collect::<Result<_, _>>()?;
    let mut tally = Tally::default();
    for chunk in articles.chunks(64) {
        let documents = chunk.iter().map(|(document, _)| document.clone()).collect();
        for (extraction, (_, lines)) in extractor.extract(documents)?.into_iter().zip(chunk) {
            match extraction {
                Ok(extraction) => tally.add(&extraction, lines, configuration),
                Err(failure) => {
                    eprintln!("{failure}: counts as without claims");
                    lines.iter().for_each(|line| tally.add_line(&[], line, configuration));
                }
            }
        }
    }
    Ok(tally)
}

fn article(sentences: &[Sentence]) -> Result<(Document, Vec<Line>), Box<dyn std::error::Error>> {
    let (mut text, mut lines) = (String::new(), Vec::new());
    for sentence in sentences {
        let start = text.len();
        text += &sentence.text;
        let (claims, hard) = (sentence.claims.clone(), sentence.hard.clone());
        lines.push(Line { field: Field::Text, range: start..text.len(), claims, hard });
        text += "\n\n";
    }
    let raw = Raw {
        origin: Origin { path: "passage".into(), line: None },
        stem: "passage".into(),
        kind: Kind::Text,
        bytes: text.into_bytes(),
    };
    Ok((document::parse(raw, &Options { any_language: true, ..Options::default() })?, lines))
}
