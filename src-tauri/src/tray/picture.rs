//! What the tray's icon looks like: our own, with a dot while something is unread. A number would
//! not be legible at the size trays have; it stands in the title.

use tauri::image::Image;
use tauri::include_image;

/// Our icon at the sizes trays draw from.
static SIZES: [Image<'static>; 2] = [
    include_image!("./icons/32x32.png"),
    include_image!("./icons/128x128.png"),
];

/// The dot, and the ring that sets it apart from what is around it; red, green, blue.
const DOT: [u8; 3] = [0xd9, 0x2d, 0x20];
const RING: [u8; 3] = [0xff, 0xff, 0xff];

/// The icon at each size, smallest first.
pub(crate) fn icons(has_news: bool) -> Vec<Image<'static>> {
    let icons = SIZES.iter();
    icons
        .map(|icon| {
            let (width, height) = (icon.width(), icon.height());
            let mut pixels = icon.rgba().to_vec();
            if has_news {
                mark(&mut pixels, width, height);
            }
            Image::new_owned(pixels, width, height)
        })
        .collect()
}

/// Draws the dot into the lower right corner.
fn mark(pixels: &mut [u8], width: u32, height: u32) {
    let (columns, rows) = (width as usize, height as usize);
    let radius = width.min(height) as f32 * 0.24;
    let ring = radius * 1.3;
    let (right, low) = (width as f32 - ring, height as f32 - ring);
    let places = (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y)));
    for ((x, y), pixel) in places.zip(pixels.chunks_exact_mut(4)) {
        let away = (x as f32 + 0.5 - right).hypot(y as f32 + 0.5 - low);
        paint(pixel, RING, ring - away);
        paint(pixel, DOT, radius - away);
    }
}

/// Lays a colour over a pixel, as far as the pixel's centre is inside of the edge.
fn paint(pixel: &mut [u8], colour: [u8; 3], inside: f32) {
    let share = (inside + 0.5).clamp(0.0, 1.0);
    let [red, green, blue] = colour;
    for (old, new) in pixel.iter_mut().zip([red, green, blue, 0xff]) {
        *old = (f32::from(*old) * (1.0 - share) + f32::from(new) * share).round() as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(icon: &Image<'_>, x: u32, y: u32) -> [u8; 4] {
        let start = (y * icon.width() + x) as usize * 4;
        icon.rgba()[start..start + 4].try_into().expect("a pixel")
    }

    #[test]
    fn news_are_a_dot_in_the_corner_and_nothing_else() {
        for (plain, marked) in icons(false).iter().zip(&icons(true)) {
            let width = marked.width();
            assert_eq!(marked.rgba().len(), plain.rgba().len());
            let centre = width - (width as f32 * 0.24 * 1.3) as u32 - 1;
            let [red, green, blue] = DOT;
            assert_eq!(at(marked, centre, centre), [red, green, blue, 0xff]);
            for (x, y) in [(0, 0), (width / 2, 0), (width / 4, width / 2)] {
                assert_eq!(at(marked, x, y), at(plain, x, y));
            }
        }
    }
}
