"""Every way in which a photo can be stored, and the ways in which it can be broken."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from automl_edge.ingest import read_dataset
from automl_edge.ingest.image import MAX_PIXELS, inspect_image, is_grey, read_image, thumbnail
from automl_edge.ingest.records import Entry, Remark, UnusableError
from automl_edge.ingest.task import make_task
from tests.makers import image_folder, photo

ORIENTATION = 0x0112


def test_rgb_passes_unchanged(tmp_path):
    pixels = photo(1)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert (read_image(tmp_path / "a.png") == pixels).all()


def test_exif_rotation_is_applied(tmp_path):
    pixels = photo(1)
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # shown turned by 90 degrees clockwise
    Image.fromarray(pixels).save(tmp_path / "a.png", exif=exif)
    shown = read_image(tmp_path / "a.png")
    assert (shown == np.rot90(pixels, -1)).all()
    reading = inspect_image(Entry("a.png", tmp_path / "a.png", "x")).readings[0]
    assert reading.size == (30, 40)


def test_exif_rotation_survives_shrinking(tmp_path):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    for name in ("a.png", "a.jpg"):
        Image.fromarray(photo(1, (900, 1200))).save(tmp_path / name, exif=exif)
        assert read_image(tmp_path / name).shape[0] > read_image(tmp_path / name).shape[1]


def stored_as(mode: str, grey: Image.Image) -> Image.Image:
    """``grey`` in another mode of Pillow, as near to the original as the mode allows."""
    if mode == "I;16":
        return Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    if mode == "P":
        return grey.convert("RGB").quantize(256)
    if mode == "1":
        return grey.convert("1", dither=Image.Dither.NONE)
    return grey.convert("RGB").convert(mode)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16"])
def test_every_mode_becomes_rgb_near_the_original(tmp_path, mode):
    grey = Image.fromarray(photo(3)).convert("L")
    stored_as(mode, grey).save(tmp_path / "a.tif")
    shown = read_image(tmp_path / "a.tif")
    assert shown.shape == (40, 30, 3)
    wanted = np.asarray(grey, dtype=int)
    if mode == "1":
        wanted = 255 * (wanted >= 128)
    assert np.abs(shown.astype(int) - wanted[..., None]).mean() < 3


def test_sixteen_bits_are_scaled_not_cut(tmp_path):
    values = np.array([[0, 257, 32768, 65535]], dtype=np.uint16)
    Image.fromarray(values).save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png")[0, :, 0].tolist() == [0, 1, 128, 255]


def test_float_pixels(tmp_path):
    Image.fromarray(np.array([[0.0, 0.5, 1.0]], dtype=np.float32)).save(tmp_path / "a.tif")
    assert read_image(tmp_path / "a.tif")[0, :, 0].tolist() == [0, 128, 255]
    Image.fromarray(np.array([[0.0, np.nan]], dtype=np.float32)).save(tmp_path / "b.tif")
    with pytest.raises(UnusableError, match="not numbers"):
        read_image(tmp_path / "b.tif")


def test_transparency_lies_over_white(tmp_path):
    pixels = np.zeros((2, 2, 4), dtype=np.uint8)
    pixels[0, 0] = (10, 20, 30, 255)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    shown = read_image(tmp_path / "a.png")
    assert shown[0, 0].tolist() == [10, 20, 30]
    assert shown[1, 1].tolist() == [255, 255, 255]
    reading = inspect_image(Entry("a.png", tmp_path / "a.png", "x")).readings[0]
    assert Remark.TRANSPARENT in reading.remarks


def test_a_palette_with_a_transparent_entry(tmp_path):
    image = Image.new("P", (4, 4), 1)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((0, 0), 0)
    image.save(tmp_path / "a.png", transparency=0)
    shown = read_image(tmp_path / "a.png")
    assert shown[0, 0].tolist() == [255, 255, 255]
    assert shown[1, 1].tolist() == [0, 0, 255]


def test_the_first_frame_of_an_animation_is_used(tmp_path):
    frames = [Image.fromarray(photo(seed)).convert("P") for seed in (1, 2)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    reading = inspect_image(Entry("a.gif", tmp_path / "a.gif", "x")).readings[0]
    assert Remark.ANIMATED in reading.remarks


@pytest.mark.parametrize(
    ("size", "suffix"),
    [((1, 1), "png"), ((10, 20000), "png"), ((20000, 10), "png"), ((1, 1), "jpg")],
)
def test_extreme_shapes(tmp_path, size, suffix):
    Image.fromarray(photo(5, size)).save(tmp_path / f"a.{suffix}")
    assert read_image(tmp_path / f"a.{suffix}").shape == (*size, 3)


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_large_photos_come_at_working_size(tmp_path, suffix):
    pixels = photo(6, (1500, 2000))
    Image.fromarray(pixels).save(tmp_path / f"a.{suffix}")
    shown = read_image(tmp_path / f"a.{suffix}")
    assert 256 <= min(shown.shape[:2]) < 512
    assert shown.shape[1] / shown.shape[0] == pytest.approx(4 / 3, rel=0.02)
    small = np.asarray(Image.fromarray(pixels).resize((32, 24), Image.Resampling.BOX), dtype=int)
    again = np.asarray(Image.fromarray(shown).resize((32, 24), Image.Resampling.BOX), dtype=int)
    assert np.abs(small - again).mean() < 3
    reading = inspect_image(Entry("a", tmp_path / f"a.{suffix}", "x")).readings[0]
    assert reading.size == (1500, 2000)


def test_damaged_files_are_told(tmp_path):
    whole = tmp_path / "whole.png"
    Image.fromarray(photo(1, (200, 200))).save(whole)
    cases = {
        "cut.png": whole.read_bytes()[:600],
        "text.png": b"this is no photo",
        "noise.jpg": b"\xff\xd8\xff\xe0" + bytes(range(256)),
    }
    for name, content in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UnusableError, match=r"image"):
            read_image(tmp_path / name)


def test_too_many_pixels_are_refused_before_decoding(tmp_path):
    side = int(MAX_PIXELS**0.5) + 100
    header = b"P5\n%d %d\n255\n" % (side, side)
    (tmp_path / "a.pgm").write_bytes(header + b"\0" * 100)
    with pytest.raises(UnusableError, match="too many"):
        inspect_image(Entry("a.pgm", tmp_path / "a.pgm", "x"))


def test_eps_is_not_run(tmp_path):
    (tmp_path / "a.eps").write_bytes(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n%%EOF\n"
    )
    with pytest.raises(UnusableError, match="not run"):
        read_image(tmp_path / "a.eps")


def test_a_photo_of_one_colour_has_no_thumbnail():
    assert thumbnail(np.full((9, 9, 3), 7, np.uint8)) is None
    thumb = thumbnail(photo(1))
    assert thumb is not None
    assert thumb.shape == (768,)


def test_grey_photos_make_a_grey_task(tmp_path):
    image_folder(tmp_path)
    assert make_task(read_dataset(tmp_path)).colour
    for file in tmp_path.rglob("*.png"):
        Image.open(file).convert("L").save(file)
    task = make_task(read_dataset(tmp_path))
    assert not task.colour
    assert task.image_size == (40, 30)
    assert is_grey(np.full((4, 4, 3), 9, np.uint8))
