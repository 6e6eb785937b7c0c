//! `actions/cache`.
//!
//! A cache is an archive under its key; it is written once and never changed, so that a run can add to what others read but not alter
//! it.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};

use super::action::Inputs;
use super::frame::Frame;
use super::session::{CleanUp, Session};
use super::step::{StepEnd, StepView};
use super::{StepResult, step};
use crate::plan::Conclusion;

const PACK: &str = r#"
set --
while IFS= read -r path; do
    case "$path" in '~'*) path="$HOME${path#'~'}" ;; esac
    [ -n "$path" ] && [ -e "$path" ] && set -- "$@" "$path"
done <<END
$CACHE_PATHS
END
if [ $# -gt 0 ]; then tar -P -cf "$PARCEL" -- "$@"; else echo "nothing to keep: none of the paths exists" >&2; tar -cf "$PARCEL" -T /dev/null; fi
"#;
const UNPACK: &str = r#"tar -P -xf "$PARCEL""#;

/// An entry of the store.
struct Entry {
    archive: PathBuf,
    key: String,
}

/// Where the archive of a key lies; the paths are part of it, as an archive of other paths is of no use.
fn locate(store: &Path, key: &str, paths: &str) -> PathBuf {
    store.join(hash(paths)).join(hash(key)).with_extension("tar")
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// The entry of `key`, or the newest one whose key begins with one of `prefixes`, the first prefix first.
fn find(store: &Path, key: &str, prefixes: &[&str], paths: &str) -> Option<Entry> {
    let archive = locate(store, key, paths);
    if archive.exists() {
        return Some(Entry { archive, key: key.to_owned() });
    }
    let entries: Vec<(SystemTime, Entry)> = std::fs::read_dir(store.join(hash(paths)))
        .ok()?
        .filter_map(Result::ok)
        .filter_map(|file| {
            let path = file.path();
            let key = std::fs::read_to_string(path.with_extension("key"))
                .ok()
                .filter(|_| path.extension().is_some_and(|extension| extension == "tar"))?;
            Some((file.metadata().ok()?.modified().ok()?, Entry { archive: path, key }))
        })
        .collect();
    prefixes.iter().find_map(|prefix| {
        let newest = entries.iter().filter(|(_, entry)| entry.key.starts_with(prefix)).max_by_key(|(time, _)| *time);
        newest.map(|(_, entry)| Entry { archive: entry.archive.clone(), key: entry.key.clone() })
    })
}

impl Session<'_> {
    /// Restores a cache, and has it kept at the end.
    pub(super) async fn use_cache(
        &mut self,
        view: &StepView<'_>,
        inputs: &Inputs,
        restores: bool,
        saves: bool,
    ) -> Result<StepEnd, String> {
        let (Some(key), Some(paths)) = (inputs.get("key"), inputs.get("path")) else {
            return Err("Input required and not supplied: key and path".to_owned());
        };
        let store = self.order.settings.cache_folder.clone();
        if saves && !restores {
            self.keep_cache(view, key, paths).await?;
            return Ok(StepEnd::of(Conclusion::Success));
        }
        let prefixes: Vec<&str> = inputs
            .get("restore-keys")
            .map(|keys| keys.lines().map(str::trim).filter(|key| !key.is_empty()).collect())
            .unwrap_or_default();
        let found = find(&store, key, &prefixes, paths);
        let is_exact = found.as_ref().is_some_and(|entry| entry.key == key);
        match &found {
            Some(entry) => {
                self.say(view.at, &format!("Cache restored from key: {}", entry.key));
                if !inputs.is_true("lookup-only") {
                    self.is_touched = true;
                    self.unpack(view, UNPACK, Vec::new(), &entry.archive).await?;
                }
            }
            None if inputs.is_true("fail-on-cache-miss") => {
                return Err(format!(
                    "Failed to restore cache entry. Exiting as fail-on-cache-miss is set. Input key: {key}"
                ));
            }
            None => self.say(view.at, &format!("Cache not found for input keys: {key}")),
        }
        if saves && !is_exact {
            self.clean_ups.push(CleanUp {
                name: format!("Post {}", self.masker.mask(&step_name(view))),
                key: key.to_owned(),
                paths: paths.to_owned(),
            });
        }
        let hit = found.as_ref().map_or("", |_| if is_exact { "true" } else { "false" });
        Ok(StepEnd::success([
            ("cache-hit".to_owned(), hit.to_owned()),
            ("cache-primary-key".to_owned(), key.to_owned()),
            ("cache-matched-key".to_owned(), found.map(|entry| entry.key).unwrap_or_default()),
        ]))
    }

    async fn keep_cache(&mut self, view: &StepView<'_>, key: &str, paths: &str) -> Result<(), String> {
        let archive = locate(&self.order.settings.cache_folder, key, paths);
        if archive.exists() {
            self.say(view.at, &format!("Cache hit occurred on the primary key {key}, not saving cache."));
            return Ok(());
        }
        self.pack(view, PACK, vec![("CACHE_PATHS".to_owned(), paths.to_owned())], &archive).await?;
        std::fs::write(archive.with_extension("key"), key)
            .map_err(|error| format!("the key of the cache was not written: {error}"))?;
        self.say(view.at, &format!("Cache saved with key: {key}"));
        Ok(())
    }

    /// After the steps of a job that succeeded: keeps what its caches asked for, the latest first.
    pub(super) async fn run_clean_ups(&mut self, frame: &Frame, steps: &[crate::workflow::Step]) {
        let Some(step) = steps.first().filter(|_| frame.status == Conclusion::Success) else {
            return;
        };
        while let Some(clean_up) = self.clean_ups.pop() {
            let at = self.results.len();
            self.order.sink.step_started(self.order.assignment, at, &clean_up.name);
            let view = step::StepView {
                step,
                at,
                contexts: self.contexts(frame, &self.env),
                env: self.env.clone(),
                timeout: step::DEFAULT_TIMEOUT,
            };
            // A cache that is not kept costs time in the next run, and nothing in this one.
            if let Err(error) = self.keep_cache(&view, &clean_up.key, &clean_up.paths).await {
                self.say(at, &format!("Warning: {error}"));
            }
            let result = StepResult {
                id: "__post".to_owned(),
                name: clean_up.name,
                outcome: Conclusion::Success,
                conclusion: Conclusion::Success,
            };
            self.order.sink.step_ended(self.order.assignment, at, &result);
            self.results.push(result);
        }
    }
}

fn step_name(view: &StepView<'_>) -> String {
    match &view.step.action {
        crate::workflow::Action::Uses { action, .. } => format!("Run {action}"),
        crate::workflow::Action::Run { .. } => "Run".to_owned(),
    }
}
