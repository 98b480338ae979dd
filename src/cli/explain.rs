//! `explain`: how one sentence comes to its record.

use std::num::NonZeroUsize;
use std::path::Path;

use clap::Args;
use demarche::config::Configuration;
use demarche::document::{self, Document, Failure, Kind, Options, Origin, Raw};
use demarche::engine::{DEFAULT_BUDGET, Workers};
use demarche::extract::{Analysis, Extraction, Extractor, Models};
use demarche::stance::Aspect;

use super::{Out, Outcome, Sources};

#[derive(Args)]
pub struct Explain {
    /// A text in quotation marks, or FILE#N for the Nth sentence of a file (FILE:LINE#N of JSON Lines)
    #[arg(value_name = "TEXT | FILE[:LINE]#N")]
    what: String,
    #[command(flatten)]
    sources: Sources,
}

impl Explain {
    pub fn run(self) -> Result<Outcome, String> {
        let configuration = self.sources.configuration()?;
        let models = self.sources.models()?;
        let workers = Workers::new(NonZeroUsize::MIN, DEFAULT_BUDGET);
        let extractor = Extractor::new(&models, &configuration, workers)?;
        let (document, wanted) = self.document()?;
        let extraction = match extractor.extract(vec![document]).map_err(|e| e.to_string())?.pop() {
            Some(Ok(extraction)) => extraction,
            Some(Err(failure)) => return Err(failure.to_string()),
            None => return Err("nothing came of the document".into()),
        };
        let chosen: Vec<&Analysis> = match wanted {
            None => extraction.sentences.iter().collect(),
            Some(n) => extraction.sentences.get(n - 1).into_iter().collect(),
        };
        if chosen.is_empty() {
            return Err(format!("the document has {} sentences", extraction.sentences.len()));
        }
        for analysis in chosen {
            show(analysis, &extraction, &models, &configuration)?;
        }
        Ok(Outcome::Done)
    }

    /// The document to explain, and the number of the sentence if one is named.
    fn document(&self) -> Result<(Document, Option<usize>), String> {
        let options = Options { any_language: true, ..Options::default() };
        if let Some((path, line, sentence)) = place(&self.what) {
            let wanted = |raw: &Result<Raw, Failure>| {
                let origin = match raw {
                    Ok(raw) => &raw.origin,
                    Err(failure) => &failure.origin,
                };
                line.is_none() || origin.line == line
            };
            let raw = document::read(&[path.to_owned()]).find(wanted).ok_or("the file has no such line")?;
            let document = raw.and_then(|raw| document::parse(raw, &options)).map_err(|f| f.to_string())?;
            return Ok((document, Some(sentence)));
        }
        if looks_like_a_place(&self.what) {
            return Err(format!("{}: no such sentence; a file's is named FILE#N, or FILE:LINE#N", self.what));
        }
        let raw = Raw {
            origin: Origin { path: "TEXT".into(), line: None },
            stem: "text".into(),
            kind: Kind::Text,
            bytes: self.what.clone().into_bytes(),
        };
        Ok((document::parse(raw, &options).map_err(|f| f.to_string())?, None))
    }
}

/// Reads `FILE#N` or `FILE:LINE#N`, if there is such a file.
fn place(what: &str) -> Option<(&str, Option<u64>, usize)> {
    let (file, sentence) = what.rsplit_once('#')?;
    let sentence = sentence.parse().ok().filter(|n| *n > 0)?;
    if Path::new(file).is_file() {
        return Some((file, None, sentence));
    }
    let (path, line) = file.rsplit_once(':')?;
    Path::new(path).is_file().then_some((path, Some(line.parse().ok()?), sentence))
}

/// Whether someone meant a file: one that is there, or a name without white space and a number.
fn looks_like_a_place(what: &str) -> bool {
    let numbered = |(file, n): (&str, &str)| {
        !file.contains(char::is_whitespace) && !file.is_empty() && n.bytes().all(|b| b.is_ascii_digit())
    };
    Path::new(what).exists() || what.rsplit_once('#').is_some_and(numbered)
}

fn show(
    analysis: &Analysis,
    extraction: &Extraction,
    models: &Models,
    configuration: &Configuration,
) -> Result<(), String> {
    let mut out = Out::new();
    let sentence = &analysis.sentence;
    let raw = extraction.field(sentence.field).get(sentence.span.range()).unwrap_or("");
    out.line(format_args!("sentence   {}", analysis.text))?;
    out.line(format_args!(
        "cleaning   code points {:?} of the {:?}, section {:?}",
        extraction.code_points(sentence),
        sentence.field,
        sentence.section
    ))?;
    out.line(format_args!(
        "           {} pieces of boilerplate dropped in the document",
        extraction.boilerplate.len()
    ))?;
    out.line(format_args!("tokens     {}", models.ner.encode(raw)?.get_tokens().join(" ")))?;
    for mention in &analysis.mentions {
        let text = raw.get(mention.range.clone()).unwrap_or("");
        out.line(format_args!("entity     {} {text} ({:.4})", mention.label, mention.score))?;
    }
    let reading = &analysis.reading;
    for mention in &reading.mentions {
        out.line(format_args!(
            "actor      {} <- {}",
            mention.actor,
            reading.text.get(mention.range.clone()).unwrap_or("")
        ))?;
    }
    out.line(format_args!("holders    {}", reading.candidates.join(", ")))?;
    out.line(format_args!("premise    {}", reading.premise))?;
    for (index, topic) in configuration.topics.iter().enumerate() {
        let gate = if reading.topics.contains(&index) { "passes" } else { "stopped" };
        let relevance = match (analysis.relevance.get(&topic.id), topic.relevance) {
            (Some(p), Some(bound)) => format!(" by relevance {p:.4} (asked from {bound})"),
            _ => " by words".into(),
        };
        out.line(format_args!("gate       {} ({}): {gate}{relevance}", topic.id, topic.title))?;
    }
    for (question, answer) in analysis.questions.iter().zip(&analysis.answers) {
        let p = &answer.probabilities;
        let topic = &configuration.topics[question.topic];
        let stance = &topic.stances[question.stance];
        let attribution = &configuration.attribution;
        let (asked, bounds) = match &question.aspect {
            Aspect::Stance => {
                ("stance".into(), format!("threshold {}, floor {}", stance.threshold, stance.floor))
            }
            Aspect::Holder(holder) => {
                (format!("holder {holder}"), format!("a second one from {}", attribution.second_holder))
            }
            Aspect::Source { holder, source } => {
                (format!("source {source} of {holder}"), format!("from {}", attribution.source))
            }
        };
        out.line(format_args!(
            "hypothesis {}/{} {asked}: e {:.4} n {:.4} c {:.4} ({bounds})  {}",
            topic.id, stance.id, p.entailment, p.neutral, p.contradiction, question.hypothesis
        ))?;
        for role in &answer.roles {
            out.line(format_args!(
                "           {}: holder {:.4}, source {:.4}",
                role.actor, role.holder, role.source
            ))?;
        }
    }
    if analysis.claims.is_empty() {
        out.line(format_args!("claim      none"))?;
    }
    for claim in &analysis.claims {
        let source = claim.source.as_deref().map(|s| format!(", source {s}")).unwrap_or_default();
        out.line(format_args!(
            "claim      {}/{} holder {}{source}, score {:.4}, of the holder {:.4}, {:?}",
            claim.topic, claim.stance, claim.holder, claim.score, claim.holder_score, claim.status
        ))?;
    }
    out.line(format_args!(""))?;
    Ok(())
}
