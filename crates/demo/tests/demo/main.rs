//! The demo, loaded into a real store through the front door of the crate.

mod service;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use causeway_core::reference::EntityRef;
use causeway_core::selector::LabelSelector;
use causeway_core::{GroupResource, Key, Metadata, Object, Resource, Spec, Timestamp};
use causeway_demo::{DemoError, LABEL, RUN, load, remove};
use causeway_engine::{Cleaned, Controller, Engine, EngineOptions, Failure, Next};
use causeway_kinds::catalog;
use causeway_kinds::deployment::{Deployment, DeploymentSpec};
use causeway_kinds::environment::EnvironmentSpec;
use causeway_kinds::release::{Release, ReleaseSpec};
use causeway_kinds::run::{self, Conclusion, Run, RunSpec, Step, StepState};
use causeway_kinds::workload::WorkloadSpec;
use causeway_resources::{Actor, Client, Patch, Registry, Resources, Subresource, WriteOptions};
use causeway_run::{Advance, Executor, LogLimits, PrepareError, Program, Programs, RunLogs, StepContext, StepEnd};
use causeway_store::Query;
use causeway_store::sqlite::{Options, SqliteStore};
use serde_json::Value;

struct Place {
    folder: tempfile::TempDir,
    resources: Arc<Resources>,
    client: Client,
    logs: RunLogs,
}

impl Place {
    /// A server's store after its first start.
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Arc::new(SqliteStore::open(&folder.path().join("store"), Options::default()).expect("a store"));
        let registry = Registry::new(causeway_kinds::builtin(), Vec::new()).expect("the kinds");
        let resources = Resources::new(store, registry);
        for object in causeway_kinds::defaults::objects() {
            resources.create(&Actor::controller("test"), object, &WriteOptions::strict()).await.expect("a default");
        }
        let logs = RunLogs::new(&folder.path().join("runs"), LogLimits::default());
        let client = resources.client(Actor::controller("test"));
        Self { folder, resources, client, logs }
    }

    fn artifacts(&self) -> PathBuf {
        self.folder.path().join("artifacts")
    }

    async fn load(&self) {
        load(&self.resources, &self.artifacts(), &self.logs, Timestamp::from_second(1_800_000_000))
            .await
            .expect("loaded");
    }

    async fn of<S: Spec>(&self) -> Vec<Resource<S>> {
        self.client.list_by::<S>(None, &format!("{LABEL}=true")).await.expect("a list")
    }

    /// Every object of every kind, by key.
    async fn everything(&self, labels: Option<&str>) -> BTreeMap<String, Object> {
        let mut all = BTreeMap::new();
        for entry in self.resources.registry().all() {
            let mut query = Query::all(entry.definition.resource());
            query.labels = labels.map(|text| LabelSelector::parse(text).expect("a selector"));
            for record in self.resources.list(query).await.expect("a list").page.records {
                all.insert(record.key.to_string(), record.object().expect("an object"));
            }
        }
        all
    }
}

fn references(entity: &Object) -> Vec<EntityRef> {
    const FIELDS: &[(&str, &str)] = &[
        ("owner", "group"),
        ("system", "system"),
        ("domain", "domain"),
        ("subcomponentOf", "component"),
        ("memberOf", "group"),
        ("providesApis", "api"),
        ("consumesApis", "api"),
        ("dependsOn", ""),
    ];
    let texts = FIELDS.iter().flat_map(|(field, kind)| {
        let value = entity.spec().get(*field).cloned().unwrap_or_default();
        let list = if let Value::Array(list) = value { list } else { vec![value] };
        list.into_iter()
            .filter_map(|v| v.as_str().map(str::to_owned))
            .map(move |text| (text, *kind))
            .collect::<Vec<_>>()
    });
    texts.map(|(text, kind)| EntityRef::parse(&text, kind, "default").expect("a reference")).collect()
}

#[tokio::test]
async fn is_an_organisation_in_which_every_reference_leads_somewhere() {
    let place = Place::new().await;
    let begun = Instant::now();
    place.load().await;
    assert!(begun.elapsed() < Duration::from_secs(1), "loading took {:?}", begun.elapsed());
    assert_eq!(place.of::<catalog::group::GroupSpec>().await.len(), 5);
    assert_eq!(place.of::<catalog::domain::DomainSpec>().await.len(), 3);
    assert_eq!(place.of::<catalog::system::SystemSpec>().await.len(), 8);
    assert_eq!(place.of::<catalog::component::ComponentSpec>().await.len(), 30);
    assert_eq!(place.of::<EnvironmentSpec>().await.len(), 1);
    let all = place.everything(None).await;
    let catalog: Vec<&Object> = all.values().filter(|o| o.group() == catalog::GROUP).collect();
    let named = |o: &&Object| format!("{}:{}/{}", o.kind().to_lowercase(), o.namespace(), o.name());
    let known: BTreeSet<String> = catalog.iter().map(named).collect();
    for entity in &catalog {
        for reference in references(entity) {
            let text = format!("{}:{}/{}", reference.kind, reference.namespace, reference.name);
            assert!(known.contains(&text), "{} names {text}, which is not there", entity.name());
        }
    }
    let apis: BTreeSet<String> =
        place.of::<catalog::api::ApiSpec>().await.iter().map(|a| a.name().to_owned()).collect();
    let components = place.of::<catalog::component::ComponentSpec>().await;
    let provided: BTreeSet<String> = components.into_iter().flat_map(|c| c.spec.provides_apis).collect();
    assert_eq!(apis, provided, "each API is offered by somebody");
    let text = all.values().map(|o| o.clone().into_value().to_string()).collect::<String>();
    assert!(!text.contains("payment-service"));
}

#[tokio::test]
async fn holds_definitions_that_can_be_read() {
    let place = Place::new().await;
    place.load().await;
    for api in place.of::<catalog::api::ApiSpec>().await {
        let definition = &api.spec.definition;
        let top = match api.spec.r#type.as_str() {
            "graphql" => {
                assert!(definition.contains("type Query {"));
                continue;
            }
            "grpc" => {
                assert!(definition.starts_with("syntax = \"proto3\";"));
                continue;
            }
            top => top,
        };
        let read = causeway_core::yaml::parse_one(definition, &causeway_core::yaml::Options::core());
        let read = read.unwrap_or_else(|e| panic!("{}: {e}", api.name())).value;
        assert!(read.get(top).is_some_and(Value::is_string), "{} says its version", api.name());
        let named = read.pointer("/info/title").and_then(Value::as_str);
        assert_eq!(named, api.metadata.rest.get("title").and_then(Value::as_str), "{}", api.name());
    }
}

#[tokio::test]
async fn releases_services_with_their_files_in_place() {
    let place = Place::new().await;
    place.load().await;
    let releases = place.of::<ReleaseSpec>().await;
    let names: Vec<&str> = releases.iter().map(Resource::name).collect();
    assert_eq!(names, ["parcel-tracker-1", "product-search-1"]);
    for Release { spec, .. } in &releases {
        let document = causeway_plan::score::read(&Value::Object(spec.document.clone())).expect("a Score document");
        assert_eq!(document.name, spec.workload);
        let artifact = &spec.artifacts[0];
        let folder = place.artifacts().join(&artifact.location);
        assert_eq!(
            artifact.location,
            format!("default/{}/{}", spec.workload, &artifact.digest["sha256:".len()..][..16])
        );
        for file in ["main.py", "serving.py", "score.yaml"] {
            assert!(folder.join(file).is_file(), "{} has {file}", spec.workload);
        }
    }
    let deployments = place.of::<DeploymentSpec>().await;
    let names: Vec<&str> = deployments.iter().map(Resource::name).collect();
    assert_eq!(names, ["parcel-tracker.dev", "product-search.dev", "product-search.staging"]);
    for deployment in &deployments {
        let labels = &deployment.metadata.labels;
        assert_eq!(labels["platform.causeway.dev/workload"], deployment.spec.workload);
        assert_eq!(labels["platform.causeway.dev/environment"], deployment.spec.environment);
        assert!(
            releases.iter().any(|r| r.name() == deployment.spec.release && r.spec.workload == deployment.spec.workload)
        );
    }
}

#[tokio::test]
async fn tells_in_a_finished_run_what_it_did() {
    let place = Place::new().await;
    place.load().await;
    let run = place.client.require::<RunSpec>("default", RUN).expect("the run");
    assert_eq!(run.status.conclusion, Some(Conclusion::Success));
    assert!(run.status.steps.iter().all(|s| s.state == StepState::Succeeded && s.finished_at.is_some()));
    assert!(run.status.conditions.iter().any(|c| c.kind == "Ready" && c.is_true()));
    let lines = place.logs.read(&run.metadata.uid, 0, Some("catalog"), 1000);
    assert!(lines.iter().any(|l| l.text == "created Component product-search"), "{lines:?}");
    let lines = place.logs.read(&run.metadata.uid, 0, Some("deployments"), 1000);
    assert_eq!(lines.len(), 3);
}

#[tokio::test]
async fn changes_nothing_when_it_is_loaded_again() {
    let place = Place::new().await;
    place.load().await;
    let before = place.everything(None).await;
    place.load().await;
    assert_eq!(place.everything(None).await, before);
}

#[tokio::test]
async fn brings_back_what_was_deleted_and_leaves_alone_what_was_changed() {
    let place = Place::new().await;
    place.load().await;
    place.client.delete::<catalog::component::ComponentSpec>("default", "web-shop").await.expect("deleted");
    let key = Key::new(catalog::group::GroupSpec::resource(), "default", "web");
    let patch = Patch::Merge(serde_json::json!({"spec": {"profile": {"displayName": "Front row"}}}));
    let (actor, options) = (Actor::controller("test"), WriteOptions::strict());
    place.resources.patch(&actor, &key, &patch, Subresource::None, &options).await.expect("changed");
    place.load().await;
    place.client.require::<catalog::component::ComponentSpec>("default", "web-shop").expect("back again");
    let group = place.client.require::<catalog::group::GroupSpec>("default", "web").expect("the group");
    assert_eq!(group.spec.profile.display_name, "Front row");
}

#[tokio::test]
async fn leaves_nothing_of_itself_and_everything_of_others_when_it_is_removed() {
    let place = Place::new().await;
    let group = |name: &str| {
        let spec = catalog::group::GroupSpec { r#type: "team".into(), ..Default::default() };
        Resource::new(Metadata::named("default", name), spec)
    };
    // one of the demo's names, taken before it came
    place.client.create(&group("platform")).await.expect("a group");
    place.client.create(&group("ours")).await.expect("a group");
    let others = place.artifacts().join("default/ours/0123456789abcdef");
    std::fs::create_dir_all(&others).expect("a folder");
    let before = place.everything(None).await;
    place.load().await;
    assert!(place.everything(None).await.len() > before.len() + 60);
    remove(&place.resources, &place.artifacts()).await.expect("removed");
    assert_eq!(place.everything(None).await, before);
    let left: Vec<_> = std::fs::read_dir(place.artifacts().join("default"))
        .expect("a folder")
        .map(|e| e.expect("a file").file_name())
        .collect();
    assert_eq!(left, ["ours"]);
    remove(&place.resources, &place.artifacts()).await.expect("nothing to do");
}

#[tokio::test]
async fn stays_whole_while_somebody_stands_on_it() {
    let place = Place::new().await;
    place.load().await;
    let mut spec = DeploymentSpec { workload: "ours".into(), environment: "staging".into(), ..Default::default() };
    let in_staging = Deployment::new(Metadata::named("default", "ours.staging"), spec.clone());
    place.client.create(&in_staging).await.expect("a deployment");
    spec = DeploymentSpec {
        workload: "parcel-tracker".into(),
        environment: "dev".into(),
        release: "parcel-tracker-1".into(),
        ..spec
    };
    place.client.create(&Deployment::new(Metadata::named("default", "copy.dev"), spec)).await.expect("a deployment");
    let before = place.everything(None).await;
    let error = remove(&place.resources, &place.artifacts()).await.expect_err("in use");
    let DemoError::InUse(users) = &error else { panic!("{error}") };
    assert_eq!(
        users.as_slice(),
        [
            "the deployment copy.dev runs its release parcel-tracker-1",
            "the deployment ours.staging is in its environment staging",
        ]
    );
    assert!(error.hint().is_some());
    assert_eq!(place.everything(None).await, before);
}

/// Lets a deployment go some time after it was deleted, and knows whether its release was still there then.
struct SlowEnd(Client);

#[async_trait]
impl Controller for SlowEnd {
    type Spec = DeploymentSpec;
    const NAME: &'static str = "slow-end";
    const FINALIZER: Option<&'static str> = Some("example.com/slow-end");

    async fn apply(&self, _: Deployment) -> Result<Next, Failure> {
        Ok(Next::Resync)
    }

    async fn cleanup(&self, deployment: Deployment) -> Result<Cleaned, Failure> {
        let since = deployment.metadata.deletion_timestamp.map_or(Duration::MAX, |at| Timestamp::now().since(at));
        self.0.require::<ReleaseSpec>("default", &deployment.spec.release)?;
        self.0.require::<WorkloadSpec>("default", &deployment.spec.workload)?;
        self.0.require::<EnvironmentSpec>("default", &deployment.spec.environment)?;
        Ok(if since.is_zero() { Cleaned::Waiting(Duration::from_millis(50)) } else { Cleaned::Done })
    }
}

#[tokio::test]
async fn waits_for_what_runs_before_it_takes_the_ground_away() {
    let place = Place::new().await;
    let engine = Engine::new(Arc::clone(&place.resources), EngineOptions::default());
    engine.start(SlowEnd(place.client.clone()));
    engine.start(Executor::new(&place.resources, Programs::new(Vec::new()), place.logs.clone(), engine.stopping()));
    engine.start_housekeeping();
    place.load().await;
    let key = Key::new(GroupResource::new("platform.causeway.dev", "deployments"), "default", "product-search.dev");
    let held = || place.resources.find(&key).and_then(|r| r.object()).is_some_and(|o| !o.finalizers().is_empty());
    until("the controller has seen the deployment", held).await;
    let run = place.client.require::<RunSpec>("default", RUN).expect("the run");
    remove(&place.resources, &place.artifacts()).await.expect("removed");
    assert!(place.everything(Some(LABEL)).await.is_empty());
    assert!(place.logs.read(&run.metadata.uid, 0, None, 10).is_empty(), "its log is gone too");
    engine.stop(Duration::from_secs(5)).await;
}

/// Would execute runs of the kind that the record is of.
struct Curious(Arc<AtomicBool>);

#[async_trait]
impl Program for Curious {
    fn program(&self) -> run::Program {
        run::Program::Action
    }

    async fn steps(&self, _: &Run, _: &Client) -> Result<Vec<Step>, PrepareError> {
        self.0.store(true, Ordering::SeqCst);
        Err(PrepareError::Refused("it is a record".into()))
    }

    fn advance(&self, _: &Run) -> Advance {
        Advance::Wait
    }

    fn is_repeatable(&self, _: &Run, _: &Step) -> bool {
        true
    }

    async fn perform(&self, _: StepContext) -> StepEnd {
        StepEnd::Succeeded { outputs: serde_json::Map::new() }
    }
}

#[tokio::test]
async fn completes_a_record_that_was_cut_off_and_that_nobody_executed_meanwhile() {
    let place = Place::new().await;
    let mut metadata = Metadata::named("default", RUN);
    metadata.annotations.insert(run::RECORD.into(), "true".into());
    let spec = RunSpec { program: run::Program::Action, ..RunSpec::default() };
    place.client.create(&Run::new(metadata, spec)).await.expect("a run");
    let was_asked = Arc::new(AtomicBool::new(false));
    let programs = Programs::new(vec![Arc::new(Curious(Arc::clone(&was_asked)))]);
    let engine = Engine::new(Arc::clone(&place.resources), EngineOptions::default());
    engine.start(Executor::new(&place.resources, programs, place.logs.clone(), engine.stopping()));
    let run = || place.client.require::<RunSpec>("default", RUN).expect("the run");
    until("the executor has seen the run", || !run().metadata.finalizers.is_empty()).await;
    place.load().await;
    // what is under way is finished first
    engine.stop(Duration::from_secs(5)).await;
    assert!(!was_asked.load(Ordering::SeqCst));
    let status = run().status;
    assert_eq!(status.conclusion, Some(Conclusion::Success));
    let ready = status.conditions.iter().find(|c| c.kind == "Ready").expect("a condition");
    assert_eq!((ready.reason.as_str(), ready.is_true()), ("Succeeded", true));
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait).await.unwrap_or_else(|_| panic!("never happened: {what}"));
}

/// The folder of a service's artifact, as the demo stores it.
async fn artifact_of(place: &Place, workload: &str) -> PathBuf {
    let release = place.client.require::<ReleaseSpec>("default", &format!("{workload}-1")).expect("the release");
    place.artifacts().join(&release.spec.artifacts[0].location)
}
