//! What can run a model, and the kind of weights that it reads.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What runs a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackendName {
    /// ONNX graphs on the processor; in every build.
    #[serde(alias = "embedded")]
    Onnx,
    /// libtorch: safetensors, also on a GPU; in a build with the feature `rust-bert`.
    #[serde(alias = "rust-bert")]
    Libtorch,
}

impl BackendName {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Onnx, Self::Libtorch];

    /// The backend that a build prefers where none is asked for.
    pub fn preferred() -> Self {
        if cfg!(feature = "rust-bert") { Self::Libtorch } else { Self::Onnx }
    }

    /// This one and the others of `all`, this one first.
    pub fn first_of(self, all: &[Self]) -> Vec<Self> {
        std::iter::once(self).chain(all.iter().copied().filter(|backend| *backend != self)).collect()
    }

    /// The end of the names of the files of weights that it reads.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Onnx => ".onnx",
            Self::Libtorch => ".safetensors",
        }
    }

    /// The backend that reads a file of weights.
    pub fn of_file(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|backend| name.ends_with(backend.extension()))
    }
}

impl Display for BackendName {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Onnx => "onnx",
            Self::Libtorch => "libtorch",
        })
    }
}

/// A word that names no backend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not one of onnx, libtorch")]
pub struct UnknownBackend;

impl FromStr for BackendName {
    type Err = UnknownBackend;

    /// Takes the names of earlier versions too: `embedded` and `rust-bert`.
    fn from_str(name: &str) -> Result<Self, UnknownBackend> {
        match name {
            "onnx" | "embedded" => Ok(Self::Onnx),
            "libtorch" | "rust-bert" => Ok(Self::Libtorch),
            _ => Err(UnknownBackend),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earlier_names_are_read_and_the_present_ones_written() {
        for (old, new) in [("embedded", "onnx"), ("rust-bert", "libtorch")] {
            for name in [old, new] {
                let by_serde = serde_json::from_value::<BackendName>(name.into());
                for backend in [name.parse::<BackendName>().ok(), by_serde.ok()] {
                    assert_eq!(backend.map(|backend| backend.to_string()).as_deref(), Some(new));
                }
            }
        }
        assert_eq!("rten".parse::<BackendName>(), Err(UnknownBackend));
    }
}
