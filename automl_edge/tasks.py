"""``fit`` by what it is for: words, photos or motion.

Each takes the samples in one folder (or a zip of it) with a sub-folder for each thing to be told
apart, and the name of a chip or board that `automl-edge targets` lists.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from automl_edge.api import Fitted, fit
from automl_edge.domain.dataset import Modality, is_background
from automl_edge.domain.run import Note, OnEvent, ignore_events


def keyword_spotting(
    recordings: str | Path,
    target: str,
    out: str | Path | None = None,
    on_event: OnEvent = ignore_events,
    **options: Any,
) -> Fitted:
    """A network that listens for words or other sounds.

    ``recordings`` has a folder for each word with some fifty clips of a second or so, by several
    people, and one called ``background`` with what is heard when nobody says any of them: noise,
    music, other words. Without that folder every noise is taken for a word, which ``on_event`` is
    told. The library that comes out takes 16-bit samples as a microphone gives them.

        result = automl_edge.keyword_spotting("recordings/", "cortex-m4")
        result.report.accuracy.test.c_model

    ``out`` and ``options`` are those of ``fit``, which also says what is raised.
    """
    place = Path(recordings)
    if place.is_dir() and not any(is_background(child.name) for child in place.iterdir()):
        on_event(
            Note(
                "no class is called background: whatever is heard will be taken for one of the "
                "words. Record some minutes without them into a folder `background`."
            )
        )
    return fit(recordings, target, out, on_event, modality=Modality.AUDIO, **options)


def image_classification(
    photos: str | Path,
    target: str,
    out: str | Path | None = None,
    on_event: OnEvent = ignore_events,
    **options: Any,
) -> Fitted:
    """A network that tells what is in a photo.

    ``photos`` has a folder for each kind of thing with some fifty photos, taken where and with
    the camera that it is for, if possible. The library that comes out takes a picture of any size
    as RGB or grey bytes, scales it and answers with the kind.

        result = automl_edge.image_classification("photos/", "esp32-s3", ram=96 * 1024)

    ``out`` and ``options`` are those of ``fit``, which also says what is raised.
    """
    return fit(photos, target, out, on_event, modality=Modality.IMAGE, **options)


def motion_classification(
    recordings: str | Path,
    target: str,
    out: str | Path | None = None,
    on_event: OnEvent = ignore_events,
    **options: Any,
) -> Fitted:
    """A network that tells movements apart by what an accelerometer or gyroscope measures.

    ``recordings`` has a folder for each movement with CSV files: a row for each reading, a column
    for each axis, and one with the time if there is one. The library that comes out takes the
    readings as the sensor's whole numbers.

        result = automl_edge.motion_classification("recordings/", "cortex-m0plus")

    ``out`` and ``options`` are those of ``fit``, which also says what is raised.
    """
    return fit(recordings, target, out, on_event, modality=Modality.MOTION, **options)
