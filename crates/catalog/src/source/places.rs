//! Where the files of a source are: from what its spec says to an [`Origin`].

use std::path::{Path, PathBuf};

use causeway_core::ConditionStatus;
use causeway_engine::Failure;
use causeway_forge::{Forge, ObjectId, RepositoryName};
use causeway_kinds::repository::{Repository, RepositorySpec};
use causeway_kinds::source::{Source, SourceType};
use causeway_resources::Client;

use super::origin::{Commit, Folder, Origin};
use super::place;

/// What is read where a folder is named, and no pattern.
const DESCRIPTORS: &str = "**/catalog-info.{yaml,yml}";

/// What a source waits for.
pub(super) struct Waits {
    pub(super) status: ConditionStatus,
    pub(super) reason: &'static str,
    pub(super) message: String,
}

impl Waits {
    fn not_ready(reason: &'static str, message: String) -> Self {
        Self { status: ConditionStatus::False, reason, message }
    }
}

/// Finds the places of sources.
pub(super) struct Places<'a> {
    pub(super) client: &'a Client,
    pub(super) forge: &'a Forge,
}

impl Places<'_> {
    /// Where the files are now, or what is waited for.
    pub(super) async fn origin(&self, source: &Source) -> Result<Result<Origin, Waits>, Failure> {
        match source.spec.r#type {
            SourceType::Repository => self.commit(source).await,
            SourceType::Directory | SourceType::File => Ok(folder(source).map(Origin::Folder)),
            SourceType::Git | SourceType::Url => Ok(Err(Waits {
                status: ConditionStatus::Unknown,
                reason: "NotReconciledYet",
                message: "Nothing in this version reads from other hosts; host the repository here, or name a folder."
                    .into(),
            })),
        }
    }

    async fn commit(&self, source: &Source) -> Result<Result<Origin, Waits>, Failure> {
        let name = source.spec.repository.as_str();
        let Some(repository) = self.client.get::<RepositorySpec>(source.namespace(), name)? else {
            return Ok(Err(Waits::not_ready(
                "RepositoryNotFound",
                format!("There is no repository {name} in this namespace."),
            )));
        };
        let branch = if source.spec.branch.is_empty() { &repository.spec.default_branch } else { &source.spec.branch };
        let failed = |error: causeway_forge::ForgeError| Failure::from_error("Unreadable", &error);
        let hosted = RepositoryName::new(repository.namespace(), repository.name())
            .map_err(|error| Failure::terminal("BadName", format!("The repository {name} cannot be read: {error}.")))?;
        let Some(commit) = self.head(&repository, &hosted, branch).await.map_err(failed)? else {
            let message = format!("The branch {branch} of the repository {name} has no commit yet.");
            return Ok(Err(Waits::not_ready("NoCommit", message)));
        };
        let url = repository.status.url.trim_end_matches(".git").to_owned();
        Ok(Ok(Origin::Commit(Commit {
            forge: Forge::clone(self.forge),
            repository: hosted,
            commit,
            branch: branch.clone(),
            url,
        })))
    }

    /// The newest commit of a branch: as recorded with the last push, or else as the Git host has it.
    async fn head(
        &self,
        repository: &Repository,
        hosted: &RepositoryName,
        branch: &str,
    ) -> Result<Option<ObjectId>, causeway_forge::ForgeError> {
        if let Some(commit) = repository.status.branches.get(branch).and_then(|text| ObjectId::parse(text).ok()) {
            return Ok(Some(commit));
        }
        if !self.forge.exists(hosted).await? {
            return Ok(None);
        }
        self.forge.resolve(hosted, &format!("refs/heads/{branch}")).await
    }
}

/// The folder that a source on the server means: what stands before the first pattern, or the folder of the file.
fn folder(source: &Source) -> Result<Folder, Waits> {
    let (root, _) = split(source);
    if !root.is_absolute() {
        let message = format!(
            "{:?} is relative; the path of a folder or file on the server begins with a slash.",
            source.spec.path
        );
        return Err(Waits::not_ready("BadPath", message));
    }
    if !root.is_dir() {
        return Err(Waits::not_ready("NoFolder", format!("There is no folder {} on the server.", root.display())));
    }
    Ok(Folder { root })
}

/// The path at which reading begins, relative to the root.
pub(super) fn first_path(source: &Source) -> String {
    match source.spec.r#type {
        SourceType::Directory | SourceType::File => split(source).1,
        SourceType::Repository | SourceType::Git | SourceType::Url => place::clean(&source.spec.path).to_owned(),
    }
}

/// The root folder of a source on the server, and what is read beneath it.
fn split(source: &Source) -> (PathBuf, String) {
    let path = Path::new(&source.spec.path);
    let is_file = source.spec.r#type == SourceType::File;
    let mut root = PathBuf::new();
    let mut rest = PathBuf::new();
    for part in path.components() {
        let is_inner = !rest.as_os_str().is_empty() || part.as_os_str().to_str().is_some_and(place::is_pattern);
        if is_inner { rest.push(part) } else { root.push(part) }
    }
    if rest.as_os_str().is_empty() && is_file {
        let name = root.file_name().map(PathBuf::from).unwrap_or_default();
        root.pop();
        return (root, name.display().to_string());
    }
    let rest = if rest.as_os_str().is_empty() { DESCRIPTORS.to_owned() } else { rest.display().to_string() };
    (root, rest)
}
