//! Rules for rendered paths and links.
//!
//! Invariant: an accepted path is relative, not empty, and made of plain names; an accepted link leads to a place inside of the
//! tree, whatever other links of the tree it goes through.

/// What a rendered path is good for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Write it here.
    Accepted(String),
    /// A condition in it does not hold.
    Empty,
    /// It must not be written.
    Refused(&'static str),
}

/// Judges a rendered path; that of a folder ends in a slash.
pub(super) fn judge(rendered: &str, is_folder: bool) -> Verdict {
    let path = if is_folder { rendered.strip_suffix('/').unwrap_or(rendered) } else { rendered };
    if path.is_empty() || path.starts_with('/') || path.contains("//") || path.ends_with('/') {
        return Verdict::Empty;
    }
    let mut names = Vec::new();
    for name in path.split('/') {
        match name {
            "." => {}
            ".." => return Verdict::Refused("leads out of the folder"),
            _ if name.contains('\0') => return Verdict::Refused("contains a zero byte"),
            _ if name.eq_ignore_ascii_case(".git") => return Verdict::Refused("is part of a repository's own data"),
            _ => names.push(name),
        }
    }
    if names.is_empty() { Verdict::Empty } else { Verdict::Accepted(names.join("/")) }
}

/// Whether a link at `path` to `target` stays inside. Going up is allowed at the start of a target only: behind a name, which
/// may be a link itself, `..` can lead anywhere.
pub(super) fn stays_inside(path: &str, target: &str) -> bool {
    if target.is_empty() || target.starts_with('/') || target.contains('\0') {
        return false;
    }
    let depth = path.matches('/').count();
    let names: Vec<&str> = target.split('/').filter(|name| !name.is_empty() && *name != ".").collect();
    let up = names.iter().take_while(|name| **name == "..").count();
    up <= depth && !names[up..].contains(&"..") && !names.iter().any(|name| name.eq_ignore_ascii_case(".git"))
}
