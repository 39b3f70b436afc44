#!/bin/sh
# Applies what was reviewed: the very plans of the bundles in review/, if they are of the code that is checked out.
#
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

for bundle in review/bundles/*/; do
  # Terraform itself refuses a plan when the state has moved on since it was made.
  "${TERRAFORM_BINARY_NAME:-terraform}" -chdir="$bundle" init -input=false -lockfile=readonly
  "${TERRAFORM_BINARY_NAME:-terraform}" -chdir="$bundle" apply -input=false plan
done
