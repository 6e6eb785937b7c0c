//! How a resource of a type is made in an environment: the recipe that matches best.

use causeway_kinds::environment::Environment;
use causeway_kinds::recipe::Recipe;
use causeway_kinds::resource_type::{ResourceType, normalise_type};

/// What was chosen.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'a> {
    /// The type.
    pub resource_type: &'a ResourceType,
    /// How it is made.
    pub recipe: &'a Recipe,
}

/// The type that goes by a name or an alias.
pub fn resource_type<'a>(types: &'a [ResourceType], name: &str) -> Option<&'a ResourceType> {
    let name = normalise_type(name);
    types.iter().find(|t| t.name() == name).or_else(|| types.iter().find(|t| t.spec.aliases.iter().any(|a| a == name)))
}

/// The recipe for a type in an environment: of those whose criteria all hold, the one with the most criteria; then the highest
/// priority; then the first name.
pub fn choose<'a>(
    types: &'a [ResourceType],
    recipes: &'a [Recipe],
    wanted: &str,
    class: &str,
    id: &str,
    environment: &Environment,
) -> Option<Choice<'a>> {
    let resource_type = resource_type(types, wanted)?;
    let fitting = recipes.iter().filter(|r| normalise_type(&r.spec.resource_type) == resource_type.name());
    let ranked = fitting.filter_map(|r| Some((criteria(r, class, id, environment)?, r)));
    let best = ranked
        .max_by(|(a, x), (b, y)| a.cmp(b).then(x.spec.priority.cmp(&y.spec.priority)).then(y.name().cmp(x.name())));
    best.map(|(_, recipe)| Choice { resource_type, recipe })
}

/// How many criteria a recipe has, where all of them hold.
fn criteria(recipe: &Recipe, class: &str, id: &str, environment: &Environment) -> Option<usize> {
    let wanted = &recipe.spec.r#match;
    let holds = |list: &[String], value: &str| list.is_empty() || list.iter().any(|v| v == value);
    let all = holds(&wanted.environments, environment.name())
        && holds(&wanted.environment_types, &environment.spec.r#type)
        && holds(&wanted.namespaces, environment.namespace())
        && (wanted.class.is_empty() || wanted.class == class)
        && (wanted.id.is_empty() || wanted.id == id);
    let lists = [&wanted.environments, &wanted.environment_types, &wanted.namespaces];
    let count = lists.iter().filter(|l| !l.is_empty()).count();
    all.then(|| count + usize::from(!wanted.class.is_empty()) + usize::from(!wanted.id.is_empty()))
}
