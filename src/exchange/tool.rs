//! The annotation tools.

/// An annotation tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// <https://labelstud.io>
    LabelStudio,
    /// <https://doccano.github.io/doccano>
    Doccano,
    /// <https://prodi.gy>
    Prodigy,
    /// <https://argilla.io>
    Argilla,
}

impl Tool {
    /// The name that reviews made in the tool carry in `from`.
    pub fn name(self) -> &'static str {
        match self {
            Self::LabelStudio => "label-studio",
            Self::Doccano => "doccano",
            Self::Prodigy => "prodigy",
            Self::Argilla => "argilla",
        }
    }
}
