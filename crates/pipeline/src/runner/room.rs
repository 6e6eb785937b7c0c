//! The folders of a job.
//!
//! A room has two sides: where a folder lies on the host, and where the processes of the job see it. The runner writes and reads on
//! the host's side; everything that goes into an environment or a script names the other.

use std::path::{Path, PathBuf};

/// A folder from both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Where it lies.
    pub host: PathBuf,
    /// Where the job's processes see it.
    pub seen: PathBuf,
}

impl Folder {
    /// The same from both sides.
    #[must_use]
    pub fn shared(path: PathBuf) -> Self {
        Self { host: path.clone(), seen: path }
    }

    /// Something in it.
    #[must_use]
    pub fn join(&self, name: impl AsRef<Path>) -> Self {
        Self { host: self.host.join(&name), seen: self.seen.join(&name) }
    }

    /// The path as an environment has it.
    #[must_use]
    pub fn seen_text(&self) -> String {
        self.seen.display().to_string()
    }
}

/// All folders of one job.
#[derive(Debug, Clone)]
pub struct Room {
    /// The folder on the host that all others lie in.
    pub root: PathBuf,
    /// The files of the repository: where steps begin.
    pub workspace: Folder,
    /// `RUNNER_TEMP`.
    pub temp: Folder,
    /// Scripts, and the files in which steps hand over outputs and environment. Processes may write its files, not the folder.
    pub commands: Folder,
    /// `RUNNER_TOOL_CACHE`, and links to the tools that a job has set up.
    pub tools: Folder,
    /// The repository that the workspace was made of, bare.
    pub source: Folder,
    /// `HOME`; `None` where processes have that of the runner.
    pub home: Option<Folder>,
}

impl Room {
    /// The host's path of a path that a process would name; `None` if it is not in the workspace or the temporary folder.
    pub(super) fn find_on_host(&self, seen: &Path) -> Option<PathBuf> {
        [&self.workspace, &self.temp]
            .into_iter()
            .find_map(|folder| seen.strip_prefix(&folder.seen).ok().map(|rest| folder.host.join(rest)))
    }
}
