"""What `nibrs deploy-local` does to the settings of a deployment."""

import importlib
import shutil
from pathlib import Path

import yaml

from nibrs_assets.cli.deploy_local import write_config
from nibrs_assets.core.paths import shipped_folder
from nibrs_assets.core.settings import Settings


def settings_with(home: Path, config: str | None = None) -> Settings:
    settings = Settings.from_environment({"NIBRS_HOME": str(home)})
    if config is not None:
        settings.deployment_home.mkdir(parents=True)
        (settings.deployment_home / "dagster.yaml").write_text(config)
    return settings


def test_a_new_deployment_gets_the_shipped_settings(tmp_path: Path) -> None:
    settings = settings_with(tmp_path)
    write_config(settings)
    shipped = (shipped_folder("deploy") / "dagster.yaml").read_text()
    assert (settings.deployment_home / "dagster.yaml").read_text() == shipped


def test_a_deployment_of_an_earlier_version_finds_the_launcher_and_keeps_all_else(tmp_path: Path) -> None:
    before = (
        "run_launcher: # mine\n  module: nibrs_assets.automation.run_launcher\n  class: CheckedRunLauncher\n"
        "concurrency: {runs: {max_concurrent_runs: 7}}\n"
    )
    settings = settings_with(tmp_path, before)
    write_config(settings)
    after = (settings.deployment_home / "dagster.yaml").read_text()
    assert after == before.replace("nibrs_assets.automation.run_launcher", "nibrs_assets.defs.launcher")
    launcher = yaml.safe_load(after)["run_launcher"]
    assert hasattr(importlib.import_module(launcher["module"]), launcher["class"])


def test_settings_that_name_another_launcher_are_left_alone(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, "run_launcher: {module: dagster_celery, class: CeleryRunLauncher}\n")
    path = settings.deployment_home / "dagster.yaml"
    shutil.copystat(__file__, path)
    before = path.stat().st_mtime_ns
    write_config(settings)
    assert path.stat().st_mtime_ns == before
