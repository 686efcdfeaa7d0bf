"""Task tokens: encrypted at rest, opened only for the approval they belong to, and gone after use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from response.aws.errors import AwsCallError, RefusedCallError
from response.aws.tokens import Tokens

_TOKEN = "AAAAKgAAAAIAAAAAAAAAAtask-token-that-nobody-may-see"


@pytest.fixture(scope="module")
def tokens() -> Iterator[Tokens]:
    """On a key of an imitated account."""
    with mock_aws():
        kms: Any = boto3.client("kms", region_name="eu-west-1")
        yield Tokens(lambda: kms, key_arn=kms.create_key()["KeyMetadata"]["Arn"])


def test_a_sealed_token_opens_for_its_approval_only(tokens: Tokens) -> None:
    """Of another incident or round it is useless, and it is not legible in what is stored."""
    sealed = tokens.seal(_TOKEN, incident_id="TG-1", round_=2)
    assert _TOKEN not in sealed
    assert tokens.open(sealed, incident_id="TG-1", round_=2) == _TOKEN
    for incident_id, round_ in (("TG-1", 1), ("TG-2", 2)):
        with pytest.raises(AwsCallError):
            tokens.open(sealed, incident_id=incident_id, round_=round_)


@pytest.mark.parametrize("stored", ["", "plain token", "AAAA", "ä"])
def test_what_was_never_sealed_is_refused(stored: str, tokens: Tokens) -> None:
    """Whatever somebody else wrote into the table is no token."""
    with pytest.raises(RefusedCallError, match="kms:Decrypt"):
        tokens.open(stored, incident_id="TG-1", round_=1)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=2048))
def test_any_token_comes_back(tokens: Tokens, token: str) -> None:
    """Up to the length that Step Functions gives them."""
    assert (
        tokens.open(tokens.seal(token, incident_id="TG-1", round_=1), incident_id="TG-1", round_=1) == token
    )


def test_no_client_is_made_before_it_is_needed() -> None:
    """Most functions never open a token."""
    made: list[int] = []
    Tokens(lambda: made.append(1), key_arn="arn:aws:kms:eu-west-1:111122223333:key/k")
    assert made == []
