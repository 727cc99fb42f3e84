//! Words that must not be found anywhere afterwards, and looking for them.

use std::path::{Path, PathBuf};

use rand::Rng as _;

/// One random word for each thing that is not to be kept, and the addresses of this machine.
#[derive(Debug)]
pub struct Secrets {
    words: Vec<(String, String)>,
}

impl Secrets {
    /// Makes up a word for each of these.
    #[must_use]
    pub fn new(things: &[&str]) -> Self {
        let word = |thing: &&str| {
            let mut rng = rand::thread_rng();
            let letters = (0..16).map(|_| char::from(rng.gen_range(b'a'..=b'z')));
            ((*thing).to_owned(), letters.collect())
        };
        Self {
            words: things.iter().map(word).collect(),
        }
    }

    /// The same, and this text, which stands for itself.
    #[must_use]
    pub fn and(mut self, thing: &str, text: &str) -> Self {
        self.words.push((thing.to_owned(), text.to_owned()));
        self
    }

    /// The word for a thing.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn of(&self, thing: &str) -> &str {
        let found = self.words.iter().find(|(it, _)| it == thing);
        &found.unwrap_or_else(|| panic!("no word for {thing}")).1
    }

    /// Which of them stand in these bytes, in any of the forms that programs write text in. Letters
    /// are the same when they are escaped for an address.
    #[must_use]
    pub fn found_in(&self, bytes: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        for (thing, word) in &self.words {
            for (form, needle) in forms(word) {
                if holds(bytes, &needle) {
                    found.push(format!("{thing} as {form}"));
                }
            }
        }
        // How peers are reached is written like this, whoever writes it.
        for needle in ["a=candidate:", "a=ice-ufrag:", "a=ice-pwd:"] {
            if holds(bytes, needle.as_bytes()) {
                found.push(needle.to_owned());
            }
        }
        if let Some(address) = own_address()
            && holds(bytes, address.as_bytes())
        {
            found.push("an address".to_owned());
        }
        found
    }

    /// The files below a folder that hold any of them, by content or name.
    ///
    /// # Panics
    /// If a folder cannot be read, or there is no file at all.
    #[must_use]
    pub fn found_below(&self, folder: &Path) -> Vec<(PathBuf, Vec<String>)> {
        let mut found = Vec::new();
        let mut seen = 0;
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
                let path = entry.path();
                let kind = entry.file_type().expect("a kind");
                let mut of_it = self.found_in(entry.file_name().as_encoded_bytes());
                if kind.is_dir() {
                    folders.push(path.clone());
                } else if kind.is_file() {
                    seen += 1;
                    of_it.extend(self.found_in(&std::fs::read(&path).expect("a file")));
                }
                if !of_it.is_empty() {
                    found.push((path, of_it));
                }
            }
        }
        assert!(seen > 0, "there is not one file to be looked at");
        found
    }
}

/// Eight bits a letter, sixteen, and Base64 wherever the word may begin in it.
fn forms(word: &str) -> Vec<(&'static str, Vec<u8>)> {
    let wide = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut all = vec![("text", word.as_bytes().to_vec()), ("wide text", wide)];
    for shift in 0..3 {
        // Without the characters that depend on what stands before and after it.
        let mut padded = vec![0; shift];
        padded.extend(word.as_bytes());
        let encoded = base64(&padded);
        let first = (shift * 8).div_ceil(6);
        let last = padded.len() * 8 / 6;
        all.push(("Base64", encoded[first..last].to_vec()));
    }
    all
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
    (0..(bytes.len() * 8).div_ceil(6))
        .map(|digit| (0..6).fold(0, |value, at| value << 1 | bit(digit * 6 + at)))
        .map(|value| DIGITS[usize::from(value)])
        .collect()
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|it| it == needle)
}

/// The address others see this machine under, where it has one. Nothing is sent to find it.
fn own_address() -> Option<String> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then(|| address.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_in_each_form_and_nowhere_else() {
        let secrets = Secrets::new(&["room"]);
        let word = secrets.of("room").to_owned();
        assert_eq!(secrets.found_in(b"nothing of it"), Vec::<String>::new());
        let text = format!("x{word}y");
        assert_eq!(secrets.found_in(text.as_bytes()), ["room as text"]);
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(secrets.found_in(&wide), ["room as wide text"]);
        for before in ["", "a", "ab", "abc"] {
            let hidden = base64(format!("{before}{word}after").as_bytes());
            assert_eq!(secrets.found_in(&hidden), ["room as Base64"], "{before}");
        }
    }
}
