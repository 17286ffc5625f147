"""Rules on disk: a file, or a folder of them that are in force together."""

from pathlib import Path

from alerts.rules import InvalidRules, Problem
from alerts.rules.loading import Edition, edition

_SUFFIXES = {".yaml", ".yml"}

Signature = tuple[tuple[str, int, int, int], ...]
"""Name, inode, size and time of change of each file: another one stands for another edit."""


def rule_files(path: Path) -> list[Path]:
    """The file itself, or the `*.yaml` and `*.yml` files of a folder by name; not the hidden ones.

    So what editors set down beside a file, and Kubernetes' `..data`, plays no part.

    Raises:
        OSError: the folder cannot be read.
    """
    if not path.is_dir():
        return [path]
    return sorted(f for f in path.iterdir() if f.suffix in _SUFFIXES and not f.name.startswith(".") and not f.is_dir())


def signature(path: Path) -> Signature:
    """What the files look like from outside; links are followed. Of what cannot be looked at: nothing."""
    try:
        looked = [(file, file.stat()) for file in rule_files(path)]
    except OSError:
        return ()
    return tuple((str(file), of.st_ino, of.st_size, of.st_mtime_ns) for file, of in looked)


def read(path: Path) -> Edition:
    """Read and check the rules of a file or folder.

    Raises:
        InvalidRules: they cannot be read, or something is wrong with them.
    """
    try:
        files = rule_files(path)
    except OSError as exc:
        raise InvalidRules([_unreadable(path, exc)]) from None
    if not files:
        raise InvalidRules([Problem(str(path), 0, 0, "this folder holds no .yaml file")])
    texts, problems = [], []
    for file in files:
        try:
            texts.append((str(file), file.read_text(encoding="utf-8")))
        except OSError as exc:
            problems.append(_unreadable(file, exc))
        except UnicodeDecodeError as exc:
            problems.append(_no_text(file, exc))
    if problems:
        raise InvalidRules(problems)
    return edition(texts)


def _unreadable(file: Path, exc: OSError) -> Problem:
    return Problem(str(file), 0, 0, f"cannot be read: {exc.strerror or exc}")


def _no_text(file: Path, exc: UnicodeDecodeError) -> Problem:
    before: bytes = exc.object[: exc.start]
    column = len(before[before.rfind(b"\n") + 1 :].decode(errors="replace")) + 1
    byte = exc.object[exc.start]
    return Problem(str(file), before.count(b"\n") + 1, column, f"cannot be read: byte 0x{byte:02x} is not UTF-8")
