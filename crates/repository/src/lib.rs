//! Hosted repositories as resources: a Repository in the store is a bare repository on disk, and every push is on record.

mod controller;
mod listener;

pub use controller::RepositoryController;
pub use listener::PushRecorder;

use causeway_forge::RepositoryName;
use causeway_kinds::repository::Repository;

/// The forge's name for a repository.
pub(crate) fn forge_name(repository: &Repository) -> Result<RepositoryName, causeway_forge::InvalidName> {
    RepositoryName::new(repository.namespace(), repository.name())
}
