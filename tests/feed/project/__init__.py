"""A project whose workers run in processes of their own."""
