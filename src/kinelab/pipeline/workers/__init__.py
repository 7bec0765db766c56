"""Many jobs, each with a folder of its own: done by processes here, on a Dask cluster, or by SLURM."""
