"""What a stack that may be drilled is known by, to those who ask its door and its commands."""

from ostiary.platform.hmac_keys import Macs
from ostiary.platform.settings import Settings

LENGTH = 32
# Of the answer of `/ready`.
HEADER = "X-Drill-Permit"


def drill_permit(settings: Settings) -> str | None:
    """The same in every process of a stack, and in no other stack; None where drills are not."""
    if not settings.drills_allowed:
        return None
    macs = Macs(settings.secret_keys, purpose="drill permit")
    return macs.of(settings.public_url.encode()).hex()[:LENGTH]
