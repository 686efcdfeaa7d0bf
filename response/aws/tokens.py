"""Task tokens as they lie in the table: encrypted under a key of ours, bound to incident and round.

Whoever has a token can end the wait for a decision. So it is encrypted before it is stored, and decrypted
only to wake; the encryption context makes one of another incident or round useless.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from response.aws.errors import RefusedCallError, translated

_PURPOSE = "trailguard-task-token"


class Tokens:
    """One KMS key. The client is made when it is first needed: most functions never are."""

    def __init__(self, make_client: Callable[[], Any], *, key_arn: str) -> None:
        self._make_client = make_client
        self._key_arn = key_arn

    def seal(self, token: str, *, incident_id: str, round_: int) -> str:
        """The token as it may be stored."""
        with translated("kms:Encrypt"):
            answer = self._client.encrypt(
                KeyId=self._key_arn,
                Plaintext=token.encode(),
                EncryptionContext=_context(incident_id, round_),
            )
        return base64.b64encode(answer["CiphertextBlob"]).decode()

    def open(self, sealed: str, *, incident_id: str, round_: int) -> str:
        """The token itself; RefusedCallError where it is none, or was sealed for something else."""
        try:
            blob = base64.b64decode(sealed, validate=True)
        except (binascii.Error, ValueError) as error:
            raise RefusedCallError("kms:Decrypt", "NoCiphertext", f"the token of {incident_id}") from error
        with translated("kms:Decrypt"):
            answer = self._client.decrypt(
                KeyId=self._key_arn,
                CiphertextBlob=blob,
                EncryptionContext=_context(incident_id, round_),
            )
        plaintext: bytes = answer["Plaintext"]
        return plaintext.decode()

    @cached_property
    def _client(self) -> Any:
        return self._make_client()


def _context(incident_id: str, round_: int) -> Mapping[str, str]:
    """What CloudTrail shows of the use of the key, in clear: nothing of it is secret."""
    return {"purpose": _PURPOSE, "incident": incident_id, "round": str(round_)}
