#!/bin/sh
# Plans and reviews what the checked-out code changes. Ends with 0 when it is safe or changes nothing; a refused plan (3)
# and an error (1) turn the check red.
#
# Leaves in review/: comment.md, the review for people; bundles/, what may be applied; tree, the code that it is of.
# REGRAFT_STACKS: the stacks to plan, separated by blanks; all of the app when it is not set.
set -eu
umask 077

rm -rf review
mkdir review
if ! git diff --quiet HEAD --; then
  echo "plan.sh: the checkout differs from its commit: commit or drop the changes first" >&2
  exit 1
fi
git rev-parse 'HEAD^{tree}' > review/tree

code=0
# shellcheck disable=SC2086 # it is a list of names
npx --no-install regraft plan ${REGRAFT_STACKS:---all} \
  --out review/bundles --format markdown --output review/comment.md || code=$?

if [ ! -s review/comment.md ]; then
  printf '## 🔴 No review\n\nregraft could not plan; the log of this job says why.\n' > review/comment.md
fi
if [ "$code" -eq 2 ]; then exit 0; fi
exit "$code"
