"""SLURM: what it is asked for, and a whole run with commands that start the jobs on this computer."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from types import ModuleType

import pytest
from rich.console import Console

from kinelab.errors import FileFormatError, InputError
from kinelab.pipeline.workers.doing import Way, Where, do_jobs
from kinelab.pipeline.workers.job import Job, read_result
from kinelab.pipeline.workers.slurm import Slurm, job_script

pytest.importorskip("dask_jobqueue")
QUIET = Console(quiet=True)
SBATCH = """#!/bin/bash
n=$$
cp "${@: -1}" "$FAKE_SLURM/job-$n.sh"
setsid bash "$FAKE_SLURM/job-$n.sh" > "$FAKE_SLURM/job-$n.log" 2>&1 < /dev/null &
echo $! > "$FAKE_SLURM/job-$n.pid"
echo "Submitted batch job $n"
"""
SCANCEL = """#!/bin/bash
for n in "$@"; do kill -KILL -- "-$(cat "$FAKE_SLURM/job-$n.pid")"; done
"""


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a SLURM that starts each job here at once."""
    if sys.platform != "linux":
        pytest.skip("the commands that stand for SLURM's are for Linux")
    folder = tmp_path / "slurm"
    folder.mkdir()
    for name, text in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("FAKE_SLURM", str(folder))
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def test_the_script_asks_for_what_was_said() -> None:
    script = job_script(Slurm(3, "short", "gait", "8GB", "04:00:00", 2))
    for line in ("-p short", "-A gait", "--mem=8G", "-t 04:00:00", "--cpus-per-task=2"):
        assert f"#SBATCH {line}\n" in script
    assert f"{sys.executable} -m distributed.cli.dask_worker tcp://" in script
    assert "--nthreads 2" in script
    assert "#SBATCH --mem=4G\n" in job_script(Slurm())


def test_a_file_of_dask_jobqueue_says_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "jobqueue.yaml"
    path.write_text(
        'jobqueue:\n  slurm:\n    cores: 3\n    memory: 6GB\n    job-extra-directives: ["--gres=none"]\n'
    )
    script = job_script(Slurm(config=path))
    assert "#SBATCH --gres=none\n" in script
    assert "#SBATCH --mem=6G\n" in script
    assert "--nthreads 3" in script
    assert "#SBATCH --mem=8G\n" in job_script(Slurm(config=path, memory="8GB"))


@pytest.mark.parametrize(
    ("text", "said"), [("a: [", "is not YAML"), ("a: 1", "has no part `jobqueue:`"), ("", "has no part")]
)
def test_a_file_that_is_none(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(FileFormatError, match=rf"bad\.yaml: {said}"):
        job_script(Slurm(config=tmp_path / "bad.yaml"))
    with pytest.raises(InputError, match="no such file; check the spelling"):
        job_script(Slurm(config=tmp_path / "none.yaml"))


def test_no_slurm_here(works: ModuleType, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(home))
    with pytest.raises(InputError, match="there is no sbatch on this computer; --slurm is for a computer"):
        list(do_jobs(iter([Job("a", {"x": 1})]), Way(works.plain), home, Where(slurm=Slurm()), QUIET))
    with pytest.raises(InputError, match="both asked for; give one of them"):
        Where(dask="tcp://here:1", slurm=Slurm())
    with pytest.raises(InputError, match="workers is 0, expected 1 or more; cores is 0, expected 1 or more"):
        Slurm(0, cores=0)


def test_a_queue_that_starts_nothing_is_told(works: ModuleType, home: Path, slurm: Path) -> None:
    (slurm / "sbatch").write_text("#!/bin/bash\necho Submitted batch job 1\n")
    (slurm / "scancel").write_text("#!/bin/bash\n")
    where = Where(slurm=Slurm(1, wait_s=1.0))
    with pytest.raises(InputError, match=r"SLURM started no worker in 1 s; look at the queue with `squeue`"):
        list(do_jobs(iter([Job("a", {"x": 1})]), Way(works.plain), home, where, QUIET))


@pytest.mark.filterwarnings("ignore")  # of distributed, when a worker is killed under it
def test_a_whole_run_in_which_a_slurm_job_is_ended(works: ModuleType, home: Path, slurm: Path) -> None:
    jobs = [Job(f"j{x}", {"x": x, "wait_s": 0.3}) for x in range(30)]

    def end_one() -> None:
        while len(list(home.glob("j*"))) < 4:
            time.sleep(0.1)
        os.killpg(int(min(slurm.glob("*.pid")).read_text()), 9)

    killer = threading.Thread(target=end_one)
    killer.start()
    ends = list(do_jobs(iter(jobs), Way(works.plain, uses=50), home, Where(slurm=Slurm(2)), QUIET))
    killer.join()
    assert {one.state for some in ends for one in some} == {"done"}
    assert [(read_result(job, home) or {})["square"] for job in jobs] == [x * x for x in range(30)]
    pids = [int(path.read_text()) for path in slurm.glob("*.pid")]
    assert len(pids) >= 2
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < deadline, "jobs of SLURM stay behind"
        time.sleep(0.2)
