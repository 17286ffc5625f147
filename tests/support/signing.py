"""Keys and certificates made on the spot."""

import base64
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from jwt.algorithms import ECAlgorithm, RSAAlgorithm


class Signer:
    """A private key, its public half as a JWK, and tokens signed with it."""

    def __init__(self, kid: str, algorithm: str = "ES256") -> None:
        self.kid = kid
        self.algorithm = algorithm
        self.key: Any = (
            ec.generate_private_key(ec.SECP256R1())
            if algorithm == "ES256"
            else rsa.generate_private_key(public_exponent=65537, key_size=2048)
        )

    @property
    def jwk(self) -> dict[str, Any]:
        """The public key."""
        maker = ECAlgorithm if self.algorithm == "ES256" else RSAAlgorithm
        made: dict[str, Any] = json.loads(maker.to_jwk(self.key.public_key()))
        return {**made, "kid": self.kid, "use": "sig"}

    @property
    def public_pem(self) -> str:
        """The public key as PEM."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        text: str = self.key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
        return text

    def token(self, **claims: Any) -> str:
        """A token, good for an hour."""
        values = {"sub": "ann", "exp": int(time.time()) + 3600, **claims}
        return jwt.encode(values, self.key, algorithm=self.algorithm, headers={"kid": self.kid})

    def confused(self, **claims: Any) -> str:
        """A token that anybody can make: signed by HS256, with the public key, which all know, for a secret."""
        values = {"sub": "ann", "exp": int(time.time()) + 3600, **claims}
        header = {"alg": "HS256", "kid": self.kid, "typ": "JWT"}
        signed = b".".join(_b64(json.dumps(part).encode()) for part in (header, values))
        return b".".join((signed, _b64(hmac.digest(self.public_pem.encode(), signed, "sha256")))).decode()


def _b64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def write_jwks(path: Path, *signers: Signer) -> Path:
    """A key set of these."""
    path.write_text(json.dumps({"keys": [signer.jwk for signer in signers]}))
    return path


def write_certificate(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key; the name is in its subject."""
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("localhost")])
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return chain, private
