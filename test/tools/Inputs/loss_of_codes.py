"""loss_of_codes.py WIDE.json BYTES.json: reports of tern-eval --reference for one model with codes of 16 bits and of 8."""
import json
import sys

wide, narrow = (json.load(open(path)) for path in sys.argv[1:3])
assert wide["rules"]["name"] == "floats" and narrow["rules"]["name"] == "converted"
assert wide["pass"] and narrow["pass"]


def worst(report):
    logits = max(prompt["logits"][run]["max_relative_l2"] for prompt in report["prompts"] for run in prompt["logits"])
    return report["layers"]["worst"], logits, report["windows"][0]["off"]


for name, fine, coarse, most in zip(("rows", "logits", "nll_mean"), worst(wide), worst(narrow), (2e-4, 3e-4, 1e-4)):
    print(f"{name}: {fine:.2g} with 16 bits, {coarse:.2g} with 8")
    assert fine < most, f"{name}: {fine}"
    assert coarse > 20 * fine, f"{name}: {coarse} is not the loss of 8 bits beside {fine}"
