//! The environment of steps.
//!
//! Three layers: what every process begins with, what workflow, job and steps say, and what the runner says last, which nothing
//! overrides.

use std::collections::BTreeMap;

use super::room::Room;
use super::session::Session;

/// The account of a developer, and where their tools are.
const ACCOUNT: [&str; 9] =
    ["PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "CARGO_HOME", "RUSTUP_HOME", "JAVA_HOME", "DOTNET_ROOT"];

/// How to reach package indexes from here, and how to speak.
const REACH: [&str; 29] = [
    "LANG",
    "LC_ALL",
    "TZ",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "GIT_SSL_CAINFO",
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_TRUSTED_HOST",
    "PIP_CERT",
    "UV_INDEX_URL",
    "UV_DEFAULT_INDEX",
    "GOPROXY",
    "GONOSUMDB",
    "GOSUMDB",
    "GOTOOLCHAIN",
    "NPM_CONFIG_REGISTRY",
    "npm_config_registry",
];

const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Where toolchains that are no packages of the system usually lie, if they do.
const TOOLCHAINS: [&str; 3] = ["/usr/local/go/bin", "/usr/lib/go/bin", "/usr/local/cargo/bin"];

fn read(names: &[&str]) -> BTreeMap<String, String> {
    names.iter().filter_map(|name| std::env::var(name).ok().map(|value| ((*name).to_owned(), value))).collect()
}

/// The environment that processes begin with on a developer's machine: the developer's tools and indexes. To be read once, at the
/// beginning.
#[must_use]
pub fn base_environment() -> BTreeMap<String, String> {
    let mut environment = read(&REACH);
    environment.extend(read(&ACCOUNT));
    environment.entry("PATH".to_owned()).or_insert_with(|| DEFAULT_PATH.to_owned());
    environment
}

/// The environment that processes begin with in the sandboxes of a server: the system's path, and how to reach package indexes; nothing
/// of the server's account. To be read once, at the beginning.
#[must_use]
pub fn job_environment() -> BTreeMap<String, String> {
    let mut environment = read(&REACH);
    let toolchains = TOOLCHAINS.into_iter().filter(|folder| std::path::Path::new(folder).is_dir());
    let path: Vec<&str> = toolchains.chain([DEFAULT_PATH]).collect();
    environment.insert("PATH".to_owned(), path.join(":"));
    environment.entry("LANG".to_owned()).or_insert_with(|| "C.UTF-8".to_owned());
    environment
}

impl Session<'_> {
    /// The whole environment of a process: `own` is what workflow, job and step say, the latest last.
    pub(super) fn process_environment(
        &self,
        own: &BTreeMap<String, String>,
        files: impl IntoIterator<Item = (String, String)>,
    ) -> BTreeMap<String, String> {
        let room = self.order.room;
        let mut environment = self.order.settings.environment.clone();
        if let Some(home) = &room.home {
            environment.insert("HOME".to_owned(), home.seen_text());
        }
        environment.insert("CI".to_owned(), "true".to_owned());
        environment.insert("GITHUB_TOKEN".to_owned(), self.order.assignment.secrets.token().to_owned());
        environment.extend(own.iter().map(|(name, value)| (name.clone(), value.clone())));
        let path = environment.get("PATH").cloned().unwrap_or_else(|| DEFAULT_PATH.to_owned());
        environment
            .insert("PATH".to_owned(), self.path.iter().rev().cloned().chain([path]).collect::<Vec<_>>().join(":"));
        environment.extend(self.github_variables());
        environment.extend(runner_variables(room, &self.order.settings.name));
        environment.extend(files);
        environment
    }

    fn github_variables(&self) -> BTreeMap<String, String> {
        const FROM_CONTEXT: [&str; 24] = [
            "workflow",
            "workflow_ref",
            "workflow_sha",
            "run_id",
            "run_number",
            "run_attempt",
            "retention_days",
            "actor",
            "triggering_actor",
            "repository",
            "repository_owner",
            "event_name",
            "sha",
            "ref",
            "ref_name",
            "ref_type",
            "ref_protected",
            "head_ref",
            "base_ref",
            "server_url",
            "api_url",
            "graphql_url",
            "job",
            "action",
        ];
        let mut variables: BTreeMap<String, String> = FROM_CONTEXT
            .into_iter()
            .map(|name| {
                let text = match &self.github[name] {
                    serde_json::Value::String(text) => text.clone(),
                    serde_json::Value::Null => String::new(),
                    other => other.to_string(),
                };
                (format!("GITHUB_{}", name.to_uppercase()), text)
            })
            .collect();
        if let Some(path) = self.github["action_path"].as_str() {
            variables.insert("GITHUB_ACTION_PATH".to_owned(), path.to_owned());
        }
        variables.insert("GITHUB_ACTIONS".to_owned(), "true".to_owned());
        variables.insert("GITHUB_WORKSPACE".to_owned(), self.order.room.workspace.seen_text());
        variables.insert("GITHUB_EVENT_PATH".to_owned(), self.order.room.commands.join("event.json").seen_text());
        variables
    }
}

fn runner_variables(room: &Room, name: &str) -> [(String, String); 6] {
    [
        ("RUNNER_OS", "Linux".to_owned()),
        ("RUNNER_ARCH", architecture().to_owned()),
        ("RUNNER_NAME", name.to_owned()),
        ("RUNNER_ENVIRONMENT", "self-hosted".to_owned()),
        ("RUNNER_TEMP", room.temp.seen_text()),
        ("RUNNER_TOOL_CACHE", room.tools.seen_text()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
}

/// The machine's architecture as `runner.arch` names it.
pub(super) const fn architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") {
        "ARM64"
    } else if cfg!(target_arch = "x86_64") {
        "X64"
    } else if cfg!(target_arch = "arm") {
        "ARM"
    } else {
        "X86"
    }
}
