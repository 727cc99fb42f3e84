//! What files are, in the words of the page and of rooms.

use files::kind::Kind;
use files::limits::MAX_MEMORY_BYTES;
use files::names::SafePath;
use files::store::StoreError;
use files::torrent::metainfo::MetainfoError;
use view::{ShareKind, TransferFault, TransferFile};

/// In the words of the page.
pub(super) fn shown(kind: Kind) -> ShareKind {
    match kind {
        Kind::File => ShareKind::File,
        Kind::Image => ShareKind::Image,
        Kind::Audio => ShareKind::Audio,
        Kind::Video => ShareKind::Video,
    }
}

/// In the words of rooms.
pub(super) fn told(kind: ShareKind) -> room::ShareKind {
    match kind {
        ShareKind::File => room::ShareKind::File,
        ShareKind::Folder => room::ShareKind::Folder,
        ShareKind::Image => room::ShareKind::Image,
        ShareKind::Audio => room::ShareKind::Audio,
        ShareKind::Video => room::ShareKind::Video,
    }
}

/// A file of a transfer, by its name and length.
pub(super) fn file(index: usize, path: &SafePath, size: u64) -> TransferFile {
    let names: Vec<&str> = path.names().iter().map(|name| name.as_str()).collect();
    TransferFile {
        index: u32::try_from(index).unwrap_or(u32::MAX),
        name: names.join("/"),
        size,
        kind: shown(Kind::of_name(path.file_name())),
        path_shown: None,
        mime: (size <= MAX_MEMORY_BYTES)
            .then(|| mime(path.file_name()))
            .flatten()
            .map(str::to_owned),
        runs: path.own_name().may_run(),
    }
}

/// What a file of this name can be shown as. Whoever shows it looks at its first bytes too.
fn mime(name: &str) -> Option<&'static str> {
    let ending = name.rsplit_once('.')?.1.to_ascii_lowercase();
    Some(match ending.as_str() {
        "png" | "apng" => "image/png",
        "jpg" | "jpeg" | "jfif" | "pjpeg" | "pjp" => "image/jpeg",
        "gif" => "image/gif",
        "bmp" => "image/bmp",
        "webp" => "image/webp",
        "mp3" => "audio/mpeg",
        "flac" => "audio/flac",
        "ogg" | "oga" | "opus" => "audio/ogg",
        "aac" => "audio/aac",
        "wav" => "audio/wav",
        "m4a" => "audio/mp4",
        "weba" => "audio/webm",
        "mp4" | "m4v" => "video/mp4",
        "webm" => "video/webm",
        "ogv" => "video/ogg",
        _ => return None,
    })
}

/// Why a description cannot be used.
pub(super) fn fault_of_metainfo(why: &MetainfoError) -> TransferFault {
    match why {
        MetainfoError::TooLong | MetainfoError::TooManyFiles | MetainfoError::TooLarge => {
            TransferFault::TooLarge
        }
        MetainfoError::Name(_) => TransferFault::BadName,
        MetainfoError::Empty => TransferFault::NoLongerThere,
        MetainfoError::WrongHash | MetainfoError::Bencode(_) | MetainfoError::Field(_) => {
            TransferFault::WrongHash
        }
    }
}

/// Why nothing could be read.
pub(super) fn fault_of_reading(why: &StoreError) -> TransferFault {
    match why {
        StoreError::Io(why) if why.kind() == std::io::ErrorKind::NotFound => {
            TransferFault::NoLongerThere
        }
        StoreError::Changed | StoreError::OutOfRange => TransferFault::Changed,
        StoreError::Io(_) => TransferFault::CannotRead,
        other => fault_of_writing(other),
    }
}

/// Why nothing could be written.
pub(super) fn fault_of_writing(why: &StoreError) -> TransferFault {
    match why {
        StoreError::NoRoom {
            needed,
            spare,
            free,
        } => TransferFault::NoRoom {
            needed: *needed,
            spare: *spare,
            free: *free,
        },
        StoreError::OverQuota => TransferFault::TooLarge,
        StoreError::Sealed { .. } | StoreError::NoKey => TransferFault::CannotOpen,
        StoreError::Changed => TransferFault::Changed,
        StoreError::NotAFile => TransferFault::CannotRead,
        StoreError::Name(_) => TransferFault::BadName,
        StoreError::Metainfo(why) => fault_of_metainfo(why),
        StoreError::CalledOff => TransferFault::CalledOff,
        StoreError::Io(_)
        | StoreError::Foreign
        | StoreError::InUse
        | StoreError::OutOfRange
        | StoreError::Unfinished
        | StoreError::Lost => TransferFault::CannotWrite,
    }
}
