//! Images that come from outside, read within bounds: QR codes in them, or shown written anew.

use std::io::Cursor;

use image::codecs::png::PngEncoder;
use image::{
    DynamicImage, ExtendedColorType, GenericImageView, ImageDecoder, ImageEncoder, ImageFormat,
    ImageReader, Limits,
};
use qrcode::types::QrError;
use qrcode::{EcLevel, QrCode};
use view::Refusal;

/// The largest file of an image that is read.
pub const MAX_IMAGE_BYTES: usize = 8 * 1024 * 1024;
/// The longest side of an image that is read.
const MAX_SIDE: u32 = 8_192;
/// The most pixels of one; a photograph of a telephone has half of them.
const MAX_PIXELS: u64 = 24_000_000;
/// What decoding one may take in memory.
const MAX_DECODED_BYTES: u64 = 128 * 1024 * 1024;
/// The longest side a QR code is looked for in; larger images are made smaller first.
const MAX_QR_SIDE: u32 = 1_600;
/// The longest side of an image that is shown; larger ones are made smaller.
const MAX_SHOWN_SIDE: u32 = 1_600;
/// The longest text made into a QR code: any link of ours, and readable by a telephone.
const MAX_QR_TEXT: usize = 1_200;
/// How many squares wide the edge of a drawn one is, as the standard asks.
const QR_EDGE: usize = 4;
/// How many pixels wide and high a square of a drawn one is: sharp on paper and in a chat.
const QR_SCALE: usize = 12;
/// The longest text read out of one.
const MAX_QR_READ: usize = 4_096;

/// An image written anew, with nothing left of what came beside the pixels.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) mime: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// Makes a QR code.
///
/// # Errors
/// [`Refusal::TooLongForQr`].
pub fn qr(text: &str) -> Result<view::QrCode, Refusal> {
    if text.len() > MAX_QR_TEXT {
        return Err(Refusal::TooLongForQr);
    }
    let code = QrCode::with_error_correction_level(text, EcLevel::M)
        .map_err(|_: QrError| Refusal::TooLongForQr)?;
    let modules = code
        .to_colors()
        .iter()
        .map(|module| module.select('1', '0'))
        .collect();
    Ok(view::QrCode {
        size: code.width(),
        modules,
    })
}

/// Draws a QR code as the file of an image (PNG), black on white with the edge that cameras need.
///
/// # Errors
/// [`Refusal::TooLongForQr`].
pub fn qr_picture(text: &str) -> Result<Vec<u8>, Refusal> {
    let code = qr(text)?;
    let whole = (code.size + 2 * QR_EDGE) * QR_SCALE;
    let side = u32::try_from(whole).map_err(|_| Refusal::TooLongForQr)?;
    let modules = code.modules.as_bytes();
    let pixels: Vec<u8> = (0..whole * whole)
        .map(|at| {
            let module = |at: usize| (at / QR_SCALE).checked_sub(QR_EDGE);
            let (x, y) = (module(at % whole), module(at / whole));
            let dark = x.zip(y).is_some_and(|(x, y)| {
                x < code.size && modules.get(y * code.size + x) == Some(&b'1')
            });
            if dark { 0 } else { u8::MAX }
        })
        .collect();
    let mut file = Vec::new();
    PngEncoder::new(&mut file)
        .write_image(&pixels, side, side, ExtendedColorType::L8)
        .map_err(|_| Refusal::TooLongForQr)?;
    Ok(file)
}

/// Reads the QR code in the file of an image. Blocks for a part of a second.
///
/// # Errors
/// [`Refusal::BadImage`], [`Refusal::NoQrCode`].
pub fn read_qr(file: &[u8]) -> Result<String, Refusal> {
    let image = decode(file).ok_or(Refusal::BadImage)?;
    let image = at_most(image, MAX_QR_SIDE);
    // What is transparent is paper, not ink.
    let light = on_white(&image);
    let (width, height) = image.dimensions();
    let (wide, high) = (width as usize, height as usize);
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(wide, high, |x, y| {
        light.get(y * wide + x).copied().unwrap_or(u8::MAX)
    });
    prepared
        .detect_grids()
        .into_iter()
        .filter_map(|grid| grid.decode().ok())
        .map(|(_, text)| text)
        .find(|text| !text.is_empty() && text.len() <= MAX_QR_READ)
        .ok_or(Refusal::NoQrCode)
}

/// Decodes an image of another site and writes it anew: nothing that came beside the pixels goes
/// on, and what decodes it again decodes only what we wrote. Blocks for a part of a second.
pub(crate) fn rewritten(file: &[u8]) -> Option<Shown> {
    let image = at_most(decode(file)?, MAX_SHOWN_SIDE);
    let (width, height) = image.dimensions();
    let mut bytes = Vec::new();
    let mime = if image.color().has_alpha() {
        let pixels = image.to_rgba8();
        image::codecs::png::PngEncoder::new(&mut bytes)
            .write_image(&pixels, width, height, ExtendedColorType::Rgba8)
            .ok()?;
        "image/png"
    } else {
        let pixels = image.to_rgb8();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY)
            .write_image(&pixels, width, height, ExtendedColorType::Rgb8)
            .ok()?;
        "image/jpeg"
    };
    Some(Shown {
        mime,
        bytes,
        width,
        height,
    })
}

/// A small picture of an image of ours, for those it is offered to: a JPEG, upright, with nothing of
/// what came beside the pixels. Blocks for a part of a second.
pub(crate) fn thumbnail(file: &[u8]) -> Option<Vec<u8>> {
    let image = decode_some(file, usize::MAX)?;
    for side in SMALL_SIDES {
        let is_large = image.width().max(image.height()) > side;
        let smaller = is_large.then(|| image.thumbnail(side, side));
        let small = smaller.as_ref().unwrap_or(&image);
        let (width, height) = small.dimensions();
        let pixels = over_white(small);
        for quality in SMALL_QUALITIES {
            let mut bytes = Vec::new();
            image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality)
                .write_image(&pixels, width, height, ExtendedColorType::Rgb8)
                .ok()?;
            if bytes.len() <= MAX_SMALL_BYTES {
                return Some(bytes);
            }
        }
    }
    None
}

/// The largest small picture: others take no larger one.
const MAX_SMALL_BYTES: usize = 24 * 1024;
/// The longest sides of a small picture that are tried, until it is small enough.
const SMALL_SIDES: [u32; 3] = [320, 240, 160];
/// How well it is written, in the same way.
const SMALL_QUALITIES: [u8; 3] = [80, 60, 40];

/// Nobody sees the difference from here on.
const JPEG_QUALITY: u8 = 88;

fn decode(file: &[u8]) -> Option<DynamicImage> {
    decode_some(file, MAX_IMAGE_BYTES)
}

fn decode_some(file: &[u8], most: usize) -> Option<DynamicImage> {
    if file.len() > most {
        return None;
    }
    let mut reader = ImageReader::new(Cursor::new(file))
        .with_guessed_format()
        .ok()?;
    let known = matches!(
        reader.format()?,
        ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP | ImageFormat::Gif
    );
    if !known {
        return None;
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    // Looked at before anything is decoded: a few bytes can name any size.
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return None;
    }
    if decoder.total_bytes() > MAX_DECODED_BYTES {
        return None;
    }
    let orientation = decoder.orientation().ok();
    let mut image = DynamicImage::from_decoder(decoder).ok()?;
    if let Some(orientation) = orientation {
        image.apply_orientation(orientation);
    }
    Some(image)
}

fn at_most(image: DynamicImage, side: u32) -> DynamicImage {
    let (width, height) = image.dimensions();
    if width.max(height) > side {
        image.thumbnail(side, side)
    } else {
        image
    }
}

/// The colours, with what is transparent as paper.
fn over_white(image: &DynamicImage) -> Vec<u8> {
    if !image.color().has_alpha() {
        return image.to_rgb8().into_raw();
    }
    let pixels = image.to_rgba8();
    pixels
        .pixels()
        .flat_map(|pixel| {
            let [red, green, blue, alpha] = pixel.0;
            [red, green, blue].map(|colour| mixed_with_white(colour, alpha))
        })
        .collect()
}

fn on_white(image: &DynamicImage) -> Vec<u8> {
    let pixels = image.to_luma_alpha8();
    pixels
        .pixels()
        .map(|pixel| mixed_with_white(pixel.0[0], pixel.0[1]))
        .collect()
}

fn mixed_with_white(colour: u8, alpha: u8) -> u8 {
    let (colour, alpha) = (u32::from(colour), u32::from(alpha));
    u8::try_from((colour * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Luma, RgbaImage};

    use super::*;

    const LINK: &str =
        "https://chitchatter.im/private/den#secret=c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmU%3D";

    #[test]
    fn what_is_made_into_a_qr_code_is_read_out_of_a_picture_of_it() {
        let drawn = draw(&qr(LINK).expect("a code"), 5);
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let mut file = Cursor::new(Vec::new());
            DynamicImage::ImageLuma8(drawn.clone())
                .to_rgb8()
                .write_to(&mut file, format)
                .expect("written");
            assert_eq!(read_qr(file.get_ref()).as_deref(), Ok(LINK), "{format:?}");
        }
    }

    #[test]
    fn a_drawn_code_is_a_picture_that_is_read_again() {
        for text in ["lounge", LINK] {
            let drawn = qr_picture(text).expect("a picture");
            assert_eq!(read_qr(&drawn).as_deref(), Ok(text));
        }
        let long = "x".repeat(MAX_QR_TEXT + 1);
        assert_eq!(qr_picture(&long), Err(Refusal::TooLongForQr));
    }

    #[test]
    fn a_code_on_a_transparent_ground_is_read() {
        let drawn = draw(&qr("lounge").expect("a code"), 4);
        let clear = RgbaImage::from_fn(drawn.width(), drawn.height(), |x, y| {
            let dark = drawn.get_pixel(x, y).0[0] == 0;
            image::Rgba([0, 0, 0, if dark { 255 } else { 0 }])
        });
        let mut file = Cursor::new(Vec::new());
        clear
            .write_to(&mut file, ImageFormat::Png)
            .expect("written");
        assert_eq!(read_qr(file.get_ref()).as_deref(), Ok("lounge"));
    }

    #[test]
    fn a_large_photograph_of_a_code_is_read() {
        let drawn = draw(&qr("lounge").expect("a code"), 90);
        let mut file = Cursor::new(Vec::new());
        drawn
            .write_to(&mut file, ImageFormat::Png)
            .expect("written");
        assert!(drawn.width() > MAX_QR_SIDE);
        assert_eq!(read_qr(file.get_ref()).as_deref(), Ok("lounge"));
    }

    #[test]
    fn what_is_no_image_or_has_no_code_is_refused() {
        let mut blank = Cursor::new(Vec::new());
        GrayImage::from_pixel(64, 64, Luma([255]))
            .write_to(&mut blank, ImageFormat::Png)
            .expect("written");
        assert_eq!(read_qr(blank.get_ref()), Err(Refusal::NoQrCode));
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'/>";
        for file in [&b""[..], b"GIF89a", svg, &blank.get_ref()[..40], &[0; 64]] {
            assert_eq!(read_qr(file), Err(Refusal::BadImage));
        }
        assert_eq!(qr(&"x".repeat(MAX_QR_TEXT + 1)), Err(Refusal::TooLongForQr));
    }

    #[test]
    fn a_small_file_that_names_a_huge_image_is_not_decoded() {
        let mut file = Cursor::new(Vec::new());
        GrayImage::from_pixel(8, 8, Luma([255]))
            .write_to(&mut file, ImageFormat::Png)
            .expect("written");
        let mut bomb = file.into_inner();
        // Width and height stand behind the signature and the head of the first chunk.
        for side in [60_000_u32, 8_000] {
            bomb[16..20].copy_from_slice(&side.to_be_bytes());
            bomb[20..24].copy_from_slice(&side.to_be_bytes());
            let crc = crc32(&bomb[12..29]);
            bomb[29..33].copy_from_slice(&crc.to_be_bytes());
            assert_eq!(read_qr(&bomb), Err(Refusal::BadImage));
            assert!(rewritten(&bomb).is_none());
        }
    }

    #[test]
    fn an_image_is_written_anew_without_what_came_beside_it() {
        let mut file = Cursor::new(Vec::new());
        let picture = RgbaImage::from_pixel(3_000, 30, image::Rgba([9, 99, 200, 128]));
        picture
            .write_to(&mut file, ImageFormat::Png)
            .expect("written");
        let mut with_tail = file.into_inner();
        with_tail.extend(b"where it was taken");

        let shown = rewritten(&with_tail).expect("an image");

        assert_eq!((shown.mime, shown.width), ("image/png", MAX_SHOWN_SIDE));
        assert!(!shown.bytes.windows(5).any(|it| it == b"taken"));
        assert!(decode(&shown.bytes).is_some());
        assert!(rewritten(b"<svg/>").is_none());
    }

    #[test]
    fn a_small_picture_is_small_upright_and_has_nothing_beside_its_pixels() {
        // Noise is what JPEG writes longest.
        let mut seed = 1_u32;
        let noise = image::RgbImage::from_fn(1_200, 900, |_, _| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            image::Rgb([(seed >> 24) as u8, (seed >> 16) as u8, (seed >> 8) as u8])
        });
        let mut file = Cursor::new(Vec::new());
        noise
            .write_to(&mut file, ImageFormat::Png)
            .expect("written");
        let small = thumbnail(file.get_ref()).expect("a picture");
        assert!(small.len() <= MAX_SMALL_BYTES);
        let shown = decode(&small).expect("an image");
        assert!(shown.width() <= 320 && shown.height() <= 240);

        let clear = RgbaImage::from_pixel(40, 20, image::Rgba([0, 0, 0, 0]));
        let mut file = Cursor::new(Vec::new());
        clear
            .write_to(&mut file, ImageFormat::Png)
            .expect("written");
        let small = decode(&thumbnail(file.get_ref()).expect("a picture")).expect("an image");
        assert!(small.to_rgb8().get_pixel(3, 3).0.iter().all(|it| *it > 250));
        assert_eq!((small.width(), small.height()), (40, 20));

        assert!(thumbnail(b"<svg xmlns='http://www.w3.org/2000/svg'/>").is_none());
    }

    fn draw(code: &view::QrCode, scale: u32) -> GrayImage {
        const QUIET: u32 = 4;
        let size = u32::try_from(code.size).expect("small");
        let modules: Vec<bool> = code.modules.chars().map(|it| it == '1').collect();
        assert_eq!(modules.len(), code.size * code.size);
        let side = (size + 2 * QUIET) * scale;
        GrayImage::from_fn(side, side, |x, y| {
            let at = |it: u32| (it / scale).checked_sub(QUIET).filter(|it| *it < size);
            let dark = match (at(x), at(y)) {
                (Some(x), Some(y)) => modules[(y * size + x) as usize],
                _ => false,
            };
            Luma([if dark { 0 } else { 255 }])
        })
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                (crc >> 1) ^ (0xedb8_8320 * (crc & 1))
            })
        })
    }
}
