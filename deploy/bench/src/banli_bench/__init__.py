"""The benchmarks: how fast, how late, how large."""
