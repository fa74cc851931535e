"""The checks of tables as Dagster's asset checks; what they check is in `engine/checks.py`."""

import dagster as dg

from nibrs_assets.catalog.checks import checks_on
from nibrs_assets.catalog.model import Table
from nibrs_assets.defs.partitions import years_of
from nibrs_assets.engine.checks import CheckResult, contract_checks


def check_specs(table: Table, key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """The checks of a table; a check in SQL that may stop the year's load blocks what comes after."""
    described = {name: (description, False) for name, description in contract_checks(table).items()}
    described |= {check.name: (check.description, check.limit is not None) for check in checks_on(table)}
    return [
        dg.AssetCheckSpec(
            name, asset=key, description=description, partitions_def=years_of(table.kinds), blocking=blocks
        )
        for name, (description, blocks) in described.items()
    ]


def check_result(result: CheckResult, key: dg.AssetKey) -> dg.AssetCheckResult:
    """A result of the engine's as Dagster's."""
    severity = dg.AssetCheckSeverity.ERROR if result.is_error else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        passed=result.passed, severity=severity, check_name=result.name, asset_key=key, metadata=result.found
    )
