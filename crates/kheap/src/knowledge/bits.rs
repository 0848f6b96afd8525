//! Bits in words: one set, and rows of as many bits each.

/// Bits, as many as a row of [`BitRows`] has.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    /// Room for so many bits, none set.
    pub(crate) fn new(bits: usize) -> Self {
        Self(vec![0; words(bits)])
    }

    /// Room for as many bits, none set.
    pub(crate) fn none(&self) -> Self {
        Self(vec![0; self.0.len()])
    }

    pub(crate) fn insert(&mut self, bit: usize) {
        set_bit(&mut self.0, bit);
    }

    pub(crate) fn has(&self, bit: usize) -> bool {
        has_bit(&self.0, bit)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|&word| word == 0)
    }

    /// Adds the bits of a row.
    pub(crate) fn add(&mut self, row: &[u64]) {
        unite(&mut self.0, row);
    }

    /// Whether a row has one of these bits.
    pub(crate) fn meets(&self, row: &[u64]) -> bool {
        let mut words = self.0.iter().zip(row);
        words.any(|(word, row)| word & row != 0)
    }

    /// Whether a row has one of these bits that others lack.
    pub(crate) fn has_new(&self, row: &[u64], others: &Self) -> bool {
        let mut words = self.0.iter().zip(row).zip(&others.0);
        words.any(|((word, row), other)| word & row & !other != 0)
    }

    /// Whether all of these bits are among others.
    pub(crate) fn are_in(&self, others: &Self) -> bool {
        let mut words = self.0.iter().zip(&others.0);
        words.all(|(word, other)| word & !other == 0)
    }

    /// Which bits are set, in order.
    pub(crate) fn ones(&self) -> impl Iterator<Item = usize> {
        (0..self.0.len() * 64).filter(|&bit| self.has(bit))
    }

    /// As a row.
    pub(crate) fn row(&self) -> &[u64] {
        &self.0
    }
}

/// Rows of as many bits each.
#[derive(Debug)]
pub(crate) struct BitRows {
    /// How many words a row has.
    width: usize,
    words: Vec<u64>,
}

impl BitRows {
    pub(crate) fn new(bits: usize) -> Self {
        Self {
            width: words(bits),
            words: Vec::new(),
        }
    }

    /// Adds a row without any bit.
    pub(crate) fn push(&mut self) -> &mut [u64] {
        let start = self.words.len();
        self.words.resize(start + self.width, 0);
        &mut self.words[start..]
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.words.len() / self.width
    }

    pub(crate) fn row(&self, row: usize) -> &[u64] {
        &self.words[row * self.width..][..self.width]
    }

    /// Rows that each have the bits of some rows of these.
    pub(crate) fn unions<R: Iterator<Item = usize>>(
        &self,
        groups: impl Iterator<Item = R>,
    ) -> Self {
        let words = Vec::new();
        let mut unions = Self { words, ..*self };
        for group in groups {
            let union = unions.push();
            for row in group {
                unite(union, self.row(row));
            }
        }
        unions
    }
}

/// How many words hold so many bits.
fn words(bits: usize) -> usize {
    bits / 64 + 1
}

/// Whether a bit of a row is set.
pub(crate) fn has_bit(row: &[u64], bit: usize) -> bool {
    row[bit / 64] >> (bit % 64) & 1 == 1
}

/// Sets a bit of a row.
pub(crate) fn set_bit(row: &mut [u64], bit: usize) {
    row[bit / 64] |= 1 << (bit % 64);
}

fn unite(all: &mut [u64], row: &[u64]) {
    let words = all.iter_mut().zip(row);
    words.for_each(|(all, &word)| *all |= word);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(set: &[usize]) -> Bits {
        let mut bits = Bits::new(200);
        set.iter().for_each(|&bit| bits.insert(bit));
        bits
    }

    #[test]
    fn bits_meet_where_they_have_one_in_common() {
        assert!(bits(&[1, 130]).meets(bits(&[130]).row()));
        assert!(!bits(&[1, 130]).meets(bits(&[2, 129]).row()));
        assert!(bits(&[130]).are_in(&bits(&[1, 130])));
        assert!(!bits(&[1, 130]).are_in(&bits(&[130])));
        assert!(bits(&[]).is_empty() && bits(&[]).are_in(&bits(&[])));
    }

    #[test]
    fn unions_have_the_bits_of_all_their_rows() {
        let mut rows = BitRows::new(200);
        for bit in [3, 130, 3] {
            set_bit(rows.push(), bit);
        }
        let unions = rows.unions([vec![0, 1], vec![]].into_iter().map(Vec::into_iter));
        assert_eq!(unions.row(0), bits(&[3, 130]).row());
        assert_eq!(unions.row(1), bits(&[]).row());
    }
}
