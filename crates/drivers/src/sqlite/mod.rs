//! Claims of the type `sqlite`: a file. Only when it is asked for by name; never in place of a server that is not there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use crate::{Applied, DriverError, ErrorClass, Observed, Operation, Output, ResourceDriver};

/// The folder in which a workload finds its files.
pub const INSIDE: &str = "/data";

/// One folder for each claim, bound into the replicas that use it at [`INSIDE`].
pub struct SqliteDriver {
    folder: PathBuf,
}

impl SqliteDriver {
    /// Under a folder of the platform's.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    fn place(&self, operation: &Operation) -> Option<PathBuf> {
        let name = operation.handle.get("folder").and_then(Value::as_str)?;
        let plain = Path::new(name).components().all(|c| matches!(c, std::path::Component::Normal(_)));
        (plain && !name.is_empty()).then(|| self.folder.join(name))
    }
}

fn failed(doing: &str, path: &Path, source: std::io::Error) -> DriverError {
    let message = format!("the SQLite folder {} could not be {doing}", path.display());
    DriverError::new(ErrorClass::Transient, "SqliteFailed", message).caused_by(source)
}

#[async_trait]
impl ResourceDriver for SqliteDriver {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn validate(&self, _operation: &Operation) -> Result<(), DriverError> {
        Ok(())
    }

    fn derive(&self, operation: &Operation) -> Map<String, Value> {
        Map::from_iter([("folder".to_owned(), json!(format!("{}.{}", operation.namespace, operation.claim)))])
    }

    async fn apply(&self, operation: &Operation) -> Result<Applied, DriverError> {
        let Some(folder) = self.place(operation) else {
            return Err(DriverError::new(ErrorClass::Invalid, "BadHandle", "the claim's folder is not a plain name"));
        };
        std::fs::create_dir_all(&folder).map_err(|e| failed("made", &folder, e))?;
        let file = format!("{INSIDE}/{}.db", operation.purpose);
        let outputs = BTreeMap::from([
            ("path".to_owned(), Output::Plain(file.clone())),
            ("uri".to_owned(), Output::Plain(format!("sqlite://{file}"))),
            ("folder".to_owned(), Output::Plain(folder.display().to_string())),
        ]);
        Ok(Applied { outputs })
    }

    async fn observe(&self, operation: &Operation) -> Result<Observed, DriverError> {
        let there = self.place(operation).is_some_and(|f| f.is_dir());
        Ok(if there { Observed::Present } else { Observed::Absent })
    }

    async fn destroy(&self, operation: &Operation) -> Result<(), DriverError> {
        let Some(folder) = self.place(operation) else { return Ok(()) };
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed("removed", &folder, error)),
            _ => Ok(()),
        }
    }

    async fn inventory(&self) -> Result<Vec<Map<String, Value>>, DriverError> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().filter_map(Result::ok);
        let names = entries.filter_map(|e| e.file_name().into_string().ok());
        let entry = |name: String| {
            let claim = name.replacen('.', "/", 1);
            Map::from_iter([("folder".to_owned(), json!(name)), ("claim".to_owned(), json!(claim))])
        };
        Ok(names.map(entry).collect())
    }
}
