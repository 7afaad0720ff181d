"""`make reset`: removes the data folder and what it points to, and refuses wherever that could be a shop's."""

import os
import shutil
import sys
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

import environ

from backoffice import embedded, processes, up
from backoffice.engines.places import ELSEWHERE, Refusal

OURS = {"engines.json", "secrets.json", "up.lock", "test"}  # a folder with none of these is not ours to remove


def main() -> int:
    """0 when the folder is gone, 1 with one sentence when something forbids it."""
    environ.Env.read_env(up.ROOT / ".env")
    folder = Path(os.environ.get("DATA_DIR") or up.ROOT / "var").absolute()
    try:
        reset(folder)
    except Refusal as error:
        print(f"make reset: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def reset(folder: Path) -> None:
    """End what still runs in `folder` and remove it. Raises Refusal."""
    if os.environ.get("DATABASE_URL"):
        raise Refusal("DATABASE_URL is set, so the data is in a server of your own: unset it to remove the local data.")
    if not folder.exists():
        folder.unlink(missing_ok=True)  # a link that points nowhere
        return
    if not OURS & {entry.name for entry in folder.iterdir()}:
        raise Refusal(f"{folder} holds nothing that `make up` made: remove it yourself if you mean to.")
    for lock in (folder / "up.lock", folder / "test" / "users.lock"):
        _refuse_while_held(lock)
    processes.end_orphans(folder / "processes.json")
    for place in (folder, folder / "test"):
        embedded.stop(place)
        if sockets := embedded.load(place).sockets:
            shutil.rmtree(sockets, ignore_errors=True)
    for link in (folder, *folder.iterdir(), *folder.glob("test/*")):
        if link.is_symlink() and link.resolve().is_relative_to(ELSEWHERE):
            shutil.rmtree(link.resolve(), ignore_errors=True)
    if folder.is_symlink():
        folder.unlink()
    else:
        shutil.rmtree(folder)


def _refuse_while_held(path: Path) -> None:
    if not path.exists():
        return
    with path.open("a") as file:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise Refusal(
                f"{path} is held by a program that runs: end `make up` (Ctrl-C in its terminal) or the tests first."
            ) from None


if __name__ == "__main__":
    sys.exit(main())
