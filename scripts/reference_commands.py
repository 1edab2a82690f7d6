"""The command line as a page: every command with what it takes."""

from __future__ import annotations

from collections.abc import Iterator

import click
from docstrings import one_line, paragraphs

from flask_firstline.cli import firstline

HEAD = """# The command line

All commands begin with `flask firstline`, and `--help` behind any of them says the same as this page. Each
takes `--json`, for programs: the answer is then one JSON value, and an error is `{"error": ...}`. The exit
code is 0 where all went well, 1 where not, and 2 where the command itself is wrong.
"""


def page() -> str:
    """Give the page."""
    parts = [HEAD]
    single = {name: one for name, one in firstline.commands.items() if not isinstance(one, click.Group)}
    groups = {name: one for name, one in firstline.commands.items() if isinstance(one, click.Group)}
    for name, command in sorted(single.items()):
        parts.append("\n".join(_command([name], command, mark="##")))
    for name, group in sorted(groups.items()):
        parts.append(f"## {name}\n\n{paragraphs(group.help)}\n")
        parts += [
            "\n".join(_command([name, *path], one, mark="###")) for path, one in sorted(_commands(group))
        ]
    return "\n".join(parts)


def _commands(group: click.Group) -> Iterator[tuple[list[str], click.Command]]:
    for name, one in group.commands.items():
        if isinstance(one, click.Group):
            yield from (([name, *path], found) for path, found in _commands(one))
        else:
            yield [name], one


def _command(path: list[str], command: click.Command, *, mark: str) -> Iterator[str]:
    taken = [one for one in command.params if isinstance(one, click.Argument)]
    options = [one for one in command.params if isinstance(one, click.Option) and _told(one)]
    yield f"{mark} {' '.join(path)}\n"
    yield f"{paragraphs(command.help)}\n"
    words = ["flask firstline", *path, *map(_argument, taken), *map(_asked, filter(_needed, options))]
    words += [] if all(map(_needed, options)) else ["[OPTIONS]"]
    yield f"```text\n{' '.join(words)}\n```\n"
    if options:
        yield from ("| option | what |", "|---|---|", *map(_row, options), "")


def _told(option: click.Option) -> bool:
    """Say whether an option is told of: `--json`, which all have, stands on top of the page."""
    return not option.hidden and option.name != "as_json"


def without_json() -> set[str]:
    """Give the commands that break what the top of the page says."""
    found = _commands(firstline)
    return {" ".join(path) for path, one in found if all(taken.name != "as_json" for taken in one.params)}


def _needed(option: click.Option) -> bool:
    return option.required


def _argument(argument: click.Argument) -> str:
    name = argument.make_metavar(click.Context(click.Command(None))).strip("[].")
    many = "..." if argument.nargs == -1 else ""
    return f"{name}{many}" if argument.required else f"[{name}]{many}"


def _asked(option: click.Option) -> str:
    return f"{option.opts[0]} {_value(option)}".strip()


def _value(option: click.Option) -> str:
    if option.is_flag or option.count:
        return ""
    if isinstance(option.type, click.Choice):
        return "|".join(str(getattr(choice, "value", choice)) for choice in option.type.choices)
    return (option.metavar or option.type.name.split(" ")[0]).upper()


def _row(option: click.Option) -> str:
    names = "/".join([*option.opts[:1], *option.secondary_opts])
    said = [one_line(option.help)] if option.help else []
    if option.required:
        said.append("Required.")
    if option.multiple and "repeat" not in one_line(option.help):
        said.append("May be repeated.")
    if _says_default(option):
        said.append(f"Default: `{getattr(option.default, 'value', option.default)}`.")
    value = _value(option).replace("|", r"\|")
    return f"| `{' '.join([names, value]).strip()}` | {' '.join(said).replace('|', chr(92) + '|')} |"


def _says_default(option: click.Option) -> bool:
    plain = isinstance(option.default, (int, str)) and not isinstance(option.default, bool)
    return plain and option.default != "" and not option.is_flag and "default" not in one_line(option.help)
