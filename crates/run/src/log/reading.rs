//! Reads lines from the middle of a log without reading all that comes before: their numbers rise, so the place is found by
//! halving.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;

use super::{HEAD, LogLine, OLDER_TAIL, TAIL};

/// Below this many bytes, lines are skipped by reading them.
const NEAR: u64 = 64 << 10;

/// All lines after a number, in order. Lines that cannot be read are left out.
pub(super) fn lines_after(folder: &Path, after: u64) -> impl Iterator<Item = LogLine> + use<> {
    // newest first: if the tail is renewed meanwhile, the same file is opened twice rather than one missed
    let open = |name: &str| File::open(folder.join(name)).ok();
    let mut files = [TAIL, OLDER_TAIL, HEAD].map(open);
    files.reverse();
    let mut last = after;
    let lines = files.into_iter().flatten().filter_map(move |mut file| {
        let start = place_of(&mut file, after).ok()?;
        file.seek(SeekFrom::Start(start)).ok()?;
        Some(BufReader::new(file).split(b'\n').map_while(Result::ok))
    });
    lines.flatten().filter_map(|line| serde_json::from_slice::<LogLine>(&line).ok()).filter(move |line| {
        let is_new = line.number > last;
        last = last.max(line.number);
        is_new
    })
}

/// Where to begin to read so as to see every line after a number: the beginning of the file, or of a line that is not after it.
fn place_of(file: &mut File, after: u64) -> std::io::Result<u64> {
    let (mut low, mut high) = (0, file.metadata()?.len());
    while after > 0 && high - low > NEAR {
        let middle = low + (high - low) / 2;
        match line_behind(file, middle)? {
            Some((start, number)) if number <= after && start < high => low = start,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// The first line that begins behind an offset: where it begins, and its number.
fn line_behind(file: &mut File, offset: u64) -> std::io::Result<Option<(u64, u64)>> {
    file.seek(SeekFrom::Start(offset))?;
    let mut reader = BufReader::new(file);
    let mut bytes = Vec::new();
    let skipped = reader.read_until(b'\n', &mut bytes)?;
    bytes.clear();
    reader.read_until(b'\n', &mut bytes)?;
    let line = serde_json::from_slice::<LogLine>(&bytes).ok();
    Ok(line.map(|line| (offset + skipped as u64, line.number)))
}
