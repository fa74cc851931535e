"""The questions that the pages ask, and the classes of a map, without a warehouse."""

from nibrs_assets.catalog.tables import shipped_tables
from nibrs_assets.dashboard.maps import steps
from nibrs_assets.dashboard.questions import question, questions, tables_read


def test_classes_of_few_places_differ() -> None:
    assert steps([2.0, 2.0, 2.0, 5.0]) == [5.0]
    assert steps([2.0]) == []
    assert steps([float(n) for n in range(10)]) == [2.0, 4.0, 6.0, 8.0]


def test_questions_name_tables_that_there_are() -> None:
    known = shipped_tables().keys()
    others = {name for name in tables_read() if name not in known}
    assert others == {
        "code_meaning",
        "clearance_audit",
        "clearance_flow",
        "clearance_metric",
        "clearance_model_card",
        "clearance_plot",
        "code_offense",
        "code_population_group",
        "code_reporting_status",
        "code_summary_offense",
        "county",
        "region",
        "series_break",
    }
    assert all("{" not in question(name) for name in questions())
