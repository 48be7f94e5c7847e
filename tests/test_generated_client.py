"""A client that is generated from the OpenAPI document walks through the whole house."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app_client import PASSWORD, Door
from tests.raw_requests import openapi

ADA = "ada@example.com"
ADMIN = "admin@example.com"
PACKAGE = "generated_ostiary"
GENERATE = [sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning"]
# Its code is run, not read.
UNPOLISHED = "post_hooks: []\n"

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    home = tmp_path_factory.mktemp("client")
    generate(home)
    sys.path.insert(0, str(home))
    yield
    sys.path.remove(str(home))


def generate(home: Path) -> None:
    document, config = home / "openapi.json", home / "config.yml"
    document.write_text(json.dumps(openapi()))
    config.write_text(UNPOLISHED)
    words = ["--path", str(document), "--config", str(config), "--meta", "none"]
    target = ["--output-path", str(home / PACKAGE)]
    made = subprocess.run(
        [*GENERATE, *words, *target], check=False, capture_output=True, text=True, timeout=60
    )
    assert made.returncode == 0, made.stdout


@pytest.fixture
def ask(generated: None, door: Door) -> Ask:
    """Calls an operation by its name: `ask("accounts.post_login", body=…)`."""

    def call(name: str, bearer: str = "", **arguments: Any) -> Any:
        client = import_module(f"{PACKAGE}.client")
        how: dict[str, Any] = {
            "base_url": openapi()["servers"][0]["url"],
            "httpx_args": {"transport": httpx.WSGITransport(app=door.client.app)},
        }
        knocking = (
            client.AuthenticatedClient(token=bearer, **how) if bearer else client.Client(**how)
        )
        return import_module(f"{PACKAGE}.api.{name}").sync_detailed(client=knocking, **arguments)

    return call


def body(name: str, **members: Any) -> Any:
    return getattr(import_module(f"{PACKAGE}.models"), name)(**members)


@pytest.fixture
def tokens(door: Door, ask: Ask) -> Any:
    """Of an account that was registered, proven and logged in by the client."""
    ask("accounts.post_registration", body=body("NewAccount", email=ADA, password=PASSWORD))
    ask(
        "accounts.post_verification",
        body=body("VerifyEmail", token=door.token(ADA), password=PASSWORD),
    )
    credentials = body("Credentials", email=ADA, password=PASSWORD)
    return ask("accounts.post_login", body=credentials).parsed


class TestTheClient:
    def test_registers_proves_and_logs_in(self, tokens: Any) -> None:
        assert tokens.token_type == "Bearer"
        assert tokens.expires_in == 900

    def test_knows_who_it_is(self, ask: Ask, tokens: Any) -> None:
        me = ask("accounts.get_me", tokens.access_token).parsed
        assert (me.email, me.email_verified, me.created_at.year) == (ADA, True, 2026)

    def test_goes_on(self, ask: Ask, tokens: Any) -> None:
        given = body("LastToken", refresh_token=tokens.refresh_token)
        renewed = ask("accounts.post_refresh", body=given).parsed
        assert renewed.session_id == tokens.session_id
        assert ask("accounts.get_me", renewed.access_token).status_code == 200

    def test_changes_and_lists_what_is_its_own(self, ask: Ask, tokens: Any) -> None:
        renamed = body("Changes", display_name="Ada")
        me = ask("accounts.patch_me", tokens.access_token, body=renamed).parsed
        session, _ = ask("accounts.get_sessions", tokens.access_token).parsed.items
        assert (me.display_name, session.current, session.id) == ("Ada", True, tokens.session_id)

    def test_leaves(self, ask: Ask, tokens: Any) -> None:
        assert ask("accounts.post_logout", tokens.access_token).status_code == 204
        assert ask("accounts.get_me", tokens.access_token).parsed.code == "unauthenticated"

    def test_understands_a_refusal(self, ask: Ask, tokens: Any) -> None:
        wrong = body("Credentials", email=ADA, password="a wrong password")
        refused = ask("accounts.post_login", body=wrong)
        assert (refused.status_code, refused.parsed.code) == (401, "invalid_credentials")

    def test_administers_page_by_page(self, door: Door, ask: Ask, tokens: Any) -> None:
        door.services.accounts.administration.create(ADMIN, PASSWORD, roles=["admin"])
        bearer = door.log_in(ADMIN).json["access_token"]
        first = ask("administration.get_admin_accounts", bearer, limit=1).parsed
        cursor = first.next_cursor
        rest = ask("administration.get_admin_accounts", bearer, limit=1, cursor=cursor).parsed
        assert [page.items[0].email for page in (first, rest)] == [ADMIN, ADA]
        path = {"account_id": rest.items[0].id}
        disabled = ask("administration.post_account_disabling", bearer, **path).parsed
        assert disabled.disabled_at == rest.items[0].created_at


def test_every_operation_is_generated(generated: None) -> None:
    names = {each["operationId"] for path in openapi()["paths"].values() for each in path.values()}
    folder = Path(str(import_module(f"{PACKAGE}.api").__file__)).parent
    made = [path for path in folder.rglob("*.py") if path.name != "__init__.py"]
    assert len(made) == len(names)
