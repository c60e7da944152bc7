"""Certificates for servers on loopback, good ones and bad ones."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Self
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate as text."""
        return self.certificate.public_bytes(Encoding.PEM)

    def context(self, folder: Path) -> ssl.SSLContext:
        """What a server needs to show the certificate."""
        file = folder / f"{uuid4().hex}.pem"
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(self.pem + key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def sign(self, host: str = "127.0.0.1", *, until: timedelta = DAY) -> "Certificate":
        """Return a certificate for a host, which ends at some time from now."""
        return _made(host, self, until)

    @classmethod
    def authority(cls) -> Self:
        """Return a certificate that may sign others."""
        return _made("an authority", None, DAY, authority=True)

    @classmethod
    def of_itself(cls, host: str = "127.0.0.1") -> Self:
        """Return a certificate for a host which nobody else signed."""
        return _made(host, None, DAY)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _made(host: str, signer: Certificate | None, until: timedelta, *, authority: bool = False) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    end = datetime.now(UTC) + until
    builder = x509.CertificateBuilder(
        issuer_name=_name(host) if signer is None else signer.certificate.subject,
        subject_name=_name(host),
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=end - 7 * DAY,
        not_valid_after=end,
    ).add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    if not authority:
        alternative = x509.IPAddress(ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
        builder = builder.add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
    return Certificate(builder.sign(key if signer is None else signer.key, hashes.SHA256()), key)
