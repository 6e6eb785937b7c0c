//! The folder of a run: where its steps put files, and nothing leads out of.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use causeway_forge::FileEntry;

/// A path within a workspace, or why it is none.
pub(crate) fn inside(root: &Path, relative: &str) -> Result<PathBuf, String> {
    let relative = relative.trim_start_matches("./");
    let path = Path::new(relative);
    let plain = path.components().all(|c| matches!(c, std::path::Component::Normal(_) | std::path::Component::CurDir));
    if plain { Ok(root.join(path)) } else { Err(format!("{relative:?} leads out of the workspace")) }
}

/// All files below a folder, with paths relative to it, in order. Symbolic links are left out.
pub(crate) fn files(folder: &Path) -> std::io::Result<Vec<FileEntry>> {
    let mut files = Vec::new();
    collect(folder, folder, &mut files)?;
    files.sort_by(|a: &FileEntry, b| a.path.cmp(&b.path));
    Ok(files)
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<FileEntry>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let path = entry.path();
        if kind.is_dir() {
            if entry.file_name() != ".git" {
                collect(root, &path, files)?;
            }
        } else if kind.is_file() {
            let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            let executable = entry.metadata()?.permissions().mode() & 0o100 != 0;
            files.push(FileEntry { path: relative, bytes: std::fs::read(&path)?, executable });
        }
    }
    Ok(())
}
