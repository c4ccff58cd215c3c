"""What it costs: ratios measured side by side in one run."""

ROOMY = {"shared_buffers": "512MB", "max_wal_size": "8GB", "checkpoint_timeout": "1h"}
"""Settings of the server with which no checkpoint falls into a measurement."""
