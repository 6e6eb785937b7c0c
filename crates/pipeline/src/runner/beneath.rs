//! Opening what a job may have written, without being led out of its folder.
//!
//! The kernel resolves the path (`openat2` with `RESOLVE_BENEATH` and `RESOLVE_NO_SYMLINKS`), so that a link swapped in at the last
//! moment is an error and not a way to a file of the server. Only regular files are read; a pipe does not hang the runner.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::AsFd as _;
use std::path::Path;

use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat2};
use nix::sys::stat::Mode;

/// Opens a regular file beneath `folder` for reading.
pub(super) fn open(folder: &Path, relative: &Path) -> io::Result<File> {
    let root = File::open(folder)?;
    let how = OpenHow::new()
        .flags(OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK)
        .mode(Mode::empty())
        .resolve(ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_SYMLINKS);
    let file = File::from(openat2(root.as_fd(), relative, how)?);
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    Ok(file)
}

/// Reads at most `limit` bytes of a text beneath `folder`; what is not UTF-8 is replaced.
pub(super) fn read_text(folder: &Path, relative: &Path, limit: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    open(folder, relative)?.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {limit} bytes")));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether there is a folder at `relative`.
pub(super) fn is_folder(folder: &Path, relative: &Path) -> bool {
    let Ok(root) = File::open(folder) else {
        return false;
    };
    let how = OpenHow::new()
        .flags(OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC)
        .resolve(ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_SYMLINKS);
    relative.as_os_str().is_empty() || openat2(root.as_fd(), relative, how).is_ok()
}

/// All regular files beneath `folder`, as relative paths, sorted; links are left out.
pub(super) fn list(folder: &Path) -> Vec<std::path::PathBuf> {
    walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .filter_map(|entry| entry.path().strip_prefix(folder).ok().map(Path::to_path_buf))
        .collect()
}
