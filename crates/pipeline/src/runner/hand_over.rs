//! The files in which a step hands over outputs, environment, paths, state and its summary.
//!
//! `name=value` or `name<<DELIMITER`, line by line. The files stand in a folder that the step cannot write to, so it can fill but not
//! replace them.

use std::io;
use std::path::{Path, PathBuf};

use super::beneath;
use super::room::{Folder, Room};

/// Most bytes of one such file.
const MAX_FILE: u64 = 8 * 1024 * 1024;

/// The files of one step.
#[derive(Debug)]
pub(super) struct HandOver {
    folder: Folder,
    number: usize,
}

/// What a step has written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct HandedOver {
    pub(super) outputs: Vec<(String, String)>,
    pub(super) env: Vec<(String, String)>,
    pub(super) state: Vec<(String, String)>,
    pub(super) paths: Vec<String>,
    pub(super) summary: String,
}

const NAMES: [(&str, &str); 5] = [
    ("GITHUB_OUTPUT", "output"),
    ("GITHUB_ENV", "env"),
    ("GITHUB_PATH", "path"),
    ("GITHUB_STATE", "state"),
    ("GITHUB_STEP_SUMMARY", "summary"),
];

impl HandOver {
    /// Makes the files of the step with this number.
    pub(super) fn create(room: &Room, number: usize) -> io::Result<Self> {
        let hand_over = Self { folder: room.commands.clone(), number };
        for (_, kind) in NAMES {
            let path = hand_over.folder.host.join(hand_over.file(kind));
            std::fs::write(&path, "")?;
            make_writable(&path)?;
        }
        Ok(hand_over)
    }

    fn file(&self, kind: &str) -> PathBuf {
        PathBuf::from(format!("{kind}_{}", self.number))
    }

    /// The variables that name the files.
    pub(super) fn variables(&self) -> impl Iterator<Item = (String, String)> {
        NAMES.iter().map(|(name, kind)| ((*name).to_owned(), self.folder.join(self.file(kind)).seen_text()))
    }

    /// Reads what was written.
    ///
    /// # Errors
    /// A file is not in the format; the text says which line.
    pub(super) fn read(&self) -> Result<HandedOver, String> {
        let text = |kind: &str| {
            beneath::read_text(&self.folder.host, &self.file(kind), MAX_FILE)
                .map_err(|error| format!("the file of the step's {kind} was not read: {error}"))
        };
        let pairs = |kind: &str| {
            parse_pairs(&text(kind)?)
                .map_err(|error| format!("Unable to process file command '{kind}' successfully. {error}"))
        };
        Ok(HandedOver {
            outputs: pairs("output")?,
            env: pairs("env")?,
            state: pairs("state")?,
            paths: text("path")?.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect(),
            summary: text("summary")?,
        })
    }
}

fn make_writable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666))
}

fn parse_pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut pairs = Vec::new();
    let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    while let Some(line) = lines.next() {
        if line.is_empty() {
            continue;
        }
        let (equals, heredoc) = (line.find('='), line.find("<<"));
        match (equals, heredoc) {
            (Some(equals), heredoc) if heredoc.is_none_or(|heredoc| equals < heredoc) && equals > 0 => {
                pairs.push((line[..equals].to_owned(), line[equals + 1..].to_owned()));
            }
            (_, Some(heredoc)) if heredoc > 0 => {
                let delimiter = line[heredoc + 2..].trim();
                if delimiter.is_empty() {
                    return Err(format!("Invalid format '{line}': the delimiter after << is missing"));
                }
                pairs.push((line[..heredoc].trim().to_owned(), read_block(&mut lines, delimiter)?));
            }
            _ => return Err(format!("Invalid format '{line}'")),
        }
    }
    Ok(pairs)
}

fn read_block<'a>(lines: &mut impl Iterator<Item = &'a str>, delimiter: &str) -> Result<String, String> {
    let mut block = Vec::new();
    for line in lines {
        if line == delimiter {
            return Ok(block.join("\n"));
        }
        block.push(line);
    }
    Err(format!("Invalid value. Matching delimiter not found '{delimiter}'"))
}

#[cfg(test)]
mod tests {
    use super::parse_pairs;

    #[test]
    fn reads_lines_and_blocks() {
        let text = "a=1\n\nb=x=y<<z\nc<<END\nfirst\n\nd=3\nEND\ne=\n";
        let pairs = parse_pairs(text).unwrap();
        let expected = [("a", "1"), ("b", "x=y<<z"), ("c", "first\n\nd=3"), ("e", "")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(pairs, expected);
    }

    #[test]
    fn refuses_what_is_no_pair() {
        for text in ["novalue", "=1", "a<<\n", "a<<END\nx\n"] {
            assert!(parse_pairs(text).is_err(), "{text}");
        }
    }
}
