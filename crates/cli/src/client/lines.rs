//! Answers that come line by line, as logs do.

use futures::{Stream, StreamExt as _, stream};
use serde::de::DeserializeOwned;

use super::{ApiError, Call, Client};

impl Client {
    /// The lines of an answer in JSON lines, as they come; one that cannot be read is left out.
    pub(crate) async fn lines<T: DeserializeOwned + 'static>(
        &self,
        call: Call,
    ) -> Result<impl Stream<Item = Result<T, ApiError>> + use<T>, ApiError> {
        let response = self.open(&call.accept("application/json, application/x-ndjson;q=0.9, */*;q=0.1"), None).await?;
        let client = self.clone();
        let chunks = response.bytes_stream().map(move |chunk| chunk.map_err(|e| client.unreachable(e)));
        Ok(split(chunks).filter_map(|line| async move {
            match line {
                Ok(line) => serde_json::from_slice(&line).ok().map(Ok),
                Err(error) => Some(Err(error)),
            }
        }))
    }
}

/// Chunks of bytes as lines, without their ends; what follows the last line break is a line too.
fn split<B: AsRef<[u8]>, E>(chunks: impl Stream<Item = Result<B, E>>) -> impl Stream<Item = Result<Vec<u8>, E>> {
    let start = (Box::pin(chunks), Vec::<u8>::new(), false);
    stream::unfold(start, |(mut chunks, mut rest, ended)| async move {
        loop {
            if let Some(end) = rest.iter().position(|b| *b == b'\n') {
                let mut line: Vec<u8> = rest.drain(..=end).collect();
                line.pop();
                return Some((Ok(line), (chunks, rest, ended)));
            }
            if ended {
                let last = std::mem::take(&mut rest);
                return (!last.is_empty()).then_some((Ok(last), (chunks, rest, ended)));
            }
            match chunks.next().await {
                Some(Ok(chunk)) => rest.extend_from_slice(chunk.as_ref()),
                Some(Err(error)) => return Some((Err(error), (chunks, Vec::new(), true))),
                None => {
                    return if rest.is_empty() {
                        None
                    } else {
                        Some((Ok(std::mem::take(&mut rest)), (chunks, rest, true)))
                    };
                }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::{StreamExt as _, stream};

    use super::split;

    #[tokio::test]
    async fn joins_lines_that_come_in_pieces() {
        let chunks = stream::iter(["a", "b\nc\n", "", "d"].map(|text| Ok::<_, Infallible>(text.as_bytes())));
        let lines: Vec<String> = split(chunks).map(|line| String::from_utf8(line.unwrap()).unwrap()).collect().await;
        assert_eq!(lines, ["ab", "c", "d"]);
    }
}
