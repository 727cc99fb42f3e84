//! Lines from standard input, one at a time.
//!
//! A thread of its own reads them, since a terminal may be silent for hours, and gives one away
//! before it reads the next: who cannot say a line yet does not have to keep the following ones.

use std::io::{self, BufRead};

use tokio::sync::mpsc;

/// The longest line taken, in bytes; far beyond the longest message.
pub(crate) const MAX_LINE_BYTES: usize = 64 * 1024;

/// What came in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Entered {
    /// A line, without its end.
    Line(String),
    /// A line of more than [`MAX_LINE_BYTES`]; it is skipped.
    TooLong {
        /// Which, counted from one.
        number: u64,
    },
    /// A line that is not UTF-8; it is skipped.
    NotText {
        /// Which, counted from one.
        number: u64,
    },
    /// Nothing more can be read.
    Broken(io::ErrorKind),
}

/// Starts to read standard input. The channel ends where the input does.
pub(crate) fn listen() -> mpsc::Receiver<Entered> {
    let (entered, lines) = mpsc::channel(1);
    // It is not waited for at the end: it may sleep in a read that nothing interrupts.
    std::thread::spawn(move || {
        let mut reader = Reader::new(io::stdin().lock());
        while let Some(line) = reader.next() {
            if entered.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}

struct Reader<R> {
    input: R,
    number: u64,
    ended: bool,
}

impl<R: BufRead> Reader<R> {
    fn new(input: R) -> Self {
        Self {
            input,
            number: 0,
            ended: false,
        }
    }

    fn next(&mut self) -> Option<Entered> {
        if self.ended {
            return None;
        }
        let mut line = Vec::new();
        let mut length = 0;
        let mut is_whole = false;
        while !is_whole {
            let chunk = match self.input.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.ended = true;
                    return Some(Entered::Broken(error.kind()));
                }
            };
            if chunk.is_empty() {
                self.ended = true;
                break;
            }
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let part = &chunk[..end.unwrap_or(chunk.len())];
            length += part.len();
            if length <= MAX_LINE_BYTES {
                line.extend_from_slice(part);
            }
            is_whole = end.is_some();
            let taken = part.len() + usize::from(is_whole);
            self.input.consume(taken);
        }
        if self.ended && length == 0 {
            return None;
        }
        self.number += 1;
        let number = self.number;
        if length > MAX_LINE_BYTES {
            return Some(Entered::TooLong { number });
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Some(String::from_utf8(line).map_or(Entered::NotText { number }, Entered::Line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &[u8]) -> Vec<Entered> {
        // A small buffer, so that lines come in parts.
        let mut reader = Reader::new(io::BufReader::with_capacity(7, input));
        std::iter::from_fn(|| reader.next()).collect()
    }

    fn line(text: &str) -> Entered {
        Entered::Line(text.to_owned())
    }

    #[test]
    fn lines_come_whole_and_without_their_ends() {
        assert_eq!(
            read(b"one\r\na longer line than the buffer\n\nlast"),
            [
                line("one"),
                line("a longer line than the buffer"),
                line(""),
                line("last")
            ]
        );
        assert_eq!(read(b""), []);
        assert_eq!(read(b"\n"), [line("")]);
    }

    #[test]
    fn a_line_that_cannot_be_taken_costs_nothing_but_itself() {
        let mut input = vec![b'x'; MAX_LINE_BYTES + 1];
        input.extend_from_slice(b"\n\xff\xfe\ngood\n");

        assert_eq!(
            read(&input),
            [
                Entered::TooLong { number: 1 },
                Entered::NotText { number: 2 },
                line("good")
            ]
        );
    }

    #[test]
    fn the_longest_line_is_taken() {
        let mut input = vec![b'x'; MAX_LINE_BYTES];
        input.push(b'\n');

        assert!(
            matches!(read(&input).as_slice(), [Entered::Line(line)] if line.len() == MAX_LINE_BYTES)
        );
    }
}
