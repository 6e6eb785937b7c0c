//! Nothing of the server leaks into `hold`: no lock, socket or database file.

use std::fs;
use std::os::fd::RawFd;

/// Closes every descriptor but the first three.
pub(super) fn inherited_descriptors() {
    let Ok(entries) = fs::read_dir("/proc/self/fd") else {
        return;
    };
    let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    // collected first, so that the folder's own descriptor is closed by its owner
    let numbers: Vec<RawFd> = numbers.filter(|number| *number > 2).collect();
    for number in numbers {
        // one of them was that folder and is closed already
        let _ = nix::unistd::close(number);
    }
}
