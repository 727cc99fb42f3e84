//! STUN and TURN servers as they are written on the command line.

use node::IceServer;

use crate::ending::Failure;

/// What stands for no server at all.
const NONE: &str = "none";

/// The servers named; an empty list when the word for none is there.
pub(crate) fn servers(written: &[String]) -> Result<Vec<IceServer>, Failure> {
    if written.iter().any(|it| it == NONE) {
        return match written {
            [_] => Ok(Vec::new()),
            _ => Err(Failure::usage("--ice-server none allows no other")),
        };
    }
    written.iter().map(|it| server(it)).collect()
}

/// `turn:USER:PASSWORD@HOST…` carries its login before the last `@`, since a password may hold one.
fn server(written: &str) -> Result<IceServer, Failure> {
    let (url, login) = match (written.split_once(':'), written.rsplit_once('@')) {
        (Some((scheme, _)), Some((before, place))) => {
            let login = before.get(scheme.len() + 1..).unwrap_or_default();
            (format!("{scheme}:{place}"), login.split_once(':'))
        }
        _ => (written.to_owned(), None),
    };
    let server = IceServer {
        urls: vec![url],
        username: login.map(|(user, _)| user.to_owned()),
        credential: login.map(|(_, password)| password.to_owned()),
    };
    match server.unsupported().first() {
        None => Ok(server),
        // The login is not repeated: standard error may be kept.
        Some(url) => Err(Failure::usage(format!(
            "--ice-server {url} cannot be used: it looks like stun:HOST:PORT or \
             turn:USER:PASSWORD@HOST:PORT, over UDP"
        ))),
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
    fn a_login_stands_before_the_host() {
        let servers = read(&[
            "stun:stun.example.org:3478",
            "turn:ada:p@ss:word@[::1]:3478",
        ])
        .expect("good");

        assert_eq!(servers[0].urls, ["stun:stun.example.org:3478"]);
        assert_eq!(servers[0].username, None);
        assert_eq!(servers[1].urls, ["turn:[::1]:3478"]);
        assert_eq!(servers[1].username.as_deref(), Some("ada"));
        assert_eq!(servers[1].credential.as_deref(), Some("p@ss:word"));
    }

    #[test]
    fn none_is_no_server() {
        assert_eq!(read(&["none"]).expect("good"), []);
        assert!(read(&["none", "stun:x"]).is_err());
    }

    #[test]
    fn what_cannot_be_used_is_refused_without_repeating_the_login() {
        for written in [
            "http://x",
            "turn:x:1",
            "turns:a:secret@x",
            "stun:",
            "turn:a:secret@x?transport=tcp",
        ] {
            let refused = read(&[written]).expect_err(written).to_string();
            assert!(!refused.contains("secret"), "{refused}");
        }
    }
}
