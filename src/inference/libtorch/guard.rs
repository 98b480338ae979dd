//! Turns panics of `tch` and `rust-bert` into errors: they panic where libtorch reports an error,
//! for example on a token id outside the vocabulary.

use crate::isolation::isolated;

/// Runs `work`; if it panics, returns the first line of libtorch's message as an error.
pub fn guarded<T>(run: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    isolated(run).unwrap_or_else(|message| Err(format!("libtorch refused: {}", first_line(&message))))
}

/// The readable part of
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
    fn an_error_of_libtorch_is_one_line() {
        let torch = "called `Result::unwrap()` on an `Err` value: \
            Torch(\"index out of range in self\\nException raised from f\\nframe #0\")";
        assert_eq!(first_line(torch), "index out of range in self");
        assert_eq!(first_line("Hidden size not a multiple\nof heads"), "Hidden size not a multiple");
        let refused: Result<(), String> = guarded(|| panic!("too {}", "large"));
        assert_eq!(refused, Err("libtorch refused: too large".into()));
    }
}
