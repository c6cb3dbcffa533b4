from __future__ import annotations

import base64

import pytest

from dialer.bus.signing import event_id_of, key_of, signature
from dialer.bus.webhooks import Endpoint
from dialer.errors import ConfigurationError
from dialer.ports import BusMessage

# The example of the Standard Webhooks reference libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_signature_is_that_of_the_reference_example() -> None:
    given = signature([SECRET], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert given == SIGNED


def test_every_secret_signs() -> None:
    other = "whsec_" + base64.b64encode(bytes(32)).decode()
    given = signature([other, SECRET], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    first, second = given.split(" ")
    assert first.startswith("v1,")
    assert first != second == SIGNED


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "whsec_not base64",
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        base64.b64encode(bytes(65)).decode(),
    ],
    ids=["empty", "prefix only", "no base64", "too short", "too long"],
)
def test_a_weak_or_broken_secret_is_refused_without_repeating_it(secret: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        key_of(secret)
    assert "24 to 64 random bytes" in caught.value.message


def test_the_same_event_has_the_same_id_and_another_has_another() -> None:
    one = BusMessage(topic="mora/call.closed", payload={"a": 1, "b": 2})
    again = BusMessage(topic="mora/call.closed", payload={"b": 2, "a": 1})
    other = BusMessage(topic="mora/call.closed", payload={"a": 1, "b": 3})
    assert event_id_of(one) == event_id_of(again) != event_id_of(other)


def test_an_endpoint_needs_an_http_address_and_a_secret() -> None:
    with pytest.raises(ConfigurationError, match="https://"):
        Endpoint(url="ftp://example.com", secrets=(SECRET,))
    with pytest.raises(ConfigurationError, match="needs a secret"):
        Endpoint(url="https://example.com", secrets=())


def test_secrets_are_not_shown_with_the_endpoint() -> None:
    assert SECRET not in repr(Endpoint(url="https://example.com", secrets=(SECRET,)))
