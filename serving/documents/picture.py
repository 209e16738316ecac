"""A scan or photo, its size known from its header before a pixel is unpacked; runs in the child process alone."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping

from serving.documents.lines import Reading
from serving.documents.ocr import Page, read_pictures
from serving.documents.unreadable import Unreadable

_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}


def read_picture(content: bytes, media_type: str, limits: Mapping[str, int]) -> Reading:
    """The words on a picture, held as its camera says it was held.

    Raises:
        Unreadable: broken, too many pixels, too small to hold a page, or several pictures.
    """
    return read_pictures([open_picture(content, media_type, limits)], limits)


def open_picture(content: bytes, media_type: str, limits: Mapping[str, int]) -> Page:
    """A picture in shades of grey, upright, no side longer than is read. Raises as `read_picture`."""
    from PIL import Image, ImageFile, ImageOps

    # What draws letters lets pictures be cut off, for the whole process; a paper may not be.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    Image.MAX_IMAGE_PIXELS, side = limits["pixels"], limits["read_side_pixels"]
    try:
        with Image.open(io.BytesIO(content), formats=[_FORMATS[media_type]]) as picture:
            check_size(*picture.size, limits)
            if getattr(picture, "n_frames", 1) > 1:
                raise Unreadable("moving_picture")
            picture.draft("L", (side, side))
            upright = ImageOps.exif_transpose(picture)
            grey = _on_white(upright).convert("L")
    except Unreadable:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unreadable("too_many_pixels", "too many") from None
    except (OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, AttributeError, EOFError, OverflowError,
            struct.error, zlib.error) as error:  # fmt: skip
        raise Unreadable("broken", type(error).__name__) from None
    grey.thumbnail((side, side))
    return grey


def check_size(wide: int, high: int, limits: Mapping[str, int]) -> None:
    """Raise Unreadable for more pixels than are opened, or fewer than hold a page."""
    if wide * high > limits["pixels"] or max(wide, high) > limits["side_pixels"]:
        raise Unreadable("too_many_pixels", f"{wide} x {high}")
    if min(wide, high) < limits["least_side_pixels"]:
        raise Unreadable("too_small", min(wide, high))


def _on_white(picture: Page) -> Page:
    """Without transparency, under which text can hide."""
    from PIL import Image

    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture
    solid = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", solid.size, "white"), solid)
