//! How others come to a room.

use std::fmt;

use serde::Serialize;

/// How others come to a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Links {
    /// For a browser; holds no secret.
    pub web: String,
    /// For this program; holds no secret.
    pub app: String,
    /// With the secret of a private room in them. Absent for public rooms.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub secret: Option<SecretLinks>,
}

/// Links that let in whoever has them.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SecretLinks {
    /// For a browser.
    pub web: String,
    /// For this program.
    pub app: String,
}

impl fmt::Debug for SecretLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretLinks(..)")
    }
}
