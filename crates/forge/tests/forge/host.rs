//! A Git host on a free port, and a real `git` to talk to it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use causeway_forge::{
    Access, Action, Actor, Author, CommitRequest, Credentials, Decision, FileEntry, Forge, ForgeConfig, ObjectId, Onto,
    PushEvent, PushListener, PushPolicy, RefUpdate, RepositoryName,
};
use parking_lot::Mutex;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;

pub(crate) const WRITER: &str = "writer-t0ken";
pub(crate) const READER: &str = "reader-t0ken";

/// The surroundings of the Git host: tokens, protected branches and a notebook of events.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) public: Mutex<HashSet<String>>,
    pub(crate) protected: Mutex<HashSet<String>>,
    pub(crate) judged: Mutex<Vec<RefUpdate>>,
    pub(crate) events: Mutex<Vec<PushEvent>>,
    pub(crate) is_deaf: Mutex<bool>,
    pub(crate) notes: Mutex<Vec<String>>,
}

#[async_trait]
impl Access for World {
    async fn allow(
        &self,
        credentials: &Credentials,
        _headers: &http::HeaderMap,
        repository: &RepositoryName,
        action: Action,
    ) -> Decision {
        match credentials {
            Credentials::Token(token) if token.reveal() == WRITER => Decision::Allow(Actor::new("writer")),
            Credentials::Token(token) if token.reveal() == READER => match action {
                Action::Read => Decision::Allow(Actor::new("reader")),
                Action::Write => Decision::Deny("you may read this repository, not write to it".to_owned()),
            },
            Credentials::None if action == Action::Read && self.public.lock().contains(repository.name()) => {
                Decision::Allow(Actor::new("anonymous"))
            }
            Credentials::None | Credentials::Token(_) | Credentials::Malformed => Decision::AskForCredentials,
        }
    }
}

#[async_trait]
impl PushPolicy for World {
    async fn check(&self, _repository: &RepositoryName, _actor: &Actor, update: &RefUpdate) -> Result<(), String> {
        self.judged.lock().push(update.clone());
        if self.protected.lock().contains(&update.name) {
            return Err("this branch is protected: open a change instead".to_owned());
        }
        if update.forced && update.branch() == Some("main") {
            return Err("main cannot be rewritten".to_owned());
        }
        Ok(())
    }
}

#[async_trait]
impl PushListener for World {
    async fn pushed(&self, event: &PushEvent) -> Result<Vec<String>, String> {
        if *self.is_deaf.lock() {
            return Err("the store is away".to_owned());
        }
        self.events.lock().push(event.clone());
        Ok(self.notes.lock().clone())
    }
}

pub(crate) struct Host {
    pub(crate) forge: Forge,
    pub(crate) world: Arc<World>,
    pub(crate) folder: TempDir,
    pub(crate) port: u16,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Host {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Host {
    pub(crate) async fn start() -> Self {
        Self::start_with(ForgeConfig::default()).await
    }

    pub(crate) async fn start_with(config: ForgeConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = Arc::new(World::default());
        let forge = Forge::open(folder.path().join("repositories"), config, world.clone()).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = forge.router(world.clone(), world.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { forge, world, folder, port, server }
    }

    /// A host with the empty repository `orders`.
    pub(crate) async fn with_orders() -> (Self, RepositoryName) {
        let host = Self::start().await;
        let orders = name("orders");
        assert!(host.forge.create(&orders, "main").await.unwrap());
        (host, orders)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.url_as(WRITER, path)
    }

    pub(crate) fn url_as(&self, token: &str, path: &str) -> String {
        format!("http://x:{token}@127.0.0.1:{}/git/{path}", self.port)
    }

    pub(crate) fn disk(&self, repository: &RepositoryName) -> PathBuf {
        self.folder.path().join("repositories").join(repository.namespace()).join(format!("{}.git", repository.name()))
    }

    /// A working tree with one commit on `main` and the repository as `origin`.
    pub(crate) async fn work(&self, folder: &str, repository: &str) -> Work {
        let path = self.folder.path().join(folder);
        std::fs::create_dir(&path).unwrap();
        let work = Work { path };
        work.git(&["init", "-q", "-b", "main"]).await;
        work.git(&["remote", "add", "origin", &self.url(repository)]).await;
        work.commit("README.md", b"hello\n").await;
        work
    }

    pub(crate) fn at(&self, folder: &str) -> Work {
        Work { path: self.folder.path().join(folder) }
    }

    /// One HTTP request on its own connection; head and body of the answer.
    pub(crate) async fn http(&self, head: &str, body: &[u8]) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let head = format!(
            "{head}\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer {WRITER}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let (mut read, mut write) = stream.split();
        let mut answer = Vec::new();
        let (_, answered) = tokio::join!(write.write_all(body), read.read_to_end(&mut answer));
        answered.unwrap();
        let end = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("a head") + 4;
        let body = answer.split_off(end);
        (String::from_utf8_lossy(&answer).into_owned(), body)
    }

    /// Processes whose arguments name this host's folder.
    pub(crate) fn processes(&self) -> usize {
        let folder = self.folder.path().join("repositories");
        let folder = folder.to_str().unwrap();
        std::fs::read_dir("/proc")
            .unwrap()
            .flatten()
            .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
            .filter(|line| String::from_utf8_lossy(line).contains(folder))
            .count()
    }

    pub(crate) fn events(&self) -> Vec<PushEvent> {
        self.world.events.lock().clone()
    }

    /// A repository with `bytes` of noise in one commit, made on the server.
    pub(crate) async fn fill(&self, repository: &RepositoryName, bytes: usize) -> ObjectId {
        let files = vec![file("noise", &noise(bytes))];
        self.forge.commit_tree(repository, &request(files, Onto::Nothing)).await.unwrap()
    }
}

pub(crate) fn name(name: &str) -> RepositoryName {
    RepositoryName::new("default", name).unwrap()
}

pub(crate) fn file(path: &str, bytes: &[u8]) -> FileEntry {
    FileEntry { path: path.to_owned(), bytes: bytes.to_vec(), executable: false }
}

pub(crate) fn request(files: Vec<FileEntry>, onto: Onto) -> CommitRequest {
    CommitRequest {
        branch: "main".to_owned(),
        onto,
        files,
        message: "Begin".to_owned(),
        author: Author { name: "Platform".to_owned(), email: "platform@localhost".to_owned() },
        time: std::time::UNIX_EPOCH + Duration::from_secs(1_700_000_000),
        actor: Actor::new("platform"),
    }
}

/// Bytes that do not compress, the same each time.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    noise_from(0x9e37_79b9_7f4a_7c15, length)
}

pub(crate) fn noise_from(mut state: u64, length: usize) -> Vec<u8> {
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.take(length.div_ceil(8)).flatten().take(length).collect()
}

/// Waits for a condition, for at most a minute.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..3000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what}: did not happen");
}

/// A working tree of a client.
pub(crate) struct Work {
    pub(crate) path: PathBuf,
}

impl Work {
    /// Runs `git`, which must succeed; its standard output.
    pub(crate) async fn git(&self, args: &[&str]) -> String {
        let output = self.try_git(args).await;
        assert!(output.status.success(), "git {args:?}: {}", stderr(&output));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Runs `git`, which must fail; its standard error.
    pub(crate) async fn git_fails(&self, args: &[&str]) -> String {
        let output = self.try_git(args).await;
        assert!(!output.status.success(), "git {args:?} succeeded: {}", stderr(&output));
        stderr(&output)
    }

    pub(crate) async fn try_git(&self, args: &[&str]) -> Output {
        client(&self.path, args).output().await.unwrap()
    }

    pub(crate) async fn git_with(&self, args: &[&str], input: &[u8]) -> Vec<u8> {
        let mut child = client(&self.path, args).stdin(std::process::Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let (_, output) = tokio::join!(
            async {
                stdin.write_all(input).await.unwrap();
                drop(stdin);
            },
            child.wait_with_output()
        );
        let output = output.unwrap();
        assert!(output.status.success(), "git {args:?}: {}", stderr(&output));
        output.stdout
    }

    pub(crate) async fn commit(&self, file: &str, bytes: &[u8]) -> String {
        std::fs::write(self.path.join(file), bytes).unwrap();
        self.git(&["add", "-A"]).await;
        self.git(&["commit", "-q", "-m", file]).await;
        self.git(&["rev-parse", "HEAD"]).await
    }
}

pub(crate) fn client(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("git");
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_AUTHOR_NAME", "Ada")
        .env("GIT_AUTHOR_EMAIL", "ada@example.org")
        .env("GIT_COMMITTER_NAME", "Ada")
        .env("GIT_COMMITTER_EMAIL", "ada@example.org")
        .current_dir(folder)
        .args(args)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .kill_on_drop(true);
    command
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The body of a push: commands, then a pack.
pub(crate) fn push_body(commands: &[String], pack: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (index, command) in commands.iter().enumerate() {
        let line = if index == 0 { format!("{command}\0report-status\n") } else { format!("{command}\n") };
        body.extend_from_slice(format!("{:04x}{line}", line.len() + 4).as_bytes());
    }
    body.extend_from_slice(b"0000");
    body.extend_from_slice(pack);
    body
}

pub(crate) const RECEIVE: &str =
    "POST /git/orders.git/git-receive-pack HTTP/1.1\r\nContent-Type: application/x-git-receive-pack-request";
pub(crate) const ZERO: &str = "0000000000000000000000000000000000000000";
