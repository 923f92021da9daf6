"""Does each provider answer as expected? One small request each."""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from leadline.cli.show import Progress
from leadline.data import plugins
from leadline.data.database import Database, consents
from leadline.data.provider import NotMeasuredError, Provider, Want, WireFormatError
from leadline.data.providers import providers
from leadline.data.transport import Transport
from leadline.errors import LeadlineError

AT_ONCE = 8
_BLOCKED = {401, 403, 429, 451}

State = Literal[
    "as expected", "unexpected", "blocked", "not reachable", "needs key", "needs consent", "broken"
]


@dataclass(frozen=True, slots=True)
class Probe:
    """How one provider answered; ``ok`` is False where it should have and did not."""

    provider: str
    ok: bool
    state: State
    found: str


def probe(now: datetime, tick: Progress | None = None) -> Iterator[Probe]:
    """Ask every provider, and say of broken plug-ins what is wrong with them."""
    found = providers()
    with (
        Database.open() as db,
        Transport(db, wait=0.3, timeout=15.0) as transport,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        agreed = consents.listed(db)
        waiting = {
            name: pool.submit(_probe, each, transport, agreed, now) for name, each in found.items()
        }
        for place, (name, future) in enumerate(waiting.items()):
            if tick is not None:
                tick(name, place / len(waiting))
            yield future.result()
    for name, fault in plugins.broken().items():
        yield Probe(name, ok=False, state="broken", found=fault)


def _probe(
    provider: Provider, transport: Transport, agreed: Mapping[str, object], now: datetime
) -> Probe:
    name, key = provider.id, os.environ.get(provider.key_name, "") if provider.key_name else ""
    if provider.key_name and not key:
        return Probe(name, ok=True, state="needs key", found=f"set {provider.key_name}")
    if provider.terms.consent and name not in agreed:
        return Probe(name, ok=True, state="needs consent", found=f"leadline fetch --accept {name}")
    # Whoever runs with a key or a consent of their own asked for more than the default.
    optional = bool(provider.key_name or provider.terms.consent)
    try:
        want = replace(provider.probe(now), key=key, contact=transport.contact)
        return Probe(name, ok=True, state="as expected", found=_read(provider, transport, want))
    except WireFormatError as error:
        return Probe(name, ok=False, state="unexpected", found=str(error))
    except NotMeasuredError as error:
        state: State = "blocked" if error.status in _BLOCKED else "not reachable"
        return Probe(name, ok=optional, state=state, found=str(error))
    except LeadlineError as error:
        return Probe(name, ok=optional, state="unexpected", found=str(error))
    except Exception as error:  # noqa: BLE001  (a provider's own fault must not hide the others)
        return Probe(name, ok=False, state="broken", found=f"{type(error).__name__}: {error}")


def _read(provider: Provider, transport: Transport, want: Want) -> str:
    """Follow the plan to the first answer that holds rows, and read it."""
    with closing(provider.plan(want)) as plan:
        request = next(plan)
        while True:
            answer = transport.get(provider, request)
            if request.read:
                rows = provider.parse(want, answer)
                newest = f", newest {rows.period.max()}" if len(rows) else ""
                return f"{want.info.id}: {len(rows):,} rows{newest}"
            request = plan.send(answer)
