//! From a document and its claims to what a runtime is asked to run.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use causeway_drivers::{HttpProbe, Instance, InstanceId, Probe, ProbeAction, Process, Resources};
use causeway_kinds::ComputeResources;
use causeway_kinds::deployment::Deployment;
use causeway_kinds::release::Release;
use causeway_kinds::workload::{Container, Probe as ScoreProbe};
use causeway_plan::placeholder;
use causeway_plan::rollout::host_of;
use causeway_plan::score::Document;
use causeway_secrets::SecretText;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

const GRACE: Duration = Duration::from_secs(10);
const PROBE_EVERY: Duration = Duration::from_secs(1);
const LIVENESS_EVERY: Duration = Duration::from_secs(5);
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);
const LIVENESS_FAILURES: u32 = 3;

/// What is at hand when an instance is put together.
pub(crate) struct Parts<'a> {
    pub(crate) deployment: &'a Deployment,
    pub(crate) release: &'a Release,
    pub(crate) document: &'a Document,
    /// Outputs of the claims by resource key, secret ones among them.
    pub(crate) outputs: &'a BTreeMap<String, BTreeMap<String, SecretText>>,
    pub(crate) replicas: u32,
    /// What the environment or the application says of resources; it goes over the document.
    pub(crate) resources: &'a ComputeResources,
    pub(crate) artifacts: &'a Path,
}

/// The instance, or why it cannot be put together.
pub(crate) fn build(parts: &Parts<'_>) -> Result<Instance, String> {
    let spec = &parts.deployment.spec;
    let location = parts.release.spec.artifacts.first().map(|a| a.location.as_str()).filter(|l| !l.is_empty());
    let location = location.ok_or("The release has no artifact; its pipeline has no job named build.")?;
    let processes = parts
        .document
        .spec
        .containers
        .iter()
        .map(|(name, container)| Ok((name.clone(), process(parts, name, container)?)))
        .collect::<Result<BTreeMap<_, _>, String>>()?;
    let serves = !parts.document.spec.service.ports.is_empty();
    let mut instance = Instance {
        id: InstanceId {
            namespace: parts.deployment.namespace().to_owned(),
            workload: spec.workload.clone(),
            environment: spec.environment.clone(),
        },
        uid: parts.deployment.metadata.uid.clone(),
        release: parts.release.name().to_owned(),
        artifact: parts.artifacts.join(location),
        processes,
        replicas: parts.replicas,
        host: serves.then(|| host_of(&spec.workload, &spec.environment, parts.deployment.namespace())),
        grace: GRACE,
        digest: String::new(),
    };
    instance.digest = digest(&instance);
    Ok(instance)
}

fn process(parts: &Parts<'_>, name: &str, container: &Container) -> Result<Process, String> {
    if container.image != "." {
        return Err(format!(
            "The container {name} wants the image {:?}; the local cluster runs what the pipeline built, written as image \".\".",
            container.image
        ));
    }
    let command: Vec<String> = container.command.iter().chain(&container.args).cloned().collect();
    if container.command.is_empty() {
        return Err(format!("The container {name} has no command; the local cluster has no image to take one from."));
    }
    let lookup = |reference: &[String]| look_up(parts, reference);
    let expanded =
        |text: &str| placeholder::expand(text, &lookup).map_err(|e| format!("In the container {name}: {e}."));
    let variables = container.variables.iter().map(|(k, v)| Ok((k.clone(), SecretText::new(expanded(v)?))));
    let variables = variables.collect::<Result<BTreeMap<_, _>, String>>()?;
    let files = container.files.iter().filter_map(|(path, file)| {
        let content = file.content.as_ref()?;
        let mode = u32::from_str_radix(&file.mode, 8).unwrap_or(0o644);
        let text = if file.no_expand { Ok(content.clone()) } else { expanded(content) };
        Some(text.map(|text| (path.clone(), (SecretText::new(text), mode))))
    });
    let files = files.collect::<Result<BTreeMap<_, _>, String>>()?;
    let ports = parts
        .document
        .spec
        .service
        .ports
        .iter()
        .filter_map(|(n, p)| Some((n.clone(), u16::try_from(p.target_port.unwrap_or(p.port)).ok()?)));
    Ok(Process {
        command,
        variables,
        files,
        ports: ports.collect(),
        liveness: container.liveness_probe.as_ref().and_then(|p| probe(p, LIVENESS_EVERY, LIVENESS_FAILURES)),
        readiness: container.readiness_probe.as_ref().and_then(|p| probe(p, PROBE_EVERY, 1)),
        resources: limits(parts.resources, container),
    })
}

fn look_up(parts: &Parts<'_>, reference: &[String]) -> Result<Value, String> {
    let fields: Vec<&str> = reference.iter().map(String::as_str).collect();
    match fields.as_slice() {
        ["metadata", path @ ..] if !path.is_empty() => walk(&parts.document.metadata, path),
        ["resources", resource, output] => {
            let outputs =
                parts.outputs.get(*resource).ok_or_else(|| format!("the resource {resource:?} is not there"))?;
            let value = outputs.get(*output).ok_or_else(|| {
                format!(
                    "{resource:?} has no output {output:?}; it has {}",
                    outputs.keys().cloned().collect::<Vec<_>>().join(", ")
                )
            })?;
            Ok(value.reveal().into())
        }
        _ => Err("use resources.<name>.<output> or metadata.<key>".into()),
    }
}

fn walk(metadata: &Map<String, Value>, path: &[&str]) -> Result<Value, String> {
    let mut value = metadata.get(path[0]).ok_or_else(|| format!("key '{}' not found", path[0]))?;
    for key in &path[1..] {
        let map = value.as_object().ok_or_else(|| format!("cannot lookup key '{key}', context is not a map"))?;
        value = map.get(*key).ok_or_else(|| format!("key '{key}' not found"))?;
    }
    Ok(value.clone())
}

fn probe(probe: &ScoreProbe, every: Duration, failures: u32) -> Option<Probe> {
    let http = probe.http_get.as_ref().and_then(|get| {
        Some(ProbeAction::Http(HttpProbe {
            path: get.path.clone(),
            port: u16::try_from(get.port).ok()?,
            headers: get.http_headers.iter().map(|h| (h.name.clone(), h.value.clone())).collect(),
        }))
    });
    let action = http.or_else(|| probe.exec.as_ref().map(|e| ProbeAction::Command(e.command.clone())))?;
    Some(Probe { action, every, timeout: PROBE_TIMEOUT, failures })
}

/// What the environment or application says goes over the document's limits.
fn limits(over: &ComputeResources, container: &Container) -> Resources {
    let own = container.resources.limits.to_compute();
    let positive = |n: i64| u64::try_from(n).ok().filter(|n| *n > 0);
    Resources {
        cpu_millis: over.cpu.or(own.cpu).and_then(|q| positive(q.as_millis())),
        memory_bytes: over.memory.or(own.memory).and_then(|q| positive(q.as_units())),
    }
}

/// Over all that makes a restart necessary. Secret values go in, so that a new password restarts what uses it; a digest gives none away.
fn digest(instance: &Instance) -> String {
    let mut digest = Sha256::new();
    let mut add = |text: &str| {
        digest.update(text.len().to_le_bytes());
        digest.update(text);
    };
    add(&instance.release);
    add(&instance.uid);
    for (name, process) in &instance.processes {
        add(name);
        process.command.iter().for_each(|part| add(part));
        process.variables.iter().for_each(|(k, v)| {
            add(k);
            add(v.reveal());
        });
        process.files.iter().for_each(|(k, (v, mode))| {
            add(k);
            add(v.reveal());
            add(&mode.to_string());
        });
        add(&format!("{:?} {:?} {:?} {:?}", process.ports, process.liveness, process.readiness, process.resources));
    }
    hex::encode(&digest.finalize()[..16])
}
