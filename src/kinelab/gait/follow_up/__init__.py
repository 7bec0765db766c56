"""One person over many visits: the own baseline, and when a change is told.

Rules on numbers only. The clinic tells them about its patients, the study of false alerts replays them.
"""
