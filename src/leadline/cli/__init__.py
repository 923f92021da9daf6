"""The command line: parse, call one public function, show."""

import errno
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import leadline
from leadline.cli import (
    calibrate,
    data,
    fetch,
    inquiries,
    live,
    outputs,
    read,
    scan,
    serve,
    show,
    trials,
    watch,
)
from leadline.cli.options import Code
from leadline.errors import LeadlineError, NotHeldError


class _Doors(TyperGroup):
    """Commands whose expected errors are one message and exit code 2, never a traceback.

    A command may have a name of two words.
    """

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Take two words for one command where there is such a one."""
        if " ".join(args[:2]) in self.commands:
            args = [" ".join(args[:2]), *args[2:]]
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; say in one message what the user can mend."""
        try:
            return super().invoke(ctx)
        except NotHeldError as error:
            show.complain(str(error))
            raise typer.Exit(Code.NOT_MEASURED) from None
        except LeadlineError as error:
            show.complain(str(error))
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            where = "" if error.filename is None else f"{error.filename}: "
            show.complain(f"{where}{error.strerror or error}.")
        raise typer.Exit(Code.USAGE)


app = typer.Typer(
    name="leadline",
    cls=_Doors,
    help="Put market claims on trial: frozen claim, data as known on the day, sealed verdict.",
    epilog="Exit codes: 0 done, 2 wrong use or bad input, 3 not measured, 10 changed, 20 stale, "
    "30 not verified.",
    no_args_is_help=True,
    add_completion=False,
    # Plain help is at home in every terminal and starts faster than the decorated one.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": show.WIDTH},
)

for _door in (
    trials.demo,
    inquiries.claims,
    fetch.fetch,
    trials.try_,
    trials.why,
    inquiries.shift,
    outputs.report,
    live.live,
    live.diff,
    live.calls,
    watch.watch,
    serve.serve,
    read.read,
    outputs.export,
    trials.verify,
    inquiries.doctor,
):
    app.command(_door.__name__.rstrip("_"))(_door)
app.command("calibrate")(calibrate.calibrate)
app.command("scan")(scan.scan)
app.command("scan explain")(scan.explain)
app.add_typer(data.app)


def _version(asked: bool) -> None:  # noqa: FBT001 - Typer calls it so
    if asked:
        show.say(f"leadline {leadline.__version__}")
        raise typer.Exit


@app.callback()
def _leadline(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line."""
    show.settle_streams()
    app(prog_name="leadline")
