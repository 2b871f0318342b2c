"""A test folder of the user's own: kept as it is, and kept clear of the training data."""

from __future__ import annotations

from dataclasses import replace

from automl_edge.domain.dataset import MotionFormat, SetAside
from automl_edge.errors import DataError
from automl_edge.ingest.collect import Collection
from automl_edge.ingest.duplicates import near_duplicates
from automl_edge.ingest.motion import matching_columns
from automl_edge.ingest.records import Reading
from automl_edge.ingest.scan import some


def with_axes_of(test: Collection, motion: MotionFormat | None) -> Collection:
    """``test`` without motion recordings that lack the training data's axes ``motion``.

    Raises DataError if none has them.
    """
    if motion is None:
        return test

    def fits(reading: Reading) -> bool:
        own = reading.motion
        return own is not None and bool(matching_columns(own.axes, own.header, motion.axes))

    wanted = ", ".join(motion.axes)
    others = tuple(
        SetAside(reading.key, f"lacks the axes of the training data ({wanted})")
        for reading in test.readings
        if not fits(reading)
    )
    if len(others) == len(test.readings):
        raise DataError(
            f"no recording in {test.root} has the axes of the training data ({wanted})",
            "Both must come from the same sensors, with the same column names.",
        )
    kept = tuple(reading for reading in test.readings if fits(reading))
    return replace(test, readings=kept, set_aside=test.set_aside + others)


def without_leaks(
    main: Collection, test: Collection
) -> tuple[Collection, tuple[tuple[int, int], ...], list[str]]:
    """``main`` without copies of test samples, the links within it, and what to tell."""
    every = main.readings + test.readings
    files = [main.root / r.path for r in main.readings]
    files += [test.root / r.path for r in test.readings]
    digests = {reading.digest: reading for reading in test.readings}
    twins = {i: digests[r.digest].path for i, r in enumerate(main.readings) if r.digest in digests}
    count = len(main.readings)
    links = near_duplicates(every, files, main.modality)
    for i, j in links:
        if i < count <= j:
            twins.setdefault(i, every[j].path)
    kept = [i for i in range(count) if i not in twins]
    place = {old: new for new, old in enumerate(kept)}
    inner = tuple((place[i], place[j]) for i, j in links if i in place and j in place)
    aside = tuple(
        SetAside(main.readings[i].key, f"(nearly) the same as the test sample {path}")
        for i, path in sorted(twins.items())
    )
    notes = []
    if aside:
        notes.append(
            f"{len(aside)} training samples are (nearly) the same as test samples and are set "
            f"aside: {some([item.path for item in aside], 3)}."
        )
    cleaned = replace(
        main,
        readings=tuple(main.readings[i] for i in kept),
        set_aside=main.set_aside + aside,
    )
    return cleaned, inner, notes
