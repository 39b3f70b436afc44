#!/bin/sh
# Applies what was reviewed: the very plans of the bundles in review/, if they are of the code that is checked out.
# Ends with 0 when all is done; 2 when machines were left out (--on-busy skip), which run again takes along; 1 when a
# stack failed, and the stacks after it were not begun.
#
# REGRAFT_APPLY_FLAGS: flags of regraft apply, separated by blanks, such as "--on-busy skip --canary 1".
# TERRAFORM_BINARY_NAME: as for cdktf and regraft.
set -eu

planned=$(cat review/tree)
merged=$(git rev-parse 'HEAD^{tree}')
if [ "$planned" != "$merged" ]; then
  echo "apply.sh: reviewed was tree $planned, checked out is $merged: the code has changed since; plan again" >&2
  exit 1
fi

# All of them before the first is applied: whole, unchanged since the review, and not refused.
code=0
npx --no-install regraft show review/bundles || code=$?
case $code in
  0) exit 0 ;; # nothing to do
  2) ;;
  *) exit "$code" ;;
esac

left=0
for bundle in review/bundles/*/; do
  code=0
  # shellcheck disable=SC2086 # it is a list of flags
  npx --no-install regraft apply "$bundle" ${REGRAFT_APPLY_FLAGS:-} || code=$?
  case $code in
    0) ;;
    2) left=2 ;;
    *) exit "$code" ;;
  esac
done
exit "$left"
