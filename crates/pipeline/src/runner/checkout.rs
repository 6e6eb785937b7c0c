//! `actions/checkout`.
//!
//! The workspace is a fresh clone already, so the usual checkout has nothing to do. Everything else (another path, reference or
//! depth; a workspace that steps have changed) is done by Git as a process of the job: what a job has written into its own
//! repository's configuration is never the runner's to execute.

use std::collections::BTreeMap;

use super::action::Inputs;
use super::script::Script;
use super::session::Session;
use super::shell;
use super::step::{StepEnd, StepView};

/// Fetches `CHECKOUT_REF` (a branch, a tag or a commit) of the run's repository into `CHECKOUT_PATH` and makes that folder hold it alone.
const SCRIPT: &str = r#"
export GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*' GIT_CONFIG_KEY_1=protocol.file.allow GIT_CONFIG_VALUE_1=always
mkdir -p "$CHECKOUT_PATH"
cd "$CHECKOUT_PATH"
[ -d .git ] || git init --quiet .
serve='git -c uploadpack.allowAnySHA1InWant=true -c safe.directory=* upload-pack'
fetch() { git fetch --quiet --force --update-head-ok $CHECKOUT_OPTIONS --upload-pack "$serve" "file://$CHECKOUT_SOURCE" "$@" 2>/dev/null; }
branch=''
if [ "$CHECKOUT_DEPTH" = 0 ]; then
    CHECKOUT_OPTIONS='--tags'
    [ -f .git/shallow ] && CHECKOUT_OPTIONS='--tags --unshallow'
    fetch '+refs/heads/*:refs/remotes/origin/*' || true
    CHECKOUT_OPTIONS='--no-tags'
else
    CHECKOUT_OPTIONS="--no-tags --depth=$CHECKOUT_DEPTH"
fi
if fetch "+refs/heads/${CHECKOUT_REF#refs/heads/}:refs/remotes/origin/${CHECKOUT_REF#refs/heads/}"; then
    commit="refs/remotes/origin/${CHECKOUT_REF#refs/heads/}"
    branch="${CHECKOUT_REF#refs/heads/}"
elif fetch "+refs/tags/${CHECKOUT_REF#refs/tags/}:refs/tags/${CHECKOUT_REF#refs/tags/}"; then
    commit="refs/tags/${CHECKOUT_REF#refs/tags/}"
elif fetch "$CHECKOUT_REF"; then
    commit=FETCH_HEAD
else
    echo "Error: the reference '$CHECKOUT_REF' is not in this repository" >&2
    exit 1
fi
[ -z "$CHECKOUT_BRANCH" ] || branch="$CHECKOUT_BRANCH"
if [ -n "$branch" ]; then git checkout --quiet --force -B "$branch" "$commit"; else git checkout --quiet --force --detach "$commit"; fi
if [ "$CHECKOUT_CLEAN" = true ]; then git clean -ffdxq; fi
git remote get-url origin >/dev/null 2>&1 || git remote add origin "$CHECKOUT_ORIGIN"
"#;

impl Session<'_> {
    /// Runs a checkout.
    pub(super) async fn check_out(&mut self, view: &StepView<'_>, inputs: &Inputs) -> Result<StepEnd, String> {
        let facts = self.order.plan.facts;
        if let Some(other) = inputs.get("repository").filter(|name| !name.eq_ignore_ascii_case(&facts.repository)) {
            return Err(format!(
                "the repository `{other}` is not this one: its checkout is not run by the built-in runner"
            ));
        }
        if inputs.is_true("submodules") || inputs.get("submodules") == Some("recursive") || inputs.is_true("lfs") {
            return Err("submodules and LFS are not run by the built-in runner".to_owned());
        }
        let source = self.order.source;
        let outputs =
            |sha: &str| [("ref".to_owned(), facts.event.subject.reference()), ("commit".to_owned(), sha.to_owned())];
        let depth = inputs.get("fetch-depth").unwrap_or("1");
        if !depth.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("`fetch-depth` is `{depth}`, and must be a number"));
        }
        let is_usual =
            depth == "1" && !self.is_touched && ["path", "ref"].into_iter().all(|name| inputs.get(name).is_none());
        if is_usual {
            self.say(view.at, &format!("The workspace is at {} already", source.sha));
            return Ok(StepEnd::success(outputs(&source.sha)));
        }
        let script = self.checkout_script(view, inputs, depth)?;
        let ran = self.run_script(view.at, script).await?;
        let mut end = self.judge(view.at, ran);
        end.outputs.extend(outputs(&source.sha));
        Ok(end)
    }

    fn checkout_script(&self, view: &StepView<'_>, inputs: &Inputs, depth: &str) -> Result<Script, String> {
        let (source, workspace) = (self.order.source, &self.order.room.workspace);
        let path = workspace.seen.join(inputs.get("path").unwrap_or_default());
        if !path.starts_with(&workspace.seen)
            || path.components().any(|part| matches!(part, std::path::Component::ParentDir))
        {
            return Err(format!("Repository path '{}' is not under '{}'", path.display(), workspace.seen.display()));
        }
        let branch = source.branch.clone().filter(|_| inputs.get("ref").is_none()).unwrap_or_default();
        let variables = [
            ("CHECKOUT_PATH", path.display().to_string()),
            ("CHECKOUT_REF", inputs.get("ref").unwrap_or(&source.sha).to_owned()),
            ("CHECKOUT_BRANCH", branch),
            ("CHECKOUT_DEPTH", depth.to_owned()),
            ("CHECKOUT_CLEAN", (inputs.get("clean") != Some("false")).to_string()),
            ("CHECKOUT_SOURCE", self.order.room.source.seen_text()),
            ("CHECKOUT_ORIGIN", source.origin.clone()),
        ];
        let mut env: BTreeMap<String, String> = view.env.clone();
        env.extend(variables.map(|(name, value)| (name.to_owned(), value)));
        Ok(Script {
            shell: shell::find(Some("sh"))?,
            text: SCRIPT.to_owned(),
            env,
            directory: workspace.seen.clone(),
            timeout: view.timeout,
        })
    }
}
