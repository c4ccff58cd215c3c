import pytest

# Else its assertions would not tell what differs.
pytest.register_assert_rewrite("tests.migrations.project")
