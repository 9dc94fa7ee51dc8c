"""Checks that a report of tern-bench -o json has the fields that docs/tools.md describes, with possible values."""
import json
import math
import sys


def number(value, where, low=0.0):
    assert isinstance(value, (int, float)) and not isinstance(value, bool), f"{where}: {value!r} is no number"
    assert math.isfinite(value) and value >= low, f"{where}: {value}"


def sample(value, where):
    assert set(value) == {"mean", "stddev", "median", "min", "max", "values"}, f"{where}: {sorted(value)}"
    assert value["values"], f"{where}: no values"
    for item in value["values"]:
        number(item, where)
    assert value["min"] <= value["median"] <= value["max"], f"{where}: {value}"


def ceilings(value, where):
    for key in ("threads", "bandwidth", "dot_peak"):
        number(value[key], f"{where}.{key}", low=1e-9)
    assert value["dot_instruction"]
    for key in ("read", "read_prefetched", "dot"):
        sample(value[key], f"{where}.{key}")


def model(report):
    cost = report["cost_per_token"]
    parts = sum(cost[key] for key in ("body", "head", "cache", "other"))
    assert math.isclose(parts, cost["total"]), cost
    for key in ("body", "head", "cache", "other", "ternary_macs", "dense_macs"):
        number(cost[key], f"cost_per_token.{key}")
    assert report["results"], "no results"
    for result in report["results"]:
        ceilings(result["ceilings"], "ceilings")
        for test in ("prefill", "decode"):
            if test in result:
                sample(result[test], test)
                assert len(result[test]["values"]) == report["repetitions"]
                number(result[f"{test}_ceiling"], test)
                number(result[f"{test}_of_ceiling"], test)
    if report["decode_tokens"]:
        for part, seconds in report["decode_seconds_by_part"]["parts"].items():
            number(seconds, part)


def kernels(report):
    for value in report["ceilings"]:
        ceilings(value, "ceilings")
    assert report["kernels"], "no kernels"
    for kernel in report["kernels"]:
        assert kernel["wrong"] == 0, kernel
        assert kernel["family"] and kernel["layout"] and kernel["variant"], kernel
        sample(kernel["seconds"], "seconds")
        for key in ("rows", "columns", "tokens", "threads", "bytes", "macs", "gmacs", "gigabytes", "roofline_seconds", "of_roofline"):
            number(kernel[key], key, low=1e-12)


with open(sys.argv[1]) as file:
    document = json.load(file)
assert document["version"] and document["cpu"]
if "results" in document:
    model(document)
if "kernels" in document:
    kernels(document)
assert "results" in document or "kernels" in document, sorted(document)
