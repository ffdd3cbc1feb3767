#!/bin/sh
# Runs a command beside a PostgreSQL of its own, by default this crate's tests:
#
#     crates/waypost-runner/tests/postgres.sh [COMMAND...]
#
# The command finds the server in WAYPOST_POSTGRES. The cluster lies under target/, speaks through a Unix socket only, and is
# stopped and deleted at the end. Debian's package is used, and installed where it is missing and we are root; where it cannot
# be had, the reason is printed and the exit status is 0.
set -eu

here=$(cd "$(dirname "$0")/../../.." && pwd)
skip() { echo "postgres.sh: skipped: $1" >&2; exit 0; }
find_programs() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }

programs=$(find_programs)
if [ ! -x "$programs/initdb" ]; then
    [ "$(id -u)" = 0 ] || skip 'no PostgreSQL under /usr/lib/postgresql, and only root can install it'
    command -v apt-get >/dev/null || skip 'no PostgreSQL under /usr/lib/postgresql, and no apt-get to install it with'
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y postgresql; } >&2 || skip 'apt-get install postgresql failed'
    programs=$(find_programs)
fi

# PostgreSQL refuses to run as root; its package brings a user.
if [ "$(id -u)" = 0 ]; then as='runuser -u postgres --'; else as=''; fi

mkdir -p "$here/target"
# Short, for the name of a socket is.
home=$(mktemp -d /tmp/waypost-pg.XXXXXX)
data=$(mktemp -d "$here/target/postgres.XXXXXX")
chmod 755 "$home"
[ -z "$as" ] || chown postgres "$home" "$data"
# The user needs to be able to walk to it.
$as test -w "$data" || { rmdir "$data"; data=$home/data; $as mkdir "$data"; }

stop() {
    $as "$programs/pg_ctl" -D "$data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$data" "$home"
}
trap stop EXIT
trap 'exit 130' INT TERM

cd /
$as "$programs/initdb" -D "$data" -U waypost -A trust --no-sync -E UTF8 --locale=C >/dev/null
$as "$programs/pg_ctl" -D "$data" -w -l "$home/log" -o "-c listen_addresses='' -c unix_socket_directories='$home' -c max_connections=200" start >/dev/null ||
    { cat "$home/log" >&2; exit 1; }
cd "$here"

WAYPOST_POSTGRES="postgres://waypost@localhost/postgres?host=$home"
export WAYPOST_POSTGRES
if [ $# -eq 0 ]; then set -- cargo test --release -p waypost-runner; fi
"$@"
