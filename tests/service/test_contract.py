"""The contract: the OpenAPI document holds for whatever is asked, and the database for whatever was written."""

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the web service is not installed: pip install 'particlesnn[serve]'")
import schemathesis
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import create_engine

from particlesnn.service import create_app
from particlesnn.service.database import upgrade
from particlesnn.service.tables import Table
from tests.service.visitor import Running, Visitor

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def document() -> dict[str, Any]:
    return create_app().openapi()


def test_the_document_of_the_api_changes_only_on_purpose() -> None:
    """To change it on purpose: python -m tests.service.test_contract."""
    assert document() == json.loads(DOCUMENT.read_text(encoding="utf-8"))


schema = schemathesis.openapi.from_dict(document())


@pytest.fixture(scope="module")
def ids(owner: Visitor) -> dict[str, str]:
    view = owner.view()
    return {"set_id": view["id"], "scan_id": view["scans"][0]["id"]}


@schema.exclude(path_regex="events|examples|export|recognise").parametrize()
@settings(
    max_examples=4,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_whatever_is_asked_is_answered_as_documented(
    case: schemathesis.Case, owner: Visitor, ids: dict[str, str], running: Running
) -> None:
    """Requests are made up from the document, many of them senseless; set and scan are real unless they would go."""
    known = case.operation.method.upper() != "DELETE"
    for name in ids:
        if name in case.path_parameters and known:
            case.path_parameters[name] = ids[name]
    headers = owner.headers if known else {"X-Set-Key": "none"}
    case.call_and_validate(base_url=running.url, headers=headers, checks=CHECKS)


def test_the_steps_of_the_database_lead_to_what_the_program_expects(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'new.sqlite'}")
    upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []
    engine.dispose()


if __name__ == "__main__":
    DOCUMENT.write_text(json.dumps(document(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
