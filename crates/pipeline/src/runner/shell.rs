//! The shells of `run` steps.

/// How a script is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shell {
    /// The program and its arguments; `{0}` is the script's path.
    pub(super) command: Vec<String>,
    /// The extension of the script's file.
    pub(super) extension: &'static str,
    /// What stands before the script.
    pub(super) preamble: &'static str,
    /// What stands after it.
    pub(super) epilogue: &'static str,
}

/// The shell of a `shell:` value; `None` is the default.
///
/// # Errors
/// It is neither a known shell nor a command with `{0}`.
pub(super) fn find(name: Option<&str>) -> Result<Shell, String> {
    let plain = |command: &[&str], extension| Shell {
        command: command.iter().map(ToString::to_string).collect(),
        extension,
        preamble: "",
        epilogue: "",
    };
    Ok(match name {
        None => plain(&["bash", "-e", "{0}"], "sh"),
        Some("bash") => plain(&["bash", "--noprofile", "--norc", "-eo", "pipefail", "{0}"], "sh"),
        Some("sh") => plain(&["sh", "-e", "{0}"], "sh"),
        Some("python") => plain(&["python", "{0}"], "py"),
        Some("node") => plain(&["node", "{0}"], "js"),
        Some("pwsh") => Shell {
            preamble: "$ErrorActionPreference = 'stop'\n",
            epilogue: "\nif ((Test-Path -LiteralPath variable:\\LASTEXITCODE)) { exit $LASTEXITCODE }",
            ..plain(&["pwsh", "-command", ". '{0}'"], "ps1")
        },
        Some(custom) if custom.contains("{0}") => Shell { command: split(custom), ..plain(&[], "") },
        Some(other) => {
            return Err(format!(
                "Invalid shell option `{other}`. Shell must be a valid built-in (bash, sh, python, pwsh) or a format string containing '{{0}}'"
            ));
        }
    })
}

impl Shell {
    /// The command for a script at `path`.
    pub(super) fn command_for(&self, path: &str) -> Vec<String> {
        self.command.iter().map(|word| word.replace("{0}", path)).collect()
    }
}

/// Splits a command at blanks; double and single quotes hold words together.
fn split(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in command.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => word.get_or_insert_default().push(c),
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            None => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_needs_a_place_for_the_script() {
        assert_eq!(find(Some("bash -x {0}")).unwrap().command_for("/s"), ["bash", "-x", "/s"]);
        assert_eq!(find(Some("env \"A=b c\" {0}")).unwrap().command_for("/s"), ["env", "A=b c", "/s"]);
        assert!(find(Some("perl")).is_err());
    }
}
