//! `hashFiles()`.

use std::io;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::beneath;
use super::room::Folder;
use super::wildcard::Wildcards;

/// The SHA-256 over the SHA-256 of each selected file of the workspace, in hexadecimal; empty if none is selected.
///
/// # Errors
/// A pattern is none, or a file was not read.
pub(super) fn hash_files(workspace: &Folder, patterns: &[String]) -> Result<String, String> {
    let lines = patterns.iter().flat_map(|pattern| pattern.lines());
    let files = Wildcards::new(lines, &workspace.seen)?.select(&workspace.host, false);
    if files.is_empty() {
        return Ok(String::new());
    }
    let mut all = Sha256::new();
    for file in &files {
        all.update(
            hash_file(&workspace.host, file)
                .map_err(|error| format!("the file `{}` was not hashed: {error}", file.display()))?,
        );
    }
    Ok(hex::encode(all.finalize()))
}

fn hash_file(folder: &Path, file: &Path) -> io::Result<Vec<u8>> {
    let mut source = beneath::open(folder, file)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match io::Read::read(&mut source, &mut buffer)? {
            0 => return Ok(hash.finalize().to_vec()),
            read => hash.update(&buffer[..read]),
        }
    }
}
