//! Commits that the server makes itself, such as the first one of a new service. The invariant:
//! repeated with the same files it makes nothing new, so that a step that was interrupted can be
//! run again.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::access::Actor;
use crate::error::ForgeError;
use crate::name::{RepositoryName, branch_ref};
use crate::object::ObjectId;
use crate::push::{PushEvent, RefUpdate, settle_event};
use crate::reading::check_path;
use crate::storage::Forge;

/// Where a commit is built before its branch moves. Written only under the repository's lock, and
/// never advertised.
const DRAFT: &str = "refs/causeway/draft";

/// One file of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// Path from the root, with `/`.
    pub path: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Has it the executable bit?
    pub executable: bool,
}

/// Who wrote a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Name; characters that Git does not allow are left out.
    pub name: String,
    /// E-mail address; likewise.
    pub email: String,
}

/// What a commit is built on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Onto {
    /// The branch has no commit; the files are the whole tree.
    Nothing,
    /// The newest commit of the branch, if it has one; the files are added to its tree, or replace
    /// those at the same path.
    Head,
}

/// A commit to be made.
#[derive(Debug, Clone)]
pub struct CommitRequest {
    /// The short name of the branch.
    pub branch: String,
    /// What it is built on.
    pub onto: Onto,
    /// The files.
    pub files: Vec<FileEntry>,
    /// The message.
    pub message: String,
    /// Author and committer.
    pub author: Author,
    /// When.
    pub time: SystemTime,
    /// Who is named in the event.
    pub actor: Actor,
}

impl Forge {
    /// Commits `request.files` to a branch and answers with the commit that holds them. If that is
    /// there already (with [`Onto::Nothing`]: as the branch's first commit; with [`Onto::Head`]: as
    /// its newest), no other is made. The listener hears of it in both cases, so that an event that
    /// an interruption swallowed is made up for.
    ///
    /// # Errors
    /// [`ForgeError::HasHistory`] for [`Onto::Nothing`] on a branch that began with other files;
    /// [`ForgeError::Path`] and [`ForgeError::Name`] before anything is written.
    pub async fn commit_tree(
        &self,
        repository: &RepositoryName,
        request: &CommitRequest,
    ) -> Result<ObjectId, ForgeError> {
        let name = branch_ref(&request.branch)?;
        for file in &request.files {
            check_path(&file.path)?;
        }
        let path = self.existing(repository).await?;
        let _guard = self.lock(repository).await;
        let old = self.refs(&path).await?.into_iter().find(|(existing, _)| *existing == name);
        let old = old.map(|(_, commit)| commit);
        let parent = old.as_ref().filter(|_| request.onto == Onto::Head);
        let stream = import_stream(request, parent);
        self.inner
            .git
            .at(&path, "fast-import")
            .setting("fastimport.unpackLimit=0")
            .args(["--quiet", "--force", "--done", "--date-format=raw"])
            .run_with(&stream)
            .await?;
        let draft = self.commit(repository, DRAFT).await?;
        let existing = self.same_tree(repository, request, old.as_ref(), &draft).await?;
        let commit = existing.as_ref().unwrap_or(&draft).clone();
        let update = match existing {
            Some(_) => None,
            None if request.onto == Onto::Nothing && old.is_some() => {
                return Err(ForgeError::HasHistory { repository: repository.clone(), branch: request.branch.clone() });
            }
            None => Some(old.clone()),
        };
        let told = RefUpdate {
            name: name.clone(),
            old: match &update {
                Some(old) => old.clone(),
                None => self.parent(repository, &commit).await?,
            },
            new: Some(commit.clone()),
            forced: false,
        };
        self.publish(repository, request, told, update.is_some()).await?;
        self.tidy(repository);
        Ok(commit)
    }

    /// Moves the branch if `moves`, and tells the listener in any case.
    async fn publish(
        &self,
        repository: &RepositoryName,
        request: &CommitRequest,
        update: RefUpdate,
        moves: bool,
    ) -> Result<(), ForgeError> {
        let path = self.path(repository);
        let event = PushEvent {
            repository: repository.clone(),
            actor: request.actor.clone(),
            updates: vec![update.clone()],
            options: Vec::new(),
        };
        let change = async || {
            if moves {
                self.inner
                    .git
                    .at(&path, "update-ref")
                    .args(["--no-deref", "-z", "--stdin"])
                    .run_with(update.transaction_line().as_bytes())
                    .await?;
            }
            Ok(vec![update])
        };
        settle_event(self, event, change).await?;
        Ok(())
    }

    /// The commit on the branch that already has the tree of `draft`, if the request allows for it.
    async fn same_tree(
        &self,
        repository: &RepositoryName,
        request: &CommitRequest,
        old: Option<&ObjectId>,
        draft: &ObjectId,
    ) -> Result<Option<ObjectId>, ForgeError> {
        let Some(old) = old else {
            return Ok(None);
        };
        let candidate = match request.onto {
            Onto::Head => old.clone(),
            Onto::Nothing => {
                let first = self
                    .inner
                    .git
                    .at(&self.path(repository), "rev-list")
                    .args(["--max-parents=0", "--first-parent", old.as_str(), "--"])
                    .run()
                    .await?;
                ObjectId::parse(String::from_utf8_lossy(&first).trim())?
            }
        };
        let trees = self
            .inner
            .git
            .at(&self.path(repository), "rev-parse")
            .args([format!("{candidate}^{{tree}}"), format!("{draft}^{{tree}}")])
            .run()
            .await?;
        let trees = String::from_utf8_lossy(&trees);
        let mut trees = trees.lines();
        Ok((trees.next() == trees.next()).then_some(candidate))
    }

    async fn parent(&self, repository: &RepositoryName, commit: &ObjectId) -> Result<Option<ObjectId>, ForgeError> {
        let commits = self.log(repository, commit.as_str(), 1).await?;
        Ok(commits.into_iter().next().and_then(|commit| commit.parents.into_iter().next()))
    }
}

/// The commit in the format of git-fast-import(1).
fn import_stream(request: &CommitRequest, parent: Option<&ObjectId>) -> Vec<u8> {
    let mut stream = Vec::with_capacity(request.files.iter().map(|file| file.bytes.len() + 128).sum());
    let seconds = request.time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let person = format!("{} <{}> {seconds} +0000", plain(&request.author.name), plain(&request.author.email));
    stream.extend_from_slice(format!("commit {DRAFT}\nauthor {person}\ncommitter {person}\n").as_bytes());
    data(&mut stream, format!("{}\n", request.message.trim_end()).as_bytes());
    match parent {
        Some(parent) => stream.extend_from_slice(format!("from {parent}\n").as_bytes()),
        None => stream.extend_from_slice(b"deleteall\n"),
    }
    for file in &request.files {
        let mode = if file.executable { "100755" } else { "100644" };
        let path = file.path.replace('\\', "\\\\").replace('"', "\\\"");
        stream.extend_from_slice(format!("M {mode} inline \"{path}\"\n").as_bytes());
        data(&mut stream, &file.bytes);
    }
    stream.extend_from_slice(b"done\n");
    stream
}

fn data(stream: &mut Vec<u8>, bytes: &[u8]) {
    stream.extend_from_slice(format!("data {}\n", bytes.len()).as_bytes());
    stream.extend_from_slice(bytes);
    stream.push(b'\n');
}

/// Without what would end the field of a person early.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && *c != '<' && *c != '>').collect()
}
