"""Review in the clinic: corrections, signatures, and how far the machine is relied on."""
