//! What is compressed, in layers: gzip, Zstandard, LZ4 and xz.

use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::io::{self, BufRead, BufReader, Cursor, Read};

use lzma_rust2::XzReader;

use crate::frames::{Fault, first_magic, is_skippable};
pub use crate::gzip::Gzip;
use crate::lz4::{Lz4Decoder, is_lz4};
use crate::zstd::{ZstdDecoder, is_zstd};

/// How much is read at once, in bytes.
const BUFFER_BYTES: usize = 64 << 10;

/// The beginning that shows what a file is, in bytes.
const MAGIC_BYTES: u64 = 6;

/// What shows of a gzip file how its content begins, in bytes: its header has a name, too.
const HEAD_BYTES: u64 = 4 << 10;

/// How often something may be compressed. Nobody compresses three times.
const MOST_LAYERS: usize = 3;

/// The largest dictionary of xz that is decoded, in KiB: `xz -9` has 64 MiB.
const MAX_XZ_KIB: u32 = 80 << 10;

/// How something is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    Gzip,
    Zstd,
    Lz4,
    Xz,
}

impl Packing {
    /// Recognises it by the first bytes.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        if head.starts_with(&[0x1f, 0x8b]) {
            return Some(Self::Gzip);
        }
        if is_zstd(head) {
            return Some(Self::Zstd);
        }
        if is_lz4(head) {
            return Some(Self::Lz4);
        }
        head.starts_with(b"\xfd7zXZ\0").then_some(Self::Xz)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Lz4 => "LZ4",
            Self::Xz => "xz",
        }
    }

    /// Decodes one layer. The memory that this takes does not grow with its content.
    pub(crate) fn decoder<'r>(
        self,
        reader: Box<dyn BufRead + Send + 'r>,
    ) -> io::Result<Box<dyn Read + Send + 'r>> {
        let decoder: Box<dyn Read + Send + 'r> = match self {
            Self::Gzip => return Ok(Box::new(Gzip::new(reader))),
            Self::Zstd => Box::new(ZstdDecoder::new(reader).map_err(|error| self.damage(&error))?),
            Self::Lz4 => Box::new(Lz4Decoder::new(reader)),
            Self::Xz => Box::new(XzReader::new_mem_limit(reader, true, MAX_XZ_KIB)),
        };
        Ok(Box::new(Named {
            packing: self,
            decoder,
        }))
    }

    /// What is wrong with data that is damaged or cut.
    fn damage(self, error: &io::Error) -> io::Error {
        self.damage_of(self.name(), error)
    }

    /// The same under a name.
    fn damage_of(self, name: &'static str, error: &io::Error) -> io::Error {
        let is_cut = error.kind() == io::ErrorKind::UnexpectedEof;
        let fault = error.get_ref().and_then(|inner| inner.downcast_ref());
        let reason = match fault {
            _ if is_cut => None,
            Some::<&Fault>(fault) => Some(fault.to_string()),
            // What the other decoders say is for their programmers.
            None => Some(error.to_string()).filter(|_| self == Self::Xz),
        };
        let damage = Damage {
            name,
            is_cut,
            reason,
        };
        io::Error::new(io::ErrorKind::InvalidData, damage)
    }
}

/// What a decoder finds wrong.
#[derive(Debug)]
struct Damage {
    /// The format.
    name: &'static str,
    is_cut: bool,
    reason: Option<String>,
}

impl Display for Damage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let name = self.name;
        match &self.reason {
            _ if self.is_cut => write!(f, "truncated {name} data"),
            Some(reason) => write!(f, "damaged {name} data ({reason})"),
            None => write!(f, "damaged {name} data"),
        }
    }
}

impl Error for Damage {}

/// Whether data ends too early, as far as its format shows it.
pub(crate) fn is_cut(error: &io::Error) -> bool {
    let damage = error.get_ref().and_then(|inner| inner.downcast_ref());
    error.kind() == io::ErrorKind::UnexpectedEof
        || damage.is_some_and(|damage: &Damage| damage.is_cut)
}

/// A decoder whose errors name its format.
struct Named<'r> {
    packing: Packing,
    decoder: Box<dyn Read + Send + 'r>,
}

impl Read for Named<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.decoder
            .read(buffer)
            .map_err(|error| match error.kind() {
                io::ErrorKind::Interrupted => error,
                _ => self.packing.damage(&error),
            })
    }
}

/// Whether these bytes begin something that is compressed in a way that is read here.
///
/// # Example
///
/// ```
/// assert!(kheap_evidence::unpack::is_packed(b"\x28\xb5\x2f\xfd"));
/// assert!(!kheap_evidence::unpack::is_packed(b"heap profile: 1: 2"));
/// ```
pub fn is_packed(head: &[u8]) -> bool {
    Packing::of(head).is_some()
}

/// Decodes what is compressed, in up to three layers; what is not stays as it is.
///
/// # Errors
///
/// Those of the reader. The reader that is returned ends with an error of the kind
/// `InvalidData` where data is damaged, and with `FileTooLarge` behind `most` bytes.
pub fn unpack<'r>(
    reader: impl Read + Send + 'r,
    most: u64,
) -> io::Result<Box<dyn Read + Send + 'r>> {
    Ok(peel(Box::new(reader), most, |_| true)?.reader)
}

/// The same up to a single layer of gzip, which [`kheap::decode_reader`] decodes itself:
/// it bounds a profile by the size of its gzip file. That layer is one of the three.
///
/// # Errors
///
/// As for [`unpack`], and of the kind `Unsupported` where there are more layers.
///
/// # Example
///
/// ```
/// use std::io::Read;
///
/// let gzip = b"\x1f\x8b\x08\x00";
/// let mut same = Vec::new();
/// kheap_evidence::unpack::unpack_around_gzip(&gzip[..], 1 << 20)?.read_to_end(&mut same)?;
/// assert_eq!(same, gzip);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn unpack_around_gzip<'r>(
    reader: impl Read + Send + 'r,
    most: u64,
) -> io::Result<Box<dyn Read + Send + 'r>> {
    let peeled = peel(Box::new(reader), most, |head| {
        let mut inner = Vec::new();
        // What was read before the end of the head says enough.
        let _ = read_up_to(&mut Gzip::new(head), MAGIC_BYTES, &mut inner);
        is_packed(&inner)
    })?;
    if peeled.layers < MOST_LAYERS {
        return Ok(peeled.reader);
    }
    let (head, rest) = head_of(peeled.reader, MAGIC_BYTES);
    match is_packed(&head) {
        true => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "it is compressed more than three times; unpack it first",
        )),
        false => Ok(Box::new(Cursor::new(head).chain(rest))),
    }
}

/// The beginning of what a reader has, and the rest. What was read before an error comes before it.
fn head_of<'r>(
    mut reader: Box<dyn Read + Send + 'r>,
    most: u64,
) -> (Vec<u8>, Box<dyn Read + Send + 'r>) {
    let mut head = Vec::new();
    match read_up_to(&mut reader, most, &mut head) {
        Ok(_) => (head, reader),
        Err(error) => (head, Box::new(Failed(Some(error)))),
    }
}

/// What is left without layers, and how many there were.
struct Peeled<'r> {
    reader: Box<dyn Read + Send + 'r>,
    layers: usize,
}

/// Reads so many bytes, or all where there are fewer.
pub(crate) fn read_up_to(
    reader: &mut dyn Read,
    most: u64,
    bytes: &mut Vec<u8>,
) -> io::Result<usize> {
    reader.take(most).read_to_end(bytes)
}

/// Decodes layers; those of gzip only where their first bytes say so.
fn peel<'r>(
    mut reader: Box<dyn Read + Send + 'r>,
    most: u64,
    decodes_gzip: fn(&[u8]) -> bool,
) -> io::Result<Peeled<'r>> {
    for layers in 0..MOST_LAYERS {
        let (head, rest) = head_of(reader, HEAD_BYTES);
        let packing = Packing::of(&head);
        let packing = packing.filter(|found| *found != Packing::Gzip || decodes_gzip(&head));
        let begins_skipped = is_skippable(&head);
        let whole = Cursor::new(head).chain(rest);
        let Some(mut packing) = packing else {
            let reader = Box::new(whole);
            return Ok(Peeled { reader, layers });
        };
        let mut buffered = BufReader::with_capacity(BUFFER_BYTES, whole);
        let mut magic = Vec::new();
        if begins_skipped {
            // Long ones hide which format they belong to.
            let unknown = |error| packing.damage_of("zstd or LZ4", &error);
            magic = first_magic(&mut buffered).map_err(unknown)?;
            packing = match Packing::of(&magic) {
                Some(found @ (Packing::Zstd | Packing::Lz4)) => found,
                // Both formats end behind frames that are skipped.
                _ if magic.is_empty() => packing,
                _ => return Err(unknown(Fault::NoFrame.into())),
            };
        }
        let buffered = Cursor::new(magic).chain(buffered);
        reader = Box::new(Limited {
            reader: packing.decoder(Box::new(buffered))?,
            left: most,
        });
    }
    let layers = MOST_LAYERS;
    Ok(Peeled { reader, layers })
}

/// An error that comes when something is read.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Refuses what comes behind so many bytes.
pub(crate) struct Limited<R> {
    pub(crate) reader: R,
    pub(crate) left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let most = buffer.len().min(most);
        // All that may come has come: one more byte shows whether there is more.
        if most == 0 && !buffer.is_empty() {
            return match self.reader.read(&mut buffer[..1])? {
                0 => Ok(0),
                _ => Err(io::Error::new(
                    io::ErrorKind::FileTooLarge,
                    "it is larger than the limit uncompressed",
                )),
            };
        }
        let read = self.reader.read(&mut buffer[..most])?;
        self.left -= read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(bytes).expect("memory takes it");
        gzip.finish().expect("memory takes it")
    }

    fn lz4(bytes: &[u8]) -> Vec<u8> {
        let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
        lz4.write_all(bytes).expect("memory takes it");
        lz4.finish().expect("memory takes it")
    }

    fn xz(bytes: &[u8]) -> Vec<u8> {
        let options = lzma_rust2::XzOptions::with_preset(1);
        let mut xz = lzma_rust2::XzWriter::new(Vec::new(), options).expect("memory takes it");
        xz.write_all(bytes).expect("memory takes it");
        xz.finish().expect("memory takes it")
    }

    fn read(file: &[u8], most: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        unpack(file, most)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    const TEXT: &[u8] = b"what is compressed, compressed";

    #[test]
    fn each_format_is_decoded_in_layers() {
        for file in [
            TEXT.to_vec(),
            gzip(TEXT),
            lz4(TEXT),
            xz(TEXT),
            gzip(&gzip(TEXT)),
            xz(&gzip(TEXT)),
            [gzip(&TEXT[..7]), gzip(&TEXT[7..])].concat(),
            [xz(&TEXT[..7]), xz(&TEXT[7..])].concat(),
            [lz4(&TEXT[..7]), lz4(&TEXT[7..])].concat(),
        ] {
            assert_eq!(read(&file, 100).unwrap(), TEXT, "{file:x?}");
        }
        // Others note what they like before a frame, and may need much room for it.
        for noted in [3, 10_000] {
            let mut skipped = b"\x5a\x2a\x4d\x18".to_vec();
            skipped.extend(u32::to_le_bytes(noted));
            skipped.resize(8 + noted as usize, b'x');
            let both = [skipped.clone(), skipped, lz4(TEXT)].concat();
            assert_eq!(read(&both, 100).unwrap(), TEXT);
            let cut = read(&both[..both.len() - 9], 100).unwrap_err();
            assert_eq!(cut.to_string(), "truncated LZ4 data");
        }
        // Where no frame follows them, nothing shows the format.
        const OTHER: &str = "damaged zstd or LZ4 data (something else follows its last frame)";
        let other = [&u32::to_le_bytes(10_000)[..], &[b'x'; 10_004]].concat();
        for (noted, error) in [
            (&b"\xff\xff\xff\xffabcd"[..], "truncated zstd or LZ4 data"),
            (b"\x02\0", "truncated zstd or LZ4 data"),
            (&other, OTHER),
        ] {
            let file = [b"\x5a\x2a\x4d\x18", noted].concat();
            assert_eq!(read(&file, 100).unwrap_err().to_string(), error);
        }
        let four = gzip(&gzip(&gzip(&gzip(TEXT))));
        assert_eq!(read(&four, 1000).unwrap(), gzip(TEXT));
    }

    #[test]
    fn a_single_layer_of_gzip_can_stay() {
        let around = |file: &[u8]| {
            let mut bytes = Vec::new();
            let mut reader = unpack_around_gzip(file, 1000).unwrap();
            reader.read_to_end(&mut bytes).unwrap();
            bytes
        };
        assert_eq!(around(&gzip(TEXT)), gzip(TEXT));
        assert_eq!(around(&gzip(&gzip(TEXT))), gzip(TEXT));
        assert_eq!(around(&gzip(&xz(TEXT))), TEXT);
        assert_eq!(around(&xz(&gzip(TEXT))), gzip(TEXT));
    }

    #[test]
    fn a_layer_of_gzip_that_stays_is_one_of_three() {
        type Format = fn(&[u8]) -> Vec<u8>;
        const FORMATS: [Format; 3] = [gzip, lz4, xz];
        for outer in FORMATS {
            for inner in FORMATS {
                let three = outer(&outer(&inner(TEXT)));
                let mut reader = unpack_around_gzip(&three[..], 1000).unwrap();
                let mut bytes = Vec::new();
                reader.read_to_end(&mut bytes).unwrap();
                assert!([TEXT, &gzip(TEXT)].contains(&&bytes[..]));
                let four = outer(&three);
                let error = unpack_around_gzip(&four[..], 1000).map(drop).unwrap_err();
                let expected = "it is compressed more than three times; unpack it first";
                assert_eq!(error.to_string(), expected);
            }
        }
    }

    #[test]
    fn what_is_too_large_or_damaged_is_an_error_of_its_format() {
        let large = vec![0; 100_000];
        for (file, name) in [(lz4(&large), "LZ4"), (xz(&large), "xz")] {
            assert_eq!(read(&file, 100_000).unwrap().len(), 100_000);
            for most in [0, 1, 99_999] {
                let mut bytes = Vec::new();
                let error = unpack(&file[..], most).unwrap().read_to_end(&mut bytes);
                assert_eq!(error.unwrap_err().kind(), io::ErrorKind::FileTooLarge);
                // All that may come has come before.
                assert_eq!(bytes.len() as u64, most);
            }
            let error = read(&file[..file.len() / 2], 100_000).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{error}");
            assert!(error.to_string().contains(name), "{error}");
            assert!(is_cut(&error), "{error:?}");
        }
    }

    #[test]
    fn a_large_dictionary_is_refused() {
        let mut options = lzma_rust2::XzOptions::with_preset(9);
        options.lzma_options.dict_size = 256 << 20;
        let mut file = lzma_rust2::XzWriter::new(Vec::new(), options).expect("memory takes it");
        file.write_all(TEXT).expect("memory takes it");
        let file = file.finish().expect("memory takes it");
        assert!(read(&file, 1000).is_err());
    }
}
