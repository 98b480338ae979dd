//! Panics of `tch` and `rust-bert` as errors: they panic where libtorch refuses, as on an id beyond the table.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs what may panic; the error is the first line of what libtorch says.
pub fn guarded<T>(run: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = take_hook();
        // The panic is told as an error; libtorch's stack of calls would hide that.
        set_hook(Box::new(move |panic| {
            if !GUARDED.get() {
                usual(panic)
            }
        }));
    });
    let outer = GUARDED.replace(true);
    let done = catch_unwind(AssertUnwindSafe(run));
    GUARDED.set(outer);
    done.unwrap_or_else(|panic| {
        let told = panic.downcast_ref::<String>().map(String::as_str);
        let told = told.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked");
        Err(format!("libtorch refused: {}", first_line(told)))
    })
}

/// Of `called … on an Err value: Torch("index out of range\nException raised from …")` what a person can use.
fn first_line(told: &str) -> &str {
    let told = told.split_once("Torch(\"").map_or(told, |(_, behind)| behind);
    told.split("\\n").next().and_then(|line| line.lines().next()).unwrap_or(told).trim_end_matches("\")")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_one_line() {
        let torch = "called `Result::unwrap()` on an `Err` value: Torch(\"index out of range in self\\nException raised from f\\nframe #0\")";
        assert_eq!(first_line(torch), "index out of range in self");
        assert_eq!(first_line("Hidden size not a multiple\nof heads"), "Hidden size not a multiple");
        let refused: Result<(), String> = guarded(|| panic!("too {}", "large"));
        assert_eq!(refused, Err("libtorch refused: too large".into()));
    }
}
