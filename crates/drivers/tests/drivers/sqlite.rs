//! Claims of the type `sqlite`.

use std::collections::BTreeMap;

use causeway_drivers::sqlite::SqliteDriver;
use causeway_drivers::{ErrorClass, Observed, Operation, ResourceDriver};
use serde_json::{Map, json};

fn operation(claim: &str) -> Operation {
    Operation {
        op_id: "1".into(),
        namespace: "default".into(),
        environment: "dev".into(),
        claim: claim.into(),
        purpose: "shop".into(),
        uid: "u-1".into(),
        resource_type: "sqlite".into(),
        size: String::new(),
        version: String::new(),
        parameters: Map::new(),
        inputs: Map::new(),
        handle: Map::new(),
        known: BTreeMap::new(),
    }
}

#[tokio::test]
async fn a_claim_is_a_folder_that_goes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let driver = SqliteDriver::new(folder.path().join("sqlite"));
    assert!(driver.inventory().await.unwrap().is_empty());
    let mut shop = operation("files-shop.dev");
    shop.handle = driver.derive(&shop);
    assert_eq!(driver.observe(&shop).await.unwrap(), Observed::Absent);
    let applied = driver.apply(&shop).await.unwrap();
    let place = applied.outputs["folder"].reveal().to_owned();
    std::fs::write(format!("{place}/shop.db"), "rows").unwrap();
    assert_eq!(driver.apply(&shop).await.unwrap(), applied);
    assert_eq!(std::fs::read_to_string(format!("{place}/shop.db")).unwrap(), "rows");
    assert_eq!(driver.observe(&shop).await.unwrap(), Observed::Present);
    assert_eq!(driver.inventory().await.unwrap()[0]["claim"], json!("default/files-shop.dev"));
    driver.destroy(&shop).await.unwrap();
    driver.destroy(&shop).await.unwrap();
    assert_eq!(driver.observe(&shop).await.unwrap(), Observed::Absent);
    assert!(driver.inventory().await.unwrap().is_empty());
}

#[tokio::test]
async fn no_handle_leads_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let driver = SqliteDriver::new(folder.path().join("sqlite"));
    std::fs::create_dir(folder.path().join("precious")).unwrap();
    for escape in ["../precious", "/etc", "", ".", "a/../../precious"] {
        let mut shop = operation("files-shop.dev");
        shop.handle = Map::from_iter([("folder".into(), json!(escape))]);
        assert_eq!(driver.apply(&shop).await.unwrap_err().class, ErrorClass::Invalid, "{escape:?}");
        driver.destroy(&shop).await.unwrap();
    }
    assert!(folder.path().join("precious").exists());
}
