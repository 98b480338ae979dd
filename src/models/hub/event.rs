//! What a pull tells while it works.

/// What a pull tells while it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransferEvent<'e> {
    /// So much of a file is here.
    Progress {
        /// The file's name in the model.
        file: &'e str,
        /// Bytes that are here, those of earlier tries included.
        done: u64,
        /// Bytes of the whole file.
        total: u64,
    },
    /// Another program is fetching a file, and is waited for.
    Waiting {
        /// The file's name in the model.
        file: &'e str,
    },
    /// A request came to nothing and is made again.
    Retrying {
        /// The file's name in the model, or the list of its files.
        what: &'e str,
        /// Why it came to nothing.
        reason: &'e str,
    },
}

/// Whoever wants to know how a pull goes.
pub type TransferObserver<'o> = &'o dyn Fn(TransferEvent<'_>);
