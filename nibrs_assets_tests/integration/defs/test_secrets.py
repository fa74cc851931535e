"""What Dagster records of a run shows no secret setting."""

import dagster as dg

from nibrs_assets.core.settings import Settings
from nibrs_assets_tests.support.secret_settings import CANARY, SECRETS


def test_dagster_records_no_secret() -> None:
    @dg.asset
    def shows(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult[None]:
        context.log.info(f"{settings} {settings!r}")
        return dg.MaterializeResult(metadata={"settings": settings.model_dump_json()})

    @dg.asset(deps=[shows])
    def fails(settings: dg.ResourceParam[Settings]) -> None:
        raise RuntimeError(f"{settings!r}")

    with dg.instance_for_test() as instance:
        result = dg.materialize(
            [shows, fails],
            resources={"settings": Settings.from_environment(SECRETS)},
            instance=instance,
            raise_on_error=False,
        )
        assert not result.success
        recorded = [str(record) for record in instance.all_logs(result.run_id)]
    assert "SecretStr" in "".join(recorded)
    assert CANARY not in "".join(recorded)
