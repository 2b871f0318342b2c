"""What a plain fixed network reaches on the split that ``fit`` uses: the figure to beat.

    python benchmarks/baselines.py DATA [--seconds 300] [--seed 1]

Sound: DS-CNN of MLPerf Tiny (64 filters, four depthwise-separable blocks, 49x10 features
of 40 ms windows; Zhang et al., "Hello Edge", 2017). Photos: MobileNetV1 0.25 at 96x96x3
(Howard et al., 2017), from scratch. Motion: three 1-D convolutions. Each is trained for
``--seconds`` with the training that ``fit`` uses, converted to int8 and scored with the
compiled C, on the validation and the test part.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from automl_edge.domain.architecture import (
    Activation,
    Architecture,
    AveragePool2D,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    Layer,
    Softmax,
)
from automl_edge.domain.candidate import Design, Task
from automl_edge.domain.dataset import Modality, Part
from automl_edge.domain.features import ImageSpec, LogMelSpec, MotionSpec
from automl_edge.domain.network_builder import whole_channels
from automl_edge.ingest import make_task, read_dataset
from automl_edge.material import Material
from automl_edge.scores import accuracy, probabilities
from automl_edge.search import run_compiled
from automl_edge.training import Settings, to_int8_tflite, train

EPOCHS = 1000


def _head(classes: int, dropout: float) -> tuple[Layer, ...]:
    return (AveragePool2D(), Flatten(), Dropout(dropout), Dense(classes), Softmax())


def ds_cnn(task: Task, filters: int = 64) -> Design:
    spec = LogMelSpec(16000, round(task.seconds * 16000), 640, 320, 10, 20, 7600)
    layers: list[Layer] = [Conv2D(filters, (10, 4), (2, 2))]
    for _ in range(4):
        layers += [DepthwiseConv2D((3, 3)), Conv2D(filters, (1, 1))]
    return Design(spec, Architecture(spec.output_shape, (*layers, *_head(task.classes, 0.4))))


def mobilenet_v1(task: Task, width: float = 0.25, side: int = 96) -> Design:
    spec = ImageSpec(side, side, 3)
    six = Activation.RELU6
    layers: list[Layer] = [Conv2D(whole_channels(32 * width), (3, 3), (2, 2), activation=six)]
    strides = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
    filters = (64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)
    for stride, count in zip(strides, filters, strict=True):
        layers.append(DepthwiseConv2D((3, 3), (stride, stride), activation=six))
        layers.append(Conv2D(whole_channels(count * width), (1, 1), activation=six))
    return Design(spec, Architecture(spec.output_shape, (*layers, *_head(task.classes, 0.1))))


def motion_cnn(task: Task, filters: int = 16) -> Design:
    spec = MotionSpec(
        task.rate_hz,
        round(task.seconds * task.rate_hz),
        task.motion_offset,
        task.motion_multiplier,
    )
    layers = (
        Conv2D(filters, (5, 1), (2, 1)),
        Conv2D(2 * filters, (5, 1), (2, 1)),
        Conv2D(2 * filters, (3, 1), (2, 1)),
    )
    return Design(spec, Architecture(spec.output_shape, (*layers, *_head(task.classes, 0.2))))


BASELINES: dict[Modality, Callable[[Task], Design]] = {
    Modality.AUDIO: ds_cnn,
    Modality.IMAGE: mobilenet_v1,
    Modality.MOTION: motion_cnn,
}


def measure(data: Path, seconds: float, seed: int) -> dict[str, float | str]:
    """Name, float validation accuracy, and int8 accuracy on validation and test."""
    dataset = read_dataset(data)
    design = BASELINES[dataset.modality](make_task(dataset))
    material = Material(dataset)
    features = material.training_data(design.features)
    settings = Settings(EPOCHS, seconds, seed)
    trained = train(design.architecture, design.features, features, settings)
    model = to_int8_tflite(trained.model(), features.representative)
    found: dict[str, float | str] = {
        "network": BASELINES[dataset.modality].__name__,
        "float validation": trained.accuracy,
    }
    for part in (Part.VALIDATION, Part.TEST):
        windows = material.features(part, design.features)
        scores = windows.mean_scores(probabilities(run_compiled(model, windows.features)))
        found[f"int8 {part}"] = accuracy(scores, windows.labels)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for name, value in measure(options.data, options.seconds, options.seed).items():
        print(f"{name:18} {value if isinstance(value, str) else format(value, '.3f')}")


if __name__ == "__main__":
    main()
