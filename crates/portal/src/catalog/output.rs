//! What the replicas of a deployment said last.

use causeway_core::Spec as _;
use causeway_drivers::InstanceId;
use causeway_kinds::deployment::DeploymentSpec;
use maud::{Markup, html};

use crate::address::segment;
use crate::part::{LogRow, State, Status, log_lines, panel};
use crate::refusal::Refusal;
use crate::service::Belongings;
use crate::viewer::Viewer;

const LINES: usize = 300;

/// The log of one deployment of a service.
pub(super) struct Output {
    /// The environments in which the service is deployed.
    environments: Vec<String>,
    /// The one that is shown.
    chosen: Option<String>,
    lines: Result<Vec<LogRow>, Refusal>,
}

impl Output {
    pub(super) async fn read(viewer: &Viewer, service: &Belongings, environment: &str) -> Self {
        let deployments = match &service.deployments {
            Ok(deployments) => deployments,
            Err(refusal) => return Self { environments: Vec::new(), chosen: None, lines: Err(refusal.clone()) },
        };
        let environments: Vec<String> = deployments.iter().map(|d| d.spec.environment.clone()).collect();
        let chosen = environments.iter().find(|e| *e == environment).or(environments.first()).cloned();
        let lines = match &chosen {
            Some(environment) => lines(viewer, service, environment).await,
            None => Ok(Vec::new()),
        };
        Self { environments, chosen, lines }
    }

    pub(super) fn chosen(&self) -> Option<&str> {
        self.chosen.as_deref()
    }

    pub(super) fn show(&self, entity: &str) -> Markup {
        let aside = html! {
            @for environment in &self.environments {
                @let current = self.chosen.as_ref() == Some(environment);
                a.chip href={ (entity) "/logs?environment=" (segment(environment)) } aria-current=[current.then_some("true")] { (environment) }
            }
            @if self.lines.is_ok() && self.chosen.is_some() { (Status::new(State::Run, "Live").mark()) }
        };
        let title = html! { "Log" @if let Some(chosen) = &self.chosen { " " span { "in " (chosen) ", the last " (LINES) " lines" } } };
        panel(
            "log",
            title,
            aside,
            html! {
                @match (&self.lines, &self.chosen) {
                    (Err(refusal), _) => { div.body { (refusal.note()) } }
                    (Ok(_), None) => { div.empty { p { "It is deployed nowhere, so nothing has been said yet." } } }
                    (Ok(lines), Some(_)) if lines.is_empty() => { div.empty { p { "The replicas have said nothing yet." } } }
                    (Ok(lines), Some(_)) => {
                        div.log role="log" aria-label="Log lines, newest last" tabindex="0" { ol { (log_lines(lines)) } }
                        footer { "Newest last, with the replica that said it. Follows while you are at the end." }
                    }
                }
            },
        )
    }
}

/// As the API's `deployments/<name>/log` gives them, to those who may get it.
async fn lines(viewer: &Viewer, service: &Belongings, environment: &str) -> Result<Vec<LogRow>, Refusal> {
    viewer.need("get", &DeploymentSpec::resource(), "log", &service.namespace).await?;
    let id = InstanceId {
        namespace: service.namespace.clone(),
        workload: service.name.clone(),
        environment: environment.to_owned(),
    };
    let found = viewer.app.runtime.logs(&id, LINES, false).await;
    let found = found.map_err(|e| Refusal::Failed { why: format!("The log cannot be read: {e}.") })?;
    Ok(found.into_iter().map(|(lead, text)| LogRow { lead, text }).collect())
}
