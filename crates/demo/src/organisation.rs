//! What the organisation is made of, as it is written in the compiled-in documents.

use causeway_core::{Object, yaml};

use crate::DemoError;

type File = (&'static str, &'static str);

const CATALOG: &[File] = &[
    ("teams.yaml", include_str!("../assets/teams.yaml")),
    ("systems.yaml", include_str!("../assets/systems.yaml")),
    ("resources.yaml", include_str!("../assets/resources.yaml")),
    ("apis.yaml", include_str!("../assets/apis.yaml")),
    ("components.yaml", include_str!("../assets/components.yaml")),
];
const ENVIRONMENTS: File = ("environments.yaml", include_str!("../assets/environments.yaml"));

/// Teams, people, systems and what is in them, and the golden paths that services are made on.
pub(crate) fn catalog() -> Result<Vec<Object>, DemoError> {
    let mut objects = Vec::new();
    for file in CATALOG {
        objects.extend(read(file)?);
    }
    objects.extend(causeway_golden_path::built_in_golden_paths());
    Ok(objects)
}

/// Places to run beside the one that is there from the start.
pub(crate) fn environments() -> Result<Vec<Object>, DemoError> {
    read(&ENVIRONMENTS)
}

fn read((file, text): &File) -> Result<Vec<Object>, DemoError> {
    let documents = yaml::parse(text, &yaml::Options::core().named(*file));
    let documents = documents.map_err(|source| DemoError::Unreadable { file, source })?;
    documents
        .into_iter()
        .map(|document| Object::from_value(document.value).ok_or(DemoError::NoObject { file, line: document.line }))
        .collect()
}
