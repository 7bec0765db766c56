"""The clinic: patients, visits, review, signatures and follow-up in one store behind one door."""
