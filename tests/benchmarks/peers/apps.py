"""Named so that tables are called ``bench_…``."""

from django.apps import AppConfig


class PeersConfig(AppConfig):
    name = "tests.benchmarks.peers"
    label = "bench"
