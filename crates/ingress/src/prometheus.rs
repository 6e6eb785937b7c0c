//! The measurements in the text format of Prometheus. The invariant: label values cannot break
//! out of their quotes.

use std::fmt::Write as _;

use crate::metrics::ServiceSnapshot;

/// Appends the families `causeway_ingress_…` for `services` to a page of metrics.
pub fn write_prometheus(page: &mut String, services: &[ServiceSnapshot]) {
    let labelled: Vec<(String, &ServiceSnapshot)> = services.iter().map(|service| (labels(service), service)).collect();
    family(page, "requests_total", "counter", "Requests by the class of their status.");
    for (labels, service) in &labelled {
        for (class, count) in (1..).zip(service.by_class) {
            sample(page, "requests_total", &format!("{labels},class=\"{class}xx\""), &count);
        }
    }
    family(page, "unanswered_total", "counter", "Requests that no backend answered.");
    for (labels, service) in &labelled {
        sample(page, "unanswered_total", labels, &service.unanswered);
    }
    family(page, "retries_total", "counter", "Times that a request was sent again.");
    for (labels, service) in &labelled {
        sample(page, "retries_total", labels, &service.retries);
    }
    family(page, "requests_in_flight", "gauge", "Requests that run.");
    for (labels, service) in &labelled {
        sample(page, "requests_in_flight", labels, &service.in_flight);
    }
    family(page, "request_duration_seconds", "histogram", "Time from the head of a request to the end of its answer.");
    for (labels, service) in &labelled {
        for (bound, count) in &service.buckets {
            sample(page, "request_duration_seconds_bucket", &format!("{labels},le=\"{bound}\""), count);
        }
        let count = &service.duration_count;
        sample(page, "request_duration_seconds_bucket", &format!("{labels},le=\"+Inf\""), count);
        sample(page, "request_duration_seconds_sum", labels, &service.duration_sum);
        sample(page, "request_duration_seconds_count", labels, count);
    }
}

fn labels(service: &ServiceSnapshot) -> String {
    let labels = &service.labels;
    format!(
        "namespace=\"{}\",environment=\"{}\",service=\"{}\"",
        escaped(&labels.namespace),
        escaped(&labels.environment),
        escaped(&labels.service)
    )
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn family(page: &mut String, name: &str, kind: &str, help: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(page, "# HELP causeway_ingress_{name} {help}\n# TYPE causeway_ingress_{name} {kind}");
}

fn sample(page: &mut String, name: &str, labels: &str, value: &dyn std::fmt::Display) {
    let _ = writeln!(page, "causeway_ingress_{name}{{{labels}}} {value}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::ServiceMetrics;
    use crate::route::ServiceLabels;
    use std::time::Instant;

    #[test]
    fn a_page_has_every_family_once_and_escapes_labels() {
        let labels = |service: &str| ServiceLabels {
            namespace: "default".to_owned(),
            environment: "dev".to_owned(),
            service: service.to_owned(),
        };
        let now = Instant::now();
        let metrics = ServiceMetrics::new(now);
        let services = [metrics.snapshot(labels("a\"}\n"), now), metrics.snapshot(labels("b"), now)];
        let mut page = String::new();
        write_prometheus(&mut page, &services);
        assert_eq!(page.matches("# TYPE").count(), 5);
        let line = r#"causeway_ingress_unanswered_total{namespace="default",environment="dev",service="a\"}\n"} 0"#;
        assert!(page.contains(line), "{page}");
        assert!(page.contains(r#"service="b",class="2xx"} 0"#), "{page}");
        assert!(page.contains(r#"service="b",le="0.0005"} 0"#), "{page}");
        assert!(page.lines().all(|line| line.starts_with('#') || line.contains("} ")));
    }
}
