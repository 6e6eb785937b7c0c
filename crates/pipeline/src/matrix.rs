//! The combinations of a matrix.
//!
//! The product of all vectors, minus what `exclude` matches; then each `include` in order joins every original combination that it
//! does not contradict, or becomes a combination of its own.

use indexmap::IndexMap;
use serde_json::Value as Json;

use crate::expression::{Object, Value};

/// Most combinations of one job.
const MAX_COMBINATIONS: usize = 256;

/// One combination: the value of each key.
pub type Combination = IndexMap<String, Json>;

/// A matrix without combinations, or over the limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MatrixError {
    /// `matrix` is not a mapping, or `include` and `exclude` are not lists of mappings.
    #[error("the matrix is not a mapping of lists: `{0}`")]
    Shape(String),
    /// A vector is empty.
    #[error("Matrix vector '{0}' does not contain any values")]
    EmptyVector(String),
    /// There is neither a vector nor an `include`.
    #[error("Matrix must define at least one vector")]
    NoVector,
    /// `exclude` names a key that no vector has.
    #[error("Matrix exclude key '{0}' does not match any key within the matrix")]
    UnknownKey(String),
    /// There are too many combinations.
    #[error("the matrix has {0} combinations, and at most {MAX_COMBINATIONS} run")]
    TooMany(usize),
}

struct Candidate {
    /// The values of the vectors; empty for a combination that `include` made.
    original: IndexMap<String, Value>,
    values: IndexMap<String, Value>,
}

/// Expands an evaluated `matrix`.
///
/// # Errors
/// It has no combinations, or too many.
pub fn expand(matrix: &Value) -> Result<Vec<Combination>, MatrixError> {
    let Value::Object(matrix) = matrix else {
        return Err(MatrixError::Shape("matrix".to_owned()));
    };
    let includes = read_filters(matrix, "include")?;
    let excludes = read_filters(matrix, "exclude")?;
    let vectors = read_vectors(matrix)?;
    if vectors.is_empty() && includes.is_empty() {
        return Err(MatrixError::NoVector);
    }
    if let Some(key) = excludes.iter().flat_map(IndexMap::keys).find(|key| !vectors.contains_key(*key)) {
        return Err(MatrixError::UnknownKey(key.clone()));
    }
    let mut candidates: Vec<Candidate> = multiply(&vectors)?
        .into_iter()
        .filter(|values| !excludes.iter().any(|exclude| contains(values, exclude)))
        .map(|values| Candidate { original: values.clone(), values })
        .collect();
    for include in includes {
        join(&mut candidates, include);
    }
    if candidates.len() > MAX_COMBINATIONS {
        return Err(MatrixError::TooMany(candidates.len()));
    }
    Ok(candidates
        .into_iter()
        .map(|candidate| candidate.values.iter().map(|(key, value)| (key.clone(), value.to_json())).collect())
        .collect())
}

fn read_filters(matrix: &Object, name: &str) -> Result<Vec<IndexMap<String, Value>>, MatrixError> {
    let shape = || MatrixError::Shape(name.to_owned());
    let items = match matrix.get(name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(shape()),
    };
    items
        .iter()
        .map(|item| match item {
            Value::Object(object) => Ok(object.entries().map(|(key, value)| (key.to_owned(), value.clone())).collect()),
            _ => Err(shape()),
        })
        .collect()
}

fn read_vectors(matrix: &Object) -> Result<IndexMap<String, Vec<Value>>, MatrixError> {
    matrix
        .entries()
        .filter(|(name, _)| !matches!(*name, "include" | "exclude"))
        .map(|(name, vector)| match vector {
            Value::Array(items) if items.is_empty() => Err(MatrixError::EmptyVector(name.to_owned())),
            Value::Array(items) => Ok((name.to_owned(), items.to_vec())),
            _ => Err(MatrixError::Shape(name.to_owned())),
        })
        .collect()
}

fn multiply(vectors: &IndexMap<String, Vec<Value>>) -> Result<Vec<IndexMap<String, Value>>, MatrixError> {
    if vectors.is_empty() {
        return Ok(Vec::new());
    }
    // Excludes can bring a product under the limit, so the bound here is only against running out of memory.
    let size = vectors.values().fold(1_usize, |size, vector| size.saturating_mul(vector.len()));
    if size > MAX_COMBINATIONS * 64 {
        return Err(MatrixError::TooMany(size));
    }
    let mut products = vec![IndexMap::new()];
    for (name, vector) in vectors {
        products = products
            .iter()
            .flat_map(|product: &IndexMap<String, Value>| {
                vector.iter().map(move |value| {
                    let mut next = product.clone();
                    next.insert(name.clone(), value.clone());
                    next
                })
            })
            .collect();
    }
    Ok(products)
}

fn join(candidates: &mut Vec<Candidate>, include: IndexMap<String, Value>) {
    let mut has_joined = false;
    for candidate in candidates.iter_mut().filter(|candidate| !candidate.original.is_empty()) {
        let agrees = include
            .iter()
            .all(|(key, value)| candidate.original.get(key).is_none_or(|original| is_same(original, value)));
        if agrees {
            candidate.values.extend(
                include
                    .iter()
                    .filter(|(key, _)| !candidate.original.contains_key(*key))
                    .map(|(key, value)| (key.clone(), value.clone())),
            );
            has_joined = true;
        }
    }
    if !has_joined {
        candidates.push(Candidate { original: IndexMap::new(), values: include });
    }
}

fn contains(values: &IndexMap<String, Value>, filter: &IndexMap<String, Value>) -> bool {
    filter.iter().all(|(key, value)| values.get(key).is_some_and(|own| is_same(own, value)))
}

/// Scalars as `==` compares them, collections by their contents.
fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right.iter()).all(|(left, right)| is_same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.entries().count() == right.entries().count()
                && left.entries().all(|(key, value)| right.get(key).is_some_and(|other| is_same(value, other)))
        }
        (left, right) => left.equals(right),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn expanded(matrix: Json) -> Result<Json, MatrixError> {
        expand(&Value::from(&matrix)).map(|combinations| json!(combinations))
    }

    #[test]
    fn includes_join_original_combinations_and_overwrite_only_each_other() {
        let matrix = json!({
            "fruit": ["apple", "pear"], "animal": ["cat", "dog"],
            "include": [{"color": "green"}, {"color": "pink", "animal": "cat"}, {"fruit": "apple", "shape": "circle"}, {"fruit": "banana"}, {"fruit": "banana", "animal": "cat"}],
        });
        assert_eq!(
            expanded(matrix).unwrap(),
            json!([
                {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
                {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
                {"fruit": "pear", "animal": "cat", "color": "pink"},
                {"fruit": "pear", "animal": "dog", "color": "green"},
                {"fruit": "banana"},
                {"fruit": "banana", "animal": "cat"},
            ])
        );
    }

    #[test]
    fn excludes_match_in_part() {
        let matrix = json!({"os": ["a", "b"], "v": [1, 2], "exclude": [{"os": "a"}, {"os": "b", "v": 2}]});
        assert_eq!(expanded(matrix).unwrap(), json!([{"os": "b", "v": 1}]));
    }

    #[test]
    fn what_has_no_combinations_is_an_error() {
        assert_eq!(expanded(json!({"v": []})), Err(MatrixError::EmptyVector("v".into())));
        assert_eq!(expanded(json!({"include": []})), Err(MatrixError::NoVector));
        assert_eq!(expanded(json!({"v": [1], "exclude": [{"w": 1}]})), Err(MatrixError::UnknownKey("w".into())));
        let many: Vec<usize> = (0..17).collect();
        assert_eq!(expanded(json!({"a": many, "b": many})), Err(MatrixError::TooMany(289)));
    }
}
