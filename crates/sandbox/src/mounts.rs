//! The mount table of this process, from `/proc/self/mountinfo` (proc(5)).

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use nix::mount::MsFlags;

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mount {
    /// Which folder of the file system is mounted.
    pub(crate) root: PathBuf,
    pub(crate) point: PathBuf,
    /// `rw,nosuid,…` of this mount.
    pub(crate) options: String,
    pub(crate) kind: String,
    /// Options of the file system; for cgroup version 1 they name the controllers.
    pub(crate) super_options: String,
}

impl Mount {
    /// The whole table, in the order of mounting.
    pub(crate) fn table() -> io::Result<Vec<Self>> {
        let text = fs::read_to_string("/proc/self/mountinfo")?;
        Ok(text.lines().filter_map(Self::parse).collect())
    }

    fn parse(line: &str) -> Option<Self> {
        let (mount, file_system) = line.split_once(" - ")?;
        let mut mount = mount.split(' ').skip(3);
        let (root, point, options) = (mount.next()?, mount.next()?, mount.next()?);
        let mut file_system = file_system.split(' ');
        let (kind, _source, super_options) = (file_system.next()?, file_system.next()?, file_system.next()?);
        Some(Self {
            root: unescape(root),
            point: unescape(point),
            options: options.to_owned(),
            kind: kind.to_owned(),
            super_options: super_options.to_owned(),
        })
    }

    pub(crate) fn is_at_or_below(&self, path: &Path) -> bool {
        self.point.starts_with(path)
    }

    pub(crate) fn has_super_option(&self, name: &str) -> bool {
        self.super_options.split(',').any(|option| option == name)
    }

    /// The flags that a remount must repeat: inside a user namespace they cannot be taken away.
    pub(crate) fn flags(&self) -> MsFlags {
        self.options.split(',').fold(MsFlags::empty(), |flags, option| {
            flags
                | match option {
                    "ro" => MsFlags::MS_RDONLY,
                    "nosuid" => MsFlags::MS_NOSUID,
                    "nodev" => MsFlags::MS_NODEV,
                    "noexec" => MsFlags::MS_NOEXEC,
                    "noatime" => MsFlags::MS_NOATIME,
                    "nodiratime" => MsFlags::MS_NODIRATIME,
                    "relatime" => MsFlags::MS_RELATIME,
                    _ => MsFlags::empty(),
                }
        })
    }
}

/// Space, tab, newline and backslash stand as three octal digits after a backslash.
fn unescape(text: &str) -> PathBuf {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let octal = (first == b'\\')
            .then(|| tail.get(..3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        bytes.push(octal.unwrap_or(first));
        rest = if octal.is_some() { &tail[3..] } else { tail };
    }
    PathBuf::from(OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_line_with_a_space_and_optional_fields() {
        let line = r"36 35 98:0 /a /m\040n rw,nosuid,relatime shared:1 master:2 - cgroup cg rw,cpu,cpuacct";
        let mount = Mount::parse(line).unwrap();
        assert_eq!(mount.point, Path::new("/m n"));
        assert_eq!(mount.root, Path::new("/a"));
        assert_eq!(mount.flags(), MsFlags::MS_NOSUID | MsFlags::MS_RELATIME);
        assert!(mount.has_super_option("cpuacct") && !mount.has_super_option("cpua"));
    }
}
