"""Put the networks for one camera that ship with kinelab in their places, and write their card.

    python tools/monocular_weights.py --direct direct/network.safetensors \
        --sequence smooth/sequence.safetensors --held-out held --commands commands.txt --data WORDS

The files are those of `kinelab monocular train` and `train-sequence`, the second trained on the first; held:
examples of people whom neither learnt from. --commands: how they were made, which the card says.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from kinelab.files.atomic import sha256_of, write_text
from kinelab.learning.weights import ModelCard
from kinelab.monocular.calibration_judging import judge
from kinelab.monocular.calibration_report import angle_rows, doubt_report
from kinelab.monocular.examples import Examples
from kinelab.monocular.network_file import read_network, write_network
from kinelab.monocular.sequence_file import read_sequence, write_sequence
from kinelab.monocular.shipped import load_network

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = ROOT / "src" / "kinelab" / "weights"
DIRECT, SEQUENCE = WEIGHTS / "monocular.safetensors", WEIGHTS / "monocular_sequence.safetensors"
CARD = ROOT / "docs" / "models" / "monocular.md"
LICENCE = "Apache-2.0; begun with MobileNetV2's weights of ImageNet (Apache-2.0, TensorFlow)"


def page(direct: ModelCard, sequence: ModelCard, rows: Sequence[Sequence[object]]) -> str:
    """The card as Markdown; rows: name, MAE, RMS, bias, stated sd, share within it, of each angle."""
    files = "; ".join(
        f"`{path.name}` {path.stat().st_size / 1e6:.1f} MB, `{sha256_of(path)}`"
        for path in (DIRECT, SEQUENCE)
    )
    lines = [
        "# Model card: monocular",
        "",
        "The networks for one camera that ship with kinelab: from a crop to a pose, and from a clip's poses",
        "to a better one. The same cards are inside the files; this page is written by",
        "`tools/monocular_weights.py`.",
        "",
        *_table("", "", {
            "networks": f"{direct.name}; {sequence.name}",
            "files": files,
            "licence": direct.licence,
            "data": f"{direct.data}; the sequence network {sequence.data}",
            "recipe": direct.recipe,
        }),
        "Limits:",
        "",
        *(f"- {limit}" for limit in direct.limits),
        "",
        "## Errors",
        "",
        "On virtual people held out, each picture by itself (synthetic):",
        "",
        *_table("figure", "value", {name: f"{value:.4g}" for name, value in direct.figures.items()}),
        "Of the sequence network, on clips of other people:",
        "",
        *_table("figure", "value", {name: f"{value:.4g}" for name, value in sequence.figures.items()}),
        "| angle | MAE, deg | RMS, deg | bias, deg | stated sd, deg | within 1 sd |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name, *values, share in rows:
        told = " | ".join(f"{value:.2f}" for value in values)
        lines.append(f"| {name} | {told} | {share:.0%} |")
    return "\n".join(lines) + "\n"


def _table(first: str, second: str, rows: Mapping[str, str]) -> list[str]:
    return [f"| {first} | {second} |", "|---|---|", *(f"| {a} | {b} |" for a, b in rows.items()), ""]


def main() -> None:
    """Write the weights and the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name in ("--direct", "--sequence", "--held-out", "--commands"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--data", required=True, help="whom the direct network learnt from, in words")
    given = parser.parse_args()
    direct, sequence = read_network(given.direct), read_sequence(given.sequence)
    recipe = " ".join(given.commands.read_text(encoding="utf-8").split())
    card = replace(direct.card, licence=LICENCE, data=given.data, recipe=recipe)
    write_network(DIRECT, replace(direct, card=card))
    write_sequence(SEQUENCE, sequence)
    network = load_network()
    judged = judge(network, Examples(given.held_out), spoilt_every=0)
    report = doubt_report(judged, network.vector, network.file.use.calibration)
    write_text(CARD, page(card, sequence.card, angle_rows(report)))
    print(CARD.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
