"""The supervisor with small children of its own: it shows, revives and ends them, also after its own violent death."""

import io
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from backoffice import processes
from backoffice.processes import Program, Supervisor, Voice

ROOT = Path(__file__).resolve().parent.parent.parent
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
)
PARENT = (  # a child with a child of its own, as gunicorn and Celery have
    "import subprocess, sys, time; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print('child', child.pid, flush=True); time.sleep(60)"
)


def program(name: str, code: str, **more: float) -> Program:
    return Program(name, (sys.executable, "-c", code), **more)  # type: ignore[arg-type]


def until(condition: Callable[[], object], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def words() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def supervisor(tmp_path, words):
    made = Supervisor(tmp_path / "processes.json", Voice(words))
    yield made
    made.stop()


def watched(supervisor: Supervisor, condition: Callable[[], object]) -> None:
    """Let the supervisor watch until the condition holds."""
    stopping = threading.Event()
    thread = threading.Thread(target=supervisor.watch, args=(stopping, lambda: None))
    thread.start()
    try:
        until(condition)
    finally:
        stopping.set()
        thread.join()


def test_what_children_say_is_shown_behind_their_names(supervisor, words):
    supervisor.start(program("web", "print('one'); print('two')"))
    supervisor.start(program("worker", "import sys; print('a complaint', file=sys.stderr)"))

    until(lambda: words.getvalue().count("\n") == 3)

    assert sorted(words.getvalue().splitlines()) == ["web       | one", "web       | two", "worker    | a complaint"]


def test_a_child_that_dies_is_started_again_and_it_is_told(supervisor, words):
    supervisor.start(program("web", "import time; print('here', flush=True); time.sleep(60)"))
    until(lambda: "here" in words.getvalue())
    first = supervisor.children[0].process.pid

    os.kill(first, signal.SIGKILL)
    watched(supervisor, lambda: words.getvalue().count("here") == 2)

    assert "web       | was killed by signal 9; starts again in 1 s" in words.getvalue()
    assert supervisor.children[0].process.pid != first


def test_a_child_that_keeps_dying_is_started_ever_more_slowly(supervisor, words):
    supervisor.start(program("web", "raise SystemExit(3)"))

    watched(supervisor, lambda: "in 4 s" in words.getvalue())

    told = [line.rsplit("; ", 1)[1] for line in words.getvalue().splitlines() if "ended with 3" in line]
    assert told == ["starts again in 1 s", "starts again in 2 s", "starts again in 4 s"]


def test_a_program_that_is_not_there_is_told_and_tried_again(supervisor, words):
    supervisor.start(Program("web", ("/nowhere/at/all",)))

    watched(supervisor, lambda: words.getvalue().count("does not start") == 2)

    assert not supervisor.children[0].alive()


def test_a_child_that_does_not_listen_is_killed_after_its_grace(supervisor, words):
    supervisor.start(program("worker", STUBBORN, grace=0.3))
    until(lambda: "deaf" in words.getvalue())
    pid = supervisor.children[0].process.pid

    supervisor.stop()

    assert not running(pid)
    assert "worker    | does not end by itself: killed" in words.getvalue()


def test_a_second_ctrl_c_does_not_wait_for_the_grace(supervisor, words):
    supervisor.start(program("worker", STUBBORN, grace=60))
    until(lambda: "deaf" in words.getvalue())
    impatient = threading.Event()
    impatient.set()

    began = time.monotonic()
    supervisor.stop(impatient)

    assert time.monotonic() - began < 5
    assert not running(supervisor.children[0].process.pid)


def test_what_others_depend_on_is_ended_last(supervisor, words):
    says = "import signal, time, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(print({!r}, flush=True)));"
    supervisor.start(program("market", says.format("bye market") + "print('up', flush=True); time.sleep(60)", stage=1))
    supervisor.start(program("worker", says.format("bye worker") + "print('up', flush=True); time.sleep(60)"))
    until(lambda: words.getvalue().count("up") == 2)

    supervisor.stop()

    until(lambda: words.getvalue().count("bye") == 2)
    assert words.getvalue().index("bye worker") < words.getvalue().index("bye market")


def test_grandchildren_do_not_outlive_the_end(supervisor, words):
    supervisor.start(program("web", PARENT))
    until(lambda: "child" in words.getvalue())
    grandchild = int(words.getvalue().split()[-1])

    supervisor.stop()

    until(lambda: not running(grandchild))
    assert not supervisor.record.exists()


SCRIPT = textwrap.dedent(
    """
    import sys, threading
    from pathlib import Path
    from backoffice import up
    from backoffice.processes import Program, Supervisor, Voice
    stopping, impatient = up._signals()
    supervisor = Supervisor(Path(sys.argv[1]), Voice())
    supervisor.start(Program("web", (sys.executable, "-c", sys.argv[2])))
    supervisor.watch(stopping, lambda: None)
    supervisor.stop(impatient)
    print("all ended", flush=True)
    """
)


@pytest.fixture
def in_a_terminal(tmp_path):
    """A supervisor in a process of its own with one child that has a child; answers it and the grandchild's number."""
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "processes.json"), PARENT],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout
    grandchild = int(process.stdout.readline().split()[-1])
    yield process, grandchild
    process.kill()
    process.wait()
    process.stdout.close()
    processes.end_orphans(tmp_path / "processes.json")


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_and_its_like_end_everything_in_order(in_a_terminal, tmp_path, sign):
    process, grandchild = in_a_terminal

    os.killpg(process.pid, sign)  # a terminal tells its whole group
    rest, _ = process.communicate(timeout=20)

    assert process.returncode == 0
    assert rest.splitlines()[-1] == "all ended"
    until(lambda: not running(grandchild))
    assert not (tmp_path / "processes.json").exists()


def test_after_a_kill_of_the_supervisor_its_orphans_are_found_and_ended(in_a_terminal, tmp_path):
    process, grandchild = in_a_terminal
    (row,) = json.loads((tmp_path / "processes.json").read_text())
    process.kill()
    process.wait()
    assert running(row["pid"])
    assert running(grandchild)

    ended = processes.end_orphans(tmp_path / "processes.json")

    assert ended == 1
    until(lambda: not running(row["pid"]) and not running(grandchild))
    assert processes.end_orphans(tmp_path / "processes.json") == 0


def test_orphans_are_found_by_their_group_when_their_leader_is_dead_too(in_a_terminal, tmp_path):
    process, grandchild = in_a_terminal
    (row,) = json.loads((tmp_path / "processes.json").read_text())
    process.kill()
    process.wait()
    os.kill(row["pid"], signal.SIGKILL)
    until(lambda: not psutil.pid_exists(row["pid"]))
    assert running(grandchild)

    processes.end_orphans(tmp_path / "processes.json")

    until(lambda: not running(grandchild))


def test_a_stranger_with_the_number_of_a_dead_child_is_left_alone(tmp_path):
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    started = psutil.Process(stranger.pid).create_time()
    (tmp_path / "processes.json").write_text(json.dumps([{"pid": stranger.pid, "started": started - 3600}]))

    ended = processes.end_orphans(tmp_path / "processes.json")

    assert ended == 0
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()
