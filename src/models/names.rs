//! Names that become parts of addresses and paths: repositories, commits, files.

/// Whether this is the name of a repository on the Hub: `ORG/NAME`, or `NAME` for a few old ones.
pub fn is_repo(name: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['.', '-'])
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    name.split('/').count() <= 2 && name.split('/').all(is_part)
}

/// Whether this is a whole commit, and so says which bytes are meant.
pub fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether a name leads to a file below a folder, and nowhere else, on any system.
pub fn is_below(name: &str) -> bool {
    let is_part = |part: &str| {
        let drive = matches!(part.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
        !matches!(part, "" | "." | "..") && !drive && !part.contains(|c: char| c == '\\' || c.is_control())
    };
    name.split('/').all(is_part)
}
