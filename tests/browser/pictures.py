# ruff: noqa: E501  (a script for the browser)
"""Small pictures: a screenshot with a palette of at most 256 colours, which a third of the bytes hold.

The browser reads its own picture and counts the colours; the file is written here, as the format says.
"""

import base64
import struct
import zlib
from pathlib import Path
from typing import Any

# Colours that differ in their last bits only are one, the most frequent of them; as many bits as 256 colours need.
INDEXED = """async (data) => {
  const picture = await createImageBitmap(await (await fetch("data:image/png;base64," + data)).blob());
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const paper = canvas.getContext("2d");
  paper.drawImage(picture, 0, 0);
  const pixels = new Uint32Array(paper.getImageData(0, 0, picture.width, picture.height).data.buffer);
  const counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const often = [...counts].sort((a, b) => b[1] - a[1]);
  let kept, mask;
  for (mask of [0xffffff, 0xfefefe, 0xfcfcfc, 0xf8f8f8, 0xf0f0f0, 0xe0e0e0, 0xc0c0c0]) {
    kept = new Map();
    for (const [pixel] of often) if (!kept.has(pixel & mask)) kept.set(pixel & mask, [kept.size, pixel]);
    if (kept.size <= 256) break;
  }
  const indices = new Uint8Array(pixels.length);
  for (let n = 0; n < pixels.length; n++) indices[n] = kept.get(pixels[n] & mask)[0];
  let text = "";
  for (let n = 0; n < indices.length; n += 32768) text += String.fromCharCode(...indices.subarray(n, n + 32768));
  return {width: picture.width, height: picture.height, palette: [...kept.values()].map(one => one[1] >>> 0), pixels: btoa(text)};
}"""


def small(browser_page: Any, png: bytes) -> bytes:
    """The same picture with a palette; `browser_page` is any page without a content policy, such as a blank one."""
    found = browser_page.evaluate(INDEXED, base64.b64encode(png).decode())
    width, height, pixels = found["width"], found["height"], base64.b64decode(found["pixels"])
    rows = b"".join(b"\0" + pixels[n * width : (n + 1) * width] for n in range(height))
    palette = b"".join(struct.pack("<I", colour)[:3] for colour in found["palette"])
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = [(b"IHDR", head), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def keep(page: Any, blank: Any, path: Path) -> None:
    """Write what the page shows to this file."""
    path.write_bytes(small(blank, page.screenshot(animations="disabled", caret="hide")))
