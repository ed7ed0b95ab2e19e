"""``python -m miner`` is the same as ``miner``: what schedules call, since they have no PATH to speak of."""

from miner.cli.main import main

if __name__ == "__main__":
    main()
