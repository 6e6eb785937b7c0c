//! Files of a commit on disk. The invariants: content is written as it was committed, no
//! attribute or filter is applied by [`Forge::checkout`]; neither way follows a submodule; and no
//! symbolic link is left that leads out of the folder, so that the server may read there.

use std::fs;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Component, Path, PathBuf};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{ChildStdin, ChildStdout};

use crate::error::ForgeError;
use crate::git::read_tail;
use crate::name::{RepositoryName, branch_ref};
use crate::object::ObjectId;
use crate::reading::{EntryKind, TreeEntry, check_path};
use crate::storage::{Forge, blocking};

/// Longest target of a symbolic link.
const MAX_TARGET: u64 = 4096;

/// An entry that was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its path.
    pub path: String,
    /// Why, as a clause.
    pub reason: &'static str,
}

/// What a checkout wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckedOut {
    /// Files and links that were written.
    pub files: usize,
    /// What was left out.
    pub skipped: Vec<Skipped>,
}

/// How [`Forge::clone_into`] clones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CloneOptions {
    /// Only so many commits of history; all if none.
    pub depth: Option<u32>,
    /// The branch that `HEAD` stands on; detached if none.
    pub branch: Option<String>,
}

impl Forge {
    /// Writes the files of `revision` into the folder `into`, which is made if it is not there and
    /// must be empty. Submodules become empty folders; links that lead out are skipped.
    ///
    /// # Errors
    /// [`ForgeError::TooLarge`] above `max_checkout`; [`ForgeError::NoRevision`];
    /// [`ForgeError::Io`]. The folder may hold a part then.
    pub async fn checkout(
        &self,
        repository: &RepositoryName,
        revision: &str,
        into: &Path,
    ) -> Result<CheckedOut, ForgeError> {
        let commit = self.commit(repository, revision).await?;
        let entries = self.tree(repository, &commit, &["-r"]).await?;
        self.check_size(&entries)?;
        let root = into.to_owned();
        blocking(move || empty_folder(&root)).await?;
        let mut process =
            self.inner.git.at(&self.path(repository), "cat-file").args(["--batch", "--buffer"]).stream()?;
        let (stdin, stdout, stderr) = process.streams();
        let wanted: Vec<TreeEntry> = entries.iter().filter(|entry| entry.size.is_some()).cloned().collect();
        let work = async {
            let (_, written, message) =
                tokio::join!(ask(stdin, &wanted), write_all(into, &entries, stdout), read_tail(stderr));
            if !message.trim().is_empty() {
                tracing::warn!(%repository, message = message.trim(), "git had something to say about a checkout");
            }
            written
        };
        let after = self.inner.config.transfer_time;
        let checked_out = tokio::time::timeout(after, work)
            .await
            .map_err(|_elapsed| ForgeError::TimedOut { command: "cat-file", after })??;
        process.wait().await?;
        Ok(checked_out)
    }

    /// Makes `into` a working tree of `revision` with a `.git` of its own, so that
    /// `git rev-parse HEAD` works there. It has no remote and no hooks. Links that lead out of the
    /// folder are removed, and so show as deleted in `git status`.
    ///
    /// # Errors
    /// As [`Forge::checkout`].
    pub async fn clone_into(
        &self,
        repository: &RepositoryName,
        revision: &str,
        into: &Path,
        options: &CloneOptions,
    ) -> Result<CheckedOut, ForgeError> {
        let branch = options.branch.as_deref().map(|branch| branch_ref(branch).map(|_| branch)).transpose()?;
        let commit = self.commit(repository, revision).await?;
        let entries = self.tree(repository, &commit, &["-r"]).await?;
        self.check_size(&entries)?;
        let root = std::path::absolute(into).map_err(ForgeError::io("find", into))?;
        let folder = root.clone();
        blocking(move || empty_folder(&folder)).await?;
        self.fetch_into(repository, &commit, &root, options).await?;
        let git = || self.inner.git.at(&root.join(".git"), "checkout").setting("core.bare=false");
        let checkout = git()
            .args(["--quiet", "--no-recurse-submodules"])
            .current_dir(&root)
            .within(self.inner.config.transfer_time);
        match branch {
            Some(branch) => checkout.args(["-B", branch, commit.as_str(), "--"]).run().await?,
            None => checkout.args(["--detach", commit.as_str(), "--"]).run().await?,
        };
        blocking(move || remove_escapes(&root, &entries)).await
    }

    async fn fetch_into(
        &self,
        repository: &RepositoryName,
        commit: &ObjectId,
        root: &Path,
        options: &CloneOptions,
    ) -> Result<(), ForgeError> {
        self.inner
            .git
            .command("init")
            .args(["--quiet", "--template=", "--object-format=sha1", "--initial-branch=main", "--"])
            .arg(root)
            .run()
            .await?;
        let fetch = self
            .inner
            .git
            .at(&root.join(".git"), "fetch")
            .setting("protocol.file.allow=always")
            // The server's end of a local fetch starts without our settings.
            .args(["--upload-pack=git -c safe.directory=* -c core.hooksPath=/dev/null -c uploadpack.allowAnySHA1InWant=true upload-pack"])
            .args(["--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-gc"])
            .within(self.inner.config.transfer_time);
        let fetch = match options.depth {
            Some(depth) => fetch.arg(format!("--depth={}", depth.max(1))),
            None => fetch,
        };
        let mut source = std::ffi::OsString::from("file://");
        source.push(self.path(repository));
        fetch.arg("--").arg(source).arg(commit.as_str()).run().await?;
        Ok(())
    }

    fn check_size(&self, entries: &[TreeEntry]) -> Result<(), ForgeError> {
        let limit = self.inner.config.max_checkout;
        let size: u64 = entries.iter().filter_map(|entry| entry.size).sum();
        if size > limit {
            return Err(ForgeError::TooLarge { what: "the checkout".to_owned(), limit });
        }
        Ok(())
    }
}

fn empty_folder(folder: &Path) -> Result<(), ForgeError> {
    fs::create_dir_all(folder).map_err(ForgeError::io("create", folder))?;
    let mut entries = fs::read_dir(folder).map_err(ForgeError::io("read", folder))?;
    if entries.next().is_some() {
        let full = std::io::Error::new(std::io::ErrorKind::DirectoryNotEmpty, "the folder is not empty");
        return Err(ForgeError::io("check out into", folder)(full));
    }
    Ok(())
}

async fn ask(stdin: Option<ChildStdin>, wanted: &[TreeEntry]) {
    if let Some(mut stdin) = stdin {
        let list: String = wanted.iter().map(|entry| format!("{}\n", entry.object)).collect();
        // If it ends early, the reader finds out.
        let _ = stdin.write_all(list.as_bytes()).await;
    }
}

/// Files first and links last, so that no file is ever written through a link.
async fn write_all(root: &Path, entries: &[TreeEntry], stdout: Option<ChildStdout>) -> Result<CheckedOut, ForgeError> {
    let mut from = BufReader::with_capacity(256 << 10, stdout.ok_or(odd("no output"))?);
    let mut done = CheckedOut::default();
    let mut links = Vec::new();
    for entry in entries {
        let size = match entry.size {
            Some(_) => blob_size(&mut from, entry).await?,
            None => 0,
        };
        let target = root.join(&entry.path);
        if check_path(&entry.path).is_err() {
            skip(&mut from, size, entry).await?;
            done.skipped.push(skipped(entry, "its name is not safe"));
            continue;
        }
        if entry.kind == EntryKind::Submodule {
            fs::create_dir_all(&target).map_err(ForgeError::io("create", &target))?;
            done.skipped.push(skipped(entry, "submodules are not followed"));
            continue;
        }
        if entry.kind == EntryKind::Link {
            links.push((entry, read_target(&mut from, size, entry).await?));
            continue;
        }
        write_file(&mut from, &target, size, entry.kind == EntryKind::Executable).await?;
        end_of_blob(&mut from).await?;
        done.files += 1;
    }
    for (entry, content) in links {
        match content.filter(|content| leads_inside(&entry.path, content)) {
            Some(content) => {
                let path = root.join(&entry.path);
                make_parent(&path)?;
                symlink(content, &path).map_err(ForgeError::io("link", &path))?;
                done.files += 1;
            }
            None => done.skipped.push(skipped(entry, "the link leads out of the repository")),
        }
    }
    Ok(done)
}

/// The head of an answer of `cat-file --batch`: `<object> blob <size>`.
async fn blob_size(from: &mut BufReader<ChildStdout>, entry: &TreeEntry) -> Result<u64, ForgeError> {
    let mut line = String::new();
    from.read_line(&mut line).await.map_err(lost)?;
    line.strip_prefix(entry.object.as_str())
        .and_then(|rest| rest.trim().strip_prefix("blob "))
        .and_then(|size| size.parse().ok())
        .ok_or(odd("a file that is missing or is not a blob"))
}

async fn end_of_blob(from: &mut BufReader<ChildStdout>) -> Result<(), ForgeError> {
    from.read_u8().await.map_err(lost)?;
    Ok(())
}

async fn skip(from: &mut BufReader<ChildStdout>, size: u64, entry: &TreeEntry) -> Result<(), ForgeError> {
    if entry.size.is_some() {
        tokio::io::copy(&mut from.take(size), &mut tokio::io::sink()).await.map_err(lost)?;
        end_of_blob(from).await?;
    }
    Ok(())
}

async fn read_target(
    from: &mut BufReader<ChildStdout>,
    size: u64,
    entry: &TreeEntry,
) -> Result<Option<PathBuf>, ForgeError> {
    if size > MAX_TARGET {
        skip(from, size, entry).await?;
        return Ok(None);
    }
    let mut target = String::new();
    let read = from.take(size).read_to_string(&mut target).await;
    end_of_blob(from).await?;
    Ok(read.is_ok().then(|| PathBuf::from(target)))
}

async fn write_file(
    from: &mut BufReader<ChildStdout>,
    path: &Path,
    size: u64,
    executable: bool,
) -> Result<(), ForgeError> {
    make_parent(path)?;
    let mode = if executable { 0o755 } else { 0o644 };
    let file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .map_err(ForgeError::io("write", path))?;
    let mut file = tokio::fs::File::from_std(file);
    let mut content = from.take(size);
    tokio::io::copy_buf(&mut content, &mut file).await.map_err(ForgeError::io("write", path))?;
    file.flush().await.map_err(ForgeError::io("write", path))
}

fn make_parent(path: &Path) -> Result<(), ForgeError> {
    match path.parent() {
        Some(parent) => fs::create_dir_all(parent).map_err(ForgeError::io("create", parent)),
        None => Ok(()),
    }
}

/// Takes away what `git checkout` wrote and the server must not follow.
fn remove_escapes(root: &Path, entries: &[TreeEntry]) -> Result<CheckedOut, ForgeError> {
    let mut done = CheckedOut::default();
    for entry in entries {
        let path = root.join(&entry.path);
        match entry.kind {
            EntryKind::Submodule => done.skipped.push(skipped(entry, "submodules are not followed")),
            EntryKind::Link => match fs::read_link(&path) {
                Ok(target) if leads_inside(&entry.path, &target) => done.files += 1,
                Ok(_) => {
                    fs::remove_file(&path).map_err(ForgeError::io("remove", &path))?;
                    done.skipped.push(skipped(entry, "the link leads out of the repository"));
                }
                Err(_not_a_link) => done.files += 1,
            },
            EntryKind::File | EntryKind::Executable | EntryKind::Folder => done.files += 1,
        }
    }
    Ok(done)
}

fn skipped(entry: &TreeEntry, reason: &'static str) -> Skipped {
    Skipped { path: entry.path.clone(), reason }
}

/// Does a link at `path` with `target` stay inside? `..` counts only at the beginning of a target:
/// after a name it could go up from wherever another link leads, which no look at the text tells.
fn leads_inside(path: &str, target: &Path) -> bool {
    let mut depth = path.split('/').count() - 1;
    let mut is_named = false;
    for part in target.components() {
        match part {
            Component::ParentDir if !is_named && depth > 0 => depth -= 1,
            Component::Normal(name) if !name.eq_ignore_ascii_case(".git") => is_named = true,
            Component::CurDir => {}
            Component::ParentDir | Component::Normal(_) | Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    true
}

fn odd(what: &'static str) -> ForgeError {
    ForgeError::Answer { command: "cat-file", what }
}

fn lost(source: std::io::Error) -> ForgeError {
    ForgeError::Start { command: "cat-file", source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_inside_or_is_left_out() {
        for (path, target) in [("a", "b"), ("d/a", "../b"), ("d/e/a", "../../b/c"), ("a", "./b/./c"), ("a", "")] {
            assert!(leads_inside(path, Path::new(target)), "{path} -> {target}");
        }
        for (path, target) in [
            ("a", "/etc/passwd"),
            ("a", ".."),
            ("a", "../b"),
            ("d/a", "../../b"),
            ("a", "b/../.."),
            ("a", "b/../c"),
            ("a", ".git/config"),
            ("d/a", "../.GIT/hooks"),
        ] {
            assert!(!leads_inside(path, Path::new(target)), "{path} -> {target}");
        }
    }
}
