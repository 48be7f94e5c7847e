#!/bin/sh
# Fills PGDATA with the last base backup before a moment; Postgres replays the log up to it when it
# starts. Run it as the user of Postgres, while Postgres is stopped.
#
#   BACKUP=/backup PGDATA=/var/lib/postgresql/data sh docs/ops/postgres/restore.sh '2026-11-23 03:12:00+00'
#
# `latest` instead of a moment: everything there is. What is in PGDATA is not lost: it moves to
# $BACKUP/lost-…, a whole copy that stays until you remove it.
set -eu

moment=${1:?is the moment to restore, such as 2026-11-23 03:12:00+00, or latest}
case $moment in
    latest) until=$(date -u +%Y%m%dT%H%M%SZ) target='' ;;
    *) until=$(date -u -d "$moment" +%Y%m%dT%H%M%SZ) target=$moment ;;
esac
lost="$BACKUP/lost-$(date -u +%Y%m%dT%H%M%SZ)"

if [ -e "$PGDATA/postmaster.pid" ]; then
    echo "Postgres runs on $PGDATA, or was killed there: stop it, or remove postmaster.pid." >&2
    exit 1
fi
base=$(ls -d "$BACKUP"/base-* | awk -v until="$BACKUP/base-$until" '$0 "" <= until' | sort | tail -n 1)
if [ -z "$base" ]; then
    echo "$BACKUP holds no base backup from before $moment." >&2
    exit 1
fi

mkdir -m 700 "$lost"
find "$PGDATA" -mindepth 1 -maxdepth 1 -exec mv {} "$lost" \;
cp -a "$base/." "$PGDATA"
# The end of the log, which nobody had archived yet.
if [ -d "$lost/pg_wal" ]; then
    find "$lost/pg_wal" -maxdepth 1 -type f -exec cp -a {} "$PGDATA/pg_wal" \;
fi
# Whatever an earlier restore left there, the last word counts: `latest` has no target.
cat >>"$PGDATA/postgresql.auto.conf" <<END
restore_command = 'cp $BACKUP/wal/%f %p'
recovery_target_action = promote
recovery_target_time = '$target'
END
touch "$PGDATA/recovery.signal"
echo "$PGDATA is $base now; Postgres goes on from there to $moment when it starts."
