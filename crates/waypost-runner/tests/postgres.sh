#!/bin/sh
# Runs a command beside a PostgreSQL of its own, by default this crate's tests:
#
#     crates/waypost-runner/tests/postgres.sh [COMMAND...]
#
# The command finds the server in WAYPOST_POSTGRES. The cluster lies under target/, speaks through a Unix socket only, and is
# stopped and deleted at the end. Debian's package is used, and installed where it is missing and we are root; where it cannot
# be had, the reason is printed and the command runs without it.
set -eu

here=$(cd "$(dirname "$0")/../../.." && pwd)
[ $# -gt 0 ] || set -- cargo test --release -p waypost-runner
cd "$here"
find_programs() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }

programs=$(find_programs)
if [ ! -x "$programs/initdb" ]; then
    install() { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y postgresql; }
    why=''
    if [ "$(id -u)" != 0 ]; then
        why='only root can install it'
    elif ! command -v apt-get >/dev/null; then
        why='there is no apt-get to install it with'
    elif ! install >&2; then
        why='apt-get did not install it'
    fi
    if [ -n "$why" ]; then
        echo "postgres.sh: PostgreSQL is skipped: none under /usr/lib/postgresql, and $why" >&2
        exec "$@"
    fi
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
"$@"
