"""Starts the runs of a deployment as Dagster does by default, and can tell whether they still run.

`deploy/dagster.yaml` names it. This is the one module that uses private modules of Dagster: its launchers are meant to be
subclassed, but the result of a health check (`CheckRunHealthResult`) and the question to the code server have no public name. A
sensor with the public API instead could not tell a run whose process is gone from one that still runs in an older code server,
after a reload of the code. `unit/test_dagster_api.py` keeps all other modules from private imports.
"""

import dagster as dg
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
from dagster._serdes import deserialize_value


class CheckedRunLauncher(dg.DefaultRunLauncher):
    """Starts runs in the code server, and asks it for them when run monitoring wants to know.

    Dagster's own launcher leaves it to the code server to report a run whose process died. When the code server dies too, with
    its machine or container, such a run would stay started forever; here the next code server says that it has no such run.
    """

    @property
    def supports_check_run_worker_health(self) -> bool:
        """True: the daemon may ask whether the process of a run is alive."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Ask the code server of a run whether its process is alive."""
        client = self._get_grpc_client_for_termination(run.run_id)  # type: ignore[no-untyped-call]
        if client is None:
            return CheckRunHealthResult(WorkerStatus.UNKNOWN, "the run does not say which code server it is in")
        try:
            answer = client.can_cancel_execution(CanCancelExecutionRequest(run_id=run.run_id))
        except DagsterUserCodeUnreachableError:
            # It may be about to come back: then it knows. Runs whose code server never does, the limit on run time ends.
            return CheckRunHealthResult(WorkerStatus.RUNNING, "the code server does not answer")
        if deserialize_value(answer, CanCancelExecutionResult).can_cancel:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.NOT_FOUND, "its process is gone")
