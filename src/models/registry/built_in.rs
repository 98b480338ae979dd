//! The model files in the program itself, so that an installed binary needs no folder.

/// `(path below models/, bytes)` of each built-in file.
#[cfg(feature = "bundled-models")]
static FILES: &[(&str, &[u8])] = &[
    ("models.lock", include_bytes!("../../../models/models.lock")),
    ("models.toml", include_bytes!("../../../models/models.toml")),
    ("ner/config.json", include_bytes!("../../../models/ner/config.json")),
    ("ner/model.onnx", include_bytes!("../../../models/ner/model.onnx")),
    ("ner/tokenizer.json", include_bytes!("../../../models/ner/tokenizer.json")),
    ("nli/config.json", include_bytes!("../../../models/nli/config.json")),
    ("nli/model.onnx", include_bytes!("../../../models/nli/model.onnx")),
    ("nli/tokenizer.json", include_bytes!("../../../models/nli/tokenizer.json")),
];

/// A build without built-in models.
#[cfg(not(feature = "bundled-models"))]
static FILES: &[(&str, &[u8])] = &[];

/// The bytes of a built-in file, by its path below `models/`.
pub fn file(below: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|(name, _)| *name == below).map(|(_, bytes)| *bytes)
}
