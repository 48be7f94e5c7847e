"""What is wrong with the signing keys, and what helps."""

from ostiary.doctor.finding import Advice

KEYS = (
    Advice(
        "signing_keys_closed",
        "critical",
        "No secret in SECRET_KEYS opens any signing key: nobody can log in.",
        "Put the secret that sealed them back; if it is lost, make a new key.",
        command="ostiary keys rotate",
    ),
    Advice(
        "signing_key_closed",
        "warning",
        "No secret in SECRET_KEYS opens one of the signing keys.",
        "Put the secret that sealed it back into SECRET_KEYS, behind the others.",
        command="ostiary keys list",
    ),
    Advice(
        "signing_key_old",
        "warning",
        "The signing key should have been replaced by now.",
        "See whether beat and workers run; rotate by hand meanwhile.",
        command="ostiary keys rotate",
    ),
    Advice(
        "signing_key_ends_early",
        "warning",
        "A key will be gone before its last tokens have expired.",
        "Wait, clients refresh; raise AUTH_ACCESS_TOKEN_MINUTES before a rotation, not after.",
    ),
    Advice(
        "signing_key_sealed_by_older",
        "notice",
        "A signing key is still sealed by a secret that is not the first.",
        "Reseal once every process has the new SECRET_KEYS.",
        command="ostiary keys reseal",
    ),
)
