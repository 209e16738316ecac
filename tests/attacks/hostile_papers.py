"""Files that nobody should open, made on the spot: bombs, active content, locked, broken and two-faced ones."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

EXE = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + bytes(200)


def a_writer(pages: int = 1) -> PdfWriter:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(300, 400)
    return writer


def written(writer: PdfWriter) -> bytes:
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def with_javascript() -> bytes:
    writer = a_writer()
    script = DictionaryObject({
        NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert('pay me')"),
    })  # fmt: skip
    names = DictionaryObject({NameObject("/Names"): ArrayObject([TextStringObject("x"), script])})
    writer.root_object[NameObject("/Names")] = DictionaryObject({NameObject("/JavaScript"): names})
    return written(writer)


def with_embedded_program() -> bytes:
    writer = a_writer()
    writer.add_attachment("payslip.exe", EXE)
    return written(writer)


def with_action(kind: str, *, opening: bool = False) -> bytes:
    """An action of a kind on the first page's annotation, or when the file is opened."""
    writer = a_writer()
    action = DictionaryObject({
        NameObject("/S"): NameObject(kind), NameObject("/F"): TextStringObject("/bin/sh"),
        NameObject("/URI"): TextStringObject("https://example.org/"),
    })  # fmt: skip
    if opening:
        writer.root_object[NameObject("/OpenAction")] = action
    else:
        link = DictionaryObject({
            NameObject("/Type"): NameObject("/Annot"), NameObject("/Subtype"): NameObject("/Link"),
            NameObject("/A"): action,
        })  # fmt: skip
        writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(link)])
    return written(writer)


def with_form() -> bytes:
    """An XFA form."""
    writer = a_writer()
    form = DictionaryObject({NameObject("/XFA"): ArrayObject([TextStringObject("template")])})
    writer.root_object[NameObject("/AcroForm")] = writer._add_object(form)
    return written(writer)


def locked() -> bytes:
    writer = a_writer()
    writer.encrypt("secret", algorithm="AES-256")
    return written(writer)


def bomb(unpacked: int, *, twice: bool = False) -> bytes:
    """A stream of zeros that unpacks to this many bytes; twice: packed a second time."""
    writer, stream = a_writer(), StreamObject()
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(unpacked >> 20)) + packer.flush()
    names: list[Any] = [NameObject("/FlateDecode")]
    if twice:
        packed, names = zlib.compress(packed, 9), [NameObject("/FlateDecode")] * 2
    stream._data = packed
    stream[NameObject("/Filter")] = ArrayObject(names)
    stream[NameObject("/Length")] = NumberObject(len(packed))
    writer.pages[0][NameObject("/Contents")] = writer._add_object(stream)
    return written(writer)


def with_huge_picture() -> bytes:
    writer, picture = a_writer(), DecodedStreamObject()
    picture.set_data(b"\0")
    picture.update({
        NameObject("/Type"): NameObject("/XObject"), NameObject("/Subtype"): NameObject("/Image"),
        NameObject("/Width"): NumberObject(90_000), NameObject("/Height"): NumberObject(90_000),
        NameObject("/ColorSpace"): NameObject("/DeviceGray"), NameObject("/BitsPerComponent"): NumberObject(8),
    })  # fmt: skip
    things = DictionaryObject({NameObject("/Im0"): writer._add_object(picture)})
    writer.pages[0][NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): things})
    return written(writer)


def with_endless_pages() -> bytes:
    """A tree of pages that is its own branch."""
    writer = a_writer()
    root = writer.root_object["/Pages"].get_object()
    root[NameObject("/Kids")] = ArrayObject([root.indirect_reference])  # type: ignore[attr-defined]
    return written(writer)


def nested(depth: int) -> bytes:
    """Lists in lists, deep enough to overrun a stack."""
    body = b"[" * depth + b"]" * depth
    return (b"%PDF-1.7\n1 0 obj <</Type/Catalog/Pages 2 0 R/Deep " + body + b">> endobj\n"
            b"2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n"
            b"3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>> endobj\n"
            b"trailer <</Root 1 0 R>>\n%%EOF\n")  # fmt: skip


def png(wide: int, high: int, body: bytes = b"", *, end: bool = True) -> bytes:
    """A PNG whose header claims a size."""
    header = struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(body))] + ([(b"IEND", b"")] if end else [])
    chunks = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def png_bomb(side: int) -> bytes:
    """A picture that is well formed, small on disk, and large once it is unpacked."""
    return png(side, side, bytes((side + 1) * side))


def text_pdf(text: str) -> bytes:
    """A page with lines of text."""
    writer, stream = a_writer(), DecodedStreamObject()
    lines = " ".join(f"({line}) Tj 0 -14 Td" for line in text.splitlines())
    stream.set_data(f"BT /F1 11 Tf 20 380 Td {lines} ET".encode("latin-1"))
    font = DictionaryObject({
        NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1"),
        NameObject("/BaseFont"): NameObject("/Helvetica"),
    })  # fmt: skip
    fonts = DictionaryObject({NameObject("/F1"): font})
    page = writer.pages[0]
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    page[NameObject("/Contents")] = writer._add_object(stream)
    return written(writer)


def pages_of(content: bytes) -> int:
    return len(PdfReader(io.BytesIO(content)).pages)
