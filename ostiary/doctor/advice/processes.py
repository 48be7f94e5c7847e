"""What is wrong with workers, beat and the watchdog, and what helps."""

from ostiary.doctor.finding import Advice

SEEN_AT = (
    'psql "$DATABASE_URL" -c "SELECT process, instance, seen_at FROM heartbeat'
    ' ORDER BY seen_at DESC LIMIT 20"'
)

PROCESSES = (
    Advice(
        "workers_missing",
        "critical",
        "No worker is alive: sweeps stop, letters go out through the watchdog.",
        "Start workers; exit code 78 names a wrong setting, 137 means too little memory.",
        command=SEEN_AT,
        section="workers-missing",
    ),
    Advice(
        "watch_stalled",
        "critical",
        "The watchdog is not alive: nobody looks after alerts and overdue letters.",
        "Start it; two at once do no harm.",
        command="ostiary watch",
        section="watch-stalled",
    ),
    Advice(
        "beat_stalled",
        "warning",
        "Beat is not alive: nothing that runs by the clock is started.",
        "Start beat; two at once do no harm.",
        command=SEEN_AT,
        section="beat-stalled",
    ),
    Advice(
        "beat_entry_overdue",
        "warning",
        "Beat is alive, and has not asked for something that is long due.",
        "Restart beat; it asks at once for everything that is overdue.",
        section="beat-entry-late",
    ),
    Advice(
        "beats_several",
        "notice",
        "More than one beat is running; that causes no double work, and helps nobody either.",
        "Keep one replica of beat.",
    ),
)
