//! Writes a rendered tree into a folder.
//!
//! Invariant: nothing is written through a symbolic link that is already there, and a file that exists is kept unless it is to be
//! replaced.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::skeleton::RenderedTree;

/// What was done with the files and links of a tree, by path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WriteReport {
    /// Made or replaced.
    pub written: Vec<String>,
    /// There before, and left as they are.
    pub kept: Vec<String>,
}

/// A tree that could not be written completely.
#[derive(Debug, thiserror::Error)]
#[error("`{path}` was not written into the workspace")]
pub struct WriteError {
    /// Path in the tree.
    pub path: String,
    /// Why.
    #[source]
    pub cause: io::Error,
}

impl RenderedTree {
    /// Writes the tree into `destination`, which is made if it is missing. Files and links that exist are kept, or replaced if
    /// `replace` is set.
    pub fn write_to(&self, destination: &Path, replace: bool) -> Result<WriteReport, WriteError> {
        let mut report = WriteReport::default();
        let failed = |path: &str| {
            let path = path.to_owned();
            move |cause| WriteError { path, cause }
        };
        fs::create_dir_all(destination).map_err(failed(""))?;
        for folder in &self.folders {
            make_folders(destination, folder).map_err(failed(folder))?;
        }
        for file in &self.files {
            let is_written =
                write_entry(destination, &file.path, replace, |path| write_file(path, &file.bytes, file.mode));
            report.record(&file.path, is_written.map_err(failed(&file.path))?);
        }
        for link in &self.links {
            let is_written = write_entry(destination, &link.path, replace, |path| symlink(&link.target, path));
            report.record(&link.path, is_written.map_err(failed(&link.path))?);
        }
        Ok(report)
    }
}

impl WriteReport {
    fn record(&mut self, path: &str, is_written: bool) {
        let list = if is_written { &mut self.written } else { &mut self.kept };
        list.push(path.to_owned());
    }
}

/// Makes way for an entry and writes it; false if one is there and stays.
fn write_entry(
    destination: &Path,
    path: &str,
    replace: bool,
    write: impl FnOnce(&Path) -> io::Result<()>,
) -> io::Result<bool> {
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    let target = make_folders(destination, parent)?.join(name);
    match fs::symlink_metadata(&target) {
        Ok(_) if !replace => return Ok(false),
        Ok(metadata) if metadata.is_dir() => {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "a folder is there"));
        }
        Ok(_) => fs::remove_file(&target)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    write(&target)?;
    Ok(true)
}

fn write_file(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode | 0o200).open(path)?;
    file.write_all(bytes)?;
    // Not only at its creation: the process's umask does not belong to the skeleton.
    file.set_permissions(fs::Permissions::from_mode(mode))
}

/// Makes the folders of a relative path one by one; none of them may be a symbolic link.
fn make_folders(destination: &Path, path: &str) -> io::Result<PathBuf> {
    let mut folder = destination.to_owned();
    for name in path.split('/').filter(|name| !name.is_empty()) {
        folder.push(name);
        match fs::symlink_metadata(&folder) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => {
                return Err(io::Error::new(io::ErrorKind::NotADirectory, "something that is no folder is in the way"));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => fs::create_dir(&folder)?,
            Err(error) => return Err(error),
        }
    }
    Ok(folder)
}
