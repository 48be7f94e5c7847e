#!/bin/sh
# Keeps one segment of the log, as Postgres' archive_command:
#
#   archive_command = 'sh docs/ops/postgres/archive.sh %p /backup/wal/%f'
#
# It may be told twice, as Postgres does after a crash. Another segment of that name stays as it is,
# and Postgres' log says so.
set -eu

segment=$1
kept=$2

if [ -e "$kept" ]; then
    exec cmp "$segment" "$kept"
fi
cp "$segment" "$kept.part"
sync "$kept.part"
mv "$kept.part" "$kept"
sync "$(dirname "$kept")"
