//! Command lines that make sense, and those that do not.

use clap::{CommandFactory as _, Parser as _};

use crate::server::{Line, run};

#[test]
fn every_command_is_put_together_without_contradictions() {
    Line::command().debug_assert();
}

#[test]
fn reads_the_command_lines_that_are_promised() {
    let lines = [
        "create service payment-service --language python --framework fastapi --db postgresql --add-ci --add-cd",
        "create service a --language go --framework gin --cache redis --queue rabbitmq --owner g --system s --env dev --set a=b --dry-run --no-wait --timeout 5m -n x",
        "create database orders --type postgresql --size small --env dev --owner team-a",
        "create environment preview --from dev --ttl 4h --type dev --cluster local",
        "apply -f a.yaml -f b --dry-run",
        "get claims,runs -A -l a=b -o wide",
        "get claim/a -o json",
        "describe app payment-service",
        "delete service payment-service --yes --keep-repository",
        "delete -f x.yaml",
        "wait claim/a --for=condition=Ready --timeout 1m",
        "explain claim.spec.size",
        "plan",
        "plan get p",
        "plan payment-service",
        "approve p",
        "deploy web --env dev --revision 3",
        "promote web --from dev --to staging",
        "rollback web --env dev",
        "logs web --env dev -f",
        "logs web --previous",
        "events claim/a",
        "open web",
        "runs web",
        "run logs r -f",
        "run cancel r",
        "run retry r",
        "secret get db/web --env dev -o json",
        "secret set a/b key=- --env dev",
        "secret list",
        "login --print-link",
        "whoami",
        "kubeconfig",
        "token create ci --expires 30d",
        "token rotate admin",
        "catalog validate .",
        "pipeline lint ci.yaml -o json",
        "pipeline run . --workflow ci --event push --branch main -o json",
        "eval github 1==1 --contexts c.json -o json",
        "eval github --batch b.jsonl",
        "score validate score.yaml",
        "demo remove",
        "export crds",
        "completion bash",
    ];
    for line in lines {
        let read = Line::try_parse_from(std::iter::once("platform").chain(line.split(' ')));
        assert!(read.is_ok(), "{line}: {}", read.err().map(|e| e.to_string()).unwrap_or_default());
    }
}

#[tokio::test]
async fn ends_wrong_usage_with_code_2() {
    for line in [
        "create service",
        "create service a",
        "get",
        "frobnicate",
        "wait claim/a",
        "create environment e --ttl soon",
        "delete",
    ] {
        let done = run(line.split(' ')).await;
        assert_eq!(done.code, 2, "{line}: {}", done.stderr);
    }
}

#[tokio::test]
async fn refuses_to_deploy_what_is_never_released() {
    let done = run("create service a --language go --add-cd".split(' ')).await;
    insta::assert_snapshot!(format!("{}\n{}", done.code, done.stderr), @r"
    2
    error: --add-cd deploys releases, and without --add-ci none are made
      hint: add --add-ci, or leave --add-cd out and deploy with `platform deploy`
    ");
}

#[tokio::test]
async fn completes_every_command_in_every_shell() {
    for shell in ["bash", "zsh", "fish"] {
        let done = run(["completion", shell]).await;
        assert_eq!(done.code, 0);
        assert!(done.stdout.contains("kubeconfig"), "{shell}");
    }
}
