"""What the feed delivers, what memory its worker takes, and what it costs those who write.

``python -m tests.benchmarks.feed [--events N] [--rounds N]`` prints the figures.
"""
