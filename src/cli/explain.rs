//! `explain`: shows step by step how a sentence gets its record.

use std::num::NonZeroUsize;
use std::path::Path;

use clap::Args;
use demarche::document::{self, Document, Failure, Kind, Options, Origin, Raw};
use demarche::extraction::{Analysis, Extraction, Extractor};
use demarche::stance::{NamePlace, Source};
use demarche::text::Offsets;

use super::{Out, Outcome, Sources};

#[derive(Args)]
pub struct Explain {
    /// A text in quotation marks, or FILE#N for the Nth sentence of a file (FILE:LINE#N of JSON
    /// Lines)
    #[arg(value_name = "TEXT | FILE[:LINE]#N")]
    what: String,
    #[command(flatten)]
    sources: Sources,
}

impl Explain {
    pub fn run(self) -> Result<Outcome, String> {
        let extractor = self.sources.extractor(|builder| builder.threads(NonZeroUsize::MIN))?;
        let (document, wanted) = self.document()?;
        let extraction = match extractor.extract(vec![document]).map_err(|e| e.to_string())?.pop() {
            Some(Ok(extraction)) => extraction,
            Some(Err(failure)) => return Err(failure.to_string()),
            None => return Err("the document gave no result".into()),
        };
        let chosen: Vec<&Analysis> = match wanted {
            None => extraction.sentences.iter().collect(),
            Some(n) => extraction.sentences.get(n - 1).into_iter().collect(),
        };
        if chosen.is_empty() {
            return Err(format!("the document has only {} sentences", extraction.sentences.len()));
        }
        for analysis in chosen {
            show(analysis, &extraction, &extractor)?;
        }
        Ok(Outcome::Done)
    }

    /// The document to explain, and the number of the sentence if one is given.
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

/// Parses `FILE#N` or `FILE:LINE#N`, if there is such a file.
fn place(what: &str) -> Option<(&str, Option<u64>, usize)> {
    let (file, sentence) = what.rsplit_once('#')?;
    let sentence = sentence.parse().ok().filter(|n| *n > 0)?;
    if Path::new(file).is_file() {
        return Some((file, None, sentence));
    }
    let (path, line) = file.rsplit_once(':')?;
    Path::new(path).is_file().then_some((path, Some(line.parse().ok()?), sentence))
}

/// Whether a file is meant: one that exists, or a name without white space and with a number.
fn looks_like_a_place(what: &str) -> bool {
    let numbered = |(file, n): (&str, &str)| {
        !file.contains(char::is_whitespace) && !file.is_empty() && n.bytes().all(|b| b.is_ascii_digit())
    };
    Path::new(what).exists() || what.rsplit_once('#').is_some_and(numbered)
}

fn show(analysis: &Analysis, extraction: &Extraction, extractor: &Extractor) -> Result<(), String> {
    let mut out = Out::new();
    let Analysis { sentence, tagged, context, .. } = analysis;
    let codebook = extractor.configuration().codebook();
    let field = extraction.field(sentence.field);
    let raw = field.get(sentence.span.range()).unwrap_or("");
    out.line(format_args!("sentence   {}", sentence.text))?;
    out.line(format_args!(
        "cleaning   code points {:?} of the {:?}, section {:?}",
        Offsets::new(field).code_points(sentence.span),
        sentence.field,
        sentence.section
    ))?;
    out.line(format_args!(
        "           {} parts of the document dropped as boilerplate",
        extraction.boilerplate.len()
    ))?;
    let tokens = extractor.tagger().encoder().encode(raw).map_err(|e| e.to_string())?;
    out.line(format_args!("tokens     {}", tokens.get_tokens().join(" ")))?;
    for mention in &tagged.mentions {
        let text = raw.get(mention.span.range()).unwrap_or("");
        out.line(format_args!("entity     {} {text} ({:.4})", mention.label, mention.score))?;
    }
    for mention in &context.mentions {
        let text = context.text.get(mention.span.range()).unwrap_or("");
        out.line(format_args!("actor      {} <- {text}", mention.actor))?;
    }
    let candidates: Vec<&str> = context.candidates.iter().map(|actor| actor.as_str()).collect();
    out.line(format_args!("holders    {}", candidates.join(", ")))?;
    if analysis.screened.is_empty() {
        out.line(format_args!("premise    {}", context.premise))?;
        gates(analysis, extractor, &mut out)?;
    } else {
        out.line(format_args!("before     {}", context.passage.before))?;
        out.line(format_args!("reads      {}", context.passage.sentence.text))?;
    }
    for screened in &analysis.screened {
        let topic = codebook.topics.topic(screened.topic);
        let shown = |p: Option<f64>| p.map_or("-".to_owned(), |p| format!("{p:.4}"));
        let (sieve, skim) = (shown(screened.sieve), shown(screened.skim));
        let read = if screened.read { "read" } else { "stopped" };
        out.line(format_args!(
            "screened   {} ({}): {read}, sieve {sieve}, skim {skim}",
            topic.id, topic.title
        ))?;
    }
    if analysis.truncated {
        out.line(format_args!("truncated  the stance model read only the beginning of the sentence"))?;
    }
    judgements(analysis, extractor, &mut out)?;
    if analysis.claims.is_empty() {
        out.line(format_args!("claim      none"))?;
    }
    for claim in &analysis.claims {
        let name = |name: Option<NamePlace>| {
            let NamePlace { sentence, span } = name?;
            let text = extraction.sentences.get(sentence)?.sentence.text.get(span.range())?;
            let other = sentence != context.sentence;
            Some(if other { format!(" ({text}, sentence {})", sentence + 1) } else { format!(" ({text})") })
        };
        let holder = name(claim.holder_name).unwrap_or_default();
        let source = claim
            .source
            .as_deref()
            .map(|source| format!(", source {source}{}", name(claim.source_name).unwrap_or_default()));
        out.line(format_args!(
            "claim      {}/{} holder {}{holder}{}, score {:.4}, of the holder {:.4}, {:?}",
            claim.topic,
            claim.stance,
            claim.holder,
            source.unwrap_or_default(),
            claim.score,
            claim.holder_score,
            claim.status
        ))?;
        if let Some(evidence) = claim.evidence.and_then(|span| sentence.text.get(span.range())) {
            out.line(format_args!("evidence   {evidence}"))?;
        }
    }
    out.line(format_args!(""))
}

/// Which topics pass the gate, for a model that does not screen them itself.
fn gates(analysis: &Analysis, extractor: &Extractor, out: &mut Out) -> Result<(), String> {
    let codebook = extractor.configuration().codebook();
    let Analysis { tagged, context, .. } = analysis;
    for (index, topic) in codebook.topics.indexed() {
        let gate = if context.topics.contains(&index) { "passes" } else { "stopped" };
        let relevance = match (tagged.relevance.get(&topic.id), topic.relevance) {
            (Some(p), Some(bound)) => format!(" by relevance {p:.4} (asked from {bound})"),
            _ => " by words".into(),
        };
        out.line(format_args!("gate       {} ({}): {gate}{relevance}", topic.id, topic.title))?;
    }
    Ok(())
}

/// The stance model's judgement of each stance, and of each actor in it.
fn judgements(analysis: &Analysis, extractor: &Extractor, out: &mut Out) -> Result<(), String> {
    let codebook = extractor.configuration().codebook();
    for judgement in &analysis.judgements {
        let p = &judgement.probabilities;
        let topic = codebook.topics.topic(judgement.stance.topic);
        let stance = codebook.topics.stance(judgement.stance);
        let bounds = codebook.bounds(judgement.stance);
        out.line(format_args!(
            "hypothesis {}/{}: e {:.4} n {:.4} c {:.4} (threshold {}, floor {})  {}",
            topic.id,
            stance.id,
            p.entailment,
            p.neutral,
            p.contradiction,
            bounds.threshold,
            bounds.floor,
            judgement.hypothesis
        ))?;
        for holder in &judgement.holders {
            // A model with role labels returns both parts of an actor at once.
            let source = judgement.sources.iter().find(|s| s.holder.is_none() && s.actor == holder.actor);
            let source = source.map(|s| format!(", source {:.4}", s.probability)).unwrap_or_default();
            out.line(format_args!("           {}: holder {:.4}{source}", holder.actor, holder.probability))?;
        }
        for source in &judgement.sources {
            if let Some(holder) = &source.holder {
                let Source { actor, probability, .. } = source;
                out.line(format_args!("           {actor}: source of {holder} {probability:.4}"))?;
            }
        }
    }
    Ok(())
}
