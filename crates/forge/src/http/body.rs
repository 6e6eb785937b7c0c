//! The body of a request as a stream of bytes. The invariant: it is decompressed piece by piece,
//! so that memory does not depend on what the client sends.

use std::io;

use async_compression::tokio::bufread::GzipDecoder;
use axum::body::Body;
use futures::TryStreamExt;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, StatusCode};
use tokio::io::AsyncRead;
use tokio_util::io::StreamReader;

use super::Refusal;

/// The body, decompressed as its `Content-Encoding` says.
pub(super) fn reader(headers: &HeaderMap, body: Body) -> Result<Box<dyn AsyncRead + Send + Unpin>, Refusal> {
    let bytes = StreamReader::new(body.into_data_stream().map_err(io::Error::other));
    let encoding = headers.get(CONTENT_ENCODING).map(|value| value.as_bytes().to_ascii_lowercase());
    match encoding.as_deref() {
        None | Some(b"identity") => Ok(Box::new(bytes)),
        Some(b"gzip" | b"x-gzip") => Ok(Box::new(GzipDecoder::new(bytes))),
        Some(_) => Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "only gzip is understood as the encoding of a request",
        )),
    }
}
