"""The sub-commands of ``manage.py audit``, one a module."""
