//! Filters: `kind=component,spec.type=service`, and what the newer predicates add.

use super::{QueryError, Scope};
use crate::Entity;

const RELATIONS: &str = "relations.";

/// What an entity has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Every one of these; without any, all entities.
    All(Vec<Filter>),
    /// One of these; without any, no entity.
    Any(Vec<Filter>),
    /// Not this.
    Not(Box<Filter>),
    /// There is something at this path.
    Exists(String),
    /// There is one of these values at this path. All in lower case.
    In(String, Vec<String>),
    /// There is a value at this path that begins so. Both in lower case.
    Prefix(String, String),
    /// There is a relation of this type (any, where it is none) to one of these (any, where there are none).
    Related(Option<String>, Vec<String>),
}

impl Filter {
    /// From the values of a repeated `filter=`: statements in one are all meant, several are alternatives. The same path
    /// twice in one means one of its values.
    pub fn parse<S: AsRef<str>>(filters: &[S]) -> Result<Self, QueryError> {
        if filters.is_empty() {
            return Ok(Self::All(Vec::new()));
        }
        let sets = filters.iter().map(|text| Self::parse_set(text.as_ref())).collect::<Result<Vec<_>, _>>()?;
        Ok(Self::Any(sets))
    }

    fn parse_set(text: &str) -> Result<Self, QueryError> {
        let mut statements: Vec<(String, Option<Vec<String>>)> = Vec::new();
        for statement in text.split(',').map(str::trim).filter(|statement| !statement.is_empty()) {
            let (key, value) = match statement.split_once('=') {
                Some((key, value)) => (key.trim(), Some(value.trim().to_lowercase())),
                None => (statement, None),
            };
            if key.is_empty() {
                return Err(QueryError::new(format!(
                    "Invalid filter, '{statement}' is not a valid statement (expected a string on the form a=b or a= or a)"
                )));
            }
            let key = key.to_lowercase();
            let values = match statements.iter_mut().find(|(known, _)| *known == key) {
                Some((_, values)) => values,
                None => {
                    statements.push((key, None));
                    match statements.last_mut() {
                        Some((_, values)) => values,
                        None => continue,
                    }
                }
            };
            if let Some(value) = value {
                values.get_or_insert_default().push(value);
            }
        }
        let filter = |(key, values): (String, Option<Vec<String>>)| match values {
            Some(values) => Self::In(key, values),
            None => Self::Exists(key),
        };
        Ok(Self::All(statements.into_iter().map(filter).collect()))
    }

    /// Whether an entity is what is asked for.
    pub fn matches(&self, scope: &Scope<'_>, entity: &Entity) -> bool {
        match self {
            Self::All(filters) => filters.iter().all(|filter| filter.matches(scope, entity)),
            Self::Any(filters) => filters.iter().any(|filter| filter.matches(scope, entity)),
            Self::Not(filter) => !filter.matches(scope, entity),
            Self::Exists(key) => match key.strip_prefix(RELATIONS) {
                Some(kind) => has_relation(scope, entity, Some(kind), |_| true),
                None => !entity.rows.at(key).is_empty(),
            },
            Self::In(key, values) => has_value(scope, entity, key, |value| values.iter().any(|wanted| wanted == value)),
            Self::Prefix(key, prefix) => has_value(scope, entity, key, |value| value.starts_with(prefix.as_str())),
            Self::Related(kind, targets) => has_relation(scope, entity, kind.as_deref(), |target| {
                targets.is_empty() || targets.iter().any(|wanted| wanted == target)
            }),
        }
    }
}

fn has_value(scope: &Scope<'_>, entity: &Entity, key: &str, fits: impl Fn(&str) -> bool) -> bool {
    match key.strip_prefix(RELATIONS) {
        Some(kind) => has_relation(scope, entity, Some(kind), fits),
        None => entity.rows.at(key).iter().any(|row| row.value.as_ref().is_some_and(|(lower, _)| fits(lower))),
    }
}

fn has_relation(scope: &Scope<'_>, entity: &Entity, kind: Option<&str>, fits: impl Fn(&str) -> bool) -> bool {
    let is_kind = |own: &str| kind.is_none_or(|kind| own.to_lowercase() == kind);
    scope.relations(&entity.reference).iter().any(|relation| is_kind(&relation.r#type) && fits(&relation.target_ref))
}
