"""`kinelab exchange`: results to FHIR servers and DICOM archives, research exports, films without faces."""

from __future__ import annotations

import argparse

from kinelab.cli.actions import act, add_parts

NAME = "exchange"
HELP = "results to other systems: FHIR, DICOM, research tables, a film without faces"
EPILOG = """\
examples:
  kinelab exchange fhir walk-kinelab --out bundle.json --patient P-17
  kinelab exchange send walk-kinelab --server https://fhir.example.org/r4 --patient P-17 --token-file token
  kinelab exchange send walk-kinelab --server http://ward:8080/fhir --allow-host ward:8080 --patient P-17
  kinelab exchange dicom walk-kinelab --out report.dcm --patient P-17
  kinelab exchange research study/*/ --key-file key --out export
  kinelab exchange blur walk.mp4 walk-kinelab --out walk_blurred.mp4
  kinelab exchange codes --out measures.json

Nothing leaves this computer but by `send`, and by `dicom` with --server. No name is ever sent.
"""
_PARTS = ("exchange_fhir", "exchange_dicom", "exchange_research", "exchange_blur")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Every action with its options."""
    add_parts(parser, _PARTS)


run = act
