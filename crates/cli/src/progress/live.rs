//! Progress on a terminal: rows that are redrawn in place, the parts of what is done folded away.

use std::time::Duration;

use indexmap::IndexMap;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Row, State};
use crate::Printer;
use crate::output::elapsed;
use crate::printer::Tone;

const TICK: Duration = Duration::from_millis(100);

/// The rows on the screen.
pub(super) struct Live {
    printer: Printer,
    screen: MultiProgress,
    bars: IndexMap<String, ProgressBar>,
    last: Vec<Row>,
}

impl Live {
    pub(super) fn new(printer: Printer) -> Self {
        let screen = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        Self { printer, screen, bars: IndexMap::new(), last: Vec::new() }
    }

    /// Above the rows.
    pub(super) fn say(&self, text: &str) {
        self.screen.suspend(|| self.printer.say(text));
    }

    pub(super) fn show(&mut self, rows: &[Row], since: Duration) {
        let shown: Vec<&Row> = visible(rows);
        self.bars.retain(|id, bar| {
            let stays = shown.iter().any(|row| row.id == *id);
            if !stays {
                bar.finish_and_clear();
                self.screen.remove(bar);
            }
            stays
        });
        for (index, row) in shown.iter().enumerate() {
            if !self.bars.contains_key(&row.id) {
                let bar = self.screen.insert(index, ProgressBar::new_spinner());
                let index = index.min(self.bars.len());
                self.bars.shift_insert(index, row.id.clone(), bar);
            }
            if let Some(bar) = self.bars.get(&row.id) {
                draw(&self.printer, bar, row, since);
            }
        }
        self.last = rows.to_vec();
    }
}

impl Drop for Live {
    /// Leaves the finished rows on the screen as plain lines.
    fn drop(&mut self) {
        self.bars.values().for_each(ProgressBar::finish_and_clear);
        let _ = self.screen.clear();
        for row in
            self.last.iter().filter(|row| row.state != State::Pending && (!row.is_part || row.state == State::Failed))
        {
            self.printer.say(text(&self.printer, row, Duration::ZERO));
        }
    }
}

/// All rows but the parts of those that are done or have not begun.
fn visible(rows: &[Row]) -> Vec<&Row> {
    let mut open = true;
    let mut shown = Vec::new();
    for row in rows {
        if !row.is_part {
            open = !matches!(row.state, State::Done | State::Pending | State::Skipped);
        }
        if !row.is_part || (open && row.state != State::Pending) {
            shown.push(row);
        }
    }
    shown
}

fn draw(printer: &Printer, bar: &ProgressBar, row: &Row, since: Duration) {
    let indent = if row.is_part { "   " } else { " " };
    match row.state {
        State::Active => {
            bar.set_style(style(&format!("{indent}{{spinner:.yellow}} {{wide_msg}}")));
            bar.set_message(words(printer, row, since));
            bar.enable_steady_tick(TICK);
        }
        _ => {
            bar.disable_steady_tick();
            bar.set_style(style("{wide_msg}"));
            bar.set_message(text(printer, row, since));
            bar.tick();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn text(printer: &Printer, row: &Row, since: Duration) -> String {
    let indent = if row.is_part { "   " } else { " " };
    let tone = match row.state {
        State::Done => Tone::Good,
        State::Failed => Tone::Bad,
        State::Active | State::Waiting => Tone::Busy,
        State::Pending | State::Skipped => Tone::Faint,
    };
    format!("{indent}{} {}", printer.tone(tone, &row.state.mark().to_string()), words(printer, row, since))
}

fn words(printer: &Printer, row: &Row, since: Duration) -> String {
    let took = match (row.state, row.took) {
        (_, Some(took)) => Some(took),
        (State::Active | State::Waiting, None) if !row.is_part => Some(since),
        _ => None,
    };
    let took = took.filter(|t| !t.is_zero()).map(|t| format!("  {}", elapsed(t))).unwrap_or_default();
    let detail = if row.detail.is_empty() { String::new() } else { format!("  {}", row.detail) };
    let label = if row.is_part { row.label.clone() } else { printer.tone(Tone::Strong, &row.label) };
    format!("{label}{}", printer.tone(Tone::Faint, &format!("{detail}{took}")))
}

#[cfg(test)]
mod tests {
    use super::visible;
    use crate::progress::{Row, State};

    #[test]
    fn folds_away_the_parts_of_what_is_done() {
        let part = |id: &str, state| Row::new(id, id, state, "").part();
        let rows = [
            Row::new("a", "a", State::Done, ""),
            part("a1", State::Done),
            Row::new("b", "b", State::Active, ""),
            part("b1", State::Done),
            part("b2", State::Active),
            part("b3", State::Pending),
            Row::new("c", "c", State::Pending, ""),
        ];
        let shown: Vec<&str> = visible(&rows).into_iter().map(|r| r.id.as_str()).collect();
        assert_eq!(shown, ["a", "b", "b1", "b2", "c"]);
    }
}
