"""The years: one partition a data year, from the first NIBRS master file on."""

import warnings

import dagster as dg

# Dagster warns of what is beta or preview once for each of the assets and checks.
warnings.filterwarnings("ignore", message="Parameter `backfill_policy`", category=dg.BetaWarning)
warnings.filterwarnings(
    "ignore", message="Specifying a partitions_def on an AssetCheckSpec", category=dg.PreviewWarning
)

FIRST_NIBRS_YEAR = 1991

NIBRS_YEARS = dg.TimeWindowPartitionsDefinition(start=str(FIRST_NIBRS_YEAR), fmt="%Y", cron_schedule="0 0 1 1 *")
"""Data years that have ended: the file of a year is published after it."""

ONE_YEAR_A_RUN = dg.BackfillPolicy.multi_run(max_partitions_per_run=1)
"""The one backfill policy of all assets; years are independent of each other."""
