//! Which servers this user knows: `~/.config/causeway/config.yaml`.
//!
//! The file holds tokens, so it is only ever written with mode 0600, and as a whole: a reader sees the old one or the new one.

use std::fs::{DirBuilder, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use causeway_core::yaml;
use serde::{Deserialize, Serialize};

/// One server as this user reaches it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// What it is called.
    pub name: String,
    /// Its address, such as `http://127.0.0.1:7007`.
    pub server: String,
    /// The token to show it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub token: String,
    /// The certificate that it is known by: PEM, or the path of a file with it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ca: String,
    /// The namespace to use where none is given; `default` where it is left out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("name", &self.name).field("server", &self.server).finish_non_exhaustive()
    }
}

/// All of them, and which one is used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contexts {
    /// The name of the one that is used.
    #[serde(default)]
    pub current: String,
    /// All of them.
    #[serde(default)]
    pub contexts: Vec<Context>,
}

/// The file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    /// It could not be read or written.
    #[error("{} could not be {what}", file.display())]
    File {
        /// Which file.
        file: PathBuf,
        /// `read` or `written`.
        what: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is not what it should be.
    #[error("{} does not hold contexts: {why}", file.display())]
    Malformed {
        /// Which file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl Contexts {
    /// The one that is used.
    pub fn current(&self) -> Option<&Context> {
        self.contexts.iter().find(|c| c.name == self.current)
    }

    /// The one for a server's address, the current one before others.
    pub fn of_server(&self, server: &str) -> Option<&Context> {
        let same = |c: &&Context| c.server.trim_end_matches('/') == server.trim_end_matches('/');
        self.current().filter(same).or_else(|| self.contexts.iter().find(same))
    }
}

/// Where the file lies: `.config/causeway/config.yaml` in the home folder of whoever runs this.
pub fn path() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty())?;
    Some(PathBuf::from(home).join(".config/causeway/config.yaml"))
}

/// Reads the file; there are no contexts where there is no file.
pub fn load(file: &Path) -> Result<Contexts, ContextError> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Contexts::default()),
        Err(source) => return Err(ContextError::File { file: file.to_owned(), what: "read", source }),
    };
    let malformed = |why: String| ContextError::Malformed { file: file.to_owned(), why };
    let document = yaml::parse_one(&text, &yaml::Options::core()).map_err(|e| malformed(e.to_string()))?;
    if document.value.is_null() {
        return Ok(Contexts::default());
    }
    serde_json::from_value(document.value).map_err(|e| malformed(e.to_string()))
}

/// Puts a context in place of the one with its name, and makes it the current one.
pub fn save(file: &Path, context: Context) -> Result<(), ContextError> {
    let mut contexts = load(file)?;
    contexts.current.clone_from(&context.name);
    match contexts.contexts.iter_mut().find(|c| c.name == context.name) {
        Some(old) => *old = context,
        None => contexts.contexts.push(context),
    }
    write(file, &contexts)
}

fn write(file: &Path, contexts: &Contexts) -> Result<(), ContextError> {
    let value = serde_json::to_value(contexts)
        .map_err(|e| ContextError::Malformed { file: file.to_owned(), why: e.to_string() })?;
    let written = || -> std::io::Result<()> {
        let folder = file.parent().unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // a temporary file is made with mode 0600, and renaming keeps it
        let mut fresh = tempfile::NamedTempFile::new_in(folder)?;
        fresh.as_file().set_permissions(Permissions::from_mode(0o600))?;
        fresh.write_all(yaml::to_yaml(&value).as_bytes())?;
        fresh.as_file().sync_all()?;
        fresh.persist(file)?;
        Ok(())
    };
    written().map_err(|source| ContextError::File { file: file.to_owned(), what: "written", source })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::{Context, load, save};

    fn context(name: &str, server: &str, token: &str) -> Context {
        Context { name: name.into(), server: server.into(), token: token.into(), ..Context::default() }
    }

    #[test]
    fn keeps_tokens_from_other_users_even_in_a_file_that_was_open_to_them() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("causeway/config.yaml");
        save(&file, context("local", "http://127.0.0.1:7007", "one")).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        save(&file, context("local", "http://127.0.0.1:7007", "two")).unwrap();
        let mode = std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        let folder = std::fs::metadata(file.parent().unwrap()).unwrap().permissions().mode() & 0o777;
        assert_eq!(folder, 0o700);
    }

    #[test]
    fn replaces_a_context_by_name_and_makes_it_current() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.yaml");
        assert_eq!(load(&file).unwrap().current(), None);
        save(&file, context("a", "http://a", "1")).unwrap();
        save(&file, context("b", "http://b", "2")).unwrap();
        save(&file, context("a", "http://a:1", "3")).unwrap();
        let contexts = load(&file).unwrap();
        assert_eq!(contexts.contexts.len(), 2);
        assert_eq!(contexts.current().map(|c| (c.server.as_str(), c.token.as_str())), Some(("http://a:1", "3")));
        assert_eq!(contexts.of_server("http://b/").map(|c| c.token.as_str()), Some("2"));
    }

    #[test]
    fn never_shows_a_token_when_printed_for_debugging() {
        assert!(!format!("{:?}", context("a", "http://a", "very-secret")).contains("very-secret"));
    }

    #[test]
    fn says_where_a_broken_file_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.yaml");
        std::fs::write(&file, "current: a\ncontexts: [\n").unwrap();
        assert!(load(&file).unwrap_err().to_string().contains("line "));
    }
}
