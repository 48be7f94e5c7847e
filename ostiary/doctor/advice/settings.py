"""What is wrong with the settings, and what helps."""

from ostiary.doctor.finding import Advice

SETTINGS = (
    Advice(
        "public_url_not_https",
        "critical",
        "Links, tokens and passwords travel in the clear.",
        "Set PUBLIC_URL to an https:// address, with a proxy before web that speaks TLS.",
    ),
    Advice(
        "password_hash_cheap",
        "critical",
        "Stolen password hashes can be guessed quickly.",
        "Set PASSWORD_HASH=argon2id:m=19456,t=2,p=1 or more; each password follows at its next"
        " login.",
    ),
    Advice(
        "secret_keys_weak",
        "critical",
        "A secret in SECRET_KEYS can be guessed, and whoever does can sign access tokens.",
        "Put a new secret before it, as the operator's guide says under Keys.",
        command="openssl rand -base64 48",
    ),
    Advice(
        "trusted_proxies_everybody",
        "critical",
        "Anybody may name any address as the client's, and so escape every limit.",
        "Set TRUSTED_PROXIES to the networks of your own proxies and to nothing else.",
    ),
    Advice(
        "environment_not_production",
        "warning",
        "A public address is served without the checks of production.",
        "Set APP_ENV=production, or staging.",
    ),
    Advice(
        "cors_not_https",
        "warning",
        "Pages that anybody on the way can rewrite may use this API.",
        "Take the http:// origins out of CORS_ORIGINS.",
    ),
    Advice(
        "verification_off",
        "warning",
        "Anybody can open accounts with addresses of others.",
        "Set AUTH_EMAIL_VERIFICATION_REQUIRED=true.",
    ),
    Advice(
        "limits_off",
        "warning",
        "Some requests are not limited per client or recipient.",
        "Unset these variables, and the defaults hold again.",
    ),
    Advice(
        "login_budget_wide",
        "warning",
        "A guesser has more attempts than a person needs.",
        "Unset AUTH_LOGIN_MAX_ATTEMPTS (5); NIST SP 800-63B allows no more than 100 in all.",
    ),
    Advice(
        "lock_short",
        "warning",
        "Locks end, or failures are forgotten, so soon that guessing goes on.",
        "Set AUTH_LOGIN_ATTEMPT_WINDOW_MINUTES and AUTH_LOGIN_LOCKOUT_MINUTES to 5 or more.",
    ),
    Advice(
        "password_short",
        "warning",
        "Passwords that are too short are accepted.",
        "Set AUTH_PASSWORD_MIN_LENGTH to 8 or more; 15 is better.",
    ),
    Advice(
        "access_token_long",
        "warning",
        "Other services believe an access token long after its session has ended.",
        "Set AUTH_ACCESS_TOKEN_MINUTES to 60 or less; clients refresh by themselves.",
    ),
    Advice(
        "lives_contradict",
        "warning",
        "Two settings contradict each other: one of them has no effect.",
        "Choose lives in this order: access token, refresh token, session.",
    ),
    Advice(
        "refresh_grace_long",
        "warning",
        "A stolen refresh token can be used beside the owner's, unnoticed.",
        "Set AUTH_REFRESH_GRACE_SECONDS to 60 or less.",
    ),
    Advice(
        "links_live_long",
        "warning",
        "Links in old letters still open accounts.",
        "Set AUTH_RESET_TOKEN_MINUTES to 1440 or less, the other links to a week or less.",
    ),
    Advice(
        "key_rotation_rare",
        "warning",
        "A signing key is used for so long that a leak would go on for as long.",
        "Set AUTH_KEY_ROTATION_DAYS to 90 or less.",
    ),
    Advice(
        "metrics_guard_weak",
        "warning",
        "The guard of the metrics keeps hardly anybody out.",
        "Set METRICS_GUARD_SECRET to 16 random characters or more, or the allowlist to your own"
        " networks.",
        command="openssl rand -hex 24",
    ),
    Advice(
        "log_too_quiet",
        "warning",
        "The log leaves out warnings, failed logins among them.",
        "Set LOG_LEVEL to warning or info.",
    ),
    Advice(
        "secret_keys_many",
        "notice",
        "Secrets that were replaced long ago still open the signing keys.",
        "Reseal, restart every process, then keep only the first of SECRET_KEYS.",
        command="ostiary keys reseal",
    ),
)
