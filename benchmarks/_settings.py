"""The settings of the server that benches measure: the demo's, and one page more, which is empty."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks._urls"
