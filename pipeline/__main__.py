"""``python -m pipeline`` is the command ``hongzhi``."""

from pipeline.cli import main

main()
