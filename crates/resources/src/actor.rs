//! In whose name something is done.

/// A user, a service account, or a part of the platform.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actor {
    /// User name: `admin`, `user:default/jane`, `system:controller:delivery`.
    pub user: String,
    /// Groups, `system:authenticated` among them.
    pub groups: Vec<String>,
}

impl Actor {
    /// A part of the platform, named after what it looks after.
    pub fn controller(name: &str) -> Self {
        Self { user: format!("system:controller:{name}"), groups: vec!["system:controllers".into()] }
    }

    /// A person or machine with a name alone.
    pub fn user(name: impl Into<String>) -> Self {
        Self { user: name.into(), groups: vec!["system:authenticated".into()] }
    }

    /// Whether this is a part of the platform itself.
    pub fn is_system(&self) -> bool {
        self.groups.iter().any(|g| g == "system:controllers")
    }
}
