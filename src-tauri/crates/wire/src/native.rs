//! The registry of what only native peers understand.
//!
//! A native peer says what it can do in one extra object of its metadata action, which browsers
//! ignore:
//!
//! ```json
//! { "native": { "version": 1, "features": ["burst", "backfill", "restart", "alive", "talk", "receipts", "introduce", "proof", "files", "passOn"] } }
//! ```
//!
//! A feature is used towards a peer only after that peer has named it. Names nobody here knows are
//! ignored, so that newer peers can name more. To add a feature: add a variant, its name and what
//! it promises here, and a line to the protocol page of the README.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// The version of the extensions this build speaks.
pub const VERSION: u32 = 1;
/// How many feature names we look at in a stranger's list.
pub const MAX_FEATURES: usize = 64;

/// What a native peer says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Native {
    /// The version of the extensions it speaks, from 1.
    pub version: u32,
    /// Those of its features that we know too.
    pub features: Features,
}

/// One thing native peers can do with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feature {
    /// `burst`: takes group messages as fast as they come; browsers lose them.
    Burst,
    /// `backfill`: sends and takes transcripts in private rooms too.
    PrivateBackfill,
    /// `restart`: answers a renegotiation offer without media, so that a connection can move to
    /// another network; browsers ignore it.
    Restart,
    /// `alive`: answers a ping within five seconds, so that silence means it is gone.
    Alive,
    /// `talk`: takes what a message answers in its fields `replyTo` and `replyToAuthor` instead of
    /// a quote; and takes `n.0` (a line of the sender's says something else or is taken back),
    /// `n.1` (an emoji on a line) and, once after a transcript, `n.3` (how the lines in it stand).
    /// Changes count only from a line's author, and lines nobody knows are ignored.
    Talk,
    /// `receipts`: says with `n.2`, soon after messages came, up to which everything has come. The
    /// channel keeps order, so one id stands for all before it.
    Receipts,
    /// `introduce`: says with `n.4` who else is in the room, and passes `n.5` (a sealed offer or
    /// answer) on to who it is for, once; so that whoever meets one meets all without a tracker.
    Introduce,
    /// `proof`: proves with `n.7`, once asked by `n.6`, that it holds its profile's key now and on
    /// this connection; see [`crate::proof`]. Whoever names it and does not is not verified.
    Proof,
    /// `files`: takes offers of files by `n.8` and their end by `n.9`, in place of magnet links;
    /// says with `n.10` how much of an offer it has, and makes connections for the bytes by `n.11`,
    /// about offers that one of the two makes or has some of; see [`crate::share`].
    Files,
    /// `passOn`: takes by `n.8` with an `author` what somebody offered who does not any more, from
    /// whoever said by `n.10` that it has all of it. Nobody vouches for who that was.
    PassOn,
}

impl Feature {
    /// All there are.
    pub const ALL: [Self; 10] = [
        Self::Burst,
        Self::PrivateBackfill,
        Self::Restart,
        Self::Alive,
        Self::Talk,
        Self::Receipts,
        Self::Introduce,
        Self::Proof,
        Self::Files,
        Self::PassOn,
    ];

    /// What it is called on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Burst => "burst",
            Self::PrivateBackfill => "backfill",
            Self::Restart => "restart",
            Self::Alive => "alive",
            Self::Talk => "talk",
            Self::Receipts => "receipts",
            Self::Introduce => "introduce",
            Self::Proof => "proof",
            Self::Files => "files",
            Self::PassOn => "passOn",
        }
    }

    /// The feature of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feature| feature.name() == name)
    }
}

/// A set of features.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features(BTreeSet<Feature>);

impl Features {
    /// Every feature this build has.
    pub fn all() -> Self {
        Feature::ALL.into_iter().collect()
    }

    /// Whether the feature is among them.
    pub fn contains(&self, feature: Feature) -> bool {
        self.0.contains(&feature)
    }

    /// Adds a feature.
    pub fn insert(&mut self, feature: Feature) {
        self.0.insert(feature);
    }

    /// The features, in the order of the registry.
    pub fn iter(&self) -> impl Iterator<Item = Feature> {
        self.0.iter().copied()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Feature> for Features {
    fn from_iter<I: IntoIterator<Item = Feature>>(features: I) -> Self {
        Self(features.into_iter().collect())
    }
}

impl Native {
    /// What this build says about itself.
    pub fn ours() -> Self {
        Self {
            version: VERSION,
            features: Features::all(),
        }
    }

    /// Reads the extra object. What is odd is as good as absent.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        let version = value.get("version")?.as_u64()?;
        let version = u32::try_from(version).ok().filter(|version| *version > 0)?;
        let features = value.get("features")?.as_array()?;
        Some(Self {
            version,
            features: features
                .iter()
                .take(MAX_FEATURES)
                .filter_map(Value::as_str)
                .filter_map(Feature::named)
                .collect(),
        })
    }

    /// The extra object.
    pub(crate) fn written(&self) -> Value {
        let features: Vec<_> = self.features.iter().map(Feature::name).collect();
        json!({ "version": self.version, "features": features })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_say_about_ourselves_is_read_back() {
        assert_eq!(
            Native::read(&Native::ours().written()),
            Some(Native::ours())
        );
    }

    #[test]
    fn names_nobody_knows_are_ignored() {
        let native = Native::read(&json!({
            "version": 7, "features": ["teleport", 5, "alive", null], "more": {}
        }));

        assert_eq!(
            native,
            Some(Native {
                version: 7,
                features: [Feature::Alive].into_iter().collect()
            })
        );
    }

    #[test]
    fn an_odd_object_is_as_good_as_none() {
        for odd in [
            json!(null),
            json!("burst"),
            json!([]),
            json!({}),
            json!({"version": 0, "features": []}),
            json!({"version": "1", "features": []}),
            json!({"version": 1, "features": "burst"}),
            json!({"version": 4_294_967_296_u64, "features": []}),
        ] {
            assert_eq!(Native::read(&odd), None, "{odd}");
        }
    }

    #[test]
    fn every_feature_is_found_by_its_name() {
        for feature in Feature::ALL {
            assert_eq!(Feature::named(feature.name()), Some(feature));
        }
    }
}
