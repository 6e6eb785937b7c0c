//! The services that run: plain Python from the standard library, stored as the artifacts of releases that nobody had to build.

use std::path::Path;
use std::{fs, io};

use causeway_build::artifact::{self, Kept};
use causeway_core::{Metadata, Object, yaml};
use causeway_kinds::defaults::FIRST_ENVIRONMENT;
use causeway_kinds::deployment::{self, Deployment, DeploymentSpec};
use causeway_kinds::release::{self, Artifact, ArtifactType, Release, ReleaseSpec};
use causeway_plan::score;

use crate::loader::Loader;
use crate::{DemoError, NAMESPACE};

const WORKLOAD: &str = "platform.causeway.dev/workload";
const ENVIRONMENT: &str = "platform.causeway.dev/environment";
const SCORE: &str = "score.yaml";
const STAGING: &str = "staging";
const NUMBER: i64 = 1;

/// A service of the demo.
struct Service {
    name: &'static str,
    /// The group that owns it.
    owner: &'static str,
    notes: &'static str,
    /// Everything in its artifact, by path.
    files: &'static [(&'static str, &'static str)],
    /// Its Score document, which is one of the files.
    score: &'static str,
    /// Environments with the number of replicas in each.
    places: &'static [(&'static str, i32)],
}

const SERVING: &str = include_str!("../assets/services/shared/serving.py");
const SEARCH_SCORE: &str = include_str!("../assets/services/product-search/score.yaml");
const TRACKER_SCORE: &str = include_str!("../assets/services/parcel-tracker/score.yaml");

const SERVICES: &[Service] = &[
    Service {
        name: "product-search",
        owner: "commerce",
        notes: "Finds articles by their names, rooms and descriptions, and knows the plural.",
        files: &[
            ("main.py", include_str!("../assets/services/product-search/main.py")),
            ("articles.json", include_str!("../assets/services/product-search/articles.json")),
            ("serving.py", SERVING),
            (SCORE, SEARCH_SCORE),
        ],
        score: SEARCH_SCORE,
        places: &[(FIRST_ENVIRONMENT, 2), (STAGING, 1)],
    },
    Service {
        name: "parcel-tracker",
        owner: "logistics",
        notes: "Tells the story of a parcel in sentences.",
        files: &[
            ("main.py", include_str!("../assets/services/parcel-tracker/main.py")),
            ("serving.py", SERVING),
            (SCORE, TRACKER_SCORE),
        ],
        score: TRACKER_SCORE,
        places: &[(FIRST_ENVIRONMENT, 1)],
    },
];

/// Stores the files of each service that has no release yet, and creates the release; answers a sentence for each thing done.
pub(crate) async fn release_all(loader: &Loader, artifacts: &Path) -> Result<Vec<String>, DemoError> {
    let mut lines = Vec::new();
    let mut objects = Vec::new();
    for service in SERVICES {
        let document = service.document()?;
        let name = release::name(service.name, NUMBER);
        let found = loader.client().get::<ReleaseSpec>(NAMESPACE, &name);
        if found.map_err(|source| DemoError::Create { what: format!("Release {name}"), source })?.is_none() {
            let kept = service.store(artifacts).await?;
            lines.push(format!("stored {} bytes of {} as {}", kept.size_bytes, service.name, kept.digest));
            objects.push(without_status(service.release(&document, kept).to_object()));
        }
        let mut workload = score::to_workload(&document, NAMESPACE);
        workload.set(&["metadata", "labels", WORKLOAD], service.name);
        objects.push(workload);
    }
    lines.extend(loader.create_all(objects).await?);
    Ok(lines)
}

/// Where the services run.
pub(crate) fn deployments() -> Vec<Object> {
    let all = SERVICES.iter().flat_map(|service| service.places.iter().map(|place| service.deployment(*place)));
    all.map(|deployment| without_status(deployment.to_object())).collect()
}

/// The wanted state alone: the rest is for controllers to say.
fn without_status(mut object: Object) -> Object {
    object.0.shift_remove("status");
    object
}

impl Service {
    fn document(&self) -> Result<Object, DemoError> {
        let document = yaml::parse_one(self.score, &yaml::Options::core().named(SCORE));
        let document = document.map_err(|source| DemoError::Unreadable { file: SCORE, source })?;
        Object::from_value(document.value).ok_or(DemoError::NoObject { file: SCORE, line: document.line })
    }

    /// Writes the files to where artifacts lie.
    async fn store(&'static self, artifacts: &Path) -> Result<Kept, DemoError> {
        let artifacts = artifacts.to_owned();
        let write = move || {
            fs::create_dir_all(&artifacts)?;
            // on the same file system, so that it is moved into place in one go
            let folder = tempfile::Builder::new().prefix(".demo-").tempdir_in(&artifacts)?;
            let workspace = folder.path().join("workspace");
            fs::create_dir(&workspace)?;
            for (path, text) in self.files {
                fs::write(workspace.join(path), text)?;
            }
            artifact::keep(&workspace, &artifacts, NAMESPACE, self.name)
        };
        let done = tokio::task::spawn_blocking(write).await.map_err(io::Error::other).flatten();
        done.map_err(|source| DemoError::Artifact { service: self.name, source })
    }

    fn release(&self, document: &Object, kept: Kept) -> Release {
        let mut metadata = Metadata::named(NAMESPACE, release::name(self.name, NUMBER));
        metadata.labels.insert(WORKLOAD.into(), self.name.into());
        let spec = ReleaseSpec {
            workload: self.name.into(),
            number: NUMBER,
            document: document.0.clone(),
            artifacts: vec![Artifact {
                name: "workspace".into(),
                r#type: ArtifactType::Workspace,
                digest: kept.digest,
                size_bytes: kept.size_bytes,
                location: kept.location,
            }],
            notes: self.notes.into(),
            ..ReleaseSpec::default()
        };
        Release::new(metadata, spec)
    }

    fn deployment(&self, (environment, replicas): (&str, i32)) -> Deployment {
        let mut metadata = Metadata::named(NAMESPACE, deployment::name(self.name, environment));
        metadata.labels.insert(WORKLOAD.into(), self.name.into());
        metadata.labels.insert(ENVIRONMENT.into(), environment.into());
        let spec = DeploymentSpec {
            workload: self.name.into(),
            environment: environment.into(),
            release: release::name(self.name, NUMBER),
            replicas: Some(replicas),
            automatic: true,
            owner: self.owner.into(),
            ..DeploymentSpec::default()
        };
        Deployment::new(metadata, spec)
    }
}
