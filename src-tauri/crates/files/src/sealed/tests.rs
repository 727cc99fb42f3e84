use proptest::prelude::*;

use super::*;

#[test]
fn a_key_is_the_first_sixteen_units_of_the_name() {
    let key = |room| RoomKey::of_room(room).map(|key| key.0);

    assert_eq!(key("room-bad479b2"), Ok(*b"room-bad479b2000"));
    assert_eq!(key("r"), Ok(*b"r000000000000000"));
    assert_eq!(key("0123456789abcdefghi"), Ok(*b"0123456789abcdef"));
    assert_eq!(key("0123456789abcdefé"), Ok(*b"0123456789abcdef"));
    assert_eq!(key("é"), Err(RoomKeyError::NotAscii));
    assert_eq!(key("0123456789abcde😀"), Err(RoomKeyError::NotAscii));
    assert_eq!(key(""), Err(RoomKeyError::TooShort));
}

#[test]
fn the_examples_of_the_standard_open() {
    // RFC 8188 §3.1, then §3.2: a key name, small records and padding.
    for (key, sealed) in [
        (
            "caa76567eb587a67e88129afed6b393d",
            "23506cc6d16db65bf7bbf3a8f78c679b0000100000f8d015b9bdaa160044b902916a9a19bb\
             e231908bdadcc101d4f0fe972f138638",
        ),
        (
            "04edd954fc549672ce45b5463296d3d5",
            "b8d0a45a2358cca4e704df638b7faa5800000019026131ce1bc721cff827be03aa746628bf\
             1ca3baa4722458c40f2a05d45be48fa8503dd3c7239d4e114284a60cf74ac2d622a4bfb8",
        ),
    ] {
        let key: [u8; KEY_LEN] = hex(key).try_into().expect("a key");
        let mut opener = Opener::new(&RoomKey::from_bytes(key));
        let mut out = Vec::new();
        for byte in hex(sealed) {
            opener.push(&[byte], &mut out).expect("a part");
        }
        opener.finish(&mut out).expect("the end");
        assert_eq!(out, b"I am the walrus");
    }
}

#[test]
fn sizes_go_both_ways() {
    for (plain, sealed) in [
        (0, 21),
        (1, 39),
        (65_519, 65_557),
        (65_520, 65_575),
        (200_000, 200_089),
    ] {
        assert_eq!(sealed_len(plain), sealed);
        assert_eq!(plain_len(sealed), Some(plain));
    }
    for impossible in [0, 20, 22, 38, 65_558, 65_574] {
        assert_eq!(plain_len(impossible), None, "{impossible}");
    }
    assert_eq!(sealed_len(u64::MAX), u64::MAX);
    assert!(plain_len(u64::MAX).is_none_or(|plain| sealed_len(plain) == u64::MAX));
}

#[test]
fn a_file_opens_to_itself_however_it_is_cut() {
    for len in [0, 1, 65_518, 65_519, 65_520, 131_038, 200_000] {
        let plain = synthetic(len);
        let sealed = seal(&plain);
        assert_eq!(sealed.len() as u64, sealed_len(len as u64));
        for cut in [1, 7, 65_536, 65_537, usize::MAX] {
            if cut == 1 && len > 70_000 {
                continue;
            }
            assert_eq!(open(&sealed, cut), Ok(plain.clone()), "{len} by {cut}");
        }
    }
}

#[test]
fn what_was_cut_off_added_or_moved_is_refused() {
    let sealed = seal(&synthetic(200_000));

    let cut = |len: usize| open(&sealed[..len], usize::MAX);
    assert_eq!(cut(sealed.len() - 1), Err(OpenError::Record(3)));
    assert_eq!(cut(HEADER_LEN + 3 * RECORD_LEN), Err(OpenError::Truncated));
    assert_eq!(
        cut(HEADER_LEN + 3 * RECORD_LEN + 9),
        Err(OpenError::Truncated)
    );
    assert_eq!(cut(20), Err(OpenError::Truncated));
    assert_eq!(cut(0), Err(OpenError::Truncated));

    let mut longer = sealed.clone();
    longer.push(0);
    assert_eq!(open(&longer, usize::MAX), Err(OpenError::Record(3)));
    let whole = seal(&synthetic(PLAIN_LEN));
    let longer: Vec<u8> = whole.iter().chain(b"x").copied().collect();
    assert_eq!(open(&longer, usize::MAX), Err(OpenError::Trailing));

    let mut swapped = sealed.clone();
    let (first, second) = swapped[HEADER_LEN..HEADER_LEN + 2 * RECORD_LEN].split_at_mut(RECORD_LEN);
    first.swap_with_slice(second);
    assert_eq!(open(&swapped, usize::MAX), Err(OpenError::Record(0)));

    let mut flipped = sealed.clone();
    flipped[HEADER_LEN + RECORD_LEN + 5] ^= 1;
    assert_eq!(open(&flipped, 1000), Err(OpenError::Record(1)));

    for size in [0, 17, 65_537, u32::MAX] {
        let mut odd = sealed.clone();
        odd[SALT_LEN..SALT_LEN + 4].copy_from_slice(&size.to_be_bytes());
        assert_eq!(open(&odd, usize::MAX), Err(OpenError::RecordSize(size)));
    }
}

#[test]
fn once_broken_always_broken() {
    let mut opener = Opener::new(&key());
    let mut out = Vec::new();
    assert!(opener.push(&[0; 21], &mut out).is_err());
    assert_eq!(
        opener.push(b"more", &mut out),
        Err(OpenError::RecordSize(0))
    );
    assert_eq!(opener.finish(&mut out), Err(OpenError::RecordSize(0)));
    assert!(out.is_empty());
}

#[test]
fn a_record_that_changed_has_another_mark() {
    let sealer = Sealer::new(&key(), [7; SALT_LEN], 100);
    let (mut one, mut other) = (vec![0; 100], vec![0; 100]);
    other[50] = 1;

    assert!(sealer.seal(0, &mut one) && sealer.seal(0, &mut other));

    assert_ne!(Sealer::record_mark(&one), Sealer::record_mark(&other));
    assert!(!sealer.seal(0, &mut vec![0; 99]) && !sealer.seal(1, &mut Vec::new()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_part_of_a_sealed_file_is_made_without_the_rest(len in 0_usize..300_000, from: u32, to: u32) {
        let plain = synthetic(len);
        let whole = seal(&plain);
        let (a, b) = (u64::from(from) % (whole.len() as u64 + 1), u64::from(to) % (whole.len() as u64 + 1));
        let part = a.min(b)..a.max(b);
        let sealer = Sealer::new(&key(), [7; SALT_LEN], len as u64);

        let mut made: Vec<(u64, Vec<u8>)> = vec![(0, sealer.header().to_vec())];
        for record in sealer.records_of(part.clone()) {
            let range = sealer.plain_range(record);
            let mut bytes = plain[range.start as usize..range.end as usize].to_vec();
            prop_assert!(sealer.seal(record, &mut bytes));
            made.push((sealer.sealed_range(record).start, bytes));
        }
        let mut got = vec![None; whole.len()];
        for (at, bytes) in made {
            for (offset, byte) in bytes.into_iter().enumerate() {
                got[at as usize + offset] = Some(byte);
            }
        }
        for at in part {
            prop_assert_eq!(got[at as usize], Some(whole[at as usize]));
        }
    }

    #[test]
    fn random_bytes_open_to_nothing_and_never_panic(bytes: Vec<u8>, cut in 1_usize..50) {
        prop_assert!(open(&bytes, cut).is_err() || bytes.len() >= HEADER_LEN);
    }
}

fn key() -> RoomKey {
    RoomKey::of_room("room").expect("a key")
}

fn synthetic(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 31 + at / 251) as u8).collect()
}

fn seal(plain: &[u8]) -> Vec<u8> {
    let sealer = Sealer::new(&key(), [7; SALT_LEN], plain.len() as u64);
    let mut sealed = sealer.header().to_vec();
    for record in 0..sealer.records() {
        let range = sealer.plain_range(record);
        let mut bytes = plain[range.start as usize..range.end as usize].to_vec();
        assert!(sealer.seal(record, &mut bytes));
        sealed.extend_from_slice(&bytes);
    }
    sealed
}

fn open(sealed: &[u8], cut: usize) -> Result<Vec<u8>, OpenError> {
    let mut opener = Opener::new(&key());
    let mut out = Vec::new();
    for part in sealed.chunks(cut) {
        opener.push(part, &mut out)?;
    }
    opener.finish(&mut out)?;
    Ok(out)
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hex"))
        .collect()
}
