"""What the doctor shows where it asks for the metrics as a stranger would, so as not to count."""

from ostiary.platform.hmac_keys import Macs

HEADER = "X-Metrics-Probe"


def probe_of(secret_keys: tuple[str, ...]) -> str:
    """Opens nothing; only a holder of the operator's secrets can have written it."""
    return Macs(secret_keys, purpose="metrics probe").of(b"").hex()
