//! Resources of any kind, as `kubectl` users expect it.

pub(crate) mod apply;
pub(crate) mod delete;
pub(crate) mod describe;
pub(crate) mod diff;
pub(crate) mod edit;
pub(crate) mod events;
pub(crate) mod explain;
pub(crate) mod get;
mod merge;
mod table;
pub(crate) mod wait;

use crate::discovery::{KindOf, Kinds};
use crate::{Failure, Session};

/// `KIND NAME…` or `KIND/NAME…`, with what the words mean.
pub(super) fn targets<'a>(kinds: &'a Kinds, words: &[String]) -> Result<Vec<(&'a KindOf, String)>, Failure> {
    let pairs = words.iter().filter_map(|word| word.split_once('/'));
    let slashed: Vec<(&str, &str)> = pairs.filter(|(kind, name)| !kind.is_empty() && !name.is_empty()).collect();
    if !slashed.is_empty() && slashed.len() == words.len() {
        return slashed.into_iter().map(|(kind, name)| Ok((kinds.find(kind)?, name.to_owned()))).collect();
    }
    match words {
        [kind, names @ ..] if !names.is_empty() && !kind.contains('/') => {
            let kind = kinds.find(kind)?;
            Ok(names.iter().map(|name| (kind, name.clone())).collect())
        }
        _ => Err(Failure::usage("a resource is named by its kind and its name")
            .hint("write `claim orders-db`, or `claim/orders-db`")),
    }
}

/// The namespace to look in; empty for all.
pub(super) fn scope(session: &Session, all: bool) -> &str {
    if all { "" } else { &session.namespace }
}

#[cfg(test)]
mod tests {
    use super::targets;
    use crate::discovery::tests::some;

    #[test]
    fn reads_names_behind_a_kind_or_with_a_slash() {
        let kinds = some();
        let read = |words: &str| {
            let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
            targets(&kinds, &words)
                .map(|found| found.iter().map(|(k, n)| format!("{}/{n}", k.plural)).collect::<Vec<_>>().join(" "))
                .map_err(|f| f.exit.code())
        };
        assert_eq!(read("app a b"), Ok("applications/a applications/b".into()));
        assert_eq!(read("app/a cluster/local"), Ok("applications/a clusters/local".into()));
        assert_eq!(read("app"), Err(2));
        assert_eq!(read("app/a b"), Err(2));
        assert_eq!(read("thing x"), Err(1));
    }
}
