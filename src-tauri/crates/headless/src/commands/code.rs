//! A QR code, drawn with characters.

/// The light margin on each side that readers need, in squares.
const QUIET: usize = 4;

/// Two rows of squares in one of text: light ones are drawn, dark ones are the terminal's own
/// background, which is dark on most terminals.
pub(super) fn drawn(code: &view::QrCode) -> Vec<String> {
    let side = code.size + 2 * QUIET;
    let modules = code.modules.as_bytes();
    let is_light = |x: usize, y: usize| {
        let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < code.size);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => modules.get(y * code.size + x) != Some(&b'1'),
            _ => true,
        }
    };
    (0..side)
        .step_by(2)
        .map(|y| {
            (0..side)
                .map(|x| {
                    // Below an odd number of rows there is nothing.
                    let below = y + 1 < side && is_light(x, y + 1);
                    match (is_light(x, y), below) {
                        (true, true) => '█',
                        (true, false) => '▀',
                        (false, true) => '▄',
                        (false, false) => ' ',
                    }
                })
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_drawn_square_for_square_within_a_light_margin() {
        let code = node::qr("https://chitchatter.im/public/our-garden-party").expect("a code");
        let rows = drawn(&code);

        let side = code.size + 2 * QUIET;
        assert_eq!(rows.len(), side.div_ceil(2));
        let mut squares: Vec<Vec<bool>> = Vec::new();
        for row in &rows {
            assert_eq!(row.chars().count(), side);
            squares.push(row.chars().map(|it| matches!(it, '█' | '▀')).collect());
            squares.push(row.chars().map(|it| matches!(it, '█' | '▄')).collect());
        }
        squares.truncate(side);
        let mut modules = String::new();
        for (y, row) in squares.iter().enumerate() {
            for (x, light) in row.iter().enumerate() {
                let inside = |at: usize| (QUIET..QUIET + code.size).contains(&at);
                if inside(x) && inside(y) {
                    modules.push(if *light { '0' } else { '1' });
                } else {
                    assert!(light, "the margin is light at {x}, {y}");
                }
            }
        }
        assert_eq!(modules, code.modules);
    }
}
