//! How many files and connections the system lets this program have open.

/// As many as all rooms and all files together come to, with room to spare. Many systems begin with a
/// thousand, of which each connection takes several.
#[cfg(unix)]
const ENOUGH: u64 = 8_192;

/// Asks the system for enough, as far as this person may have them.
#[cfg(unix)]
pub(crate) fn raise() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // None is no limit.
    let wanted = maximum.map_or(ENOUGH, |maximum| maximum.min(ENOUGH));
    if current.is_some_and(|current| current < wanted) {
        let current = Some(wanted);
        // Where it is refused, what there is has to do.
        let _ = setrlimit(Resource::Nofile, Rlimit { current, maximum });
    }
}

#[cfg(not(unix))]
pub(crate) fn raise() {}

#[cfg(all(test, unix))]
mod tests {
    use rustix::process::{Resource, getrlimit};

    use super::*;

    #[test]
    fn as_many_can_be_open_as_are_needed_or_as_many_as_may_be() {
        raise();
        let now = getrlimit(Resource::Nofile);
        let may = now.maximum.map_or(ENOUGH, |maximum| maximum.min(ENOUGH));
        assert!(now.current.is_none_or(|current| current >= may));
    }
}
