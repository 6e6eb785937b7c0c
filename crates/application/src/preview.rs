//! Plans that are filled in as they are created: what creating or deleting an application would do.

use std::sync::Arc;

use async_trait::async_trait;
use causeway_core::{Metadata, Object, Resource, Spec as _, Timestamp};
use causeway_kinds::application::{Application, ApplicationSpec};
use causeway_kinds::plan::{PlanOperation, PlanSpec};
use causeway_resources::admission::{Admission, Operation, Request};
use causeway_resources::{Actor, Client, Error, Resources, Result, Strictness, WriteOptions};
use serde_json::{Value, json};

use crate::{ACTOR, KEEP_REPOSITORY, proposal, removal};

/// Fills in the plans of applications, and notes on applications who asked for them.
pub struct Preview {
    resources: std::sync::Weak<Resources>,
    drivers: Vec<&'static str>,
}

impl Preview {
    /// With the names of the drivers that this server has. The resources are held weakly, since they hold this.
    pub fn new(resources: &Arc<Resources>, drivers: Vec<&'static str>) -> Self {
        Self { resources: Arc::downgrade(resources), drivers }
    }

    fn client(&self) -> Result<Client> {
        let resources = self.resources.upgrade().ok_or_else(|| Error::bad("the server is stopping"))?;
        Ok(resources.client(Actor::controller("plan")))
    }

    async fn fill(&self, request: &Request<'_>, object: &mut Object) -> Result<()> {
        let spec: PlanSpec = serde_json::from_value(object.spec().clone())
            .map_err(|e| Error::bad(format!("the plan's spec does not read: {e}")))?;
        let client = self.client()?;
        let outline = match spec.operation {
            PlanOperation::Create if !spec.proposed.is_empty() => {
                let application = self.proposed(request, &spec, object.namespace()).await?;
                proposal::propose(&client, &self.drivers, &application).await?.outline
            }
            PlanOperation::Delete if spec.subject.kind == ApplicationSpec::KIND => {
                let namespace = if spec.subject.namespace.is_empty() {
                    object.namespace().to_owned()
                } else {
                    spec.subject.namespace.clone()
                };
                let mut application = client.require::<ApplicationSpec>(&namespace, &spec.subject.name)?;
                if spec.options.get("keepRepository").and_then(Value::as_bool).unwrap_or(false) {
                    application.metadata.annotations.insert(KEEP_REPOSITORY.into(), "true".into());
                }
                object.set(&["spec", "subject", "uid"], application.metadata.uid.as_str());
                object.set(&["spec", "subject", "namespace"], namespace);
                removal::outline(&client, &application).await?
            }
            _ => return Ok(()),
        };
        object.set(&["spec", "author"], request.actor.user.as_str());
        object.set(&["status"], json!(outline.into_status()));
        Ok(())
    }

    /// The proposed application, through all the rules of a real one, but not written.
    async fn proposed(&self, request: &Request<'_>, spec: &PlanSpec, namespace: &str) -> Result<Application> {
        let mut object = Object(spec.proposed.clone());
        if object.namespace().is_empty() {
            object.set(&["metadata", "namespace"], namespace);
        }
        let options = WriteOptions { dry_run: true, strictness: Strictness::Strict, ..WriteOptions::default() };
        let written = request.resources.create(request.actor, object, &options).await?;
        Resource::from_object(&written.object).map_err(|e| Error::bad(e.to_string()))
    }
}

#[async_trait]
impl Admission for Preview {
    async fn admit(&self, request: &Request<'_>, object: &mut Object, _warnings: &mut Vec<String>) -> Result<()> {
        let definition = &request.entry.definition;
        let is = |resource: &causeway_core::GroupResource| {
            *definition.plural == *resource.resource && *definition.group == *resource.group
        };
        if request.operation != Operation::Create {
            return Ok(());
        }
        if is(&proposal::application_resource()) && object.annotation(ACTOR).is_none() {
            object.set(&["metadata", "annotations", ACTOR], request.actor.user.as_str());
        }
        if is(&PlanSpec::resource()) && !request.actor.is_system() {
            self.fill(request, object).await?;
        }
        Ok(())
    }
}

/// Metadata for what an application makes: its labels, and who asked.
pub(crate) fn metadata(application: &Application, name: &str) -> Metadata {
    let mut metadata = Metadata::named(application.namespace(), name);
    metadata.labels.insert(crate::APPLICATION.into(), application.name().into());
    metadata.labels.insert(crate::WORKLOAD.into(), application.name().into());
    if let Some(actor) = application.metadata.annotations.get(ACTOR) {
        metadata.annotations.insert(ACTOR.into(), actor.clone());
    }
    metadata
}

/// The instant of an approval that goes without saying.
pub(crate) fn approved_now() -> Option<Timestamp> {
    Some(Timestamp::now())
}
