"""What a step that is retried has made already, so that it makes only the rest."""

from collections.abc import Collection, Mapping, Sequence

import dagster as dg

_RESUMES = "dagster/is_resume_retry"
"""Dagster's tag of a run that goes on where the run before it failed; what succeeded there is not executed again."""

_CODE_VERSION = "dagster/code_version"


def made_before(
    context: dg.AssetExecutionContext, keys: Sequence[dg.AssetKey]
) -> dict[dg.AssetKey, Mapping[str, dg.MetadataValue]]:
    """Those of `keys` that an earlier attempt made for this partition, in their order, with the metadata that it gave them.

    An earlier attempt is one of the same run, or the run that this one resumes. What other code made is made again.
    """
    runs = {context.run.run_id} if context.retry_number else set()
    if context.run.tags.get(_RESUMES) == "true" and context.run.parent_run_id:
        runs.add(context.run.parent_run_id)
    found = {key: _made_in(context, key, runs) for key in keys} if runs else {}
    return {key: metadata for key, metadata in found.items() if metadata is not None}


def _made_in(
    context: dg.AssetExecutionContext, key: dg.AssetKey, runs: Collection[str]
) -> Mapping[str, dg.MetadataValue] | None:
    latest = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[context.partition_key])
    for record in context.instance.fetch_materializations(latest, limit=1).records:
        made = record.asset_materialization
        version = context.assets_def.specs_by_key[key].code_version
        if record.run_id in runs and made and (made.tags or {}).get(_CODE_VERSION) == version:
            metadata: Mapping[str, dg.MetadataValue] = made.metadata
            return metadata
    return None
