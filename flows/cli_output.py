"""How every command answers: one JSON object or words for people; an error is one sentence, never a traceback."""

from __future__ import annotations

import contextlib
import functools
import inspect
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lending.domain.errors import CandorError, UnavailableError

if TYPE_CHECKING:
    from rich.console import Console

INTERRUPTED = 130
JSON_FLAG = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else.")]
DEBUG_FLAG = Annotated[bool, typer.Option("--debug", help="Show the traceback when something breaks.")]


@dataclass(frozen=True)
class Answer:
    """What a command found out: `data` for programs, `show` for people, and the exit code (0, or 1 for refused)."""

    data: Mapping[str, Any]
    show: Callable[[Console], None]
    exit_code: int = 0


def command(app: typer.Typer, name: str) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Register a function as a command: adds `--json` and `--debug`, keeps stdout clean, words the errors."""

    def register(body: Callable[..., Answer]) -> Callable[..., Answer]:
        @functools.wraps(body)
        def run(json_output: bool, debug: bool, **arguments: Any) -> None:
            raise typer.Exit(_answer(functools.partial(body, **arguments), json_output, debug))

        _extend_signature(run, body, {"json_output": JSON_FLAG, "debug": DEBUG_FLAG})
        app.command(name)(run)
        return body

    return register


def default_command(group: typer.Typer, body: Callable[..., Answer]) -> None:
    """Register what a group does when no command of it is named, such as `candor models`."""

    @functools.wraps(body)
    def run(context: typer.Context, json_output: bool, debug: bool, **arguments: Any) -> None:
        if context.invoked_subcommand is None:
            raise typer.Exit(_answer(functools.partial(body, **arguments), json_output, debug))

    _extend_signature(run, body, {"json_output": JSON_FLAG, "debug": DEBUG_FLAG})
    context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    run.__signature__ = inspect.Signature([context, *run.__signature__.parameters.values()])  # type: ignore[attr-defined]
    run.__annotations__["context"] = typer.Context
    group.callback(invoke_without_command=True)(run)


@contextlib.contextmanager
def progress_bar(text: str) -> Iterator[Callable[[float, str], None]]:
    """A bar on stderr while work goes on; gives a function that takes the share done, 0 to 1, and what is happening."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task(text, total=1.0)
        yield lambda share, words: bar.update(line, completed=share, description=words)


def live_command(app: typer.Typer, name: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Register a function that runs until it is stopped, prints as it goes and answers its exit code."""

    def register(body: Callable[..., int]) -> Callable[..., int]:
        @functools.wraps(body)
        def run(debug: bool, **arguments: Any) -> None:
            raise typer.Exit(_guarded(functools.partial(body, **arguments), False, debug))

        _extend_signature(run, body, {"debug": DEBUG_FLAG})
        app.command(name)(run)
        return body

    return register


def sentence(error: BaseException) -> str:
    """The error in one sentence for people, with what to do when the error knows it."""
    do = getattr(error, "do", "")
    text = str(error).strip() or type(error).__name__
    if not do or do in text:
        return text
    return f"{text}{'' if text.endswith(('.', '!', '?')) else '.'} {do}"


def as_candor_error(error: Exception) -> CandorError | None:
    """The error as one of ours; None for a mistake in the program. A full or read-only disk is a dependency."""
    if isinstance(error, CandorError):
        return error
    if isinstance(error, OSError) and error.filename:
        what = f"{error.filename}: {(error.strerror or 'cannot be used').lower()}"
        return UnavailableError(what, code="storage", do="Check the folder's permissions and free space.")
    if type(error).__name__ == "OperationalError":  # by name: the command line does not import the database library
        what = str(getattr(error, "orig", error)).splitlines()[0]
        return UnavailableError(f"the database cannot be used: {what}", code="database", do="Run: candor doctor")
    return None


def print_error(error: Exception, json_output: bool) -> int:
    """Print an error for people (stderr) or programs (stdout) and answer the exit code."""
    known = as_candor_error(error)
    if known is None:
        text = f"{type(error).__name__}: {error}".splitlines()[0]
        known = CandorError(
            f"Something broke that should not: {text}", code="unexpected", do="Run the same command again with --debug."
        )
    if json_output:
        body: dict[str, Any] = dict(known.as_dict())
        if errors := getattr(known, "errors", None):
            body["errors"] = errors
        sys.stdout.write(json.dumps({"error": body}, default=str) + "\n")
    else:
        sys.stderr.write(f"candor: {sentence(known)}\n")
    return known.exit_code


def _answer(body: Callable[[], Answer], json_output: bool, debug: bool) -> int:
    def work() -> int:
        with _stdout_kept_clean():
            answer = body()
        if json_output:
            sys.stdout.write(json.dumps(answer.data, default=str) + "\n")
        else:
            from rich.console import Console

            answer.show(Console())
        return answer.exit_code

    return _guarded(work, json_output, debug)


def _guarded(work: Callable[[], int], json_output: bool, debug: bool) -> int:
    if not debug:
        _quieten_libraries()
    try:
        return work()
    except KeyboardInterrupt:
        sys.stderr.write("candor: stopped\n")
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as `head`, went away
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if debug:
            traceback.print_exc(file=sys.stderr)
        return print_error(error, json_output)


def _quieten_libraries() -> None:
    import logging
    import warnings

    warnings.simplefilter("ignore")
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr, format="%(name)s: %(message)s")


@contextlib.contextmanager
def _stdout_kept_clean() -> Iterator[None]:
    """Send what libraries and their C parts print to stderr, so that stdout holds the answer alone."""
    sys.stdout.flush()
    saved = os.dup(1)
    os.dup2(2, 1)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        sys.stderr.flush()
        os.dup2(saved, 1)
        os.close(saved)


def _extend_signature(run: Callable[..., None], body: Callable[..., Any], flags: Mapping[str, Any]) -> None:
    own = [p.replace(kind=p.KEYWORD_ONLY) for p in inspect.signature(body, eval_str=True).parameters.values()]
    extra = [
        inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=a) for n, a in flags.items()
    ]
    run.__signature__ = inspect.Signature([*own, *extra])  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in [*own, *extra]}
