#!/bin/sh
# The apply step of Atlantis: applies what atlantis-plan.sh has kept in $PLANFILE, and nothing else.
set -eu
umask 077

rm -rf review
tar -xf "$PLANFILE"
sh ci/apply.sh
