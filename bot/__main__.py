"""`python -m bot`: serve · work · migrate · demo · check · backup · rotate-keys · slots · slack · discord."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

cli = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    # Its own would show the values of local variables: settings, people, secrets.
    pretty_exceptions_enable=False,
    help="Parley schedules meetings inside messaging rooms.",
)
slack = typer.Typer(no_args_is_help=True, help="What Slack has to be told.")
cli.add_typer(slack, name="slack")
discord = typer.Typer(no_args_is_help=True, help="What Discord has to be told.")
cli.add_typer(discord, name="discord")

Config = Annotated[
    Path | None,
    typer.Option(
        "--config", help="Settings file; else PARLEY_CONFIG, else bot.toml in the working directory."
    ),
]


def _settings(config: Path | None) -> Any:
    from bot.config import BadConfig, load

    try:
        return load(config, os.environ)
    except BadConfig as bad:
        typer.echo(str(bad), err=True)
        raise typer.Exit(1) from bad


def _run(main: Any) -> None:
    from bot.app import CannotStart
    from bot.config import BadConfig

    problems: list[BaseException] = []
    try:
        asyncio.run(main)
    # What goes wrong inside a task group comes in a group.
    except* (CannotStart, BadConfig) as group:
        problems = list(_leaves(group))
    if problems:
        typer.echo("\n".join(map(str, problems)), err=True)
        raise typer.Exit(1)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


@cli.command()
def serve(
    config: Config = None,
    jobs: Annotated[
        bool, typer.Option(help="Do jobs in this process too; --no-jobs leaves them to `work`.")
    ] = True,
) -> None:
    """Answer rooms and pages; does the jobs as well, so that one process is enough."""
    from bot import app

    _run(app.serve(_settings(config), with_jobs=jobs))


@cli.command()
def work(config: Config = None) -> None:
    """Do the jobs: mails, cards, timers. Any number of these may run on one PostgreSQL."""
    from bot import app

    _run(app.work(_settings(config)))


@cli.command()
def migrate(config: Config = None) -> None:
    """Bring the database up to date. Run it before a new version serves."""
    from bot import app

    _run(app.migrate(_settings(config)))


@cli.command()
def demo(
    config: Config = None,
    room_port: Annotated[int, typer.Option(help="Where the example room listens.")] = 8081,
) -> None:
    """Run the bot and its example message room on this machine."""
    from bot import demo as demonstration

    try:
        _run(demonstration.run(_settings(config), room_port))
    except demonstration.DemoFailed as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from problem


@cli.command()
def check(config: Config = None) -> None:
    """Say what is configured, what answers, what is missing; exit status 1 on a fault."""
    from bot import app
    from bot.check import exit_code, report

    findings = asyncio.run(app.check(_settings(config)))
    typer.echo(report(findings))
    raise typer.Exit(exit_code(findings))


@cli.command()
def backup(
    target: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")],
    config: Config = None,
) -> None:
    """Copy the SQLite database while it is in use."""
    from bot import app

    _run(app.backup(_settings(config), target))


@cli.command()
def restore(
    copy: Annotated[Path | None, typer.Argument(help="A file that `backup` wrote.")] = None,
    config: Config = None,
    force: Annotated[
        bool, typer.Option(help="Replace the database that is there; it is kept beside it.")
    ] = False,
    after_my_own: Annotated[
        bool,
        typer.Option(help="The database is back already (pg_restore): only bring everybody to its state."),
    ] = False,
) -> None:
    """Bring a backup back, and rooms and calendars to its state. Stop the bot first."""
    from bot import app

    if (copy is None) != after_my_own:
        raise typer.BadParameter("name a file, or say --after-my-own")
    settings = _settings(config)

    async def main() -> None:
        if copy is None:
            told = await app.after_restore(settings)
        else:
            told = await app.restore(settings, copy, overwrite=force)
        typer.echo(f"restored; at the next start everybody is told of {told} meetings as they are now")

    _run(main())


@cli.command()
def rotate_keys(config: Config = None) -> None:
    """Encrypt everything again under the newest key of [secrets] keys; then the older ones can go."""
    from bot import app

    settings = _settings(config)

    async def main() -> None:
        typer.echo(f"{await app.rotate_keys(settings)} values are sealed under the newest key")

    _run(main())


@cli.command()
def slots(
    explain: Annotated[str | None, typer.Option(help="An instant, such as 2026-11-24T09:00:00Z.")] = None,
) -> None:
    """Answer slot queries, one JSON object per line."""
    from bot.slots_command import run

    raise typer.Exit(run(sys.stdin, sys.stdout.write, explain))


@slack.command()
def manifest(config: Config = None) -> None:
    """Print the app manifest to create the Slack app from: for this address, command word and mode."""
    from bot.app import platforms

    try:
        typer.echo(platforms.slack_manifest(_settings(config)))
    except ValueError as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from problem


@discord.command()
def sync(config: Config = None) -> None:
    """Tell Discord our commands, which a start does by itself when they have changed; prints them."""
    from bot.app import platforms
    from scheduling_core.errors import ProviderError

    try:
        names = asyncio.run(platforms.sync_discord(_settings(config)))
    except (ValueError, ProviderError) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from problem
    typer.echo(f"registered for all servers: {', '.join(names)}")


if __name__ == "__main__":
    cli()
