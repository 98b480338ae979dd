//! Catches a panic while one document is processed, so that it does not affect other documents.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;

/// Runs `work`; if it panics, returns the panic's message as an error.
///
/// State that `work` may have left inconsistent must not be used after a panic: callers give up the
/// document that it belongs to.
pub fn isolated<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| message(panic.as_ref()))
}

/// The message of a panic while one document was processed.
pub struct Panicked(pub String);

/// Runs `work` on rayon's threads for each document that has not failed yet. A panic becomes the
/// error of its document.
pub fn each<T: Send, U: Send, E: From<Panicked> + Send>(
    documents: Vec<Result<T, E>>,
    work: impl Fn(T) -> Result<U, E> + Sync,
) -> Vec<Result<U, E>> {
    let one = |document: Result<T, E>| {
        let document = document?;
        isolated(|| work(document)).map_err(Panicked)?
    };
    documents.into_par_iter().map(one).collect()
}

/// Lets tests force a panic in a given stage, for documents whose text asks for it.
#[cfg(test)]
pub fn fail_point<T: AsRef<str>>(step: &str, text: impl FnOnce() -> T) {
    assert!(!text().as_ref().contains(&format!("panic in {step}")), "planted in {step}");
}

/// Does nothing outside tests.
#[cfg(not(test))]
#[inline]
pub fn fail_point<T: AsRef<str>>(_: &str, _: impl FnOnce() -> T) {}

/// The text of a panic's payload.
fn message(panic: &(dyn Any + Send)) -> String {
    let formatted = panic.downcast_ref::<String>().map(String::as_str);
    let literal = || panic.downcast_ref::<&str>().copied();
    formatted.or_else(literal).unwrap_or("it has no message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_caught_with_its_message() {
        assert_eq!(isolated(|| 1), Ok(1));
        assert_eq!(isolated(|| panic!("literal")), Err::<(), _>("literal".into()));
        assert_eq!(isolated(|| panic!("number {}", 3)), Err::<(), _>("number 3".into()));
        let other = isolated(|| std::panic::panic_any(7));
        assert_eq!(other, Err::<(), _>("it has no message".into()));
    }
}
