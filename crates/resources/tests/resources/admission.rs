//! Steps that every write passes.

use std::sync::Arc;

use async_trait::async_trait;
use causeway_core::Object;
use causeway_resources::admission::{Admission, Operation, Request};
use causeway_resources::{Error, Result, Subresource};
use serde_json::json;

use crate::door::{Door, environment, environment_key, map, map_key};

/// Does what the label `step` of a ConfigMap says.
struct Step;

#[async_trait]
impl Admission for Step {
    async fn admit(&self, request: &Request<'_>, object: &mut Object, warnings: &mut Vec<String>) -> Result<()> {
        assert_eq!(
            request.old.is_none(),
            request.operation == Operation::Create,
            "the object before is there but for creates"
        );
        match object.label("step").unwrap_or_default() {
            "refuse" => return Err(Error::refused("configmaps", object.name(), "this will not do")),
            "warn" => warnings.push(format!("{:?} by {}", request.operation, request.actor.user)),
            "complete" if request.subresource == Subresource::None => object.set(&["data", "completed"], "yes"),
            "break" => object.set(&["data"], "not a map"),
            _ => {}
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_step_may_complete_refuse_and_warn_and_what_it_leaves_is_checked() {
    let door = Door::open().await;
    door.resources.admit_with(Arc::new(Step));
    let with = |step: &str| {
        let mut given = map(step);
        given["metadata"]["labels"] = json!({"step": step});
        given
    };
    let completed = door.create(with("complete")).await.expect("it is created").object;
    assert_eq!(completed.text(&["data", "completed"]), "yes");
    let warned = door.create(with("warn")).await.expect("it is created");
    assert_eq!(warned.warnings, ["Create by user:default/jane"]);
    let warned = door.delete(&map_key("warn")).await.expect("it is deleted");
    assert_eq!(warned.warnings, ["Delete by user:default/jane"]);
    assert!(matches!(door.create(with("refuse")).await, Err(Error::Refused(why)) if why.message == "this will not do"));
    assert!(matches!(door.create(with("break")).await, Err(Error::Invalid { .. })));
    assert!(door.find(&map_key("refuse")).is_none() && door.find(&map_key("break")).is_none());
    door.create(map("m")).await.expect("it is created");
    let refused = door.merge(&map_key("m"), json!({"metadata": {"labels": {"step": "refuse"}}})).await;
    assert!(matches!(refused, Err(Error::Refused(_))));
    assert_eq!(door.get(&map_key("m"))["metadata"].get("labels"), None);
}

#[tokio::test]
async fn steps_see_the_status_that_a_status_write_leaves_alone() {
    let door = Door::open().await;
    door.create(environment("dev")).await.expect("it is created");
    door.resources.admit_with(Arc::new(Step));
    let mut said = environment("dev");
    said["status"] = json!({"conditions": [{"type": "Ready", "status": "True"}]});
    door.replace_status(said).await.expect("it is said");
    assert_eq!(door.get(&environment_key("dev"))["status"]["conditions"][0]["status"], "True");
}
