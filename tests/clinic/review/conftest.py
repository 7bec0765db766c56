"""A visit whose recording was analysed."""

from __future__ import annotations

from tests.clinic.reviewed import machine_run as machine_run
from tests.clinic.reviewed import new_visit as new_visit
from tests.clinic.reviewed import reviewed as reviewed
