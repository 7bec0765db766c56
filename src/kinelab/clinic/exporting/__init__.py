"""What leaves the house: asked for by a person, made by a worker, noted in the audit before and after."""
