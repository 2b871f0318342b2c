"""The pages as Streamlit draws them, without a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from automl_edge.studio import health
from automl_edge.studio.dropping import Word
from automl_edge.studio.gate import TOKEN_VARIABLE
from automl_edge.studio.projects import (
    Project,
    Wishes,
    list_projects,
    make_project,
    studio_folder,
)
from automl_edge.studio.runs import Run, list_runs, start_run
from automl_edge.studio.samples import list_classes
from automl_edge.studio.views import base
from tests.drop_messages import chunks_of, message
from tests.makers import image_folder, zip_folder

APP = Path(__file__).parents[4] / "app.py"
PNG = b"\x89PNG\r\n\x1a\n"
PATIENCE = 300
"""Seconds, on a busy machine."""


def _data() -> None:
    from automl_edge.studio.views import base, data

    base.show_notices()
    data.show()


def _device() -> None:
    from automl_edge.studio.views import device

    device.show()


def _search() -> None:
    from automl_edge.studio.views import searching

    searching.show()


def _all_runs() -> None:
    from automl_edge.studio.views import base, runs

    base.show_notices()
    runs.show()


@pytest.fixture(autouse=True)
def _here() -> Iterator[None]:
    """As ``automl-edge gui`` starts it: for this computer alone."""
    config.set_option("server.address", "localhost")
    yield
    config.set_option("server.address", None)


def _page(draw: Callable[[], None], project: Project | None = None) -> AppTest:
    page = AppTest.from_function(draw, default_timeout=PATIENCE)
    if project is not None:
        page.session_state["project"] = project.name
    page.run()
    assert not page.exception
    return page


def _press(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception
    return page


def test_a_newcomer_makes_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOML_EDGE_STUDIO", str(tmp_path))
    page = AppTest.from_file(str(APP), default_timeout=PATIENCE).run()
    assert not page.exception
    assert "Begin with a project" in page.info[0].value
    page.text_input[0].set_value("door sounds")
    _press(page, "Make it")
    assert [project.name for project in list_projects(studio_folder())] == ["door sounds"]
    assert page.title[0].value == "Your samples"


def test_where_others_can_reach_it_it_serves_nobody_without_a_token(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.set_option("server.address", None)
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    page = AppTest.from_file(str(APP), default_timeout=PATIENCE).run()
    assert "automl-edge gui" in page.error[0].value
    assert not page.selectbox
    assert project.root.is_dir()


def test_projects_are_changed_back_and_forth(project: Project) -> None:
    other = make_project(project.root.parent, "apples")
    page = AppTest.from_file(str(APP), default_timeout=PATIENCE).run()
    for name in ("words", "apples", "words", "apples"):
        page.selectbox("project-choice").set_value(name).run()
        assert page.session_state["project"] == name
    assert not page.exception
    assert other.wishes() == project.wishes()


@pytest.mark.usefixtures("project")
def test_whoever_has_no_token_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "secret")
    page = AppTest.from_file(str(APP), default_timeout=PATIENCE).run()
    assert [box.label for box in page.text_input] == ["Token"]
    assert not page.selectbox
    page.text_input[0].set_value("guess").run()
    assert "not the token" in page.error[0].value
    page.text_input[0].set_value("secret").run()
    assert not page.exception
    assert page.title[0].value == "Your samples"


def _send(page: AppTest, content: bytes) -> AppTest:
    page.session_state["dropzone/words"] = content
    page.run()
    assert not page.exception
    return page


def _drop(page: AppTest, files: Mapping[str, bytes], key: str = "first") -> AppTest:
    """As the browser sends them, all in one part."""
    (part,) = chunks_of(files, 1 << 30)
    return _send(page, message(part, 0, 1, drop=key))


def _says(page: AppTest, text: str) -> bool:
    return any(text in each.value for each in (*page.markdown, *page.info, *page.error))


def test_a_zip_is_dropped_and_its_classes_are_shown(project: Project, tmp_path: Path) -> None:
    folder = image_folder(tmp_path / "photos", 8)
    archive = zip_folder(folder, tmp_path / "photos.zip")
    page = _drop(_page(_data, project), {"photos.zip": archive.read_bytes()})
    assert _says(page, "1 file is here")
    _press(page, "Add them")
    assert [len(each.files) for each in list_classes(project.data)] == [8, 8]
    assert any("16 samples were added" in box.value for box in page.info)
    assert [metric.value for metric in page.metric][:2] == ["16", "2"]
    assert not list(project.root.glob(".*"))


def test_a_hostile_zip_is_refused_with_a_message(project: Project) -> None:
    page = _drop(_page(_data, project), {"x.zip": b"PK\x03\x04 nothing"})
    _press(page, "Add them")
    assert any("not a zip that can be read" in box.value for box in page.error)
    assert list_classes(project.data) == ()


def test_files_wait_for_their_class_and_can_be_given_back(project: Project) -> None:
    page = _drop(_page(_data, project), {"1.png": PNG})
    _press(page, "Add them")
    assert _says(page, "their class is not known")
    _press(page, "Not these")
    assert "Add them" not in [button.label for button in page.button]
    assert not list(project.root.glob(".*"))


def test_parts_are_taken_once_and_only_whole_drops_can_be_added(project: Project) -> None:
    page = _page(_data, project)
    parts = chunks_of({"x/yes/1.png": PNG, "x/no/2.png": PNG}, 5)
    for number, part in enumerate(parts):
        assert not _says(page, "are here")
        for _ in range(2):
            _send(page, message(part, number, len(parts)))
    assert _says(page, "2 files are here")
    _press(page, "Add them")  # the last part is still what the browser has sent last
    assert _says(page, "2 samples were added")
    assert not _says(page.run(), "are here")
    _send(page, message([], 0, 0, Word.REST, drop=""))
    assert not _says(page, "are here")
    assert [len(each.files) for each in list_classes(project.data)] == [1, 1]


def test_two_drops_keep_their_own_folders(project: Project) -> None:
    page = _drop(_page(_data, project), {"x/yes/1.png": PNG, "x/no/2.png": PNG})
    _drop(page, {"y/yes/3.png": PNG, "y/no/4.png": PNG}, "second")
    assert _says(page, "4 files are here")
    _press(page, "Add them")
    assert [each.name for each in list_classes(project.data)] == ["no", "yes"]
    assert _says(page, "4 samples were added")


def test_a_page_that_was_left_in_the_middle_says_so(project: Project) -> None:
    part = chunks_of({"x/yes/1.png": PNG}, 5)[0]
    page = _send(_page(_data, project), message(part, 0, 2))
    _send(page, message([], 0, 0, Word.GONE))
    assert _says(page, "left before all files were here")
    assert not list(project.root.glob(".*"))
    assert not _says(_drop(page, {"x/yes/1.png": PNG}, "second"), "left before all files")


def test_a_message_that_is_none_is_told(project: Project) -> None:
    assert _says(_send(_page(_data, project), b"nonsense"), "something else than files")


def test_classes_are_renamed_merged_and_deleted_on_their_cards(project: Project) -> None:
    image_folder(project.data, 3, ("left", "right", "up"))
    page = _page(_data, project)
    page.text_input("name-left").set_value("links")
    page.button("rename-left").click().run()
    assert [each.name for each in list_classes(project.data)] == ["links", "right", "up"]
    page.selectbox("into-up").set_value("right")
    page.button("merge-up").click().run()
    assert [len(each.files) for each in list_classes(project.data)] == [3, 6]
    page.checkbox("sure-class-links").check().run()
    page.button("delete-class-links").click().run()
    assert [each.name for each in list_classes(project.data)] == ["right"]
    assert not page.exception


def test_a_pasted_table_is_a_sample_of_a_new_class(project: Project) -> None:
    page = _page(_data, project)
    page.button_group("way").set_value("Paste a table").run()
    page.text_input("new-Table").set_value("still").run()
    rows = "\n".join(f"{row},0.1,0.2" for row in range(20))
    page.text_area[0].set_value(f"time,x,y\n{rows}")
    _press(page, "Add it")
    (folder,) = list_classes(project.data)
    assert folder.name == "still"
    assert folder.files[0].startswith("still/table-")


def test_how_samples_were_grouped_is_told_without_options(project: Project) -> None:
    image_folder(project.data, 8)
    notes = health.examine(project.data).notes
    assert any("groups.csv" in note for note in notes)
    assert not any("--" in note for note in notes)


def test_samples_that_are_too_few_are_told(project: Project) -> None:
    image_folder(project.data, 1)
    page = _page(_data, project)
    assert page.error


def test_a_chip_is_chosen_and_its_limits_are_shown(project: Project) -> None:
    image_folder(project.data, 8)
    page = _page(_device, project)
    assert [metric.value for metric in page.metric] == ["384.0 KiB", "96.0 KiB", "200 ms"]
    assert any("fit" in box.value for box in page.info)
    page.button("choose-cortex-m0plus").click().run()
    assert project.wishes() == Wishes("cortex-m0plus")
    page.slider[0].set_value(page.slider[0].max).run()
    assert page.metric[0].value == "1.0 KiB"
    assert any("No, nothing fits" in box.value for box in page.info)
    assert not page.exception


def test_a_search_is_started_with_a_time(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Run] = []
    monkeypatch.setattr("automl_edge.studio.runs._spawn", started.append)
    image_folder(project.data, 8)
    page = _page(_search, project)
    page.select_slider("minutes/words").set_value(2)
    _press(page, "Search")
    assert project.wishes().minutes == 2
    assert [run.asked.time_limit for run in started] == [120.0]
    assert "interrupted" in page.warning[0].value  # nothing was started here
    started[0].out.mkdir()
    page.run()
    _press(page, "Go on where it stopped")
    assert len(started) == 2


def test_without_samples_no_search_can_start(project: Project) -> None:
    page = _page(_search, project)
    assert page.error
    assert "Search" not in [button.label for button in page.button]


def test_searches_are_listed_and_deleted(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("automl_edge.studio.runs._spawn", lambda _: None)
    start_run(project)
    page = _page(_all_runs, project)
    page.checkbox("run-sure-words-1").check().run()
    page.button("run-delete-1").click().run()
    assert list_runs(project) == ()
    assert "none yet" in page.info[-1].value


@pytest.mark.parametrize("draw", [_data, _device, _search, _all_runs])
def test_without_a_project_every_page_says_how_to_begin(
    draw: Callable[[], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOML_EDGE_STUDIO", str(tmp_path))
    page = _page(draw)
    assert "Begin with a project" in page.info[0].value


def test_names_are_shown_as_they_are() -> None:
    assert base.plain("a_b*c [d](e) $5$ `f`") == r"a\_b\*c \[d\]\(e\) \$5\$ \`f\`"
    assert base.plain("plain words") == "plain words"
