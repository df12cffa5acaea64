"""The report: published rows beside the text they were read from, as pages that need nothing else."""
