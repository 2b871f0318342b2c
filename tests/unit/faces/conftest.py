"""For all faces: a report with awkward names in it, and a library that can be replaced."""

import sys
from dataclasses import replace
from types import ModuleType

import pytest

from automl_edge.domain.architecture import Architecture
from automl_edge.domain.candidate import Candidate, Design
from automl_edge.domain.dataset import Modality, SetAside, Shortcut
from automl_edge.domain.features import ImageSpec, LogMelSpec
from automl_edge.domain.footprint import Cost, Figures, Footprint, Source
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.quantisation import Quantisation
from automl_edge.domain.run import TrialEnded
from automl_edge.domain.target import Budget
from automl_edge.report.model import (
    Accuracy,
    CandidateSummary,
    DataSummary,
    FootprintPair,
    GroupSummary,
    Parity,
    PartAccuracy,
    PartCounts,
    Report,
    Status,
    TargetSummary,
)
from automl_edge.report.profile import (
    Advice,
    AdviceKind,
    LayerRow,
    Lifetime,
    Memory,
    ProfileResult,
    Saving,
)
from automl_edge.report.searched import (
    UNCORRECTED,
    CheckedTrial,
    CorrectionSummary,
    PredictionSummary,
    SearchSummary,
    TrialPoint,
    front_of,
)
from automl_edge.scores import ClassScore
from tests.command_line import Install

CLASSES = ("up", "<script>alert(1)</script>", "naïve 🎤\nline two")


def make_report() -> Report:
    trials = tuple(
        TrialPoint(
            number,
            ("tiny_conv", "ds_cnn")[number % 2],
            0.62 + 0.03 * number - 0.05 * (number % 3),
            20_000 + 4_000 * number,
            9_000 + 1_500 * number,
            6.5 + 5.2 * number,
            number,
        )
        for number in range(11)
    )
    parts = (
        Cost("front end", 6_120, 3_300, 14.5),
        Cost("conv_1", 1_940, 12_800, 21.25),
        Cost("depthwise_2", 2_210, 0, 9.5),
        Cost("conv_3", 5_000, 0, 18.75),
        Cost("classifier", 460, 0, 0.125),
        Cost("code", 9_800, 0, 0.0),
        Cost("stack", 0, 640, 0.0),
    )
    measured = Footprint(
        flash_bytes=26_164,
        ram_bytes=16_912,
        latency_ms=64.125,
        macs=2_655_232,
        parts=parts,
        flash_source=Source.LINKED,
        ram_source=Source.LINKED,
        caller_bytes=640,
        stack_bytes=640,
    )
    return Report(
        status=Status.FITS,
        binding=None,
        name="model",
        data=DataSummary(
            Modality.AUDIO,
            "9b1c" * 6,
            CLASSES,
            PartCounts((60, 58, 61), (20, 19, 21), (20, 20, 20)),
            GroupSummary("file names", 31, 10, 11),
            set_aside=(
                SetAside("up/broken.wav", "cannot be decoded: 0 bytes"),
                SetAside("up/<b>x</b>.wav", "the same sound as up/a.wav"),
            ),
            shortcuts=(Shortcut("length", 0.58, 0.34),),
            warnings=("The class up has 40 samples; 50 or more are advised.",),
            notes=("Class 'up' is one speaker's for 12 clips; they were kept on one side.",),
        ),
        target=TargetSummary(
            "cortex-m4",
            "Arm Cortex-M4 at 80 MHz",
            "cortex-m4",
            80_000_000,
            524_288,
            131_072,
            131_072,
            32_768,
            200.0,
            1.18,
            1.34,
            "portable",
            {"flash": "a usual size for this core", "clock": "datasheet"},
        ),
        budget=Budget(65_536, 24_576, 200.0),
        optimize=Optimize.BALANCED,
        candidate=CandidateSummary(
            "ds_cnn",
            {"filters": 24, "blocks": 3, "mel_bins": 32, "dropout": 0.25, "wide": True},
            LogMelSpec(16_000, 16_000, 640, 320, 32, 60, 7_600),
            9_214,
            2_655_232,
            Quantisation.QAT,
        ),
        accuracy=Accuracy(
            PartAccuracy(0.93, 0.92, 0.92, 0.918, (0.88, 0.96), 0.35),
            PartAccuracy(0.9, 0.883, 0.88325, 0.883, (0.81, 0.94), 1 / 3),
        ),
        per_class={
            CLASSES[0]: ClassScore(0.9, 0.95, 20),
            CLASSES[1]: ClassScore(0.85, 0.85, 20),
            CLASSES[2]: ClassScore(0.9, 0.85, 20),
        },
        confusion=((19, 1, 0), (1, 17, 2), (1, 2, 17)),
        threshold=0.46875,
        footprint=FootprintPair(
            replace(
                measured,
                flash_bytes=26_010,
                flash_source=Source.PREDICTED,
                ram_source=Source.PREDICTED,
            ),
            measured,
        ),
        parity=Parity(120, 120, "tflite-micro"),
        search=SearchSummary(5_210, 3_977, 11, 412.5, trials, front_of(trials, 9), 9),
        predictions=PredictionSummary(
            start=UNCORRECTED,
            end=CorrectionSummary(1, "0123456789ab", {"conv_2d": 1.02, "front end logmel": 0.99}),
            checks=(
                CheckedTrial(
                    9, Figures(26_010, 17_000, 44.0), Figures(26_000, 17_000, 45.0), 44 / 45 - 1
                ),
            ),
            mean_error=1 / 45,
        ),
        versions={"automl-edge": "0.1.0", "tensorflow": "2.21.0", "zig": "0.16.0"},
        seed=1,
    )


def make_profile() -> ProfileResult:
    report = make_report()
    conv = LayerRow(
        "conv", "CONV_2D", 1_204_224, 6_500_000, 12_800, 95.9, 5.398, 4_000_000,
        "conv_2d", (48, 48, 3), (24, 24, 8), 216,
    )  # fmt: skip
    head = LayerRow(
        "head\x1b[31m", "FULLY_CONNECTED", 256, 1400, 96, 0.02, 5.469, 1100,
        "dense", (1, 1, 16), (1, 1, 2), 32,
    )  # fmt: skip
    lifetimes = (
        Lifetime("input", False, 0, 6912, 0, 0),
        Lifetime("conv", False, 6912, 4608, 0, 1),
        Lifetime("scratch of conv", True, 11_520, 1280, 0, 0),
        Lifetime("head", False, 0, 2, 1, 1),
    )
    advice = (
        Advice(
            AdviceKind.RESOLUTION, 0, "Layer 0 (conv) holds the peak.",
            Saving(ram_bytes=8192, cycles=3_250_700), 0.5, True,
        ),
        Advice(
            AdviceKind.OPTIMIZE, None, "--optimize speed takes other kernels.",
            Saving(-2048, -512, 1_300_280), 0.2, False,
        ),
    )  # fmt: skip
    return ProfileResult(
        model="m.tflite",
        target=report.target,
        optimize=Optimize.BALANCED,
        footprint=report.footprint,
        layers=(conv, head),
        memory=Memory(12_800, 0, lifetimes),
        notes=("4 of 12 channels never change an answer and were left out.",),
        advice=advice,
        parity=Parity(20, 19, "portable"),
        parity_on_core=Parity(1, 1, "host"),
    )


def make_trial(number: int, score: float, best: float, left: float | None) -> TrialEnded:
    design = Design(ImageSpec(32, 32, 1), Architecture((32, 32, 1), ()))
    candidate = Candidate("ds_cnn", (), design, Footprint(20_480, 8_192, 12.5, 1, ()))
    return TrialEnded(number, candidate, score, best, left)


@pytest.fixture
def profile() -> ProfileResult:
    return make_profile()


@pytest.fixture
def report() -> Report:
    return make_report()


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """``install("tools", profile_model=...)`` puts a module of the library in place."""

    def put(name: str, **functions: object) -> None:
        module = ModuleType(f"automl_edge.{name}")
        for function, body in functions.items():
            setattr(module, function, body)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        package, _, attribute = module.__name__.rpartition(".")
        monkeypatch.setattr(sys.modules[package], attribute, module, raising=False)

    return put
