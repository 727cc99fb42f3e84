//! Why someone is or is not reachable, in words.

use serde_json::json;
use view::Advice;

use super::{Answer, Commands, Fault, Outcome, answer};
use crate::clean;

impl Commands {
    pub(super) async fn retry(&self) -> Result<Outcome, Fault> {
        self.node.try_trackers_now().await?;
        Ok(answer(vec!["Trying the trackers now.".to_owned()]))
    }

    pub(super) async fn doctor(&self) -> Result<Outcome, Fault> {
        let diagnosis = self.node.diagnose().await?;
        let for_this_start = diagnosis.lan.for_this_start;
        let advice = diagnosis.advice.iter();
        let mut rows: Vec<String> = advice.map(|it| words(it, for_this_start)).collect();
        if rows.is_empty() {
            rows.push("Nothing is wrong that this program can see.".to_owned());
        }
        // The report names each advice by its kind; here it has been said in words.
        rows.extend(
            clean::lines(diagnosis.report.trim_end())
                .into_iter()
                .filter(|row| !row.starts_with("advice:")),
        );
        let object = serde_json::to_value(&diagnosis)
            .ok()
            .map(|it| json!({ "kind": "diagnosis", "diagnosis": it }));
        Ok(Outcome::Answer(Answer::of(rows, object)))
    }
}

fn words(advice: &Advice, lan_for_this_start: bool) -> String {
    match advice {
        Advice::NoNetwork => "This machine has no network.".to_owned(),
        Advice::MendProxy => {
            "The proxy cannot be used, and trackers cannot be reached without it.".to_owned()
        }
        Advice::NoTracker => "No tracker can be reached.".to_owned(),
        Advice::SomeTrackers { failing, of } => {
            format!("{failing} of {of} trackers cannot be reached; the others suffice.")
        }
        Advice::RelayOnlyWithoutRelay => {
            "Relay-only is on, but no TURN server is configured.".to_owned()
        }
        Advice::RelayOnlyNoAnswer => "Relay-only is on, but no TURN server answers.".to_owned(),
        Advice::UdpBlocked => {
            "No STUN server answers: this network may let no UDP through.".to_owned()
        }
        Advice::AddRelay => {
            "This network shows everyone another address of yours; a TURN server helps.".to_owned()
        }
        Advice::PeersUnreachable { attempts } => format!(
            "People were met, but {attempts} attempts to connect found no path; a TURN server \
             helps."
        ),
        Advice::LanOff if lan_for_this_start => {
            "Finding people on the local network is switched off for this start.".to_owned()
        }
        Advice::LanOff => {
            "Finding people on the local network is switched off in the settings.".to_owned()
        }
        Advice::NobodyThere { rooms } => format!(
            "All works, but nobody is in {}: compare the room's name and password.",
            clean::visible(&rooms.join(", "))
        ),
    }
}
