"""The doors: list, demo, collect, train, evaluate, render, bench; one file each."""
