"""The one door to the network: requests with a deadline, few retries, and answers that are bounded and parsed."""

from __future__ import annotations

import json
import logging
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Self

import httpx2
import stamina

from joulecard import __version__
from joulecard.factors.providers.provider import ExpiredError, ProviderError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from joulecard.factors.providers.provider import Provider

ATTEMPTS = 3
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 1.0
LEAST_LEFT_S = 0.05  # below which no request is begun
MOST_BYTES = 4 << 20
BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, TOO_MANY, SERVER_ERROR = 400, 401, 403, 429, 500
# Compressed answers could grow beyond any bound.
HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": f"joulecard/{__version__}"}

# Of its own accord logging would print each retry on the standard error of a program that configures none.
logging.getLogger("stamina").addHandler(logging.NullHandler())


class Client:
    """Requests to one provider until `end_s` of the steady clock; follows no redirect, which could carry a key away."""

    def __init__(self, provider: Provider, base: str, end_s: float) -> None:
        self._provider = provider
        self._end_s = end_s
        self._http = httpx2.Client(base_url=base, headers=HEADERS, follow_redirects=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    @property
    def left_s(self) -> float:
        """Seconds until the deadline."""
        return self._end_s - time.monotonic()

    def get(self, path: str, parameters: tuple[tuple[str, str], ...], headers: Mapping[str, str], zone: str) -> Any:
        """The answer's JSON; raises ProviderError once it is clear that there will be none before the deadline."""
        attempts = stamina.retry_context(
            on=self._pause,
            attempts=ATTEMPTS,
            timeout=None,  # `_pause` looks at the deadline
            wait_initial=FIRST_PAUSE_S,
            wait_max=LONGEST_PAUSE_S,
            wait_jitter=FIRST_PAUSE_S,
        )
        for attempt in attempts:
            with attempt:
                return self._once(path, parameters, headers, zone)
        raise ProviderError("did not answer")  # not reached: the last attempt returns or raises

    def _pause(self, error: Exception) -> bool | float:
        """Whether to ask again, or after how many seconds; a wait beyond the deadline is not waited for."""
        if not isinstance(error, ProviderError) or not error.passing:
            return False
        wait_s = FIRST_PAUSE_S if error.wait_s is None else error.wait_s
        if wait_s + LEAST_LEFT_S >= self.left_s:
            return False
        return True if error.wait_s is None else error.wait_s

    def _once(self, path: str, parameters: tuple[tuple[str, str], ...], headers: Mapping[str, str], zone: str) -> Any:
        if self.left_s < LEAST_LEFT_S:
            raise ProviderError("did not answer in time")
        try:
            with self._http.stream(
                "GET", path, params=parameters or None, headers=dict(headers), timeout=self.left_s
            ) as response:
                body = self._body(response)
        except httpx2.TimeoutException:
            raise ProviderError("did not answer in time") from None
        except httpx2.RemoteProtocolError:
            raise ProviderError("broke off its answer", passing=True) from None
        except (httpx2.HTTPError, httpx2.InvalidURL):  # their texts may hold an address
            raise ProviderError("cannot be reached", passing=True) from None
        return _answer(response, body, lambda: self._provider.refusal(zone, response.status_code, _json(body)))

    def _body(self, response: httpx2.Response) -> bytes:
        """The bytes of an answer; raises ProviderError for one that is too long or comes too slowly."""
        pieces, size = [], 0
        for piece in response.iter_bytes():
            pieces.append(piece)
            size += len(piece)
            if size > MOST_BYTES:
                raise ProviderError("gave an answer of more than 4 MiB")
            if self.left_s <= 0:
                raise ProviderError("did not answer in time")
        return b"".join(pieces)


def _answer(response: httpx2.Response, body: bytes, refusal: Callable[[], ProviderError | None]) -> Any:
    """The JSON of a good answer; raises ProviderError for any other."""
    status = response.status_code
    if status == TOO_MANY:
        raise ProviderError("asks for a pause (429)", passing=True, final=True, wait_s=_wait_s(response))
    if status >= SERVER_ERROR:
        raise ProviderError(f"failed ({status})", passing=True, wait_s=_wait_s(response))
    if status >= BAD_REQUEST:
        raise refusal() or _refused(status)
    if not response.is_success:
        raise ProviderError(f"answered with status {status}")
    answer = _json(body)
    if answer is None:
        raise ProviderError("gave an answer that is no JSON", passing=True)
    return answer


def _refused(status: int) -> ProviderError:
    """What a status of 400 to 499 means wherever nothing else is known of it."""
    if status == UNAUTHORIZED:
        return ExpiredError("refused the key (401)", final=True)
    if status == FORBIDDEN:
        return ProviderError("refused the key (403)", final=True)
    return ProviderError(f"refused the request ({status})")


def _wait_s(response: httpx2.Response) -> float | None:
    """The seconds of `Retry-After`, or until the date that it names (RFC 9110, 10.2.3); None where it has neither."""
    told = response.headers.get("Retry-After", "").strip()
    if told.isascii() and told.isdigit():
        return float(told[:9])
    try:
        return max(0.0, parsedate_to_datetime(told).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _json(body: bytes) -> Any:
    """The JSON value of a body; None where it is none."""
    try:
        return json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
