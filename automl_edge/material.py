"""A dataset's signals and features: decoded, cut and computed once, kept for the search."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from os import cpu_count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_edge.domain.dataset import Dataset, Part, Sample
from automl_edge.domain.features import FeatureSpec, signal_rate
from automl_edge.features import FrontEnd
from automl_edge.ingest import cut_windows, load_signal
from automl_edge.training.data import TrainingData, Windows

SIGNAL_CACHE_BYTES = 1 << 30
FEATURE_CACHE_BYTES = 1 << 29

DECODED_AHEAD = 4
"""Signals a thread: what is decoded and not yet used has to lie in memory."""

Signal = NDArray[Any]


class Material:
    """Signals and features of one dataset, in caches of limited size.

    Safe to drop at any time: everything in it can be computed again.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self._signals: dict[tuple[str, float], Signal] = {}
        self._signal_bytes = 0
        self._features: OrderedDict[FeatureSpec, TrainingData] = OrderedDict()

    def windows(self, samples: Sequence[Sample], spec: FeatureSpec) -> Iterator[tuple[Signal, ...]]:
        """For each sample the stretches of signal that the model reads, in order."""
        rate, threads, left = signal_rate(spec), cpu_count() or 1, iter(samples)
        with ThreadPoolExecutor(threads) as pool:
            while some := list(islice(left, DECODED_AHEAD * threads)):
                for signal in pool.map(lambda sample: self._signal(sample, rate), some):
                    yield cut_windows(signal, spec)

    def features(self, part: Part, spec: FeatureSpec) -> Windows:
        """int8 features of one part; ``recording`` numbers ``dataset.part(part)``."""
        samples = self.dataset.part(part)
        front_end = FrontEnd(spec)
        batches, counts = [], []
        for windows in self.windows(samples, spec):
            batches.append(front_end.batch(windows))
            counts.append(len(windows))
        return Windows(
            features=np.concatenate(batches),
            recording=np.repeat(np.arange(len(samples)), counts),
            labels=np.array([sample.label for sample in samples], dtype=np.intp),
            groups=tuple(sample.group for sample in samples),
        )

    def training_data(self, spec: FeatureSpec) -> TrainingData:
        """Training and validation features under one front end; the test part is not read."""
        if spec in self._features:
            self._features.move_to_end(spec)
            return self._features[spec]
        data = TrainingData(
            train=self.features(Part.TRAIN, spec),
            validation=self.features(Part.VALIDATION, spec),
            classes=len(self.dataset.classes),
            background_class=self.dataset.background_class,
        )
        self._features[spec] = data
        while len(self._features) > 1 and self._feature_bytes() > FEATURE_CACHE_BYTES:
            self._features.popitem(last=False)
        return data

    def _feature_bytes(self) -> int:
        kept = self._features.values()
        return sum(data.train.features.nbytes + data.validation.features.nbytes for data in kept)

    def _signal(self, sample: Sample, rate: float) -> Signal:
        known = self._signals.get((sample.key, rate))
        if known is not None:
            return known
        signal = load_signal(self.dataset, sample, rate)
        if self._signal_bytes + signal.nbytes <= SIGNAL_CACHE_BYTES:
            self._signals[sample.key, rate] = signal
            self._signal_bytes += signal.nbytes
        return signal
