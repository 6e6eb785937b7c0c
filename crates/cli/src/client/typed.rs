//! Resources of built-in kinds through their Rust types.

use causeway_core::{Object, Resource, Spec};
use serde_json::Value;

use super::{Address, ApiError, Call, Client};

/// Where the resources of a kind lie.
pub(crate) fn address_of<S: Spec>(namespace: &str) -> Address {
    Address::collection(S::API_VERSION, namespace, S::PLURAL)
}

impl Client {
    /// One resource, where it is there.
    pub(crate) async fn get<S: Spec>(&self, namespace: &str, name: &str) -> Result<Option<Resource<S>>, ApiError> {
        let found = self.find(address_of::<S>(namespace).then(name)).await?;
        found.map(|value| self.typed(value)).transpose()
    }

    /// Resources by a label selector; empty for all.
    pub(crate) async fn list<S: Spec>(&self, namespace: &str, selector: &str) -> Result<Vec<Resource<S>>, ApiError> {
        let call = Call::get(address_of::<S>(namespace));
        let call = if selector.is_empty() { call } else { call.query("labelSelector", selector) };
        let mut list = self.value(call).await?;
        let items = list
            .get_mut("items")
            .map(Value::take)
            .and_then(|items| if let Value::Array(items) = items { Some(items) } else { None });
        let complete = |mut item: Value| {
            // items of a list may leave out what the list says
            if item.get("kind").is_none() {
                item["kind"] = S::KIND.into();
                item["apiVersion"] = S::API_VERSION.into();
            }
            self.typed(item)
        };
        items.unwrap_or_default().into_iter().map(complete).collect()
    }

    /// Makes one; what the server warns of comes with it.
    pub(crate) async fn create<S: Spec>(
        &self,
        resource: &Resource<S>,
        dry_run: bool,
    ) -> Result<(Resource<S>, Vec<String>), ApiError> {
        let mut object = resource.to_object();
        object.set(&["status"], Value::Null);
        let address = address_of::<S>(resource.namespace());
        let call = Call::post(address, object.into_value())
            .query("fieldManager", "platform")
            .query("fieldValidation", "Strict")
            .dry(dry_run);
        let answer = self.send(call).await?;
        Ok((self.typed(answer.value)?, answer.warnings))
    }

    /// Changes fields of one.
    pub(crate) async fn merge<S: Spec>(
        &self,
        namespace: &str,
        name: &str,
        patch: Value,
    ) -> Result<Resource<S>, ApiError> {
        let call = Call::merge(address_of::<S>(namespace).then(name), patch).query("fieldManager", "platform");
        self.typed(self.value(call).await?)
    }

    fn typed<S: Spec>(&self, value: Value) -> Result<Resource<S>, ApiError> {
        let object = Object::from_value(value).ok_or_else(|| self.malformed())?;
        Resource::from_object(&object).map_err(|_| self.malformed())
    }
}
