"""What is wrong with Redis, and what helps."""

from ostiary.runbook.doctor.finding import Advice

REDIS = (
    Advice(
        "redis_unreachable",
        "critical",
        "The broker cannot be reached: sweeps stop, letters go out through the watchdog.",
        "Bring Redis back; nothing that was in it is needed.",
        command='redis-cli -u "$REDIS_URL" ping',
        section="redis-unavailable",
    ),
    Advice(
        "redis_refuses_writes",
        "critical",
        "Redis answers but takes no writes: it is full, a replica, or cannot save.",
        "Give it memory or disk, or point the URL at the primary.",
        command='redis-cli -u "$REDIS_URL" set ostiary:probe 1 ex 5',
        section="redis-unavailable",
    ),
    Advice(
        "limits_redis_unreachable",
        "warning",
        "The Redis of the rate limits cannot be reached: Postgres counts them.",
        "Bring it back; limits hold meanwhile.",
        command='redis-cli -u "$RATE_LIMIT_REDIS_URL" ping',
        section="limits-without-redis",
    ),
    Advice(
        "redis_slow",
        "warning",
        "Redis takes long to answer; what takes 0.3 s counts as away.",
        "Look for slow commands, swapping, and the network between.",
        command='redis-cli -u "$REDIS_URL" slowlog get 10',
    ),
    Advice(
        "redis_old",
        "warning",
        "This Redis is older than what Ostiary is tested with.",
        "Upgrade to Redis 6.2 or later.",
    ),
    Advice(
        "redis_evicts",
        "warning",
        "A full Redis would throw away nudges and limits instead of saying that it is full.",
        "Set maxmemory-policy to noeviction, in redis.conf too.",
        command='redis-cli -u "$REDIS_URL" config set maxmemory-policy noeviction',
    ),
    Advice(
        "redis_memory_low",
        "warning",
        "Redis is nearly full.",
        "Raise maxmemory, or find what fills it.",
        command='redis-cli -u "$REDIS_URL" --bigkeys',
    ),
    Advice(
        "redis_cannot_save",
        "warning",
        "Redis cannot write what it holds to its disk.",
        "Give its disk room, and its user the right to write there; its log has the reason.",
        command='redis-cli -u "$REDIS_URL" info persistence',
    ),
    Advice(
        "redis_without_password",
        "warning",
        "Whoever reaches Redis over the network may empty it or publish tasks.",
        "Set a password in Redis and in the URL.",
    ),
    Advice(
        "queue_long",
        "warning",
        "Messages pile up: workers are too few, or stuck.",
        "Start workers, or restart those that do nothing; letters go out all the same.",
        section="queue-growing",
    ),
    Advice(
        "redis_not_persistent",
        "notice",
        "A restart empties Redis: queued sweeps are lost, and rate limits start anew.",
        "Switch appendonly on, in redis.conf too; nothing else is lost without it.",
        command='redis-cli -u "$REDIS_URL" config set appendonly yes',
    ),
)
