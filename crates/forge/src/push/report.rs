//! The answer to a push: "report-status" of gitprotocol-pack(5), on the side band if the client
//! has one. The invariant: whatever text goes in, each ref has exactly one line.

use super::head::{Capabilities, Command};
use crate::pktline;

/// Longest reason in a report line.
const MAX_REASON: usize = 400;

/// The report in the making.
#[derive(Debug)]
pub(super) struct Report {
    capabilities: Capabilities,
    unpack: String,
    lines: Vec<String>,
    notes: String,
}

impl Report {
    pub(super) fn new(capabilities: &Capabilities) -> Self {
        Self { capabilities: capabilities.clone(), unpack: "ok".to_owned(), lines: Vec::new(), notes: String::new() }
    }

    /// Text for the user, shown as `remote: …`.
    pub(super) fn note(&mut self, text: &str) {
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            self.notes.extend(line.chars().filter(|c| !c.is_control()));
            self.notes.push('\n');
        }
    }

    /// The pack was not taken, and so nothing was changed.
    pub(super) fn unpack_failed(&mut self, reason: &str, commands: &[Command]) {
        self.unpack = one_line(reason);
        for command in commands {
            self.refused(&command.name, reason);
        }
    }

    pub(super) fn updated(&mut self, name: &str) {
        self.lines.push(format!("ok {}", one_line(name)));
    }

    pub(super) fn refused(&mut self, name: &str, reason: &str) {
        self.lines.push(format!("ng {} {}", one_line(name), one_line(reason)));
    }

    /// The body of the answer.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        let mut status = Vec::new();
        if self.capabilities.report_status {
            pktline::write(&mut status, format!("unpack {}\n", self.unpack).as_bytes());
            for line in &self.lines {
                pktline::write(&mut status, format!("{line}\n").as_bytes());
            }
            status.extend_from_slice(pktline::FLUSH);
        }
        if !self.capabilities.side_band {
            return status;
        }
        let mut body = Vec::new();
        pktline::write_band(&mut body, 2, self.notes.as_bytes());
        pktline::write_band(&mut body, 1, &status);
        body.extend_from_slice(pktline::FLUSH);
        body
    }
}

fn one_line(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_REASON).collect();
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_cannot_forge_another_line() {
        let capabilities = Capabilities { report_status: true, ..Capabilities::default() };
        let mut report = Report::new(&capabilities);
        report.refused("refs/heads/main", "no\nok refs/heads/main");
        let bytes = report.into_bytes();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "000eunpack ok\n002dng refs/heads/main no ok refs/heads/main\n0000"
        );
    }

    #[test]
    fn nothing_is_reported_to_a_client_that_did_not_ask() {
        let mut report = Report::new(&Capabilities::default());
        report.updated("refs/heads/main");
        assert!(report.into_bytes().is_empty());
    }
}
