# Shared pieces of the integration scripts. Source it, do not run it.
# shellcheck shell=bash

INTEGRATION_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Everything that is costly to make (servers built from source, the Python environment, weed) lies here.
KBACKUP_CACHE=${KBACKUP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kbackup-integration}

# Running servers keep their state here, one folder per name and kind.
KBACKUP_STATE=${KBACKUP_STATE:-${TMPDIR:-/tmp}/kbackup-integration.$(id -u)}

# Private keys and tokens are written in many places; nothing here is for other users to read.
umask 077

# The name of the state folder can be guessed: a folder that somebody else has made there is not for keys of ours.
if [[ -e $KBACKUP_STATE || -L $KBACKUP_STATE ]]; then
    owner_and_mode=$(stat --dereference --format '%u %a' "$KBACKUP_STATE" 2>/dev/null || true)
    if [[ $owner_and_mode != "$(id -u) "*00 ]]; then
        printf '%s: error: %s\n' "${0##*/}" "$KBACKUP_STATE is not a folder of yours alone (mode 700); remove it, or name another in KBACKUP_STATE" >&2
        exit 1
    fi
fi

say() {
    [[ -n "${KBACKUP_TEST_QUIET:-}" ]] || printf '%s: %s\n' "${0##*/}" "$*" >&2
}

warn() {
    printf '%s: warning: %s\n' "${0##*/}" "$*" >&2
}

die() {
    printf '%s: error: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

usage_error() {
    printf '%s: %s (see --help)\n' "${0##*/}" "$*" >&2
    exit 2
}

# find_program NAME: prints the path of NAME from $KUBEBUILDER_ASSETS, PATH or the cache, in that order.
find_program() {
    local name=$1 path
    if [[ -n "${KUBEBUILDER_ASSETS:-}" && -x "$KUBEBUILDER_ASSETS/$name" ]]; then
        printf '%s\n' "$KUBEBUILDER_ASSETS/$name"
    elif path=$(type -P "$name"); then
        printf '%s\n' "$path"
    elif [[ -x "$KBACKUP_CACHE/bin/$name" ]]; then
        printf '%s\n' "$KBACKUP_CACHE/bin/$name"
    else
        return 1
    fi
}

# find_kubernetes_servers: prints the folder-qualified kube-apiserver and kube-controller-manager, one a line.
# The two are taken as a pair from one place: a controller manager of another release than its API server is
# unsupported, so an API server without its controller manager (as in envtest's assets) counts as not there.
find_kubernetes_servers() {
    local folder server
    server=$(type -P kube-apiserver || true)
    for folder in "${KUBEBUILDER_ASSETS:-}" "${server%/*}" "$KBACKUP_CACHE/bin"; do
        if [[ -n "$folder" && -x "$folder/kube-apiserver" && -x "$folder/kube-controller-manager" ]]; then
            printf '%s\n' "$folder/kube-apiserver" "$folder/kube-controller-manager"
            return 0
        fi
    done
    return 1
}

# require_program NAME: like find_program, or ends the script with what to do about it.
require_program() {
    find_program "$1" || die "$1 was not found on PATH, in KUBEBUILDER_ASSETS or in $KBACKUP_CACHE; run $INTEGRATION_DIR/install"
}

# python_has_modules PYTHON: whether that interpreter can import what the scripts and tests need.
python_has_modules() {
    "$1" -c 'import boto3, cryptography, pytest, yaml' 2>/dev/null
}

# find_python: prints the interpreter to run the Python scripts and tests with.
find_python() {
    local python
    for python in python3 "$KBACKUP_CACHE/python/bin/python3"; do
        if python_has_modules "$python"; then
            type -P "$python"
            return 0
        fi
    done
    return 1
}

# --- time, ports -----------------------------------------------------------------------------------------------

# wait_until SECONDS WHAT COMMAND…: repeats COMMAND until it succeeds; fails after SECONDS.
wait_until() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        if ((SECONDS >= deadline)); then
            warn "gave up waiting for $what"
            return 1
        fi
        sleep 0.4
    done
}

# free_ports COUNT: prints COUNT loopback ports, one a line, that nobody listens on. They are taken from below the
# range that the kernel hands out to outgoing connections, so that none of those takes one in the meantime.
free_ports() {
    python3 - "$1" <<'PYTHON'
import random
import socket
import sys

wanted, ports = int(sys.argv[1]), []
for port in random.sample(range(20000, 30000), 10000):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
    ports.append(port)
    if len(ports) == wanted:
        break
else:
    sys.exit("there are not enough free ports between 20000 and 29999")
print(*ports, sep="\n")
PYTHON
}

# accepts_flag PROGRAM FLAG: whether this release of PROGRAM knows FLAG.
accepts_flag() {
    "$1" "$2" --version >/dev/null 2>&1
}

# --- servers: started in the background, recorded, and stopped by that record only -----------------------------

# The folder of the servers that the calling script deals with: logs, records, data, keys.
state=

# Prints the boot and the time at which process $1 started. Together with the process id they name a process for
# good, where an id alone may by now belong to someone else. Fails for a process that is gone or a zombie.
process_identity() {
    local stat fields
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    # The name in parentheses may hold spaces; the numbered fields start behind it, with the third.
    read -r -a fields <<<"${stat##*) }"
    [[ ${fields[0]} != Z && ${fields[0]} != X ]] || return 1
    printf '%s.%s\n' "$(cat /proc/sys/kernel/random/boot_id)" "${fields[19]}"
}

# server_pid NAME: prints the process id of a recorded server that still runs.
server_pid() {
    local pid identity
    [[ -r $state/$1.pid ]] || return 1
    read -r pid identity <"$state/$1.pid" || return 1
    [[ $pid =~ ^[0-9]+$ && $(process_identity "$pid") == "$identity" ]] || return 1
    # Every server is given paths in its state folder: a process that names none of them is not ours.
    [[ $(tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline") == *"$state/"* ]] || return 1
    printf '%s\n' "$pid"
}

# start_server NAME PROGRAM ARGUMENT…: runs PROGRAM in the background, with its output in NAME.log.
start_server() {
    local name=$1 pid identity
    shift
    printf '=== %s %s\n' "$(date -u +%FT%TZ)" "$1" >>"$state/$name.log"
    # In a session of its own, so that a Ctrl-C meant for the calling script does not reach it.
    setsid "$@" >>"$state/$name.log" 2>&1 </dev/null 9>&- &
    pid=$!
    identity=$(process_identity "$pid") || return 0
    printf '%s %s\n' "$pid" "$identity" >"$state/$name.pid"
    # Until the new program runs in it, the process looks like this script.
    while ! server_pid "$name" >/dev/null && process_identity "$pid" >/dev/null; do
        sleep 0.01
    done
}

# wait_for_server SECONDS NAME COMMAND…: waits until COMMAND succeeds. Returns 1 when the server ended instead or
# the time is over; the end of its log is printed then.
wait_for_server() {
    local deadline=$((SECONDS + $1)) name=$2 reason=''
    shift 2
    until "$@" >/dev/null 2>&1; do
        if ! server_pid "$name" >/dev/null; then
            reason="$name ended"
        elif ((SECONDS >= deadline)); then
            reason="$name was not ready in time"
        fi
        if [[ -n $reason ]]; then
            warn "$reason; the end of $state/$name.log:"
            tail -n 15 "$state/$name.log" >&2
            return 1
        fi
        sleep 0.1
    done
}

# address_was_taken NAME: whether a server ended because someone took its port between choosing and listening.
address_was_taken() {
    ! server_pid "$1" >/dev/null && [[ $(tail -n 30 "$state/$1.log") == *'address already in use'* ]]
}

# stop_server NAME [SECONDS]: ends a recorded server; kills it when it takes longer than that.
stop_server() {
    local name=$1 deadline=$((SECONDS + ${2:-20})) pid
    if pid=$(server_pid "$name"); then
        say "stopping $name (process $pid)"
        kill -TERM "$pid" 2>/dev/null || true
        while server_pid "$name" >/dev/null; do
            if ((SECONDS >= deadline)); then
                say "$name takes its time; killing it"
                kill -KILL "$pid" 2>/dev/null || true
                wait_until 5 "the end of process $pid" process_is_gone "$name" || return 1
            fi
            sleep 0.05
        done
    fi
    rm -f "$state/$name.pid"
}

process_is_gone() {
    ! server_pid "$1"
}

# print_server_status NAME URL: one line; fails unless the server runs.
print_server_status() {
    local pid
    if pid=$(server_pid "$1"); then
        printf '%-24s running  process %-8s %s\n' "$1" "$pid" "$2"
    else
        printf '%-24s stopped\n' "$1"
        return 1
    fi
}

# print_export NAME VALUE: a line for the shell's eval.
print_export() {
    printf 'export %s=%q\n' "$1" "$2"
}

# lock_state: one script at a time per state folder. Children do not inherit the lock: start_server closes it.
lock_state() {
    while true; do
        mkdir -p "${state%/*}"
        exec 9>"$state.lock"
        flock --wait 300 9 || die "another run of this script holds $state.lock"
        # The one that held it may have been a "down", which removes the file: then this is a lock on nothing.
        [[ ! $state.lock -ef /proc/$$/fd/9 ]] || break
    done
}

check_name() {
    [[ $1 =~ ^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$ ]] ||
        usage_error "the name '$1' is not made of lower-case letters, digits and dashes (32 at most)"
}

# --- certificates ----------------------------------------------------------------------------------------------

# make_authority FOLDER COMMON-NAME: ca.crt and ca.key. Elliptic keys, because they are made in no time.
make_authority() {
    mkdir -p "$1"
    run_openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 -days 3650 \
        -subj "/CN=$2" -keyout "$1/ca.key" -out "$1/ca.crt" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
}

# make_certificate FOLDER FILE SUBJECT USAGE [NAMES]: FILE.crt and FILE.key, signed by the folder's authority.
# USAGE is serverAuth, clientAuth or both; NAMES is a subjectAltName.
make_certificate() {
    local folder=$1 file=$2 subject=$3 usage=$4 names=${5:-}
    run_openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 -subj "$subject" \
        -keyout "$folder/$file.key" -out "$folder/$file.csr"
    {
        printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=%s\n' "$usage"
        [[ -z $names ]] || printf 'subjectAltName=%s\n' "$names"
    } >"$folder/$file.ext"
    run_openssl x509 -req -sha256 -days 3650 -in "$folder/$file.csr" -CA "$folder/ca.crt" -CAkey "$folder/ca.key" \
        -set_serial "0x$(openssl rand -hex 16)" -extfile "$folder/$file.ext" -out "$folder/$file.crt"
    rm "$folder/$file.csr" "$folder/$file.ext"
}

run_openssl() {
    local output
    output=$(openssl "$@" 2>&1) || die "openssl $1 failed: $output"
}

# swift_is_recent: whether the swift on PATH is one that the package can be built with.
swift_is_recent() {
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    [[ -n $version && $(printf '%s\n' 6.3 "$version" | sort --version-sort | head -n 1) == 6.3 ]]
}

# find_swift: puts the toolchain of the cache on PATH where the one on PATH is missing or too old; fails without any.
find_swift() {
    swift_is_recent && return
    [[ -x $KBACKUP_CACHE/swift/usr/bin/swift ]] || return 1
    export PATH=$KBACKUP_CACHE/swift/usr/bin:$PATH
    hash -r
    swift_is_recent
}

# require_swift: like find_swift, or ends the script with what to do about it.
require_swift() {
    find_swift || die "Swift 6.3 or later is neither on PATH nor in $KBACKUP_CACHE; run $INTEGRATION_DIR/install"
}
