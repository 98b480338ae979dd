//! Small ONNX graphs with the outputs that a test needs.

use std::cell::RefCell;

use rten_onnx::onnx::{
    AttributeProto, DataType, Dimension, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    TensorShapeProto, TypeProto, TypeProtoTensor, ValueInfoProto,
};

pub fn tensor(name: &str, dims: &[i64], data_type: DataType, raw: Vec<u8>) -> TensorProto {
    TensorProto {
        dims: dims.to_vec(),
        data_type: Some(data_type),
        raw_data: Some(RefCell::new(raw)),
        name: Some(name.into()),
        ..TensorProto::default()
    }
}

/// A row of `width` values for each token.
pub fn table(values: &[f32], width: usize) -> TensorProto {
    let raw = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    tensor("table", &[(values.len() / width) as i64, width as i64], DataType::FLOAT, raw)
}

pub fn node(op: &str, input: &[&str], output: &str, attribute: Vec<AttributeProto>) -> NodeProto {
    NodeProto {
        op_type: Some(op.into()),
        name: Some(output.into()),
        input: input.iter().map(|i| (*i).to_owned()).collect(),
        output: vec![output.into()],
        attribute,
        ..NodeProto::default()
    }
}

/// A model from `input_ids` and `attention_mask` to `logits` of these dimensions.
pub fn graph(node: Vec<NodeProto>, initializer: Vec<TensorProto>, logits: &[&str]) -> Vec<u8> {
    let input = ["input_ids", "attention_mask"];
    let graph = GraphProto {
        node,
        initializer,
        input: input.map(|name| value(name, DataType::INT64, &["batch", "tokens"])).into(),
        output: vec![value("logits", DataType::FLOAT, logits)],
        value_info: vec![],
    };
    let opset = OperatorSetIdProto { domain: Some(String::new()), version: Some(17) };
    let model = ModelProto {
        ir_version: Some(8),
        graph: Some(graph),
        opset_import: vec![opset],
        ..ModelProto::default()
    };
    model.write_buf().expect("a small graph")
}

fn value(name: &str, elements: DataType, dims: &[&str]) -> ValueInfoProto {
    let dimension = |name: &&str| Dimension { dim_value: None, dim_param: Some((*name).into()) };
    let shape = TensorShapeProto { dim: dims.iter().map(dimension).collect() };
    let tensor_type = TypeProtoTensor { elem_type: Some(elements), shape: Some(shape) };
    let tensor_type = TypeProto { tensor_type: Some(tensor_type), ..TypeProto::default() };
    ValueInfoProto { name: Some(name.into()), r#type: Some(tensor_type) }
}
