//! Which recipe is chosen.

use causeway_kinds::recipe::Recipe;
use causeway_plan::choose;
use serde_json::{Value, json};

use crate::scene::{Scene, read};

fn recipe(name: &str, priority: i32, criteria: Value) -> Recipe {
    read(json!({
        "apiVersion": "platform.causeway.dev/v1", "kind": "Recipe", "metadata": {"name": name},
        "spec": {"resourceType": "postgresql", "driver": "postgres", "priority": priority, "match": criteria},
    }))
}

#[test]
fn the_most_criteria_win_then_the_priority_then_the_name() {
    let scene = Scene::new(json!({}));
    let dev = scene.environment.clone();
    let any = || recipe("any", 0, json!({}));
    let cases = [
        ("the only one", vec![any()], "", Some("any")),
        ("more criteria", vec![any(), recipe("dev", 0, json!({"environments": ["dev"]}))], "", Some("dev")),
        (
            "more criteria outrank priority",
            vec![
                recipe("loud", 100, json!({"environments": ["dev"]})),
                recipe("exact", 0, json!({"environments": ["dev"], "class": "ha"})),
            ],
            "ha",
            Some("exact"),
        ),
        (
            "criteria that do not hold",
            vec![recipe("prod", 9, json!({"environments": ["prod"]})), any()],
            "",
            Some("any"),
        ),
        (
            "one of several in a list",
            vec![recipe("both", 0, json!({"environments": ["prod", "dev"]}))],
            "",
            Some("both"),
        ),
        ("its type of environment", vec![any(), recipe("t", 0, json!({"environmentTypes": ["dev"]}))], "", Some("t")),
        ("another class", vec![recipe("ha", 0, json!({"class": "ha"}))], "", None),
        ("priority", vec![recipe("a", 1, json!({})), recipe("b", 2, json!({}))], "", Some("b")),
        ("the first name", vec![recipe("b", 0, json!({})), recipe("a", 0, json!({}))], "", Some("a")),
        ("none", vec![], "", None),
    ];
    for (what, recipes, class, wanted) in cases {
        let mut reversed = recipes.clone();
        reversed.reverse();
        for recipes in [&recipes, &reversed] {
            let chosen = choose(&scene.types, recipes, "postgres", class, "", &dev);
            assert_eq!(chosen.map(|c| c.recipe.name()), wanted, "{what}");
        }
    }
    assert!(choose(&scene.types, &[any()], "oracle", "", "", &dev).is_none());
    assert!(
        choose(&scene.types, &[any()], "PostgreSQL", "", "", &dev).is_some(),
        "types are found by their other names"
    );
}
