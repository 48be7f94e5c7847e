#!/bin/sh
# A base backup beside the archived log, checked; then those that are no longer needed go.
#
#   BACKUP=/backup sh docs/ops/postgres/backup.sh
#
# Postgres is where PGHOST, PGPORT, PGUSER and PGPASSWORD say. $BACKUP/wal is its archive. KEEP (7) is
# how many base backups stay; the log stays from the oldest of them on.
set -eu

part="$BACKUP/part"

rm -rf "$part"
pg_basebackup --pgdata="$part" --checkpoint=fast
pg_verifybackup --quiet "$part"
# Named when it is complete: every later moment can be restored from it.
mv "$part" "$BACKUP/base-$(date -u +%Y%m%dT%H%M%SZ)"

ls -d "$BACKUP"/base-* | sort -r | tail -n "+$((${KEEP:-7} + 1))" | while read -r old; do
    rm -rf "$old"
done
oldest=$(ls -d "$BACKUP"/base-* | sort | head -n 1)
first=$(sed -n 's/^START WAL LOCATION: .*(file \(.*\))$/\1/p' "$oldest/backup_label")
pg_archivecleanup "$BACKUP/wal" "$first"
