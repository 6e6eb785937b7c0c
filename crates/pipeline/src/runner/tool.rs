//! `actions/setup-*` and `dtolnay/rust-toolchain`: the asked version is here, or the step fails naming what is.

use super::action::Inputs;
use super::process::{Exit, StepProcess};
use super::session::Session;
use super::step::{StepEnd, StepView};

/// A toolchain that a job can ask for.
pub(super) enum Tool {
    Python,
    Node,
    Go,
    Java,
    Dotnet,
    Rust {
        /// What stands behind the `@`: `stable`, `1.95.0`, `master`.
        reference: String,
    },
}

/// A program of a toolchain, as it is found on the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    path: String,
    version: Vec<u64>,
}

impl Tool {
    const fn name(&self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::Node => "Node.js",
            Self::Go => "Go",
            Self::Java => "Java",
            Self::Dotnet => ".NET",
            Self::Rust { .. } => "Rust",
        }
    }

    /// The programs that may be it, and how they tell their version.
    const fn programs(&self) -> (&'static str, &'static str) {
        match self {
            Self::Python => (
                "python3.15 python3.14 python3.13 python3.12 python3.11 python3.10 python3.9 python3.8 python3 python",
                "--version",
            ),
            Self::Node => ("node nodejs", "--version"),
            Self::Go => ("go", "version"),
            Self::Java => ("java", "-version"),
            Self::Dotnet => ("dotnet", "--version"),
            Self::Rust { .. } => ("rustc", "--version"),
        }
    }

    /// The version that is asked for; `None` for whichever is here.
    fn wanted(&self, session: &Session<'_>, inputs: &Inputs) -> Result<Option<String>, String> {
        let from_file = |name: &str, read: fn(&str) -> Option<String>| match inputs.get(name) {
            None => Ok(None),
            Some(file) => session.read_version_file(file).map(|text| read(&text)),
        };
        let (input, file, read): (_, _, fn(&str) -> Option<String>) = match self {
            Self::Python => ("python-version", "python-version-file", first_line),
            Self::Node => ("node-version", "node-version-file", first_line),
            Self::Go => ("go-version", "go-version-file", go_line),
            Self::Java => ("java-version", "java-version-file", first_line),
            Self::Dotnet => ("dotnet-version", "global-json-file", sdk_version),
            Self::Rust { reference } => {
                let word = inputs.get("toolchain").unwrap_or(reference);
                // A pinned action names a commit, not a version.
                return Ok(Some(word.to_owned())
                    .filter(|word| word.contains('.') && word.starts_with(|c: char| c.is_ascii_digit())));
            }
        };
        match inputs.get(input) {
            Some(version) => Ok(Some(version.lines().next().unwrap_or_default().to_owned())),
            None => from_file(file, read),
        }
    }

    const fn output(&self) -> &'static str {
        match self {
            Self::Python => "python-version",
            Self::Node => "node-version",
            Self::Go => "go-version",
            Self::Java => "version",
            Self::Dotnet => "dotnet-version",
            Self::Rust { .. } => "name",
        }
    }
}

fn first_line(text: &str) -> Option<String> {
    text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned)
}

fn go_line(text: &str) -> Option<String> {
    text.lines()
        .find_map(|line| line.trim().strip_prefix("go ").map(|version| format!(">={}", version.trim())))
        .or_else(|| first_line(text))
}

fn sdk_version(text: &str) -> Option<String> {
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    json["sdk"]["version"].as_str().map(str::to_owned)
}

impl Session<'_> {
    /// Checks that a toolchain is here, and puts it first in the path.
    pub(super) async fn set_up_tool(
        &mut self,
        view: &StepView<'_>,
        tool: &Tool,
        inputs: &Inputs,
    ) -> Result<StepEnd, String> {
        let wanted = tool.wanted(self, inputs)?;
        let found = self.probe(view, tool).await?;
        let matching =
            found.iter().find(|found| wanted.as_deref().is_none_or(|wanted| accepts(wanted, &found.version)));
        let Some(chosen) = matching else {
            let here: Vec<String> =
                found.iter().map(|found| format!("{} ({})", join(&found.version), found.path)).collect();
            let here = if here.is_empty() { "none".to_owned() } else { here.join(", ") };
            return Err(format!("{} {} is not on this runner; here: {here}", tool.name(), wanted.unwrap_or_default()));
        };
        let version = join(&chosen.version);
        self.say(view.at, &format!("{} {version} is here: {}", tool.name(), chosen.path));
        if matches!(tool, Tool::Python) {
            self.link_python(&chosen.path)?;
        }
        Ok(StepEnd::success([(tool.output().to_owned(), version), ("cache-hit".to_owned(), "false".to_owned())]))
    }

    fn read_version_file(&self, file: &str) -> Result<String, String> {
        let workspace = &self.order.room.workspace;
        super::beneath::read_text(&workspace.host, std::path::Path::new(file), 64 * 1024)
            .map_err(|error| format!("the version file `{file}` was not read: {error}"))
    }

    /// Asks the machine, as the job would: the programs on its path and their versions.
    async fn probe(&mut self, view: &StepView<'_>, tool: &Tool) -> Result<Vec<Found>, String> {
        let (programs, option) = tool.programs();
        let script = format!(
            "for program in {programs}; do path=$(command -v $program) && echo \"$path $($path {option} 2>&1 | head -n 1)\"; done; true"
        );
        let process = StepProcess {
            command: vec!["sh".to_owned(), "-c".to_owned(), script],
            environment: self.process_environment(&view.env, []),
            directory: self.order.room.workspace.seen.clone(),
            timeout: view.timeout,
        };
        let mut found: Vec<Found> = Vec::new();
        let exit = self
            .run_process(process, |_, line| {
                if let Some(one) =
                    read_probe(&line).filter(|one| !found.iter().any(|known| known.version == one.version))
                {
                    found.push(one);
                }
            })
            .await?;
        if exit == Exit::Stopped { Err("The operation was canceled.".to_owned()) } else { Ok(found) }
    }

    /// Makes `python` and `python3` the chosen one.
    fn link_python(&mut self, path: &str) -> Result<(), String> {
        let folder = self.order.room.tools.join("python");
        let failed = |error: std::io::Error| format!("the links to {path} were not made: {error}");
        std::fs::create_dir_all(&folder.host).map_err(failed)?;
        for name in ["python", "python3"] {
            let link = folder.host.join(name);
            let text = format!("#!/bin/sh\nexec {path} \"$@\"\n");
            std::fs::write(&link, text).and_then(|()| make_executable(&link)).map_err(failed)?;
        }
        self.path.push(folder.seen_text());
        Ok(())
    }
}

fn make_executable(path: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

/// `/usr/bin/go go version go1.25.1 linux/amd64`: the path, and the first number with a point in it.
fn read_probe(line: &str) -> Option<Found> {
    let (path, rest) = line.split_once(' ')?;
    let version = rest.split_whitespace().find_map(|word| {
        let word = word.trim_matches(['"', '(', ')', ',']);
        let word = word.strip_prefix("go").or_else(|| word.strip_prefix('v')).unwrap_or(word);
        word.contains('.').then(|| parse(word)).flatten()
    })?;
    path.starts_with('/').then(|| Found { path: path.to_owned(), version })
}

/// `3.12.1` to its numbers; what follows a number is ignored.
fn parse(version: &str) -> Option<Vec<u64>> {
    let numbers: Vec<u64> = version
        .split('.')
        .map_while(|part| {
            let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        })
        .collect();
    (!numbers.is_empty()).then_some(numbers)
}

fn join(version: &[u64]) -> String {
    version.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

/// Whether a version is what is asked for: `3`, `3.12`, `3.x`, `^20`, `~1.2`, `>=1.21 <2`, several of them with `||`, or a word such as
/// `stable`, `latest` or `lts/*`, which whatever is here satisfies.
fn accepts(wanted: &str, version: &[u64]) -> bool {
    wanted.split("||").any(|alternative| {
        let spaced = [">=", "<=", ">", "<", "^", "~"]
            .into_iter()
            .fold(alternative.to_owned(), |text, operator| text.replace(&format!("{operator} "), operator));
        spaced.split_whitespace().all(|term| accepts_term(term, version))
    })
}

fn accepts_term(term: &str, version: &[u64]) -> bool {
    let operator_end = term.find(|c: char| c.is_ascii_digit()).unwrap_or(term.len());
    let (operator, number) = term.split_at(operator_end);
    let Some(asked) = parse(number) else {
        return true;
    };
    let order = compare(version, &asked);
    match operator {
        ">=" => order.is_ge(),
        ">" => order.is_gt(),
        "<=" => order.is_le(),
        "<" => order.is_lt(),
        "^" => order.is_ge() && version.first() == asked.first(),
        "~" => order.is_ge() && version.iter().take(2).eq(asked.iter().take(2)),
        _ => version.starts_with(&asked),
    }
}

fn compare(left: &[u64], right: &[u64]) -> std::cmp::Ordering {
    let at = |numbers: &[u64], index: usize| numbers.get(index).copied().unwrap_or(0);
    (0..left.len().max(right.len()))
        .map(|index| at(left, index).cmp(&at(right, index)))
        .find(|order| order.is_ne())
        .unwrap_or(std::cmp::Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_how_tools_tell_their_version() {
        for (line, path, version) in [
            ("/usr/bin/python3 Python 3.11.2", "/usr/bin/python3", vec![3, 11, 2]),
            ("/usr/bin/go go version go1.25.1 linux/amd64", "/usr/bin/go", vec![1, 25, 1]),
            ("/usr/bin/node v20.1.0", "/usr/bin/node", vec![20, 1, 0]),
            ("/usr/bin/java openjdk version \"17.0.9\" 2023-10-17", "/usr/bin/java", vec![17, 0, 9]),
            ("/bin/rustc rustc 1.95.0 (abc 2026-01-01)", "/bin/rustc", vec![1, 95, 0]),
        ] {
            assert_eq!(read_probe(line), Some(Found { path: path.into(), version }), "{line}");
        }
        assert_eq!(read_probe("/root/.pyenv/shims/python3.9 pyenv: python3.9: command not found"), None);
    }

    #[test]
    fn a_version_is_asked_for_in_many_ways() {
        for (wanted, yes) in [
            ("3", true),
            ("3.11", true),
            ("3.1", false),
            ("3.x", true),
            (">=3.9", true),
            (">= 3.9 <3.11", false),
            ("^3.4", true),
            ("~3.11.1", true),
            ("3.9 || 3.11", true),
            ("lts/*", true),
            ("2", false),
        ] {
            assert_eq!(accepts(wanted, &[3, 11, 2]), yes, "{wanted}");
        }
    }
}
