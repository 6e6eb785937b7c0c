//! The one place that writes to the terminal: data to stdout, talk to stderr.
//!
//! A reader who has gone away (a closed pipe) is no reason to fail, so what cannot be written is dropped.

use std::io::{BufRead as _, IsTerminal as _, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Failure;

type Sink = Arc<Mutex<Box<dyn Write + Send>>>;

/// Writes for the person or the script that called; cheap to clone.
#[derive(Clone)]
pub struct Printer {
    data: Sink,
    talk: Sink,
    /// Whether talk goes to a terminal, where lines may be redrawn.
    live: bool,
    /// Whether there is somebody to ask.
    interactive: bool,
    colour: bool,
}

/// How a piece of text stands out, where colours are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Bad,
    Busy,
    Faint,
    Strong,
}

impl Printer {
    /// Of the process itself. Colours are shown on terminals, unless `NO_COLOR` is set or `TERM` is `dumb`.
    pub fn standard() -> Self {
        let live = std::io::stderr().is_terminal();
        let plain = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty())
            || std::env::var_os("TERM").is_some_and(|t| t == "dumb");
        Self {
            data: sink(std::io::stdout()),
            talk: sink(std::io::stderr()),
            live: live && !plain,
            interactive: live && std::io::stdin().is_terminal(),
            colour: live && !plain,
        }
    }

    /// Into two buffers, for nobody to see.
    pub fn to(data: impl Write + Send + 'static, talk: impl Write + Send + 'static) -> Self {
        Self { data: sink(data), talk: sink(talk), live: false, interactive: false, colour: false }
    }

    /// A line of data.
    pub fn data(&self, text: impl AsRef<str>) {
        let mut out = locked(&self.data);
        let _ = writeln!(out, "{}", text.as_ref().trim_end_matches('\n'));
        let _ = out.flush();
    }

    /// Data as it is, without a line break of ours.
    pub fn raw(&self, text: &str) {
        let mut out = locked(&self.data);
        let _ = out.write_all(text.as_bytes());
        let _ = out.flush();
    }

    /// A line of talk.
    pub fn say(&self, text: impl AsRef<str>) {
        let _ = writeln!(locked(&self.talk), "{}", text.as_ref().trim_end_matches('\n'));
    }

    /// Talk of several lines, apart from what follows.
    pub fn section(&self, text: impl AsRef<str>) {
        self.say(text);
        self.say("");
    }

    /// A warning.
    pub fn warn(&self, text: &str) {
        self.say(format!("{} {text}", self.tone(Tone::Busy, "warning:")));
    }

    /// A failure with all that is known of it.
    pub fn failure(&self, failure: &Failure) {
        let text = failure.render();
        let rest = text.strip_prefix("error:").unwrap_or(&text);
        self.say(format!("{}{rest}", self.tone(Tone::Bad, "error:")));
    }

    /// Talk in a tone.
    pub(crate) fn tone(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            _ if !self.colour => return text.to_owned(),
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Busy => "33",
            Tone::Faint => "2",
            Tone::Strong => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// Whether lines may be redrawn.
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// Whether there is somebody to ask.
    pub fn is_interactive(&self) -> bool {
        self.interactive
    }

    /// Asks on the terminal; anything but `y` or `yes` is no.
    pub fn confirm(&self, question: &str) -> bool {
        let mut talk = locked(&self.talk);
        let _ = write!(talk, "{question} [y/N] ");
        let _ = talk.flush();
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer);
        read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
    }
}

fn sink(writer: impl Write + Send + 'static) -> Sink {
    Arc::new(Mutex::new(Box::new(writer)))
}

fn locked(sink: &Sink) -> MutexGuard<'_, Box<dyn Write + Send>> {
    sink.lock().unwrap_or_else(PoisonError::into_inner)
}
