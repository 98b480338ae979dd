//! The built-in model files, so that an installed program needs no folder.

/// `(path below models/, bytes)` of each built-in file.
#[cfg(feature = "bundled-models")]
static FILES: &[(&str, &[u8])] = &[
    ("models.lock", include_bytes!("../../../models/models.lock")),
    ("models.toml", include_bytes!("../../../models/models.toml")),
    ("ner/config.json", include_bytes!("../../../models/ner/config.json")),
    ("ner/model.onnx", include_bytes!("../../../models/ner/model.onnx")),
    ("ner/tokenizer.json", include_bytes!("../../../models/ner/tokenizer.json")),
    ("topics/config.json", include_bytes!("../../../models/topics/config.json")),
    ("topics/lower.onnx", include_bytes!("../../../models/topics/lower.onnx")),
    ("topics/sieve.safetensors", include_bytes!("../../../models/topics/sieve.safetensors")),
    ("topics/tokenizer.json", include_bytes!("../../../models/topics/tokenizer.json")),
    ("topics/upper.onnx", include_bytes!("../../../models/topics/upper.onnx")),
];

/// A build without built-in models.
#[cfg(not(feature = "bundled-models"))]
static FILES: &[(&str, &[u8])] = &[];

/// The bytes of a built-in file, by its path below `models/`.
pub fn file(below: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|(name, _)| *name == below).map(|(_, bytes)| *bytes)
}
