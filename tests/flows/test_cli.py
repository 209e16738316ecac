"""The command line: quick help, clean stdout, one-sentence errors, exit codes."""

import json
import subprocess
import sys

import pytest
import typer

from flows import cli_output
from flows.cli import run
from flows.cli_output import Answer, command
from lending.domain.errors import InputError, RefusedError, UnavailableError
from lending.settings import ROOT

HEAVY = ("pandas", "mlflow", "prefect", "xgboost", "sqlalchemy", "sklearn", "great_expectations", "pydantic", "dash")


def test_help_imports_no_heavy_library():
    code = (
        "import sys; from flows.cli import run; code = run(['--help']);"
        f"print('LOADED', code, [m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "LOADED 0 []", done.stderr


@pytest.mark.parametrize(
    "line", ["up", "doctor", "train", "promote", "quote", "decide", "replay", "models", "models rollback",
             "models dossier", "evaluate", "data add", "data check", "account add", "account list", "customer add",
             "loan schedule", "loan apr", "loan prepay", "loan payoff", "loan change-term",
             "endpoint serve", "endpoint package", "endpoint deploy", "endpoint status", "endpoint teardown",
             "flow run", "kb index", "kb search", "kb ask", "kb evaluate", "kb approve", "kb publish",
             "kb rollback", "kb prompts", "kb traces", "kb feedback list", "kb feedback accept", "kb feedback reject",
             "explain"],
)  # fmt: skip
def test_every_command_has_help(line, capsys):
    assert run([*line.split(), "--help"]) == 0
    assert "Usage: candor " + line in capsys.readouterr().out


@pytest.mark.parametrize(
    "line", ["nonsense", "quote", "up --port many", "up --port 70000", "replay --jsn", "train --data"]
)
def test_wrong_use_is_one_sentence_and_exit_code_2(line, capsys):
    assert run(line.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("candor: ")
    assert err.count("\n") == 1


def test_wrong_use_with_json_prints_one_error_object(capsys):
    assert run(["quote", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert set(error) == {"code", "field", "found", "expected", "do"}
    assert "--customer" in error["found"]


def _app(body) -> typer.Typer:
    app = typer.Typer()
    command(app, "work")(body)
    app.callback()(lambda: None)
    return app


def _run(body, *flags: str) -> int:
    return _app(body)(args=["work", *flags], standalone_mode=False)


def _answer(**data) -> Answer:
    return Answer(data, lambda console: console.print("in words"))


def test_stdout_holds_the_answer_alone_whatever_a_library_prints(capfd):
    def body() -> Answer:
        sys.stdout.write("a library speaks")
        subprocess.run(["echo", "and so does a child process"], check=True)
        return _answer(amount="1.00")

    assert _run(body, "--json") == 0
    out, err = capfd.readouterr()
    assert json.loads(out) == {"amount": "1.00"}
    assert "a library speaks" in err
    assert "child process" in err


def test_people_get_words_instead_of_json(capfd):
    assert _run(lambda: _answer(amount="1.00")) == 0
    assert capfd.readouterr().out == "in words\n"


@pytest.mark.parametrize(
    ("error", "code"),
    [(RefusedError("a gate failed"), 1), (InputError("no such file"), 2), (UnavailableError("down"), 3)],
)
def test_the_exit_code_hangs_on_the_kind_of_error(error, code, capfd):
    def body() -> Answer:
        raise error

    assert _run(body) == code
    assert capfd.readouterr() == ("", f"candor: {error}\n")
    assert _run(body, "--json") == code
    assert json.loads(capfd.readouterr().out)["error"]["code"] == error.code


def test_a_mistake_in_the_program_shows_no_traceback_unless_asked(capfd):
    def body() -> Answer:
        raise KeyError("surprise")

    assert _run(body) == 1
    err = capfd.readouterr().err
    assert "--debug" in err
    assert "Traceback" not in err
    assert _run(body, "--debug") == 1
    assert "Traceback" in capfd.readouterr().err


def test_a_folder_that_cannot_be_written_is_a_dependency_that_is_down(capfd):
    def body() -> Answer:
        raise PermissionError(13, "Permission denied", "/data/var")

    assert _run(body) == 3
    assert "/data/var: permission denied" in capfd.readouterr().err


def test_ctrl_c_ends_a_command_quietly(capfd):
    def body() -> Answer:
        raise KeyboardInterrupt

    assert _run(body) == cli_output.INTERRUPTED
    assert capfd.readouterr().err == "candor: stopped\n"


def test_what_to_do_is_said_once():
    assert cli_output.sentence(InputError("no. Do it.", do="Do it.")) == "no. Do it."
    assert cli_output.sentence(InputError("no", do="Do it.")) == "no. Do it."
