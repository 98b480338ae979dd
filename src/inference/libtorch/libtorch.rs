//! Runs a model on libtorch.

use std::marker::PhantomData;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tch::{Kind, Tensor};

use super::guard::guarded;
use super::network::build;
use super::parts::{Head, Network, Padded};
use super::plan::{self, Batch};
use super::weights::Weights;
use crate::inference::backend::Backend;
use crate::inference::compute::{Device, Precision};
use crate::inference::error::{BackendError, Remedy};
use crate::inference::lock::lock;
use crate::inference::outputs::{Axis, Outputs, unpadded};
use crate::inference::tokens::Tokens;

/// A model on libtorch.
///
/// libtorch's tensors may be moved between threads but not used by two at once (`Send`, not
/// `Sync`). So each running thread takes a network of its own; all networks share one copy of the
/// weights.
pub struct Libtorch<I = Tokens> {
    architecture: String,
    head: Head,
    config: Value,
    weights: Mutex<Vec<(String, Tensor)>>,
    idle: Mutex<Vec<Network>>,
    turn: Mutex<()>,
    device: tch::Device,
    longest: usize,
    names: Arc<[String]>,
    reads: PhantomData<fn(I)>,
}

impl<I: Padded> Libtorch<I> {
    /// Loads a model.
    ///
    /// `config` is its `config.json`, with an `id2label` that has one label per logit; `longest` is
    /// the most tokens in a sequence.
    ///
    /// # Errors
    /// [`BackendError::Load`] for an unsupported architecture, a configuration or weights that do
    /// not fit it, or a device that does not exist.
    pub fn load(
        config: Value,
        head: Head,
        weights: Weights<'_>,
        (device, precision): (Device, Precision),
        longest: usize,
    ) -> Result<Self, BackendError> {
        let architecture = config["model_type"].as_str().unwrap_or_default().to_owned();
        let device = match device {
            Device::Cpu => tch::Device::Cpu,
            Device::Cuda(number) if (number as i64) < tch::Cuda::device_count() => tch::Device::Cuda(number),
            Device::Cuda(_) => {
                let found = tch::Cuda::device_count();
                let reason = format!("{device} is not there: libtorch sees {found} CUDA devices");
                return Err(BackendError::Unsupported { reason, remedy: Remedy::Cpu });
            }
        };
        if architecture == "bart" && precision == Precision::Bf16 {
            // rust-bert counts positions in the type of the weights, and bf16 can't represent 257.
            let reason = "bart can't be run in bf16".into();
            return Err(BackendError::Unsupported { reason, remedy: Remedy::F32 });
        }
        // The workers are separate threads, each with one core.
        tch::set_num_threads(1);
        let kind = match precision {
            Precision::F32 => Kind::Float,
            Precision::Bf16 => Kind::BFloat16,
        };
        let load = || {
            let found = weights.tensors(kind, device)?;
            build(&architecture, head, &config, found)
        };
        let (first, weights) = guarded(load).map_err(BackendError::Load)?;
        Ok(Self {
            architecture,
            head,
            config,
            weights: Mutex::new(weights),
            idle: Mutex::new(vec![first]),
            turn: Mutex::new(()),
            device,
            longest,
            names: head.outputs().iter().map(|name| (*name).to_owned()).collect(),
            reads: PhantomData,
        })
    }

    /// A network that no other thread is using.
    fn take(&self) -> Result<Network, String> {
        if let Some(network) = lock(&self.idle).pop() {
            return Ok(network);
        }
        // One at a time: each network first allocates its own parameters, which the shared ones
        // then replace.
        let shared = lock(&self.weights);
        let weights = shared.iter().map(|(name, t)| (name.clone(), t.shallow_clone())).collect();
        build(&self.architecture, self.head, &self.config, weights).map(|(network, _)| network)
    }

    /// Whether batches are useful and possible: BART reads the last `</s>` and needs as many of
    /// them in each row.
    fn is_batched(&self) -> bool {
        self.device.is_cuda() && self.architecture != "bart"
    }

    /// The outputs of all sequences, in order.
    fn planned(&self, sequences: &[&I], plan: &[Batch]) -> Result<Vec<Outputs>, String> {
        let mut all: Vec<Option<Outputs>> = vec![None; sequences.len()];
        let network = self.take()?;
        for batch in plan {
            let members: Vec<&I> = batch.members.iter().map(|&at| sequences[at]).collect();
            let logits = self.padded(&network, &members, batch)?;
            batch.members.iter().zip(logits).for_each(|(&at, own)| all[at] = Some(own));
        }
        lock(&self.idle).push(network);
        let missing = || "internal error: a sequence is in no batch".to_owned();
        all.into_iter().map(|own| own.ok_or_else(missing)).collect()
    }

    /// The outputs of sequences that are padded to one shape; filler rows repeat the first sequence.
    fn padded(&self, network: &Network, members: &[&I], batch: &Batch) -> Result<Vec<Outputs>, String> {
        let filler = members.first().into_iter().cycle();
        let all: Vec<&I> = members.iter().chain(filler).take(batch.rows).copied().collect();
        let input = I::padded(&all, batch.width, self.device);
        let computed = tch::no_grad(|| network(&input)).map_err(|e| e.to_string())?;
        let mut own: Vec<Vec<_>> = members.iter().map(|_| Vec::with_capacity(computed.len())).collect();
        for output in computed {
            let output = output.to_device(tch::Device::Cpu).to_kind(Kind::Float).contiguous();
            let shape: Vec<usize> =
                output.size().into_iter().map(|n| usize::try_from(n).unwrap_or(0)).collect();
            let values = Vec::<f32>::try_from(output.view(-1)).map_err(|e| e.to_string())?;
            let axis = if shape.len() < 3 { Axis::Other } else { Axis::Tokens };
            let tensors = unpadded(members, axis, &shape, &values).map_err(|e| e.to_string())?;
            own.iter_mut().zip(tensors).for_each(|(own, tensor)| own.push(tensor));
        }
        let outputs = own.into_iter().map(|tensors| Outputs::new(Arc::clone(&self.names), tensors));
        outputs.collect::<Result<_, _>>().map_err(|e| e.to_string())
    }
}

impl<I: Padded> Backend<I> for Libtorch<I> {
    fn run(&self, batch: &[&I]) -> Result<Vec<Outputs>, BackendError> {
        let lengths: Vec<usize> = batch.iter().map(|sequence| sequence.tokens()).collect();
        let run = || match self.is_batched() {
            true => {
                // A GPU computes one batch at a time anyway, and its memory should not hold one
                // batch per thread.
                let _turn = lock(&self.turn);
                self.planned(batch, &plan::fixed(&lengths, self.longest))
            }
            false => self.planned(batch, &plan::one_by_one(&lengths)),
        };
        guarded(run).map_err(BackendError::Run)
    }

    fn max_batch_tokens(&self) -> Option<usize> {
        self.is_batched().then_some(plan::HANDED_OVER)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn tiny(name: &str, head: Head) -> Libtorch {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/architectures").join(name);
        let read = |file: &str| std::fs::read(folder.join(file)).expect("there");
        let config = serde_json::from_slice(&read("config.json")).expect("JSON");
        let weights = Weights::Safetensors(vec![read("model.safetensors").into()]);
        Libtorch::load(config, head, weights, (Device::Cpu, Precision::F32), 40).expect("loads")
    }

    fn sequences() -> Vec<Tokens> {
        [3, 17, 9, 30]
            .map(|n| Tokens {
                ids: (0..n).map(|i| 2 + i % 40).collect(),
                token_type_ids: vec![0; n as usize],
            })
            .into()
    }

    #[test]
    fn padding_changes_no_logits() {
        for name in ["bert", "distilbert", "roberta", "xlm-roberta", "deberta", "deberta-v2", "deberta-v3"] {
            for (end, head) in [("ner", Head::Token), ("nli", Head::Sequence)] {
                let model = tiny(&format!("{name}-{end}"), head);
                let sequences = sequences();
                let batch: Vec<&Tokens> = sequences.iter().collect();
                let lengths: Vec<usize> = batch.iter().map(|tokens| tokens.len()).collect();
                let padded = model.planned(&batch, &plan::fixed(&lengths, 40)).expect("runs");
                for (tokens, padded) in batch.iter().zip(padded) {
                    let values = |own: Outputs| own.into_first().expect("logits").values().to_vec();
                    let alone = values(model.run(&[tokens]).expect("runs").remove(0));
                    let padded = values(padded);
                    let near = alone.iter().zip(&padded).all(|(a, b)| (a - b).abs() < 1e-4);
                    assert!(near && alone.len() == padded.len(), "{name}-{end}: {alone:?} {padded:?}");
                }
            }
        }
    }

    #[test]
    fn threads_that_run_at_once_share_the_weights_and_agree() {
        let model = tiny("bert-nli", Head::Sequence);
        let sequences = sequences();
        let batch: Vec<&Tokens> = sequences.iter().collect();
        let expected = model.run(&batch).expect("runs");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..5).for_each(|_| assert_eq!(model.run(&batch).expect("runs"), expected)));
            }
        });
        assert!(lock(&model.idle).len() <= 4);
    }

    #[test]
    fn an_id_outside_the_vocabulary_is_an_error_and_the_model_continues() {
        let model = tiny("bert-nli", Head::Sequence);
        let wild = Tokens { ids: vec![2, 1_000_000, 3], token_type_ids: vec![0; 3] };
        assert!(model.run(&[&wild]).is_err_and(|e| e.to_string().contains("libtorch refused")));
        assert!(model.run(&[&sequences()[0]]).is_ok());
    }
}
