//! A panic in one document's work, caught, so that it takes no other document along.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;

/// Runs `work`; if it panics, gives the panic's message.
///
/// What `work` may have left half changed must not be used after a panic: callers give up the
/// document that it belongs to.
pub fn isolated<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| message(panic.as_ref()))
}

/// The message of a panic in one document's work.
pub struct Panicked(pub String);

/// Does `work` for each document that has not failed yet, on rayon's threads. A panic is an error of
/// its document.
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

/// Where tests plant a panic: in a step of a document whose text asks for it.
#[cfg(test)]
pub fn fail_point(step: &str, text: &str) {
    assert!(!text.contains(&format!("panic in {step}")), "planted in {step}");
}

/// Nothing outside tests.
#[cfg(not(test))]
#[inline]
pub fn fail_point(_: &str, _: &str) {}

/// The text that a panic carries.
fn message(panic: &(dyn Any + Send)) -> String {
    let formatted = panic.downcast_ref::<String>().map(String::as_str);
    let literal = || panic.downcast_ref::<&str>().copied();
    formatted.or_else(literal).unwrap_or("it carries no message").to_owned()
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
        assert_eq!(other, Err::<(), _>("it carries no message".into()));
    }
}
