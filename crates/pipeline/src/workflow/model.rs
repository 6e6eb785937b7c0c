//! A workflow as the runner needs it.
//!
//! What the file leaves to expressions stays a [`Token`] until the run knows the contexts; everything else is typed.

use indexmap::IndexMap;

use super::condition::Condition;
use super::problem::Position;
use super::token::{Located, Token};

/// A workflow file.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// Its name, if it has one.
    pub name: Option<String>,
    /// The name of its runs.
    pub run_name: Option<Token>,
    /// The events that start it, with their filters.
    pub triggers: IndexMap<String, Trigger>,
    /// The environment of all its jobs.
    pub env: Option<Token>,
    /// Defaults of all its `run` steps.
    pub defaults: RunDefaults,
    /// Its concurrency group.
    pub concurrency: Option<Token>,
    /// What it takes and gives as a reusable workflow; `None` if it is none.
    pub interface: Option<Interface>,
    /// The inputs of `workflow_dispatch`.
    pub dispatch_inputs: IndexMap<String, Input>,
    /// Its jobs by id, in the order of the file.
    pub jobs: IndexMap<String, Job>,
}

/// The filters of one event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trigger {
    /// Activity types; empty for the event's own default.
    pub types: Vec<String>,
    /// Patterns that a branch must match.
    pub branches: Option<Vec<String>>,
    /// Patterns that a branch must not match.
    pub branches_ignore: Option<Vec<String>>,
    /// Patterns that a tag must match.
    pub tags: Option<Vec<String>>,
    /// Patterns that a tag must not match.
    pub tags_ignore: Option<Vec<String>>,
    /// Patterns of which a changed path must match one.
    pub paths: Option<Vec<String>>,
    /// Patterns that not all changed paths may match.
    pub paths_ignore: Option<Vec<String>>,
    /// Cron expressions of `schedule`.
    pub schedules: Vec<String>,
}

/// What a reusable workflow takes and gives.
#[derive(Debug, Clone, Default)]
pub struct Interface {
    /// Inputs by name.
    pub inputs: IndexMap<String, Input>,
    /// Secrets by name, and whether each is required.
    pub secrets: IndexMap<String, bool>,
    /// Outputs by name, over the context `jobs`.
    pub outputs: IndexMap<String, Token>,
}

/// One input of `workflow_dispatch` or `workflow_call`.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its type.
    pub kind: InputKind,
    /// Whether it must be given.
    pub is_required: bool,
    /// Its value when it is not given.
    pub default: Option<Token>,
    /// The values of a choice.
    pub options: Vec<String>,
}

/// The type of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// A text.
    String,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// The name of an environment.
    Environment,
    /// One of its options.
    Choice,
}

/// `defaults.run`.
#[derive(Debug, Clone, Default)]
pub struct RunDefaults {
    /// The shell.
    pub shell: Option<Token>,
    /// The folder, relative to the workspace.
    pub working_directory: Option<Token>,
}

/// A job.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub position: Position,
    /// Its name, if it has one.
    pub name: Option<Token>,
    /// The ids of the jobs that must have ended before it.
    pub needs: Vec<String>,
    /// When it runs.
    pub condition: Condition,
    /// `strategy`: the matrix, `fail-fast`, `max-parallel`.
    pub strategy: Option<Token>,
    /// Its concurrency group.
    pub concurrency: Option<Token>,
    /// What it does.
    pub work: Work,
}

/// What a job does.
#[derive(Debug, Clone)]
pub enum Work {
    /// Runs steps.
    Steps(Box<StepsWork>),
    /// Calls a reusable workflow.
    Call(CallWork),
}

/// A job of steps.
#[derive(Debug, Clone)]
pub struct StepsWork {
    /// `runs-on`.
    pub runs_on: Token,
    /// Its environment.
    pub env: Option<Token>,
    /// Defaults of its `run` steps.
    pub defaults: RunDefaults,
    /// `timeout-minutes`.
    pub timeout_minutes: Option<Token>,
    /// `continue-on-error`.
    pub continue_on_error: Option<Token>,
    /// Its outputs, over the context `steps`.
    pub outputs: IndexMap<String, Token>,
    /// Whether it asks for a container or for services.
    pub wants_containers: Option<&'static str>,
    /// `environment`.
    pub environment: Option<Token>,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// A job that calls a reusable workflow.
#[derive(Debug, Clone)]
pub struct CallWork {
    /// The workflow: `./.github/workflows/x.yml`, or one of another repository.
    pub uses: String,
    /// The inputs.
    pub with: Option<Token>,
    /// The secrets.
    pub secrets: CallSecrets,
}

/// The secrets that a called workflow gets.
#[derive(Debug, Clone)]
pub enum CallSecrets {
    /// Those of the caller.
    Inherited,
    /// Those named here.
    Named(Option<Token>),
}

/// A step of a job or of a composite action.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its id; one beginning with `__` was made up.
    pub id: String,
    /// Where it stands.
    pub position: Position,
    /// Its name, if it has one.
    pub name: Option<Token>,
    /// When it runs.
    pub condition: Condition,
    /// `continue-on-error`.
    pub continue_on_error: Option<Token>,
    /// `timeout-minutes`.
    pub timeout_minutes: Option<Token>,
    /// Its environment.
    pub env: Option<Token>,
    /// What it does.
    pub action: Action,
}

impl Step {
    /// Whether its id was given in the file, so that it appears in the context `steps`.
    #[must_use]
    pub fn has_own_id(&self) -> bool {
        !self.id.starts_with("__")
    }
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum Action {
    /// Runs a script.
    Run {
        /// The script.
        script: Token,
        /// The shell.
        shell: Option<Token>,
        /// The folder, relative to the workspace.
        working_directory: Option<Token>,
    },
    /// Uses an action.
    Uses {
        /// The action: `owner/name@ref`, `./path`, `docker://image`.
        action: String,
        /// Its inputs.
        with: Option<Token>,
    },
}

/// The entries of a mapping token by their plain keys.
pub(super) fn by_name(token: &Token) -> impl Iterator<Item = (&str, &Located)> {
    token.entries().filter_map(|(key, value)| match &key.token {
        Token::Text(name) => Some((name.as_str(), value)),
        _ => None,
    })
}
