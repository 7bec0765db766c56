"""Time series: filters, gaps, resampling, derivatives, peaks. Plain numpy, NaN means not measured."""
