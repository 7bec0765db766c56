"""Patients over time: own baseline, alerts, timeline, and who is to be looked at first."""
