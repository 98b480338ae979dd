//! Panics of `tch` and `rust-bert` as errors: they panic where libtorch refuses, as on an id beyond
//! the table.

use crate::isolation::isolated;

/// Runs what may panic; the error is the first line of what libtorch says.
pub fn guarded<T>(run: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    isolated(run).unwrap_or_else(|message| Err(format!("libtorch refused: {}", first_line(&message))))
}

/// The part that a person can use of
/// `called … on an Err value: Torch("index out of range\nException raised from …")`.
fn first_line(message: &str) -> &str {
    let message = message.split_once("Torch(\"").map_or(message, |(_, behind)| behind);
    let line = message.split("\\n").next().and_then(|line| line.lines().next());
    line.unwrap_or(message).trim_end_matches("\")")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_one_line() {
        let torch = "called `Result::unwrap()` on an `Err` value: \
            Torch(\"index out of range in self\\nException raised from f\\nframe #0\")";
        assert_eq!(first_line(torch), "index out of range in self");
        assert_eq!(first_line("Hidden size not a multiple\nof heads"), "Hidden size not a multiple");
        let refused: Result<(), String> = guarded(|| panic!("too {}", "large"));
        assert_eq!(refused, Err("libtorch refused: too large".into()));
    }
}
