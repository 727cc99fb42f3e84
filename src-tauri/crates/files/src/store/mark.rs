//! The mark of a file that came from the internet, where the system has one: then it warns before
//! it runs such a file.

use std::path::Path;

/// Marks a finished file. A file system that keeps no marks is no reason to fail.
pub(super) fn from_internet(path: &Path, origin: &str) {
    #[cfg(target_os = "linux")]
    set(path, "user.xdg.origin.url", origin);
    #[cfg(target_os = "macos")]
    {
        let _ = origin;
        set(path, "com.apple.quarantine", "0081;00000000;Chitchatter;");
    }
    #[cfg(windows)]
    {
        // A second stream of the same file; 3 is the zone of the internet.
        let mut stream = path.as_os_str().to_owned();
        stream.push(":Zone.Identifier");
        let text = format!("[ZoneTransfer]\r\nZoneId=3\r\nHostUrl={origin}\r\n");
        let _ = std::fs::write(stream, text);
    }
    #[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
    let _ = (path, origin);
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn set(path: &Path, name: &str, value: &str) {
    use rustix::fs::{XattrFlags, lsetxattr};
    let _ = lsetxattr(path, name, value.as_bytes(), XattrFlags::empty());
}
