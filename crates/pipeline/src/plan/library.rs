//! The workflow files of a repository.

use std::collections::BTreeMap;
use std::path::Path;

use crate::workflow::{self, InvalidWorkflow, Workflow};

/// Where GitHub and this runner look for workflow files.
pub(crate) const FOLDER: &str = ".github/workflows";

/// All workflow files by their path within the repository, each read or refused.
#[derive(Debug, Default)]
pub struct Library {
    files: BTreeMap<String, Result<Workflow, InvalidWorkflow>>,
}

impl Library {
    /// Adds the text of a file.
    pub fn add(&mut self, file: &str, text: &str) {
        let read = workflow::read(text).map_err(|problems| InvalidWorkflow { file: file.to_owned(), problems });
        self.files.insert(file.to_owned(), read);
    }

    /// Reads the workflow files of a folder that holds a repository's files.
    ///
    /// # Errors
    /// The folder could not be read; one without workflows is no error.
    pub fn read_folder(folder: &Path) -> std::io::Result<Self> {
        let mut library = Self::default();
        let entries = match std::fs::read_dir(folder.join(FOLDER)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(library),
            entries => entries?,
        };
        for entry in entries {
            let path = entry?.path();
            let is_workflow = path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml");
            if let Some(name) =
                path.file_name().and_then(|name| name.to_str()).filter(|_| is_workflow && path.is_file())
            {
                library.add(&format!("{FOLDER}/{name}"), &std::fs::read_to_string(&path)?);
            }
        }
        Ok(library)
    }

    /// All files, sorted by path.
    pub fn files(&self) -> impl Iterator<Item = (&str, Result<&Workflow, &InvalidWorkflow>)> {
        self.files.iter().map(|(file, read)| (file.as_str(), read.as_ref()))
    }

    /// The workflow of a file.
    ///
    /// # Errors
    /// There is no such file, or it is no workflow; the text says which.
    pub fn find(&self, file: &str) -> Result<&Workflow, String> {
        match self.files.get(file) {
            Some(Ok(workflow)) => Ok(workflow),
            Some(Err(invalid)) => Err(invalid.to_string()),
            None => Err(format!("the workflow file `{file}` does not exist in this repository")),
        }
    }
}
