//! Pictures in pixels, for wikis and chats that take no SVG.

use std::io;
use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use crate::picture::DrawError;

/// The font of all texts: its licence, which is free, lies beside it.
const FONT: &[u8] = include_bytes!("../fonts/DejaVuSansMono.ttf");
const FONT_NAME: &str = "DejaVu Sans Mono";

/// The largest number of pixels; each takes four bytes of memory.
const MOST_PIXELS: u64 = 1 << 27;

/// Draws an SVG of this crate in pixels, `scale` of them for each of the SVG's
/// own, and returns the PNG. The fonts of the machine do not matter.
///
/// # Errors
///
/// [`DrawError::TooManyPixels`] for what would fill the memory, and
/// [`DrawError::Io`] when the SVG is none.
///
/// # Example
///
/// ```
/// let svg = r#"<svg xmlns="http://www.w3.org/2000/svg" width="8" height="4"/>"#;
/// let png = kheap_flame::png(svg, 2.0)?;
/// assert_eq!(&png[1..4], b"PNG");
/// // Width and height stand behind the name of the first chunk.
/// assert_eq!(png[16..24], [0, 0, 0, 16, 0, 0, 0, 8]);
/// # Ok::<(), kheap_flame::DrawError>(())
/// ```
pub fn png(svg: &str, scale: f32) -> Result<Vec<u8>, DrawError> {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(FONT.to_vec());
    let options = Options {
        font_family: FONT_NAME.to_owned(),
        fontdb: Arc::new(fonts),
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(io::Error::other)?;
    let [width, height] = [tree.size().width(), tree.size().height()]
        .map(|length| ((length * scale).ceil().max(1.0)) as u32);
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(DrawError::TooManyPixels {
            width,
            height,
            most: MOST_PIXELS,
        });
    }
    let pixels = Pixmap::new(width, height);
    let mut pixels = pixels.ok_or_else(|| io::Error::other("the picture has no size"))?;
    let transform = Transform::from_scale(scale, scale);
    resvg::render(&tree, transform, &mut pixels.as_mut());
    Ok(pixels.encode_png().map_err(io::Error::other)?)
}
