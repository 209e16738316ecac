"""The `candor` command. Heavy libraries are imported by the command that needs them, never for `--help`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from flows import (
    cli_accounts,
    cli_cases,
    cli_customers,
    cli_data,
    cli_db,
    cli_endpoint,
    cli_kb,
    cli_lab,
    cli_llm,
    cli_loans,
    cli_models,
    cli_monitor,
    cli_outcomes,
    cli_papers,
    cli_portal,
    cli_requests,
    cli_services,
    cli_trace,
    cli_words,
)
from flows.cli_output import print_error
from flows.library_defaults import set_library_defaults
from lending.domain.errors import InputError

app = typer.Typer(
    name="candor",
    help="Candor: lending decisions that show their work.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for part in (
    cli_services,
    cli_data,
    cli_db,
    cli_accounts,
    cli_customers,
    cli_models,
    cli_endpoint,
    cli_loans,
    cli_kb,
    cli_llm,
    cli_requests,
    cli_words,
    cli_monitor,
    cli_outcomes,
    cli_lab,
    cli_portal,
    cli_cases,
    cli_papers,
    cli_trace,
):
    part.register(app)


def main() -> None:
    """Run the command line and leave with its exit code."""
    code = run(sys.argv[1:])
    sys.stdout.flush()
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run one command line; answers the exit code: 0 done, 1 refused, 2 wrong use, 3 a dependency is down."""
    set_library_defaults()
    try:
        code = app(args=list(arguments), prog_name="candor", standalone_mode=False)
    except typer.Abort:
        sys.stderr.write("candor: stopped\n")
        return 130
    except typer.TyperException as error:
        return _wrong_use(error, "--json" in arguments)
    return code if isinstance(code, int) else 0


def _wrong_use(error: typer.TyperException, json_output: bool) -> int:
    text = error.format_message()
    if type(error).__name__ == "NoArgsIsHelpError":  # the message is the help text itself
        sys.stdout.write(f"{text}\n" if text else "")
        return 2
    hint = "Add --help to the command to see its options."
    return print_error(InputError(text, code="usage", expected="a valid command line", do=hint), json_output)


if __name__ == "__main__":
    main()
