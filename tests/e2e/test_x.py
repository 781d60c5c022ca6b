import pytest
pytest_plugins = ["support.desks"]
def test_a(served): print(served); assert served.password
