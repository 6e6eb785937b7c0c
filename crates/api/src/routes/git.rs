//! Who may clone and push, and what a protected branch takes.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use causeway_core::{PLATFORM_GROUP, Timestamp};
use causeway_forge::{Access, Action, Actor, Credentials, Decision, PushPolicy, RefUpdate, RepositoryName};
use causeway_identity::Attributes;
use causeway_kinds::release::ReleaseSpec;
use causeway_kinds::repository::{Protection, Repository, RepositorySpec, Visibility};
use causeway_kinds::run::Conclusion;
use causeway_resources::Actor as Who;
use http::HeaderMap;

use crate::App;
use crate::gate::{COOKIE, Caller, cookie};

/// Smart HTTP below `/git/`.
pub fn router(app: &App) -> Router<App> {
    let rules = Arc::new(Rules(app.clone()));
    app.forge.router(Arc::clone(&rules) as Arc<dyn Access>, rules as Arc<dyn PushPolicy>).with_state(())
}

struct Rules(App);

impl Rules {
    fn repository(&self, name: &RepositoryName) -> Option<Repository> {
        let client = self.0.resources.client(Who::controller("git"));
        client.get::<RepositorySpec>(name.namespace(), name.name()).ok().flatten()
    }

    fn caller(&self, credentials: &Credentials, headers: &HeaderMap) -> Option<Caller> {
        let text = match credentials {
            Credentials::Token(token) => token.reveal().to_owned(),
            Credentials::None => cookie(headers, COOKIE)?,
            Credentials::Malformed => return None,
        };
        self.0.authenticator.identify(&text, Timestamp::now()).map(Caller::from)
    }
}

#[async_trait]
impl Access for Rules {
    async fn allow(
        &self,
        credentials: &Credentials,
        headers: &HeaderMap,
        name: &RepositoryName,
        action: Action,
    ) -> Decision {
        let found = self.repository(name);
        let is_public = found.as_ref().is_some_and(|r| r.spec.visibility == Visibility::Public);
        let Some(caller) = self.caller(credentials, headers) else {
            let anonymous = matches!(credentials, Credentials::None) && is_public && action == Action::Read;
            return if anonymous {
                Decision::Allow(Actor::new("system:anonymous"))
            } else {
                Decision::AskForCredentials
            };
        };
        let verb = match action {
            Action::Read => "get",
            Action::Write => "update",
        };
        let wanted = Attributes {
            verb,
            group: PLATFORM_GROUP,
            resource: "repositories",
            subresource: "git",
            namespace: name.namespace(),
            name: name.name(),
            path: None,
        };
        let allowed = caller.may(&self.0, &wanted).await || (is_public && action == Action::Read);
        match (allowed, found) {
            (true, Some(_)) => Decision::Allow(Actor::new(caller.actor.user)),
            (true, None) => Decision::NotFound,
            (false, _) => {
                Decision::Deny(format!("{} may not {verb} the repository {}", caller.actor.user, name.address()))
            }
        }
    }
}

#[async_trait]
impl PushPolicy for Rules {
    async fn check(&self, name: &RepositoryName, _actor: &Actor, update: &RefUpdate) -> Result<(), String> {
        let Some(branch) = update.branch() else { return Ok(()) };
        let Some(repository) = self.repository(name) else { return Ok(()) };
        let Some(rule) = repository.spec.protection.iter().find(|p| p.branch == branch) else { return Ok(()) };
        if update.new.is_none() {
            return Err(format!("{branch} is protected: it cannot be deleted"));
        }
        if update.forced && !rule.allow_force_push {
            return Err(format!("{branch} is protected: its history cannot be rewritten; push without --force"));
        }
        self.check_required(&repository, rule, update).await
    }
}

impl Rules {
    /// Required checks must have passed on exactly the commit that is pushed.
    async fn check_required(
        &self,
        repository: &Repository,
        rule: &Protection,
        update: &RefUpdate,
    ) -> Result<(), String> {
        if rule.required_checks.is_empty() || update.old.is_none() {
            return Ok(());
        }
        let client = self.0.resources.client(Who::controller("git"));
        let releases = client.list::<ReleaseSpec>(Some(repository.namespace())).await.unwrap_or_default();
        let commit = update.new.as_ref().map(ToString::to_string).unwrap_or_default();
        let passed = |check: &String| {
            let of_commit =
                releases.iter().filter(|r| r.spec.repository == repository.name() && r.spec.commit == commit);
            of_commit
                .flat_map(|r| &r.spec.checks)
                .any(|c| c.name == *check && c.conclusion == Some(Conclusion::Success))
        };
        match rule.required_checks.iter().find(|c| !passed(c)) {
            None => Ok(()),
            Some(missing) => Err(format!(
                "{} is protected: the check {missing:?} has not passed on this commit; push it to another branch first",
                rule.branch
            )),
        }
    }
}
