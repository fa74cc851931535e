"""What may run at once, and what is tried again. `docs/operating.md` has the measurements behind the numbers."""

import dagster as dg

DECODE = "decode"
TABLES = "tables"
WAREHOUSE = "warehouse"

POOLS = {
    DECODE: 1,  # 0.6 GB and two cores for as long as a master file takes
    TABLES: 4,  # up to NIBRS_MEMORY_LIMIT each
    WAREHOUSE: 2,  # 0.4 GB each, and Postgres's disk
}
"""The pools of steps, and how many steps of each run at once over all runs; a deployment may set other limits."""

RETRIES = dg.RetryPolicy(max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL)
"""Of steps that use the network, and of those that may be killed for want of memory: again after 5 s, then after 15 s.

Errors in the input are not retried, see `defs/assets/failure.py`.
"""


def set_pool_limits(instance: dg.DagsterInstance) -> None:
    """Give each pool its limit, unless somebody gave it another one."""
    storage = instance.event_log_storage
    chosen = {pool.name for pool in storage.get_pool_limits() if not pool.from_default}
    for name, limit in POOLS.items():
        if name not in chosen:
            storage.set_concurrency_slots(name, limit)
