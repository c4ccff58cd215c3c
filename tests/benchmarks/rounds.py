"""Runs cycles in interleaved rounds, behind a progress bar."""

import random
import sys

from tqdm import tqdm

from tests.benchmarks.cycles import Cycle
from tests.benchmarks.peers.tables import TABLES
from tests.benchmarks.sample import Sample
from tests.benchmarks.stage import Stage, execute

SEED = 4


def run(cycles: list[Cycle]) -> list[Sample]:
    """All measurements, contestants taking turns in each round."""
    samples: list[Sample] = []
    # The same order in each run, yet none that favours one.
    order = random.Random(SEED)
    total = sum(cycle.rounds * len(cycle.kinds) for cycle in cycles)
    # A log is to have a line now and then.
    pause = 0.1 if sys.stderr.isatty() else 15
    with tqdm(total=total, unit="", dynamic_ncols=True, mininterval=pause) as bar:
        for cycle in cycles:
            for _ in range(cycle.rounds):
                execute("CHECKPOINT")
                for kind in order.sample(cycle.kinds, len(cycle.kinds)):
                    bar.set_description(f"{cycle.table}, {cycle.name}, {kind}", refresh=False)
                    samples += staged(cycle, kind)
                    bar.update()
    return samples


def staged(cycle: Cycle, kind: str) -> list[Sample]:
    stage = Stage(TABLES[cycle.table], kind, cycle.rows, cycle.has_context)
    try:
        stage.empty()
        cycle.work(stage)
    finally:
        stage.close()
    return stage.samples
