//! Lines on standard error.

use std::fmt::Arguments;
use std::io::{self, Write};

/// Writes a line to standard error; ignores write errors.
pub fn tell(line: Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{line}");
}
