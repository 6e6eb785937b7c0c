//! Secrets in logs.

/// Replaces secrets by `***`.
#[derive(Debug, Default)]
pub(super) struct Masker {
    secrets: Vec<String>,
}

impl Masker {
    /// Masks a text from now on; of a text with several lines, each of them.
    pub(super) fn add(&mut self, secret: &str) {
        for line in secret.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if !self.secrets.iter().any(|known| known == line) {
                self.secrets.push(line.to_owned());
            }
        }
        self.secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    }

    /// The line without secrets.
    pub(super) fn mask(&self, line: &str) -> String {
        self.secrets.iter().fold(line.to_owned(), |line, secret| {
            if line.contains(secret.as_str()) { line.replace(secret.as_str(), "***") } else { line }
        })
    }
}
