//! Damage to bytes, the same on every machine and for ever.

/// Numbers that look random and follow from a seed: SplitMix64, written out
/// because stored results depend on every one of them.
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below `end`, or 0 where there is none.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % (end as u64).max(1)) as usize
    }
}

/// Numbers that decoders stumble over, as varints.
const VARINTS: [&[u8]; 8] = [
    &[0x00],
    &[0x7f],
    &[0x80, 0x01],
    &[0x81, 0x80, 0x00],
    &[0xff, 0xff, 0xff, 0xff, 0x07],
    &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
    &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    &[
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
    ],
];

/// Damages bytes in one or two places; `other` is what pieces are taken from.
pub(crate) fn damage(bytes: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut damaged = bytes.to_vec();
    for _ in 0..1 + random.below(2) {
        damage_once(&mut damaged, other, random);
    }
    damaged
}

fn damage_once(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let at = random.below(bytes.len());
    let end = bytes.len().min(at + 1 + random.below(16));
    match random.below(12) {
        // A bit, a byte.
        0 | 1 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
        2 if !bytes.is_empty() => bytes[at] = random.next() as u8,
        // A number of the same length in the place of another.
        9.. if !bytes.is_empty() => bytes[at] = bytes[at] & 0x80 | random.next() as u8 & 0x7f,
        // Cut off, cut out, doubled.
        3 => bytes.truncate(at),
        4 => drop(bytes.drain(at..end)),
        5 => {
            let piece = bytes[at..end].to_vec();
            bytes.splice(at..at, piece);
        }
        // A number in the place of another, or between others.
        6 => {
            let number = VARINTS[random.below(VARINTS.len())];
            let end = end.min(at + random.below(3));
            bytes.splice(at..end, number.iter().copied());
        }
        // A piece of another file, from its middle or to its end.
        7 => {
            let from = random.below(other.len());
            let to = other.len().min(from + random.below(64));
            bytes.splice(at..at, other[from..to].iter().copied());
        }
        _ => {
            let from = random.below(other.len());
            bytes.truncate(at);
            bytes.extend(&other[from..]);
        }
    }
}
