//! `actions/upload-artifact` and `actions/download-artifact`, within a run.

use std::path::{Path, PathBuf};

use super::action::Inputs;
use super::session::Session;
use super::step::{StepEnd, StepView};
use super::wildcard::Wildcards;
use crate::glob::Patterns;
use crate::plan::InstancePath;

const PACK: &str = r#"cd "$ARTIFACT_ROOT" && tar --no-recursion -cf "$PARCEL" -T "$ARTIFACT_LIST""#;
const UNPACK: &str = r#"mkdir -p "$ARTIFACT_TARGET" && tar -xf "$PARCEL" -C "$ARTIFACT_TARGET""#;

/// The file name of an artifact's archive.
fn locate(artifacts: &Path, name: &str) -> PathBuf {
    artifacts.join(format!("{name}.tar"))
}

/// Which instance has uploaded an artifact.
fn owner_of(archive: &Path) -> PathBuf {
    archive.with_extension("owner")
}

/// Removes what an earlier attempt of the same job has left, so that it can upload it again.
pub(super) fn forget(artifacts: &Path, owner: &InstancePath) {
    for entry in std::fs::read_dir(artifacts).into_iter().flatten().filter_map(Result::ok) {
        let (path, owner) = (entry.path(), owner.to_string());
        let is_own = path.extension().is_some_and(|extension| extension == "owner")
            && std::fs::read_to_string(&path).is_ok_and(|text| text == owner);
        if is_own {
            // What is gone already need not be removed.
            let _ = std::fs::remove_file(path.with_extension("tar"));
            let _ = std::fs::remove_file(path);
        }
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let is_bad =
        name.is_empty() || name.starts_with('.') || name.chars().any(|c| c.is_control() || "\":<>|*?\\/".contains(c));
    if is_bad { Err(format!("The artifact name is not valid: {name}")) } else { Ok(()) }
}

/// The folder that all files have in common, as the uploaded artifact has it as its root: that of the patterns' fixed beginning for one
/// pattern, the deepest common one for several.
fn find_root(patterns: &[&str], files: &[PathBuf], is_folder: impl Fn(&Path) -> bool) -> PathBuf {
    if let [pattern] = patterns {
        let fixed: PathBuf = Path::new(pattern)
            .components()
            .take_while(|part| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']))
            .collect();
        let fixed: PathBuf = fixed.components().filter(|part| !matches!(part, std::path::Component::CurDir)).collect();
        return if is_folder(&fixed) { fixed } else { fixed.parent().map(Path::to_path_buf).unwrap_or_default() };
    }
    let mut root = files.first().and_then(|file| file.parent()).map(Path::to_path_buf).unwrap_or_default();
    for file in files {
        while !file.starts_with(&root) && root.pop() {}
    }
    root
}

impl Session<'_> {
    /// Keeps files of the workspace for later jobs.
    pub(super) async fn upload_artifact(&mut self, view: &StepView<'_>, inputs: &Inputs) -> Result<StepEnd, String> {
        let name = inputs.get("name").unwrap_or("artifact").to_owned();
        check_name(&name)?;
        let Some(paths) = inputs.get("path") else {
            return Err("Input required and not supplied: path".to_owned());
        };
        let workspace = self.order.room.workspace.clone();
        let mut files = Wildcards::new(paths.lines(), &workspace.seen)?.select(&workspace.host, true);
        if !inputs.is_true("include-hidden-files") {
            files.retain(|file| !file.components().any(|part| part.as_os_str().to_string_lossy().starts_with('.')));
        }
        if files.is_empty() {
            return self.miss_files(view.at, inputs, paths);
        }
        let target = locate(self.order.artifacts, &name);
        if inputs.is_true("overwrite") && target.exists() {
            std::fs::remove_file(&target)
                .map_err(|error| format!("the artifact `{name}` was not replaced: {error}"))?;
        }
        if target.exists() {
            return Err(format!(
                "Failed to create artifact: an artifact with the name {name} already exists on this run"
            ));
        }
        let seen = workspace.seen_text();
        let patterns: Vec<&str> = paths
            .lines()
            .map(|line| line.trim().trim_end_matches('/'))
            .filter(|line| !line.is_empty() && !line.starts_with('!'))
            .map(|line| line.strip_prefix(&seen).map_or(line, |rest| rest.trim_start_matches('/')))
            .collect();
        let root = find_root(&patterns, &files, |path| super::beneath::is_folder(&workspace.host, path));
        let list: Vec<String> =
            files.iter().map(|file| file.strip_prefix(&root).unwrap_or(file).display().to_string()).collect();
        let list_file = self.order.room.commands.join(format!("artifact_{}.list", self.begun));
        std::fs::write(&list_file.host, list.join("\n") + "\n")
            .map_err(|error| format!("the list of files was not written: {error}"))?;
        let variables = vec![
            ("ARTIFACT_ROOT".to_owned(), workspace.join(&root).seen_text()),
            ("ARTIFACT_LIST".to_owned(), list_file.seen_text()),
        ];
        self.pack(view, PACK, variables, &target).await?;
        std::fs::write(owner_of(&target), self.order.assignment.path.to_string())
            .map_err(|error| format!("the owner of the artifact `{name}` was not written: {error}"))?;
        self.say(view.at, &format!("Artifact {name} has been successfully uploaded: {} file(s)", files.len()));
        Ok(StepEnd::success([("artifact-id".to_owned(), name)]))
    }

    fn miss_files(&mut self, at: usize, inputs: &Inputs, paths: &str) -> Result<StepEnd, String> {
        let message = format!(
            "No files were found with the provided path: {}. No artifacts will be uploaded.",
            paths.lines().collect::<Vec<_>>().join(", ")
        );
        match inputs.get("if-no-files-found") {
            Some("error") => Err(message),
            Some("ignore") => Ok(StepEnd::success([])),
            _ => {
                self.say(at, &format!("Warning: {message}"));
                Ok(StepEnd::success([]))
            }
        }
    }

    /// Brings back what an earlier job of the run has kept.
    pub(super) async fn download_artifact(&mut self, view: &StepView<'_>, inputs: &Inputs) -> Result<StepEnd, String> {
        for other in ["run-id", "repository"] {
            if inputs.get(other).is_some() {
                return Err(format!("`{other}`: artifacts of other runs are not run by the built-in runner"));
            }
        }
        let workspace = self.order.room.workspace.seen.clone();
        let target = workspace.join(inputs.get("path").unwrap_or_default());
        let names = self.find_artifacts(inputs)?;
        let is_single = inputs.get("name").is_some();
        self.is_touched = true;
        for name in &names {
            let folder = if is_single || inputs.is_true("merge-multiple") { target.clone() } else { target.join(name) };
            let variables = vec![("ARTIFACT_TARGET".to_owned(), folder.display().to_string())];
            self.unpack(view, UNPACK, variables, &locate(self.order.artifacts, name)).await?;
            self.say(view.at, &format!("Artifact {name} downloaded to {}", folder.display()));
        }
        Ok(StepEnd::success([("download-path".to_owned(), target.display().to_string())]))
    }

    fn find_artifacts(&self, inputs: &Inputs) -> Result<Vec<String>, String> {
        if let Some(name) = inputs.get("name") {
            check_name(name)?;
            let exists = locate(self.order.artifacts, name).exists();
            return if exists {
                Ok(vec![name.to_owned()])
            } else {
                Err(format!("Unable to download artifact(s): Artifact not found for name: {name}"))
            };
        }
        let pattern = inputs.get("pattern").map(|pattern| Patterns::new(&[pattern.to_owned()]));
        let mut names: Vec<String> = std::fs::read_dir(self.order.artifacts)
            .into_iter()
            .flatten()
            .filter_map(Result::ok)
            .filter_map(|file| file.file_name().to_str().and_then(|name| name.strip_suffix(".tar")).map(str::to_owned))
            .filter(|name| pattern.as_ref().is_none_or(|pattern| pattern.select(name)))
            .collect();
        names.sort();
        Ok(names)
    }
}
