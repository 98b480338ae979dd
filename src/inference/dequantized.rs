//! The f32 graph of an int8 graph that `training/export.py` wrote: each weight is multiplied by its
//! scale.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use rten_onnx::onnx::{DataType, GraphProto, ModelProto, NodeProto, TensorProto};

use super::error::BackendError;

/// The exporter's prefix of the names of the model's own parameters.
const PREFIX: &str = "model.";

/// Nodes that quantize the rows of a tensor to int8, by the suffix of their outputs' names.
const ROWS: [&str; 9] = ["abs", "max", "floor", "scale", "inv", "ratio", "level", "shifted", "u8"];

/// An f32 parameter, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its shape.
    pub shape: Vec<i64>,
    /// Its values; their number is the product of the shape.
    pub values: Vec<f32>,
}

/// An int8 graph in f32.
pub struct Dequantized(ModelProto);

impl Dequantized {
    /// Reads an ONNX file.
    ///
    /// # Errors
    /// [`BackendError::Load`] if the bytes are not an ONNX graph, or have no int8 layers as
    /// `training/export.py` writes them.
    pub fn new(onnx: &[u8]) -> Result<Self, BackendError> {
        let mut model =
            ModelProto::parse_buf(onnx).map_err(|e| BackendError::Load(format!("not an ONNX file: {e}")))?;
        let graph =
            model.graph.as_mut().ok_or_else(|| BackendError::Load("the file contains no graph".into()))?;
        if !rewrite(graph).map_err(BackendError::Load)? {
            let reason = "the graph has no int8 layers as training/export.py writes them";
            return Err(BackendError::Load(reason.into()));
        }
        Ok(Self(model))
    }

    /// The graph as an ONNX file.
    ///
    /// # Errors
    /// [`BackendError::Load`] if it can't be written, for example because it is larger than the
    /// format allows.
    pub fn to_onnx(&self) -> Result<Vec<u8>, BackendError> {
        self.0.write_buf().map_err(|e| BackendError::Load(format!("the f32 graph can't be written: {e}")))
    }

    /// The model's parameters under their names before the export, the weights of linear layers as
    /// `[out, in]`. A table of relative positions is added as `bias`: `[1, heads, length, length]`,
    /// or `[distances, heads]`.
    ///
    /// # Errors
    /// [`BackendError::Load`] if the number of bytes of a parameter does not fit its shape.
    pub fn parameters(&self) -> Result<BTreeMap<String, Parameter>, BackendError> {
        let Some(graph) = &self.0.graph else { return Ok(BTreeMap::new()) };
        let products = graph.node.iter().filter(|n| is(n, "MatMul")).filter_map(|n| n.input.get(1));
        let turned: HashSet<&str> = products.map(String::as_str).collect();
        let named = graph.initializer.iter().filter_map(|tensor| {
            let name = tensor.name.as_deref()?;
            let own = name.strip_prefix(PREFIX).or((name == "bias").then_some(name))?;
            Some((own, turned.contains(name), tensor))
        });
        let read = |(own, turned, tensor): (&str, bool, &TensorProto)| {
            let parameter = Parameter { shape: tensor.dims.clone(), values: floats(tensor)? };
            Ok((own.to_owned(), if turned { parameter.transposed() } else { parameter }))
        };
        named.map(read).collect::<Result<_, String>>().map_err(BackendError::Load)
    }
}

impl Parameter {
    fn transposed(self) -> Self {
        let &[rows, columns] = self.shape.as_slice() else { return self };
        let values = (0..columns)
            .flat_map(|c| (0..rows).map(move |r| (r * columns + c) as usize))
            .map(|i| self.values[i]);
        Self { shape: vec![columns, rows], values: values.collect() }
    }
}

/// Replaces each int8 product or table look-up by a float one; returns whether there was any.
fn rewrite(graph: &mut GraphProto) -> Result<bool, String> {
    let held: HashMap<String, TensorProto> =
        graph.initializer.drain(..).filter_map(|t| Some((t.name.clone()?, t))).collect();
    let names = parameter_names(&graph.node);
    let positions = held.keys().find(|name| name.ends_with("position_embeddings.weight"));
    let words = positions.map(|name| name.replace("position_embeddings", "word_embeddings"));
    let (mut made, mut gone) = (Vec::new(), HashSet::new());
    let mut nodes = Vec::new();
    for node in &graph.node {
        let output = node.output.first().map_or("", String::as_str);
        let layer = output.strip_suffix("_i32").filter(|_| is(node, "MatMulInteger"));
        let table = output.strip_suffix("_i8").filter(|_| is(node, "Gather"));
        let Some(out) = layer.or(table) else { continue };
        let size =
            |end: &str| held.get(&format!("{out}_{end}")).ok_or(format!("the graph lacks {out}_{end}"));
        let weight = match table {
            Some(_) => words.clone().ok_or("no table of positions names that of the words")?,
            None => names.get(out).cloned().ok_or(format!("no bias names the layer {out}"))?,
        };
        made.push(scaled(size("w")?, size("ws")?, weight.clone())?);
        let first = node.input.first().map_or("", String::as_str);
        let (op, input) = match first.strip_suffix("_u8") {
            Some(rows) => {
                gone.extend(ROWS.iter().map(|end| format!("{rows}_{end}")));
                ("MatMul", vec![rows.to_owned(), weight])
            }
            None => ("Gather", vec![weight, node.input.get(1).cloned().unwrap_or_default()]),
        };
        gone.extend(["i32", "f32", "row", "i8", "scale"].map(|end| format!("{out}_{end}")));
        gone.insert(out.to_owned());
        nodes.push((output.to_owned(), float_node(op, input, out)));
    }
    let found = !made.is_empty();
    let mut nodes: HashMap<String, NodeProto> = nodes.into_iter().collect();
    let old = std::mem::take(&mut graph.node);
    graph.node = old
        .into_iter()
        .filter_map(|node| match node.output.first() {
            Some(output) if nodes.contains_key(output) => nodes.remove(output),
            Some(output) if gone.contains(output) => None,
            _ => Some(node),
        })
        .collect();
    let used: HashSet<&String> = graph.node.iter().flat_map(|n| &n.input).collect();
    let mut kept: Vec<TensorProto> = held.into_values().collect();
    kept.sort_by(|a, b| a.name.cmp(&b.name));
    graph.initializer =
        kept.into_iter().chain(made).filter(|t| t.name.as_ref().is_some_and(|n| used.contains(n))).collect();
    // Remove shapes and types of the int8 graph, which would contradict the new nodes.
    graph.value_info.clear();
    Ok(found)
}

/// The name of each layer's weight, by the layer's output. It is derived from the bias that is
/// added to the output.
fn parameter_names(nodes: &[NodeProto]) -> HashMap<String, String> {
    let adds = nodes.iter().filter(|n| is(n, "Add"));
    let pairs = adds.filter_map(|n| match n.input.as_slice() {
        [a, b] if a.starts_with(PREFIX) => Some((b, a)),
        [a, b] if b.starts_with(PREFIX) => Some((a, b)),
        _ => None,
    });
    pairs
        .filter_map(|(out, bias)| Some((out.clone(), format!("{}weight", bias.strip_suffix("bias")?))))
        .collect()
}

fn is(node: &NodeProto, op: &str) -> bool {
    node.op_type.as_deref() == Some(op)
}

fn float_node(op: &str, input: Vec<String>, output: &str) -> NodeProto {
    NodeProto {
        name: Some(output.to_owned()),
        op_type: Some(op.to_owned()),
        input,
        output: vec![output.to_owned()],
        ..NodeProto::default()
    }
}

/// An int8 matrix multiplied by its scales: one per column (`[columns]`) or one per row (`[rows,
/// 1]`).
fn scaled(matrix: &TensorProto, scales: &TensorProto, name: String) -> Result<TensorProto, String> {
    let &[rows, columns] = matrix.dims.as_slice() else { return Err(format!("{name} is not a matrix")) };
    let bytes = matrix.raw_data.as_ref().map(RefCell::borrow).ok_or(format!("{name} has no data"))?;
    let scales_of = floats(scales)?;
    let (rows, columns) = (usize::try_from(rows).unwrap_or(0), usize::try_from(columns).unwrap_or(0));
    let by_row = scales.dims.len() == 2;
    if bytes.len() != rows * columns || scales_of.len() != if by_row { rows } else { columns } || columns == 0
    {
        return Err(format!("{name}: bytes, shape and scales do not fit together"));
    }
    let value = |(i, &byte): (usize, &u8)| {
        f32::from(byte.cast_signed()) * scales_of[if by_row { i / columns } else { i % columns }]
    };
    let data: Vec<u8> = bytes.iter().enumerate().map(value).flat_map(f32::to_le_bytes).collect();
    Ok(TensorProto {
        dims: matrix.dims.clone(),
        data_type: Some(DataType::FLOAT),
        raw_data: Some(RefCell::new(data)),
        name: Some(name),
        ..TensorProto::default()
    })
}

fn floats(tensor: &TensorProto) -> Result<Vec<f32>, String> {
    let name = tensor.name.as_deref().unwrap_or("a tensor");
    if tensor.data_type != Some(DataType::FLOAT) {
        return Err(format!("{name} is not f32"));
    }
    let values: Vec<f32> = match &tensor.raw_data {
        Some(raw) => {
            raw.borrow().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
        }
        None => tensor.float_data.clone(),
    };
    match tensor.dims.iter().product::<i64>() == values.len() as i64 {
        true => Ok(values),
        false => Err(format!("{name}: {} values do not fill the shape {:?}", values.len(), tensor.dims)),
    }
}
