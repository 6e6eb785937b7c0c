//! Who owns what somebody makes without saying so.

use causeway_core::reference::EntityRef;
use causeway_kinds::catalog::group::{Group, GroupSpec};
use serde::Deserialize;

use crate::client::{Address, ApiError, Call, Client};

/// The owner where nothing better is known.
const PLATFORM: &str = "platform";

#[derive(Deserialize, Default)]
#[serde(default)]
struct Caller {
    user: String,
}

/// The first catalog group that the caller is a member of, else the platform's.
pub(super) async fn usual(client: &Client, namespace: &str) -> Result<String, ApiError> {
    let caller = client.value(Call::get(Address::of("/whoami"))).await?;
    let caller = Caller::deserialize(caller).unwrap_or_default();
    let groups = match client.list::<GroupSpec>(namespace, "").await {
        Ok(groups) => groups,
        // who may not read the catalog is in no group that could be found
        Err(error) if error.status().is_some_and(|s| s.code == 403) => Vec::new(),
        Err(error) => return Err(error),
    };
    let own = groups.iter().find(|group| has_member(group, &caller.user));
    Ok(own.map_or_else(|| PLATFORM.to_owned(), |group| group.name().to_owned()))
}

fn has_member(group: &Group, user: &str) -> bool {
    let user = user.strip_prefix("user:").map_or(user, |rest| rest.rsplit_once('/').map_or(rest, |(_, name)| name));
    let is_user = |member: &String| {
        let member = EntityRef::parse(member, "user", group.namespace());
        member.is_ok_and(|m| m.kind.eq_ignore_ascii_case("user") && m.name.eq_ignore_ascii_case(user))
    };
    !user.is_empty() && group.spec.members.iter().any(is_user)
}

#[cfg(test)]
mod tests {
    use causeway_core::Metadata;
    use causeway_kinds::catalog::group::{Group, GroupSpec};

    use super::has_member;

    #[test]
    fn knows_members_however_they_are_written() {
        let spec = GroupSpec { members: vec!["ana".into(), "user:default/Bo".into()], ..GroupSpec::default() };
        let group = Group::new(Metadata::named("default", "team-a"), spec);
        for (user, wanted) in [("ana", true), ("user:default/ana", true), ("bo", true), ("cy", false), ("", false)] {
            assert_eq!(has_member(&group, user), wanted, "{user}");
        }
    }
}
