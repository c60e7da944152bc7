"""A server whose certificate is bad is refused at once, and taken only where an option says so in as many words."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import obstore.store
import pytest

import zarrust as zarr
from certificates import DAY, Certificate
from web import Web, published, serving
from zarrust.storage import FsspecStore, HttpStore, MemoryStore, ObjectStore
from zarrust.store import AzureStore, GCSStore, HTTPStore, S3Store

VALUES = np.arange(6)
AUTHORITY = Certificate.authority()
S3 = {"access_key_id": "a", "secret_access_key": "b", "region": "us-east-1"}
FSSPEC_S3: dict[str, Any] = {"key": "a", "secret": "b"}

# The certificate, whether its authority is one that the client trusts, and what is to be said of it.
BAD: dict[str, tuple[Callable[[], Certificate], bool, str]] = {
    "self-signed": (Certificate.of_itself, False, "UnknownIssuer"),
    "of an authority that nobody knows": (Certificate.authority().sign, True, "UnknownIssuer|BadSignature"),
    "expired": (lambda: AUTHORITY.sign(until=-DAY), True, "expired"),
    "for another host": (lambda: AUTHORITY.sign("other.example"), True, "not valid for name"),
}

# Each kind of store, by the URL and the options of its connection.
STORES: dict[str, Callable[[str, dict[str, Any]], Any]] = {
    "HttpStore": lambda url, options: HttpStore(f"{url}/bucket/a", client_options=options),
    "HTTPStore": lambda url, options: ObjectStore(HTTPStore(f"{url}/bucket/a", client_options=options)),
    "S3Store": lambda url, options: ObjectStore(
        S3Store("bucket", prefix="a", endpoint=url, client_options=options, **S3)
    ),
    "GCSStore": lambda url, options: ObjectStore(
        GCSStore("bucket", prefix="a", base_url=url, skip_signature=True, client_options=options)
    ),
    "AzureStore": lambda url, options: ObjectStore(
        AzureStore("a", account_name="n", endpoint=f"{url}/bucket", skip_signature=True, client_options=options)
    ),
    "obstore": lambda url, options: ObjectStore(obstore.store.HTTPStore(f"{url}/bucket/a", client_options=options)),
}

# Without certificates, and how each spells that it wants none.
SPELLINGS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    **{
        name: (lambda url, make=make, **options: make(url, options), {"allow_invalid_certificates": True})
        for name, make in STORES.items()
    },
    "https:// ssl": (lambda url, **options: FsspecStore(f"{url}/bucket/a", **options), {"ssl": False}),
    "https:// verify_ssl": (
        lambda url, **options: FsspecStore(f"{url}/bucket/a", client_kwargs=options),
        {"verify_ssl": False},
    ),
    "s3:// verify": (
        lambda url, **options: FsspecStore("s3://bucket/a", endpoint_url=url, client_kwargs=options, **FSSPEC_S3),
        {"verify": False},
    ),
}


def values() -> dict[str, bytes]:
    store = MemoryStore()
    zarr.create_array(store, data=VALUES, chunks=(3,))
    return published({key: store[key] for key in store}, "bucket/a")


def reads(store: Any) -> None:
    np.testing.assert_array_equal(zarr.open_array(store, mode="r")[...], VALUES)


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The authority's certificate as a file, which the system trusts."""
    file = tmp_path / "authority.pem"
    file.write_bytes(AUTHORITY.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return file


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("make", STORES.values(), ids=STORES)
@pytest.mark.parametrize("certificate", BAD.values(), ids=BAD)
def test_a_bad_certificate_is_an_error_at_once(
    tmp_path: Path, certificate: tuple[Callable[[], Certificate], bool, str], make: Callable[..., Any]
):
    bad, is_signed, said = certificate
    options = {"root_certificate": AUTHORITY.pem} if is_signed else {}
    with serving(Web(values()), bad().context(tmp_path)) as web:
        with pytest.raises(OSError, match=f'certificate.*({said}).*key "zarr.json"'):
            zarr.open_array(make(web.url, options), mode="r")
        assert web.requests == []
        # The certificate is no better a second later: nobody waits for as many attempts as a lost connection gets.
        assert web.connections == 1


@pytest.mark.parametrize(("make", "options"), SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("bad", [bad for bad, _, _ in BAD.values()], ids=BAD)
def test_a_bad_certificate_is_taken_by_an_option_alone(
    tmp_path: Path, bad: Callable[[], Certificate], make: Callable[..., Any], options: dict[str, Any]
):
    with serving(Web(values()), bad().context(tmp_path)) as web:
        with pytest.raises(OSError, match="certificate"):
            reads(make(web.url))
        assert web.requests == []
        reads(make(web.url, **options))


@pytest.mark.parametrize("make", STORES.values(), ids=STORES)
@pytest.mark.parametrize("kind", [bytes, str])
def test_a_certificate_of_ones_own_authority_is_taken_with_the_authoritys(
    tmp_path: Path, make: Callable[..., Any], kind: type
):
    pem = AUTHORITY.pem if kind is bytes else AUTHORITY.pem.decode()
    with serving(Web(values()), AUTHORITY.sign().context(tmp_path)) as web:
        reads(make(web.url, {"root_certificate": pem}))
        reads(make(web.url, {"root_certificate": pem, "disable_system_certificates": True}))


def test_a_certificate_that_signed_itself_is_taken_where_it_is_named(tmp_path: Path):
    own = Certificate.of_itself()
    with serving(Web(values()), own.context(tmp_path)) as web:
        reads(HttpStore(f"{web.url}/bucket/a", client_options={"root_certificate": own.pem}))


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(("make", "options"), SPELLINGS.values(), ids=SPELLINGS)
def test_the_environment_names_authorities(tmp_path: Path, make: Callable[..., Any], options: dict[str, Any]):
    with serving(Web(values()), AUTHORITY.sign().context(tmp_path)) as web:
        reads(make(web.url))


def test_s3fs_spellings_name_authorities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "authority.pem"
    file.write_bytes(AUTHORITY.pem)
    with serving(Web(values()), AUTHORITY.sign().context(tmp_path)) as web:
        options = {"endpoint_url": web.url, **FSSPEC_S3}
        reads(FsspecStore("s3://bucket/a", client_kwargs={"verify": str(file)}, **options))
        monkeypatch.setenv("AWS_CA_BUNDLE", str(file))
        reads(FsspecStore("s3://bucket/a", **options))


@pytest.mark.usefixtures("trusted")
def test_the_systems_authorities_can_be_left_out(tmp_path: Path):
    options = {"disable_system_certificates": True, "root_certificate": Certificate.authority().pem}
    with serving(Web(values()), AUTHORITY.sign().context(tmp_path)) as web:
        with pytest.raises(OSError, match="certificate"):
            reads(HttpStore(f"{web.url}/bucket/a", client_options=options))
        assert web.requests == []
