//! Events of a pull.

/// An event of a pull.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransferEvent<'e> {
    /// Progress of a file.
    Progress {
        /// The file's name in the model.
        file: &'e str,
        /// Bytes received, including those of earlier attempts.
        done: u64,
        /// Bytes of the whole file.
        total: u64,
    },
    /// Another program is downloading the file; this one waits for it.
    Waiting {
        /// The file's name in the model.
        file: &'e str,
    },
    /// A request failed and is repeated.
    Retrying {
        /// The file's name in the model, or the list of its files.
        what: &'e str,
        /// Why it failed.
        reason: &'e str,
    },
}

/// Receives the events of a pull.
pub type TransferObserver<'o> = &'o dyn Fn(TransferEvent<'_>);
