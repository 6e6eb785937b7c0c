//! What a test needs of the machine. Where it is missing the test says so and ends, but in CI that is a failure.

use std::path::Path;

/// Something that a test cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A PostgreSQL server's binaries.
    Postgres,
    /// A program on the path.
    Program(&'static str),
    /// Python with `venv`.
    PythonVenv,
    /// A Go toolchain.
    Go,
}

impl Need {
    fn is_met(self) -> bool {
        match self {
            Self::Postgres => Path::new("/usr/lib/postgresql").is_dir() || on_path("initdb"),
            Self::Program(name) => on_path(name),
            Self::PythonVenv => {
                Path::new("/usr/bin/python3").exists()
                    && succeeds("/usr/bin/python3", &["-c", "import venv, ensurepip"])
            }
            Self::Go => Path::new("/usr/local/go/bin/go").exists() || on_path("go"),
        }
    }
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    std::process::Command::new(program).args(arguments).output().is_ok_and(|o| o.status.success())
}

fn on_path(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

/// Whether all needs are met; where not, it says loudly what is missing.
///
/// # Panics
///
/// In CI (`CI=true`), where nothing may be missing.
#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
pub fn need(needs: &[Need]) -> bool {
    let missing: Vec<&Need> = needs.iter().filter(|n| !n.is_met()).collect();
    if missing.is_empty() {
        return true;
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "this machine lacks {missing:?}; in CI nothing is skipped");
    eprintln!("SKIPPED: this machine lacks {missing:?}; run `make setup`");
    false
}
