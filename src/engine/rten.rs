//! The embedded engine: ONNX graphs on `rten`, one thread a call.

use std::sync::Arc;

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

use super::{Engine, EngineError, Tokens, unpadded};

/// A loaded ONNX graph with inputs `input_ids`, `attention_mask`, where the model has them
/// `token_type_ids`, and one output of logits, `[batch, labels]` or `[batch, tokens, labels]`.
pub struct Rten {
    model: Model,
    inputs: [NodeId; 2],
    types: Option<NodeId>,
    output: NodeId,
    alone: bool,
}

thread_local! {
    // Many workers of one thread each beat one run spread over threads; a pool of its own also
    // keeps a waiting caller from stealing another batch.
    static POOL: Arc<ThreadPool> = Arc::new(ThreadPool::with_num_threads(1));
}

impl Rten {
    /// Loads a graph from the bytes of an ONNX file.
    ///
    /// # Errors
    /// [`EngineError::Load`] if the bytes are no such graph.
    pub fn load(bytes: &[u8]) -> Result<Self, EngineError> {
        let fail = |e: &dyn std::fmt::Display| EngineError::Load(e.to_string());
        let mut options = ModelOptions::with_all_ops();
        options.prepack_weights(true);
        let model = options.load(bytes.to_vec()).map_err(|e| fail(&e))?;
        let node = |name| model.node_id(name).map_err(|e| fail(&e));
        let inputs = [node("input_ids")?, node("attention_mask")?];
        let types = model.find_node("token_type_ids");
        let output =
            *model.output_ids().first().ok_or_else(|| EngineError::Load("the graph has no output".into()))?;
        Ok(Self { model, inputs, types, output, alone: false })
    }

    /// Runs each sequence by itself: a float graph's sums depend on how many rows are multiplied at once.
    pub fn one_by_one(self) -> Self {
        Self { alone: true, ..self }
    }

    /// Whether the graph has token types for an input.
    pub fn reads_types(&self) -> bool {
        self.types.is_some()
    }
}

impl Engine for Rten {
    fn run(&self, batch: &[&Tokens]) -> Result<Vec<Vec<f32>>, EngineError> {
        if !self.alone {
            return self.padded(batch);
        }
        Ok(batch.iter().map(|tokens| self.padded(&[tokens])).collect::<Result<Vec<_>, _>>()?.concat())
    }
}

impl Rten {
    fn padded(&self, batch: &[&Tokens]) -> Result<Vec<Vec<f32>>, EngineError> {
        let width = batch.iter().map(|t| t.len()).max().unwrap_or(0);
        if width == 0 {
            return Ok(vec![Vec::new(); batch.len()]);
        }
        let grid = |cell: &dyn Fn(&Tokens, usize) -> i32| {
            NdTensor::from_fn([batch.len(), width], |[row, at]| {
                if at < batch[row].len() { cell(batch[row], at) } else { 0 }
            })
        };
        let ids = grid(&|t, at| t.ids[at]);
        let mask = grid(&|_, _| 1);
        let types = self.types.map(|node| (node, grid(&|t, at| t.types[at])));
        let options = RunOptions::default().with_thread_pool(Some(POOL.with(Arc::clone)));
        let [a, b] = self.inputs;
        let mut inputs = vec![(a, ids.view().into()), (b, mask.view().into())];
        inputs.extend(types.as_ref().map(|(node, types)| (*node, types.view().into())));
        let [logits] = self
            .model
            .run_n(inputs, [self.output], Some(options))
            .map_err(|e| EngineError::Run(e.to_string()))?;
        let logits = logits
            .into_tensor::<f32>()
            .ok_or_else(|| EngineError::Run("the logits are no f32 tensor".into()))?;
        let shape = logits.shape().to_vec();
        unpadded(batch, &shape, &logits.into_data())
    }
}
