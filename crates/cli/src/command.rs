//! All commands that talk to a server, or need none: the names, and which function each is.

use causeway_kinds::resource_type::ResourceClass;
use clap::Subcommand;

use crate::Session;
use crate::commands::{
    catalog, claim, completion, demo, environment, export, identity, pipeline, plan, resource, run, score, secret,
    service, token,
};
use crate::failure::Outcome;

/// What may be asked for.
#[derive(Subcommand, Debug)]
#[expect(private_interfaces, reason = "the arguments of a command are its own affair; others only pass them on")]
pub enum Command {
    /// Make a service, a database, an environment, …
    #[command(subcommand)]
    Create(Create),
    /// Bring resources to what files say
    Apply(resource::apply::Apply),
    /// Resources of any kind
    Get(resource::get::Get),
    /// One resource, with its conditions and events
    Describe(resource::describe::Describe),
    /// Show what will vanish, ask, and take it away in order
    Delete(resource::delete::Delete),
    /// One resource in an editor
    Edit(resource::edit::Edit),
    /// What `apply` would change; ends with 1 if anything
    Diff(resource::diff::Diff),
    /// Wait until a condition holds, or something is gone
    Wait(resource::wait::Wait),
    /// What a kind and its fields mean
    Explain(resource::explain::Explain),
    /// The plans that there are, or one of them
    Plan(plan::show::ShowPlan),
    /// Approve a plan
    Approve(plan::approve::Approve),
    /// Roll out a release
    Deploy(service::deploy::Deploy),
    /// Roll out what runs in another environment
    Promote(service::promote::Promote),
    /// Go back to what ran before
    Rollback(service::rollback::Rollback),
    /// What the replicas of a service write
    Logs(service::logs::Logs),
    /// What happened
    Events(resource::events::Events),
    /// The address of a service, in a browser where there is one
    Open(service::open::Open),
    /// What ran lately, and what runs now
    Runs(run::list::Runs),
    /// Read, stop or repeat a run
    #[command(subcommand)]
    Run(run::RunCommand),
    /// Secrets of environments
    #[command(subcommand)]
    Secret(secret::SecretCommand),
    /// Remember a server, and sign a browser in
    Login(identity::login::Login),
    /// In whose name commands are carried out
    Whoami(identity::whoami::Whoami),
    /// A configuration for kubectl
    Kubeconfig(identity::kubeconfig::Kubeconfig),
    /// Tokens for programs
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Catalog files
    #[command(subcommand)]
    Catalog(catalog::CatalogCommand),
    /// Workflow files, tried before they are pushed
    #[command(subcommand)]
    Pipeline(pipeline::PipelineCommand),
    /// Evaluate an expression
    #[command(subcommand)]
    Eval(pipeline::EvalCommand),
    /// Score files
    #[command(subcommand)]
    Score(score::ScoreCommand),
    /// The demonstration
    #[command(subcommand)]
    Demo(demo::DemoCommand),
    /// What the platform is made of, for other programs
    #[command(subcommand)]
    Export(export::ExportCommand),
    /// Completion for a shell
    Completion(completion::Completion),
}

/// `platform create …`
#[derive(Subcommand, Debug)]
pub(crate) enum Create {
    /// A service on the golden path
    Service(Box<service::create::CreateService>),
    /// A database
    Database(claim::create::CreateClaim),
    /// A cache
    Cache(claim::create::CreateClaim),
    /// A message queue
    Queue(claim::create::CreateClaim),
    /// An object store
    Bucket(claim::create::CreateClaim),
    /// An environment
    Environment(environment::create::CreateEnvironment),
}

/// Does what was asked. `root` is the whole command line.
pub(crate) async fn dispatch(command: Command, session: &Session, root: clap::Command) -> Outcome {
    match command {
        Command::Create(what) => create(what, session).await,
        Command::Apply(args) => resource::apply::run(args, session).await,
        Command::Get(args) => resource::get::run(args, session).await,
        Command::Describe(args) => resource::describe::run(args, session).await,
        Command::Delete(args) => resource::delete::run(args, session).await,
        Command::Edit(args) => resource::edit::run(args, session).await,
        Command::Diff(args) => resource::diff::run(args, session).await,
        Command::Wait(args) => resource::wait::run(args, session).await,
        Command::Explain(args) => resource::explain::run(args, session).await,
        Command::Plan(args) => plan::show::run(args, session).await,
        Command::Approve(args) => plan::approve::run(args, session).await,
        Command::Deploy(args) => service::deploy::run(args, session).await,
        Command::Promote(args) => service::promote::run(args, session).await,
        Command::Rollback(args) => service::rollback::run(args, session).await,
        Command::Logs(args) => service::logs::run(args, session).await,
        Command::Events(args) => resource::events::run(args, session).await,
        Command::Open(args) => service::open::run(args, session).await,
        Command::Runs(args) => run::list::run(args, session).await,
        Command::Run(command) => run::run(command, session).await,
        Command::Secret(command) => secret::run(command, session).await,
        Command::Login(args) => identity::login::run(args, session).await,
        Command::Whoami(args) => identity::whoami::run(args, session).await,
        Command::Kubeconfig(args) => identity::kubeconfig::run(args, session).await,
        Command::Token(command) => token::run(command, session).await,
        Command::Catalog(command) => catalog::run(command, session).await,
        Command::Pipeline(command) => pipeline::run(command, session).await,
        Command::Eval(command) => pipeline::eval(command, session),
        Command::Score(command) => score::run(command, session),
        Command::Demo(command) => demo::run(command, session).await,
        Command::Export(command) => export::run(command, session),
        Command::Completion(args) => completion::run(&args, session, root),
    }
}

async fn create(what: Create, session: &Session) -> Outcome {
    match what {
        Create::Service(args) => service::create::run(*args, session).await,
        Create::Database(args) => claim::create::run(args, ResourceClass::Database, session).await,
        Create::Cache(args) => claim::create::run(args, ResourceClass::Cache, session).await,
        Create::Queue(args) => claim::create::run(args, ResourceClass::Queue, session).await,
        Create::Bucket(args) => claim::create::run(args, ResourceClass::Bucket, session).await,
        Create::Environment(args) => environment::create::run(args, session).await,
    }
}
