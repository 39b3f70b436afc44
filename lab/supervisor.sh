#!/bin/bash
# Runs one lab and cleans up after it: `supervisor.sh DIRECTORY`.
#
# It lives outside the lab's namespaces and in a session of its own, so neither Ctrl-C nor the death of the process
# that asked for the lab stops it. The lab ends when standard input does, which the kernel sees to even after SIGKILL.
set -u
directory=$1

# Handlers, not '' (ignored): children of an ignoring shell would ignore the signals too, QEMU among them.
trap : HUP INT TERM

# Returns only when the last process of the PID namespace, daemon or machine, is gone.
unshare --mount --propagation private --pid --fork --kill-child --mount-proc --net --uts --ipc \
  bash "$(dirname "$0")/inside.sh" "$directory"
status=$?

rm -rf --one-file-system -- "$directory"
exit "$status"
