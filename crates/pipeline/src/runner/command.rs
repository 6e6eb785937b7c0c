//! Workflow commands: lines of output that speak to the runner.
//!
//! `::name key=value,key=value::data`, with `%25`, `%0D`, `%0A` for what a line cannot hold, and `%3A`, `%2C` within values.

use super::annotation::{Annotation, Level};

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    AddMask(String),
    Annotate(Annotation),
    Debug(String),
    Group(String),
    EndGroup,
    SetOutput {
        name: String,
        value: String,
    },
    SaveState {
        name: String,
        value: String,
    },
    /// No command is heard until this token comes as a command.
    Stop(String),
    /// `set-env` and `add-path`, which GitHub has switched off because a build's output could forge them.
    Disabled(&'static str),
    /// Heard, and without effect here.
    Ignored,
}

/// Reads a line; `None` if it is no command.
pub(super) fn parse(line: &str) -> Option<Command> {
    let rest = line.trim_start().strip_prefix("::")?;
    let (head, data) = rest.split_once("::")?;
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let data = unescape(data);
    let property = |key: &str| find_property(properties, key);
    Some(match name {
        "add-mask" => Command::AddMask(data),
        "notice" => Command::Annotate(annotate(Level::Notice, data, properties)),
        "warning" => Command::Annotate(annotate(Level::Warning, data, properties)),
        "error" => Command::Annotate(annotate(Level::Error, data, properties)),
        "debug" => Command::Debug(data),
        "group" => Command::Group(data),
        "endgroup" => Command::EndGroup,
        "set-output" => Command::SetOutput { name: property("name")?, value: data },
        "save-state" => Command::SaveState { name: property("name")?, value: data },
        "stop-commands" => Command::Stop(data),
        "set-env" => Command::Disabled("set-env"),
        "add-path" => Command::Disabled("add-path"),
        "echo" | "add-matcher" | "remove-matcher" => Command::Ignored,
        _ => return None,
    })
}

fn annotate(level: Level, message: String, properties: &str) -> Annotation {
    let text = |key: &str| find_property(properties, key).filter(|value| !value.is_empty());
    let number = |key: &str| text(key).and_then(|value| value.parse().ok());
    Annotation { level, message, title: text("title"), file: text("file"), line: number("line"), column: number("col") }
}

fn find_property(properties: &str, key: &str) -> Option<String> {
    properties
        .split(',')
        .filter_map(|pair| pair.split_once('='))
        .find(|(name, _)| name.trim() == key)
        .map(|(_, value)| unescape(&value.replace("%3A", ":").replace("%2C", ",")))
}

fn unescape(text: &str) -> String {
    text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_commands_with_properties_and_escapes() {
        let Some(Command::Annotate(annotation)) = parse("::warning file=a.py,line=3,col=7,title=T%3A1::50%25 of%0Ait")
        else {
            panic!("no annotation")
        };
        assert_eq!(
            (annotation.level, annotation.message.as_str(), annotation.title.as_deref()),
            (Level::Warning, "50% of\nit", Some("T:1"))
        );
        assert_eq!((annotation.file.as_deref(), annotation.line, annotation.column), (Some("a.py"), Some(3), Some(7)));
        assert_eq!(parse("  ::add-mask::x"), Some(Command::AddMask("x".into())));
        assert_eq!(
            parse("::set-output name=a::b::c"),
            Some(Command::SetOutput { name: "a".into(), value: "b::c".into() })
        );
    }

    #[test]
    fn leaves_other_lines_alone() {
        for line in ["plain", "a ::warning::b", "::unknown::x", "::warning", "std::string::x"] {
            assert_eq!(parse(line), None, "{line}");
        }
    }
}
