//! From a form to an application.

use causeway_core::Key;
use causeway_core::Spec as _;
use causeway_kinds::application::{Application, ApplicationSpec};
use causeway_kinds::plan::PlanSpec;
use serde_json::json;

use crate::world::World;

const FORM: &[(&str, &str)] = &[
    ("name", "orders"),
    ("description", "Takes orders"),
    ("owner", "group:default/team-a"),
    ("namespace", "default"),
    ("database", "postgres"),
    ("environment", "dev"),
    ("replicas", "3"),
    ("ci", "true"),
    ("cd", "true"),
];

fn form<'a>(change: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form: Vec<_> = FORM.iter().filter(|(n, _)| !change.iter().any(|(c, _)| c == n)).copied().collect();
    form.extend(change.iter().filter(|(_, v)| !v.is_empty()));
    form
}

#[tokio::test]
async fn the_form_asks_for_what_the_template_takes() {
    let world = World::start().await;
    world
        .create(json!({"apiVersion": "backstage.io/v1alpha1", "kind": "Group", "metadata": {"name": "team-a", "namespace": "default"},
            "spec": {"type": "team", "children": [], "members": ["admin"]}}))
        .await;
    world.get("/create").await.says("/create/default/python-fastapi").says("/create/default/go-gin");
    let page = world.get("/create/default/python-fastapi").await;
    page.says("<label for=\"f-name\">Name</label>")
        .says("type=\"radio\" name=\"database\" value=\"postgres\"")
        .says("PostgreSQL");
    page.says("inputmode=\"numeric\" value=\"2\"")
        .says("name=\"ci\" value=\"true\" checked")
        .says("<input type=\"hidden\" name=\"namespace\" value=\"default\">");
    page.says("<option value=\"group:default/team-a\">").says("name=\"owner\" value=\"group:default/team-a\"");
    world.get("/create/default/python-fastapi?name=given").await.says("value=\"given\"");
    assert_eq!(world.get("/create/default/no-such-path").await.status, 404);
    world.stop().await;
}

#[tokio::test]
async fn wrong_answers_come_back_with_what_is_wrong_beside_them() {
    let world = World::start().await;
    let page = world
        .post("/create/default/python-fastapi", &form(&[("name", "Not A Name"), ("replicas", "many"), ("owner", "")]))
        .await;
    assert_eq!(page.status, 422);
    page.says("3 answers need a change")
        .says("href=\"#f-name\"")
        .says("href=\"#f-replicas\"")
        .says("href=\"#f-owner\"");
    page.says("value=\"Not A Name\"")
        .says("value=\"many\"")
        .says("many is not a whole number.")
        .says("id=\"e-name\"")
        .says("This is needed.");
    page.says("aria-invalid=\"true\"").says("Takes orders");
    let page = world.post("/create/default/python-fastapi", &form(&[("ci", "")])).await;
    assert_eq!(page.status, 422);
    page.says("Nothing is released without the pipeline.");
    world.stop().await;
}

#[tokio::test]
async fn the_plan_is_shown_before_anything_is_stored() {
    let world = World::start().await;
    let page = world.post("/create/default/python-fastapi", &form(&[("intent", "plan")])).await;
    assert_eq!(page.status, 200, "{}", page.text);
    page.says("What will happen, in this order")
        .says("db-orders.dev")
        .says("value=\"create\"")
        .says("name=\"replicas\" value=\"3\"");
    let stored = world.client.list::<ApplicationSpec>(None).await.expect("a list");
    let plans = world.client.list::<PlanSpec>(None).await.expect("a list");
    assert!(stored.is_empty() && plans.is_empty());
    let page =
        world.post("/create/default/python-fastapi", &form(&[("environment", "nowhere"), ("intent", "plan")])).await;
    page.says("there is no environment").hides("value=\"create\"");
    world.stop().await;
}

#[tokio::test]
async fn ordering_makes_the_application_that_the_command_line_would_make() {
    let world = World::start().await;
    world.make_applications();
    let answer = world.post("/create/default/python-fastapi", &form(&[("intent", "create")])).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    assert!(answer.header("location").starts_with("/runs/orders-create-"), "{}", answer.header("location"));
    let application: Application =
        world.client.require::<ApplicationSpec>("default", "orders").expect("an application");
    assert_eq!(application.spec.language, "python");
    assert_eq!(application.spec.deployment.replicas, 3);
    assert_eq!(application.metadata.annotations.get("platform.causeway.dev/actor").map(String::as_str), Some("admin"));
    world.get(answer.header("location")).await.says("Create orders");
    world
        .get("/catalog/default/component/orders")
        .await
        .status
        .is_redirection()
        .then_some(())
        .expect("the application's page until the entity is there");
    let again = world.post("/create/default/python-fastapi", &form(&[("intent", "create")])).await;
    assert_eq!(again.status, 422);
    again.says("There is a service orders already.").says("id=\"e-name\"");
    let key = Key::new(ApplicationSpec::resource(), "default", "orders");
    assert!(world.app.resources.find(&key).is_some());
    world.stop().await;
}
