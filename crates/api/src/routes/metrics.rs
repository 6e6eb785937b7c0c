//! Prometheus' text format.

use std::fmt::Write as _;

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header;

use crate::App;

/// `/metrics`.
pub fn router() -> Router<App> {
    Router::new().route("/metrics", get(metrics))
}

async fn metrics(State(app): State<App>) -> impl IntoResponse {
    let mut text = String::new();
    objects(&app, &mut text);
    services(&app, &mut text);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

fn objects(app: &App, text: &mut String) {
    line(text, "# HELP causeway_objects Stored objects by kind.");
    line(text, "# TYPE causeway_objects gauge");
    for entry in app.resources.registry().all() {
        let resource = entry.definition.resource();
        let count = app.resources.store().count(&resource, "");
        line(text, &format!("causeway_objects{{resource=\"{resource}\"}} {count}"));
    }
    line(text, "# HELP causeway_revision The newest revision of the store.");
    line(text, "# TYPE causeway_revision counter");
    line(text, &format!("causeway_revision {}", app.resources.revision()));
}

fn services(app: &App, text: &mut String) {
    let snapshots = app.ingress.snapshot();
    line(
        text,
        "# HELP causeway_ingress_requests_total Requests that the ingress answered, by service and class of status.",
    );
    line(text, "# TYPE causeway_ingress_requests_total counter");
    for service in &snapshots {
        for (class, count) in service.by_class.iter().enumerate() {
            line(
                text,
                &format!("causeway_ingress_requests_total{{{},status=\"{}xx\"}} {count}", labels(service), class + 1),
            );
        }
    }
    line(text, "# HELP causeway_ingress_request_duration_seconds How long requests took.");
    line(text, "# TYPE causeway_ingress_request_duration_seconds histogram");
    for service in &snapshots {
        let labels = labels(service);
        for (bound, count) in &service.buckets {
            line(text, &format!("causeway_ingress_request_duration_seconds_bucket{{{labels},le=\"{bound}\"}} {count}"));
        }
        line(
            text,
            &format!(
                "causeway_ingress_request_duration_seconds_bucket{{{labels},le=\"+Inf\"}} {}",
                service.duration_count
            ),
        );
        line(text, &format!("causeway_ingress_request_duration_seconds_sum{{{labels}}} {}", service.duration_sum));
        line(text, &format!("causeway_ingress_request_duration_seconds_count{{{labels}}} {}", service.duration_count));
    }
}

/// Names of services, environments and namespaces need no escaping: they are DNS labels.
fn labels(service: &causeway_ingress::ServiceSnapshot) -> String {
    let labels = &service.labels;
    format!("namespace=\"{}\",environment=\"{}\",service=\"{}\"", labels.namespace, labels.environment, labels.service)
}

fn line(text: &mut String, line: &str) {
    // writing to a String cannot fail
    let _ = writeln!(text, "{line}");
}
