//! Where the files of a job come from.
//!
//! A run has one source: a bare repository that holds the commit. Each job gets a fresh clone of it. Git runs here without hooks,
//! filters or the configuration of anybody, and only over repositories that no job could write to.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

/// The repository and commit of a run.
#[derive(Debug, Clone)]
pub struct Source {
    /// A bare repository.
    pub repository: PathBuf,
    /// The commit.
    pub sha: String,
    /// The branch that the commit is checked out as; detached if there is none.
    pub branch: Option<String>,
    /// What `origin` is called in the workspace.
    pub origin: String,
}

/// A Git command that failed.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Git was not started.
    #[error("`git` was not started")]
    Start(#[source] std::io::Error),
    /// Git failed.
    #[error("`git {command}` failed: {message}")]
    Git {
        /// Its arguments.
        command: String,
        /// What it said.
        message: String,
    },
    /// A folder was not read or written.
    #[error("the folder {} was not prepared", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Runs Git, in `folder`, with nobody's configuration.
pub(super) async fn git(
    folder: &Path,
    environment: &[(&str, &Path)],
    arguments: &[&str],
) -> Result<String, SourceError> {
    let output = Command::new("git")
        .args([
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "core.fsmonitor=false",
            "-c",
            "protocol.file.allow=always",
            "-c",
            "safe.directory=*",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(arguments)
        .envs(environment.iter().copied())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(SourceError::Start)?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(SourceError::Git { command: arguments.join(" "), message });
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

impl Source {
    /// Fills an empty folder with a fresh clone, one commit deep.
    ///
    /// # Errors
    /// Git failed.
    pub(super) async fn fill(&self, workspace: &Path) -> Result<(), SourceError> {
        let repository = format!("file://{}", self.repository.display());
        git(workspace, &[], &["init", "--quiet", "."]).await?;
        git(
            workspace,
            &[],
            &["fetch", "--quiet", "--no-tags", "--depth=1", "--upload-pack", UPLOAD_PACK, &repository, &self.sha],
        )
        .await?;
        match &self.branch {
            Some(branch) => {
                git(workspace, &[], &["update-ref", &format!("refs/remotes/origin/{branch}"), &self.sha]).await?;
                git(workspace, &[], &["checkout", "--quiet", "--force", "-B", branch, &self.sha]).await?;
            }
            None => {
                git(workspace, &[], &["checkout", "--quiet", "--force", "--detach", &self.sha]).await?;
            }
        }
        git(workspace, &[], &["remote", "add", "origin", &self.origin]).await?;
        Ok(())
    }

    /// Makes the source of a developer's folder in `target`: its last commit, and what is not committed as one more on top.
    ///
    /// # Errors
    /// Git failed; a folder that is no repository is taken as one uncommitted change.
    pub async fn from_folder(folder: &Path, target: PathBuf, branch: &str) -> Result<Self, SourceError> {
        let parent = target.parent().unwrap_or(Path::new("/")).to_path_buf();
        let is_repository = git(folder, &[], &["rev-parse", "--git-dir"]).await.is_ok();
        let head = if is_repository {
            git(folder, &[], &["rev-parse", "--verify", "--quiet", "HEAD"]).await.ok()
        } else {
            None
        };
        let name = target.display().to_string();
        git(&parent, &[], &["init", "--quiet", "--bare", &name]).await?;
        if let Some(head) = &head {
            let own = format!("file://{}", absolute(folder)?.display());
            git(&target, &[], &["fetch", "--quiet", "--upload-pack", UPLOAD_PACK, &own, "+refs/*:refs/*", head])
                .await?;
        }
        let sha = commit_changes(folder, &target, head.as_deref()).await?;
        git(&target, &[], &["update-ref", &format!("refs/heads/{branch}"), &sha]).await?;
        git(&target, &[], &["config", "uploadpack.allowAnySHA1InWant", "true"]).await?;
        let origin = git(folder, &[], &["remote", "get-url", "origin"])
            .await
            .unwrap_or_else(|_| absolute(folder).unwrap_or_default().display().to_string());
        Ok(Self { repository: target, sha, branch: Some(branch.to_owned()), origin })
    }

    /// The paths that the commit changed, against its first parent.
    ///
    /// # Errors
    /// Git failed.
    pub async fn changed_paths(&self) -> Result<Vec<String>, SourceError> {
        let paths = git(
            &self.repository,
            &[],
            &[
                "-c",
                "core.quotePath=false",
                "diff-tree",
                "--no-commit-id",
                "--name-only",
                "-r",
                "--root",
                "-m",
                "--first-parent",
                &self.sha,
            ],
        )
        .await?;
        Ok(paths.lines().map(str::to_owned).collect())
    }
}

impl Source {
    /// The paths that differ between `before`, the commit that a push replaced, and the commit; those of the commit alone if there was
    /// none before it, or if it is gone.
    ///
    /// # Errors
    /// Git failed.
    pub async fn changed_since(&self, before: &str) -> Result<Vec<String>, SourceError> {
        let known = format!("{before}^{{commit}}");
        if git(&self.repository, &[], &["rev-parse", "--verify", "--quiet", "--end-of-options", &known]).await.is_err()
        {
            return self.changed_paths().await;
        }
        let paths = git(
            &self.repository,
            &[],
            &["-c", "core.quotePath=false", "diff-tree", "--name-only", "-r", before, &self.sha],
        )
        .await?;
        Ok(paths.lines().map(str::to_owned).collect())
    }

    /// The message of the commit.
    ///
    /// # Errors
    /// Git failed.
    pub async fn message(&self) -> Result<String, SourceError> {
        git(&self.repository, &[], &["log", "-1", "--format=%B", &self.sha]).await
    }
}

/// Serves any commit, whoever owns the repository: it is one of ours.
const UPLOAD_PACK: &str = "git -c uploadpack.allowAnySHA1InWant=true -c safe.directory=* upload-pack";

fn absolute(folder: &Path) -> Result<PathBuf, SourceError> {
    folder.canonicalize().map_err(|source| SourceError::Folder { folder: folder.to_path_buf(), source })
}

/// The commit to run: the head, or one on top of it with the changes that are not committed.
async fn commit_changes(folder: &Path, repository: &Path, head: Option<&str>) -> Result<String, SourceError> {
    let (index, work_tree) = (repository.join("causeway-index"), absolute(folder)?);
    let environment: [(&str, &Path); 3] =
        [("GIT_DIR", repository), ("GIT_WORK_TREE", &work_tree), ("GIT_INDEX_FILE", &index)];
    if let Some(head) = head {
        git(folder, &environment, &["read-tree", head]).await?;
    }
    git(folder, &environment, &["add", "--all", "."]).await?;
    let tree = git(folder, &environment, &["write-tree"]).await?;
    if let Some(head) = head
        && git(repository, &[], &["rev-parse", &format!("{head}^{{tree}}")]).await? == tree
    {
        return Ok(head.to_owned());
    }
    let mut arguments = vec![
        "-c",
        "user.name=causeway",
        "-c",
        "user.email=causeway@localhost",
        "commit-tree",
        &tree,
        "-m",
        "Uncommitted changes",
    ];
    if let Some(head) = head {
        arguments.extend(["-p", head]);
    }
    git(repository, &[], &arguments).await
}
