"""What is wrong with proxies and the guard of the metrics, and what helps."""

from ostiary.doctor.finding import Advice

ENTRANCE = (
    Advice(
        "metrics_open",
        "critical",
        "Anybody may read the metrics.",
        "Restart the process of that port with the settings of this one; METRICS_GUARD holds then.",
        section="metrics-guard-denied",
    ),
    Advice(
        "proxy_not_trusted",
        "critical",
        "All clients look like one, probably your proxy: they share its limits and its budget.",
        "Put a proxy's own address into TRUSTED_PROXIES, and restart web; never Docker's gateway.",
        command='psql "$DATABASE_URL" -c "SELECT client, count(*) FROM attempt'
        " WHERE at > now() - interval '1 day' GROUP BY client ORDER BY 2 DESC LIMIT 5\"",
    ),
    Advice(
        "metrics_secret_refused",
        "warning",
        "A process refuses the secret that these settings name: Prometheus may be refused too.",
        "Restart the process of that port with the same METRICS_GUARD_SECRET.",
        section="metrics-guard-denied",
    ),
    Advice(
        "metrics_absent",
        "warning",
        "These settings enable the metrics, and a process does not show them.",
        "Restart the process of that port with METRICS_ENABLED=true.",
        section="worker-down",
    ),
)
