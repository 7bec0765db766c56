"""`kinelab reproduce`: the tables and figures of papers again, on open data and on virtual people."""

from __future__ import annotations

import argparse

from kinelab.cli.actions import act, add_parts

NAME = "reproduce"
HELP = "make the tables and figures of papers again: worn sensors, angles from one camera"
EPILOG = """\
examples:
  kinelab reproduce rapp2021 table2 --shared DATA --out results    Rapp et al. 2021: worn sensors
  kinelab reproduce d3ke table1 --out results                      Bittner et al. 2022: one camera
  kinelab reproduce d3ke table1 --quick --out tiny                 the whole path in a minute
"""
_PARTS = ("reproduce_rapp2021", "reproduce_d3ke")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Every paper with its options."""
    add_parts(parser, _PARTS)


run = act
