"""The command line: one line per command here, one file per command in `consumers/commands/`."""

import errno
import importlib
import os
import sys
from typing import Any

import click

from consumers.settings import InvalidSetting

# name -> help shown in the list; the command itself is loaded only when used, so that `--help` is instant.
COMMANDS = {
    "up": "everything on this machine",
    "ingest": "role: HTTP and feeds onto the topic `articles`",
    "classify": "role: judge articles by the rules",
    "desk": "role: the only writer of `alerts`",
    "gateway": "role: push alerts over websockets; the editors' page",
    "publish": "put articles from files onto the topic",
    "watch": "the live feed in a terminal",
    "explain": "the verdict on each article, as JSON lines (offline)",
    "backtest": "the alert revisions that would have gone out, as JSON lines (offline)",
    "rules": "check or test a rules file",
    "schema": "JSON Schema of what is on the topics; AsyncAPI",
    "settings": "effective settings, secrets masked",
    "doctor": "what is wrong and what to do",
    "token": "make a token for the gateway",
}

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Where a file is written to is full: no fault of ours, and no traceback helps."""


class Commands(click.Group):
    """A group that imports a command's module when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names in the order of the pipeline."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, or None if there is no such one."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"consumers.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="flashwire", prog_name="alerts")
def alerts() -> None:
    """Flashwire: streaming breaking-news alerts.

    Settings are ALERTS_* variables or a .env file; `alerts settings` shows them all.
    """


def main(args: list[str] | None = None) -> Any:
    """Run the command line. Exit status: 0 done, 1 failed, 2 wrong usage or bad input file."""
    try:
        # Outside standalone mode click returns the status of an Exit instead of leaving.
        status = alerts.main(args=args, standalone_mode=False)
    except click.ClickException as exc:
        exc.show()
        sys.exit(exc.exit_code)
    except click.Abort:
        sys.exit(130)
    except InvalidSetting as exc:
        click.echo(f"alerts: {exc}", err=True)
        sys.exit(2)
    except OSError as exc:
        if exc.errno not in _FULL:
            raise
        # What stands in the buffer would fail once more when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        click.echo(f"alerts: cannot write {exc.filename or 'the output'}: {exc.strerror}", err=True)
        sys.exit(1)
    if isinstance(status, int) and status:
        sys.exit(status)


if __name__ == "__main__":
    main()
