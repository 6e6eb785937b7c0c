//! Progress in a pipe: a line for each change, with the time since the beginning.

use std::collections::HashMap;
use std::time::Duration;

use super::{Row, State};
use crate::Printer;
use crate::output::elapsed;

/// What was said of each row.
pub(super) struct Plain {
    printer: Printer,
    said: HashMap<String, (State, String)>,
}

impl Plain {
    pub(super) fn new(printer: Printer) -> Self {
        Self { printer, said: HashMap::new() }
    }

    pub(super) fn say(&self, text: &str) {
        self.printer.say(text);
    }

    pub(super) fn show(&mut self, rows: &[Row], since: Duration) {
        // what comes back is said again
        self.said.retain(|id, _| rows.iter().any(|row| row.id == *id));
        for row in rows.iter().filter(|row| row.state != State::Pending) {
            let now = (row.state, row.detail.clone());
            if self.said.get(&row.id) == Some(&now) {
                continue;
            }
            self.printer.say(line(row, since));
            self.said.insert(row.id.clone(), now);
        }
    }
}

/// ` 12s  ✓ Repository: The repository is made.`
fn line(row: &Row, since: Duration) -> String {
    let indent = if row.is_part { "  " } else { "" };
    let detail = if row.detail.is_empty() { String::new() } else { format!(": {}", row.detail) };
    let took = match (row.state, row.took) {
        (State::Done | State::Failed, Some(took)) => format!(" ({})", elapsed(took)),
        _ => String::new(),
    };
    format!("{:>6}  {indent}{} {}{detail}{took}", elapsed(since), row.state.mark(), row.label)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use super::Plain;
    use crate::Printer;
    use crate::progress::{Row, State};

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn says_each_change_once() {
        let talk = Shared::default();
        let mut plain = Plain::new(Printer::to(std::io::sink(), talk.clone()));
        let row = |state, detail: &str| Row::new("a", "Repository", state, detail);
        let step = Row::new("a/1", "publish", State::Done, "").part().took(Some(Duration::from_millis(120)));
        let later = Row::new("b", "Deployment", State::Pending, "nothing yet");
        plain.show(&[row(State::Active, "being made"), later.clone()], Duration::from_millis(300));
        plain.show(&[row(State::Active, "being made"), later.clone()], Duration::from_millis(600));
        plain.show(&[row(State::Done, "made"), step, later], Duration::from_secs(12));
        let said = String::from_utf8(talk.0.lock().unwrap().clone()).unwrap();
        insta::assert_snapshot!(said, @r"
          0.3s  … Repository: being made
           12s  ✓ Repository: made
           12s    ✓ publish (0.1s)
        ");
    }
}
