"""``cadencia``: the command line. Every error a person can mend is one paragraph and an exit code other than 0."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

import dialer.one_thread  # noqa: F401  # first: the commands load numpy
from dialer.commands import (
    amd,
    audit,
    campaigns,
    compliance,
    demo,
    doctor,
    ivr,
    leads,
    pacing,
    promises,
    run,
    simulate,
    tokens,
    upkeep,
    users,
)
from dialer.commands.speech import LogLevel, die, prepare
from dialer.errors import CadenciaError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Predictive and progressive dialer with self-service IVR for debt collection, on Asterisk.",
)
app.command("run")(run.run)
app.command("demo")(demo.demo)
app.command("import")(leads.import_file)
app.command("doctor")(doctor.doctor)
app.command("simulate")(simulate.simulate)
app.command("migrate")(upkeep.migrate)
app.command("version")(upkeep.version)
app.add_typer(campaigns.app, name="campaign")
app.add_typer(pacing.app, name="pacing")
app.add_typer(amd.app, name="amd")
app.add_typer(ivr.app, name="ivr")
app.add_typer(promises.promises_app, name="promises")
app.add_typer(promises.payments_app, name="payments")
app.add_typer(users.app, name="user")
app.add_typer(tokens.app, name="token")
audit.register(compliance.compliance_app)
app.add_typer(compliance.compliance_app, name="compliance")
app.add_typer(upkeep.settings_app, name="settings")
app.add_typer(upkeep.asterisk_app, name="asterisk")


@app.callback()
def options(
    log_level: Annotated[LogLevel | None, typer.Option(help="How much is logged to standard error.")] = None,
) -> None:
    prepare(log_level)


def main() -> None:
    """Run the command line. Exit code 1 for an error of ours, 2 for a wrong use, 130 after Ctrl-C."""
    try:
        app(standalone_mode=True)
    except CadenciaError as exc:
        die(exc)
    except KeyboardInterrupt:
        sys.exit(130)
