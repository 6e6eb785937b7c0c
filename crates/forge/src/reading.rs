//! Looking into repositories: refs, commits, trees, files, differences. The invariant: a revision
//! or path given by a caller never becomes an option or a pattern, and nothing unbounded is read
//! into memory.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::ForgeError;
use crate::name::{InvalidName, RepositoryName, branch_ref};
use crate::object::ObjectId;
use crate::storage::Forge;

/// Separates the fields of a commit; Git forbids NUL in all of them.
const COMMIT_FORMAT: &str = "--format=%H%x00%P%x00%an%x00%ae%x00%at%x00%s%x00%b%x00";
const COMMIT_FIELDS: usize = 7;

/// A branch and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// The short name, such as `main`.
    pub name: String,
    /// Its newest commit.
    pub commit: ObjectId,
}

/// One commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitInfo {
    /// Its name.
    pub id: ObjectId,
    /// Its parents, first parent first.
    pub parents: Vec<ObjectId>,
    /// Who wrote it, as they named themselves.
    pub author: String,
    /// The e-mail address they gave.
    pub email: String,
    /// When, in seconds since 1970.
    pub time: i64,
    /// First line of the message.
    pub subject: String,
    /// The rest of the message.
    pub body: String,
}

/// What an entry of a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EntryKind {
    /// A file.
    File,
    /// A file with the executable bit.
    Executable,
    /// A symbolic link; its content is the target.
    Link,
    /// A folder.
    Folder,
    /// A commit of another repository; never followed.
    Submodule,
}

/// An entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeEntry {
    /// Path from the root of the repository. Names that are not UTF-8 are shown with replacement
    /// characters and cannot be read by path.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// Its object.
    pub object: ObjectId,
    /// Bytes, for files and links.
    pub size: Option<u64>,
}

/// What happened to a path between two commits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The path. A renamed file is one that was removed and one that was added.
    pub path: String,
    /// Git's letter: `A` added, `M` modified, `D` deleted, `T` changed its type.
    pub status: char,
}

impl Forge {
    /// The commit that `revision` names: a branch, tag, full ref or (abbreviated) commit. None if
    /// there is no such commit.
    ///
    /// # Errors
    /// [`ForgeError::NoRepository`]; [`ForgeError::Name`] for text that cannot be a revision.
    pub async fn resolve(&self, repository: &RepositoryName, revision: &str) -> Result<Option<ObjectId>, ForgeError> {
        let path = self.existing(repository).await?;
        check_revision(revision)?;
        let ended = self
            .inner
            .git
            .at(&path, "rev-parse")
            .args(["--verify", "--quiet", "--end-of-options"])
            .arg(format!("{revision}^{{commit}}"))
            .end_with(&[])
            .await?;
        if !ended.status.success() {
            return Ok(None);
        }
        Ok(Some(ObjectId::parse(String::from_utf8_lossy(&ended.stdout).trim())?))
    }

    /// As [`Forge::resolve`], for a revision that must be there.
    pub(crate) async fn commit(&self, repository: &RepositoryName, revision: &str) -> Result<ObjectId, ForgeError> {
        self.resolve(repository, revision)
            .await?
            .ok_or_else(|| ForgeError::NoRevision { repository: repository.clone(), revision: revision.to_owned() })
    }

    /// All branches, in order of their names.
    ///
    /// # Errors
    /// [`ForgeError::NoRepository`].
    pub async fn branches(&self, repository: &RepositoryName) -> Result<Vec<Branch>, ForgeError> {
        let path = self.existing(repository).await?;
        let branch = |(name, commit): (String, ObjectId)| {
            let name = name.strip_prefix("refs/heads/")?.to_owned();
            Some(Branch { name, commit })
        };
        Ok(self.refs(&path).await?.into_iter().filter_map(branch).collect())
    }

    /// The short name of the default branch, which may have no commit yet.
    ///
    /// # Errors
    /// [`ForgeError::NoRepository`].
    pub async fn default_branch(&self, repository: &RepositoryName) -> Result<String, ForgeError> {
        let path = self.existing(repository).await?;
        let head = self.head(&path).await?;
        Ok(head.strip_prefix("refs/heads/").unwrap_or(&head).to_owned())
    }

    /// Makes `branch` what a clone checks out. It need not have a commit yet.
    ///
    /// # Errors
    /// [`ForgeError::NoRepository`], [`ForgeError::Name`].
    pub async fn set_default_branch(&self, repository: &RepositoryName, branch: &str) -> Result<(), ForgeError> {
        let target = branch_ref(branch)?;
        let path = self.existing(repository).await?;
        let _guard = self.lock(repository).await;
        self.inner.git.at(&path, "symbolic-ref").args(["HEAD", &target]).run().await?;
        Ok(())
    }

    /// The newest `count` commits reachable from `revision`, newest first.
    ///
    /// # Errors
    /// [`ForgeError::NoRevision`], [`ForgeError::NoRepository`].
    pub async fn log(
        &self,
        repository: &RepositoryName,
        revision: &str,
        count: usize,
    ) -> Result<Vec<CommitInfo>, ForgeError> {
        let commit = self.commit(repository, revision).await?;
        let text = self
            .inner
            .git
            .at(&self.path(repository), "log")
            .args(["-z", "--no-show-signature", "--no-mailmap", "--no-notes", "--no-color", COMMIT_FORMAT])
            .arg(format!("--max-count={count}"))
            .args([commit.as_str(), "--"])
            .run()
            .await?;
        let text = String::from_utf8_lossy(&text);
        // Every record ends in a NUL of the format and one of `-z`.
        let fields: Vec<&str> = text.split('\0').collect();
        fields.chunks(COMMIT_FIELDS + 1).filter(|fields| fields.len() >= COMMIT_FIELDS).map(commit_info).collect()
    }

    /// The entries of the folder `path` (empty for the root) at `revision`, in Git's order.
    ///
    /// # Errors
    /// [`ForgeError::Path`] if it is not a folder there; [`ForgeError::NoRevision`].
    pub async fn list_tree(
        &self,
        repository: &RepositoryName,
        revision: &str,
        path: &str,
    ) -> Result<Vec<TreeEntry>, ForgeError> {
        let commit = self.commit(repository, revision).await?;
        let folder = path.trim_matches('/');
        if folder.is_empty() {
            return self.tree(repository, &commit, &[]).await;
        }
        check_path(folder)?;
        match self.entry(repository, &commit, folder).await? {
            Some(entry) if entry.kind == EntryKind::Folder => {
                let inside = format!("{folder}/");
                self.tree(repository, &commit, &["--", &inside]).await
            }
            Some(_) | None => Err(ForgeError::Path { path: path.to_owned(), reason: "there is no such folder" }),
        }
    }

    /// The content of the file `path` at `revision`, at most `limit` bytes; none if there is no
    /// such file. Of a symbolic link it is the target, not what it points to.
    ///
    /// # Errors
    /// [`ForgeError::TooLarge`] for a larger file; [`ForgeError::NoRevision`].
    pub async fn read_file(
        &self,
        repository: &RepositoryName,
        revision: &str,
        path: &str,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, ForgeError> {
        let commit = self.commit(repository, revision).await?;
        let Ok(()) = check_path(path) else {
            return Ok(None);
        };
        let Some(TreeEntry { object, size: Some(size), .. }) = self.entry(repository, &commit, path).await? else {
            return Ok(None);
        };
        if size > limit {
            return Err(ForgeError::TooLarge { what: format!("the file {path}"), limit });
        }
        let bytes = self
            .inner
            .git
            .at(&self.path(repository), "cat-file")
            .args(["blob", object.as_str()])
            .at_most(limit)
            .run()
            .await?;
        Ok(Some(bytes))
    }

    /// The paths that differ between two commits; without `old`, all paths of `new`.
    ///
    /// # Errors
    /// [`ForgeError::NoRevision`], [`ForgeError::NoRepository`].
    pub async fn diff_names(
        &self,
        repository: &RepositoryName,
        old: Option<&ObjectId>,
        new: &ObjectId,
    ) -> Result<Vec<Change>, ForgeError> {
        let new = self.commit(repository, new.as_str()).await?;
        let command = self.inner.git.at(&self.path(repository), "diff-tree").args([
            "-r",
            "-z",
            "--no-commit-id",
            "--name-status",
            "--no-renames",
            "--no-ext-diff",
        ]);
        let command = match old {
            Some(old) => {
                let old = self.commit(repository, old.as_str()).await?;
                command.args([old.as_str(), new.as_str(), "--"])
            }
            // Git's name for the tree without entries.
            None => command.args(["4b825dc642cb6eb9a060e54bf8d69288fbee4904", new.as_str(), "--"]),
        };
        let text = command.run().await?;
        let text = String::from_utf8_lossy(&text);
        let fields: Vec<&str> = text.split_terminator('\0').collect();
        let change = |pair: &[&str]| match pair {
            [status, path] => Some(Change { path: (*path).to_owned(), status: status.chars().next()? }),
            _ => None,
        };
        Ok(fields.chunks(2).filter_map(change).collect())
    }

    /// All refs with their objects, in order of their names.
    pub(crate) async fn refs(&self, path: &Path) -> Result<Vec<(String, ObjectId)>, ForgeError> {
        let text = self
            .inner
            .git
            .at(path, "for-each-ref")
            .arg("--format=%(objectname) %(refname)")
            .args(["refs/heads", "refs/tags", "refs/notes"])
            .run()
            .await?;
        String::from_utf8_lossy(&text)
            .lines()
            .map(|line| {
                let (object, name) = line
                    .split_once(' ')
                    .ok_or(ForgeError::Answer { command: "for-each-ref", what: "a line without a name" })?;
                Ok((name.to_owned(), ObjectId::parse(object)?))
            })
            .collect()
    }

    /// The full name of the ref that `HEAD` stands for.
    pub(crate) async fn head(&self, path: &Path) -> Result<String, ForgeError> {
        let head = self.inner.git.at(path, "symbolic-ref").arg("HEAD").run().await?;
        Ok(String::from_utf8_lossy(&head).trim().to_owned())
    }

    async fn entry(
        &self,
        repository: &RepositoryName,
        commit: &ObjectId,
        path: &str,
    ) -> Result<Option<TreeEntry>, ForgeError> {
        let mut entries = self.tree(repository, commit, &["--", path]).await?;
        entries.retain(|entry| entry.path == path);
        Ok(entries.pop())
    }

    /// `git ls-tree` with `arguments` after the commit.
    pub(crate) async fn tree(
        &self,
        repository: &RepositoryName,
        commit: &ObjectId,
        arguments: &[&str],
    ) -> Result<Vec<TreeEntry>, ForgeError> {
        let (options, paths): (Vec<&str>, Vec<&str>) = match arguments.iter().position(|a| *a == "--") {
            Some(dashes) => (arguments[..dashes].to_vec(), arguments[dashes + 1..].to_vec()),
            None => (arguments.to_vec(), Vec::new()),
        };
        let text = self
            .inner
            .git
            .at(&self.path(repository), "ls-tree")
            .args(["-z", "-l", "--full-tree"])
            .args(options)
            .args([commit.as_str(), "--"])
            .args(paths)
            .run()
            .await?;
        text.split(|b| *b == 0).filter(|line| !line.is_empty()).map(tree_entry).collect()
    }
}

/// A line of `ls-tree -l`: `<mode> <type> <object> <size or ->\t<path>`.
fn tree_entry(line: &[u8]) -> Result<TreeEntry, ForgeError> {
    let odd = || ForgeError::Answer { command: "ls-tree", what: "a line that is not an entry" };
    let line = String::from_utf8_lossy(line);
    let (head, path) = line.split_once('\t').ok_or_else(odd)?;
    let mut words = head.split_ascii_whitespace();
    let (Some(mode), Some(_), Some(object), Some(size)) = (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(odd());
    };
    let kind = match mode {
        "040000" => EntryKind::Folder,
        "120000" => EntryKind::Link,
        "160000" => EntryKind::Submodule,
        "100755" => EntryKind::Executable,
        _ => EntryKind::File,
    };
    Ok(TreeEntry { path: path.to_owned(), kind, object: ObjectId::parse(object)?, size: size.parse().ok() })
}

fn commit_info(fields: &[&str]) -> Result<CommitInfo, ForgeError> {
    let [id, parents, author, email, time, subject, body, ..] = fields else {
        return Err(ForgeError::Answer { command: "log", what: "a commit without all its fields" });
    };
    Ok(CommitInfo {
        id: ObjectId::parse(id)?,
        parents: parents.split_ascii_whitespace().map(ObjectId::parse).collect::<Result<_, _>>()?,
        author: (*author).to_owned(),
        email: (*email).to_owned(),
        time: time.parse().unwrap_or_default(),
        subject: (*subject).to_owned(),
        body: body.trim_end().to_owned(),
    })
}

/// Refuses text that Git would read as a search, a range, a path or an option.
fn check_revision(revision: &str) -> Result<(), InvalidName> {
    let refuse = |reason| Err(InvalidName::new("revision", revision, reason));
    if revision.is_empty() || revision.len() > 256 {
        return refuse("it must have 1 to 256 characters");
    }
    if revision.starts_with('-') || revision.contains("..") || revision.contains("@{") {
        return refuse("it begins with '-' or contains '..' or '@{'");
    }
    if revision.chars().any(|c| c.is_control() || " :?*[\\^".contains(c)) {
        return refuse("it contains a character that no branch, tag or commit has");
    }
    Ok(())
}

/// A path inside a tree: relative, of real names.
pub(crate) fn check_path(path: &str) -> Result<(), ForgeError> {
    let refuse = |reason| Err(ForgeError::Path { path: path.chars().take(200).collect(), reason });
    if path.is_empty() || path.len() > 4096 {
        return refuse("it must have 1 to 4096 characters");
    }
    if path.chars().any(|c| c.is_control() || c == '\\') {
        return refuse("it contains a control character or a backslash");
    }
    for part in path.split('/') {
        if part.is_empty() || part == "." || part == ".." {
            return refuse("it must be relative, without empty parts, '.' and '..'");
        }
        if part.eq_ignore_ascii_case(".git") {
            return refuse("a part is named .git");
        }
    }
    Ok(())
}
