"""Which pretrained weights a fit takes: the option, the variable, Keras's cache, a download."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from automl_edge import backbones, pipeline
from automl_edge.domain.candidate import Backbone
from automl_edge.domain.run import Event, FitSpec, Note
from automl_edge.errors import (
    EnvironmentProblem,
    ModelFileError,
    RunDirectoryError,
    UsageError,
)
from automl_edge.search import Problem, read_asked
from automl_edge.training import imagenet
from automl_edge.training._tensorflow import keras
from tests.backbone_files import NARROW, NARROW_V2, write_backbone
from tests.makers import image_folder, motion_folder

V1_SPACE, V2_SPACE = "mobilenet_v1_pretrained", "mobilenet_v2_pretrained"
WIDE = Backbone("mobilenet_v1", 1.0, 128)


class Begun(Exception):
    """The search was about to begin."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backbones")
    write_backbone(folder / "one.h5", NARROW)
    write_backbone(folder / "two.h5", NARROW_V2)
    return folder


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return image_folder(tmp_path_factory.mktemp("data") / "photos", per_class=8, size=(48, 40))


@pytest.fixture
def began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Problem]:
    """The problems that searches were begun with; nothing is chosen, cached or in reach."""
    found: list[Problem] = []

    def begin(problem: Problem, *_: Any) -> None:
        found.append(problem)
        raise Begun

    monkeypatch.delenv(backbones.VARIABLE)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(imagenet, "BASE_URL", "http://127.0.0.1:9/")
    monkeypatch.setattr(pipeline, "run_search", begin)
    return found


@pytest.fixture
def server(files: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """A web server for the files of keras.applications, of which it has the narrowest."""
    state = SimpleNamespace(
        asked=[],
        promised=0,
        content={
            "/mobilenet/mobilenet_2_5_128_tf_no_top.h5": (files / "one.h5").read_bytes(),
        },
    )

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            state.asked.append(("HEAD", self.path))
            self.send_response(200 if self.path in state.content else 404)
            self.end_headers()

        def do_GET(self) -> None:
            state.asked.append(("GET", self.path))
            body = state.content[self.path]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body) + state.promised))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Keep the test's output clean."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    monkeypatch.setattr(imagenet, "BASE_URL", f"http://127.0.0.1:{running.server_port}/")
    yield state
    running.shutdown()
    thread.join()
    running.server_close()


def _begin(spec: FitSpec) -> list[str]:
    """Begin a fit; the notes that were told."""
    events: list[Event] = []
    with pytest.raises(Begun):
        pipeline.run(spec, events.append)
    return [event.text for event in events if isinstance(event, Note)]


def _spec(photos: Path, folder: Path, backbone: str | Path | None = None) -> FitSpec:
    return FitSpec(photos, "cortex-m4", folder / "run", trials=1, backbone=backbone)


def _spaces(problem: Problem) -> set[str]:
    return {space.NAME for space in problem.spaces}


def test_a_file_lets_its_family_compete(
    tmp_path: Path, photos: Path, files: Path, began: list[Problem]
) -> None:
    _begin(_spec(photos, tmp_path, files / "one.h5"))
    assert began[0].task.backbones == (NARROW,)
    assert {V1_SPACE, "mobilenet_v1", "tiny_conv"} <= _spaces(began[0])
    assert V2_SPACE not in _spaces(began[0])


def test_a_folder_by_the_variable_and_an_option_above_it(
    tmp_path: Path, photos: Path, files: Path, began: list[Problem],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv(backbones.VARIABLE, str(files))
    _begin(_spec(photos, tmp_path / "a"))
    _begin(_spec(photos, tmp_path / "b", "none"))
    assert set(began[0].task.backbones) == {NARROW, NARROW_V2}
    assert {V1_SPACE, V2_SPACE} <= _spaces(began[0])
    assert began[1].task.backbones == ()
    assert not {V1_SPACE, V2_SPACE} & _spaces(began[1])


def test_one_space_takes_the_weights_of_its_family_only(
    tmp_path: Path, photos: Path, files: Path, began: list[Problem]
) -> None:
    spec = replace(_spec(photos, tmp_path, files), space=V2_SPACE)
    _begin(spec)
    assert began[0].task.backbones == (NARROW_V2,)
    lacking = replace(spec, backbone=files / "one.h5", out=tmp_path / "other")
    with pytest.raises(UsageError, match="starts from weights of mobilenet_v2, and none"):
        pipeline.run(lacking)


def test_a_file_that_is_not_there_is_told_before_the_data_is_read(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"no file .*weights\.h5"):
        pipeline.run(_spec(tmp_path / "no data", tmp_path, tmp_path / "weights.h5"))


@pytest.mark.usefixtures("began")
def test_weights_where_they_are_of_no_use(
    tmp_path: Path, photos: Path, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    motion = motion_folder(tmp_path / "motion", per_class=10)
    with pytest.raises(UsageError, match="motion data cannot start from it"):
        pipeline.run(_spec(motion, tmp_path, files))
    with pytest.raises(UsageError, match="tiny_conv cannot start from it"):
        pipeline.run(replace(_spec(photos, tmp_path, files), space="tiny_conv"))
    monkeypatch.setenv(backbones.VARIABLE, str(files))
    assert not any("pretrained" in note for note in _begin(_spec(motion, tmp_path)))


def test_without_a_network_there_is_one_note_and_a_search_from_scratch(
    tmp_path: Path, photos: Path, began: list[Problem]
) -> None:
    notes = [note for note in _begin(_spec(photos, tmp_path)) if "pretrained" in note]
    assert len(notes) == 1
    assert "networks are trained from scratch: cannot download http://127.0.0.1:9/" in notes[0]
    assert began[0].task.backbones == ()
    with pytest.raises(EnvironmentProblem, match="cannot download") as caught:
        pipeline.run(_spec(photos, tmp_path / "asked", "imagenet"))
    assert "--backbone none" in caught.value.hint


def test_a_host_that_does_not_answer_is_given_up_soon(
    began: list[Problem], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del began, tmp_path
    forever = threading.Event()
    monkeypatch.setattr(imagenet, "PROBE_SECONDS", 0.05)
    monkeypatch.setattr(imagenet.urllib.request, "urlopen", lambda *_, **__: forever.wait(60))
    with pytest.raises(EnvironmentProblem, match=r"no answer within 0\.05 s"):
        imagenet.imagenet_file(NARROW)
    forever.set()


def test_weights_are_downloaded_once_and_then_found_in_kerass_cache(
    tmp_path: Path, photos: Path, began: list[Problem], server: SimpleNamespace,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    notes = _begin(_spec(photos, tmp_path / "a"))
    narrow = "/mobilenet/mobilenet_2_5_128_tf_no_top.h5"
    other = "/mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_128_no_top.h5"
    assert server.asked == [("HEAD", narrow), ("GET", narrow), ("HEAD", other)]
    assert began[0].task.backbones == (NARROW,)
    assert "others are used: cannot download" in next(n for n in notes if "pretrained" in n)
    assert (tmp_path / "keras" / "models" / Path(narrow).name).is_file()
    assert capfd.readouterr().out == ""

    server.asked.clear()
    _begin(replace(_spec(photos, tmp_path / "b"), space=V1_SPACE))
    assert server.asked == []
    assert began[1].task.backbones == (NARROW,)


@pytest.mark.usefixtures("began")
def test_half_a_download_leaves_nothing(tmp_path: Path, server: SimpleNamespace) -> None:
    server.promised = 1000
    with pytest.raises(EnvironmentProblem, match="cannot download"):
        imagenet.imagenet_file(NARROW)
    assert list((tmp_path / "keras" / "models").iterdir()) == []


def test_a_damaged_file_in_the_cache_is_named(
    tmp_path: Path, photos: Path, began: list[Problem]
) -> None:
    models = tmp_path / "keras" / "models"
    models.mkdir(parents=True)
    file = models / imagenet.file_name(NARROW)
    file.write_bytes(b"half a file")
    notes = _begin(_spec(photos, tmp_path))
    assert any("is damaged" in note and str(file) in note for note in notes)
    assert began[0].task.backbones == ()
    with pytest.raises(EnvironmentProblem) as caught:
        pipeline.run(_spec(photos, tmp_path / "asked", "imagenet"))
    assert f"Delete {file}" in caught.value.hint


def test_a_run_resumes_with_the_same_weights_only(
    tmp_path: Path, photos: Path, files: Path, began: list[Problem]
) -> None:
    spec = _spec(photos, tmp_path, files / "one.h5")
    _begin(spec)
    copy = tmp_path / "copy.h5"
    shutil.copy(files / "one.h5", copy)
    _begin(replace(spec, backbone=copy, resume=True))
    other = write_backbone(tmp_path / "other.h5", NARROW, seed=2)
    for named in (other, "none"):
        with pytest.raises(RunDirectoryError, match="its backbone is"):
            pipeline.run(replace(spec, backbone=named, resume=True))
    assert len(began) == 2


def test_a_run_that_began_without_weights_goes_on_without_them(
    tmp_path: Path, photos: Path, files: Path, began: list[Problem], server: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with monkeypatch.context() as offline:
        offline.setattr(imagenet, "BASE_URL", "http://127.0.0.1:9/")
        _begin(_spec(photos, tmp_path))
    _begin(replace(_spec(photos, tmp_path), resume=True))
    monkeypatch.setenv(backbones.VARIABLE, str(files))
    _begin(replace(_spec(photos, tmp_path), resume=True))
    assert server.asked == []
    assert [problem.task.backbones for problem in began] == [(), (), ()]


def test_wider_weights_are_wanted_where_their_network_would_fit() -> None:
    families = ("mobilenet_v1", "mobilenet_v2")
    v2 = Backbone("mobilenet_v2", 0.35, 128)
    assert imagenet.imagenet_backbones(families, 64 << 10) == (NARROW, v2)
    assert imagenet.imagenet_backbones(families[:1], 384 << 10) == (NARROW,)
    assert WIDE in imagenet.imagenet_backbones(families, 8 << 20)


@pytest.mark.parametrize("backbone", [NARROW, WIDE, Backbone("mobilenet_v2", 0.35, 128)])
def test_names_and_places_are_those_of_keras_applications(
    tmp_path: Path, backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    from keras.src.utils import file_utils

    asked: list[tuple[str, str]] = []

    def note(name: str, url: str, **_: Any) -> str:
        asked.append((name, url))
        raise Begun

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(imagenet, "_probe", lambda _: None)
    monkeypatch.setattr(file_utils, "get_file", note)
    monkeypatch.setattr(keras().utils, "get_file", note)
    names = {"mobilenet_v1": "MobileNet", "mobilenet_v2": "MobileNetV2"}
    build = getattr(keras().applications, names[backbone.family])
    with pytest.raises(Begun):
        build((128, 128, 3), alpha=backbone.width, include_top=False, weights="imagenet")
    with pytest.raises(EnvironmentProblem):
        imagenet.imagenet_file(backbone)
    assert asked[0] == asked[1]


def test_a_run_goes_on_with_what_it_began_with_whatever_else_is_at_hand_by_then(
    tmp_path: Path, photos: Path, files: Path, began: list[Problem],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder = tmp_path / "weights"
    folder.mkdir()
    shutil.copy(files / "two.h5", folder)
    monkeypatch.setenv(backbones.VARIABLE, str(folder))
    spec = _spec(photos, tmp_path)
    _begin(spec)
    shutil.copy(files / "one.h5", folder)
    _begin(replace(spec, resume=True))
    assert [problem.task.backbones for problem in began] == [(NARROW_V2,), (NARROW_V2,)]


@pytest.mark.usefixtures("began")
def test_a_pick_finds_the_weights_that_the_variable_named(
    tmp_path: Path, photos: Path, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "weights.h5"
    shutil.copy(files / "one.h5", file)
    with monkeypatch.context() as there:
        there.setenv(backbones.VARIABLE, str(file))
        _begin(_spec(photos, tmp_path))
    assert read_asked(tmp_path / "run").backbone == str(file)


def test_what_is_in_the_cache_is_taken_though_another_file_cannot_be_had(
    tmp_path: Path, photos: Path, began: list[Problem]
) -> None:
    models = tmp_path / "keras" / "models"
    models.mkdir(parents=True)
    cached = replace(NARROW_V2, size=imagenet.SIZE)
    write_backbone(models / imagenet.file_name(cached), cached)
    notes = _begin(_spec(photos, tmp_path))
    assert began[0].task.backbones == (cached,)
    assert any("others are used: cannot download" in note for note in notes)
