//! Paths within a source: relative to its root, with `/`, and never above it.

/// The folder of a file; empty for the root.
pub(super) fn folder(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The path that `target`, written in a file of `folder`, means; a leading `/` means the root. None where it leads out.
pub(super) fn join(folder: &str, target: &str) -> Option<String> {
    let (start, target) = match target.strip_prefix('/') {
        Some(rest) => ("", rest),
        None => (folder, target),
    };
    let mut parts: Vec<&str> = start.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Whether a path is a pattern.
pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '[', '{'])
}

/// A path without a leading `./` or `/`.
pub(super) fn clean(path: &str) -> &str {
    path.trim_start_matches("./").trim_matches('/')
}

#[cfg(test)]
mod tests {
    use super::{folder, join};

    #[test]
    fn targets_are_relative_to_the_file_and_never_leave_the_root() {
        let cases = [
            ("", "./openapi.yaml", Some("openapi.yaml")),
            ("a/b", "../c.yaml", Some("a/c.yaml")),
            ("a/b", "/c.yaml", Some("c.yaml")),
            ("a", "x//./y", Some("a/x/y")),
            ("a", "../../x", None),
            ("", "../x", None),
        ];
        for (from, target, wanted) in cases {
            assert_eq!(join(from, target).as_deref(), wanted, "{target} in {from:?}");
        }
        assert_eq!(folder("a/b.yaml"), "a");
        assert_eq!(folder("b.yaml"), "");
    }
}
