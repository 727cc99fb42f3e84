//! How native peers bring each other together without a tracker: whoever is met says who else is
//! there, and passes offers and answers on. Never sent to a peer that has not named
//! [`Feature::Introduce`](crate::Feature::Introduce).
//!
//! What is passed on is sealed with the room's key, as it is for trackers; whoever passes it on is
//! in the room, and so learns no more than by an offer of its own.

use serde_json::{Value, json};

use crate::chat::Fault;
use crate::ids::{OfferId, PeerId};
use crate::json;
use crate::tracker::SignalKind;

/// How many peers are named at once, of each kind.
pub const MAX_COMPANY: usize = 128;
/// The longest payload that names peers.
pub const MAX_COMPANY_BYTES: usize = 8 * 1024;
/// The longest payload that is passed on. A sealed description of ours has about 3 KB.
pub const MAX_INTRODUCTION_BYTES: usize = 24 * 1024;

/// Who is in the room besides the sender and us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Company {
    /// Those an [`Introduction`] can be passed on to.
    pub natives: Vec<PeerId>,
    /// Those who can only be met through a tracker.
    pub others: Vec<PeerId>,
}

/// One half of making a connection, passed on by a peer both sides are connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Introduction {
    /// Who made it. Whoever passes it on vouches for that.
    pub from: PeerId,
    /// Whom it is for.
    pub to: PeerId,
    /// Which offer it is, or answers.
    pub offer_id: OfferId,
    /// Whether it offers or answers.
    pub kind: SignalKind,
    /// The sealed description.
    pub sealed: String,
}

impl Company {
    /// Whether nobody is named.
    pub fn is_empty(&self) -> bool {
        self.natives.is_empty() && self.others.is_empty()
    }

    pub(crate) fn read(value: &Value) -> Result<Self, Fault> {
        let named = |key: &str| match value.get(key).and_then(Value::as_array) {
            None => Err(Fault::Odd("it names nobody")),
            Some(ids) if ids.len() > MAX_COMPANY => Err(Fault::Odd("it names too many")),
            Some(ids) => ids
                .iter()
                .map(|id| PeerId::parse(id.as_str().unwrap_or_default()).ok())
                .collect::<Option<Vec<_>>>()
                .ok_or(Fault::Odd("a peer id is none")),
        };
        Ok(Self {
            natives: named("natives")?,
            others: named("others")?,
        })
    }

    pub(crate) fn written(&self) -> Value {
        let texts = |ids: &[PeerId]| ids.iter().map(PeerId::to_string).collect::<Vec<_>>();
        json!({ "natives": texts(&self.natives), "others": texts(&self.others) })
    }
}

impl Introduction {
    pub(crate) fn read(value: &Value) -> Result<Self, Fault> {
        let peer = |key: &str| {
            PeerId::parse(json::text(value, key).unwrap_or_default())
                .map_err(|_| Fault::Odd("a peer id is none"))
        };
        let kind = match json::text(value, "type") {
            Some("offer") => SignalKind::Offer,
            Some("answer") => SignalKind::Answer,
            Some(_) | None => return Err(Fault::Odd("it is neither offer nor answer")),
        };
        let sealed = json::text(value, "sdp").unwrap_or_default();
        if sealed.is_empty() {
            return Err(Fault::Odd("there is no description"));
        }
        Ok(Self {
            from: peer("from")?,
            to: peer("to")?,
            offer_id: OfferId::parse(json::text(value, "offerId").unwrap_or_default())
                .map_err(|_| Fault::Odd("the offer id is none"))?,
            kind,
            sealed: sealed.to_owned(),
        })
    }

    pub(crate) fn written(&self) -> Value {
        json!({
            "from": self.from.as_str(),
            "to": self.to.as_str(),
            "offerId": self.offer_id.as_str(),
            "type": match self.kind {
                SignalKind::Offer => "offer",
                SignalKind::Answer => "answer",
            },
            "sdp": self.sealed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Action, Body, BodyKind};

    fn peer(n: u8) -> PeerId {
        PeerId::parse(&format!("{n:020}")).expect("a peer id")
    }

    fn body(action: &str, value: &Value) -> Body {
        Body {
            action: action.to_owned(),
            kind: BodyKind::Json,
            payload: value.to_string().into_bytes(),
            metadata: None,
        }
    }

    #[test]
    fn both_come_back_as_they_were_said() {
        for action in [
            Action::Company(Company {
                natives: vec![peer(1), peer(2)],
                others: vec![peer(3)],
            }),
            Action::Introduction(Introduction {
                from: peer(1),
                to: peer(2),
                offer_id: OfferId::parse("offer000000000000000").expect("an offer id"),
                kind: SignalKind::Answer,
                sealed: "1,2,3$abc".to_owned(),
            }),
        ] {
            assert_eq!(Action::parse(&action.body()), Ok(action));
        }
    }

    #[test]
    fn more_company_than_a_room_holds_is_refused() {
        let crowd: Vec<String> = (0..=MAX_COMPANY).map(|n| format!("{n:020}")).collect();
        let said = body("n.4", &json!({ "natives": crowd, "others": [] }));

        assert!(Action::parse(&said).is_err());
    }

    #[test]
    fn odd_introductions_are_refused() {
        let good = json!({
            "from": peer(1).as_str(), "to": peer(2).as_str(),
            "offerId": "offer000000000000000", "type": "offer", "sdp": "x",
        });
        assert!(Action::parse(&body("n.5", &good)).is_ok());

        for (key, odd) in [
            ("from", json!("short")),
            ("to", json!(null)),
            ("offerId", json!(5)),
            ("type", json!("wish")),
            ("sdp", json!("")),
            ("sdp", json!("x".repeat(MAX_INTRODUCTION_BYTES))),
        ] {
            let mut said = good.clone();
            said[key] = odd;
            assert!(Action::parse(&body("n.5", &said)).is_err(), "{key}");
        }
    }
}
