//! Who has which piece: one bit each, the first piece in the highest bit of the first byte.

/// A set of pieces out of a fixed number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bits {
    bytes: Vec<u8>,
    len: u32,
    count: u32,
}

impl Bits {
    /// No piece of `len`.
    #[must_use]
    pub fn none(len: u32) -> Self {
        Self {
            bytes: vec![0; len.div_ceil(8) as usize],
            len,
            count: 0,
        }
    }

    /// Every piece of `len`.
    #[must_use]
    pub fn all(len: u32) -> Self {
        let mut bits = Self::none(len);
        for index in 0..len {
            bits.set(index);
        }
        bits
    }

    /// Reads what a peer or a resume file says. `None` unless it has exactly the bytes for `len`
    /// pieces and no bit beyond them.
    #[must_use]
    pub fn parse(bytes: &[u8], len: u32) -> Option<Self> {
        if bytes.len() != len.div_ceil(8) as usize {
            return None;
        }
        let spare = (8 - len % 8) % 8;
        if bytes
            .last()
            .is_some_and(|last| last & !(0xff << spare) != 0)
        {
            return None;
        }
        Some(Self {
            bytes: bytes.to_vec(),
            len,
            count: bytes.iter().map(|byte| byte.count_ones()).sum(),
        })
    }

    /// The bytes as peers exchange them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many pieces there are.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether no piece is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many pieces are in the set.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Whether every piece is in the set.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.count == self.len
    }

    /// Whether this piece is in the set; pieces that do not exist are not.
    #[must_use]
    pub fn has(&self, index: u32) -> bool {
        index < self.len
            && self
                .bytes
                .get(index as usize / 8)
                .is_some_and(|byte| byte & mask(index) != 0)
    }

    /// Adds a piece; says whether it is new.
    pub fn set(&mut self, index: u32) -> bool {
        if index >= self.len || self.has(index) {
            return false;
        }
        if let Some(byte) = self.bytes.get_mut(index as usize / 8) {
            *byte |= mask(index);
            self.count += 1;
        }
        true
    }

    /// Takes a piece out; says whether it was in.
    pub fn clear(&mut self, index: u32) -> bool {
        if !self.has(index) {
            return false;
        }
        if let Some(byte) = self.bytes.get_mut(index as usize / 8) {
            *byte &= !mask(index);
            self.count -= 1;
        }
        true
    }

    /// The pieces in the set.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.len).filter(|index| self.has(*index))
    }

    /// The pieces that are in both sets, the first of them at or after `from`, and round to it again.
    pub fn common<'a>(&'a self, other: &'a Self, from: u32) -> impl Iterator<Item = u32> + 'a {
        let bytes = self.bytes.len().min(other.bytes.len());
        let start = (from as usize / 8).min(bytes);
        let within = from % 8;
        // The byte we begin in is looked at twice: for what comes after, and for what comes before.
        let first =
            (start..bytes).map(move |at| (at, if at == start { 0xff >> within } else { 0xff }));
        let again = (0..bytes.min(start + 1)).map(move |at| {
            (
                at,
                if at == start {
                    !(0xff >> within)
                } else {
                    0xff_u8
                },
            )
        });
        first.chain(again).flat_map(move |(at, mask)| {
            let both = self.bytes.get(at).copied().unwrap_or(0)
                & other.bytes.get(at).copied().unwrap_or(0)
                & mask;
            // Most bytes of a large torrent have nothing, so nothing is asked of their bits.
            let bits = if both == 0 { 0..0 } else { 0..8_u32 };
            bits.filter(move |bit| both & (0x80 >> bit) != 0)
                .map(move |bit| at as u32 * 8 + bit)
        })
    }

    /// Whether some piece is in this set and not in that.
    #[must_use]
    pub fn exceeds(&self, other: &Self) -> bool {
        self.bytes
            .iter()
            .zip(&other.bytes)
            .any(|(mine, theirs)| mine & !theirs != 0)
    }
}

fn mask(index: u32) -> u8 {
    0x80 >> (index % 8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bit_beyond_the_last_piece_is_refused() {
        assert!(Bits::parse(&[0b1110_0000], 3).is_some_and(|bits| bits.is_full()));
        assert_eq!(Bits::parse(&[0b1111_0000], 3), None);
        assert_eq!(Bits::parse(&[0, 0], 3), None);
        assert_eq!(Bits::parse(&[], 3), None);
    }

    proptest! {
        #[test]
        fn what_is_set_is_there_and_survives_the_wire(len in 1_u32..200, chosen: Vec<u8>) {
            let mut bits = Bits::none(len);
            for index in &chosen {
                bits.set(u32::from(*index));
            }

            prop_assert_eq!(bits.iter().count() as u32, bits.count());
            for index in chosen {
                prop_assert_eq!(bits.has(u32::from(index)), u32::from(index) < len);
            }
            let read = Bits::parse(bits.as_bytes(), len);
            prop_assert_eq!(read.as_ref(), Some(&bits));
            prop_assert_eq!(Bits::all(len).exceeds(&bits), !bits.is_full());
        }

        #[test]
        fn what_two_have_in_common_is_found_from_anywhere(len in 1_u32..100, mine: Vec<u8>, theirs: Vec<u8>, from in 0_u32..120) {
            let set = |chosen: &[u8]| {
                let mut bits = Bits::none(len);
                for index in chosen {
                    bits.set(u32::from(*index) % len);
                }
                bits
            };
            let (mine, theirs) = (set(&mine), set(&theirs));
            let both = |index: &u32| mine.has(*index) && theirs.has(*index);
            let from = from.min(len);
            let expected: Vec<u32> = (from..len).chain(0..from).filter(both).collect();
            prop_assert_eq!(mine.common(&theirs, from).collect::<Vec<_>>(), expected);
        }
    }
}
