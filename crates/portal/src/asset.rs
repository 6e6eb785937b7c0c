//! Sheet, icons and script, compiled in and served under an address that changes with their content.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use causeway_api::App;
use http::{StatusCode, header};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

#[derive(RustEmbed)]
#[folder = "assets"]
struct Files;

const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "public, max-age=300";

/// Digests of the files, by name.
static DIGESTS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let digest = |name: &str| Files::get(name).map(|file| hex::encode(&Sha256::digest(&file.data)[..6]));
    Files::iter().filter_map(|name| Some((name.to_string(), digest(&name)?))).collect()
});

pub(crate) fn router() -> Router<App> {
    Router::new().route("/assets/{digest}/{name}", get(serve)).route("/favicon.ico", get(favicon))
}

/// Where a file is served: `/assets/<digest>/causeway.css`.
pub(crate) fn address(name: &str) -> String {
    let digest = DIGESTS.get(name).map_or("0", String::as_str);
    format!("/assets/{digest}/{name}")
}

async fn serve(Path((digest, name)): Path<(String, String)>) -> Response {
    let cache = if DIGESTS.get(&name) == Some(&digest) { FOR_EVER } else { ASK_AGAIN };
    send(&name, cache)
}

async fn favicon() -> Response {
    send("favicon.svg", ASK_AGAIN)
}

fn send(name: &str, cache: &'static str) -> Response {
    let Some(file) = Files::get(name) else { return StatusCode::NOT_FOUND.into_response() };
    ([(header::CONTENT_TYPE, media_type(name)), (header::CACHE_CONTROL, cache)], file.data.into_owned()).into_response()
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
