import json
import re
from html import unescape

import pytest

from training.comparison_page import comparison_page, finding
from training.dossier import ANNEX_IV, dossier
from training.plots import pictures
from training.traced import Traced, as_text

PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def card(trained):
    return json.loads((trained.folder / "card.json").read_text())


@pytest.fixture(scope="module")
def written(card):
    return dossier(card)


def notes_of(markdown):
    return {int(n): (path, value) for n, path, value in re.findall(r"^\[\^(\d+)\]: `(.+?)` = (.*)$", markdown, re.M)}


def test_every_note_of_the_dossier_holds_what_stands_in_the_card(card, written):
    notes = notes_of(written[0])
    assert len(notes) > 100
    for path, value in notes.values():
        assert json.loads(value) == Traced(card).at(path), path


def test_every_figure_of_the_text_is_the_one_of_its_note(card, written):
    body = written[0].partition("## Where the figures come from")[0]
    notes, shown = notes_of(written[0]), re.findall(r"(?:\| |\* )([^|\n]*?)\[\^(\d+)\]", body)
    assert {int(n) for _, n in shown} == set(notes)
    for text, number in shown:
        found = Traced(card).at(notes[int(number)][0])
        assert text == as_text(found).replace("|", "\\|"), notes[int(number)]


def test_every_number_of_a_table_has_a_note(written):
    body = written[0].partition("## Where the figures come from")[0]
    cells = [cell.strip() for line in body.splitlines() if line.startswith("| ") for cell in line.split(" | ")]
    assert [cell for cell in cells if re.fullmatch(r"-?[\d.]+( \(.*\))?", cell.strip("| "))] == []


def test_the_page_links_each_figure_to_a_note_with_the_same_value(card, written):
    html = written[1]
    notes = dict(re.findall(r'<li id="note-(\d+)"><code>(.*?)</code>', html))
    links = re.findall(r'<a class="figure" href="#note-(\d+)">(.*?)</a>', html)
    assert links
    for number, text in links:
        plain = unescape(re.sub("<.*?>", "", text))
        assert plain == as_text(Traced(card).at(unescape(notes[number])))


def test_the_figures_of_the_card_are_those_of_the_run(card, trained):
    result = json.loads(json.dumps(trained.result.as_dict()))
    for name in ("metrics", "gates", "fairness", "slices", "curves", "less_discriminatory", "reasons", "plans"):
        assert card[name] == result[name], name


def test_chapters_are_the_nine_points_of_annex_iv(written):
    headings = re.findall(r"^## \d\. (.*)$", written[0], re.M)
    assert headings == list(ANNEX_IV)
    assert len(headings) == 9


def test_the_page_loads_nothing_from_elsewhere(written):
    assert not re.search(r"(src|href)=[\"'](?!#)", written[1])
    assert "<script" not in written[1]
    assert "prefers-color-scheme:dark" in written[1]


def test_the_same_card_gives_the_same_dossier(card, written):
    assert dossier(card) == written


def test_an_approval_is_told_with_its_reason(card):
    markdown, html = dossier(card, [{"version": "candor-pd-small/1", "approver": "A. Person", "reason": "<pilot>"}])
    assert "A. Person" in markdown
    assert "&lt;pilot&gt;" in html
    assert "Nobody has let this model decide yet." in dossier(card)[0]


def test_words_that_look_like_markup_stay_words(card):
    hostile = {**card, "data": "<script>alert(1)</script>", "limits": ["a | b <b>"]}
    markdown, html = dossier(hostile)
    assert "<script>" not in html
    assert "a \\| b <b>" in markdown


def rows():
    def figure(value):
        return {"value": value, "low": value - 0.02, "high": value + 0.02}

    def row(family, auc, chosen=False):
        figures = {"auc": figure(auc), "log_loss": figure(0.2), "ece": figure(0.03), "brier": figure(0.05)}
        return {"family": family, "serves": chosen, "chosen": chosen, **figures, "seconds": 1.0}

    left = {"family": "neural_network", "serves": False, "chosen": False, "auc": None, "left_out": "no time"}
    return [row("gradient_boosting", 0.8, True), row("plain_logistic", 0.81), left]


def test_the_comparison_says_who_was_chosen_and_whether_another_is_clearly_better():
    assert "within the chosen model's interval" in finding(rows()[:2])
    better = [rows()[0], {**rows()[1], "auc": {"value": 0.9, "low": 0.88, "high": 0.92}}]
    assert "above the chosen model's interval" in finding(better)


def test_the_comparison_page_holds_every_candidate_and_names_those_left_out():
    html = comparison_page("small", rows(), "it is <simple>")
    assert "neural network: no time" in html
    assert "it is &lt;simple&gt;" in html
    assert html.count('class="chosen"') >= 3
    assert not re.search(r"(src|href)=", html)


def test_pictures_are_drawn_from_the_run_alone_and_come_out_the_same(trained):
    body = trained.result.as_dict()
    drawn = pictures(body["metrics"], body["curves"], body["candidates"])
    assert set(drawn) == {"roc.png", "gains.png", "calibration.png", "scores.png", "candidates.png"}
    assert all(file.startswith(PNG) and len(file) > 5000 for file in drawn.values())
    assert drawn["roc.png"] == pictures(body["metrics"], body["curves"], body["candidates"])["roc.png"]


def test_a_run_without_curves_gets_no_pictures():
    assert pictures({}, {}, []) == {}
