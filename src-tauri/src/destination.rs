//! The room to enter at once, as the command line says it: a name or a link, and perhaps a password.

use std::fmt;
use std::path::Path;
#[cfg(target_os = "linux")]
use std::process::Command;
use std::sync::OnceLock;

use wire::{Access, Invitation, InvitedAccess, Origin, RoomAddress};

use crate::arguments::Arguments;
use crate::start::Failure;

/// Where the password is looked for, unless a file is named. Not on the command line: everybody on
/// the machine sees that.
const VARIABLE: &str = "CHITCHATTER_PASSWORD";

/// A password, given without being asked for.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Password(String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

impl Password {
    /// The first line of the file, or the variable; nothing where there is neither.
    pub(crate) fn given(file: Option<&Path>) -> Result<Option<Self>, Failure> {
        let Some(path) = file else {
            let given = std::env::var(VARIABLE).ok();
            return Ok(given.filter(|it| !it.is_empty()).map(Self));
        };
        Self::in_file(path).map(Some)
    }

    /// The first line of a file, or of a pipe.
    pub(crate) fn in_file(path: &Path) -> Result<Self, Failure> {
        node::secret_in(path)
            .map(Self)
            .map_err(|why| Failure::PasswordFile(why.to_string()))
    }
}

/// Starts this program anew, with the password of the command line behind its standard input: an
/// app that runs already sees neither our variables nor what a shell put in a file for us, but it can
/// read there as long as we wait for it. It never lies on a disk. Where there is none to hand over,
/// this is all there is to do.
#[cfg(target_os = "linux")]
pub(crate) fn hand_over(password: Option<Password>) -> Result<(), Failure> {
    use std::io::Write as _;
    use std::os::unix::process::CommandExt as _;

    let Some(Password(password)) = password else {
        return Ok(());
    };
    if password.len() > node::MAX_SECRET_BYTES {
        return Err(Failure::PasswordFile("is too long".to_owned()));
    }
    let begin = || {
        let (waiting, mut entrance) = std::io::pipe()?;
        // Less than a pipe holds, so nobody has to read it first.
        entrance.write_all(password.as_bytes())?;
        drop(entrance);
        let own = format!("/proc/{}/fd/0", std::process::id());
        let mut words = std::env::args_os();
        let mut again = Command::new(std::env::current_exe()?);
        if let Some(name) = words.next() {
            again.arg0(name);
        }
        again
            .args(["--password-at", &own])
            .args(words)
            .env_remove(VARIABLE)
            .stdin(waiting);
        // It only comes back where it failed.
        Err(again.exec())
    };
    begin().map_err(|error: std::io::Error| {
        Failure::PasswordFile(format!("cannot be handed over: {error}"))
    })
}

/// The password that is given beside a room to enter at once. Where a start left it for whoever goes
/// on it stays: it is there once, and perhaps another app will read it.
pub(crate) fn given(arguments: &Arguments) -> Result<Option<Password>, Failure> {
    if arguments.join.is_none() || arguments.password_at.is_some() {
        return Ok(None);
    }
    password(arguments)
}

/// The same, wherever it is. It is read once: a pipe holds it no longer, and a start that failed may
/// be tried again.
pub(crate) fn password(arguments: &Arguments) -> Result<Option<Password>, Failure> {
    static READ: OnceLock<Option<Password>> = OnceLock::new();
    if let Some(read) = READ.get() {
        return Ok(read.clone());
    }
    let password = match &arguments.password_at {
        Some(place) => Some(Password::in_file(place)?),
        None => Password::given(arguments.password_file.as_deref())?,
    };
    Ok(READ.get_or_init(|| password).clone())
}

/// The address of the private room a text names, without its secret: whoever goes there is asked for
/// the password.
pub(crate) fn locked(text: &str, home: &Origin) -> Option<String> {
    let mut invitation = Invitation::parse(text, home).ok()?;
    invitation.access = InvitedAccess::Private(None);
    Some(invitation.web_link())
}

/// Where a text leads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// To a room, and the trackers its link names.
    Room(RoomAddress, Vec<String>),
    /// To a private room whose password has to be asked for.
    Locked,
}

impl Destination {
    /// Reads it, seen from the world the person is in. A password makes the room the private one of
    /// that name.
    pub(crate) fn read(
        text: &str,
        password: Option<&Password>,
        home: &Origin,
    ) -> Result<Self, Failure> {
        let invitation = Invitation::parse(text, home).map_err(Failure::Join)?;
        let address = match password {
            None => match invitation.address() {
                Some(address) => address,
                None => return Ok(Self::Locked),
            },
            Some(Password(password)) => {
                let locked = invitation.address_with_password(password);
                if let InvitedAccess::Private(Some(own)) = &invitation.access
                    && !matches!(&locked.access, Access::Private(secret) if secret == own)
                {
                    return Err(Failure::TwoSecrets);
                }
                locked
            }
        };
        Ok(Self::Room(address, invitation.trackers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn go(text: &str, password: Option<&str>) -> Result<Destination, Failure> {
        let home = Origin::parse("http://localhost:3000").expect("an origin");
        let password = password.map(|it| Password(it.to_owned()));
        Destination::read(text, password.as_ref(), &home)
    }

    fn address(text: &str, password: Option<&str>) -> RoomAddress {
        match go(text, password).expect("a destination") {
            Destination::Room(address, _) => address,
            Destination::Locked => panic!("{text} asks for a password"),
        }
    }

    #[test]
    fn a_private_link_without_its_secret_is_a_question_and_no_failure() {
        let link = "https://chitchatter.im/private/den";
        assert_eq!(go(link, None).expect("read"), Destination::Locked);
        assert!(address(link, Some("sesame")).is_private());
    }

    #[test]
    fn a_password_makes_a_room_private_and_is_the_same_as_its_link() {
        let by_password = address("den", Some("sesame"));
        let link = Invitation::from(&by_password).web_link_with_secret();
        let link = link.expect("a secret");

        assert!(by_password.is_private());
        assert_eq!(address(&link, None), by_password);
        assert_eq!(address(&link, Some("sesame")), by_password);
        assert!(matches!(go(&link, Some("guess")), Err(Failure::TwoSecrets)));
    }

    #[test]
    fn a_password_is_the_first_line_of_its_file_and_never_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("password");
        std::fs::write(&path, "open sesame\r\nnot this\n").expect("written");

        let given = Password::given(Some(&path))
            .expect("readable")
            .expect("one");
        assert_eq!(given.0, "open sesame");
        assert!(!format!("{given:?}").contains("sesame"));

        std::fs::write(&path, "\nlater\n").expect("written");
        assert!(Password::given(Some(&path)).is_err());
        assert!(Password::given(Some(&folder.path().join("missing"))).is_err());
    }
}
