//! The workspace of the job `build`, kept as the artifact of a release.
//!
//! It is moved out of the job's room, freed of what only the build needed, made readable for whoever will run it and writable for
//! nobody, and named by a digest over all of it.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt as _, lchown};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

/// The job whose workspace is kept.
pub(crate) const JOB: &str = "build";

/// A kept workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// Below the folder of artifacts.
    pub location: String,
    /// `sha256:…`.
    pub digest: String,
    /// Of all its files together.
    pub size_bytes: i64,
}

/// Moves a workspace to where artifacts lie. Equal ones end at the same place.
pub fn keep(workspace: &Path, artifacts: &Path, namespace: &str, workload: &str) -> io::Result<Kept> {
    remove_if_there(&workspace.join(".git"))?;
    let (digest, size) = seal(workspace)?;
    let location = format!("{namespace}/{workload}/{}", &digest[..16]);
    let place = artifacts.join(&location);
    if !place.exists() {
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::rename(workspace, &place)?;
    }
    Ok(Kept { location, digest: format!("sha256:{digest}"), size_bytes: i64::try_from(size).unwrap_or(i64::MAX) })
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Sets owner and permissions of everything, and answers a digest over paths, kinds, permissions and contents, and the size in bytes.
fn seal(root: &Path) -> io::Result<(String, u64)> {
    let is_root = fs::metadata(root).is_ok() && unix_is_root();
    let mut digest = Sha256::new();
    let mut size = 0;
    for entry in WalkDir::new(root).follow_links(false).sort_by_file_name() {
        let entry = entry.map_err(io::Error::other)?;
        let path = entry.path();
        if is_root {
            lchown(path, Some(0), Some(0))?;
        }
        let relative: PathBuf = path.strip_prefix(root).unwrap_or(path).into();
        digest.update(relative.as_os_str().as_encoded_bytes());
        let kind = entry.file_type();
        if kind.is_symlink() {
            digest.update(b"\0l");
            digest.update(fs::read_link(path)?.as_os_str().as_encoded_bytes());
        } else if kind.is_dir() {
            digest.update(b"\0d");
            fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
        } else {
            size += seal_file(path, &mut digest)?;
        }
        digest.update([0]);
    }
    Ok((hex::encode(digest.finalize()), size))
}

fn seal_file(path: &Path, digest: &mut Sha256) -> io::Result<u64> {
    let executable = fs::metadata(path)?.permissions().mode() & 0o100 != 0;
    fs::set_permissions(path, fs::Permissions::from_mode(if executable { 0o755 } else { 0o644 }))?;
    digest.update(if executable { b"\0x" } else { b"\0f" });
    let mut file = fs::File::open(path)?;
    let (mut buffer, mut size) = (vec![0; 1 << 16], 0);
    loop {
        let read = io::Read::read(&mut file, &mut buffer)?;
        if read == 0 {
            return Ok(size);
        }
        digest.update(&buffer[..read]);
        size += read as u64;
    }
}

fn unix_is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::keep;

    fn workspace(root: &std::path::Path, content: &str) -> std::path::PathBuf {
        let folder = root.join("workspace");
        fs::create_dir_all(folder.join(".git")).expect("a folder");
        fs::write(folder.join(".git/config"), "x").expect("a file");
        fs::write(folder.join("app.py"), content).expect("a file");
        folder
    }

    #[test]
    fn keeps_equal_workspaces_once_and_without_their_history() {
        let root = tempfile::tempdir().expect("a folder");
        let artifacts = root.path().join("artifacts");
        let first = keep(&workspace(root.path(), "print(1)"), &artifacts, "default", "a").expect("kept");
        let again = keep(&workspace(root.path(), "print(1)"), &artifacts, "default", "a").expect("kept");
        let _ = fs::remove_dir_all(root.path().join("workspace"));
        let other = keep(&workspace(root.path(), "print(2)"), &artifacts, "default", "a").expect("kept");
        assert_eq!(first, again);
        assert_ne!(first.digest, other.digest);
        assert_eq!(first.size_bytes, 8);
        assert!(artifacts.join(&first.location).join("app.py").exists());
        assert!(!artifacts.join(&first.location).join(".git").exists());
    }
}
