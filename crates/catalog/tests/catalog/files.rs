//! Folders of the server, and the files that people really have.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::host::Host;

const COMPONENT: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: a}
spec: {type: service, lifecycle: experimental, owner: payments}
";

#[tokio::test]
async fn a_folder_is_searched_for_descriptors_and_left_through_no_link() {
    let host = Host::start().await;
    let root = host.folder.path().join("files");
    std::fs::create_dir_all(root.join("inner")).expect("folders");
    std::fs::write(host.folder.path().join("secret.txt"), "secret").expect("a file outside");
    std::os::unix::fs::symlink(host.folder.path().join("secret.txt"), root.join("inner/link.txt")).expect("a link");
    std::fs::write(root.join("catalog-info.yaml"), COMPONENT).expect("a file");
    let stray = COMPONENT.replace("name: a", "name: b, description: {$text: ./link.txt}");
    std::fs::write(
        root.join("inner/catalog-info.yml"),
        format!("{stray}---\n{}", COMPONENT.replace("name: a", "name: c")),
    )
    .expect("a file");
    std::fs::write(root.join("other.yaml"), "no: entity").expect("a file");
    host.folder_source("files", root.clone()).await;
    let source = host.settled("default", "files", "InvalidEntities", None).await;
    assert_eq!(source.status.entities, ["component:default/a", "component:default/c"]);
    assert_eq!(source.status.errors.len(), 1, "{:?}", source.status.errors);
    assert!(source.status.errors[0].message.contains("outside of the source"), "{:?}", source.status.errors);
    let entity = host.entity("components", "default", "a").expect("it");
    let place = format!("file:{}", root.join("catalog-info.yaml").display());
    assert_eq!(entity.annotation("backstage.io/managed-by-location"), Some(&*place));
    host.stop().await;
}

#[expect(clippy::print_stderr, reason = "a test that tries nothing has to say so")]
fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if !folder.join("catalog-in-the-wild").is_dir() {
        eprintln!("SKIPPED: {} is not there, so none of its entities was tried", folder.display());
        return None;
    }
    folder.canonicalize().ok()
}

/// What Backstage said of the documents of each file: the entities that it took, and how many documents it refused.
fn verdicts(corpus: &Path, run: &str) -> BTreeMap<String, (BTreeSet<String>, usize)> {
    let text = std::fs::read_to_string(corpus.join("backstage-answers/catalog/verdicts.json")).expect("verdicts");
    let all: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let mut files = BTreeMap::new();
    for verdict in all.iter().filter(|verdict| verdict["run"] == run) {
        let of_file: &mut (BTreeSet<String>, usize) =
            files.entry(verdict["file"].as_str().unwrap_or_default().to_owned()).or_default();
        match (verdict["verdict"].as_str(), verdict["ref"].as_str()) {
            (Some("accepted"), Some(reference)) => drop(of_file.0.insert(reference.to_owned())),
            _ => of_file.1 += 1,
        }
    }
    files
}

#[tokio::test]
async fn files_as_people_have_them_are_read_as_backstage_reads_them() {
    let Some(corpus) = corpus() else { return };
    let host = Host::start().await;
    let mut wrong = Vec::new();
    let files = verdicts(&corpus, "wild");
    assert!(files.len() > 35, "only {} files", files.len());
    for (number, (file, (accepted, refused))) in files.iter().enumerate() {
        let text = std::fs::read_to_string(corpus.join(file)).expect("a file");
        let name = format!("wild-{number}");
        host.repository("default", &name, &[("catalog-info.yaml", &text)]).await;
        host.source("default", &name, &name).await;
        let reason = if *refused == 0 { "Synced" } else { "InvalidEntities" };
        let source = host.settled("default", &name, reason, None).await;
        let taken = accepted.iter().eq(&source.status.entities);
        if !taken || source.status.errors.iter().any(|error| error.message.is_empty()) {
            wrong
                .push(format!("{file}: {accepted:?} wanted, {:?}, {:?}", source.status.entities, source.status.errors));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    host.stop().await;
}
