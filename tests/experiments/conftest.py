import os

import pytest


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    """Only a power cut tells a synced file from a written one."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
