use proptest::prelude::*;

use super::*;

#[test]
fn pieces_are_cut_as_browsers_cut_them() {
    for (total, len) in [
        (0, 16_384),
        (200_089, 16_384),
        (23_726_566, 16_384),
        (23_726_567, 32_768),
        (300_000_000, 262_144),
        (10 << 30, 8 << 20),
        (64 << 30, 16 << 20),
    ] {
        assert_eq!(piece_len(total), len, "{total}");
    }
}

#[test]
fn one_file_is_described_as_a_browser_does() {
    let made = Metainfo::new(&[(path(&["sample.bin"]), 5)], &[[b'x'; 20]]).expect("one");

    assert_eq!(
        made.info(),
        b"d6:lengthi5e4:name10:sample.bin12:piece lengthi16384e6:pieces20:xxxxxxxxxxxxxxxxxxxxe"
    );
}

#[test]
fn several_files_stand_in_a_list_under_the_name_of_the_first() {
    let files = [(path(&["a.png"]), 21), (path(&["b", "c.png"]), 39)];
    let made = Metainfo::new(&files, &[[b'x'; 20]]).expect("one");

    assert_eq!(
        made.info(),
        b"d5:filesld6:lengthi21e4:pathl5:a.pngeed6:lengthi39e4:pathl1:b5:c.pngeee4:name5:a.png12:piece lengthi16384e6:pieces20:xxxxxxxxxxxxxxxxxxxxe"
    );
    assert_eq!(made.name(), "a.png");
    assert_eq!(
        made.spans(20, 100).collect::<Vec<_>>(),
        [
            Span {
                file: 0,
                offset: 20,
                len: 1
            },
            Span {
                file: 1,
                offset: 0,
                len: 39
            }
        ]
    );
}

#[test]
fn what_makes_no_sense_is_refused() {
    let good = "d6:lengthi5e4:name1:a12:piece lengthi16384e6:pieces20:xxxxxxxxxxxxxxxxxxxxe";
    assert!(read(good.as_bytes()).is_ok());
    for (part, other, why) in [
        ("lengthi5e4", "lengthi-5e4", MetainfoError::Field("length")),
        ("lengthi5e4", "lengthi0e4", MetainfoError::Empty),
        (
            "lengthi5e4",
            "lengthi16385e4",
            MetainfoError::Field("pieces"),
        ),
        (
            "lengthi5e4",
            "lengthi9223372036854775807e4",
            MetainfoError::TooLarge,
        ),
        ("i16384e", "i0e", MetainfoError::Field("piece length")),
        ("i16384e", "i16383e", MetainfoError::Field("piece length")),
        ("i16384e", "i49152e", MetainfoError::Field("piece length")),
        (
            "i16384e",
            "i33554432e",
            MetainfoError::Field("piece length"),
        ),
        (
            "20:xxxxxxxxxxxxxxxxxxxx",
            "19:xxxxxxxxxxxxxxxxxxx",
            MetainfoError::Field("pieces"),
        ),
        ("1:a", "2:..", MetainfoError::Name(NameError::Dots)),
        ("1:a", "3:a/b", MetainfoError::Name(NameError::Separator)),
        ("6:lengthi5e", "", MetainfoError::Field("length")),
        ("6:lengthi5e", "5:filesle", MetainfoError::Empty),
        (
            "6:lengthi5e",
            "5:filesld6:lengthi5e4:pathleee",
            MetainfoError::Name(NameError::Empty),
        ),
        (
            "6:lengthi5e",
            "5:filesld6:lengthi5e4:pathl2:..1:aeee",
            MetainfoError::Name(NameError::Dots),
        ),
    ] {
        assert!(good.contains(part));
        assert_eq!(
            read(good.replace(part, other).as_bytes()),
            Err(why),
            "{other}"
        );
    }
    assert_eq!(
        Metainfo::parse(good.into(), Hash([0; 20])),
        Err(MetainfoError::WrongHash)
    );
    assert_eq!(
        read(&vec![b'd'; MAX_METADATA_BYTES + 1]),
        Err(MetainfoError::TooLong)
    );
}

#[test]
fn more_files_than_a_person_picks_are_refused() {
    let files = vec![(path(&["a"]), 21); MAX_FILES + 1];
    assert_eq!(
        Metainfo::new(&files, &[[0; 20]; 2]),
        Err(MetainfoError::TooManyFiles)
    );
    let files = vec![(path(&["a"]), 21); MAX_FILES];
    assert!(Metainfo::new(&files, &[[0; 20]; 2]).is_ok());
    assert_eq!(Metainfo::new(&[], &[]), Err(MetainfoError::Empty));
}

proptest! {
    #[test]
    fn a_description_survives_being_read(lens in proptest::collection::vec(0_u64..100_000, 1..20)) {
        let files: Vec<_> = lens.iter().enumerate()
            .map(|(index, len)| (path(&["f", &format!("{index}.bin")]), *len))
            .collect();
        let files = if files.len() == 1 { vec![(path(&["0.bin"]), lens[0])] } else { files };
        let total: u64 = lens.iter().sum();
        let hashes = vec![[1; 20]; total.div_ceil(u64::from(piece_len(total))) as usize];
        let made = Metainfo::new(&files, &hashes);
        if total == 0 {
            prop_assert_eq!(made, Err(MetainfoError::Empty));
            return Ok(());
        }
        let made = made.expect("one");

        prop_assert_eq!(&Metainfo::parse(made.info().to_vec(), made.info_hash()), &Ok(made.clone()));
        let lens_of_pieces: u64 = (0..made.pieces()).map(|piece| u64::from(made.len_of(piece))).sum();
        prop_assert_eq!(lens_of_pieces, total);
        for piece in 0..made.pieces() {
            let len = made.len_of(piece) as usize;
            let spans: Vec<_> = made.spans(made.piece_start(piece), len).collect();
            prop_assert_eq!(spans.iter().map(|span| span.len).sum::<usize>(), len);
            for span in spans {
                prop_assert!(span.offset + span.len as u64 <= made.files()[span.file].len);
            }
        }
    }

    #[test]
    fn hashing_does_not_care_how_bytes_are_cut(bytes: Vec<u8>, len in 1_u32..40, cut in 1_usize..50) {
        let mut hasher = PieceHasher::new(len);
        for part in bytes.chunks(cut) {
            hasher.push(part);
        }
        let whole: Vec<[u8; 20]> = bytes.chunks(len as usize).map(|piece| Sha1::digest(piece).into()).collect();
        prop_assert_eq!(hasher.finish(), whole);
    }

    #[test]
    fn random_bytes_never_panic(bytes: Vec<u8>) {
        let _ = read(&bytes);
    }
}

fn read(info: &[u8]) -> Result<Metainfo, MetainfoError> {
    Metainfo::parse(info.to_vec(), Hash(Sha1::digest(info).into()))
}

fn path(names: &[&str]) -> SafePath {
    SafePath::parse(names.iter().map(|name| name.as_bytes())).expect("a path")
}
