//! How many pixels a picture has, read from its bytes without decoding any.

/// The most marks that are looked at in a JPEG or GIF: a film of ten thousand pictures.
const MAX_PARTS: usize = 100_000;

/// How many pixels a picture of a kind that is shown has, as its largest part says. `None` where it does
/// not say, or this is no such picture.
#[must_use]
pub fn pixels(file: &[u8]) -> Option<u64> {
    let (width, height) = match file {
        [0x89, b'P', b'N', b'G', ..] => png(file)?,
        [0xff, 0xd8, ..] => jpeg(file)?,
        [b'G', b'I', b'F', b'8', ..] => gif(file)?,
        [b'B', b'M', ..] => bmp(file)?,
        [b'R', b'I', b'F', b'F', ..] => webp(file)?,
        _ => return None,
    };
    (width > 0 && height > 0).then(|| u64::from(width).saturating_mul(u64::from(height)))
}

/// The header comes first, and parts of a moving picture lie within it.
fn png(file: &[u8]) -> Option<(u32, u32)> {
    if file.get(12..16)? != b"IHDR" {
        return None;
    }
    Some((big(file.get(16..20)?), big(file.get(20..24)?)))
}

/// Before the first scan stands a frame; what says it twice is as large as the larger.
fn jpeg(file: &[u8]) -> Option<(u32, u32)> {
    let mut rest = file.get(2..)?;
    let mut largest: Option<(u32, u32)> = None;
    for _ in 0..MAX_PARTS {
        let [0xff, mark, after @ ..] = rest else {
            return None;
        };
        match mark {
            // Filling.
            0xff => rest = rest.get(1..)?,
            0x01 | 0xd0..=0xd8 => rest = after,
            0xd9 | 0xda => return largest,
            mark => {
                let len = usize::from(u16::from_be_bytes(*after.first_chunk()?));
                let part = after.get(2..len)?;
                let is_frame = (0xc0..=0xcf).contains(mark) && !matches!(mark, 0xc4 | 0xc8 | 0xcc);
                if is_frame {
                    let frame = (big(part.get(3..5)?), big(part.get(1..3)?));
                    largest = Some(larger(largest, frame));
                }
                rest = after.get(len..)?;
            }
        }
    }
    None
}

/// Each picture of it says where it stands; what reaches beyond the screen makes the screen larger.
fn gif(file: &[u8]) -> Option<(u32, u32)> {
    let screen = (little(file.get(6..8)?), little(file.get(8..10)?));
    let mut rest = after_colours(file.get(13..)?, *file.get(10)?)?;
    let mut largest = screen;
    for _ in 0..MAX_PARTS {
        rest = match rest {
            [0x21, _, blocks @ ..] => after_blocks(blocks)?,
            [0x2c, picture @ ..] => {
                let side = |at: usize| {
                    let from = little(picture.get(at..at + 2)?);
                    Some(from + little(picture.get(at + 4..at + 6)?))
                };
                largest = larger(Some(largest), (side(0)?, side(2)?));
                let colours = after_colours(picture.get(9..)?, *picture.get(8)?)?;
                after_blocks(colours.get(1..)?)?
            }
            // Its end, or what a viewer would stop at too.
            _ => return Some(largest),
        };
    }
    None
}

fn after_colours(rest: &[u8], flags: u8) -> Option<&[u8]> {
    let len = match flags & 0x80 {
        0 => 0,
        _ => 3 << ((flags & 7) + 1),
    };
    rest.get(len..)
}

/// Where it is cut off there is nothing more to be shown.
fn after_blocks(mut rest: &[u8]) -> Option<&[u8]> {
    while let [len, blocks @ ..] = rest {
        if *len == 0 {
            return Some(blocks);
        }
        rest = blocks.get(usize::from(*len)..).unwrap_or_default();
    }
    Some(rest)
}

fn bmp(file: &[u8]) -> Option<(u32, u32)> {
    if little(file.get(14..18)?) == 12 {
        return Some((little(file.get(18..20)?), little(file.get(20..22)?)));
    }
    // From below where it is negative.
    let side = |at: usize| {
        let side = i32::from_le_bytes(*file.get(at..)?.first_chunk()?);
        Some(side.unsigned_abs())
    };
    Some((side(18)?, side(22)?))
}

fn webp(file: &[u8]) -> Option<(u32, u32)> {
    let part = file.get(20..)?;
    match file.get(12..16)? {
        // A picture with more beside it says how large all of it is.
        b"VP8X" => Some((little(part.get(4..7)?) + 1, little(part.get(7..10)?) + 1)),
        b"VP8 " if part.get(3..6)? == [0x9d, 0x01, 0x2a] => {
            let side = |at: usize| Some(little(part.get(at..at + 2)?) & 0x3fff);
            Some((side(6)?, side(8)?))
        }
        b"VP8L" if part.first() == Some(&0x2f) => {
            let bits = little(part.get(1..5)?);
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        _ => None,
    }
}

fn larger(known: Option<(u32, u32)>, other: (u32, u32)) -> (u32, u32) {
    known.map_or(other, |known| (known.0.max(other.0), known.1.max(other.1)))
}

/// Up to four bytes, the highest first.
fn big(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

/// Up to four bytes, the lowest first.
fn little(bytes: &[u8]) -> u32 {
    let bytes = bytes.iter().rev();
    bytes.fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOMB: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x59\xd8\0\0\x59\xd8\x01\0\0\0\0";
    const JPEG: &[u8] =
        b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xc2\0\x0b\x08\x02\x58\x03\x20\x01\x01\x11\0\xff\xda\0\x02";
    const GIF: &[u8] =
        b"GIF89a\x0a\0\x14\0\0\0\0\x21\xf9\x04\0\0\0\0\0\x2c\0\0\0\0\xe8\x03\xd0\x07\0\x02\x01a\0\x3b";

    #[test]
    fn every_kind_that_is_shown_says_how_large_it_is() {
        let cases: [(&str, &[u8], u64); 8] = [
            ("png", BOMB, 23_000 * 23_000),
            ("jpeg", JPEG, 800 * 600),
            ("gif", GIF, 1_000 * 2_000),
            (
                "bmp",
                b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x05\0\0\0\xfa\xff\xff\xff",
                30,
            ),
            (
                "old bmp",
                b"BM\0\0\0\0\0\0\0\0\x1a\0\0\0\x0c\0\0\0\x05\0\x06\0",
                30,
            ),
            (
                "webp",
                b"RIFF....WEBPVP8X\x0a\0\0\0\0\0\0\0\xe7\x03\0\xcf\x07\0",
                2_000_000,
            ),
            (
                "lossy",
                b"RIFF....WEBPVP8 ....\0\0\0\x9d\x01\x2a\x20\x03\x58\x02",
                480_000,
            ),
            (
                "lossless",
                b"RIFF....WEBPVP8L....\x2f\x1f\xc3\x95\0",
                800 * 600,
            ),
        ];
        for (name, file, count) in cases {
            assert_eq!(pixels(file), Some(count), "{name}");
            for len in 0..file.len() {
                let _ = pixels(&file[..len]);
            }
        }
    }

    #[test]
    fn what_does_not_say_how_large_it_is_has_no_size() {
        for file in [
            &b""[..],
            b"\xff\xd8\xff\xda\0\x02",
            b"\x89PNG\r\n\x1a\n\0\0\0\x0dtEXt\0\0\x59\xd8\0\0\x59\xd8",
            b"\0\0\0\x20ftypavif",
            b"GIF89a\0\0\0\0\0\0\0\x3b",
        ] {
            assert_eq!(pixels(file), None, "{file:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(
            kind in prop::sample::select(vec![BOMB, JPEG, GIF, b"RIFF....WEBPVP8X"]),
            keep in 2..20_usize,
            more: Vec<u8>,
        ) {
            let mut file = kind.get(..keep).unwrap_or(kind).to_vec();
            file.extend_from_slice(&more);
            let _ = pixels(&file);
        }
    }
}
