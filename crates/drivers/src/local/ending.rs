//! Why something ended or does not work, in words that a person can act on.

use causeway_sandbox::{Cause, Exit, Handle};

/// How much of what it said goes into a reason.
const LAST_WORDS: usize = 3;
const LONGEST_WORDS: usize = 400;

/// What a container that ended is reported with: why, and the event's reason.
pub(super) fn of_exit(name: &str, exit: &Exit, handle: Option<&Handle>, has_others: bool) -> (String, &'static str) {
    let who = if has_others { format!("its container {name}") } else { "it".to_owned() };
    let how = match (exit.cause, exit.code, exit.signal) {
        (Cause::OutOfMemory, ..) => "ran out of the memory that it may use".to_owned(),
        (Cause::OutOfDisk, ..) => "wrote more than it may".to_owned(),
        (Cause::Lost, ..) => "was killed together with its holder".to_owned(),
        (_, Some(code), _) => format!("ended with code {code}"),
        (_, None, Some(signal)) => format!("was killed by signal {signal}"),
        (_, None, None) => "ended".to_owned(),
    };
    let reason = if exit.cause == Cause::OutOfMemory { "OOMKilled" } else { "BackOff" };
    (with_last_words(format!("{who} {how}"), handle), reason)
}

/// With the end of what the containers said.
pub(super) fn with_last_words<'a>(why: String, handles: impl IntoIterator<Item = &'a Handle>) -> String {
    let tails = handles.into_iter().filter_map(|handle| handle.log().tail(LAST_WORDS).ok());
    let lines: Vec<String> =
        tails.flatten().map(|line| line.text.trim().to_owned()).filter(|l| !l.is_empty()).collect();
    if lines.is_empty() {
        return why;
    }
    let mut words = lines.join(" | ");
    if words.len() > LONGEST_WORDS {
        let from = words.char_indices().map(|(at, _)| at).find(|at| words.len() - at <= LONGEST_WORDS).unwrap_or(0);
        words = format!("…{}", &words[from..]);
    }
    format!("{why}; it said last: {words}")
}

/// An error with its causes.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
