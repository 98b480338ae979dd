//! The sieve of a topic model: whether a sentence may hold a claim on a topic, from word vectors
//! alone.

use std::ops::Range;

use safetensors::{Dtype, SafeTensors};

/// Word vectors of hypotheses (queries) and of passages (keys), `[vocabulary, width]`, and how much
/// a hypothesis's word counts.
///
/// A hypothesis's logit is the weighted mean, over its words, of each word's greatest match in the
/// sentence and in the whole passage (late interaction: Khattab and Zaharia 2020).
#[derive(Debug)]
pub struct Sieve {
    width: usize,
    queries: Rows,
    keys: Rows,
    /// For each word, how much it counts matched in the sentence, and in the passage.
    shares: Vec<f32>,
    scale: [f32; 2],
    bias: f32,
}

/// Rows of whole numbers, each with a scale.
#[derive(Debug)]
struct Rows {
    values: Vec<i8>,
    scales: Vec<f32>,
}

impl Rows {
    fn row(&self, at: usize, width: usize) -> Option<Vec<f32>> {
        let scale = self.scales.get(at)?;
        let values = self.values.get(at * width..(at + 1) * width)?;
        Some(values.iter().map(|&value| f32::from(value) * scale).collect())
    }
}

/// The words of a hypothesis.
#[derive(Debug, Clone)]
pub struct SieveWords(Vec<(Vec<f32>, [f32; 2])>);

/// The words of a passage; `None` for one that the sieve does not know.
#[derive(Debug)]
pub struct SieveKeys(Vec<Option<Vec<f32>>>);

impl Sieve {
    /// Reads the vectors of a safetensors file that `training/sieve.py` wrote.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let file = SafeTensors::deserialize(bytes).map_err(|e| format!("not a safetensors file: {e}"))?;
        let rows = |name: &str| -> Result<(usize, Rows), String> {
            let tensor = file.tensor(name).map_err(|e| e.to_string())?;
            let &[vocabulary, width] = tensor.shape() else { return Err(format!("{name} is no table")) };
            let scales = floats(&file, &format!("{name}_scales"))?;
            if tensor.dtype() != Dtype::I8 || scales.len() != vocabulary {
                return Err(format!("{name} is not int8 with a scale for each row"));
            }
            let values = tensor.data().iter().map(|byte| byte.cast_signed()).collect();
            Ok((width, Rows { values, scales }))
        };
        let ((width, queries), (other, keys)) = (rows("queries")?, rows("keys")?);
        let shares = floats(&file, "shares")?;
        let fits = other == width && queries.scales.len() == keys.scales.len();
        if !fits || shares.len() != 2 * keys.scales.len() {
            return Err("queries, keys and shares do not fit together".into());
        }
        let (scale, bias) = (floats(&file, "scale")?, floats(&file, "bias")?);
        match (scale.as_slice(), bias.as_slice()) {
            (&[sentence, passage], &[bias]) => {
                Ok(Self { width, queries, keys, shares, scale: [sentence, passage], bias })
            }
            _ => Err("scale must have two numbers, bias one".into()),
        }
    }

    /// The words of a hypothesis, given as token ids without special tokens.
    pub fn words(&self, ids: &[i32]) -> SieveWords {
        let word = |&id: &i32| {
            let at = usize::try_from(id).ok()?;
            let shares = self.shares.get(2 * at..2 * at + 2)?;
            Some((self.queries.row(at, self.width)?, [shares[0], shares[1]]))
        };
        SieveWords(ids.iter().filter_map(word).collect())
    }

    /// The words of a passage, given as token ids without special tokens.
    pub fn keys(&self, ids: &[i32]) -> SieveKeys {
        let key = |&id: &i32| self.keys.row(usize::try_from(id).ok()?, self.width);
        SieveKeys(ids.iter().map(key).collect())
    }

    /// The logits of hypotheses for a passage; `sentence` is the place of its sentence.
    pub fn logits(&self, hypotheses: &[&SieveWords], keys: &SieveKeys, sentence: Range<usize>) -> Vec<f32> {
        let logit = |words: &&SieveWords| {
            let (mut sums, mut totals) = ([0.0; 2], [0.0; 2]);
            for (query, shares) in &words.0 {
                let mut best = [f32::MIN; 2];
                for (at, key) in keys.0.iter().enumerate() {
                    let Some(key) = key else { continue };
                    let found: f32 = query.iter().zip(key).map(|(a, b)| a * b).sum();
                    best[1] = best[1].max(found);
                    if sentence.contains(&at) {
                        best[0] = best[0].max(found);
                    }
                }
                for part in [0, 1] {
                    sums[part] += shares[part] * best[part].max(-1e4);
                    totals[part] += shares[part];
                }
            }
            let of = |part: usize| self.scale[part] * sums[part] / totals[part].max(1e-6);
            of(0) + of(1) + self.bias
        };
        hypotheses.iter().map(logit).collect()
    }
}

fn floats(file: &SafeTensors<'_>, name: &str) -> Result<Vec<f32>, String> {
    let tensor = file.tensor(name).map_err(|e| e.to_string())?;
    if tensor.dtype() != Dtype::F32 {
        return Err(format!("{name} is not f32"));
    }
    Ok(tensor.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
}
