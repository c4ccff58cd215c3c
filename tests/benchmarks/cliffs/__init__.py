"""Where audits fall off a cliff: the same work on a bad day beside a good one.

``python -m tests.benchmarks.cliffs [--full] [--only NAME]`` prints each ratio beside its bound.
"""
