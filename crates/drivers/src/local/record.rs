//! What must be known of instances and replicas after a restart of the server, and where it lies.
//!
//! `<namespace>/<environment>/<workload>/instance.json` says what was asked for and what came of it, `…/<replica>/replica.json`
//! what a replica is; beside it lies one state folder of the sandbox for each container. The invariants: a record is on disk
//! before what it describes is started, and none holds a variable, a file's content or anything else that may be secret.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Instance, InstanceId, Probe};

const INSTANCE: &str = "instance.json";
const REPLICA: &str = "replica.json";
/// Logs of replicas that are gone.
const ENDED: &str = "ended";

/// What was asked for, in a word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Target {
    pub(super) digest: String,
    pub(super) release: String,
}

impl Target {
    pub(super) fn of(instance: &Instance) -> Self {
        Self { digest: instance.digest.clone(), release: instance.release.clone() }
    }
}

/// A rollout that was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct GivenUp {
    pub(super) digest: String,
    pub(super) reason: String,
}

/// `instance.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct InstanceRecord {
    pub(super) host: Option<String>,
    /// What was asked for last.
    pub(super) wanted: Option<Target>,
    /// What was rolled out last, to the end.
    pub(super) settled: Option<Target>,
    pub(super) failed: Option<GivenUp>,
}

/// A port of a replica.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Port {
    pub(super) name: String,
    /// As the document numbers it.
    pub(super) number: u16,
    /// Where it really is.
    pub(super) real: u16,
}

/// A container of a replica.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ContainerRecord {
    pub(super) readiness: Option<Probe>,
    pub(super) liveness: Option<Probe>,
    /// Where the log of this run begins.
    pub(super) began: u64,
    /// Where the log of the run before began.
    pub(super) before: Option<u64>,
}

/// `replica.json`. Containers share the ports, as those of a pod do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ReplicaRecord {
    /// Unique among all replicas that ever were.
    pub(super) uid: String,
    pub(super) index: u32,
    pub(super) release: String,
    pub(super) digest: String,
    pub(super) ports: Vec<Port>,
    pub(super) containers: BTreeMap<String, ContainerRecord>,
    pub(super) restarts: u32,
    pub(super) grace_millis: u64,
}

impl ReplicaRecord {
    pub(super) fn first_port(&self) -> Option<u16> {
        self.ports.first().map(|port| port.real)
    }

    pub(super) fn real_port(&self, number: u16) -> u16 {
        self.ports.iter().find(|port| port.number == number).map_or(number, |port| port.real)
    }
}

/// The folder of an instance.
#[derive(Clone, Debug)]
pub(super) struct Place(PathBuf);

impl Place {
    pub(super) fn of(root: &Path, id: &InstanceId) -> Self {
        Self(root.join(&id.namespace).join(&id.environment).join(&id.workload))
    }

    /// All instances that left something behind.
    pub(super) fn all(root: &Path) -> Vec<InstanceId> {
        let mut found = Vec::new();
        for namespace in folders(root) {
            for environment in folders(&root.join(&namespace)) {
                for workload in folders(&root.join(&namespace).join(&environment)) {
                    let (namespace, environment) = (namespace.clone(), environment.clone());
                    found.push(InstanceId { namespace, workload, environment });
                }
            }
        }
        found
    }

    pub(super) fn exists(&self) -> bool {
        self.0.exists()
    }

    pub(super) fn replica(&self, uid: &str) -> PathBuf {
        self.0.join(uid)
    }

    pub(super) fn container(&self, uid: &str, name: &str) -> PathBuf {
        self.0.join(uid).join(name)
    }

    /// The uids of all replicas that left something behind.
    pub(super) fn replicas(&self) -> Vec<String> {
        folders(&self.0).into_iter().filter(|name| name != ENDED).collect()
    }

    pub(super) fn read(&self) -> io::Result<InstanceRecord> {
        Ok(read_whole(&self.0.join(INSTANCE))?.unwrap_or_default())
    }

    pub(super) fn write(&self, record: &InstanceRecord) -> io::Result<()> {
        make_private(&self.0)?;
        write_whole(&self.0.join(INSTANCE), record)
    }

    pub(super) fn read_replica(&self, uid: &str) -> io::Result<Option<ReplicaRecord>> {
        read_whole(&self.replica(uid).join(REPLICA))
    }

    pub(super) fn write_replica(&self, record: &ReplicaRecord) -> io::Result<()> {
        let folder = self.replica(&record.uid);
        make_private(&folder)?;
        write_whole(&folder.join(REPLICA), record)
    }

    /// Removes a replica's folder; its log is kept until the next replica of its number goes.
    pub(super) fn retire(&self, uid: &str) -> io::Result<()> {
        if let Ok(Some(record)) = self.read_replica(uid) {
            let kept = self.0.join(ENDED).join(record.index.to_string());
            remove(&kept)?;
            for name in record.containers.keys() {
                let log = self.container(uid, name).join("log");
                if log.exists() {
                    make_private(&kept.join(name))?;
                    fs::rename(log, kept.join(name).join("log"))?;
                }
            }
        }
        remove(&self.replica(uid))
    }

    /// The folders of logs of replicas that are gone: number, container, folder.
    pub(super) fn ended(&self) -> Vec<(String, String, PathBuf)> {
        let ended = self.0.join(ENDED);
        let of_index = |index: String| {
            let folder = ended.join(&index);
            folders(&folder).into_iter().map(move |name| (index.clone(), name.clone(), folder.join(name)))
        };
        folders(&ended).into_iter().flat_map(of_index).collect()
    }

    /// Removes all of it, and the folders above as far as they are empty.
    pub(super) fn remove(&self) -> io::Result<()> {
        remove(&self.0)?;
        for above in self.0.ancestors().skip(1).take(2) {
            if fs::remove_dir(above).is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// Names of the folders in a folder, in order; none where there is no such folder.
pub(super) fn folders(of: &Path) -> Vec<String> {
    let entries = fs::read_dir(of).into_iter().flatten().filter_map(Result::ok);
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let mut names: Vec<String> = folders.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Nobody else looks in.
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).recursive(true).create(folder)
}

/// None where there is no such file.
pub(super) fn read_whole<T: DeserializeOwned>(file: &Path) -> io::Result<Option<T>> {
    match fs::read(file) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// On disk, whole, when it returns.
pub(super) fn write_whole<T: Serialize>(file: &Path, value: &T) -> io::Result<()> {
    let draft = file.with_extension("json.new");
    if let Some(folder) = file.parent() {
        make_private(folder)?;
    }
    let mut out = File::create(&draft)?;
    out.write_all(&serde_json::to_vec(value)?)?;
    out.sync_data()?;
    fs::rename(&draft, file)?;
    match file.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
