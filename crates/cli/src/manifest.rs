//! Manifests: files, folders, addresses and standard input, read into objects that know where each field was written.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use causeway_core::Object;
use causeway_core::schema::FieldError;
use causeway_core::yaml::{self, Document, Position, YamlError};
use causeway_kinds::workload::{from_score, is_score};

use crate::Failure;
use crate::client::{ApiError, Status};

/// An object, and where it was written.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    pub(crate) object: Object,
    file: String,
    document: Document,
    /// Whether it was written as a Score file, whose fields stand outside `spec`.
    is_score: bool,
}

/// All manifests of all places, in order; and what could not be read, which harms nothing else.
#[derive(Debug, Default)]
pub(crate) struct Manifests {
    pub(crate) read: Vec<Manifest>,
    pub(crate) failures: Vec<Failure>,
}

/// A text with its name.
struct Text {
    name: String,
    content: String,
}

/// Reads from each place: a file, a folder (its `.yaml`, `.yml` and `.json` files; with `deep`, those of folders within),
/// an address, or `-`.
pub(crate) async fn read(places: &[String], deep: bool) -> Result<Manifests, Failure> {
    let mut manifests = Manifests::default();
    for place in places {
        for text in texts(place, deep).await? {
            for manifest in parse(&text) {
                match manifest {
                    Ok(several) => manifests.read.extend(several),
                    Err(failure) => manifests.failures.push(failure),
                }
            }
        }
    }
    if manifests.read.is_empty() && manifests.failures.is_empty() {
        return Err(Failure::failed(format!("there is no resource in {}", places.join(", "))));
    }
    Ok(manifests)
}

async fn texts(place: &str, deep: bool) -> Result<Vec<Text>, Failure> {
    if place == "-" {
        let mut content = String::new();
        let read = std::io::stdin().lock().read_to_string(&mut content);
        read.map_err(|e| Failure::failed("standard input could not be read").because(e))?;
        return Ok(vec![Text { name: "-".into(), content }]);
    }
    if place.starts_with("http://") || place.starts_with("https://") {
        return Ok(vec![Text { name: place.to_owned(), content: download(place).await? }]);
    }
    let path = Path::new(place);
    let files = if path.is_dir() { files_in(path, deep) } else { vec![path.to_owned()] };
    files.into_iter().map(|file| text_of(&file)).collect()
}

fn text_of(file: &Path) -> Result<Text, Failure> {
    let name = file.display().to_string();
    let content =
        std::fs::read_to_string(file).map_err(|e| Failure::failed(format!("{name} could not be read")).because(e))?;
    Ok(Text { name, content })
}

/// The manifests of a folder by name, so that the order is the same everywhere.
fn files_in(folder: &Path, deep: bool) -> Vec<PathBuf> {
    let depth = if deep { usize::MAX } else { 1 };
    let entries = walkdir::WalkDir::new(folder).min_depth(1).max_depth(depth).sort_by_file_name();
    let files = entries.into_iter().filter_map(Result::ok).filter(|entry| entry.file_type().is_file());
    files.map(walkdir::DirEntry::into_path).filter(|path| is_manifest(path)).collect()
}

pub(crate) fn is_manifest(path: &Path) -> bool {
    path.extension().and_then(|e| e.to_str()).is_some_and(|e| matches!(e, "yaml" | "yml" | "json"))
}

async fn download(address: &str) -> Result<String, Failure> {
    let failed =
        |why: reqwest::Error| Failure::failed(format!("{address} could not be downloaded")).because(why.without_url());
    // another part of the process may have chosen a provider before
    let _ = rustls::crypto::ring::default_provider().install_default();
    let response = reqwest::get(address).await.and_then(reqwest::Response::error_for_status).map_err(failed)?;
    response.text().await.map_err(failed)
}

/// The objects of a text; a `List` is as many as it holds.
fn parse(text: &Text) -> Vec<Result<Vec<Manifest>, Failure>> {
    let documents = yaml::parse_each(&text.content, &yaml::Options::kubernetes().named(&text.name));
    // catalog files, templates and Score files are YAML 1.2, where `on` and `yes` are words
    let in_core = yaml::parse_each(&text.content, &yaml::Options::core().named(&text.name));
    let both = documents.into_iter().zip(in_core);
    both.map(|(one, other)| one.map_err(|e| unreadable(&e)).and_then(|one| objects(text, one, other.ok()))).collect()
}

fn unreadable(error: &YamlError) -> Failure {
    error.snippet().lines().fold(Failure::failed(error.to_string()), Failure::detail)
}

fn objects(text: &Text, document: Document, in_core: Option<Document>) -> Result<Vec<Manifest>, Failure> {
    let speaks_core = |version: &str| {
        ["backstage.io/", "scaffolder.backstage.io/", "score.dev/"].iter().any(|p| version.starts_with(p))
    };
    let version = document.value["apiVersion"].as_str().unwrap_or_default();
    let document = if speaks_core(version) { in_core.unwrap_or(document) } else { document };
    let place = |document: &Document, path: &str| located(&text.name, document.position(path));
    let Some(object) = Object::from_value(document.value.clone()) else {
        return Err(Failure::failed(format!("{}: a resource is a map of fields", place(&document, ""))));
    };
    if is_score(&object) {
        let workload = from_score(&object).map_err(|errors| in_file(&text.name, &document, &errors))?;
        return Ok(vec![Manifest { object: workload, file: text.name.clone(), document, is_score: true }]);
    }
    for field in ["apiVersion", "kind"] {
        if object.text(&[field]).is_empty() {
            let failure =
                Failure::failed(format!("{}: this is no resource: it has no {field}", place(&document, field)));
            return Err(failure.hint("a resource begins with apiVersion and kind"));
        }
    }
    let items = object.0.get("items").and_then(serde_json::Value::as_array).filter(|_| object.kind().ends_with("List"));
    let Some(items) = items else {
        return Ok(vec![Manifest { object, file: text.name.clone(), document, is_score: false }]);
    };
    let item = |value: &serde_json::Value| {
        let object = Object::from_value(value.clone()).unwrap_or_default();
        Manifest { object, file: text.name.clone(), document: document.clone(), is_score: false }
    };
    Ok(items.iter().map(item).collect())
}

fn located(file: &str, position: Position) -> String {
    format!("{file}:{}:{}", position.line, position.column)
}

/// Errors in a document, each with its place.
pub(crate) fn in_file(file: &str, document: &Document, errors: &[FieldError]) -> Failure {
    let lines = errors.iter().map(|e| {
        let hint = e.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
        format!("{}: {e}{hint}", located(file, document.position(&e.path)))
    });
    lines.fold(Failure::failed(format!("{file} is not as it should be")), Failure::detail)
}

impl Manifest {
    /// `file:line:column` of a field of the object.
    fn place(&self, field: &str) -> String {
        let path = if self.is_score { field.strip_prefix("spec.").unwrap_or(field) } else { field };
        located(&self.file, self.document.position(path))
    }

    /// Why the server did not take it, with the place of every field that it complains about.
    pub(crate) fn refused(&self, error: ApiError) -> Failure {
        let Some(status) = error.status().cloned() else { return error.into() };
        let details =
            status.causes.iter().map(|cause| format!("{}: {}", self.place(&cause.field), cause.line())).collect();
        let bare = Failure::from(Status { causes: Vec::new(), ..status.clone() });
        let subject = format!("{} was not applied", self.subject());
        let why = Failure::from(status.clone()).message;
        let at = if status.causes.is_empty() {
            format!("{}: {subject}: {why}", self.place(""))
        } else {
            format!("{subject}: {why}")
        };
        Failure { details, message: at, ..bare }
    }

    /// `Claim "x"`.
    pub(crate) fn subject(&self) -> String {
        format!("{} {:?}", self.object.kind(), self.object.name())
    }
}

#[cfg(test)]
mod tests {
    use super::{Text, parse};

    fn read(content: &str) -> Vec<Result<Vec<String>, String>> {
        let text = Text { name: "x.yaml".into(), content: content.into() };
        let shown = |m: &super::Manifest| format!("{} {} {}", m.object.kind(), m.object.name(), m.object.spec());
        parse(&text)
            .into_iter()
            .map(|r| r.map(|list| list.iter().map(shown).collect()).map_err(|f| f.render()))
            .collect()
    }

    #[test]
    fn reads_each_document_by_the_rules_of_its_ecosystem() {
        let entity = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: a}\nspec: {flag: on}\n";
        let claim = "apiVersion: platform.causeway.dev/v1\nkind: Claim\nmetadata: {name: a}\nspec: {flag: on}\n";
        assert_eq!(
            read(&format!("{entity}---\n{claim}")),
            [Ok(vec![r#"Component a {"flag":"on"}"#.to_owned()]), Ok(vec![r#"Claim a {"flag":true}"#.to_owned()]),]
        );
    }

    #[test]
    fn takes_a_score_file_as_a_workload() {
        let score = "apiVersion: score.dev/v1b1\nmetadata: {name: web}\ncontainers: {main: {image: .}}\n";
        assert_eq!(read(score), [Ok(vec![r#"Workload web {"containers":{"main":{"image":"."}}}"#.to_owned()])]);
    }

    #[test]
    fn goes_on_after_a_document_that_is_no_resource_and_says_where_it_is() {
        let found = read("a: 1\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n");
        insta::assert_snapshot!(found[0].as_ref().unwrap_err(), @r"
        error: x.yaml:1:1: this is no resource: it has no apiVersion
          hint: a resource begins with apiVersion and kind
        ");
        assert!(found[1].is_ok());
    }

    #[test]
    fn shows_the_line_that_cannot_be_read() {
        let found = read("kind: A\nkind: B\n");
        let error = found[0].as_ref().unwrap_err();
        assert!(error.starts_with("error: x.yaml:2:1:"), "{error}");
    }

    #[test]
    fn takes_the_items_of_a_list() {
        let list = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n";
        assert_eq!(read(list), [Ok(vec!["ConfigMap a null".to_owned(), "ConfigMap b null".to_owned()])]);
    }
}
