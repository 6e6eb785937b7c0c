//! What `/proc` says about processes.
//!
//! A process may vanish between any two reads, so that absence is an ordinary answer here and
//! never an error.

use std::collections::BTreeMap;
use std::fs;

use nix::unistd::{SysconfVar, sysconf};

/// The fields of `/proc/<pid>/stat` (proc(5)) that matter here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) state: char,
    pub(crate) parent: u32,
    /// User and system time in clock ticks, waited-for children included.
    pub(crate) cpu_ticks: u64,
    /// Clock ticks since boot.
    pub(crate) start_time: u64,
}

impl Stat {
    pub(crate) fn read(pid: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// The command name stands in parentheses and may itself hold spaces and parentheses.
    fn parse(text: &str) -> Option<Self> {
        let (_, rest) = text.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        // `fields[0]` is field 3 of the manual page
        let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
        Some(Self {
            state: fields.first()?.chars().next()?,
            parent: u32::try_from(number(4)?).ok()?,
            cpu_ticks: number(14)? + number(15)? + number(16)? + number(17)?,
            start_time: number(22)?,
        })
    }

    /// Ended, though its parent has not looked yet.
    pub(crate) fn is_dead(&self) -> bool {
        matches!(self.state, 'Z' | 'X')
    }
}

/// All living descendants of a process, itself not among them.
pub(crate) fn descendants(ancestor: u32) -> Vec<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    for pid in entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()) {
        if let Some(stat) = Stat::read(pid).filter(|stat| !stat.is_dead()) {
            children.entry(stat.parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut open = vec![ancestor];
    while let Some(pid) = open.pop() {
        let of_this = children.remove(&pid).unwrap_or_default();
        found.extend(&of_this);
        open.extend(of_this);
    }
    found
}

/// Resident memory that a process shares with no other, in bytes.
pub(crate) fn private_bytes(pid: u32) -> u64 {
    let Ok(text) = fs::read_to_string(format!("/proc/{pid}/statm")) else {
        return 0;
    };
    let mut pages = text.split_ascii_whitespace().skip(1).filter_map(|n| n.parse::<u64>().ok());
    let (resident, shared) = (pages.next().unwrap_or(0), pages.next().unwrap_or(0));
    resident.saturating_sub(shared) * setting(SysconfVar::PAGE_SIZE, 4096)
}

/// Clock ticks in a second, the unit of CPU times in `/proc`.
pub(crate) fn ticks_per_second() -> u64 {
    setting(SysconfVar::CLK_TCK, 100)
}

fn setting(name: SysconfVar, usual: u64) -> u64 {
    sysconf(name).ok().flatten().and_then(|n| u64::try_from(n).ok()).unwrap_or(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_stat_line_with_a_hostile_command_name() {
        let line = "42 (a) R 1 (b) S 7 42 42 0 -1 4194560 1 2 3 4 10 20 30 40 20 0 1 0 9876 1 2";
        let stat = Stat::parse(line).unwrap();
        assert_eq!(stat, Stat { state: 'S', parent: 7, cpu_ticks: 100, start_time: 9876 });
    }

    #[test]
    fn finds_a_child() {
        let mut child = std::process::Command::new("/bin/sleep").arg("60").spawn().unwrap();
        assert!(descendants(std::process::id()).contains(&child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!descendants(std::process::id()).contains(&child.id()));
    }
}
