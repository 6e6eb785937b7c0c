//! The head of a push: commands, capabilities and options, before the pack. The format is in
//! gitprotocol-pack(5), "Reference Update Request and Packfile Transfer".

use std::collections::HashSet;

use tokio::io::AsyncRead;

use super::PushFault;
use crate::object::{NO_OBJECT, ObjectId};
use crate::pktline::{self, Packet};

/// What the server says it can do; everything here is done by this module's siblings.
pub(crate) const CAPABILITIES: &str = concat!(
    "report-status delete-refs side-band-64k quiet atomic ofs-delta push-options object-format=sha1 agent=causeway/",
    env!("CARGO_PKG_VERSION")
);

/// Most push options that one push may carry.
const MAX_OPTIONS: usize = 64;

/// One line of the head: change `name` from `old` to `new`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) name: String,
    pub(crate) old: Option<ObjectId>,
    pub(crate) new: Option<ObjectId>,
}

/// What the client asked for with the first command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Capabilities {
    pub(crate) report_status: bool,
    pub(crate) side_band: bool,
    pub(crate) atomic: bool,
    pub(crate) quiet: bool,
    pub(crate) push_options: bool,
}

/// All that stands before the pack.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PushHead {
    pub(crate) commands: Vec<Command>,
    pub(crate) capabilities: Capabilities,
    /// What the client gave with `git push -o`.
    pub(crate) options: Vec<String>,
}

impl PushHead {
    /// Reads up to the pack.
    pub(crate) async fn read<R>(from: &mut R, max_commands: usize) -> Result<Self, PushFault>
    where
        R: AsyncRead + Unpin,
    {
        let mut commands = Vec::new();
        let mut names = HashSet::new();
        let mut capabilities = Capabilities::default();
        let mut lines = 0;
        while let Some(line) = next_line(from).await? {
            lines += 1;
            if commands.len() >= max_commands || lines > 4 * max_commands {
                return Err(malformed(format!("it changes more than {max_commands} refs")));
            }
            if line.starts_with(b"shallow ") {
                // What a shallow client lacks is no matter: the history is checked for gaps later.
                continue;
            }
            let (command, rest) = split_at_nul(&line);
            if commands.is_empty() {
                capabilities = Capabilities::parse(rest)?;
            }
            let command = Command::parse(command)?;
            if !names.insert(command.name.clone()) {
                return Err(malformed(format!("it changes {} twice", command.name)));
            }
            commands.push(command);
        }
        let mut options = Vec::new();
        if capabilities.push_options {
            while let Some(line) = next_line(from).await? {
                if options.len() == MAX_OPTIONS {
                    return Err(malformed(format!("it has more than {MAX_OPTIONS} push options")));
                }
                options.push(text(&line)?.to_owned());
            }
        }
        Ok(Self { commands, capabilities, options })
    }

    /// Deletions alone come without a pack.
    pub(crate) fn has_pack(&self) -> bool {
        self.commands.iter().any(|command| command.new.is_some())
    }
}

impl Command {
    fn parse(line: &[u8]) -> Result<Self, PushFault> {
        let mut parts = text(line)?.splitn(3, ' ');
        let (Some(old), Some(new), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(malformed("a command is not \"<old> <new> <ref>\""));
        };
        Ok(Self { name: name.to_owned(), old: object(old)?, new: object(new)? })
    }
}

impl Capabilities {
    fn parse(list: &[u8]) -> Result<Self, PushFault> {
        let mut this = Self::default();
        for word in text(list)?.split_ascii_whitespace() {
            match word {
                "report-status" => this.report_status = true,
                "side-band-64k" => this.side_band = true,
                "atomic" => this.atomic = true,
                "quiet" => this.quiet = true,
                "push-options" => this.push_options = true,
                _ if word.starts_with("object-format=") && word != "object-format=sha1" => {
                    return Err(malformed("only repositories with SHA-1 names can be pushed"));
                }
                // Such as agent=…: says something, asks for nothing.
                _ => {}
            }
        }
        Ok(this)
    }
}

async fn next_line<R: AsyncRead + Unpin>(from: &mut R) -> Result<Option<Vec<u8>>, PushFault> {
    match pktline::read(from).await {
        Ok(Some(Packet::Line(line))) => Ok(Some(line)),
        Ok(Some(Packet::Flush) | None) => Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Err(malformed(error.to_string())),
        Err(error) => Err(PushFault::Incomplete(error)),
    }
}

fn split_at_nul(line: &[u8]) -> (&[u8], &[u8]) {
    match line.iter().position(|b| *b == 0) {
        Some(nul) => (&line[..nul], &line[nul + 1..]),
        None => (line, &[]),
    }
}

fn object(text: &str) -> Result<Option<ObjectId>, PushFault> {
    if text == NO_OBJECT {
        return Ok(None);
    }
    ObjectId::parse(text).map(Some).map_err(|_invalid| malformed("an object name is not 40 hexadecimal digits"))
}

fn text(bytes: &[u8]) -> Result<&str, PushFault> {
    std::str::from_utf8(bytes).map_err(|_invalid| malformed("names must be UTF-8"))
}

fn malformed(why: impl Into<String>) -> PushFault {
    PushFault::Malformed(why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "1111111111111111111111111111111111111111";

    async fn read(lines: &[&str]) -> Result<PushHead, PushFault> {
        let mut bytes = Vec::new();
        for line in lines {
            if line.is_empty() {
                bytes.extend_from_slice(pktline::FLUSH);
            } else {
                pktline::write(&mut bytes, line.as_bytes());
            }
        }
        PushHead::read(&mut bytes.as_slice(), 3).await
    }

    #[tokio::test]
    async fn reads_commands_capabilities_and_options() {
        let first = format!("{NO_OBJECT} {A} refs/heads/main\0 report-status side-band-64k push-options agent=git/2");
        let second = format!("{A} {NO_OBJECT} refs/heads/old\n");
        let head = read(&[&format!("shallow {A}"), &first, &second, "", "ci.skip", ""]).await.unwrap();
        assert_eq!(head.commands.len(), 2);
        assert_eq!(head.commands[0].name, "refs/heads/main");
        assert_eq!((&head.commands[0].old, head.commands[1].new.is_none()), (&None, true));
        assert!(head.capabilities.report_status && head.capabilities.side_band && !head.capabilities.atomic);
        assert_eq!(head.options, ["ci.skip"]);
        assert!(head.has_pack());
    }

    #[tokio::test]
    async fn an_empty_head_asks_for_nothing() {
        assert!(read(&[""]).await.unwrap().commands.is_empty());
        assert!(read(&[]).await.unwrap().commands.is_empty());
    }

    #[tokio::test]
    async fn odd_heads_are_refused() {
        let one = format!("{NO_OBJECT} {A} refs/heads/main");
        for lines in [
            vec!["push-cert\0 report-status"],
            vec!["1234 5678 refs/heads/main"],
            vec![&format!("{one}\0 object-format=sha256")],
            vec![&one, &one],
            vec![&one, &format!("{one}2"), &format!("{one}3"), &format!("{one}4")],
        ] {
            assert!(matches!(read(&lines).await, Err(PushFault::Malformed(_))), "{lines:?}");
        }
    }
}
