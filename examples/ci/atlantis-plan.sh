#!/bin/sh
# The plan step of Atlantis, which posts what this prints and keeps $PLANFILE, where no one else can read it.
# A refused plan leaves none, so that there is nothing to apply.
set -eu
umask 077

code=0
REGRAFT_STACKS=${PROJECT_NAME:?name the project in atlantis.yaml after its stack} sh ci/plan.sh >&2 || code=$?
cat review/comment.md
if [ "$code" -ne 0 ]; then
  rm -f "$PLANFILE"
  exit "$code"
fi
tar -cf "$PLANFILE" review
