//! A stranger's name for a file.
#![no_main]

use files::names::{SafeName, SafePath};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|name: &str| {
    if let Ok(safe) = SafeName::parse(name) {
        assert!(!safe.as_str().contains(['/', '\\', '\0']) && !safe.as_str().starts_with('.'));
        assert_eq!(SafeName::parse(safe.as_str()), Ok(safe.clone()));
        assert!(SafeName::parse(safe.numbered(2).as_str()).is_ok());
    }
    if let Ok(path) = SafePath::parse(name.split('|').map(str::as_bytes)) {
        assert!(
            !path
                .to_string()
                .split('/')
                .any(|name| name == ".." || name.is_empty())
        );
    }
});
