use proptest::prelude::*;

use super::*;
use crate::limits::MAX_DEPTH;

const PIECE: u64 = MIN_DIRECT_PIECE_BYTES as u64;

#[test]
fn a_files_name_is_the_hash_of_its_bytes_however_it_is_cut() {
    for len in [
        0,
        1,
        PIECE - 1,
        PIECE,
        PIECE + 1,
        2 * PIECE,
        3 * PIECE + 7,
        8 * PIECE,
        1_500_000,
    ] {
        let bytes = synthetic(len);
        for cut in [1000, 65_536, usize::MAX] {
            let hashes = hash(&bytes, cut);
            assert_eq!(
                hashes.root,
                *blake3::hash(&bytes).as_bytes(),
                "{len} by {cut}"
            );
            assert_eq!(hashes.pieces.len() as u64, len.div_ceil(PIECE));
        }
    }
}

#[test]
fn each_piece_of_each_file_is_checked_alone() {
    let lens = [PIECE * 2 + 5, 0, 10, PIECE];
    let (it, _) = describe(&files(&lens)).expect("an offer");

    assert_eq!(it.pieces(), 5);
    let at: Vec<_> = (0..5)
        .map(|piece| (it.piece_start(piece), it.len_of(piece)))
        .collect();
    let whole = PIECE as u32;
    assert_eq!(
        at,
        [
            (0, whole),
            (PIECE, whole),
            (2 * PIECE, 5),
            (2 * PIECE + 5, 10),
            (2 * PIECE + 15, whole)
        ]
    );
    let mut all = Vec::new();
    for len in lens {
        all.extend(synthetic(len));
    }
    for piece in 0..5 {
        let start = it.piece_start(piece) as usize;
        let mut bytes = all[start..start + it.len_of(piece) as usize].to_vec();
        assert!(it.is_piece(piece, &bytes), "{piece}");
        bytes[3] ^= 1;
        assert!(!it.is_piece(piece, &bytes), "{piece}");
    }
    assert!(!it.is_piece(5, &[]) && it.len_of(5) == 0);
    assert!(!it.is_sealed());
}

#[test]
fn the_largest_offers_have_descriptions_that_fit() {
    for (total, len) in [
        (0, 256 << 10),
        (1 << 30, 256 << 10),
        (10 << 30, 4 << 20),
        (MAX_DIRECT_BYTES, 16 << 20),
        (u64::MAX, 16 << 20),
    ] {
        assert_eq!(piece_len(total), len, "{total}");
    }
    assert!(MAX_DIRECT_BYTES / u64::from(MAX_PIECE_BYTES) * 32 < MAX_METADATA_BYTES as u64);
}

#[test]
fn the_most_files_can_be_offered_however_deep_they_lie() {
    let folders = vec!["d"; MAX_DEPTH - 1];
    let files: Vec<_> = (0..MAX_DIRECT_FILES)
        .map(|index| {
            let name = index.to_string();
            let names = folders.iter().copied().chain([name.as_str()]);
            let path = SafePath::parse(names.map(str::as_bytes)).expect("a path");
            (path, hash(b"x", 1))
        })
        .collect();
    let (it, name) = describe(&files).expect("an offer");
    assert_eq!(parse(it.info().to_vec(), name), Ok(it));
}

#[test]
fn hashes_that_do_not_lead_to_the_root_are_refused() {
    let mut files = files(&[PIECE * 3]);
    files[0].1.pieces[1][0] ^= 1;
    assert_eq!(describe(&files), Err(MetainfoError::Field("hashes")));
    files[0].1.pieces.pop();
    assert_eq!(describe(&files), Err(MetainfoError::Field("hashes")));

    let (it, name) = describe(&super::tests::files(&[PIECE * 3])).expect("an offer");
    let mut info = it.info().to_vec();
    assert_eq!(parse(info.clone(), name), Ok(it));
    info[40] ^= 1;
    assert_eq!(parse(info, name), Err(MetainfoError::WrongHash));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let read = |text: &str| {
        let info = text.as_bytes().to_vec();
        let name = OfferHash::of(&info);
        parse(info, name)
    };
    let root = "r".repeat(32);
    let file = format!("d6:lengthi5e4:pathl1:ae4:root32:{root}e");
    let good = format!("d5:filesl{file}e12:piece lengthi262144e7:versioni1ee");
    assert!(read(&good).is_ok());
    for (part, other, why) in [
        ("versioni1e", "versioni2e", MetainfoError::Field("version")),
        ("i262144e", "i131072e", MetainfoError::Field("piece length")),
        ("i262144e", "i262145e", MetainfoError::Field("piece length")),
        ("lengthi5e", "lengthi-5e", MetainfoError::Field("length")),
        ("lengthi5e", "lengthi0e", MetainfoError::Field("hashes")),
        (
            "lengthi5e",
            "lengthi262145e",
            MetainfoError::Field("hashes"),
        ),
        (
            "lengthi5e",
            "lengthi999999999999e",
            MetainfoError::Field("length"),
        ),
        (
            "l1:ae",
            "l2:..e",
            MetainfoError::Name(crate::names::NameError::Dots),
        ),
        (&file, "", MetainfoError::Empty),
        (
            &file,
            &file.repeat(MAX_DIRECT_FILES + 1),
            MetainfoError::TooManyFiles,
        ),
    ] {
        assert_eq!(read(&good.replace(part, other)), Err(why), "{part}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_description_survives_being_read(lens in proptest::collection::vec(0_u64..3 * PIECE, 1..5)) {
        let (it, name) = describe(&files(&lens)).expect("an offer");
        prop_assert_eq!(parse(it.info().to_vec(), name), Ok(it.clone()));
        prop_assert_eq!(it.total(), lens.iter().sum::<u64>());
        let sum: u64 = (0..it.pieces()).map(|piece| u64::from(it.len_of(piece))).sum();
        prop_assert_eq!(sum, it.total());
        for piece in 0..it.pieces() {
            let spans = it.spans(it.piece_start(piece), it.len_of(piece) as usize);
            prop_assert_eq!(spans.count(), 1, "a piece is of one file");
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes: Vec<u8>) {
        let name = OfferHash::of(&bytes);
        let _ = parse(bytes, name);
    }
}

fn synthetic(len: u64) -> Vec<u8> {
    (0..len).map(|at| (at * 7 + at / 251) as u8).collect()
}

fn hash(bytes: &[u8], cut: usize) -> FileHashes {
    let mut hasher = FileHasher::new(MIN_DIRECT_PIECE_BYTES);
    for part in bytes.chunks(cut) {
        hasher.push(part);
    }
    hasher.finish()
}

fn files(lens: &[u64]) -> Vec<(SafePath, FileHashes)> {
    let file = |(index, len): (usize, &u64)| {
        let name = format!("{index}.bin");
        let path = SafePath::parse([&b"folder"[..], name.as_bytes()]).expect("a path");
        (path, hash(&synthetic(*len), 100_000))
    };
    lens.iter().enumerate().map(file).collect()
}

#[test]
fn pieces_far_longer_than_the_rule_are_refused() {
    let total: u64 = 100_000_000;
    for (piece_len, is_taken) in [(256 << 10, true), (1 << 20, true), (16 << 20, false)] {
        let mut hasher = FileHasher::new(piece_len);
        hasher.push(&vec![7; total as usize]);
        let hashes = hasher.finish();
        let joined = hashes.pieces.concat();
        let info = Value::Dict(vec![
            (
                b"files",
                Value::List(vec![Value::Dict(vec![
                    (b"hashes", Value::Bytes(&joined)),
                    (b"length", Value::Int(total as i64)),
                    (b"path", Value::List(vec![Value::Bytes(b"a.bin")])),
                    (b"root", Value::Bytes(&hashes.root)),
                ])]),
            ),
            (b"piece length", Value::Int(i64::from(piece_len))),
            (b"version", Value::Int(VERSION)),
        ])
        .to_vec();
        let name = OfferHash::of(&info);
        assert_eq!(parse(info, name).is_ok(), is_taken, "{piece_len}");
    }
}
