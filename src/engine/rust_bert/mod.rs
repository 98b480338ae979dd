//! The second engine: models of `rust-bert` on libtorch, on the processor or a GPU.

mod deberta;
mod mpnet;
mod network;
mod weights;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use serde_json::Value;
use tch::{Kind, Tensor};

pub use self::network::Head;
use self::network::{Input, Network};
pub use self::weights::Weights;
use super::{Device, Engine, EngineError, Precision, Tokens, unpadded};

/// Padded tokens of a batch on a GPU.
const CUDA_BUDGET: usize = 16_384;

/// Widths of batches on a GPU are multiples of this.
const CUDA_STEP: usize = 32;

/// A model on libtorch.
///
/// libtorch's tensors may go from thread to thread but not be used by two at once (`Send`, not `Sync`), so each
/// thread that runs takes a network of its own; all of them share one copy of the weights.
pub struct RustBert {
    architecture: String,
    head: Head,
    config: Value,
    weights: Mutex<Vec<(String, Tensor)>>,
    idle: Mutex<Vec<Network>>,
    device: tch::Device,
    longest: usize,
}

impl RustBert {
    /// Loads a model.
    ///
    /// `config` is its `config.json`, with an `id2label` that has as many labels as the head has logits; `longest` the
    /// most tokens that a sequence may have.
    ///
    /// # Errors
    /// [`EngineError::Load`] for an architecture that is not known, a configuration or weights that do not fit it, or a device
    /// that is not there.
    pub fn load(
        config: Value,
        head: Head,
        weights: Weights<'_>,
        (device, precision): (Device, Precision),
        longest: usize,
    ) -> Result<Self, EngineError> {
        let architecture = config["model_type"].as_str().unwrap_or_default().to_owned();
        let device = match device {
            Device::Cpu => tch::Device::Cpu,
            Device::Cuda(number) if (number as i64) < tch::Cuda::device_count() => tch::Device::Cuda(number),
            Device::Cuda(_) => {
                let found = tch::Cuda::device_count();
                let reason = format!(
                    "{device} is not there: libtorch sees {found} CUDA devices; take --device cpu, or a libtorch built for CUDA"
                );
                return Err(EngineError::Load(reason));
            }
        };
        // The workers are threads of their own, each with one core.
        tch::set_num_threads(1);
        let kind = match precision {
            Precision::F32 => Kind::Float,
            Precision::Bf16 => Kind::BFloat16,
        };
        let load = || {
            let found = weights.tensors(kind, device)?;
            network::build(&architecture, head, &config, found)
        };
        let (first, weights) = guarded(load).map_err(EngineError::Load)?;
        Ok(Self {
            architecture,
            head,
            config,
            weights: Mutex::new(weights),
            idle: Mutex::new(vec![first]),
            device,
            longest,
        })
    }

    /// A network that no other thread uses.
    fn take(&self) -> Result<Network, String> {
        if let Some(network) = lock(&self.idle).pop() {
            return Ok(network);
        }
        let weights = lock(&self.weights).iter().map(|(name, t)| (name.clone(), t.shallow_clone())).collect();
        network::build(&self.architecture, self.head, &self.config, weights).map(|(network, _)| network)
    }

    /// Whether sequences must be run one by one. On the processor products of floats depend on how many rows there are; BART reads
    /// the last `</s>` and needs as many of them in each row.
    fn is_one_by_one(&self) -> bool {
        !self.device.is_cuda() || self.architecture == "bart"
    }

    /// Logits of sequences that are padded to one shape.
    fn padded(&self, batch: &[&Tokens]) -> Result<Vec<Vec<f32>>, String> {
        let (rows, width) = self.shape(batch);
        let Some(&filler) = batch.first().filter(|_| width > 0) else {
            return Ok(vec![Vec::new(); batch.len()]);
        };
        let all: Vec<&Tokens> = batch.iter().copied().chain(std::iter::repeat(filler)).take(rows).collect();
        let grid = |cell: &dyn Fn(&Tokens, usize) -> i32| {
            let cells = |tokens: &&Tokens| -> Vec<i64> {
                (0..width).map(|at| if at < tokens.len() { cell(tokens, at).into() } else { 0 }).collect()
            };
            let cells: Vec<i64> = all.iter().flat_map(cells).collect();
            Tensor::from_slice(&cells).view([rows as i64, width as i64]).to_device(self.device)
        };
        let input = Input {
            ids: grid(&|tokens, at| tokens.ids[at]),
            types: grid(&|tokens, at| tokens.types[at]),
            mask: grid(&|_, _| 1),
        };
        let network = self.take()?;
        let logits = tch::no_grad(|| network(&input)).map_err(|e| e.to_string())?;
        lock(&self.idle).push(network);
        let logits = logits.to_device(tch::Device::Cpu).to_kind(Kind::Float).contiguous();
        let shape: Vec<usize> = logits.size().into_iter().map(|n| usize::try_from(n).unwrap_or(0)).collect();
        let values = Vec::<f32>::try_from(logits.view(-1)).map_err(|e| e.to_string())?;
        unpadded(batch, &shape, &values).map_err(|e| e.to_string())
    }

    /// Rows and width of a batch. On a GPU they depend on little, as sums of floats depend on the shape of a product:
    /// the width is rounded up and the batch filled up.
    fn shape(&self, batch: &[&Tokens]) -> (usize, usize) {
        let width = batch.iter().map(|tokens| tokens.len()).max().unwrap_or(0);
        if self.is_one_by_one() {
            return (batch.len(), width);
        }
        let width = width.next_multiple_of(CUDA_STEP).min(self.longest.max(width));
        (batch.len().max(CUDA_BUDGET / width.max(1)), width)
    }
}

impl Engine for RustBert {
    fn run(&self, batch: &[&Tokens]) -> Result<Vec<Vec<f32>>, EngineError> {
        let run = || match self.device.is_cuda() {
            true => self.padded(batch),
            // One by one: products of floats depend on how many rows there are.
            false => {
                Ok(batch.iter().map(|tokens| self.padded(&[tokens])).collect::<Result<Vec<_>, _>>()?.concat())
            }
        };
        guarded(run).map_err(EngineError::Run)
    }

    fn budget(&self) -> Option<usize> {
        (!self.is_one_by_one()).then_some(CUDA_BUDGET)
    }
}

/// Runs what may panic: `tch` and `rust-bert` panic where libtorch refuses, as on an id beyond the table.
fn guarded<T>(run: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let told = panic.downcast_ref::<String>().cloned();
        let told = told.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
        Err(format!("libtorch refused: {}", told.unwrap_or_default().lines().next().unwrap_or_default()))
    })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // What is behind these locks is whole at any time: a panic elsewhere does not spoil it.
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn tiny(name: &str, head: Head) -> RustBert {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/architectures").join(name);
        let read = |file: &str| std::fs::read(folder.join(file)).expect("there");
        let config = serde_json::from_slice(&read("config.json")).expect("JSON");
        let weights = Weights::Safetensors(vec![read("model.safetensors").into()]);
        RustBert::load(config, head, weights, (Device::Cpu, Precision::F32), 40).expect("loads")
    }

    fn sequences() -> Vec<Tokens> {
        [3, 17, 9, 30]
            .map(|n| Tokens { ids: (0..n).map(|i| 2 + i % 40).collect(), types: vec![0; n as usize] })
            .into()
    }

    #[test]
    fn padding_changes_no_logits() {
        for name in ["bert", "distilbert", "roberta", "xlm-roberta", "deberta", "deberta-v2", "deberta-v3"] {
            for (end, head) in [("ner", Head::Token), ("nli", Head::Sequence)] {
                let model = tiny(&format!("{name}-{end}"), head);
                let sequences = sequences();
                let batch: Vec<&Tokens> = sequences.iter().collect();
                let padded = model.padded(&batch).expect("runs");
                for (tokens, padded) in batch.iter().zip(padded) {
                    let alone = model.padded(&[tokens]).expect("runs").concat();
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
    fn an_id_that_the_table_lacks_is_an_error_and_the_model_goes_on() {
        let model = tiny("bert-nli", Head::Sequence);
        let wild = Tokens { ids: vec![2, 1_000_000, 3], types: vec![0; 3] };
        assert!(model.run(&[&wild]).is_err_and(|e| e.to_string().contains("libtorch refused")));
        assert!(model.run(&[&sequences()[0]]).is_ok());
    }
}
