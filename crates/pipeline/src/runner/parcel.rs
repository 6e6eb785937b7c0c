//! Archives that a job packs or unpacks itself.
//!
//! `tar` always runs as a process of the job, with the job's rights; the runner only carries the finished archive between the job's
//! folders and its own store. So no path that a job chose is ever followed by the runner.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::beneath;
use super::script::Script;
use super::session::Session;
use super::shell;
use super::step::StepView;
use crate::plan::Conclusion;

/// Most bytes of one archive.
const MAX_BYTES: u64 = 4 * 1024 * 1024 * 1024;

impl Session<'_> {
    /// Has the job pack what `script` packs into the file that `PARCEL` names, and moves the archive to `target`; what is there already
    /// stays.
    pub(super) async fn pack(
        &mut self,
        view: &StepView<'_>,
        script: &str,
        variables: Vec<(String, String)>,
        target: &Path,
    ) -> Result<(), String> {
        let parcel = self.order.room.temp.join(format!("parcel_{}.tar", self.begun));
        let relative = PathBuf::from(format!("parcel_{}.tar", self.begun));
        self.run_tar(view, script, variables, parcel.seen_text()).await?;
        let moved = keep(&self.order.room.temp.host, &relative, target)
            .map_err(|error| format!("the archive was not stored: {error}"));
        // The job's temporary folder goes with its room in any case.
        let _ = std::fs::remove_file(&parcel.host);
        moved
    }

    /// Has the job unpack the archive at `source` as `script` says.
    pub(super) async fn unpack(
        &mut self,
        view: &StepView<'_>,
        script: &str,
        variables: Vec<(String, String)>,
        source: &Path,
    ) -> Result<(), String> {
        let parcel = self.order.room.commands.join(format!("parcel_{}.tar", self.begun));
        std::fs::copy(source, &parcel.host)
            .and_then(|_| make_readable(&parcel.host))
            .map_err(|error| format!("the archive was not handed over: {error}"))?;
        let unpacked = self.run_tar(view, script, variables, parcel.seen_text()).await;
        // A copy that stays behind goes with the room.
        let _ = std::fs::remove_file(&parcel.host);
        unpacked
    }

    async fn run_tar(
        &mut self,
        view: &StepView<'_>,
        script: &str,
        variables: Vec<(String, String)>,
        parcel: String,
    ) -> Result<(), String> {
        let mut env = view.env.clone();
        env.extend(variables);
        env.insert("PARCEL".to_owned(), parcel);
        let directory = self.order.room.workspace.seen.clone();
        let script =
            Script { shell: shell::find(Some("sh"))?, text: script.to_owned(), env, directory, timeout: view.timeout };
        let ran = self.run_script(view.at, script).await?;
        match self.judge(view.at, ran).outcome {
            Conclusion::Success => Ok(()),
            _ => Err("the archive was not packed or unpacked".to_owned()),
        }
    }
}

fn make_readable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))
}

/// Copies `relative` beneath `folder` to `target`, whole or not at all.
fn keep(folder: &Path, relative: &Path, target: &Path) -> io::Result<()> {
    let mut source = io::Read::take(beneath::open(folder, relative)?, MAX_BYTES + 1);
    let parent = target.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent)?;
    let partial = target.with_extension(format!("{}.partial", uuid::Uuid::new_v4()));
    let copied = File::create(&partial).and_then(|mut file| io::copy(&mut source, &mut file));
    let stored = match copied {
        Ok(bytes) if bytes > MAX_BYTES => {
            Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {MAX_BYTES} bytes")))
        }
        Ok(_) => match std::fs::hard_link(&partial, target) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        },
        Err(error) => Err(error),
    };
    std::fs::remove_file(&partial)?;
    stored
}
