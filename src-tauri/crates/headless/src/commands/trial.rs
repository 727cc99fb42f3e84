//! Whether a tracker, or a STUN or TURN server, works.

use serde_json::json;
use view::{CandidateKind, IceFailure, IceServer, IceTest, TrackerTest};

use super::{Answer, Commands, Fault, Outcome};
use crate::{clean, ice, story};

impl Commands {
    /// Tries it, which takes half a minute at most.
    pub(super) async fn test(&self, url: &str) -> Result<Outcome, Fault> {
        let scheme = url.split(':').next().unwrap_or_default();
        if matches!(scheme, "stun" | "turn" | "stuns" | "turns") {
            return self.test_server(url).await;
        }
        node::check_tracker(url).map_err(|why| {
            Fault::Why(format!(
                "not done: that {why}; write /test wss://…, /test stun:HOST or \
                 /test turn:USER:PASSWORD@HOST"
            ))
        })?;
        let test = self.node.test_tracker(url).await?;
        let rows = vec![tracker_words(&test)];
        let object = json!({ "kind": "tested", "url": url, "tracker": test });
        Ok(Outcome::Answer(Answer::of(rows, Some(object))))
    }

    async fn test_server(&self, written: &str) -> Result<Outcome, Fault> {
        let servers = ice::servers(&[written.to_owned()])
            .map_err(|failure| Fault::Why(format!("not done: {failure}")))?;
        let mut tests = Vec::new();
        for it in servers {
            let server = IceServer {
                urls: it.urls,
                username: it.username,
                credential: it.credential,
            };
            tests.extend(self.node.test_ice(&server).await);
        }
        let rows = tests.iter().map(server_words).collect();
        // By their addresses alone: a login is not repeated.
        let object = json!({ "kind": "tested", "servers": tests });
        Ok(Outcome::Answer(Answer::of(rows, Some(object))))
    }
}

fn tracker_words(test: &TrackerTest) -> String {
    let took = |ms: Option<u32>| ms.unwrap_or_default();
    if test.works {
        return format!(
            "It works: reached in {} ms, and it answers an announce in {} ms.",
            took(test.connect_ms),
            took(test.answer_ms)
        );
    }
    let why = story::failure_text(test.reason, test.status, test.message.as_deref());
    clean::line(&format!("It does not work: {why}."))
}

pub(super) fn server_words(test: &IceTest) -> String {
    let url = clean::line(&test.url);
    let why = match (test.works, test.reason) {
        (true, _) => {
            let what = match test.candidate {
                Some(CandidateKind::Relay) => "it lends an address to be reached by",
                _ => "it tells the address others see",
            };
            return format!(
                "{url} works: {what}, in {} ms.",
                test.ms.unwrap_or_default()
            );
        }
        (false, Some(IceFailure::BadAddress)) => "that is not an address of such a server",
        (false, Some(IceFailure::NeedsALogin)) => "it needs a user name and a password",
        (false, Some(IceFailure::NoSuchHost)) => "there is no machine of that name",
        (false, Some(IceFailure::WrongLogin)) => "it does not take this user name and password",
        (false, Some(IceFailure::Refused)) => "it answers, but gives nothing",
        (false, Some(IceFailure::NoAnswer) | None) => "it does not answer",
    };
    format!("{url} does not work: {why}.")
}
