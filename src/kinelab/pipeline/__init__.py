"""The four verbs in one call: estimate, cut, measure, report; with resume and a run folder."""
