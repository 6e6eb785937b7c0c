//! What can be asked for here. Whatever is not offered is refused before anything is made.

use causeway_kinds::environment::EnvironmentSpec;
use causeway_kinds::resource_type::{ResourceClass, ResourceType, ResourceTypeSpec};

use crate::Failure;
use crate::client::Client;

/// What somebody asks for.
pub(super) struct Wish<'a> {
    pub(super) class: ResourceClass,
    pub(super) r#type: &'a str,
    pub(super) size: Option<&'a str>,
    pub(super) version: Option<&'a str>,
}

/// The resource type that is meant, once it is known that it is offered like that.
pub(super) async fn find(client: &Client, wish: &Wish<'_>) -> Result<ResourceType, Failure> {
    let mut types = client.list::<ResourceTypeSpec>("", "").await?;
    let wanted = causeway_kinds::normalise_type(wish.r#type);
    let is_called = |t: &ResourceType| t.name() == wanted || t.spec.aliases.iter().any(|alias| alias == wish.r#type);
    match types.iter().position(is_called) {
        Some(index) => check(wish, types.swap_remove(index)),
        None => {
            let names = types.iter().filter(|t| t.spec.class == wish.class).map(|t| t.name().to_owned()).collect();
            let failure = Failure::failed(format!(
                "there is no {} of the type {:?} here; nothing was made",
                noun(wish.class),
                wish.r#type
            ));
            Err(failure.hint(one_of(
                names,
                &format!(
                    "no recipe here makes a {}; `platform get resourcetypes` lists what there is",
                    noun(wish.class)
                ),
            )))
        }
    }
}

fn check(wish: &Wish<'_>, found: ResourceType) -> Result<ResourceType, Failure> {
    let spec = &found.spec;
    let name = found.name();
    if spec.class != wish.class && spec.class != ResourceClass::Other {
        let failure =
            Failure::failed(format!("{name} is a {}, not a {}; nothing was made", noun(spec.class), noun(wish.class)));
        return Err(failure.hint(format!("write `platform create {} … --type {name}`", noun(spec.class))));
    }
    for (what, asked, offered) in [("size", wish.size, &spec.sizes), ("version", wish.version, &spec.versions)] {
        if let Some(asked) = asked.filter(|asked| !offered.is_empty() && !offered.iter().any(|o| o == asked)) {
            let failure = Failure::failed(format!("{name} has no {what} {asked:?}; nothing was made"));
            return Err(failure.hint(one_of(offered.clone(), "leave it out")));
        }
    }
    if let Some(size) = wish.size.filter(|_| spec.sizes.is_empty()) {
        return Err(Failure::failed(format!("{name} comes in one size, not in {size:?}; nothing was made"))
            .hint("leave --size out"));
    }
    Ok(found)
}

/// Refuses an environment that is not there.
pub(super) async fn check_environment(client: &Client, namespace: &str, name: &str) -> Result<(), Failure> {
    if client.get::<EnvironmentSpec>(namespace, name).await?.is_some() {
        return Ok(());
    }
    let all = client.list::<EnvironmentSpec>(namespace, "").await?;
    let names = all.iter().map(|e| e.name().to_owned()).collect();
    let failure = Failure::failed(format!("there is no environment {name:?} in {namespace}; nothing was made"));
    Err(failure.hint(one_of(names, "make one with `platform create environment`")))
}

fn one_of(names: Vec<String>, otherwise: &str) -> String {
    if names.is_empty() { otherwise.to_owned() } else { format!("use one of: {}", names.join(", ")) }
}

/// The word of the command line.
fn noun(class: ResourceClass) -> &'static str {
    match class {
        ResourceClass::Database => "database",
        ResourceClass::Cache => "cache",
        ResourceClass::Queue => "queue",
        ResourceClass::Bucket => "bucket",
        ResourceClass::Other => "resource",
    }
}

#[cfg(test)]
mod tests {
    use causeway_core::Metadata;
    use causeway_kinds::resource_type::{ResourceClass, ResourceType, ResourceTypeSpec};

    use super::{Wish, check};

    #[test]
    fn refuses_what_is_not_offered_and_says_what_is() {
        let spec = ResourceTypeSpec {
            class: ResourceClass::Database,
            sizes: vec!["small".into(), "large".into()],
            ..ResourceTypeSpec::default()
        };
        let postgres = ResourceType::new(Metadata::named("", "postgres"), spec);
        let tried = |class, size| {
            check(&Wish { class, r#type: "postgres", size, version: Some("15") }, postgres.clone())
                .map(|_| ())
                .map_err(|f| f.hints.concat())
        };
        assert_eq!(tried(ResourceClass::Database, Some("large")), Ok(()));
        assert_eq!(tried(ResourceClass::Database, None), Ok(()));
        assert_eq!(tried(ResourceClass::Database, Some("huge")), Err("use one of: small, large".into()));
        assert_eq!(tried(ResourceClass::Cache, None), Err("write `platform create database … --type postgres`".into()));
    }
}
