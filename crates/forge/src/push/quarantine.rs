//! Where the objects of a push wait until it is known whether they may stay. The invariant: the
//! repository's own object store sees them only after [`Quarantine::release`]; dropped before
//! that, they are gone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::ChildStdin;

use super::{PushFault, read_some, swallow};
use crate::error::ForgeError;
use crate::git::{Git, GitCommand, read_tail};
use crate::storage::{Inner, blocking, sync_folder};

/// `git prune` knows this prefix and removes what a crash left behind.
const PREFIX: &str = "tmp_objdir-incoming-";

/// Faults of old histories that harm nobody and that their owners cannot mend.
const STRICT: &str =
    "--strict=zeroPaddedFilemode=warn,badTimezone=warn,missingSpaceBeforeDate=warn,missingSpaceBeforeEmail=warn";

/// "PACK", version and number of objects.
const PACK_HEADER: usize = 12;

/// Why the quarantine holds no pack.
pub(super) enum Unfilled {
    /// The pack was read and is not acceptable: `reason` for the report, `messages` for the user.
    Refused { reason: String, messages: String },
    /// There is nobody to report to, or nothing sensible to say.
    Fault(PushFault),
}

impl<E: Into<PushFault>> From<E> for Unfilled {
    fn from(fault: E) -> Self {
        Self::Fault(fault.into())
    }
}

/// A folder of objects beside those of the repository.
pub(crate) struct Quarantine {
    repository: PathBuf,
    folder: TempDir,
}

impl Quarantine {
    pub(super) fn open(repository: &Path) -> Result<Self, ForgeError> {
        let objects = repository.join("objects");
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir_in(&objects)
            .map_err(ForgeError::io("create a quarantine in", &objects))?;
        Ok(Self { repository: repository.to_owned(), folder })
    }

    /// A command in the repository that sees the quarantined objects as well, and writes there.
    pub(super) fn command<'a>(&self, git: &'a Git, name: &'static str) -> GitCommand<'a> {
        git.at(&self.repository, name)
            .env("GIT_OBJECT_DIRECTORY", self.folder.path())
            .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", self.repository.join("objects"))
            .env("GIT_QUARANTINE_PATH", self.folder.path())
    }

    /// Streams a pack of at most `limit` bytes into the quarantine, checking every object.
    /// The answer is what `git` had to say meanwhile.
    pub(super) async fn fill<R>(&self, inner: &Inner, from: &mut R, limit: u64) -> Result<String, Unfilled>
    where
        R: AsyncRead + Unpin + Send,
    {
        let idle = inner.config.idle_time;
        let mut header = [0; PACK_HEADER];
        read_header(from, &mut header, idle).await?;
        if header[8..] == [0; 4] {
            // A new branch on old commits. What follows is the checksum.
            swallow(from, 64, idle).await?;
            return Ok(String::new());
        }
        let mut process = self.command(&inner.git, "index-pack").args(["--stdin", "--fix-thin", STRICT]).stream()?;
        let (stdin, stdout, stderr) = process.streams();
        let (fed, messages, _name) =
            tokio::join!(feed(from, stdin, &header, limit, idle), read_tail(stderr), read_tail(stdout));
        match fed? {
            Fed::Whole | Fed::Closed => {}
            Fed::TooLarge => {
                drop(process);
                // The client reads its answer only after it has sent all.
                swallow(from, limit, idle).await.map_err(|fault| match fault {
                    PushFault::TooLarge(_) => PushFault::TooLarge(limit),
                    other => other,
                })?;
                return Err(Unfilled::Refused {
                    reason: format!("the push is larger than the limit of {limit} bytes"),
                    messages: String::new(),
                });
            }
        }
        let status = process.wait().await?;
        if status.success() {
            return Ok(messages);
        }
        swallow(from, limit, idle).await?;
        Err(Unfilled::Refused { reason: "the pack was refused".to_owned(), messages })
    }

    /// Makes the objects part of the repository, durably. The index of a pack comes last, because
    /// it is what makes the pack visible.
    pub(super) async fn release(self) -> Result<(), ForgeError> {
        blocking(move || {
            let from = self.folder.path().join("pack");
            let to = self.repository.join("objects").join("pack");
            let mut files = match std::fs::read_dir(&from) {
                Ok(entries) => entries
                    .map(|entry| entry.map(|entry| entry.path()))
                    .collect::<Result<Vec<_>, _>>()
                    .map_err(ForgeError::io("read", &from))?,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(ForgeError::io("read", &from)(error)),
            };
            files.sort_by_key(|file| file.extension().is_some_and(|extension| extension == "idx"));
            for file in files {
                if let Some(name) = file.file_name() {
                    std::fs::rename(&file, to.join(name)).map_err(ForgeError::io("keep", &file))?;
                }
            }
            sync_folder(&to)
        })
        .await
    }
}

enum Fed {
    /// All was handed over.
    Whole,
    /// `git` did not want to read on; its exit code says why.
    Closed,
    TooLarge,
}

async fn read_header<R: AsyncRead + Unpin>(from: &mut R, header: &mut [u8], idle: Duration) -> Result<(), Unfilled> {
    let read = tokio::time::timeout(idle, from.read_exact(header))
        .await
        .map_err(|_elapsed| PushFault::Incomplete(std::io::ErrorKind::TimedOut.into()))?;
    match read {
        Ok(_) if header.starts_with(b"PACK") => Ok(()),
        Ok(_) => Err(PushFault::Malformed("the pack does not begin like one".to_owned()).into()),
        Err(error) => Err(PushFault::Incomplete(error).into()),
    }
}

async fn feed<R>(
    from: &mut R,
    stdin: Option<ChildStdin>,
    header: &[u8],
    limit: u64,
    idle: Duration,
) -> Result<Fed, PushFault>
where
    R: AsyncRead + Unpin,
{
    let Some(mut stdin) = stdin else {
        return Ok(Fed::Closed);
    };
    if stdin.write_all(header).await.is_err() {
        return Ok(Fed::Closed);
    }
    let mut sent = header.len() as u64;
    let mut chunk = vec![0; 64 << 10];
    loop {
        let read = read_some(from, &mut chunk, idle).await?;
        if read == 0 {
            return Ok(Fed::Whole);
        }
        sent += read as u64;
        if sent > limit {
            return Ok(Fed::TooLarge);
        }
        if stdin.write_all(&chunk[..read]).await.is_err() {
            return Ok(Fed::Closed);
        }
    }
}
