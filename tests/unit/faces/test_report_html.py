"""report.html: one page on its own, in which no name can act."""

import re
from dataclasses import replace

import pytest

from automl_edge.domain.dataset import SetAside
from automl_edge.domain.footprint import Cost, Footprint, Resource, Source, Violation
from automl_edge.domain.remedies import Remedies
from automl_edge.domain.target import Budget
from automl_edge.report import words
from automl_edge.report.charts import PALETTE, scatters, stacked
from automl_edge.report.html import LISTED_FILES, render
from automl_edge.report.model import PretrainedSummary, Report, Status
from automl_edge.report.searched import SearchSummary, TrialPoint, front_of
from tests.page_reader import HOSTILE, read


def hostile(report: Report) -> Report:
    """``report`` with hostile text in every place that users or files can fill."""
    data = report.data
    classes = (HOSTILE, *data.classes[1:])
    return replace(
        report,
        name=HOSTILE,
        data=replace(
            data,
            classes=classes,
            groups=replace(data.groups, source=HOSTILE),
            set_aside=(SetAside(HOSTILE, HOSTILE),),
            shortcuts=(replace(data.shortcuts[0], name=HOSTILE),),
            warnings=(HOSTILE,),
            notes=(HOSTILE,),
        ),
        per_class=dict(zip(classes, report.per_class.values(), strict=True)),
        target=replace(report.target, title=HOSTILE, name=HOSTILE),
        candidate=replace(report.candidate, space=HOSTILE, values={HOSTILE: HOSTILE}),
        search=replace(
            report.search,
            trials=tuple(replace(trial, space=HOSTILE) for trial in report.search.trials),
        ),
        versions={HOSTILE: HOSTILE},
    )


def test_no_name_becomes_markup(report: Report) -> None:
    plain, found = read(render(report)), read(render(hostile(report)))
    assert set(found.tags) == set(plain.tags)
    assert not {"script", "img", "iframe", "link"} & set(found.tags)
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    assert "<script>alert(1)</script>" in "".join(found.text)
    assert "{{ 7*7 }}" in "".join(found.text)


def test_the_page_is_well_formed(report: Report) -> None:
    assert read(render(report)).open == []


def test_the_page_asks_for_nothing_else(report: Report) -> None:
    page = render(report)
    assert not re.search(r"https?:|url\(|@import|src=|href=", page)
    assert "default-src 'none'" in page


def test_the_page_tells_the_figures_with_their_sources(report: Report) -> None:
    text = " ".join(" ".join(read(render(report)).text).split())
    for said in (
        "88.3 %",
        "81.0 to 94.0 %",
        "33.3 %",
        "25.6 KiB of 64.0 KiB linked",
        "64.1 ms of 200 ms predicted",
        "All 120 samples equal TensorFlow Lite Micro in every byte.",
        "int8 (what ships: by quantisation-aware training) 92.0 % 88.3 %",
        "5,210 candidates sampled, 3,977 rejected",
        "50 or more are advised.",
        "length 58.0 % 34.0 %",
        "started from random weights",
        "cannot be decoded: 0 bytes",
        "tensorflow 2.21.0",
        "seed 1",
    ):
        assert said in text


def test_the_page_tells_which_weights_training_started_from(report: Report) -> None:
    began = PretrainedSummary("mobilenet_v1", 0.25, 128, "abcd" * 16)
    begun = replace(report, candidate=replace(report.candidate, pretrained=began))
    text = " ".join(" ".join(read(render(begun)).text).split())
    assert "started from mobilenet_v1 of width 0.25, pretrained on photos of 128 x 128" in text


def test_a_model_that_may_be_guessing_is_told(report: Report) -> None:
    test = replace(report.accuracy.test, c_model=0.4, interval95=(0.3, 0.5))
    doubtful = replace(report, accuracy=replace(report.accuracy, test=test))
    told = "It is not sure that this is better than guessing"
    assert told in render(doubtful)
    assert told not in render(report)


def test_a_model_that_does_not_fit_names_what_binds(report: Report) -> None:
    tight = replace(
        report,
        status=Status.NEAREST,
        binding=Resource.FLASH,
        budget=replace(report.budget, flash_bytes=3072),
    )
    page = render(tight)
    assert "Flash binds: the nearest model needs 25.6 KiB, the budget is 3.0 KiB" in page
    assert 'class="verdict bad"' in page


def test_what_would_let_something_fit_is_told(report: Report) -> None:
    broken = Violation(Resource.FLASH, 5000, 3072)
    helps = Remedies((broken,), (broken,), report.candidate.features, None)
    assert "as predicted: --flash 5.1K." in render(replace(report, remedies=helps))
    assert "What would let something fit" not in render(report)


def test_a_report_with_next_to_nothing_in_it_still_renders(report: Report) -> None:
    bare = replace(
        report,
        data=replace(report.data, set_aside=(), shortcuts=(), warnings=(), notes=()),
        search=SearchSummary(0, 0, 0, 0.0, (), (), 0),
        footprint=replace(
            report.footprint,
            measured=replace(
                report.footprint.measured, parts=(), flash_bytes=0, ram_bytes=0, latency_ms=0.0
            ),
        ),
        budget=replace(report.budget, flash_bytes=0),
        confusion=((0, 0, 0),) * 3,
    )
    text = " ".join(read(render(bare)).text)
    assert "Every file was used." in text
    assert "Nothing trivial gives the label away." in text


def test_a_long_list_of_files_is_cut_and_says_so(report: Report) -> None:
    many = tuple(SetAside(f"f{i}", "broken") for i in range(LISTED_FILES + 7))
    page = render(replace(report, data=replace(report.data, set_aside=many)))
    assert "And 7 more, listed in report.json." in page
    assert f"<code>f{LISTED_FILES}</code>" not in page


def footprint(parts: list[tuple[str, int, int]], flash: int, ram: int) -> Footprint:
    return Footprint(flash, ram, 1.0, 1, tuple(Cost(*part) for part in parts))


def test_a_stacked_bar_accounts_for_every_byte() -> None:
    whole = footprint([(f"layer {i}", 100 * i, 0) for i in range(12)], 7000, 0)
    bar = stacked(whole, Resource.FLASH, 10_000.0)
    assert sum(piece.width for piece in bar.segments) == pytest.approx(70)
    assert len(bar.segments) == PALETTE + 1
    assert bar.segments[-1].name == "everything else"
    assert bar.ceiling == 100


def test_a_bar_over_its_ceiling_shows_the_ceiling_inside() -> None:
    bar = stacked(footprint([("code", 0, 200)], 0, 200), Resource.RAM, 50.0)
    assert bar.ceiling == 25
    assert [piece.width for piece in bar.segments] == [100]


def test_a_part_has_one_colour_in_all_bars() -> None:
    whole = footprint([("a", 10, 400), ("b", 300, 20), ("a", 5, 5)], 315, 425)
    flash, ram = (
        {piece.name: piece.colour for piece in stacked(whole, resource, 1000.0).segments}
        for resource in (Resource.FLASH, Resource.RAM)
    )
    assert flash == ram == {"a": "c0", "b": "c1"}


@pytest.mark.parametrize(
    ("latencies", "scores"),
    [
        ((0.0,), (1.0,)),
        ((3.0,), (0.0,)),
        ((1.0, 950.0, 12.5), (0.31, 0.99, 0.7)),
        ((2.0,) * 4, (0.5,) * 4),
    ],
)
def test_every_dot_lies_inside_the_picture(
    latencies: tuple[float, ...], scores: tuple[float, ...]
) -> None:
    trials = tuple(
        TrialPoint(number, "s", score, 1, 1, latency, number)
        for number, (latency, score) in enumerate(zip(latencies, scores, strict=True))
    )
    search = SearchSummary(9, 1, len(trials), 1.0, trials, front_of(trials, 0), 0)
    plots = scatters(search, Budget(2000, 2000, 200.0))
    assert [plot.label for plot in plots] == ["flash, KiB", "RAM, KiB", "latency, ms"]
    for plot in plots:
        assert all(plot.left <= dot.x <= plot.right for dot in plot.dots)
        assert all(plot.top - 0.1 <= dot.y <= plot.bottom + 0.1 for dot in plot.dots)
        assert [dot.chosen for dot in plot.dots].count(True) == 1
        assert 3 <= len(plot.x_ticks) <= 10
        assert len({tick.label for tick in plot.y_ticks}) == len(plot.y_ticks) >= 3


def test_the_pictures_tell_the_front_from_the_rest() -> None:
    small = TrialPoint(0, "s", 0.7, 10_240, 1024, 9.0, 0)
    fast = TrialPoint(1, "s", 0.7, 20_480, 2048, 3.0, 1)
    good = TrialPoint(2, "t", 0.9, 40_960, 8192, 12.0, 2)
    worse = TrialPoint(3, "t", 0.8, 51_200, 9216, 15.0, 3)
    trials = (small, fast, good, worse)
    search = SearchSummary(9, 1, 4, 1.0, trials, front_of(trials, 2), 2)
    flash, _, latency = scatters(search, Budget(45_000, 90_000, 200.0))
    assert [dot.ahead for dot in flash.dots] == [True, True, True, False]
    assert flash.ceiling is not None
    assert latency.ceiling is None

    def corners(front: str) -> list[tuple[str, ...]]:
        return [tuple(corner.split(",")) for corner in front.split()]

    steps = {plot.label: corners(plot.front) for plot in (flash, latency)}
    assert [len(each) for each in steps.values()] == [3, 3]
    assert steps["flash, KiB"][0] == (f"{flash.dots[0].x:g}", f"{flash.dots[0].y:g}")
    assert steps["latency, ms"][0] == (f"{latency.dots[1].x:g}", f"{latency.dots[1].y:g}")


def test_the_page_lists_the_front_and_how_to_get_a_point(report: Report) -> None:
    text = " ".join(" ".join(read(render(report)).text).split())
    last = report.search.front[-1]
    assert f"automl-edge pick RUN --number {last.number}" in text
    for point in report.search.front:
        score, flash = words.percent(point.score), f"{point.flash_bytes / 1024:.1f} KiB"
        assert f"{point.space} {score} {flash}" in text
    assert f"{report.search.chosen} (ships)" in text


def test_without_trials_there_is_no_picture() -> None:
    assert scatters(SearchSummary(0, 0, 0, 0.0, (), (), 0), Budget(1, 1, 1.0)) == ()


def test_every_source_and_resource_has_its_words() -> None:
    assert set(words.SOURCES) == set(Source)
    assert set(words.ADVICE) == set(Resource)
