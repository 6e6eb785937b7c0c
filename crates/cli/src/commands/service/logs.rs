//! `platform logs`: what the replicas of a service write.

use std::collections::HashMap;
use std::time::Duration;

use causeway_kinds::deployment::{self, DeploymentSpec};
use clap::Args;
use futures::StreamExt as _;
use serde::Deserialize;

use crate::client::{ApiError, Call, Client, address_of};
use crate::failure::Outcome;
use crate::{Exit, Failure, Session};

/// How often to look for new lines.
const EVERY: Duration = Duration::from_millis(500);
/// How many lines are compared to find out which are new.
const WINDOW: usize = 2_000;

#[derive(Args, Debug)]
pub(crate) struct Logs {
    /// Name of the service
    service: String,
    /// The environment
    #[arg(long, value_name = "ENVIRONMENT", default_value = "dev")]
    env: String,
    /// Go on with new lines as they come
    #[arg(short, long)]
    follow: bool,
    /// Of the replicas before the last restart
    #[arg(long, conflicts_with = "follow")]
    previous: bool,
    /// How many lines of the past
    #[arg(long, value_name = "LINES", default_value_t = 200)]
    tail: usize,
}

/// One line of a replica.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Line {
    #[serde(deserialize_with = "text")]
    replica: String,
    line: String,
}

/// Replicas may be named or numbered.
fn text<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

pub(crate) async fn run(args: Logs, session: &Session) -> Outcome {
    let client = session.client()?;
    let name = deployment::name(&args.service, &args.env);
    let address = address_of::<DeploymentSpec>(&session.namespace).then(&name).then("log");
    let lines = if args.follow { args.tail.max(WINDOW) } else { args.tail };
    let call = Call::get(address).query("lines", lines.to_string());
    let call = if args.previous { call.query("previous", "true") } else { call };
    let found = read(&client, call.clone()).await.map_err(|e| missing(e, &args))?;
    let many = found.iter().any(|line| line.replica != found[0].replica);
    let print = |line: &Line| {
        session.printer.data(if many { format!("[{}] {}", line.replica, line.line) } else { line.line.clone() })
    };
    found.iter().skip(found.len().saturating_sub(args.tail)).for_each(print);
    if !args.follow {
        return Ok(Exit::Done);
    }
    let mut known = by_replica(&found);
    loop {
        tokio::time::sleep(EVERY).await;
        let now = match read(&client, call.clone()).await {
            Ok(now) => now,
            Err(error) if error.is_passing() => continue,
            Err(error) => return Err(missing(error, &args)),
        };
        let now = by_replica(&now);
        let mut replicas: Vec<&String> = now.keys().collect();
        replicas.sort();
        for replica in replicas {
            let before = known.get(replica).map_or(&[][..], Vec::as_slice);
            for line in fresh(before, &now[replica]) {
                session.printer.data(format!("[{replica}] {line}"));
            }
        }
        known = now;
    }
}

async fn read(client: &Client, call: Call) -> Result<Vec<Line>, ApiError> {
    let lines = client.lines::<Line>(call).await?;
    lines.collect::<Vec<_>>().await.into_iter().collect()
}

/// The last lines of a deployment's replicas, those that ended before included.
pub(super) async fn tail(
    client: &Client,
    namespace: &str,
    deployment: &str,
    lines: usize,
) -> Result<Vec<String>, ApiError> {
    let address = address_of::<DeploymentSpec>(namespace).then(deployment).then("log");
    let call = |previous: bool| {
        let call = Call::get(address.clone()).query("lines", lines.to_string());
        if previous { call.query("previous", "true") } else { call }
    };
    let mut found = read(client, call(false)).await?;
    if found.is_empty() {
        found = read(client, call(true)).await?;
    }
    Ok(found.iter().skip(found.len().saturating_sub(lines)).map(|line| line.line.clone()).collect())
}

fn missing(error: ApiError, args: &Logs) -> Failure {
    if error.is_not_found() {
        let failure = Failure::failed(format!("{} is not deployed in {}", args.service, args.env));
        return failure.hint(format!("deploy it with `platform deploy {} --env {}`", args.service, args.env));
    }
    error.into()
}

fn by_replica(lines: &[Line]) -> HashMap<String, Vec<String>> {
    let mut replicas: HashMap<String, Vec<String>> = HashMap::new();
    for line in lines {
        replicas.entry(line.replica.clone()).or_default().push(line.line.clone());
    }
    replicas
}

/// The lines of `now` that come after those of `before`. Both are ends of one log, so the longest end of `before` that
/// `now` begins with is what was seen already.
fn fresh<'a>(before: &[String], now: &'a [String]) -> &'a [String] {
    let longest = before.len().min(now.len());
    let seen = (0..=longest).rev().find(|count| before[before.len() - count..] == now[..*count]).unwrap_or(0);
    &now[seen..]
}

#[cfg(test)]
mod tests {
    use super::fresh;

    #[test]
    fn finds_what_is_new_in_the_moving_end_of_a_log() {
        let lines = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
        let new = |before: &str, now: &str| fresh(&lines(before), &lines(now)).concat();
        assert_eq!(new("", "ab"), "ab");
        assert_eq!(new("ab", "ab"), "");
        assert_eq!(new("ab", "abcd"), "cd");
        assert_eq!(new("abc", "bcd"), "d");
        assert_eq!(new("aaa", "aaaa"), "a");
        assert_eq!(new("abc", "xyz"), "xyz");
    }
}
