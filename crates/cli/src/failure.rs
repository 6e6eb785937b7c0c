//! How a command ends: with an exit code, and where it failed with what failed, why, and what to try.

use std::error::Error;
use std::fmt::Write as _;
use std::process::ExitCode;

/// The exit codes of all commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exit {
    /// It is done.
    #[default]
    Done,
    /// It failed.
    Failed,
    /// The command line makes no sense.
    Usage,
    /// A policy or a missing permission is in the way.
    Refused,
    /// It did not happen in time.
    TimedOut,
}

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::TimedOut => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// What a command gives.
pub(crate) type Outcome = Result<Exit, Failure>;

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The code to end with.
    pub exit: Exit,
    /// What was attempted and failed.
    pub message: String,
    /// More about it, a line each: fields, places, log lines.
    pub details: Vec<String>,
    /// What to try.
    pub hints: Vec<String>,
    /// Why.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), details: Vec::new(), hints: Vec::new(), source: None }
    }

    /// It failed.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// The command line makes no sense.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A policy or a missing permission is in the way.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, message)
    }

    /// It did not happen in time.
    pub fn timed_out(message: impl Into<String>) -> Self {
        Self::new(Exit::TimedOut, message)
    }

    /// With something to try.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// With one more line about it.
    #[must_use]
    pub fn detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }

    /// With its cause.
    #[must_use]
    pub fn because(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// All of it, as it is shown.
    pub fn render(&self) -> String {
        let mut text = format!("error: {}", chain(self));
        for line in &self.details {
            let _ = write!(text, "\n  {line}");
        }
        for hint in &self.hints {
            let _ = write!(text, "\n  hint: {hint}");
        }
        text
    }
}

/// An error with its causes in one line; what a cause repeats of the one before it is left out.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut last = text.clone();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        if said != last && !said.is_empty() {
            let _ = write!(text, ": {said}");
        }
        last = said;
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::Failure;

    #[test]
    fn says_what_failed_why_and_what_to_try() {
        let cause = std::io::Error::other("connection refused");
        let failure = Failure::failed("http://127.0.0.1:7007 could not be reached")
            .because(cause)
            .detail("after 3 tries")
            .hint("start it with `platform up`");
        insta::assert_snapshot!(failure.render(), @r"
        error: http://127.0.0.1:7007 could not be reached: connection refused
          after 3 tries
          hint: start it with `platform up`
        ");
    }
}
