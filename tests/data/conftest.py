"""Small folders of CSV files."""

import gzip

import pytest

from leadline.data.providers.folder import FolderStore


@pytest.fixture
def folder(tmp_path):
    """Write files (name: text) into a folder and give it as a store."""

    def make(**texts):
        for name, text in texts.items():
            path = tmp_path / f"{name}.csv"
            if text.startswith("gz:"):
                path.with_name(path.name + ".gz").write_bytes(gzip.compress(text[3:].encode()))
            else:
                path.write_text(text, encoding="utf-8")
        return FolderStore(tmp_path)

    return make
