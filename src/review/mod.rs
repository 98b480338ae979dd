//! Corrections by a reviewer: the page to make them on, their files, and how they get into the
//! records.

mod apply;
mod correction;
mod corrections;
mod error;
mod log;
pub mod page;
mod valid;

pub use apply::{Applied, apply};
pub use correction::{Correction, Placed, Refusal, Unread};
pub use corrections::corrections;
pub use error::ApplyError;
