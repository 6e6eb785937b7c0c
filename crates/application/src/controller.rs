//! Brings applications about, and takes them away.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use causeway_core::condition::{self, Condition, ConditionStatus};
use causeway_core::{Resource, Timestamp};
use causeway_engine::{Cleaned, Controller, Failure, Next, Recorder, Related};
use causeway_kinds::application::{Application, ApplicationSpec};
use causeway_kinds::deployment::{self, Deployment, DeploymentSpec};
use causeway_kinds::plan::{Approval, Plan, PlanOperation, PlanSpec};
use causeway_kinds::reference::ObjectReference;
use causeway_kinds::release::{Release, ReleaseSpec};
use causeway_kinds::repository::RepositorySpec;
use causeway_kinds::run::{Program, Run, RunSpec, TemplateRun};
use causeway_kinds::source::SourceSpec;
use causeway_resources::{Actor, Client, Resources};

use crate::preview::{approved_now, metadata};
use crate::proposal::{Proposal, component, is_possible, propose};
use crate::removal::{self, owner_of};
use crate::stage::{self, Seen};
use crate::{ACTOR, APPLICATION, ENVIRONMENT};

/// A safety net: what appears in the store wakes the controller long before.
const LATER: Duration = Duration::from_secs(60);

/// The controller of applications.
pub struct ApplicationController {
    client: Client,
    recorder: Recorder,
    drivers: Vec<&'static str>,
}

impl ApplicationController {
    /// With the names of the drivers that this server has.
    pub fn new(resources: &Arc<Resources>, drivers: Vec<&'static str>) -> Self {
        Self {
            client: resources.client(Actor::controller(Self::NAME)),
            recorder: Recorder::new(Arc::clone(resources), Self::NAME),
            drivers,
        }
    }

    /// The plan of the application, made once and approved by whoever asked.
    async fn plan(&self, application: &Application, proposal: &Proposal) -> Result<Plan, Failure> {
        let mut status = proposal.outline.clone().into_status();
        let name = format!("{}-create-{}", application.name(), &status.fingerprint[..8]);
        if let Some(found) = self.client.get::<PlanSpec>(application.namespace(), &name)? {
            return Ok(found);
        }
        let author = application.metadata.annotations.get(ACTOR).cloned().unwrap_or_default();
        let fingerprint = status.fingerprint.clone();
        status.approvals = vec![Approval { by: author.clone(), at: approved_now(), fingerprint, via: "author".into() }];
        let spec = PlanSpec {
            subject: reference(application),
            operation: PlanOperation::Create,
            author,
            ..PlanSpec::default()
        };
        let mut described = metadata(application, &name);
        described.owner_references = vec![application.controller_reference()];
        let mut plan = self.client.create(&Plan::new(described, spec)).await?;
        plan.status = status;
        Ok(self.client.update_status(&plan).await?)
    }

    /// The run of the template; its name follows from the application, so that it is started once.
    async fn start(&self, application: &Application, proposal: &Proposal, plan: &Plan) -> Result<Run, Failure> {
        let template = proposal.template.as_ref();
        let name = format!("{}-create-{}", application.name(), application.metadata.uid.get(..8).unwrap_or_default());
        if let Some(found) = self.client.get::<RunSpec>(application.namespace(), &name)? {
            return Ok(found);
        }
        let run = RunSpec {
            program: Program::Template,
            template: Some(TemplateRun {
                r#ref: template.map(causeway_golden_path::Template::entity_ref).unwrap_or_default(),
                values: proposal.parameters.clone(),
                ..TemplateRun::default()
            }),
            subject: reference(application),
            plan: plan.name().to_owned(),
            created_by: plan.spec.author.clone(),
            ..RunSpec::default()
        };
        // runs outlive their application, so they are labelled and not owned
        Ok(self.client.create(&Run::new(metadata(application, &name), run)).await?)
    }

    /// The deployment, which waits for the first release.
    async fn deploy(&self, application: &Application) -> Result<(), Failure> {
        let spec = &application.spec;
        if !spec.delivery.ci || !spec.delivery.cd {
            return Ok(());
        }
        let name = deployment::name(application.name(), &spec.environment);
        let found = self.client.get::<DeploymentSpec>(application.namespace(), &name)?;
        let replicas = Some(spec.deployment.replicas);
        if let Some(found) = found {
            if found.spec.replicas != replicas
                && found.metadata.annotations.get(FOLLOWS).is_none_or(|v| *v != generation(application))
            {
                self.client
                    .modify::<DeploymentSpec>(application.namespace(), &name, |d| {
                        d.spec.replicas = replicas;
                        d.metadata.annotations.insert(FOLLOWS.into(), generation(application));
                    })
                    .await?;
            }
            return Ok(());
        }
        let wanted = DeploymentSpec {
            workload: application.name().to_owned(),
            environment: spec.environment.clone(),
            replicas,
            automatic: true,
            resources: spec.deployment.resources.clone(),
            owner: spec.owner.clone(),
            ..DeploymentSpec::default()
        };
        let mut described = metadata(application, &name);
        described.labels.insert(ENVIRONMENT.into(), spec.environment.clone());
        described.annotations.insert(FOLLOWS.into(), generation(application));
        match self.client.create(&Deployment::new(described, wanted)).await {
            Err(error) if !error.is_exists() => Err(error.into()),
            _ => Ok(()),
        }
    }

    async fn see(&self, application: &Application, template_run: Run) -> Result<Seen, Failure> {
        let (namespace, name) = (application.namespace(), application.name());
        let selector = format!("{APPLICATION}={name}");
        let runs = self.client.list_by::<RunSpec>(Some(namespace), &selector).await?;
        let pipelines = runs.into_iter().filter(|r| r.spec.program == Program::Pipeline);
        let releases = self.client.list_by::<ReleaseSpec>(Some(namespace), &selector).await?;
        Ok(Seen {
            template_run: Some(template_run),
            pipeline_run: pipelines.max_by_key(|r| (r.metadata.creation_timestamp, r.name().to_owned())),
            repository: self.client.get::<RepositorySpec>(namespace, name)?,
            source: self.client.list_by::<SourceSpec>(Some(namespace), &selector).await?.into_iter().next(),
            release: releases.into_iter().max_by_key(|r: &Release| r.spec.number),
            deployment: self
                .client
                .get::<DeploymentSpec>(namespace, &deployment::name(name, &application.spec.environment))?,
        })
    }

    async fn write(&self, before: &Application, after: &Application) -> Result<(), Failure> {
        self.client.update_status(after).await?;
        let said = |a: &Application| condition::find(&a.status.conditions, "Ready").cloned().unwrap_or_default();
        let (old, new) = (said(before), said(after));
        if new.is_true() && !old.is_true() {
            self.recorder.normal(after, "Ready", new.message).await;
        } else if !new.is_true() && new.reason != old.reason && new.reason.ends_with("Failed") {
            self.recorder.warning(after, &new.reason, new.message).await;
        }
        Ok(())
    }
}

/// Annotation: the generation of the application that a deployment's replicas were last taken from, so that somebody who scales the
/// deployment is not overruled until the application itself changes.
const FOLLOWS: &str = "platform.causeway.dev/follows-generation";

fn generation(application: &Application) -> String {
    application.metadata.generation.to_string()
}

fn reference(application: &Application) -> ObjectReference {
    ObjectReference {
        api_version: application.api_version.clone(),
        kind: application.kind.clone(),
        namespace: application.namespace().into(),
        name: application.name().into(),
        uid: application.metadata.uid.clone(),
        ..ObjectReference::default()
    }
}

/// The status as far as `seen` tells.
fn describe(application: &mut Application, seen: &Seen, plan: &str) {
    let now = Timestamp::now();
    let generation = application.metadata.generation;
    let conditions = stage::conditions(application, seen);
    let component = component(application);
    let status = &mut application.status;
    status.observed_generation = generation;
    status.plan = plan.to_owned();
    status.run = seen.template_run.as_ref().map(|r| r.name().to_owned()).unwrap_or_default();
    if let Some(repository) = &seen.repository {
        status.repository = repository.name().to_owned();
        status.remote_url.clone_from(&repository.status.url);
    }
    if seen.source.is_some() {
        status.component = component;
    }
    if let Some(deployment) = &seen.deployment {
        status.url.clone_from(&deployment.status.url);
        // a claim's name and its secret's path differ in the separator alone
        let environment = format!(".{}", deployment.spec.environment);
        let path = |claim: &String| claim.strip_suffix(&environment).unwrap_or(claim).replacen('-', "/", 1);
        status.secrets = deployment.status.claims.iter().map(path).collect();
    }
    let planned =
        Condition::new("Planned", ConditionStatus::True, "Planned", format!("The plan {plan} says what is done."));
    for condition in std::iter::once(planned).chain(conditions) {
        condition::set(&mut status.conditions, condition, generation, now);
    }
}

#[async_trait]
impl Controller for ApplicationController {
    type Spec = ApplicationSpec;
    const NAME: &'static str = "application";
    const FINALIZER: Option<&'static str> = Some("platform.causeway.dev/application");
    const CONCURRENCY: usize = 8;

    fn related(&self) -> Vec<Related> {
        let stages = removal::stages().into_iter();
        stages.map(|resource| Related::new(resource, |object| owner_of(object).into_iter().collect())).collect()
    }

    async fn apply(&self, application: Application) -> Result<Next, Failure> {
        let existing = application.status.run.as_str();
        let run = match self.client.get::<RunSpec>(application.namespace(), existing)? {
            Some(run) if !existing.is_empty() => run,
            _ => {
                let proposal = propose(&self.client, &self.drivers, &application).await?;
                if !is_possible(&proposal.outline) {
                    let said = proposal
                        .outline
                        .problems
                        .iter()
                        .map(|p| format!("{}; {}", p.message, p.hint))
                        .collect::<Vec<_>>()
                        .join(". ");
                    return Err(Failure::terminal("CannotPlan", format!("It cannot be made: {said}.")));
                }
                let plan = self.plan(&application, &proposal).await?;
                let run = self.start(&application, &proposal, &plan).await?;
                let mut next: Resource<ApplicationSpec> = application.clone();
                let seen = Seen { template_run: Some(run), ..Seen::default() };
                describe(&mut next, &seen, plan.name());
                self.write(&application, &next).await?;
                return Ok(Next::After(LATER));
            }
        };
        let scaffolded = run.status.conclusion == Some(causeway_kinds::run::Conclusion::Success);
        if scaffolded {
            self.deploy(&application).await?;
        }
        let seen = self.see(&application, run).await?;
        let mut next = application.clone();
        let plan = application.status.plan.clone();
        describe(&mut next, &seen, &plan);
        self.write(&application, &next).await?;
        Ok(Next::After(LATER))
    }

    async fn cleanup(&self, application: Application) -> Result<Cleaned, Failure> {
        let step = removal::step(&self.client, &application).await?;
        if step == Cleaned::Done {
            self.recorder.normal(&application, "Removed", "Everything that belonged to it is gone.").await;
        }
        Ok(step)
    }
}
