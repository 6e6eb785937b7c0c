//! From a claim and its recipe to what a driver is asked to do.

use std::collections::BTreeMap;

use causeway_drivers::Operation;
use causeway_kinds::claim::Claim;
use causeway_kinds::recipe::Recipe;
use causeway_kinds::resource_type::ResourceType;
use causeway_secrets::SecretText;
use serde_json::{Map, Value};

/// What the claim's thing is for: its workload (and its key there, beyond the first), or its own name.
pub(crate) fn purpose(claim: &Claim, resource_type: &ResourceType) -> String {
    let suffix = format!(".{}", claim.spec.environment);
    let name = claim.name().strip_suffix(&suffix).unwrap_or(claim.name());
    let prefix = format!("{}-", resource_type.spec.secret_prefix);
    name.strip_prefix(&prefix).unwrap_or(name).to_owned()
}

/// The path of a claim's secret: what it says itself, or `<prefix>/<purpose>`.
pub(crate) fn secret_path(claim: &Claim, resource_type: &ResourceType) -> String {
    if claim.spec.secret_path.is_empty() {
        causeway_kinds::claim::secret_path(&resource_type.spec.secret_prefix, &purpose(claim, resource_type))
    } else {
        claim.spec.secret_path.clone()
    }
}

/// The operation. Its id is the same for every repetition of the same wish.
pub(crate) fn operation(
    claim: &Claim,
    resource_type: &ResourceType,
    recipe: &Recipe,
    known: BTreeMap<String, SecretText>,
) -> Operation {
    let mut inputs = recipe.spec.inputs.clone();
    if let Some(sized) = recipe.spec.sizes.get(&claim.spec.size) {
        inputs.extend(sized.iter().map(|(k, v)| (k.clone(), v.clone())));
    }
    Operation {
        op_id: format!("{}-{}", claim.metadata.uid, claim.metadata.generation),
        namespace: claim.namespace().to_owned(),
        environment: claim.spec.environment.clone(),
        claim: claim.name().to_owned(),
        purpose: purpose(claim, resource_type),
        uid: claim.metadata.uid.clone(),
        resource_type: resource_type.name().to_owned(),
        size: claim.spec.size.clone(),
        version: claim.spec.version.clone(),
        parameters: claim.spec.parameters.clone(),
        inputs,
        handle: claim.status.handle.clone(),
        known,
    }
}

/// Outputs that may be shown.
pub(crate) fn plain(outputs: &BTreeMap<String, causeway_drivers::Output>) -> Map<String, Value> {
    let shown = outputs.iter().filter_map(|(name, output)| match output {
        causeway_drivers::Output::Plain(text) => Some((name.clone(), Value::from(text.as_str()))),
        causeway_drivers::Output::Secret(_) => None,
    });
    shown.collect()
}
