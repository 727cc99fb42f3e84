//! Percent-encoding, with the two character sets the protocol names.

/// What `encodeURI` leaves alone beside letters and digits.
const URI: &[u8] = b";,/?:@&=+$-_.!~*'()#";
/// What `encodeURIComponent` leaves alone beside letters and digits.
const COMPONENT: &[u8] = b"-_.!~*'()";

/// Encodes as a browser's `encodeURI` does.
pub(crate) fn encode_uri(text: &str) -> String {
    encode(text, URI)
}

/// Encodes as a browser's `encodeURIComponent` does.
pub(crate) fn encode_component(text: &str) -> String {
    encode(text, COMPONENT)
}

/// Decodes every `%xx`. `None` when an escape is cut short, is not hex, or the bytes are not UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = hex_digit(rest.next()?)?;
            let low = hex_digit(rest.next()?)?;
            bytes.push(high << 4 | low);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn encode(text: &str, kept: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_sets_differ_as_they_do_in_a_browser() {
        let text = "http://[::1]:3000/é?a=1&b=%";

        assert_eq!(encode_uri(text), "http://%5B::1%5D:3000/%C3%A9?a=1&b=%25");
        assert_eq!(
            encode_component(text),
            "http%3A%2F%2F%5B%3A%3A1%5D%3A3000%2F%C3%A9%3Fa%3D1%26b%3D%25"
        );
    }

    #[test]
    fn what_was_encoded_decodes_to_itself() {
        for text in ["", "a b", "é🙂/%", "+&=~and~"] {
            assert_eq!(decode(&encode_component(text)).as_deref(), Some(text));
        }
    }

    #[test]
    fn broken_escapes_are_refused() {
        for text in ["%", "%4", "%zz", "%+1", "%ff", "a%C3"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
