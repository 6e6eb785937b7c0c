//! The patterns of branch, tag and path filters.
//!
//! `*` matches within a segment, `**` across, `?` and `+` repeat what is before them, `[…]` is a set of characters, `\` takes the next
//! character as it is; `!` at the beginning takes back. Source: "Filter pattern cheat sheet" in GitHub's workflow syntax.

use regex::Regex;

/// One pattern.
#[derive(Debug, Clone)]
struct Pattern {
    takes_back: bool,
    regex: Regex,
}

/// Patterns in order: the last one that matches decides.
#[derive(Debug, Clone)]
pub(crate) struct Patterns {
    patterns: Vec<Pattern>,
}

impl Patterns {
    /// Reads patterns; one that is no pattern matches nothing.
    pub(crate) fn new(patterns: &[String]) -> Self {
        let patterns = patterns.iter().filter_map(|text| {
            let (takes_back, glob) = text.strip_prefix('!').map_or((false, text.as_str()), |rest| (true, rest));
            Some(Pattern { takes_back, regex: Regex::new(&translate(glob)).ok()? })
        });
        Self { patterns: patterns.collect() }
    }

    /// Whether the last pattern that matches `name` does not take it back.
    pub(crate) fn select(&self, name: &str) -> bool {
        self.patterns
            .iter()
            .rev()
            .find(|pattern| pattern.regex.is_match(name))
            .is_some_and(|pattern| !pattern.takes_back)
    }

    /// Whether any pattern matches `name`.
    pub(crate) fn any(&self, name: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.regex.is_match(name))
    }
}

fn translate(glob: &str) -> String {
    let mut regex = String::from("^");
    let mut rest = glob;
    while let Some(c) = rest.chars().next() {
        let mut length = c.len_utf8();
        match c {
            '*' if rest.starts_with("**/") => {
                regex.push_str("(?:.*/)?");
                length = 3;
            }
            '*' if rest.starts_with("**") => {
                regex.push_str(".*");
                length = 2;
            }
            '*' => regex.push_str("[^/]*"),
            '?' | '+' => regex.push(c),
            '[' => match rest.find(']') {
                Some(end) => {
                    regex.push_str(&rest[..=end]);
                    length = end + 1;
                }
                None => regex.push_str("\\["),
            },
            '\\' => {
                let next = rest[1..].chars().next();
                regex.extend(next.map(|next| regex::escape(&next.to_string())));
                length += next.map_or(0, char::len_utf8);
            }
            other => regex.push_str(&regex::escape(&other.to_string())),
        }
        rest = &rest[length..];
    }
    regex.push('$');
    regex
}

#[cfg(test)]
mod tests {
    use super::Patterns;

    fn matches(pattern: &str, name: &str) -> bool {
        Patterns::new(&[pattern.to_owned()]).select(name)
    }

    #[test]
    fn follows_the_cheat_sheet() {
        for (pattern, yes, no) in [
            ("feature/*", "feature/my-branch", "feature/beta-a/my-branch"),
            ("feature/**", "feature/beta-a/my-branch", "features"),
            ("releases/mona-the-octocat", "releases/mona-the-octocat", "releases/mona"),
            ("*", "main", "all/the"),
            ("**", "every/tag", ""),
            ("*feature", "ver-10-feature", "feature-10"),
            ("v2*", "v2.9", "v1"),
            ("v[12].[0-9]+.[0-9]+", "v1.10.1", "v3.1.1"),
            ("*.jsx?", "page.js", "page.ts"),
            ("**.js", "src/js/app.js", "app.ts"),
            ("docs/*", "docs/file.md", "docs/a/file.md"),
            ("docs/**/*.md", "docs/README.md", "README.md"),
            ("**/docs/**", "dir/docs/my-file.txt", "doc/x"),
            ("**/README.md", "README.md", "README.mdx"),
            ("**/*src/**", "a/src/app.js", "a/sra/app.js"),
            ("**/*-post.md", "my-post.md", "post.md"),
            ("v1.0", "v1.0", "v1x0"),
        ] {
            assert!(matches(pattern, yes), "{pattern} should match {yes}");
            assert!(!matches(pattern, no) || no.is_empty(), "{pattern} should not match {no}");
        }
    }

    #[test]
    fn the_last_matching_pattern_decides() {
        let patterns = Patterns::new(&["sub/**".to_owned(), "!sub/deep/**".to_owned(), "sub/deep/keep".to_owned()]);
        assert!(patterns.select("sub/a"));
        assert!(!patterns.select("sub/deep/b"));
        assert!(patterns.select("sub/deep/keep"));
        assert!(!patterns.select("other"));
    }
}
