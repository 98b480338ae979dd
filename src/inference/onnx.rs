//! The backend `onnx`: ONNX graphs on `rten`, with one thread per call.

use std::borrow::Cow;
use std::sync::Arc;

use rten::{Dimension, Model, ModelOptions, NodeId, RunOptions, ThreadPool, ValueOrView};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

use super::backend::Backend;
use super::error::BackendError;
use super::outputs::{Axis, Outputs, unpadded};
use super::sequence::Sequence;
use super::states::States;
use super::tokens::Tokens;

/// A loaded ONNX graph with the inputs `input_ids`, `attention_mask` and, if the model has it,
/// `token_type_ids`. Its output is the one named `logits`, or else the graph's first:
/// `[batch, labels]` or `[batch, tokens, labels]`.
pub struct Onnx {
    graph: Graph,
    input_ids: NodeId,
    token_type_ids: Option<NodeId>,
}

/// A loaded ONNX graph with the inputs `states` (`[batch, tokens, width]`) and `attention_mask`:
/// the upper layers of a model.
pub struct OnnxStates {
    graph: Graph,
    states: NodeId,
    width: usize,
}

/// A graph, and what is to be computed.
struct Graph {
    model: Model,
    attention_mask: NodeId,
    outputs: Vec<NodeId>,
    names: Arc<[String]>,
    axes: Vec<Axis>,
    one_by_one: bool,
}

/// The output of a classifier's graph.
const LOGITS: &str = "logits";

thread_local! {
    // Many workers with one thread each are faster than one run on several threads. The separate
    // pool also keeps a waiting caller from stealing another batch.
    static POOL: Arc<ThreadPool> = Arc::new(ThreadPool::with_num_threads(1));
}

impl Onnx {
    /// Loads a graph from the bytes of an ONNX file; built-in bytes are not copied.
    ///
    /// # Errors
    /// [`BackendError::Load`] if the bytes are not such a graph.
    pub fn load(bytes: Cow<'static, [u8]>) -> Result<Self, BackendError> {
        Self::with_outputs(bytes, &[])
    }

    /// Loads a graph and computes these outputs, in this order; without names, its logits.
    ///
    /// # Errors
    /// [`BackendError::Load`] if the bytes are not such a graph, or it lacks one of the outputs.
    pub fn with_outputs(bytes: Cow<'static, [u8]>, names: &[&str]) -> Result<Self, BackendError> {
        let model = model(bytes)?;
        let input_ids = node(&model, "input_ids")?;
        let token_type_ids = model.find_node("token_type_ids");
        Ok(Self { graph: Graph::new(model, input_ids, names)?, input_ids, token_type_ids })
    }

    /// Runs one sequence at a time: the sums of a float graph depend on how many rows are
    /// multiplied at once.
    pub fn one_by_one(mut self) -> Self {
        self.graph.one_by_one = true;
        self
    }

    /// Whether the graph has an input for token type ids.
    pub fn reads_token_types(&self) -> bool {
        self.token_type_ids.is_some()
    }

    fn padded(&self, batch: &[&Tokens]) -> Result<Vec<Outputs>, BackendError> {
        let width = widest(batch)?;
        let grid = |cell: &dyn Fn(&Tokens, usize) -> i32| {
            NdTensor::from_fn([batch.len(), width], |[row, at]| {
                if at < batch[row].len() { cell(batch[row], at) } else { 0 }
            })
        };
        let mut inputs = vec![(self.input_ids, grid(&|t, at| t.ids[at]).into())];
        inputs.extend(self.token_type_ids.map(|node| (node, grid(&|t, at| t.token_type_ids[at]).into())));
        self.graph.run(batch, inputs)
    }
}

impl Backend for Onnx {
    fn run(&self, batch: &[&Tokens]) -> Result<Vec<Outputs>, BackendError> {
        self.graph.batches(batch, |batch| self.padded(batch))
    }
}

impl OnnxStates {
    /// Loads a graph and computes these outputs, in this order.
    ///
    /// # Errors
    /// [`BackendError::Load`] if the bytes are not such a graph, or it lacks one of the outputs.
    pub fn with_outputs(bytes: Cow<'static, [u8]>, names: &[&str]) -> Result<Self, BackendError> {
        let model = model(bytes)?;
        let states = node(&model, "states")?;
        let shape = model.node_info(states).and_then(|info| info.shape()).unwrap_or_default();
        let width = match shape.as_slice() {
            [_, _, Dimension::Fixed(width)] if *width > 0 => *width,
            _ => return Err(BackendError::Load("the input states is not [batch, tokens, width]".into())),
        };
        Ok(Self { graph: Graph::new(model, states, names)?, states, width })
    }

    /// Runs one sequence at a time: the sums of a float graph depend on how many rows are
    /// multiplied at once.
    pub fn one_by_one(mut self) -> Self {
        self.graph.one_by_one = true;
        self
    }

    fn padded(&self, batch: &[&States]) -> Result<Vec<Outputs>, BackendError> {
        let (width, size) = (widest(batch)?, self.width);
        let mut values = Vec::with_capacity(batch.len() * width * size);
        for (row, states) in batch.iter().enumerate() {
            states.values().for_each(|part| values.extend_from_slice(part));
            let read = values.len() - row * width * size;
            if read != states.tokens() * size {
                return Err(BackendError::Shape(format!("states that are not {size} wide")));
            }
            values.resize((row + 1) * width * size, 0.0);
        }
        let states = NdTensor::from_data([batch.len(), width, size], values);
        self.graph.run(batch, vec![(self.states, states.into())])
    }
}

impl Backend<States> for OnnxStates {
    fn run(&self, batch: &[&States]) -> Result<Vec<Outputs>, BackendError> {
        self.graph.batches(batch, |batch| self.padded(batch))
    }
}

impl Graph {
    /// `tokens` is an input whose second axis is the tokens.
    fn new(model: Model, tokens: NodeId, names: &[&str]) -> Result<Self, BackendError> {
        let attention_mask = node(&model, "attention_mask")?;
        let outputs = match names {
            [] => vec![logits(&model)?],
            names => names.iter().map(|name| output(&model, name)).collect::<Result<_, _>>()?,
        };
        let (names, axes) = described(&model, tokens, &outputs);
        Ok(Self { model, attention_mask, outputs, names, axes, one_by_one: false })
    }

    /// Runs a batch as a whole, or each of its sequences alone.
    fn batches<I>(
        &self,
        batch: &[&I],
        run: impl Fn(&[&I]) -> Result<Vec<Outputs>, BackendError>,
    ) -> Result<Vec<Outputs>, BackendError> {
        if !self.one_by_one {
            return run(batch);
        }
        let alone = batch.iter().map(|sequence| run(&[sequence]));
        Ok(alone.collect::<Result<Vec<_>, _>>()?.concat())
    }

    fn run<I: Sequence>(
        &self,
        batch: &[&I],
        mut inputs: Vec<(NodeId, ValueOrView<'_>)>,
    ) -> Result<Vec<Outputs>, BackendError> {
        let width = widest(batch)?;
        let mask = NdTensor::from_fn([batch.len(), width], |[row, at]| i32::from(at < batch[row].tokens()));
        inputs.push((self.attention_mask, mask.into()));
        let options = RunOptions::default().with_thread_pool(Some(POOL.with(Arc::clone)));
        let computed = self
            .model
            .run(inputs, &self.outputs, Some(options))
            .map_err(|e| BackendError::Run(e.to_string()))?;
        let mut rows: Vec<Vec<_>> = batch.iter().map(|_| Vec::with_capacity(computed.len())).collect();
        for (value, axis) in computed.into_iter().zip(&self.axes) {
            let value = value
                .into_tensor::<f32>()
                .ok_or_else(|| BackendError::Run("an output is not an f32 tensor".into()))?;
            let shape = value.shape().to_vec();
            // With two axes, the second one is the labels.
            let axis = if shape.len() < 3 { Axis::Other } else { *axis };
            let tensors = unpadded(batch, axis, &shape, &value.into_data())?;
            rows.iter_mut().zip(tensors).for_each(|(row, tensor)| row.push(tensor));
        }
        rows.into_iter().map(|tensors| Outputs::new(Arc::clone(&self.names), tensors)).collect()
    }
}

/// The number of tokens of the longest sequence.
fn widest<I: Sequence>(batch: &[&I]) -> Result<usize, BackendError> {
    let widest = batch.iter().map(|sequence| sequence.tokens()).max().filter(|&width| width > 0);
    widest.ok_or_else(|| BackendError::Run("there is no token in the batch".into()))
}

fn model(bytes: Cow<'static, [u8]>) -> Result<Model, BackendError> {
    let mut options = ModelOptions::with_all_ops();
    options.prepack_weights(true);
    let model = match bytes {
        Cow::Borrowed(bytes) => options.load_static_slice(bytes),
        Cow::Owned(bytes) => options.load(bytes),
    };
    model.map_err(|e| BackendError::Load(e.to_string()))
}

fn node(model: &Model, name: &str) -> Result<NodeId, BackendError> {
    model.node_id(name).map_err(|e| BackendError::Load(e.to_string()))
}

fn logits(model: &Model) -> Result<NodeId, BackendError> {
    let first = || model.output_ids().first().copied();
    let named = output(model, LOGITS).ok();
    named.or_else(first).ok_or_else(|| BackendError::Load("the graph has no output".into()))
}

fn output(model: &Model, name: &str) -> Result<NodeId, BackendError> {
    let found = model.find_node(name).filter(|node| model.output_ids().contains(node));
    found.ok_or_else(|| BackendError::Load(format!("the graph has no output {name:?}")))
}

/// The name of each output, and what its second axis is: the tokens, if the graph gives it the same
/// name as that of the input `tokens`. Logits with three axes are always per token.
fn described(model: &Model, tokens: NodeId, outputs: &[NodeId]) -> (Arc<[String]>, Vec<Axis>) {
    let second = |node: NodeId| match model.node_info(node)?.shape()?.into_iter().nth(1)? {
        Dimension::Symbolic(name) => Some(name),
        Dimension::Fixed(_) => None,
    };
    let tokens = second(tokens);
    let one = outputs.len() == 1;
    let describe = |&node: &NodeId| {
        let name = model.node_info(node).and_then(|info| info.name().map(str::to_owned));
        let name = name.unwrap_or_else(|| LOGITS.to_owned());
        let by_token = one || name == LOGITS || tokens.is_some() && second(node) == tokens;
        (name, if by_token { Axis::Tokens } else { Axis::Other })
    };
    let (names, axes): (Vec<String>, Vec<Axis>) = outputs.iter().map(describe).unzip();
    (names.into(), axes)
}
