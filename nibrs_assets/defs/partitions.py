"""The years: one partition a data year, for each kind of master file from its first one on."""

import functools
import warnings

import dagster as dg

from nibrs_assets.layouts.loader import shipped_layouts

# Dagster warns of what is beta or preview once for each of the assets and checks.
warnings.filterwarnings("ignore", message="Parameter `backfill_policy`", category=dg.BetaWarning)
warnings.filterwarnings("ignore", message="Parameter `allow_nonexistent_upstream", category=dg.BetaWarning)
warnings.filterwarnings(
    "ignore", message="Specifying a partitions_def on an AssetCheckSpec", category=dg.PreviewWarning
)

ONE_YEAR_A_RUN = dg.BackfillPolicy.multi_run(max_partitions_per_run=1)
"""The one backfill policy of all assets; years are independent of each other."""


SAME_YEAR = dg.TimeWindowPartitionMapping(allow_nonexistent_upstream_partitions=True)
"""How tables of several kinds of file depend on those of one, which may have begun later."""


@functools.cache
def years_of(kinds: tuple[str, ...]) -> dg.TimeWindowPartitionsDefinition:
    """The data years that have ended since the first of `kinds` began: the file of a year is published after it."""
    first = min(shipped_layouts().kinds[name].since for name in kinds)
    return dg.TimeWindowPartitionsDefinition(start=str(first), fmt="%Y", cron_schedule="0 0 1 1 *")
