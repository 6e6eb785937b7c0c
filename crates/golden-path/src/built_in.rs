//! The golden paths that are compiled in, from the folder `golden-paths`.

use causeway_core::{Object, yaml};
use causeway_template::skeleton::MemoryTree;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../golden-paths"]
struct Files;

const READABLE: u32 = 0o644;

/// The built-in templates, by name. A file that does not read is a mistake in the build, and left out.
pub fn built_in() -> Vec<Object> {
    documents("template.yaml")
}

/// The `GoldenPath` objects that say what a service on each path must have.
pub fn built_in_golden_paths() -> Vec<Object> {
    documents("golden-path.yaml")
}

fn documents(file: &str) -> Vec<Object> {
    let mut paths: Vec<_> = Files::iter().filter(|p| p.split_once('/').is_some_and(|(_, rest)| rest == file)).collect();
    paths.sort();
    paths.iter().filter_map(|p| read(p)).collect()
}

fn read(path: &str) -> Option<Object> {
    let file = Files::get(path)?;
    let text = std::str::from_utf8(&file.data).ok()?;
    Object::from_value(yaml::parse_one(text, &yaml::Options::core()).ok()?.value)
}

/// A folder beside a built-in template's file, such as `./skeleton`; none where there is nothing.
pub fn skeleton(template: &str, folder: &str) -> Option<MemoryTree> {
    let folder = folder.trim_start_matches("./").trim_matches('/');
    if folder.split('/').any(|part| part == "..") {
        return None;
    }
    let prefix = format!("{template}/{folder}/");
    let mut tree = MemoryTree::new();
    let mut found = false;
    for path in Files::iter() {
        if let (Some(inner), Some(file)) = (path.strip_prefix(&prefix), Files::get(&path)) {
            tree = tree.with_mode(inner, READABLE, file.data.into_owned());
            found = true;
        }
    }
    found.then_some(tree)
}

#[cfg(test)]
mod tests {
    use super::{built_in, skeleton};

    #[test]
    fn holds_the_python_and_the_go_path_with_their_skeletons() {
        let names: Vec<String> = built_in().iter().map(|t| t.name().to_owned()).collect();
        assert_eq!(names, ["go-gin", "python-fastapi"]);
        for name in names {
            assert!(skeleton(&name, "./skeleton").is_some(), "{name} has a skeleton");
        }
        assert!(skeleton("go-gin", "../python-fastapi/skeleton").is_none());
    }
}
