from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import func, select

from kinelab.clinic.accounts import oidc_accounts, oidc_provider, users
from kinelab.clinic.actor import command_actor
from kinelab.clinic.settings import Oidc, Settings, read_settings
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.migrating import prepare
from kinelab.clinic.store.tables import AuditRow, Login, User
from kinelab.clinic.web.app import make_api
from kinelab.errors import BusyError, FileFormatError

from .oidc_issuer import CLIENT, SECRET, Claims, Issuer, new_key, serving


@dataclass
class House:
    """A clinic whose accounts come from `issuer`, and a browser before it."""

    issuer: Issuer
    database: Database
    browser: TestClient

    def go(self, wanted: str = "/") -> str:
        """Begin: where the browser is sent."""
        answer = self.browser.get(f"/api/v1/oidc/start?next={quote(wanted, safe='')}", follow_redirects=False)
        assert answer.status_code == 303
        return answer.headers["location"]

    def come_back(self, sent_to: str, **changed: str) -> httpx.Response:
        state = parse_qs(urlsplit(sent_to).query)["state"][0]
        said = {"state": state, "code": self.issuer.approve(sent_to)} | changed
        return self.browser.get("/api/v1/oidc/return", params=said, follow_redirects=False)

    def log_in(self, **changed: str) -> httpx.Response:
        return self.come_back(self.go(), **changed)

    def me(self) -> Claims | None:
        answer = self.browser.get("/api/v1/me")
        return answer.json() if answer.status_code == 200 else None

    def n_logins(self) -> int:
        with self.database.reading() as db:
            return db.scalar(select(func.count()).select_from(Login)) or 0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "clinic")
    prepare(made)
    yield made
    made.close()


@pytest.fixture
def make_house(tmp_path: Path, store: Database) -> Iterator[Callable[..., House]]:
    (tmp_path / "secret").write_text(SECRET)
    with serving() as issuer:
        opened: list[TestClient] = []

        def make(**settings: Any) -> House:
            oidc = Oidc.model_validate(
                {"issuer": issuer.address, "client_id": CLIENT, "client_secret_file": tmp_path / "secret"}
                | {"create_accounts": True} | settings
            )  # fmt: skip
            app = make_api(store, Settings(host_names=("testserver",), oidc=oidc))
            browser = TestClient(app)
            browser.__enter__()
            opened.append(browser)
            return House(issuer, store, browser)

        yield make
        for each in opened:
            each.__exit__(None, None, None)


@pytest.fixture
def house(make_house: Callable[..., House]) -> House:
    return make_house()


def test_there_and_back_is_a_login_with_an_account_of_its_own(house: House) -> None:
    answer = house.come_back(house.go("/visits/1?tab=2"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/visits/1?tab=2")
    me = house.me()
    assert me is not None
    assert (me["name"], me["role"], me["has_password"]) == ("ann.lee", "assistant", False)
    house.browser.cookies.clear()
    house.log_in()
    again = house.me()
    assert again is not None
    assert again["id"] == me["id"]


def test_the_browser_is_told_no_secret_and_keeps_what_it_cannot_read(house: House) -> None:
    sent_to = house.go()
    assert SECRET not in sent_to
    sealed = house.browser.cookies["kinelab_oidc"]
    asked = parse_qs(urlsplit(sent_to).query)
    assert asked["redirect_uri"] == ["http://testserver/api/v1/oidc/return"]
    for private in (asked["state"][0], asked["nonce"][0]):
        assert private not in sealed


def _claims(**changed: object) -> Callable[[Claims], Claims]:
    return lambda claims: {name: value for name, value in (claims | changed).items() if value is not None}


_NOW = int(time.time())
FORGED_CLAIMS: dict[str, Callable[[Claims], Claims]] = {
    "expired": _claims(exp=_NOW - 3600),
    "without an end": _claims(exp=None),
    "an end that is a text": _claims(exp="9999999999"),
    "made long ago": _claims(iat=_NOW - 3600),
    "made tomorrow": _claims(iat=_NOW + 86400),
    "without its time": _claims(iat=None),
    "not valid yet": _claims(nbf=_NOW + 3600),
    "another audience": _claims(aud="another client"),
    "many audiences": _claims(aud=[CLIENT, "another client"]),
    "for another party": _claims(azp="another client"),
    "without an audience": _claims(aud=None),
    "another issuer": _claims(iss="https://evil.example"),
    "without an issuer": _claims(iss=None),
    "another nonce": _claims(nonce="another request's"),
    "without a nonce": _claims(nonce=None),
    "a nonce that is a number": _claims(nonce=7),
    "nobody": _claims(sub=None),
    "an empty name": _claims(sub=""),
    "a name that is a list": _claims(sub=["17"]),
    "a name with a line break": _claims(sub="17\n18"),
}


@pytest.mark.parametrize("what", FORGED_CLAIMS)
def test_a_token_that_does_not_fit_is_refused(
    house: House, what: str, record_property: Callable[[str, object], None]
) -> None:
    house.issuer.alter = FORGED_CLAIMS[what]
    assert house.log_in().headers["location"] == "/login?problem=refused"
    assert house.me() is None
    assert house.n_logins() == 0
    record_property("refused: ID tokens with claims that do not fit", 1)


def _hmac_with_public_key(issuer: Issuer, claims: Claims) -> str:
    # By hand: the library itself refuses to use a public key in this way.
    said = [json.dumps(part).encode() for part in ({"alg": "HS256", "kid": issuer.key.kid}, claims)]
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in said)
    made = hmac.new(issuer.key.as_pem(private=False), signed, hashlib.sha256).digest()
    return f"{signed.decode()}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"


def _hmac_with_secret(_: Issuer, claims: Claims) -> str:
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET.encode() * 2))


def _none(issuer: Issuer, claims: Claims) -> str:
    signed = jwt.encode({"alg": "RS256", "kid": issuer.key.kid}, claims, issuer.key).split(".")
    header = "eyJhbGciOiJub25lIn0"  # {"alg":"none"}
    return f"{header}.{signed[1]}."


def _own_key(name: str | None) -> Callable[[Issuer, Claims], str]:
    def sign(_: Issuer, claims: Claims) -> str:
        return jwt.encode({"alg": "RS256"} | ({"kid": name} if name else {}), claims, new_key("k1"))

    return sign


def _own_key_inside(_: Issuer, claims: Claims) -> str:
    key = new_key("evil")
    return jwt.encode({"alg": "RS256", "kid": "k1", "jwk": key.as_dict(private=False)}, claims, key)


def _altered(issuer: Issuer, claims: Claims) -> str:
    head, body, signature = jwt.encode({"alg": "RS256", "kid": issuer.key.kid}, claims, issuer.key).split(".")
    other = jwt.encode({"alg": "RS256"}, claims | {"sub": "1"}, new_key()).split(".")[1]
    assert other != body
    return f"{head}.{other}.{signature}"


FORGED_SIGNATURES: dict[str, Callable[[Issuer, Claims], str]] = {
    "an HMAC with the public key": _hmac_with_public_key,
    "an HMAC with the client's secret": _hmac_with_secret,
    "no signature": _none,
    "another key under the same name": _own_key("k1"),
    "another key without a name": _own_key(None),
    "a key that nobody publishes": _own_key("k9"),
    "its own key inside": _own_key_inside,
    "another body": _altered,
    "no token": lambda *_: "",
    "no JSON": lambda *_: "x.y.z",
    "a header that is a list": lambda *_: "W10.e30.x",
}


@pytest.mark.parametrize("what", FORGED_SIGNATURES)
def test_a_token_that_the_issuer_has_not_signed_is_refused(
    house: House, what: str, record_property: Callable[[str, object], None]
) -> None:
    house.issuer.sign = lambda claims: FORGED_SIGNATURES[what](house.issuer, claims)
    assert house.log_in().headers["location"] == "/login?problem=refused"
    assert house.n_logins() == 0
    record_property("refused: ID tokens with forged signatures", 1)


def test_a_symmetric_key_that_the_issuer_publishes_is_not_used(house: House) -> None:
    shared = OctKey.import_key(b"0123456789abcdef0123456789abcdef", {"kid": "k1"})
    house.issuer.keys = [shared.as_dict()]
    house.issuer.sign = lambda claims: jwt.encode({"alg": "HS256", "kid": "k1"}, claims, shared)
    assert house.log_in().headers["location"] == "/login?problem=refused"


def test_a_new_key_of_the_issuer_is_found(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.log_in()
    house.issuer.key = new_key("k2")
    house.browser.cookies.clear()
    assert house.log_in().headers["location"] == "/login?problem=refused"  # looked for once a minute at most
    monkeypatch.setattr(oidc_provider, "_ANEW_AFTER_S", 0.0)
    assert house.log_in().headers["location"] == "/"


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "forged"},
        {"state": ""},
        {"code": "forged"},
        {"code": ""},
        {"iss": "https://evil.example"},
        {"error": "x"},
    ],
)
def test_a_forged_way_back_is_refused(
    house: House, changed: dict[str, str], record_property: Callable[[str, object], None]
) -> None:
    assert house.log_in(**changed).headers["location"] == "/login?problem=refused"
    assert house.me() is None
    record_property("refused: forged ways back from the login system", 1)


def test_who_did_not_begin_here_does_not_come_back_here(house: House) -> None:
    sent_to = house.go()
    house.browser.cookies.clear()  # another browser: log-in CSRF
    assert house.come_back(sent_to).headers["location"] == "/login?problem=refused"
    assert house.issuer.n_exchanges == 0


def test_the_way_back_counts_once(house: House) -> None:
    sent_to = house.go()
    kept = house.browser.cookies["kinelab_oidc"]
    assert house.come_back(sent_to).headers["location"] == "/"
    assert "kinelab_oidc" not in house.browser.cookies
    house.browser.cookies.clear()
    house.browser.cookies.set("kinelab_oidc", kept, path="/api/v1/oidc")
    used = next(iter(parse_qs(urlsplit(sent_to).query)["state"]))
    answer = house.browser.get(
        "/api/v1/oidc/return", params={"state": used, "code": "used"}, follow_redirects=False
    )
    assert answer.headers["location"] == "/login?problem=refused"


@pytest.mark.parametrize("wanted", [
    "https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/api/v1/me", "/a\nb",
    "", "/x\\y",
])  # fmt: skip
def test_a_login_never_ends_on_another_site(
    house: House, wanted: str, record_property: Callable[[str, object], None]
) -> None:
    assert house.come_back(house.go(wanted)).headers["location"] == "/"
    record_property("refused: log-ins that would end on another site", 1)


def test_forgeries_are_limited_and_in_the_audit(house: House) -> None:
    answers = [
        house.browser.get("/api/v1/oidc/return?state=x&code=y", follow_redirects=False) for _ in range(35)
    ]
    assert all(answer.headers["location"] == "/login?problem=refused" for answer in answers)
    assert house.browser.get("/api/v1/oidc/start", follow_redirects=False).status_code == 429
    with house.database.reading() as db:
        assert db.scalar(select(func.count()).where(AuditRow.action == "refuse")) == 2


def test_without_leave_nobody_gets_an_account(make_house: Callable[..., House]) -> None:
    house = make_house(create_accounts=False)
    with house.database.writing() as db:  # the same name is no reason to be taken for somebody
        users.create(db, command_actor(), "ann.lee", "administrator")
    assert house.log_in().headers["location"] == "/login?problem=refused"
    with house.database.writing() as db:
        subject = oidc_accounts.subject_of(Oidc(issuer=house.issuer.address, client_id=CLIENT), "17")
        users.create(db, command_actor(), "a.lee", "clinician", oidc_subject=subject)
    house.log_in()
    me = house.me()
    assert me is not None
    assert (me["name"], me["role"]) == ("a.lee", "clinician")


def test_a_taken_or_unusable_name_gets_another(house: House) -> None:
    with house.database.writing() as db:
        users.create(db, command_actor(), "ann.lee", "administrator")
    for sub, wanted, begins in (
        ("17", "ann.lee", "ann.lee."),
        ("18", "<script>", "person."),
        ("19", "", "person."),
    ):
        house.browser.cookies.clear()
        house.issuer.person = {"sub": sub, "preferred_username": wanted}
        house.log_in()
        me = house.me()
        assert me is not None
        assert me["name"].startswith(begins)
        assert me["role"] == "assistant"


def test_the_claim_decides_the_role_at_every_login(make_house: Callable[..., House]) -> None:
    house = make_house(role_claim="groups", roles={"gait-doctors": "clinician", "gait-lab": "assistant"})
    house.issuer.person["groups"] = ["staff", "gait-lab", "gait-doctors"]
    house.log_in()
    me = house.me()
    assert me is not None
    assert me["role"] == "clinician"
    old = dict(house.browser.cookies)
    house.browser.cookies.clear()
    house.issuer.person["groups"] = "gait-lab"
    house.log_in()
    now = house.me()
    assert now is not None
    assert (now["id"], now["role"]) == (me["id"], "assistant")
    house.browser.cookies.clear()
    house.browser.cookies.update(old)
    assert house.me() is None  # what was open with the old role has ended
    house.browser.cookies.clear()
    house.issuer.person["groups"] = ["staff"]
    assert house.log_in().headers["location"] == "/login?problem=refused"


def test_a_closed_account_stays_closed(house: House) -> None:
    house.log_in()
    with house.database.writing() as db:
        user = db.scalars(select(User)).one()
        users.change(db, command_actor(), user.id, user.version, users.Change(disabled=True))
    assert house.me() is None
    assert house.log_in().headers["location"] == "/login?problem=refused"


@pytest.mark.parametrize(
    ("discovery", "why"),
    [
        ({"issuer": "https://evil.example"}, "calls itself 'https://evil.example'"),
        ({"token_endpoint": "ftp://127.0.0.1/token"}, "its token_endpoint is 'ftp://127.0.0.1/token'"),
        ({"jwks_uri": None}, "its jwks_uri is ''"),
    ],
)
def test_a_faulty_discovery_is_told(house: House, discovery: Claims, why: str) -> None:
    house.issuer.discovery = discovery
    with pytest.raises(BusyError, match=why):
        oidc_provider.Provider(Oidc(issuer=house.issuer.address, client_id=CLIENT)).found()
    assert house.browser.get("/api/v1/oidc/start", follow_redirects=False).status_code == 503


def test_a_system_that_does_not_answer_is_told(house: House) -> None:
    house.issuer.discovery = {
        "authorization_endpoint": "http://127.0.0.1:9/a",
        "token_endpoint": "http://127.0.0.1:9/t",
    }
    assert house.log_in().headers["location"] == "/login?problem=busy"


def test_a_clinic_without_such_a_system_has_no_such_way(store: Database) -> None:
    with TestClient(make_api(store, Settings(host_names=("testserver",)))) as browser:
        assert browser.get("/api/v1/oidc/start").status_code == 404
        assert browser.get("/api/v1/login").json() == {"login_system": False}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('issuer = "http://id.example"', "whoever listens in between could log in as anybody"),
        (
            'issuer = "https://id.example"\nroles = {staff = "system"}',
            "the role 'system' is the server's own",
        ),
        ('issuer = "https://id.example"\nfirst_role = "system"', "the role 'system' is the server's own"),
        ('issuer = "https://id.example"\nroles = {staff = "root"}', "roles"),
    ],
)
def test_settings_that_would_open_a_door_stop_the_start(tmp_path: Path, line: str, why: str) -> None:
    (tmp_path / "clinic.toml").write_text(f'[oidc]\nclient_id = "kinelab"\n{line}\n')
    with pytest.raises(FileFormatError, match=why):
        read_settings(tmp_path)


def test_a_secret_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    settings = Oidc(issuer="https://id.example", client_id="x", client_secret_file=tmp_path / "missing")
    with pytest.raises(FileFormatError, match="the client's secret cannot be read"):
        oidc_provider.Provider(settings)
