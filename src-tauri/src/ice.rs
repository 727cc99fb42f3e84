//! STUN and TURN servers as they are written on the command line, the same for the terminal peer.

use node::IceServer;

use crate::start::Failure;

/// What stands for no server at all.
const NONE: &str = "none";

/// The servers named; an empty list when the word for none is there.
pub(crate) fn servers(written: &[String]) -> Result<Vec<IceServer>, Failure> {
    if written.iter().any(|it| it == NONE) {
        return match written {
            [_] => Ok(Vec::new()),
            _ => Err(Failure::NoneAndOthers),
        };
    }
    written.iter().map(|it| server(it)).collect()
}

/// `turn:USER:PASSWORD@HOST…` carries its login before the last `@`: a password may hold one.
fn server(written: &str) -> Result<IceServer, Failure> {
    let login = written.split_once(':').and_then(|(scheme, rest)| {
        let (login, place) = rest.rsplit_once('@')?;
        Some((format!("{scheme}:{place}"), login.split_once(':')))
    });
    let (url, login) = login.unwrap_or_else(|| (written.to_owned(), None));
    let server = IceServer {
        urls: vec![url],
        username: login.map(|(user, _)| user.to_owned()),
        credential: login.map(|(_, password)| password.to_owned()),
    };
    match server.unsupported().first() {
        // The login is not repeated: standard error may be kept.
        Some(url) => Err(Failure::IceServer(url.to_string())),
        None => Ok(server),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(written: &[&str]) -> Result<Vec<IceServer>, Failure> {
        let written: Vec<String> = written.iter().map(|it| (*it).to_owned()).collect();
        servers(&written)
    }

    #[test]
    fn the_word_for_none_stands_alone_and_means_no_server() {
        assert_eq!(read(&["none"]).expect("good"), []);
        assert!(matches!(
            read(&["none", "stun:x"]),
            Err(Failure::NoneAndOthers)
        ));
    }

    #[test]
    fn a_login_stands_before_the_host_and_is_not_repeated() {
        let servers = read(&["stun:[::1]:3478", "turn:ada:p@ss:word@[::1]:3478"]).expect("good");
        assert_eq!(servers[0].urls, ["stun:[::1]:3478"]);
        assert_eq!(servers[0].username, None);
        assert_eq!(servers[1].urls, ["turn:[::1]:3478"]);
        assert_eq!(servers[1].username.as_deref(), Some("ada"));
        assert_eq!(servers[1].credential.as_deref(), Some("p@ss:word"));

        for written in ["turns:ada:secret@x", "turn:ada:secret@x?transport=tcp"] {
            let refused = read(&[written]).expect_err(written).to_string();
            assert!(!refused.contains("secret"), "{refused}");
        }
    }
}
