//! The filters that Backstage's scaffolder adds to Nunjucks.
//!
//! Invariant: results have the shape that Backstage gives; a repository URL is accepted only for a host that is known, where the
//! engine was given a list of hosts.

use std::collections::BTreeMap;
use std::str::Utf8Error;

use crate::error::Fault;
use crate::invocation::Invocation;
use crate::members;
use crate::value::coerce::to_text;
use crate::value::{Text, Value};

/// What kind of service a repository host is; it decides which parts a repository URL must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepositoryHost {
    /// `owner` and `repo`; also for hosts of the platform itself.
    Owned,
    /// `owner` and `repo`, or `project`, an id, alone.
    GitLab,
    /// `project` and `repo`; `workspace` too on bitbucket.org.
    Bitbucket,
    /// `project` and `repo`.
    Azure,
    /// `repo`; `owner` may be missing (Gitea, Gerrit).
    Bare,
}

/// The hosts that `parseRepoUrl` and `projectSlug` accept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum RepositoryHosts {
    /// Every host; the public services are known by name, the others count as [`RepositoryHost::Owned`].
    #[default]
    Any,
    /// These hosts, by name and port as in the URL.
    Only(BTreeMap<String, RepositoryHost>),
}

impl RepositoryHosts {
    fn kind_of(&self, host: &str) -> Option<RepositoryHost> {
        match self {
            Self::Only(hosts) => hosts.get(host).copied(),
            Self::Any => Some(match host {
                "gitlab.com" => RepositoryHost::GitLab,
                "bitbucket.org" | "www.bitbucket.org" => RepositoryHost::Bitbucket,
                "dev.azure.com" => RepositoryHost::Azure,
                _ => RepositoryHost::Owned,
            }),
        }
    }
}

pub(super) fn apply(call: &Invocation<'_>, hosts: &RepositoryHosts) -> Result<Value, Fault> {
    match call.name {
        "parseRepoUrl" => Ok(parse_repo_url(call, hosts)?.into_value()),
        "projectSlug" => {
            let repository = parse_repo_url(call, hosts)?;
            match (&repository.owner, &repository.repo) {
                (Some(owner), Some(repo)) => Ok(Value::text(format!("{owner}/{repo}"))),
                _ => Err(Fault::render("the filter `projectSlug` takes a repository URL with owner and repo")),
            }
        }
        "parseEntityRef" => parse_entity_ref(call),
        _ => pick(call),
    }
}

/// The parts of `host?owner=…&repo=…`.
#[derive(Debug, Default)]
struct Repository {
    host: String,
    owner: Option<String>,
    repo: Option<String>,
    organization: Option<String>,
    workspace: Option<String>,
    project: Option<String>,
}

impl Repository {
    /// An object without the parts that are missing.
    fn into_value(self) -> Value {
        let parts = [
            ("host", Some(self.host)),
            ("owner", self.owner),
            ("repo", self.repo),
            ("organization", self.organization),
            ("workspace", self.workspace),
            ("project", self.project),
        ];
        let present =
            parts.into_iter().filter_map(|(name, part)| part.map(|part| (Text::from(name), Value::text(part))));
        Value::object(present)
    }

    fn missing(&self, kind: RepositoryHost) -> Option<&'static str> {
        let absent = |part: &Option<String>| part.as_ref().is_none_or(String::is_empty);
        let required: &[(&'static str, bool)] = &match kind {
            RepositoryHost::Owned => vec![("repo", absent(&self.repo)), ("owner", absent(&self.owner))],
            RepositoryHost::GitLab if !absent(&self.project) => vec![],
            RepositoryHost::GitLab => vec![("owner", absent(&self.owner)), ("repo", absent(&self.repo))],
            RepositoryHost::Bitbucket => vec![
                ("workspace", self.host == "www.bitbucket.org" && absent(&self.workspace)),
                ("project", absent(&self.project)),
                ("repo", absent(&self.repo)),
            ],
            RepositoryHost::Azure => vec![("project", absent(&self.project)), ("repo", absent(&self.repo))],
            RepositoryHost::Bare => vec![("repo", absent(&self.repo))],
        };
        required.iter().find(|(_, is_missing)| *is_missing).map(|(name, _)| *name)
    }
}

fn parse_repo_url(call: &Invocation<'_>, hosts: &RepositoryHosts) -> Result<Repository, Fault> {
    const SHAPE: &str = "a repository URL looks like `github.com?owner=acme&repo=shop`";
    let (Value::Text(url) | Value::Safe(url)) = call.argument(0) else {
        let fault = Fault::render(format!(
            "the filter `{}` takes a repository URL, not {}",
            call.name,
            call.argument(0).kind()
        ));
        return Err(fault.hint(SHAPE));
    };
    let host_end = url.find(['/', '?', '#']).unwrap_or(url.len());
    let host = url[..host_end].to_ascii_lowercase();
    let is_host =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_' | ':' | '[' | ']');
    if host.is_empty() || !host.chars().all(is_host) {
        return Err(
            Fault::render(format!("the filter `{}` was given a repository URL without a host", call.name)).hint(SHAPE)
        );
    }
    let host = host.strip_suffix(":443").map(str::to_owned).unwrap_or(host);
    let Some(kind) = hosts.kind_of(&host) else {
        return Err(Fault::render(format!("the repository host `{host}` is not configured"))
            .hint("add it to the platform's repository hosts"));
    };
    let mut repository = Repository { host, ..Repository::default() };
    let query = url[host_end..].split('#').next().and_then(|rest| rest.split_once('?')).map_or("", |(_, query)| query);
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let target = match name {
            "owner" => &mut repository.owner,
            "repo" => &mut repository.repo,
            "organization" => &mut repository.organization,
            "workspace" => &mut repository.workspace,
            "project" => &mut repository.project,
            _ => continue,
        };
        if target.is_none() {
            let decoded = decode_query(value)
                .map_err(|_| Fault::render("a repository URL has an escape that is not UTF-8").hint(SHAPE))?;
            *target = Some(decoded);
        }
    }
    match repository.missing(kind) {
        Some(part) => Err(Fault::render(format!("the repository URL lacks `{part}`")).hint(SHAPE)),
        None => Ok(repository),
    }
}

/// A value of `application/x-www-form-urlencoded`.
fn decode_query(text: &str) -> Result<String, Utf8Error> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok()).filter(|_| *first == b'%');
        match escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = tail;
            }
        }
    }
    std::str::from_utf8(&bytes).map(str::to_owned)
}

/// `[kind:][namespace/]name`, with defaults from `{defaultKind, defaultNamespace}`.
fn parse_entity_ref(call: &Invocation<'_>) -> Result<Value, Fault> {
    const SHAPE: &str = "an entity reference looks like `component:default/shop`";
    let default = |name: &str| match call.argument(1) {
        Value::Object(defaults) => {
            defaults.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
        }
        _ => None,
    };
    let reference = match call.argument(0) {
        Value::Text(text) | Value::Safe(text) if !text.is_empty() => text.clone(),
        Value::Object(parts) => {
            let part = |name: &str| parts.get(name).and_then(Value::as_str).map(str::to_owned);
            return entity_ref_value(
                part("kind").or_else(|| default("defaultKind")),
                part("namespace").or_else(|| default("defaultNamespace")),
                part("name"),
            );
        }
        other => {
            let fault =
                Fault::render(format!("the filter `parseEntityRef` takes an entity reference, not {}", other.kind()));
            return Err(fault.hint(SHAPE));
        }
    };
    let slash = reference.find('/');
    // A colon behind the slash belongs to the name.
    let colon = reference.find(':').filter(|colon| slash.is_none_or(|slash| *colon < slash));
    let namespace_start = colon.map_or(0, |colon| colon + 1);
    let name_start = slash.map_or(namespace_start, |slash| slash + 1);
    let kind = colon.map(|colon| reference[..colon].to_owned());
    let namespace = slash.map(|slash| reference[namespace_start..slash].to_owned());
    let name = reference[name_start..].to_owned();
    if [kind.as_deref(), namespace.as_deref(), Some(&name)].contains(&Some("")) {
        return Err(Fault::render("an entity reference has an empty part").hint(SHAPE));
    }
    entity_ref_value(
        kind.or_else(|| default("defaultKind")),
        namespace.or_else(|| default("defaultNamespace")),
        Some(name),
    )
}

fn entity_ref_value(kind: Option<String>, namespace: Option<String>, name: Option<String>) -> Result<Value, Fault> {
    let Some(kind) = kind.filter(|kind| !kind.is_empty()) else {
        return Err(Fault::render("an entity reference has no kind")
            .hint("give one: `ref | parseEntityRef({defaultKind: 'component'})`"));
    };
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Err(Fault::render("an entity reference has no name"));
    };
    let parts = [("kind", kind), ("namespace", namespace.unwrap_or_else(|| "default".to_owned())), ("name", name)];
    Ok(Value::object(parts.into_iter().map(|(key, part)| (Text::from(key), Value::text(part)))))
}

/// `pick(path)`: a key as it stands, else a path such as `a.b[0]`; undefined where it leads nowhere.
fn pick(call: &Invocation<'_>) -> Result<Value, Fault> {
    let value = call.argument(0);
    let path: Vec<Text> = match call.argument(1) {
        Value::List(parts) => parts.borrow().iter().map(|part| to_text(part, call.meter)).collect::<Result<_, _>>()?,
        path => {
            let path = to_text(path, call.meter)?;
            let is_key = matches!(value, Value::Object(object) if object.get(&path).is_some());
            if is_key { vec![path] } else { path_parts(&path) }
        }
    };
    let mut found = value.clone();
    for part in path {
        found = members::lookup(&found, &Value::Text(part), call.meter)?;
        if let Value::Function(_) = found {
            return Ok(Value::Undefined);
        }
    }
    Ok(found)
}

/// `a.b[0]["c"]` as its parts.
fn path_parts(path: &str) -> Vec<Text> {
    let mut parts = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[')
            && let Some(end) = inside.find(']')
        {
            parts.push(inside[..end].trim_matches(['"', '\'']).into());
            rest = inside[end + 1..].strip_prefix('.').unwrap_or(&inside[end + 1..]);
            continue;
        }
        let mut characters = rest.char_indices().skip(1);
        let next = characters.find(|(_, character)| matches!(character, '.' | '['));
        let end = next.map_or(rest.len(), |(offset, _)| offset);
        parts.push(rest[..end].into());
        rest = rest[end..].strip_prefix('.').unwrap_or(&rest[end..]);
    }
    parts
}
