import pytest


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory):
    """A folder with a small BERT."""
    from support.tiny_bert import save_tiny_bert

    return save_tiny_bert(tmp_path_factory.mktemp("bert"))
